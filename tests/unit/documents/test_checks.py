"""What an officer gives before the ledger knows: periods within the law, amounts that add up."""

import pytest

from services.documents.checks import wrong_in
from services.documents.periods import SEIZURE, last_day
from tests.support.decider import instant


def wrong(form, **values):
    return [name for name, _ in wrong_in(form, values)]


@pytest.mark.parametrize(
    ("until", "fields"),
    [("2024-09-24", []), ("2024-09-25", ["kept_until"]), ("2024-09-11", ["kept_until"])],
)
def test_evidence_is_preserved_for_seven_working_days_at_most(until, fields):
    """From 12 September 2024: 13, 14 (a working Saturday), 18, 19, 20, 23 and 24 September (arts. 56, 85)."""
    assert wrong("F6", kept_from="2024-09-12", kept_until=until) == fields


@pytest.mark.parametrize(("until", "fields"), [("2024-10-10", []), ("2024-10-11", ["held_until"])])
def test_a_seizure_lasts_thirty_days_at_most(until, fields):
    """行政强制法 art. 25."""
    assert wrong("F8", held_from="2024-09-10", held_until=until) == fields


def test_a_period_that_ends_in_a_year_without_calendar_is_not_judged():
    assert last_day(SEIZURE, instant("2099-12-20 10:00").date()) is None
    assert wrong("F8", held_from="2099-12-20", held_until="2100-03-01") == []


HALF = {"amount_fen": 500_000}
FIRST, SECOND = {"due_on": "2024-12-27", **HALF}, {"due_on": "2025-01-27", **HALF}


@pytest.mark.parametrize(
    ("kind", "rows", "fine", "wrong_fields"),
    [
        ("分期缴纳", [FIRST, SECOND], 1_000_000, 0),
        ("分期缴纳", [FIRST, SECOND], 1_500_000, 0),
        ("分期缴纳", [FIRST, SECOND], 999_999, 1),
        ("分期缴纳", [SECOND, FIRST], 1_000_000, 1),
        ("分期缴纳", [FIRST, FIRST], 1_000_000, 1),
        ("分期缴纳", [FIRST], 1_000_000, 1),
        ("延期缴纳", [FIRST], 500_000, 0),
        ("延期缴纳", [FIRST, SECOND], 1_000_000, 1),
        ("分期缴纳", [], 1_000_000, 1),
    ],
)
def test_instalments_divide_the_fine_on_rising_days(kind, rows, fine, wrong_fields):
    assert wrong("F17", kind=kind, instalments=rows, fine=fine) == ["instalments"] * wrong_fields


def test_an_application_that_is_refused_has_a_reason_and_no_instalments():
    assert wrong("F17", kind="不予批准", refused_for="收入稳定") == []
    assert wrong("F17", kind="不予批准", instalments=[FIRST]) == ["instalments", "refused_for"]


@pytest.mark.parametrize(("total", "fields"), [(1_350_000, []), (1_330_000, ["total"]), (1_000_000, ["total"])])
def test_a_demand_asks_for_the_sum_of_what_is_open(total, fields):
    """行政强制法 art. 35: the amount is certain."""
    assert wrong("F19", fine=1_000_000, confiscation=20_000, surcharge=330_000, total=total) == fields


def test_a_form_without_such_values_is_not_judged():
    assert wrong("F1", cause="x") == []
