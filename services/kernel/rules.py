"""Dated switches: limits and readings of the law that no verified text settles.

Each has a name, a default, the choice it makes and who must confirm it (docs/domain.md lists them). An authority may
change a switch from a day on; what was decided before keeps the value of its day, and events record the value used.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Self


@dataclass(frozen=True, slots=True)
class Switch:
    """One reading that is configuration."""

    name: str
    """Key in the rules file."""
    default: str
    """Value when the authority says nothing."""
    choices: tuple[str, ...]
    """Closed list of values; empty for a whole number."""
    why: str
    """What it decides and what is not verified."""


SWITCHES: Final = {
    switch.name: switch
    for switch in (
        Switch("o310_days", "calendar", ("calendar", "working"), "国务院令第310号 does not define its days (3日)"),
        Switch("clue_filing_working_days", "7", (), "程序规定 art. 62 says 及时, no number"),
        Switch("decision_extension_days", "30", (), "extension of the 90 days in 程序规定 is not verified"),
        Switch(
            "decision_clock_while_transferred", "pause", ("pause", "run"), "no text on the 90 days during a transfer"
        ),
        Switch("defence_working_days", "5", (), "no period for a statement without hearing in 行政处罚法"),
        Switch(
            "clue_transfer_working_days",
            "3",
            (),
            "handing a clue to the competent authority; a Chongqing district rule says 3",
        ),
        Switch("request_ack_working_days", "2", (), "acknowledgement of a request between authorities"),
        Switch("assist_answer_working_days", "15", (), "answer to 协助调查; the transport figure is unknown"),
        Switch("evidence_share_working_days", "5", (), "answer to 证据共享"),
        Switch("late_grace_hours", "24", (), "recording an act later than this needs a reason"),
        Switch(
            "inactive_collector",
            "NEEDS_REMEDY",
            ("NEEDS_REMEDY", "NOT_RECOGNISED"),
            "evidence by an officer whose credential was not active",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches in force on a day.

    Args:
        changes: per switch, the values from a day on, in order of days.
    """

    changes: Mapping[str, tuple[tuple[date, str], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.changes.items():
            if name not in SWITCHES:
                raise ValueError(f"unknown switch {name!r}; known: {', '.join(SWITCHES)}")
            for _, value in values:
                choices = SWITCHES[name].choices
                if choices and value not in choices:
                    raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
                if not choices and not value.isdigit():
                    raise ValueError(f"{name} is a whole number, not {value!r}")

    def get(self, name: str, on: date) -> str:
        """Value of a switch on a day."""
        value = SWITCHES[name].default
        for since, changed in self.changes.get(name, ()):
            if since <= on:
                value = changed
        return value

    def number(self, name: str, on: date) -> int:
        """Value of a numeric switch on a day."""
        return int(self.get(name, on))

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Reads `{"o310_days": [["2025-01-01", "working"]]}`.

        Raises:
            ValueError: an unknown switch or value.
        """
        if path is None:
            return cls()
        raw = json.loads(path.read_text())
        return cls({name: tuple(sorted((date.fromisoformat(d), v) for d, v in rows)) for name, rows in raw.items()})
