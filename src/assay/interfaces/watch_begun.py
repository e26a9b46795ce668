"""What a state folder is watched by: the next start goes on the same way where nobody says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.errors import ConfigurationError
from assay.interfaces.whole_files import replacing
from assay.store.watch_plans import UNITS

FILE = "begun.json"
"""Name of the file in the state folder."""
OPTIONS: Mapping[str, str] = {
    "plan": "--plan", "segments": "--segment", "scorers": "--scorer", "run": "--run", "baseline_s": "--baseline"
}  # fmt: skip
"""Settings that say what is watched -> their option."""


class _Options(msgspec.Struct, omit_defaults=True):
    plan: str = ""
    segments: list[str] = []
    scorers: list[str] = []
    run: str = ""
    baseline_s: float | None = None


class _Written(msgspec.Struct):
    options: _Options
    segments: list[str]
    baseline_s: float


class Begun:
    """How a state folder was served last.

    Attributes:
        path: The file.
        options: What options said then, by setting; those that nobody gave are not there.
        segments: Keys of cohorts that were watched; None where nobody knows.
        baseline_s: Seconds of the reference; None where nobody knows.
    """

    def __init__(self, folder: Path) -> None:
        """Read it; a folder that is new, or older than the file, knows nothing.

        Raises:
            ConfigurationError: The file is not what was written there.
        """
        self.path = folder / FILE
        self.options: dict[str, Any] = {}
        self.segments: list[str] | None = None
        self.baseline_s: float | None = None
        if not self.path.is_file():
            return
        try:
            told = msgspec.json.decode(self.path.read_bytes(), type=_Written)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{self.path}: not what `assay watch serve` wrote there ({error}). Remove it, and give --segment and "
                "--baseline as they were"
            ) from error
        self.options = {name: value for name, value in msgspec.structs.asdict(told.options).items() if _said(value)}
        self.segments, self.baseline_s = told.segments, told.baseline_s

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with those of last time where no option was given."""
        return {**given, **{name: value for name, value in self.options.items() if not _said(given[name])}}

    def taken(self, given: Mapping[str, Any]) -> str:
        """What of last time is taken, for people; nothing where nothing is."""
        options = [_option(name, value) for name, value in self.options.items() if not _said(given[name])]
        return f"as last time: {' '.join(options)} ({self.path}; remove it to forget that)" if options else ""

    def differs(self, given: Mapping[str, Any], segments: list[str], baseline_s: float) -> Iterator[str]:
        """What is watched otherwise than last time, a sentence each.

        Args:
            given: Settings as options say them now.
            segments: Keys of cohorts that are watched now.
            baseline_s: Seconds of the reference now.
        """
        for name in ("plan", "scorers", "run"):
            before = self.options.get(name)
            if _said(given[name]) and before and given[name] != before:
                yield f"{_option(name, given[name])} now, {_option(name, before)} last time"
        if self.segments is not None and {*self.segments} != {*segments}:
            yield (
                f"cohorts by {_keys(segments)} now, by {_keys(self.segments)} last time: what was left out "
                "stands still while all traffic goes on, what is new has no reference of its own"
            )
        if self.baseline_s is not None and self.baseline_s != baseline_s:
            yield (
                f"--baseline {_duration(baseline_s)} now, {_duration(self.baseline_s)} last time: a reference "
                "that is complete stays as it is, one that is not is now of the new length"
            )

    def keep(self, options: Mapping[str, Any], segments: list[str], baseline_s: float) -> None:
        """Write down how the folder is served now.

        Args:
            options: Settings, those of last time where no option was given.
            segments: Keys of cohorts that are watched.
            baseline_s: Seconds of the reference.

        Raises:
            RunFailed: It cannot be written.
        """
        kept = _Options(**{name: options[name] for name in OPTIONS})
        held = msgspec.json.encode(_Written(options=kept, segments=segments, baseline_s=baseline_s))
        with replacing(self.path) as stream:
            stream.write(msgspec.json.format(held, indent=2) + b"\n")


def _said(value: Any) -> bool:
    return value not in (None, "", [])


def _option(name: str, value: Any) -> str:
    if name == "baseline_s":
        return f"{OPTIONS[name]} {_duration(value)}"
    return " ".join(f"{OPTIONS[name]} {one}" for one in (value if isinstance(value, list) else [value]))


def _keys(keys: list[str]) -> str:
    return ", ".join(keys) or "nothing"


def _duration(seconds: float) -> str:
    """Seconds as people write them: the largest unit that leaves no rest, weeks left out.

    Examples:
        >>> _duration(6 * 86400), _duration(90)
        ('6d', '90s')
    """
    unit = next((one for one in ("d", "h", "m") if seconds and seconds % UNITS[one] == 0), "s")
    return f"{seconds / UNITS[unit]:g}{unit}"
