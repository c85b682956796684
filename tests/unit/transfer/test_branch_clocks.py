"""The clocks of the branches: their lengths across a weekend and Labour Day 2025, and who must act."""

from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pytest
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import Deadline, Due, published
from services.kernel.deadlines.book import impacts
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.facts import Fact
from services.kernel.ledger import uuid7
from services.kernel.rules import Rules
from services.transfer import deadlines
from tests.support.decider import HEAD, LEADER, LI, LUXIAN, POLICE, PROCURATORATE, instant
from tests.support.sides import Entry, World
from tests.unit.transfer import acts, branches
from tests.unit.transfer.branches import OTHER_POLICE
from tests.unit.transfer.walks import CREWS, world

CALENDAR: Final = Rules()
WORKING: Final = Rules({"o310_days": ((date(2025, 1, 1), "working"),)})
THURSDAY: Final = "2025-06-05 11:00"
INVESTIGATOR, CHIEF, _ = CREWS[POLICE.id]
_, _, PROSECUTOR = CREWS[PROCURATORATE.id]


def due(deadline: Deadline, started_at: str, rules: Rules = CALENDAR) -> Due:
    limit, _ = deadline.limit(rules, instant(started_at).date())
    return limit.due(instant(started_at), published())


@pytest.mark.parametrize(
    "deadline",
    [
        deadlines.RECONSIDERATION,
        deadlines.SUPERVISION,
        deadlines.RECONSIDERATION_DECISION,
        deadlines.POLICE_RECONSIDERATION,
    ],
    ids=lambda deadline: deadline.rule_id,
)
def test_the_three_days_of_an_objection_follow_the_switch(deadline: Deadline) -> None:
    found = due(deadline, THURSDAY)
    assert (found.nominal_on, found.due_on) == (date(2025, 6, 8), date(2025, 6, 9))
    assert due(deadline, THURSDAY, WORKING).due_on == date(2025, 6, 10)


@pytest.mark.parametrize("deadline", [deadlines.REASONS, deadlines.POLICE_REASONS], ids=["police", "procuratorate"])
@pytest.mark.parametrize("rules", [CALENDAR, WORKING], ids=["calendar", "working"])
def test_the_seven_days_for_the_reasons_are_those_of_criminal_procedure(deadline: Deadline, rules: Rules) -> None:
    found = due(deadline, "2025-06-07 10:00", rules)
    assert (found.nominal_on, found.due_on) == (date(2025, 6, 14), date(2025, 6, 16))


@pytest.mark.parametrize(
    "deadline",
    [deadlines.ORDERED_FILING, deadlines.SUPERVISED_FILING, deadlines.POLICE_ORDERED_FILING],
    ids=["police", "procuratorate", "bureau"],
)
def test_the_fifteen_days_to_file_roll_over_a_weekend_too(deadline: Deadline) -> None:
    found = due(deadline, "2025-06-13 10:00", WORKING)
    assert (found.nominal_on, found.due_on) == (date(2025, 6, 28), date(2025, 6, 30))


# ---- on all sides at once ----------------------------------------------------------------------------------------


@pytest.fixture
def there() -> World:
    """A referral that the police accepted on Friday 6 June 2025 at 10:00."""
    told = world(Random(1), CALENDAR)
    told.now = instant("2025-06-04 09:00")
    for command, who in ((acts.OPEN, LI), (acts.SUBMIT, LI), (acts.APPROVE, HEAD), (acts.SEND, LI)):
        assert told.act(LUXIAN.id, command, who) is None
    told.settle()
    told.now = instant("2025-06-06 10:00")
    police(told, acts.SIGN)
    return told


def police(there: World, command: Any, at: str = "") -> None:
    there.now = instant(at) if at else there.now
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    who = CHIEF if there.sides[POLICE.id].may(command, CHIEF) else INVESTIGATOR
    assert there.act(POLICE.id, branches.but(command, referral_id=referral_id), who) is None
    there.settle()


def jcy(there: World, command: Any, at: str = "") -> None:
    there.now = instant(at) if at else there.now
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    if command is branches.OPEN_SUPERVISION:
        command = branches.but(command, referral_id=referral_id)
    assert there.act(PROCURATORATE.id, command, PROSECUTOR) is None
    there.settle()


def bureau(there: World, command: Any, at: str, who: Any = LI) -> None:
    there.now = instant(at)
    assert there.act(LUXIAN.id, command, who) is None
    there.settle()


def clock(there: World, side: str, rule_id: str) -> Clock:
    (found,) = [one for one in there.sides[side].book.touched.values() if one.rule_id == rule_id]
    return found


def verdicts(there: World, *clocks: tuple[str, str]) -> set[tuple[Status, bool | None, str]]:
    """What the sides say about one duty, after it is long over."""
    there.now += timedelta(days=60)
    there.fire()
    found = [clock(there, side, rule_id) for side, rule_id in clocks]
    return {(one.status, one.in_time, one.responsible_id) for one in found}


FORWARDING: Final = ((POLICE.id, "referral.forward"), (LUXIAN.id, "transfer.forward"))
DECISION: Final = ((POLICE.id, "referral.filing_decision"), (LUXIAN.id, "transfer.filing_decision"))
RECONSIDERED: Final = (
    (POLICE.id, "referral.reconsideration_decision"),
    (LUXIAN.id, "transfer.reconsideration_decision"),
)
REASONS: Final = ((POLICE.id, "referral.reasons"), (PROCURATORATE.id, "supervision.reasons"))
ORDERED: Final = (
    (POLICE.id, "referral.ordered_filing"),
    (PROCURATORATE.id, "supervision.ordered_filing"),
    (LUXIAN.id, "transfer.ordered_filing"),
)


def test_police_that_deny_their_jurisdiction_have_24_hours_from_the_acceptance(there: World) -> None:
    police(there, branches.DENY, "2025-06-06 15:00")
    found = clock(there, LUXIAN.id, "transfer.forward")
    assert (found.started_at, found.due.effective_at) == (instant("2025-06-06 10:00"), instant("2025-06-07 10:00"))
    assert verdicts(there, *FORWARDING) == {(Status.MISSED, None, POLICE.id)}


@pytest.mark.parametrize(
    ("at", "in_time"), [("2025-06-07 10:00", True), ("2025-06-07 10:01", False)], ids=["in time", "late"]
)
def test_both_sides_know_whether_the_case_was_passed_on_in_time(there: World, at: str, in_time: bool) -> None:
    police(there, branches.FORWARD, at)
    assert verdicts(there, *FORWARDING) == {(Status.MET, in_time, POLICE.id)}


def test_what_others_passed_on_in_time_does_not_excuse_police_that_keep_it_themselves(there: World) -> None:
    police(there, branches.FORWARD, "2025-06-06 11:00")
    others = there.sides[OTHER_POLICE.id]
    (referral_id,) = others.ids("referral")
    for command, at in ((acts.SIGN, "2025-06-06 12:00"), (branches.DENY, "2025-06-09 09:00")):
        there.now = instant(at)
        who = CREWS[OTHER_POLICE.id][1 if command is branches.DENY else 0]
        assert there.act(OTHER_POLICE.id, branches.but(command, referral_id=referral_id), who) is None
    [letter] = [one for one in others.log if isinstance(one.event, forwarding.ReferralForwarded)]
    others.book.take(letter.event, letter.fact, impacts(others.keeper, letter.event, letter.fact))  # it arrives late
    assert verdicts(there, (OTHER_POLICE.id, "referral.forward")) == {(Status.MISSED, None, OTHER_POLICE.id)}


THIRD: Final = "ga-500153"
"""Police that never had the case, and know its ids from the feeds."""


def tell(there: World, side: str, event: Any, teller: str) -> None:
    """What an authority signs reaches a side."""
    fact = Fact(uuid7(), there.now, teller, origin=teller, correlation_id=uuid7())
    there.sides[side]._record(Entry(event, fact))


def test_police_that_never_had_the_case_end_no_clock_of_those_that_have_it(there: World) -> None:
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    named: dict[str, Any] = {"referral_id": referral_id, "transfer_id": there.sides[LUXIAN.id].ids("transfer")[0]}
    for event in (
        transfers.CriminalCaseFiled(**named),
        forwarding.ReferralForwarded(**named),
        reconsideration.FilingDecisionExtended(**named, days=30),
    ):
        for side in (POLICE.id, LUXIAN.id):
            tell(there, side, event, THIRD)
    assert verdicts(there, *DECISION) == {(Status.MISSED, None, POLICE.id)}


def test_police_that_never_had_the_case_start_no_clock(there: World) -> None:
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    named: dict[str, Any] = {"referral_id": referral_id, "transfer_id": there.sides[LUXIAN.id].ids("transfer")[0]}
    before = len(there.sides[LUXIAN.id].book.appends)
    for event in (
        forwarding.JurisdictionDenied(**named),
        reconsideration.ReconsiderationReceived(**named),
        supervision.FilingOrderReceived(**named),
    ):
        tell(there, LUXIAN.id, event, THIRD)
    assert len(there.sides[LUXIAN.id].book.appends) == before


def test_a_forwarded_case_is_decided_by_others(there: World) -> None:
    police(there, branches.FORWARD, "2025-06-07 09:00")
    assert verdicts(there, *DECISION) == {(Status.CANCELLED, None, POLICE.id)}


def test_police_that_keep_a_case_have_no_clock_to_forward_it(there: World) -> None:
    police(there, acts.DECIDE_FILING, "2025-06-09 09:00")
    assert not [one for one in there.sides[POLICE.id].book.touched.values() if one.rule_id == "referral.forward"]


def test_an_extension_moves_the_end_on_both_sides(there: World) -> None:
    police(there, branches.extend(reconsideration.EXTENSION_GROUND_COMPLICATED), "2025-06-09 09:00")
    ends = {clock(there, side, rule).due.due_on for side, rule in DECISION}
    assert ends == {date(2025, 6, 16)}
    police(there, acts.DECIDE_FILING, "2025-06-16 23:00")
    assert verdicts(there, *DECISION) == {(Status.MET, True, POLICE.id)}


def test_a_decision_on_reconsideration_that_does_not_come_is_the_polices_miss(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    bureau(there, branches.RECONSIDER, "2025-06-10 09:00")
    assert clock(there, LUXIAN.id, "transfer.reconsideration").status is Status.MET
    assert verdicts(there, *RECONSIDERED) == {(Status.MISSED, None, POLICE.id)}


def test_the_right_to_a_supervision_begins_again_with_the_decision_on_reconsideration(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    bureau(there, branches.RECONSIDER, "2025-06-10 09:00")
    police(there, branches.MAINTAIN, "2025-06-13 09:00")
    rights = [one for one in there.sides[LUXIAN.id].book.touched.values() if one.rule_id == "transfer.supervision"]
    assert [(one.status, one.due.due_on) for one in rights] == [
        (Status.CANCELLED, date(2025, 6, 12)),
        (Status.RUNNING, date(2025, 6, 16)),
    ]


def test_a_right_that_lapses_is_nobodys_miss(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    rights = ((LUXIAN.id, "transfer.reconsideration"), (LUXIAN.id, "transfer.supervision"))
    assert verdicts(there, *rights) == {(Status.CANCELLED, None, "")}


def test_a_right_that_is_given_up_ends(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    bureau(there, acts.RETURN, "2025-06-10 09:00", LEADER)
    rights = ((LUXIAN.id, "transfer.reconsideration"), (LUXIAN.id, "transfer.supervision"))
    assert {clock(there, *right).status for right in rights} == {Status.CANCELLED}


def test_reasons_that_are_not_stated_and_an_order_that_is_not_obeyed_are_the_polices_misses(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    jcy(there, branches.OPEN_SUPERVISION, "2025-06-10 09:00")
    jcy(there, branches.ASK)
    there.now = instant("2025-06-18 09:00")
    there.fire()
    assert clock(there, PROCURATORATE.id, "supervision.reasons").status is Status.MISSED
    jcy(there, branches.ORDER)
    assert verdicts(there, *REASONS) == {(Status.MISSED, None, POLICE.id)}
    assert verdicts(there, *ORDERED) == {(Status.MISSED, None, POLICE.id)}


def test_police_that_pass_the_case_on_owe_no_reasons(there: World) -> None:
    jcy(there, branches.OPEN_SUPERVISION, "2025-06-06 11:00")
    jcy(there, branches.ASK, "2025-06-06 12:00")
    police(there, branches.FORWARD, "2025-06-07 09:00")
    assert verdicts(there, *REASONS) == {(Status.CANCELLED, None, POLICE.id)}


def test_an_order_ends_the_time_for_reconsideration_and_the_filing_ends_its_own(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    bureau(there, branches.RECONSIDER, "2025-06-10 09:00")
    jcy(there, branches.OPEN_SUPERVISION)
    jcy(there, branches.ASK)
    police(there, branches.STATE, "2025-06-11 09:00")
    jcy(there, branches.ORDER, "2025-06-12 09:00")
    assert {clock(there, *one).status for one in RECONSIDERED} == {Status.CANCELLED}
    police(there, acts.DECIDE_FILING, "2025-06-27 23:59:59")
    assert verdicts(there, *ORDERED) == {(Status.MET, True, POLICE.id)}
    assert {clock(there, *one).status for one in REASONS} == {Status.MET}


def test_a_hand_over_that_the_withdrawal_made_needless_is_no_miss(there: World) -> None:
    police(there, acts.DECIDE_FILING, "2025-06-09 09:00")
    police(there, branches.WITHDRAW, "2025-06-10 09:00")
    assert clock(there, LUXIAN.id, "transfer.hand_over").status is Status.CANCELLED


def next_step(there: World) -> Clock:
    """The bureau's clock that began last."""
    *_, last = [one for one in there.sides[LUXIAN.id].book.touched.values() if one.rule_id == "transfer.next_step"]
    return last


def test_a_refused_case_that_the_bureau_leaves_lying_is_the_bureaus_miss(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    found = next_step(there)
    assert (found.due.due_on, found.responsible_id) == (date(2025, 6, 16), LUXIAN.id)
    there.now = instant("2025-06-17 00:00")
    there.fire()
    assert next_step(there).status is Status.MISSED


def test_each_refusal_of_the_police_asks_the_bureau_for_its_next_step(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    bureau(there, branches.RECONSIDER, "2025-06-10 09:00")
    assert next_step(there).status is Status.MET
    police(there, branches.MAINTAIN, "2025-06-13 09:00")
    assert (next_step(there).status, next_step(there).due.due_on) == (Status.RUNNING, date(2025, 6, 20))
    bureau(there, acts.RETURN, "2025-06-16 09:00", LEADER)
    assert next_step(there).status is Status.MET


def test_nobody_waits_for_the_bureau_while_the_procuratorate_looks_at_it(there: World) -> None:
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    jcy(there, branches.OPEN_SUPERVISION, "2025-06-10 09:00")
    assert next_step(there).status is Status.CANCELLED
    jcy(there, branches.ASK)
    police(there, branches.STATE, "2025-06-11 09:00")
    jcy(there, branches.UPHOLD, "2025-06-12 09:00")
    assert (next_step(there).status, next_step(there).due.due_on) == (Status.RUNNING, date(2025, 6, 19))


def test_nor_does_a_refusal_that_comes_meanwhile_until_the_procuratorate_has_looked(there: World) -> None:
    jcy(there, branches.OPEN_SUPERVISION, "2025-06-06 11:00")
    jcy(there, branches.ASK, "2025-06-06 12:00")
    police(there, acts.REFUSE_FILING, "2025-06-09 09:00")
    assert not [one for one in there.sides[LUXIAN.id].book.touched.values() if one.rule_id == "transfer.next_step"]
    police(there, branches.STATE, "2025-06-11 09:00")
    jcy(there, branches.UPHOLD, "2025-06-12 09:00")
    assert next_step(there).status is Status.RUNNING


@pytest.mark.parametrize(
    ("first", "then"),
    [(branches.STATE, acts.REFUSE_FILING), (branches.DECLINE, branches.STATE)],
    ids=["refuse after their reasons", "decline before them"],
)
def test_what_the_police_answered_is_the_bureaus_to_follow_though_what_is_upheld_is_about_their_silence(
    there: World, first: Any, then: Any
) -> None:
    jcy(there, branches.OPEN_SUPERVISION, "2025-06-06 11:00")
    jcy(there, branches.ASK, "2025-06-06 12:00")
    police(there, first, "2025-06-09 09:00")
    police(there, then, "2025-06-09 10:00")
    jcy(there, branches.UPHOLD, "2025-06-10 09:00")
    assert (next_step(there).status, next_step(there).due.due_on) == (Status.RUNNING, date(2025, 6, 17))
    bureau(there, acts.RETURN, "2025-06-11 09:00", LEADER)
    assert next_step(there).status is Status.MET


def test_an_end_that_is_told_after_the_return_asks_for_no_other(there: World) -> None:
    police(there, acts.DECIDE_FILING, "2025-06-09 09:00")
    (prosecution_id,) = there.sides[PROCURATORATE.id].ids("prosecution")
    told = {"prosecution_id": prosecution_id}
    conditional = outcomes.NON_PROSECUTION_GROUND_CONDITIONAL
    not_yet = branches.but(branches.NOT_PROSECUTE, ground=conditional, penalty_needed=False, **told)
    jcy(there, not_yet, "2025-06-20 09:00")
    bureau(there, acts.RETURN, "2025-06-23 09:00", LEADER)
    acquitted = outcomes.TRANSFER_OUTCOME_ACQUITTED
    judgment = branches.but(branches.TELL_CONVICTION, outcome=acquitted, criminal_fine_fen=0, custody_days=0, **told)
    jcy(there, judgment, "2025-12-01 09:00")
    assert there.sides[LUXIAN.id].state("transfer").outcome == acquitted
    assert next_step(there).status is Status.MET


def test_nobody_waits_for_the_bureau_while_the_police_have_not_decided(there: World) -> None:
    jcy(there, branches.OPEN_SUPERVISION, "2025-06-06 11:00")
    jcy(there, branches.ASK, "2025-06-06 12:00")
    police(there, branches.STATE, "2025-06-06 14:00")
    jcy(there, branches.UPHOLD, "2025-06-07 09:00")
    assert not [one for one in there.sides[LUXIAN.id].book.touched.values() if one.rule_id == "transfer.next_step"]


def test_a_criminal_case_that_ends_without_a_conviction_comes_back(there: World) -> None:
    police(there, acts.DECIDE_FILING, "2025-06-09 09:00")
    police(there, branches.WITHDRAW, "2025-06-10 09:00")
    assert next_step(there).status is Status.RUNNING
    bureau(there, acts.RETURN, "2025-06-11 09:00", LEADER)
    assert next_step(there).status is Status.MET
