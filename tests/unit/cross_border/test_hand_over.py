"""Handing a clue or a case over: drafted, sent within its limit, sent back, and here until somebody takes it."""

from typing import Any

import pytest
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.deadlines import HAND_OVER, HAND_OVER_URGENT
from services.cross_border.model import Refusal, request
from services.cross_border.model.request import Stage
from services.cross_border.policies import policy
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, NOON, POLICY, YONGCHUAN, given, instant, on, reactions
from tests.unit.cross_border.acts import CASE, CHEN, FROM_RESPONDER, MATTER, REQUEST, TASK, of_kind, send, sent

CLUE = pb.REQUEST_TYPE_CLUE
FOUND = to_timestamp(instant("2024-12-18 09:00"))
AT_ONCE = to_timestamp(NOON)


def drafted(kind: pb.RequestType.ValueType = CLUE, found_at: Any = AT_ONCE, **changes: Any) -> drafting.RequestDrafted:
    return drafting.RequestDrafted(
        request_id=REQUEST,
        content=sent(**of_kind(kind, **changes)),
        case_id=CASE,
        lacking_found_at=found_at,
        urgent=changes.get("urgent", False),
    )


EXTEND = drafting.ExtendHandOverRequest(request_id=REQUEST, reason="需核实违法行为发生地")
EXTENDED = drafting.HandOverExtended(request_id=REQUEST, case_id=CASE, working_days=2, reason="需核实违法行为发生地")
SEND = drafting.SendDraftRequest(request_id=REQUEST)
WITHDRAW = drafting.WithdrawRequestRequest(request_id=REQUEST, reason="已自行查明")
DELIVERED = pb.RequestDelivered(**FROM_RESPONDER, task_id=TASK, request_type=CLUE)
ACCEPTED = pb.RequestAccepted(**FROM_RESPONDER, handlers=[CHEN], request_type=CLUE, case_id=CASE, matter=MATTER)
REJECTED = pb.RequestRejected(
    **FROM_RESPONDER,
    reason=pb.REJECTION_REASON_NOT_COMPETENT,
    explanation="不在本区",
    request_type=CLUE,
    case_id=CASE,
)
SENT = [drafted(), sent(**of_kind(CLUE)), DELIVERED]


def closed(**changes: Any) -> pb.RequestClosed:
    return pb.RequestClosed(**(FROM_RESPONDER | {"case_id": CASE} | changes))


def test_a_clue_that_is_sent_at_once_was_found_when_it_was_sent():
    given(request).when(send(**of_kind(CLUE)), actor=CHIEF).then(drafted(), sent(**of_kind(CLUE)))


def test_its_limit_counts_from_when_the_authority_found_that_it_is_not_competent():
    command = send(**of_kind(CLUE), lacking_found_at=FOUND)
    given(request).when(command, actor=CHIEF).then(drafted(found_at=FOUND), sent(**of_kind(CLUE)))
    early = send(**of_kind(CLUE), lacking_found_at=to_timestamp(instant("2024-12-18 12:01")))
    given(request).when(early, actor=CHIEF).refused(Refusal.FOUND_LATER)


def test_a_draft_may_be_incomplete_and_does_not_leave_so():
    unfinished: dict[str, Any] = {"matter": None}
    state = (
        given(request).when(send(**of_kind(CLUE, **unfinished), draft=True), actor=CHIEF).then(drafted(**unfinished))
    )
    assert state.stage is Stage.DRAFT
    given(request, drafted(**unfinished)).when(SEND, actor=CHIEF).refused(Refusal.CONTENT_MISSING)
    given(request, drafted()).when(SEND, actor=CHIEF).then(sent(**of_kind(CLUE)))


def test_a_draft_of_another_kind_has_no_limit():
    command = send(draft=True)
    given(request).when(command, actor=CHIEF).then(drafting.RequestDrafted(request_id=REQUEST, content=sent()))
    given(request, drafting.RequestDrafted(request_id=REQUEST, content=sent())).when(EXTEND, actor=CHIEF).refused(
        Refusal.NO_LIMIT_TO_EXTEND, type="协助调查"
    )


def test_a_draft_is_dropped_and_never_leaves():
    drop = drafting.DiscardDraftRequest(request_id=REQUEST, reason="本局有管辖权")
    state = (
        given(request, drafted())
        .when(drop, actor=CHIEF)
        .then(drafting.DraftDiscarded(request_id=REQUEST, case_id=CASE, reason="本局有管辖权"))
    )
    assert state.stage is Stage.DISCARDED
    given(request, *SENT).when(drop, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_three_working_days_are_extended_once_before_they_end():
    # Wednesday 18 December 2024 excluded: the third working day is Monday 23.
    given(request, drafted()).when(EXTEND, actor=CHIEF, at="2024-12-23 23:59").then(EXTENDED)
    given(request, drafted()).when(EXTEND, actor=CHIEF, at="2024-12-24 00:00").refused(
        Refusal.EXTENSION_TOO_LATE, due="2024-12-23"
    )
    given(request, drafted(), EXTENDED).when(EXTEND, actor=CHIEF).refused(Refusal.EXTENDED_ALREADY)


def test_a_serious_danger_waits_for_nobody():
    given(request, drafted(urgent=True)).when(EXTEND, actor=CHIEF).refused(Refusal.NO_LIMIT_TO_EXTEND, type="线索移送")


@pytest.mark.parametrize(("deadline", "length"), [(HAND_OVER, 3), (HAND_OVER_URGENT, 24)])
def test_the_limits_are_named_defaults(deadline, length):
    limit, _ = deadline.limit(Rules(), NOON.date())
    assert limit.length == length
    assert HAND_OVER.longer_by(EXTENDED) == 2


def test_who_takes_it_takes_the_whole_matter():
    command = commands.NoteAcceptanceRequest(request_id=REQUEST, handlers=[CHEN])
    given(request, *SENT).when(command, actor=POLICY, origin=YONGCHUAN.id).then(ACCEPTED)


def test_what_comes_back_is_still_here_and_its_limit_begins_again():
    command = commands.NoteRejectionRequest(
        request_id=REQUEST, reason=pb.REJECTION_REASON_NOT_COMPETENT, explanation="不在本区"
    )
    state = given(request, *SENT).when(command, actor=POLICY, origin=YONGCHUAN.id).then(REJECTED)
    assert (state.stage, state.extended) == (Stage.REJECTED, False)
    back = on("2024-12-24 10:00", REJECTED)
    given(request, *SENT, back).when(EXTEND, actor=CHIEF, at="2024-12-27 12:00").then(EXTENDED)


def test_what_was_taken_is_not_taken_back():
    given(request, *SENT).when(WITHDRAW, actor=CHIEF).then(closed(withdrawn=True, reason="已自行查明"))
    given(request, *SENT, ACCEPTED).when(WITHDRAW, actor=CHIEF).refused(Refusal.HANDED_OVER)


def test_what_was_taken_may_end_without_a_word_on_what_became_of_it():
    close = commands.CloseRequestRequest(request_id=REQUEST)
    answered = pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_FULL, text="已立案")
    for history in ([*SENT, ACCEPTED], [*SENT, ACCEPTED, answered]):
        state = given(request, *history).when(close, actor=CHIEF).then(closed())
        assert state.stage is Stage.CLOSED
    given(request, *SENT).when(close, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_what_is_no_longer_there_ends_the_request_and_says_why():
    dropped = side.HandOnDropped(case_id=CASE, receiver_id=YONGCHUAN.id, request_id=REQUEST, reason="已决定不予立案")
    [end] = reactions(policy, dropped)
    told = closed(case_id="", withdrawn=True, reason="已决定不予立案")
    answered = pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_FULL, text="已受理")
    for history in ([*SENT, ACCEPTED], [*SENT, ACCEPTED, answered]):
        state = given(request, *history).when(end, actor=POLICY).then(told)
        assert state.stage is Stage.CLOSED
        given(request, *history, told).when(end, actor=POLICY).then()


def test_a_serious_danger_stays_one_when_it_is_taken_back():
    history = [drafted(urgent=True), sent(**of_kind(CLUE, urgent=True))]
    given(request, *history).when(WITHDRAW, actor=CHIEF).then(closed(withdrawn=True, reason="已自行查明", urgent=True))


def test_help_that_is_no_longer_needed_is_taken_back_until_it_is_answered():
    history = [sent(), pb.RequestDelivered(**FROM_RESPONDER), pb.RequestAccepted(**FROM_RESPONDER)]
    for n in range(1, 4):
        given(request, *history[:n]).when(WITHDRAW, actor=CHIEF).then(
            pb.RequestClosed(**FROM_RESPONDER, withdrawn=True, reason="已自行查明")
        )
    answered = pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_FULL)
    given(request, *history, answered).when(WITHDRAW, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_it_goes_to_one_authority_at_a_time():
    on_its_way: dict[str, Any] = {"found": "0193d7ec", "actor": CHIEF}
    given(request).when(send(**of_kind(CLUE)), **on_its_way).refused(Refusal.HANDED_OVER_ALREADY, request="0193d7ec")
    given(request, drafted()).when(SEND, **on_its_way).refused(Refusal.HANDED_OVER_ALREADY)
    given(request).when(send(**of_kind(CLUE), draft=True), **on_its_way).then(drafted())
