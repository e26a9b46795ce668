"""Keys, tokens, passwords and connection strings in any turn: what opens a door is spent once it is in a data set."""

from __future__ import annotations

from assay.checks.check import Defect
from assay.checks.private import Held, PrivateRows
from assay.domain.verdict import Severity
from assay.scorers.credentials import KEYS

_REVOKE = "Revoke them with their issuer first, then take them out of the data and of what it was made from"
_CHANGE = "Change them if they are real, and take them out; put a stand-in such as <password> in demonstrations"
_ISSUED = " ".join(sorted({name for _, name, _ in KEYS} - {"jwt", "webhook"}))
_FAMILIES: tuple[tuple[str, str, Severity, str, str], ...] = (
    ("key", "keys or tokens of known issuers", "critical", _REVOKE, f"{_ISSUED} webhook"),
    ("private_key", "private keys", "critical", _REVOKE, "private_key"),
    ("connection", "connection strings with a password", "critical", _REVOKE, "connection_string url_credentials"),
    ("token", "tokens or values called a key", "high", _REVOKE, "jwt token secret"),
    ("password", "passwords or PINs", "high", _CHANGE, "password pin"),
)
SECRETS = {
    kind: Defect(code=f"privacy.{family}", severity=severity, message=f"rows have {name}", remediation=remedy)
    for family, name, severity, remedy, kinds in _FAMILIES
    for kind in kinds.split()
}
"""Type of the scorer -> what is wrong."""


class Secrets(PrivateRows):
    """Keys by their issuers' prefixes, key blocks, tokens, passwords, connection strings."""

    def defect_of(self, item: Held) -> Defect | None:
        """What is wrong with an item."""
        return SECRETS.get(item.type)
