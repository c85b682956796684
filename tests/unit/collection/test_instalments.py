"""Deferral and instalments (行政处罚法 art. 66), and what they do to due days and surcharge (art. 72)."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model import Refusal, Stage, collection
from services.kernel.delivery import Refusal as Service
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import given, on
from tests.unit.collection import acts
from tests.unit.collection.acts import (
    BOTH_SET,
    BY_BANK,
    BY_LEADER,
    COLLECTION,
    DIVIDE,
    DIVIDED,
    FINE,
    FIRST,
    IN_PARTS,
    ONLY_FINE_SERVED,
    PAY,
    REQUEST,
    REQUESTED,
    SECOND,
    changed,
    instalments,
)

ASKED = (*ONLY_FINE_SERVED, on("2024-11-20 09:00", REQUESTED))
AT: dict[str, Any] = {"at": "2024-11-22 09:00", **BY_LEADER}
FIRST_PAID = pb.InstalmentPaid(collection_id=COLLECTION, instalment_id=FIRST)
SECOND_PAID = pb.InstalmentPaid(collection_id=COLLECTION, instalment_id=SECOND)


def test_the_party_asks_and_a_leader_divides_the_fine():
    given(collection, *ONLY_FINE_SERVED).when(REQUEST, at="2024-11-20 09:00").then(REQUESTED)
    state = given(collection, *ASKED).when(DIVIDE, **AT).then(DIVIDED, *BOTH_SET)
    assert [due.due_on for due in state.money.dues] == [acts.day("2024-12-20"), acts.day("2025-01-20")]


def test_a_single_later_day_is_a_deferral():
    command = changed(DIVIDE, instalments=instalments((FINE, "2025-03-31")))
    outcome = given(collection, *ASKED).when(command, **AT)
    assert acts.said(outcome).count == 1
    assert outcome.state.money.overdue(acts.day("2025-03-31")) is None


def test_a_day_on_a_holiday_moves_to_the_next_working_day():
    command = changed(DIVIDE, instalments=instalments((FINE, "2025-01-28")))
    assert acts.said(given(collection, *ASKED).when(command, **AT), 1).due_on == "2025-02-05"


def test_without_an_application_nothing_is_divided():
    given(collection, *ONLY_FINE_SERVED).when(DIVIDE, **AT).refused(Refusal.INSTALMENTS_NOT_REQUESTED)
    given(collection, *IN_PARTS).when(DIVIDE, **AT).refused(Refusal.INSTALMENTS_NOT_REQUESTED)


@pytest.mark.parametrize(
    "parts",
    [
        ((400_000, "2024-12-20"), (600_001, "2025-01-20")),
        ((400_000, "2024-12-20"),),
        (),
        ((FINE + 1, "2024-12-20"), (-1, "2025-01-20")),
        ((FINE, "2024-12-20"), (0, "2025-01-20")),
    ],
    ids=["more", "less", "none", "negative", "nothing"],
)
def test_the_instalments_add_up_to_what_is_open(parts):
    command = changed(DIVIDE, instalments=instalments(*parts))
    given(collection, *ASKED).when(command, **AT).refused(Refusal.INSTALMENTS_SUM)


@pytest.mark.parametrize(
    "days", [("2024-11-22", "2025-01-20"), ("2025-01-20", "2024-12-20"), ("2024-12-20", "2024-12-20")], ids=str
)
def test_their_days_lie_ahead_and_rise(days):
    command = changed(DIVIDE, instalments=instalments((400_000, days[0]), (600_000, days[1])))
    given(collection, *ASKED).when(command, **AT).refused(Refusal.INSTALMENTS_DAYS)


@pytest.mark.parametrize("approved", [True, False], ids=["approved", "refused"])
def test_the_reply_is_a_sheet_that_is_served_with_its_proof(approved):
    reply = changed(DIVIDE, approved=approved, reason="有履行能力")
    for bare, refusal in (
        ({"document": None}, Service.SERVED_DOCUMENT_NEEDED),
        ({"way": 0}, Service.SERVICE_WAY_NEEDED),
        ({"proof": None}, Service.PROOF_NEEDED),
    ):
        given(collection, *ASKED).when(changed(reply, **bare), **AT).refused(refusal)


def test_a_refusal_says_why():
    command = changed(DIVIDE, approved=False, instalments=[])
    given(collection, *ASKED).when(command, **AT).refused(Refusal.REASON_NEEDED)
    given(collection, *ASKED).when(changed(command, reason="有履行能力"), **AT).then(
        pb.InstalmentsRefused(
            collection_id=COLLECTION,
            reason="有履行能力",
            document=DIVIDE.document,
            effective_on="2024-11-22",
            **acts.HANDED,
        )
    )


def test_nothing_is_deferred_before_the_service_nor_at_court_nor_when_the_fine_is_paid():
    given(collection, acts.OPENED).when(REQUEST).refused(KernelRefusal.WRONG_STAGE)
    given(collection, *acts.AT_COURT).when(REQUEST).refused(KernelRefusal.WRONG_STAGE)
    paid = (*acts.SERVED, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")))
    given(collection, *paid).when(REQUEST).refused(Refusal.NOTHING_OPEN)
    given(collection, *paid, acts.performed("2024-11-20")).when(REQUEST).refused(Refusal.EXECUTION_OVER)


def test_the_former_due_day_no_longer_counts_and_each_missed_instalment_does():
    state = given(collection, *IN_PARTS).state
    assert state.money.overdue(acts.day("2024-12-20")) is None
    for day, surcharge in (("2024-12-20", 0), ("2024-12-21", 12_000), ("2025-01-20", 372_000), ("2025-01-21", 402_000)):
        assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day(day)) == surcharge, day
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2026-01-01")) == FINE


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("each", {"2024-12-21": 12_000, "2025-01-20": 372_000, "2025-01-21": 402_000}),
        ("all", {"2024-12-21": 30_000, "2025-01-20": 930_000, "2025-01-23": FINE}),
        ("last", {"2024-12-21": 0, "2025-01-20": 0, "2025-01-21": 30_000}),
    ],
)
def test_from_when_a_missed_instalment_counts_is_a_dated_switch(reading, expected):
    rules = Rules({"surcharge_instalments": ((acts.day("2024-11-22"), reading),)})
    outcome = given(collection, *ASKED).when(DIVIDE, rules=rules, **AT)
    assert acts.said(outcome).surcharge_instalments == reading
    for day, surcharge in expected.items():
        assert outcome.state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day(day)) == surcharge, day


def test_what_had_accrued_before_the_approval_stays():
    """Three days of 300 yuan, then 4,000 and 6,000 yuan on new days."""
    late = (*ONLY_FINE_SERVED, on("2024-11-28 00:00", changed(acts.OVERDUE, open_fen=FINE)), acts.WINDOW, REQUESTED)
    outcome = given(collection, *late).when(DIVIDE, at="2024-11-30 09:00", **BY_LEADER)
    state = outcome.then(changed(DIVIDED, carried_fen=90_000, effective_on="2024-11-30"), *BOTH_SET, acts.WINDOW)
    assert state.stage is Stage.DUE
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-20")) == 90_000
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-21")) == 102_000


def test_the_earlier_money_pays_the_earlier_instalment():
    payment = changed(PAY, order_id="", amount_fen=500_000)
    outcome = given(collection, *IN_PARTS).when(payment, at="2024-12-10 10:00", **BY_BANK)
    assert outcome.events[0] == acts.paid(500_000, "2024-12-10", order="")
    assert outcome.events[2:] == [FIRST_PAID]
    state = outcome.state
    assert state.money.open_of_dues(acts.day("2024-12-10")) == [0, 500_000]
    rest = changed(PAY, order_id="", amount_fen=500_000, transaction_id="T2")
    history = (*IN_PARTS, *(on("2024-12-10 10:00", event) for event in outcome.events))
    last = given(collection, *history).when(rest, at="2025-01-10 10:00", **BY_BANK)
    assert last.events[2:] == [SECOND_PAID, acts.performed("2025-01-10", confiscation=0)]


def test_a_part_paid_before_the_approval_keeps_its_place():
    paid = (*ONLY_FINE_SERVED, on(acts.PAID_AT, acts.paid(200_000, "2024-11-20", order="")), REQUESTED)
    command = changed(DIVIDE, instalments=instalments((300_000, "2024-12-20"), (500_000, "2025-01-20")))
    state = given(collection, *paid).when(command, **AT).state
    assert state.money.open_of_dues(acts.day("2024-11-22")) == [0, 300_000, 500_000]
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-21")) == 9_000


def test_each_missed_instalment_is_overdue_by_itself():
    first = changed(acts.OVERDUE, due_on="2024-12-20", open_fen=400_000)
    given(collection, *IN_PARTS).when(acts.NOTE_OVERDUE, at="2024-12-21 00:00").then(first, acts.WINDOW)
    history = (*IN_PARTS, on("2024-12-21 00:00", first), on("2024-12-21 00:00", acts.WINDOW))
    second = changed(acts.OVERDUE, due_on="2025-01-20", open_fen=FINE)
    given(collection, *history).when(acts.NOTE_OVERDUE, at="2025-01-21 00:00").then(second)


def test_a_second_approval_replaces_what_is_not_paid_of_the_first():
    asked = (*IN_PARTS, on("2024-12-10 10:00", acts.paid(400_000, "2024-12-10", order="")))
    asked = (*asked, on("2024-12-10 10:00", FIRST_PAID), on("2025-01-10 09:00", REQUESTED))
    later = changed(DIVIDE, instalments=instalments((600_000, "2025-06-30")))
    outcome = given(collection, *asked).when(later, at="2025-01-13 09:00", **BY_LEADER)
    again = {"count": 1, "ends_on": "2025-06-30", "replaced_ids": [SECOND], "effective_on": "2025-01-13"}
    assert acts.said(outcome) == changed(DIVIDED, **again)
    assert list(outcome.state.instalments) == [FIRST]  # the id of the only one: a test's command has one id


def test_confiscated_income_is_not_deferred_and_stays_due_on_its_day():
    asked = (*acts.SERVED, on("2024-11-20 09:00", REQUESTED))
    outcome = given(collection, *asked).when(DIVIDE, **AT)
    outcome.then(changed(DIVIDED, confiscation_open_fen=acts.INCOME), *BOTH_SET)
    history = (*asked, *(on("2024-11-22 09:00", event) for event in outcome.events))
    late = given(collection, *history).when(acts.NOTE_OVERDUE, at="2024-11-28 00:00")
    assert acts.said(late) == changed(acts.OVERDUE, open_fen=acts.INCOME)
    income = changed(PAY, order_id="", account=pb.ACCOUNT_CONFISCATION, amount_fen=acts.INCOME)
    paid = given(collection, *history).when(income, at="2024-11-26 10:00", **BY_BANK)
    assert paid.events[2:] == [pb.UndeferredPaid(collection_id=COLLECTION)]
