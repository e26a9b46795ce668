"""Personal data in prompts and answers, by type; an answer that says what its prompt does not is worse."""

from __future__ import annotations

from assay.checks.check import Defect
from assay.checks.private import Held, PrivateRows
from assay.domain.verdict import Severity

_SAID = "Take them out or put made-up ones in their place; a model repeats what it has seen, and to whoever asks"
_GIVEN = "Mask them, unless the task needs them; look whether the people agreed to it"
# Family, its name, how bad in an answer and in a prompt, types of the scorer.
_FAMILIES: tuple[tuple[str, str, Severity, Severity, str], ...] = (
    ("email", "e-mail addresses", "medium", "low", "email"),
    ("phone", "phone numbers", "medium", "low", "phone"),
    ("address", "street addresses or postcodes", "medium", "low", "address zip_code"),
    ("birth_date", "dates of birth", "medium", "low", "birth_date"),
    ("card", "card numbers with right check digits", "high", "medium", "credit_card"),
    ("bank", "IBANs or bank accounts", "high", "medium", "iban bank_account"),
    (
        "identity",
        "identity or tax numbers, passports or licences",
        "high",
        "medium",
        "ssn itin ahv nhs tax_id sin cpf aadhaar nir dni nric nino bsn pesel oib personnummer resident_id rrn "
        "codice_fiscale pan passport driver_license national_id",
    ),
    ("health", "numbers of medical records or insurances", "high", "medium", "medical_record"),
    ("network", "IP or MAC addresses", "low", "info", "ip mac"),
    ("device", "number plates, VINs or IMEIs", "low", "info", "plate vin imei"),
)
IN_ANSWER = {
    kind: Defect(
        code=f"privacy.{family}", severity=worse, message=f"rows have {name} in an answer alone", remediation=_SAID
    )
    for family, name, worse, _, kinds in _FAMILIES
    for kind in kinds.split()
}
"""Type of the scorer -> what is wrong where an answer, or plain text, holds it and the prompt does not."""
IN_PROMPT = {
    kind: Defect(
        code=f"privacy.{family}_in_prompt", severity=less, message=f"rows have {name} in a prompt", remediation=_GIVEN
    )
    for family, name, _, less, kinds in _FAMILIES
    for kind in kinds.split()
}
"""The same where the prompt holds it, whether or not the answer repeats it."""


class PersonalData(PrivateRows):
    """E-mail, phone, cards, accounts, identity numbers, addresses, birthdays, devices."""

    def defect_of(self, item: Held) -> Defect | None:
        """What is wrong with an item."""
        return (IN_ANSWER if item.learned else IN_PROMPT).get(item.type)
