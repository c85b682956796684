"""Dated switches: the value of a day, and what a rules file may not say."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.kernel.rules import SWITCHES, Rules


def test_a_silent_authority_has_every_default() -> None:
    assert Rules().get("o310_days", date(2025, 4, 29)) == "calendar"


def test_a_change_counts_from_its_day_on() -> None:
    rules = Rules({"o310_days": ((date(2025, 5, 1), "working"),)})
    assert rules.get("o310_days", date(2025, 4, 30)) == "calendar"
    assert rules.get("o310_days", date(2025, 5, 1)) == "working"


def test_a_file_may_list_changes_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"late_grace_hours": [["2026-01-01", "12"], ["2025-01-01", "48"]]}))
    rules = Rules.load(path)
    assert [rules.number("late_grace_hours", date(year, 6, 1)) for year in (2024, 2025, 2026)] == [24, 48, 12]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"o311_days": ((date(2025, 1, 1), "working"),)}, "unknown switch"),
        ({"o310_days": ((date(2025, 1, 1), "lunar"),)}, "is one of calendar, working"),
        ({"late_grace_hours": ((date(2025, 1, 1), "soon"),)}, "whole number"),
    ],
)
def test_a_wrong_rules_file_is_refused(changes: dict[str, tuple[tuple[date, str], ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rules(changes)


def test_every_switch_says_why_it_is_one() -> None:
    assert all(switch.why and switch.default for switch in SWITCHES.values())
