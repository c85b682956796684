"""Dated switches: limits and readings of the law that no verified text settles.

Each has a name, a default, the choice it makes and who must confirm it (docs/domain.md lists them). An authority may
change a switch from a day on; what was decided before keeps the value of its day, and events record the value used.

Here is what reads them; the switches stand in one file for each service that asks for them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Self

from services.kernel.rules import cases, collection, cooperation, non_site, officers, transfer
from services.kernel.rules.switch import LocalRule, Switch

__all__ = ["LOCAL_RULES", "SWITCHES", "LocalRule", "NoLocalRule", "Rules", "Switch"]

SWITCHES: Final[Mapping[str, Switch]] = {
    switch.name: switch
    for topic in (cases, transfer, cooperation, collection, non_site, officers)
    for switch in topic.SWITCHES
}
LOCAL_RULES: Final[Mapping[str, LocalRule]] = {rule.name: rule for rule in cases.LOCAL_RULES}


class NoLocalRule(Exception):
    """A province's amount that nobody configured for that day."""

    def __init__(self, name: str, place: str) -> None:
        self.name = name
        self.place = place
        super().__init__(f"{name} of {place} is local law without a default: set it in the rules file")


CONFIRMED: Final = "confirmed_by"
"""Key in the rules file beside the switches."""
Values = tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches in force on a day.

    Args:
        changes: per switch, the values from a day on, in order of days.
        local: per local rule and "<province>/<kind>", the amounts from a day on, in order of days.
        confirmed: per switch or local rule, who confirmed what it says and by which paper; a default needs it, too.
    """

    changes: Mapping[str, Values] = field(default_factory=dict)
    local: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, by in self.confirmed.items():
            if name not in SWITCHES and name not in LOCAL_RULES:
                raise ValueError(f"{CONFIRMED}: unknown switch {name!r}")
            if not by.strip():
                raise ValueError(f"{CONFIRMED}: who confirmed {name}, and by which paper?")
        for name, places in self.local.items():
            for place, values in places.items():
                province, _, kind = place.partition("/")
                if not (province.isdigit() and len(province) == 6 and province.endswith("0000")):
                    raise ValueError(f"{name}: {place!r} does not begin with a province's division code")
                if kind not in LOCAL_RULES[name].kinds:
                    raise ValueError(f"{name}: {place!r} is for one of {', '.join(LOCAL_RULES[name].kinds)}")
                if not all(value.isdigit() for _, value in values):
                    raise ValueError(f"{name} of {place} is a whole number")
        for name, values in self.changes.items():
            if name not in SWITCHES:
                raise ValueError(f"unknown switch {name!r}; known: {', '.join(SWITCHES)}")
            for _, value in values:
                choices = SWITCHES[name].choices
                if choices and value not in choices:
                    raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
                if not choices and not re.fullmatch(SWITCHES[name].pattern, value):
                    kind = "a whole number" if SWITCHES[name].pattern == r"\d+" else SWITCHES[name].pattern
                    raise ValueError(f"{name} is {kind}, not {value!r}")

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

    def amount(self, name: str, division: str, kind: str, on: date) -> int:
        """A local amount of a division's province on a day.

        Raises:
            NoLocalRule: nobody configured it for that province and day.
        """
        place = f"{division[:2]}0000/{kind}"
        amounts = self.amounts(name, on)
        if place not in amounts:
            raise NoLocalRule(name, place)
        return amounts[place]

    def amounts(self, name: str, on: date) -> dict[str, int]:
        """A local rule's amounts on a day, by "<province>/<kind>"."""
        held = {
            place: [int(value) for since, value in values if since <= on]
            for place, values in self.local.get(name, {}).items()
        }
        return {place: values[-1] for place, values in held.items() if values}

    def require_local(self, name: str, division: str) -> None:
        """Checks at start that a local rule has an amount of every kind for a division's province.

        Raises:
            NoLocalRule: the first that is missing.
        """
        for kind in LOCAL_RULES[name].kinds:
            self.amount(name, division, kind, date.max)

    @property
    def unconfirmed(self) -> list[str]:
        """Switches and local rules that nobody answers for yet: no verified text settles them (docs/domain.md)."""
        return [name for name in (*SWITCHES, *LOCAL_RULES) if name not in self.confirmed]

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Reads `{"o310_days": [["2025-01-01", "working"]]}`, local rules as
        `{"hearing_threshold_fen": {"510000/person": [["2021-07-15", "500000"]]}}`, and who confirmed them as
        `{"confirmed_by": {"o310_days": "四川省司法厅 2025-01-10"}}`.

        Raises:
            ValueError: an unknown switch or value.
        """
        if path is None:
            return cls()
        raw = json.loads(path.read_text())
        confirmed = raw.pop(CONFIRMED, {})
        return cls(
            {name: _dated(rows) for name, rows in raw.items() if name not in LOCAL_RULES},
            {
                name: {place: _dated(rows) for place, rows in places.items()}
                for name, places in raw.items()
                if name in LOCAL_RULES
            },
            confirmed,
        )


def _dated(rows: list[tuple[str, str]]) -> Values:
    return tuple(sorted((date.fromisoformat(since), value) for since, value in rows))
