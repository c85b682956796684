"""A summary that somebody does not sign: who, and why; and it is published all the same."""

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import participation
from services.joint_operations.policies import policy
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LEADER, LUXIAN, POLICY, RONGCHANG, YONGCHUAN, On, given, on, reactions, uid
from tests.unit.joint_operations.acts import (
    AUTHORITIES,
    CLOSED,
    FIELD,
    OFFICERS,
    OPERATION,
    PART,
    PROPOSAL,
    proposed,
    signed,
)
from tests.unit.joint_operations.test_partners import LISTED, NOTED, PARTNER
from tests.unit.joint_operations.test_summary import SUMMARISED, own_report, received

WHY = "永川检查台次与我单位台账不符"
REFUSE = refusing.RefuseSummaryRequest(participation_id=PART, proposal_id=PROPOSAL, reason=WHY)
REFUSED = refusing.SummaryRefused(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    participant_id=LUXIAN.id,
    proposal_id=PROPOSAL,
    reason=WHY,
)
NOTED_REFUSAL = refusing.SummaryRefusalNoted(
    operation_id=OPERATION, participant_id=YONGCHUAN.id, proposal_id=PROPOSAL, reason=WHY
)
PUT = on("2024-12-19 10:00", proposed())  # five working days: until 2024-12-26, 24:00
TWO_SIGNED: list[Message | On] = [*CLOSED, PUT, signed(LUXIAN), signed(RONGCHANG)]


def publish(*without: refusing.MissingSignature) -> commands.PublishSummaryRequest:
    return commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=PROPOSAL, without=without)


SILENT = refusing.MissingSignature(id=YONGCHUAN.id, reason="两次催签未复")


def summarised(*unsigned: refusing.Unsigned) -> pb.OperationSummarised:
    event = pb.OperationSummarised()
    event.CopyFrom(SUMMARISED)
    event.unsigned.extend(unsigned)
    return event


def test_a_leader_refuses_with_the_reason_and_may_sign_after_all():
    history = [*FIELD, own_report(), received()]
    given(participation, *history).when(REFUSE, actor=LEADER, officers=OFFICERS).then(REFUSED)
    given(participation, *history, REFUSED).when(REFUSE, actor=LEADER, officers=OFFICERS).then()
    sign = commands.SignSummaryRequest(participation_id=PART, proposal_id=PROPOSAL)
    assert given(participation, *history, REFUSED).when(sign, actor=LEADER, officers=OFFICERS).events


def test_what_was_signed_or_not_put_is_not_refused():
    mark = pb.SummarySigned(participation_id=PART, operation_id=OPERATION, proposal_id=PROPOSAL)
    history = [*FIELD, own_report(), received()]
    given(participation, *history, mark).when(REFUSE, actor=LEADER).refused(Refusal.SUMMARY_SIGNED)
    given(participation, *FIELD, own_report()).when(REFUSE, actor=LEADER).refused(Refusal.NO_PROPOSAL)
    given(participation, *FIELD, received()).when(REFUSE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_the_lead_notes_a_refusal_from_who_refuses_and_for_the_proposal_that_stands():
    told = refusing.SummaryRefused()
    told.CopyFrom(REFUSED)
    told.participant_id = YONGCHUAN.id
    [note] = reactions(policy, told, origin=YONGCHUAN.id)
    given(operation, *TWO_SIGNED).when(note, actor=POLICY, origin=YONGCHUAN.id).then(NOTED_REFUSAL)
    given(operation, *TWO_SIGNED, NOTED_REFUSAL).when(note, actor=POLICY, origin=YONGCHUAN.id).then()
    given(operation, *TWO_SIGNED).when(note, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_A_PARTICIPANT)
    later = [*TWO_SIGNED, proposed(proposal_id=uid("second"))]
    given(operation, *later).when(note, actor=POLICY, origin=YONGCHUAN.id).then()


def test_a_summary_that_was_refused_is_published_and_says_by_whom_and_why():
    unsigned = refusing.Unsigned(participant_id=YONGCHUAN.id, ground=refusing.UNSIGNED_GROUND_REFUSED, reason=WHY)
    refused = given(operation, *TWO_SIGNED, NOTED_REFUSAL)
    state = refused.when(publish(SILENT), actor=LEADER, at="2024-12-19 15:00").then(summarised(unsigned))
    assert state.stage is Stage.SUMMARISED
    refused.when(publish(), actor=LEADER).refused(Refusal.NOT_SIGNED, authorities=YONGCHUAN.name)


def test_who_says_nothing_is_waited_for_until_the_time_has_passed():
    waiting = given(operation, *TWO_SIGNED)
    early = waiting.when(publish(SILENT), actor=LEADER, at="2024-12-26 23:59")
    early.refused(Refusal.SIGNATURES_AWAITED, authority=YONGCHUAN.name, until="2024-12-26")
    unsigned = refusing.Unsigned(
        participant_id=YONGCHUAN.id, ground=refusing.UNSIGNED_GROUND_SILENT, reason="两次催签未复"
    )
    waiting.when(publish(SILENT), actor=LEADER, at="2024-12-27 00:01").then(summarised(unsigned))


def test_the_time_for_signatures_runs_from_when_the_proposal_was_recorded_whatever_instant_is_stated():
    propose = commands.ProposeSummaryRequest(operation_id=OPERATION)
    put = given(operation, *CLOSED).when(propose, actor=CHIEF, at="2024-12-19 10:00", now="2025-01-06 10:00").events[0]
    history: list[Message | On] = [*CLOSED, on("2024-12-19 10:00", put)]
    history += [
        pb.SummarySignatureRecorded(operation_id=OPERATION, participant_id=one, proposal_id=put.proposal_id)  # type: ignore[attr-defined]
        for one in (LUXIAN.id, RONGCHANG.id)
    ]
    command = commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=put.proposal_id, without=[SILENT])  # type: ignore[attr-defined]
    at_once = given(operation, *history).when(command, actor=LEADER, at="2025-01-06 11:00")
    at_once.refused(Refusal.SIGNATURES_AWAITED, authority=YONGCHUAN.name, until="2025-01-13")
    assert given(operation, *history).when(command, actor=LEADER, at="2025-01-14 09:00").events


def test_who_signed_after_a_refusal_stands_among_those_who_signed():
    history = [*TWO_SIGNED, NOTED_REFUSAL, signed(YONGCHUAN)]
    given(operation, *history).when(publish(SILENT), actor=LEADER).then(summarised())


def test_the_lead_signs_its_own_summary():
    without_lead: list[Message | On] = [*CLOSED, PUT, signed(YONGCHUAN), signed(RONGCHANG)]
    own = refusing.MissingSignature(id=LUXIAN.id, reason="来不及")
    outcome = given(operation, *without_lead).when(publish(own), actor=LEADER, at="2025-01-10 09:00")
    outcome.refused(Refusal.LEAD_SIGNS)


def test_a_partner_without_a_node_that_signs_no_paper_holds_up_nothing_either():
    history: list[Message | On] = [*CLOSED[:4], LISTED, *CLOSED[4:], NOTED]
    propose = commands.ProposeSummaryRequest(operation_id=OPERATION)
    put = given(operation, *history).when(propose, actor=CHIEF, at="2024-12-19 10:00").events[0]
    proposal_id = put.proposal_id  # type: ignore[attr-defined]
    history.append(on("2024-12-19 10:00", put))
    for one in AUTHORITIES:
        history.append(pb.SummarySignatureRecorded(operation_id=OPERATION, participant_id=one, proposal_id=proposal_id))
    missing = refusing.MissingSignature(id=PARTNER, reason="人员已调离")
    command = commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=proposal_id, without=[missing])
    early = given(operation, *history).when(command, actor=LEADER, at="2024-12-20 09:00")
    early.refused(Refusal.SIGNATURES_AWAITED, authority="立石镇人民政府")
    late = given(operation, *history).when(command, actor=LEADER, at="2024-12-27 09:00")
    unsigned = refusing.Unsigned(partner_id=PARTNER, ground=refusing.UNSIGNED_GROUND_SILENT, reason="人员已调离")
    assert list(late.events[0].unsigned) == [unsigned]  # type: ignore[attr-defined]


def test_a_summary_nobody_put_is_not_refused_at_the_lead():
    note = refusing.NoteSummaryRefusedRequest(
        operation_id=OPERATION, participant_id=YONGCHUAN.id, proposal_id=PROPOSAL, reason=WHY
    )
    given(operation, *CLOSED).when(note, actor=POLICY, origin=YONGCHUAN.id).then()


def test_a_later_proposal_is_asked_anew():
    history = [*FIELD, own_report(), received(), REFUSED, received(proposal_id=uid("second"))]
    again = refusing.RefuseSummaryRequest(participation_id=PART, proposal_id=uid("second"), reason=WHY)
    assert given(participation, *history).when(again, actor=LEADER).events
