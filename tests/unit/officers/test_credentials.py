"""Officers and credentials: registered, suspended, restored, recalled, cancelled (行政处罚法 art. 42)."""

import pytest
from enforcement.officers.v1 import events_pb2 as pb
from enforcement.officers.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.kernel.errors import KernelRefusal
from services.kernel.identity import Actor
from services.officers.model import Refusal, Status, officer
from tests.support.decider import given, uid

OFFICER = uid("officer")
ADMINISTRATOR = Actor("ops", "administrator")
REGISTER = commands.RegisterOfficerRequest(
    officer_id=OFFICER,
    name="李强",
    credential_number="51052100123",
    issuing_body="四川省司法厅",
    valid_from_on="2023-01-01",
    valid_to_on="2027-12-31",
    roles=[options.ROLE_INVESTIGATOR],
    specialties=[pb.SPECIALTY_ROAD_TRANSPORT],
)
REGISTERED = pb.OfficerRegistered(
    officer_id=OFFICER,
    name="李强",
    credential_number="51052100123",
    issuing_body="四川省司法厅",
    valid_from_on="2023-01-01",
    valid_to_on="2027-12-31",
    roles=[options.ROLE_INVESTIGATOR],
    specialties=[pb.SPECIALTY_ROAD_TRANSPORT],
)
SUSPEND = commands.SuspendCredentialRequest(officer_id=OFFICER, reason="接受调查")
SUSPENDED = pb.CredentialSuspended(officer_id=OFFICER, reason="接受调查")
RESTORE = commands.RestoreCredentialRequest(officer_id=OFFICER, reason="调查结束")
RESTORED = pb.CredentialRestored(officer_id=OFFICER, reason="调查结束")
RECALL = commands.RecallCredentialRequest(officer_id=OFFICER, reason="调离岗位")
RECALLED = pb.CredentialRecalled(officer_id=OFFICER, reason="调离岗位")
CANCEL = commands.CancelCredentialRequest(officer_id=OFFICER, reason="退休")
CANCELLED = pb.CredentialCancelled(officer_id=OFFICER, reason="退休")
ASSIGN = commands.AssignRolesRequest(officer_id=OFFICER, roles=[options.ROLE_LEADER])


def test_an_officer_is_registered_with_a_valid_credential():
    assert given(officer).when(REGISTER, actor=ADMINISTRATOR).then(REGISTERED).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("valid_from_on", "valid_to_on", "refusal"),
    [
        ("2024-01-02", "2024-01-01", Refusal.VALIDITY_ENDS_BEFORE_IT_BEGINS),
        ("2024-02-30", "2024-12-31", KernelRefusal.INVALID_REQUEST),
    ],
)
def test_a_credential_has_days_that_exist_in_order(valid_from_on, valid_to_on, refusal):
    command = commands.RegisterOfficerRequest()
    command.CopyFrom(REGISTER)
    command.valid_from_on, command.valid_to_on = valid_from_on, valid_to_on
    given(officer).when(command, actor=ADMINISTRATOR).refused(refusal)


@pytest.mark.parametrize(
    ("history", "command", "event", "status"),
    [
        ([REGISTERED], SUSPEND, SUSPENDED, Status.SUSPENDED),
        ([REGISTERED], RECALL, RECALLED, Status.RECALLED),
        ([REGISTERED], CANCEL, CANCELLED, Status.CANCELLED),
        ([REGISTERED, SUSPENDED], RESTORE, RESTORED, Status.ACTIVE),
        ([REGISTERED, RECALLED], RESTORE, RESTORED, Status.ACTIVE),
        ([REGISTERED, SUSPENDED], RECALL, RECALLED, Status.RECALLED),
        ([REGISTERED, SUSPENDED], CANCEL, CANCELLED, Status.CANCELLED),
        ([REGISTERED, SUSPENDED, RESTORED], SUSPEND, SUSPENDED, Status.SUSPENDED),
    ],
)
def test_a_credential_changes_from_the_instant_of_the_act(history, command, event, status):
    assert given(officer, *history).when(command, actor=ADMINISTRATOR).then(event).status is status


@pytest.mark.parametrize(
    ("history", "command", "status"),
    [
        ([REGISTERED], RESTORE, "有效"),
        ([REGISTERED, SUSPENDED], SUSPEND, "暂扣"),
        ([REGISTERED, RECALLED], RECALL, "收回"),
    ],
)
def test_a_change_that_changes_nothing_is_refused(history, command, status):
    given(officer, *history).when(command, actor=ADMINISTRATOR).refused(Refusal.CREDENTIAL_ALREADY, status=status)


@pytest.mark.parametrize("command", [SUSPEND, RESTORE, RECALL, CANCEL, ASSIGN])
def test_a_cancelled_credential_is_gone_for_good(command):
    given(officer, REGISTERED, CANCELLED).when(command, actor=ADMINISTRATOR).refused(Refusal.CREDENTIAL_CANCELLED)


def test_roles_replace_each_other():
    given(officer, REGISTERED).when(ASSIGN, actor=ADMINISTRATOR).then(
        pb.RolesAssigned(officer_id=OFFICER, roles=[options.ROLE_LEADER])
    )


def test_hours_of_training_are_recorded():
    command = commands.RecordTrainingRequest(officer_id=OFFICER, hours=8, subject="行政处罚法")
    given(officer, REGISTERED).when(command, actor=ADMINISTRATOR).then(
        pb.TrainingRecorded(officer_id=OFFICER, hours=8, subject="行政处罚法")
    )


QUALIFIED = pb.LegalQualificationRecorded(
    officer_id=OFFICER, certificate_number="A20205105210001", obtained_on="2020-03-01"
)
QUALIFY = commands.RecordLegalQualificationRequest(
    officer_id=OFFICER, certificate_number="A20205105210001", obtained_on="2020-03-01"
)


def test_a_legal_qualification_is_recorded():
    given(officer, REGISTERED).when(QUALIFY, actor=ADMINISTRATOR).then(QUALIFIED)


def test_since_when_an_officer_reviews_is_recorded_too():
    command = commands.RecordLegalQualificationRequest(officer_id=OFFICER, reviewing_since_on="2016-05-01")
    event = pb.LegalQualificationRecorded(officer_id=OFFICER, reviewing_since_on="2016-05-01")
    given(officer, REGISTERED).when(command, actor=ADMINISTRATOR).then(event)


def test_a_record_of_neither_is_refused_and_so_is_a_day_that_there_is_not():
    nothing = commands.RecordLegalQualificationRequest(officer_id=OFFICER)
    given(officer, REGISTERED).when(nothing, actor=ADMINISTRATOR).refused(Refusal.NOTHING_TO_RECORD)
    february = commands.RecordLegalQualificationRequest(officer_id=OFFICER, obtained_on="2020-02-30")
    given(officer, REGISTERED).when(february, actor=ADMINISTRATOR).refused(KernelRefusal.INVALID_REQUEST)
