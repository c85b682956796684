"""A participant that never reports, or takes its report back: the operation ends without it, and says so."""

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from tests.support.decider import CHIEF, LUXIAN, RONGCHANG, YONGCHUAN, On, given, on
from tests.unit.joint_operations.acts import CLOSED, CLOSED_EVENT, OPERATION, READY, reported

WHY = "两次催报未复"
TWO_REPORTED = [*READY, reported(LUXIAN), reported(RONGCHANG)]
MISSING = [refusing.MissingReport(participant_id=YONGCHUAN.id, reason=WHY)]
CLOSE = commands.CloseOperationRequest(operation_id=OPERATION, without=MISSING)
PROPOSE = commands.ProposeSummaryRequest(operation_id=OPERATION, without=MISSING)
UNREPORTED = refusing.Unreported(participant_id=YONGCHUAN.id, reason=WHY)
WITHDRAWN = pb.ParticipantReportWithdrawn(operation_id=OPERATION, participant_id=YONGCHUAN.id)


def closed_without() -> pb.OperationClosed:
    event = pb.OperationClosed()
    event.CopyFrom(CLOSED_EVENT)
    event.participant_ids[:] = [LUXIAN.id, RONGCHANG.id]
    event.present_ids[:] = [LUXIAN.id]
    event.unreported.append(UNREPORTED)
    return event


def test_who_does_not_report_is_waited_for_until_the_time_has_passed():
    early = given(operation, *TWO_REPORTED).when(CLOSE, actor=CHIEF, at="2024-12-25 23:59")
    early.refused(Refusal.REPORTS_AWAITED, authority=YONGCHUAN.name, until="2024-12-25")
    late = given(operation, *TWO_REPORTED).when(CLOSE, actor=CHIEF, at="2024-12-26 00:01")
    assert late.then(closed_without()).stage is Stage.CLOSED


def test_one_that_opened_a_checkpoint_was_there_though_it_never_reports():
    opened = pb.CheckpointOpeningNoted(operation_id=OPERATION, checkpoint_id="A", participant_id=YONGCHUAN.id)
    over = changes.CheckpointClosingNoted(operation_id=OPERATION, checkpoint_id="A", participant_id=YONGCHUAN.id)
    history = [*READY, opened, over, reported(LUXIAN), reported(RONGCHANG)]
    [event] = given(operation, *history).when(CLOSE, actor=CHIEF, at="2024-12-26 00:01").events
    assert list(event.present_ids) == [LUXIAN.id, YONGCHUAN.id]  # type: ignore[attr-defined]


def test_nobody_is_passed_over_in_silence_and_nobody_who_reported_is_left_out():
    unnamed = commands.CloseOperationRequest(operation_id=OPERATION)
    outcome = given(operation, *TWO_REPORTED).when(unnamed, actor=CHIEF, at="2025-01-10 09:00")
    outcome.refused(Refusal.NOT_REPORTED, authorities=YONGCHUAN.name)
    everybody = given(operation, *TWO_REPORTED, reported(YONGCHUAN)).when(CLOSE, actor=CHIEF)
    everybody.then(CLOSED_EVENT)


def test_the_lead_reports_its_own_field_work():
    own = [refusing.MissingReport(participant_id=LUXIAN.id, reason="来不及")]
    command = commands.CloseOperationRequest(operation_id=OPERATION, without=own)
    history = [*READY, reported(RONGCHANG), reported(YONGCHUAN)]
    outcome = given(operation, *history).when(command, actor=CHIEF, at="2025-01-10 09:00")
    outcome.refused(Refusal.NOT_REPORTED, authorities=LUXIAN.name)


def test_the_summary_has_the_numbers_of_those_who_reported():
    propose = commands.ProposeSummaryRequest(operation_id=OPERATION)
    outcome = given(operation, *TWO_REPORTED, closed_without()).when(propose, actor=CHIEF, at="2024-12-26 10:00")
    [put] = outcome.events
    assert [one.participant_id for one in put.by_participant] == [LUXIAN.id, RONGCHANG.id]  # type: ignore[attr-defined]


def test_who_takes_its_report_back_after_the_end_has_as_many_days_again():
    history: list[Message | On] = [*CLOSED, on("2024-12-27 10:00", WITHDRAWN)]
    early = given(operation, *history).when(PROPOSE, actor=CHIEF, at="2025-01-06 10:00")
    early.refused(Refusal.REPORTS_AWAITED, until="2025-01-06")
    late = given(operation, *history).when(PROPOSE, actor=CHIEF, at="2025-01-07 10:00")
    assert list(late.events[0].unreported) == [UNREPORTED]  # type: ignore[attr-defined]


def test_a_report_that_comes_after_all_is_in_the_next_summary():
    history = [*TWO_REPORTED, closed_without(), reported(YONGCHUAN)]
    [put] = given(operation, *history).when(PROPOSE, actor=CHIEF).events
    assert len(put.by_participant) == 3  # type: ignore[attr-defined]
    assert not put.unreported  # type: ignore[attr-defined]
