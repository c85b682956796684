"""The clocks of a request: what starts and ends them, and that both sides' clocks say the same."""

from typing import Any
from uuid import UUID

import pytest
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb

from services.cross_border.deadlines import DEADLINES
from services.kernel.authority import Authority
from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.facts import Fact
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from tests.support.decider import LUXIAN, YONGCHUAN, instant, uid
from tests.unit.cross_border.acts import CASE, FROM_RESPONDER, REQUEST, TASK, TO_REQUESTER, of_kind, received, sent
from tests.unit.cross_border.test_hand_over import drafted

ASSIST, SHARE = pb.REQUEST_TYPE_ASSIST, pb.REQUEST_TYPE_EVIDENCE_SHARE
CLUE, CASE_TRANSFER = pb.REQUEST_TYPE_CLUE, pb.REQUEST_TYPE_CASE_TRANSFER
SERVICE, EXECUTION = pb.REQUEST_TYPE_SERVICE, pb.REQUEST_TYPE_EXECUTION_ASSIST
ANSWERED_WITHIN = {ASSIST: 15, SHARE: 5, SERVICE: 7, EXECUTION: 15}
LETTER = pb.REJECTION_REASON_NOT_COMPETENT


class Ledger:
    """The clocks of one authority, as events are told to them in order."""

    def __init__(self, authority: Authority) -> None:
        self._keeper = Keeper("cross_border", DEADLINES, authority, Rules())
        self._book = Book(self._keeper, published())

    def tell(self, event: Any, at: str) -> "Ledger":
        about = Fact(uuid7(), instant(at), "test", correlation_id=UUID(int=7 << 76))
        self._book.take(event, about, impacts(self._keeper, event, about))
        return self

    def over(self, at: str) -> list[str]:
        """Rules of the clocks that are missed at an instant."""
        return [clock.rule_id for clock in [*self._book.touched.values()] if self._book.fire(clock, instant(at), None)]

    @property
    def clocks(self) -> list[Clock]:
        return list(self._book.touched.values())

    def only(self, rule: str) -> Clock:
        (found,) = (clock for clock in self.clocks if clock.rule_id == f"cross_border.{rule}")
        return found


def rules(ledger: Ledger) -> list[str]:
    return [clock.rule_id.removeprefix("cross_border.") for clock in ledger.clocks]


@pytest.fixture
def asking() -> Ledger:
    return Ledger(LUXIAN)


@pytest.fixture
def asked() -> Ledger:
    return Ledger(YONGCHUAN)


def delivered(kind: pb.RequestType.ValueType) -> pb.RequestDelivered:
    return pb.RequestDelivered(**FROM_RESPONDER, task_id=TASK, request_type=kind)


def accepted(kind: pb.RequestType.ValueType) -> tuple[pb.RequestAccepted, pb.TaskAccepted]:
    return pb.RequestAccepted(**FROM_RESPONDER, request_type=kind), pb.TaskAccepted(**TO_REQUESTER, request_type=kind)


def answered(completeness: pb.Completeness.ValueType) -> tuple[pb.AnswerReceived, pb.TaskAnswered]:
    return (
        pb.AnswerReceived(**FROM_RESPONDER, completeness=completeness),
        pb.TaskAnswered(**TO_REQUESTER, completeness=completeness),
    )


def both(asking: Ledger, asked: Ledger, events: tuple[Any, Any], at: str) -> None:
    """What is done there at an instant is noted here with that instant."""
    asking.tell(events[0], at)
    asked.tell(events[1], at)


@pytest.mark.parametrize("kind", [ASSIST, SHARE, CLUE, SERVICE, EXECUTION, pb.REQUEST_TYPE_CONSULT])
def test_a_request_is_acknowledged_within_two_working_days_of_its_arrival(asking, asked, kind):
    both(asking, asked, (delivered(kind), received(request_type=kind)), "2024-12-19 10:00")
    here, there = asking.only("acknowledge_awaited"), asked.only("acknowledge")
    assert here.due == there.due
    assert (here.due.due_on.isoformat(), here.due.unit) == ("2024-12-23", there.due.unit)
    assert (here.responsible_id, there.responsible_id) == (YONGCHUAN.id, YONGCHUAN.id)
    assert (here.mirrors, here.subject_id) == ("cross_border.acknowledge", there.subject_id)


def test_a_case_is_decided_on_within_five(asking, asked):
    both(asking, asked, (delivered(CASE_TRANSFER), received(request_type=CASE_TRANSFER)), "2024-12-19 10:00")
    assert rules(asking) == ["decide_case_transfer_awaited"]
    assert rules(asked) == ["decide_case_transfer"]
    assert asked.only("decide_case_transfer").due.due_on.isoformat() == "2024-12-26"


@pytest.mark.parametrize(("kind", "days"), ANSWERED_WITHIN.items())
def test_the_limit_of_the_answer_runs_from_acceptance_on_both_sides(asking, asked, kind, days):
    both(asking, asked, accepted(kind), "2024-12-19 10:00")
    (here,), (there,) = asking.clocks, asked.clocks
    assert (here.limit.length, here.due, here.mirrors) == (days, there.due, there.rule_id)


@pytest.mark.parametrize("kind", [CLUE, CASE_TRANSFER, pb.REQUEST_TYPE_CONSULT])
def test_other_kinds_have_no_limit_for_their_answer(asking, asked, kind):
    both(asking, asked, accepted(kind), "2024-12-19 10:00")
    assert (asking.clocks, asked.clocks) == ([], [])


def test_a_part_ends_no_clock_and_the_rest_is_missed_on_both_sides(asking, asked):
    both(asking, asked, accepted(SHARE), "2024-12-19 10:00")
    both(asking, asked, answered(pb.COMPLETENESS_PARTIAL), "2024-12-20 10:00")
    assert [clock.status for clock in (*asking.clocks, *asked.clocks)] == [Status.RUNNING, Status.RUNNING]
    assert asking.over("2024-12-26 23:59") == asked.over("2024-12-26 23:59") == []
    assert asking.over("2024-12-27 00:00") == ["cross_border.answer_evidence_share_awaited"]
    assert asked.over("2024-12-27 00:00") == ["cross_border.answer_evidence_share"]


@pytest.mark.parametrize("completeness", [pb.COMPLETENESS_FULL, pb.COMPLETENESS_UNABLE])
def test_the_whole_ends_them_and_so_does_who_cannot(asking, asked, completeness):
    both(asking, asked, accepted(SHARE), "2024-12-19 10:00")
    both(asking, asked, answered(completeness), "2024-12-26 23:00")
    assert [(clock.status, clock.in_time) for clock in (*asking.clocks, *asked.clocks)] == [(Status.MET, True)] * 2


def test_a_part_that_is_enough_leaves_nothing_due(asking, asked):
    both(asking, asked, accepted(SHARE), "2024-12-19 10:00")
    both(asking, asked, answered(pb.COMPLETENESS_PARTIAL), "2024-12-20 10:00")
    confirmed = pb.AnswerConfirmed(**FROM_RESPONDER), pb.TaskConfirmed(task_id=TASK)
    both(asking, asked, confirmed, "2024-12-23 10:00")
    assert {clock.status for clock in (*asking.clocks, *asked.clocks)} == {Status.CANCELLED}


def test_an_extension_is_that_of_both_clocks(asking, asked):
    both(asking, asked, accepted(SHARE), "2024-12-19 10:00")
    longer = pb.RequestExtended(**FROM_RESPONDER, working_days=3), pb.TaskExtended(**TO_REQUESTER, working_days=3)
    both(asking, asked, longer, "2024-12-26 10:00")
    (here,), (there,) = asking.clocks, asked.clocks
    assert here.due == there.due
    assert here.due.due_on.isoformat() == "2024-12-31"


def test_reopening_starts_the_limit_again_on_both_sides(asking, asked):
    both(asking, asked, accepted(SHARE), "2024-12-19 10:00")
    both(asking, asked, answered(pb.COMPLETENESS_FULL), "2024-12-20 10:00")
    reopened = (
        pb.RequestReopened(**FROM_RESPONDER, request_type=SHARE),
        pb.TaskReopened(task_id=TASK, request_type=SHARE),
    )
    both(asking, asked, reopened, "2024-12-23 10:00")
    assert [clock.status for clock in asking.clocks] == [Status.MET, Status.RUNNING]
    assert asking.clocks[-1].due == asked.clocks[-1].due


def test_a_clue_leaves_within_three_working_days_of_finding_it_not_ours(asking):
    asking.tell(drafted(found_at=to_timestamp(instant("2024-12-18 09:00"))), "2024-12-19 10:00")
    clock = asking.only("hand_over")
    assert (clock.subject_id, clock.due.due_on.isoformat()) == (CASE, "2024-12-23")
    asking.tell(drafting.HandOverExtended(request_id=REQUEST, case_id=CASE, working_days=2), "2024-12-23 10:00")
    assert asking.only("hand_over").due.due_on.isoformat() == "2024-12-25"
    asking.tell(sent(**of_kind(CLUE)), "2024-12-25 18:00")
    assert (asking.only("hand_over").status, asking.only("hand_over").in_time) == (Status.MET, True)


def test_a_serious_danger_leaves_within_a_day(asking):
    asking.tell(drafted(urgent=True, found_at=to_timestamp(instant("2024-12-20 17:00"))), "2024-12-20 18:00")
    assert asking.over("2024-12-21 17:00") == []
    assert asking.over("2024-12-21 17:01") == ["cross_border.hand_over_urgent"]


def test_asking_for_help_in_the_same_matter_hands_nothing_over(asking):
    asking.tell(drafted(), "2024-12-18 12:00").tell(sent(), "2024-12-19 12:00")
    assert asking.only("hand_over").status is Status.RUNNING


def test_what_came_back_must_go_on_until_the_authority_keeps_it(asking):
    asking.tell(drafted(), "2024-12-18 12:00").tell(sent(**of_kind(CLUE)), "2024-12-18 12:00")
    back = pb.RequestRejected(**FROM_RESPONDER, reason=LETTER, request_type=CLUE, case_id=CASE)
    asking.tell(back, "2024-12-24 10:00")
    assert [clock.status for clock in asking.clocks] == [Status.MET, Status.RUNNING]
    assert asking.clocks[-1].due.due_on.isoformat() == "2024-12-27"
    asking.tell(pb.RequestClosed(**FROM_RESPONDER, case_id=CASE), "2024-12-25 10:00")
    assert asking.clocks[-1].status is Status.CANCELLED


def test_dropping_the_draft_ends_the_duty(asking):
    asking.tell(drafted(), "2024-12-18 12:00").tell(
        drafting.DraftDiscarded(request_id=REQUEST, case_id=CASE), "2024-12-19 12:00"
    )
    assert asking.only("hand_over").status is Status.CANCELLED


def test_what_ends_one_request_leaves_the_clock_of_the_next_draft_about_the_same_clue(asking):
    back = pb.RequestRejected(**FROM_RESPONDER, reason=LETTER, request_type=CLUE, case_id=CASE)
    asking.tell(drafted(), "2024-12-18 12:00").tell(sent(**of_kind(CLUE)), "2024-12-18 13:00")
    asking.tell(back, "2024-12-24 10:00")
    again = drafted()
    again.request_id = uid("request 2")
    again.lacking_found_at.CopyFrom(to_timestamp(instant("2024-12-24 11:00")))
    asking.tell(again, "2024-12-24 11:00")
    asking.tell(pb.RequestClosed(**FROM_RESPONDER, case_id=CASE), "2024-12-25 10:00")
    asking.tell(drafting.DraftDiscarded(request_id=uid("request 3"), case_id=CASE), "2024-12-25 11:00")
    assert [clock.status for clock in asking.clocks] == [Status.MET, Status.CANCELLED, Status.RUNNING]
    assert {clock.subject_id for clock in asking.clocks} == {CASE}


def test_what_came_back_is_handed_over_by_the_next_request(asking):
    back = pb.RequestRejected(**FROM_RESPONDER, reason=LETTER, request_type=CLUE, case_id=CASE)
    next_one = uid("request 2")
    asking.tell(back, "2024-12-24 10:00").tell(sent(**of_kind(CLUE), request_id=next_one), "2024-12-25 10:00")
    assert [clock.status for clock in asking.clocks] == [Status.MET]


def test_a_clue_that_was_taken_back_must_leave_anew(asking):
    asking.tell(drafted(), "2024-12-18 12:00").tell(sent(**of_kind(CLUE)), "2024-12-18 13:00")
    asking.tell(pb.RequestClosed(**FROM_RESPONDER, case_id=CASE, withdrawn=True), "2024-12-19 10:00")
    assert [clock.status for clock in asking.clocks] == [Status.MET, Status.RUNNING]
    assert asking.clocks[-1].due.due_on.isoformat() == "2024-12-24"
    asking.tell(sent(**of_kind(CLUE), request_id=uid("request 2")), "2024-12-20 10:00")
    assert [clock.status for clock in asking.clocks] == [Status.MET, Status.MET]


def test_a_serious_danger_that_was_taken_back_must_leave_within_a_day_again(asking):
    back = pb.RequestClosed(**FROM_RESPONDER, case_id=CASE, withdrawn=True, urgent=True)
    asking.tell(drafted(urgent=True), "2024-12-18 12:00").tell(sent(**of_kind(CLUE)), "2024-12-18 13:00")
    asking.tell(back, "2024-12-19 10:00")
    assert asking.over("2024-12-20 10:01") == ["cross_border.hand_over_urgent"]
