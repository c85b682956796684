"""The clocks of non-site enforcement, counted from Wednesday 2024-12-18 unless a test says otherwise."""

from datetime import date
from uuid import UUID, uuid5

import pytest
from enforcement.non_site.v1 import capture_pb2 as capture
from enforcement.non_site.v1 import device_pb2 as device
from enforcement.non_site.v1 import follow_up_pb2 as follow_up
from google.protobuf.message import Message

from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock
from services.kernel.facts import Fact
from services.kernel.ledger import uuid7
from services.kernel.rules import Rules
from services.non_site.deadlines import DEADLINES
from tests.support.decider import LUXIAN, On, on
from tests.unit.non_site import acts
from tests.unit.non_site.acts import CAPTURE, CASE, DEVICE, FOLLOW_UP
from tests.unit.non_site.test_mismatch import COPIED, FOUND, REJECTED

NOON = "2024-12-18 12:00"
LATER = "2024-12-20 10:00"


def clocks(*history: On, rules: Rules | None = None) -> dict[str, list[Clock]]:
    """The clocks that a history leaves, by rule, in the order of their starts."""
    keeper = Keeper("non_site", DEADLINES, LUXIAN, rules or Rules())
    book = Book(keeper, published())
    for entry in history:
        fact = Fact(uuid7(), entry.at, "test", correlation_id=uuid5(UUID(int=0), "case"))
        book.take(entry.event, fact, impacts(keeper, entry.event, fact))
    found: dict[str, list[Clock]] = {}
    for clock in book.touched.values():
        found.setdefault(clock.rule_id.removeprefix("non_site."), []).append(clock)
    return found


def only(rule: str, *history: On, rules: Rules | None = None) -> Clock:
    (clock,) = clocks(*history, rules=rules)[rule]
    return clock


# ── The copy to the traffic police ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("review", [FOUND, REJECTED], ids=["evidence", "no evidence"])
def test_dimensions_that_disagree_are_copied_within_thirty_days(review: capture.CaptureReviewed):
    clock = only("mismatch_copy", on(NOON, review))
    assert (clock.due.due_on, clock.status) == (date(2025, 1, 17), "RUNNING")


def test_nothing_is_copied_where_they_agree():
    assert "mismatch_copy" not in clocks(on(NOON, acts.REVIEWED))


def test_the_thirtieth_day_rolls_to_the_next_working_day():
    """From Friday 2024-12-06 the thirtieth day is a Sunday."""
    assert only("mismatch_copy", on("2024-12-06 10:00", FOUND)).due.due_on == date(2025, 1, 6)


def test_a_switch_sets_another_number_of_days():
    rules = Rules({"mismatch_copy_days": ((date(2024, 1, 1), "5"),)})
    assert only("mismatch_copy", on(NOON, FOUND), rules=rules).due.due_on == date(2024, 12, 23)


@pytest.mark.parametrize(
    ("copied_at", "in_time"), [("2025-01-17 23:59", True), ("2025-01-18 00:00", False)], ids=["the last day", "late"]
)
def test_the_copy_ends_it(copied_at: str, in_time: bool):
    clock = only("mismatch_copy", on(NOON, FOUND), on(copied_at, COPIED))
    assert (clock.status, clock.in_time) == ("MET", in_time)


# ── The record and the party ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_of_a_violation_is_reviewed_within_five_working_days():
    checked = acts.checked()
    clock = only("review", on(NOON, checked))
    assert (clock.due.due_on, clock.status) == (date(2024, 12, 25), "RUNNING")
    assert only("review", on(NOON, checked), on(LATER, acts.REVIEWED)).status == "MET"


def test_what_shows_no_violation_or_fails_its_check_is_not_reviewed():
    lawful = acts.checked(measured=acts.measured(48_000))
    assert not lawful.assessment.violation
    failed = acts.checked(pictures=[])
    assert not failed.passed
    assert clocks(on(NOON, lawful)) == {}
    assert clocks(on(NOON, failed)) == {}


def test_the_party_is_notified_of_what_was_accepted_and_of_nothing_else():
    clock = only("notice", on(NOON, acts.REVIEWED))
    assert (clock.due.due_on, clock.status) == (date(2024, 12, 25), "RUNNING")
    assert only("notice", on(NOON, acts.REVIEWED), on(LATER, acts.NOTIFIED)).status == "MET"
    assert "notice" not in clocks(on(NOON, REJECTED))


ADOPTED = capture.CaptureAdopted(capture_id=CAPTURE)


@pytest.mark.parametrize("answer", [acts.CONTESTED, acts.CONCEDED, ADOPTED], ids=lambda event: type(event).__name__)
def test_the_party_has_five_working_days_for_a_statement_until_it_speaks_or_the_record_is_adopted(answer: Message):
    clock = only("statement", on(NOON, acts.NOTIFIED))
    assert (clock.due.due_on, clock.status, clock.mirrors, clock.responsible_id) == (
        date(2024, 12, 25),
        "RUNNING",
        "right",
        "",
    )
    assert only("statement", on(NOON, acts.NOTIFIED), on(LATER, answer)).status == "MET"


def test_what_the_party_states_is_answered():
    clock = only("answer", on(NOON, acts.CONTESTED))
    assert (clock.due.due_on, clock.status) == (date(2024, 12, 25), "RUNNING")
    answered = capture.ContestAnswered(capture_id=CAPTURE)
    assert only("answer", on(NOON, acts.CONTESTED), on(LATER, answered)).status == "MET"


@pytest.mark.parametrize(
    ("rule", "switch", "start"),
    [
        ("review", "capture_review_working_days", acts.checked()),
        ("notice", "capture_notice_working_days", acts.REVIEWED),
        ("statement", "capture_statement_working_days", acts.NOTIFIED),
        ("answer", "capture_answer_working_days", acts.CONTESTED),
    ],
)
def test_each_step_has_a_switch_of_its_own(rule: str, switch: str, start: Message):
    rules = Rules({switch: ((date(2024, 1, 1), "2"),)})
    assert only(rule, on(NOON, start), rules=rules).due.due_on == date(2024, 12, 20)


# ── The home place ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_home_place_hears_within_seven_working_days():
    clock = only("home_notice", on(NOON, acts.handled()))
    assert (clock.due.due_on, clock.status, clock.subject_id) == (date(2024, 12, 27), "RUNNING", CASE)
    assert clocks(on(NOON, acts.handled(notice_due=False))) == {}


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (follow_up.HomeNoticeIssued(follow_up_id=FOLLOW_UP, case_id=CASE), "MET"),
        (follow_up.HomeNoticeWaived(follow_up_id=FOLLOW_UP, case_id=CASE, reason="车籍地已知晓"), "CANCELLED"),
        (acts.decided(outcome=follow_up.CASE_OUTCOME_UNSPECIFIED), "CANCELLED"),
        (acts.decided(), "RUNNING"),
    ],
    ids=["issued", "waived", "no decision is left", "another decision"],
)
def test_the_notice_ends_it_and_nothing_is_owed_once_it_is_waived_or_no_decision_is_left(event: Message, status: str):
    assert only("home_notice", on(NOON, acts.handled()), on(LATER, event)).status == status


# ── The certificate ──────────────────────────────────────────────────────────────────────────────────────────────────

RENEWED = device.CertificateRecorded(device_id=DEVICE, number="川衡检2025-3", valid_to_on="2026-01-04")


def test_a_certificate_is_renewed_before_its_last_day_and_the_new_one_has_its_own():
    recorded = on(NOON, acts.CERTIFICATE)
    assert only("certificate", recorded).due.due_on == date(2025, 1, 9)
    old, new = clocks(recorded, on("2025-01-05 10:00", RENEWED))["certificate"]
    assert (old.status, old.in_time, new.due.due_on, new.status) == ("MET", True, date(2026, 1, 4), "RUNNING")


def test_a_certificate_that_another_outlasts_changes_no_clock():
    superseded = device.CertificateRecorded(device_id=DEVICE, valid_to_on="2024-12-31", superseded=True)
    clock = only("certificate", on(NOON, acts.CERTIFICATE), on(LATER, superseded))
    assert (clock.status, clock.due.due_on) == ("RUNNING", date(2025, 1, 9))


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (device.DeviceRetired(device_id=DEVICE), "CANCELLED"),
        (device.CertificateInvalidated(device_id=DEVICE, number="川衡检2024-117"), "CANCELLED"),
        (device.CertificateInvalidated(device_id=DEVICE, number="川衡检2023-9", superseded=True), "RUNNING"),
    ],
    ids=["retired", "invalidated", "another one holds longer"],
)
def test_nothing_is_renewed_of_a_retired_device_or_an_invalid_certificate(event: Message, status: str):
    assert only("certificate", on(NOON, acts.CERTIFICATE), on(LATER, event)).status == status
