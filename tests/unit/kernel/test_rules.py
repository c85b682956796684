"""Dated switches: the value of a day, and what a rules file may not say."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.kernel.rules import (
    SWITCHES,
    NoLocalRule,
    Rules,
    cases,
    collection,
    cooperation,
    non_site,
    officers,
    transfer,
)


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


def test_no_switch_stands_in_two_files() -> None:
    files = (cases, transfer, cooperation, collection, non_site, officers)
    assert sum(len(file.SWITCHES) for file in files) == len(SWITCHES)


def test_every_switch_says_why_it_is_one() -> None:
    assert all(switch.why and switch.default for switch in SWITCHES.values())


LOCAL = {
    "hearing_threshold_fen": {
        "510000/person": ((date(2021, 7, 15), "200000"), (date(2025, 1, 1), "500000")),
        "510000/organisation": ((date(2021, 7, 15), "5000000"),),
    }
}


def test_an_amount_of_local_law_holds_in_its_province_from_its_day_on() -> None:
    rules = Rules(local=LOCAL)
    amounts = [rules.amount("hearing_threshold_fen", "510521", "person", date(year, 6, 1)) for year in (2024, 2025)]
    assert amounts == [200_000, 500_000]


def test_there_is_no_amount_for_another_province_and_none_before_its_day() -> None:
    with pytest.raises(NoLocalRule, match="hearing_threshold_fen of 500000/person"):
        Rules(local=LOCAL).amount("hearing_threshold_fen", "500118", "person", date(2024, 6, 1))
    with pytest.raises(NoLocalRule):
        Rules(local=LOCAL).amount("hearing_threshold_fen", "510521", "person", date(2020, 6, 1))


def test_a_missing_amount_is_named_at_start() -> None:
    Rules(local=LOCAL).require_local("hearing_threshold_fen", "510521")
    lacking = {"hearing_threshold_fen": {"510000/person": LOCAL["hearing_threshold_fen"]["510000/person"]}}
    with pytest.raises(NoLocalRule, match="510000/organisation"):
        Rules(local=lacking).require_local("hearing_threshold_fen", "510521")


def test_a_rules_file_holds_switches_and_local_amounts(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    amounts = {"510000/person": [["2021-07-15", "200000"]]}
    path.write_text(json.dumps({"late_grace_hours": [["2025-01-01", "48"]], "hearing_threshold_fen": amounts}))
    rules = Rules.load(path)
    assert rules.number("late_grace_hours", date(2025, 6, 1)) == 48
    assert rules.amount("hearing_threshold_fen", "510521", "person", date(2025, 6, 1)) == 200_000


@pytest.mark.parametrize("place", ["51/person", "510521/person", "510000/people"])
def test_a_local_amount_names_a_province_and_a_kind(place: str) -> None:
    with pytest.raises(ValueError, match="hearing_threshold_fen"):
        Rules(local={"hearing_threshold_fen": {place: ((date(2021, 7, 15), "1"),)}})


def test_a_switch_and_a_local_amount_are_confirmed_by_somebody(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(
        json.dumps({"confirmed_by": {"o310_days": "省司法厅 2025-01-10", "hearing_threshold_fen": "省政府令"}})
    )
    rules = Rules.load(path)
    assert not {"o310_days", "hearing_threshold_fen"} & set(rules.unconfirmed)
    assert "late_grace_hours" in rules.unconfirmed
    assert len(Rules().unconfirmed) == len(rules.unconfirmed) + 2


@pytest.mark.parametrize(("name", "by"), [("o311_days", "省司法厅"), ("o310_days", " ")])
def test_a_confirmation_names_a_switch_and_who_gave_it(name: str, by: str) -> None:
    with pytest.raises(ValueError, match=name):
        Rules(confirmed={name: by})
