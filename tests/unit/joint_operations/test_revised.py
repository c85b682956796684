"""Records that come after the summary was published: it is opened again, and another takes its place."""

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import Stage as PartStage
from services.joint_operations.model.participation import participation
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LEADER, LUXIAN, POLICY, YONGCHUAN, given, uid
from tests.unit.joint_operations.acts import (
    AUTHORITIES,
    FIELD,
    OFFICERS,
    OPERATION,
    PART,
    PROPOSAL,
    SIGNED,
    inspect,
    proposed,
    reported,
)
from tests.unit.joint_operations.test_summary import SUMMARISED, own_report, received
from tests.unit.joint_operations.test_views import folded

SECOND = uid("second proposal")
REOPEN = commands.ReopenFieldWorkRequest(participation_id=PART, reason="终端离线记录补报")
PUBLISHED = pb.SummaryPublicationNoted(participation_id=PART, operation_id=OPERATION, proposal_id=PROPOSAL)
OVER = [*FIELD, own_report(), received(), PUBLISHED]
REOPENED = pb.FieldWorkReopened(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    participant_id=LUXIAN.id,
    reason=REOPEN.reason,
)
WITHDRAWN = pb.ParticipantReportWithdrawn(operation_id=OPERATION, participant_id=YONGCHUAN.id)
LATER = [*SIGNED, SUMMARISED, WITHDRAWN]


def second() -> pb.SummaryProposed:
    return proposed(proposal_id=SECOND)


def test_what_was_made_offline_is_recorded_after_the_summary_once_field_work_is_reopened():
    given(participation, *OVER).when(inspect(), officers=OFFICERS).refused(KernelRefusal.WRONG_STAGE)
    state = given(participation, *OVER).when(REOPEN, actor=CHIEF).then(REOPENED)
    assert state.stage is PartStage.ROSTERED
    assert given(participation, *OVER, REOPENED).when(inspect(), officers=OFFICERS).events


def test_the_lead_takes_the_report_back_and_the_operation_waits_for_another_summary():
    note = commands.NoteFieldWorkReopenedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    outcome = given(operation, *SIGNED, SUMMARISED).when(note, actor=POLICY, origin=YONGCHUAN.id)
    assert outcome.then(WITHDRAWN).stage is Stage.CLOSED
    propose = commands.ProposeSummaryRequest(operation_id=OPERATION)
    given(operation, *LATER).when(propose, actor=CHIEF).refused(Refusal.NOT_REPORTED, authorities=YONGCHUAN.name)


def test_what_was_published_is_not_published_again_without_it():
    publish = commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=PROPOSAL)
    outcome = given(operation, *LATER, reported(YONGCHUAN)).when(publish, actor=LEADER)
    outcome.refused(Refusal.NO_PROPOSAL, proposal=PROPOSAL)


def test_one_that_never_reported_may_report_after_all():
    note = commands.NoteFieldWorkReopenedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    silent = [*LATER, SUMMARISED]
    outcome = given(operation, *silent).when(note, actor=POLICY, origin=YONGCHUAN.id)
    assert outcome.then(WITHDRAWN).stage is Stage.CLOSED


def test_everybody_signs_the_other_summary_which_names_the_one_whose_place_it_takes():
    signatures = [
        pb.SummarySignatureRecorded(
            operation_id=OPERATION, participant_id=one, proposal_id=SECOND, digest=second().digest
        )
        for one in AUTHORITIES
    ]
    publish = commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=SECOND)
    history = [*LATER, reported(YONGCHUAN), second()]
    given(operation, *history).when(publish, actor=LEADER).refused(Refusal.NOT_SIGNED)
    [event] = given(operation, *history, *signatures).when(publish, actor=LEADER).events
    assert (event.proposal_id, event.superseded_proposal_id) == (SECOND, PROPOSAL)  # type: ignore[attr-defined]


def test_whoever_reported_before_signs_the_other_summary_too():
    put = received()
    put.proposal_id = SECOND
    state = given(participation, *OVER, put).state
    assert state.stage is PartStage.REPORTED
    noted = commands.NoteSummaryPublishedRequest(participation_id=PART, proposal_id=SECOND)
    outcome = given(participation, *OVER, put).when(noted, actor=POLICY, origin=LUXIAN.id)
    assert outcome.state.stage is PartStage.SUMMARISED


def test_whoever_reopened_does_not_sign_before_it_reports_again():
    put = received()
    put.proposal_id = SECOND
    sign = commands.SignSummaryRequest(participation_id=PART, proposal_id=SECOND)
    given(participation, *OVER, REOPENED, put).when(sign, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_both_sides_show_that_it_is_open_again():
    assert folded(LATER)["operation"][0]["stage"] == Stage.CLOSED
    assert folded([*OVER, REOPENED])["participation"][0]["stage"] == PartStage.ROSTERED
    put = received()
    put.proposal_id = SECOND
    assert folded([*OVER, put])["participation"][0]["stage"] == PartStage.REPORTED
