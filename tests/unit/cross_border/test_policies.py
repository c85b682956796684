"""What each side does with what the other signed, through the contract's own disclosure."""

import pytest
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.cross_border.deadlines import ACKNOWLEDGE, ANSWER_ASSIST, ANSWER_EVIDENCE_SHARE
from services.cross_border.policies import policy
from services.kernel.deadlines.rules import Role
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, FEED_VIEW, Catalogue
from services.kernel.messages import encode, to_timestamp, type_name
from services.kernel.rules import Rules
from tests.support.decider import LUXIAN, NOON, RONGCHANG, YONGCHUAN, reactions
from tests.unit.cross_border.acts import (
    CASE,
    CHEN,
    FROM_RESPONDER,
    LIN,
    REQUEST,
    TASK,
    TO_REQUESTER,
    accepted,
    item,
    open_task,
    received,
    sent,
)

CATALOGUE = Catalogue.load()
THEN = to_timestamp(NOON)
ANSWERED = pb.TaskAnswered(
    **TO_REQUESTER,
    completeness=pb.COMPLETENESS_FULL,
    text="见附件",
    fields=[pb.AnsweredField(field=pb.REQUESTED_FIELD_PHONE, value="138…")],
    items=[item()],
    item_count=1,
)


def shown(event: Message, level: int = ADDRESSEE_VIEW) -> Message:
    """The event as it leaves."""
    return type(event).FromString(CATALOGUE.view(type_name(event), encode(event), level))


TOLD_RESPONDER = [
    (sent(), open_task()),
    (
        pb.RequestReopened(**FROM_RESPONDER, reason="缺年审记录"),
        commands.ReopenTaskRequest(task_id=TASK, occurred_at=THEN, reason="缺年审记录"),
    ),
    (pb.AnswerConfirmed(**FROM_RESPONDER), drafting.ConfirmTaskRequest(task_id=TASK, occurred_at=THEN)),
    (
        pb.RequestClosed(**FROM_RESPONDER, withdrawn=True, reason="已决定不予立案"),
        commands.CloseTaskRequest(task_id=TASK, occurred_at=THEN, withdrawn=True, reason="已决定不予立案"),
    ),
]
TOLD_REQUESTER = [
    (received(), commands.NoteDeliveryRequest(request_id=REQUEST, occurred_at=THEN, task_id=TASK)),
    (accepted(), commands.NoteAcceptanceRequest(request_id=REQUEST, occurred_at=THEN, handlers=[CHEN, LIN])),
    (
        pb.TaskRejected(**TO_REQUESTER, reason=pb.REJECTION_REASON_INCOMPLETE, explanation="缺文书号"),
        commands.NoteRejectionRequest(
            request_id=REQUEST,
            occurred_at=THEN,
            reason=pb.REJECTION_REASON_INCOMPLETE,
            explanation="缺文书号",
        ),
    ),
    (
        pb.TaskExtended(**TO_REQUESTER, working_days=5, reason="需调取纸质档案"),
        commands.NoteExtensionRequest(request_id=REQUEST, occurred_at=THEN, working_days=5, reason="需调取纸质档案"),
    ),
    (
        ANSWERED,
        commands.NoteAnswerRequest(
            request_id=REQUEST,
            occurred_at=THEN,
            completeness=pb.COMPLETENESS_FULL,
            text="见附件",
            fields=ANSWERED.fields,
            items=[item()],
        ),
    ),
]


@pytest.mark.parametrize(("event", "command"), TOLD_RESPONDER)
def test_who_is_asked_acts_on_what_it_is_shown(event, command):
    assert reactions(policy, shown(event), authority=YONGCHUAN, origin=LUXIAN.id) == [command]


@pytest.mark.parametrize(("event", "command"), TOLD_REQUESTER)
def test_who_asked_notes_what_it_is_shown(event, command):
    assert reactions(policy, shown(event), origin=YONGCHUAN.id) == [command]


@pytest.mark.parametrize(("event", "_"), [*TOLD_RESPONDER, *TOLD_REQUESTER])
def test_a_third_authority_leaves_it_alone_and_so_does_who_said_it(event, _):
    assert reactions(policy, event, authority=RONGCHANG, origin=LUXIAN.id) == []
    assert reactions(policy, event) == reactions(policy, event, authority=YONGCHUAN) == []


def test_the_same_request_id_of_another_requester_is_another_task():
    [mine] = reactions(policy, sent(), authority=YONGCHUAN, origin=LUXIAN.id)
    [forged] = reactions(policy, sent(), authority=YONGCHUAN, origin=RONGCHANG.id)
    assert mine.task_id != forged.task_id  # type: ignore[attr-defined]


def test_the_requesters_case_stays_at_home():
    assert CASE.encode() not in encode(shown(sent()))


@pytest.mark.parametrize("event", [sent(), received(), accepted(), ANSWERED])
def test_a_feed_says_who_asked_whom_for_what_kind_of_help_and_no_more(event):
    told = encode(shown(event, FEED_VIEW)).decode(errors="replace")
    assert REQUEST in told
    canaries = ("渝C", "查明", "138", "档案", "51-陈", "川泸交执", "泸县执法大队")
    assert [one for one in canaries if one in told] == []


def starts(deadline: object, event: Message) -> bool:
    return any(
        role is Role.START
        and isinstance(event, trigger.event)
        and trigger.fires(event, received=False, rules=Rules(), on=NOON.date())
        for role, trigger in deadline.triggers  # type: ignore[attr-defined]
    )


def test_the_clock_of_the_answer_goes_by_what_was_asked_for():
    share = accepted(request_type=pb.REQUEST_TYPE_EVIDENCE_SHARE)
    assert (starts(ANSWER_ASSIST, accepted()), starts(ANSWER_EVIDENCE_SHARE, accepted())) == (True, False)
    assert (starts(ANSWER_ASSIST, share), starts(ANSWER_EVIDENCE_SHARE, share)) == (False, True)
    assert starts(ACKNOWLEDGE, received())


@pytest.mark.parametrize(("deadline", "days"), [(ACKNOWLEDGE, 2), (ANSWER_ASSIST, 15), (ANSWER_EVIDENCE_SHARE, 5)])
def test_a_limit_is_a_named_default(deadline, days):
    limit, switch = deadline.limit(Rules(), NOON.date())
    assert (limit.length, switch.endswith(f"={days}")) == (days, True)


def test_an_extension_lengthens_the_limit_by_its_days():
    extended = pb.TaskExtended(**TO_REQUESTER, working_days=5)
    assert ANSWER_ASSIST.longer_by(extended) == 5
    assert ANSWER_ASSIST.subject_of(accepted(), TASK) == REQUEST
