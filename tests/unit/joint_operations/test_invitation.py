"""Inviting and answering: each authority answers for itself."""

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import operation
from services.joint_operations.model.participation import participation, participation_of
from services.kernel.authority import Authority
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LUXIAN, POLICY, RONGCHANG, SUSPENDED, YONGCHUAN, given
from tests.unit.joint_operations.acts import (
    ACCEPTED,
    CHECKPOINTS,
    CLOSED,
    INVITED,
    JOINED,
    LU,
    OFFICERS,
    OPERATION,
    PART,
    PLANNED,
    RECEIVED,
    RONG,
    YONG,
    ids,
    invited,
    joined,
)


def invite(authority: Authority) -> commands.InviteParticipantRequest:
    return commands.InviteParticipantRequest(
        operation_id=OPERATION, participant_id=authority.id, contact="泸县执法大队 0830"
    )


def note_joined(authority: Authority = YONGCHUAN, **changes: object) -> commands.NoteParticipantJoinedRequest:
    fields = {"officers": YONG, "cars": [pb.PatrolCar(car_no=1, plate="川E·0001警")]} | changes
    return commands.NoteParticipantJoinedRequest(
        operation_id=OPERATION,
        participant_id=authority.id,
        **fields,  # type: ignore[arg-type]
    )


def accept(**changes: object) -> commands.AcceptInvitationRequest:
    fields = {"officer_ids": ids(*LU), "car_plates": ["川E·0001警", "川E·0002警"]} | changes
    return commands.AcceptInvitationRequest(participation_id=PART, **fields)  # type: ignore[arg-type]


def test_an_invitation_tells_the_plan():
    given(operation, PLANNED).when(invite(YONGCHUAN), actor=CHIEF).then(invited(YONGCHUAN))


def test_the_lead_invites_itself_too():
    given(operation, PLANNED).when(invite(LUXIAN), actor=CHIEF).then(invited(LUXIAN))


def test_nobody_is_invited_twice():
    outcome = given(operation, PLANNED, invited(YONGCHUAN)).when(invite(YONGCHUAN), actor=CHIEF)
    outcome.refused(Refusal.ALREADY_INVITED, authority=YONGCHUAN.name)


def test_nobody_is_invited_to_an_operation_that_is_over():
    outcome = given(operation, *CLOSED).when(invite(YONGCHUAN), actor=CHIEF)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="已结束")


def test_an_acceptance_is_noted_from_who_was_invited():
    outcome = given(operation, *INVITED).when(note_joined(), actor=POLICY, origin=YONGCHUAN.id)
    outcome.then(joined(YONGCHUAN, YONG))


def test_the_leads_own_acceptance_is_noted_the_same_way():
    outcome = given(operation, *INVITED).when(note_joined(LUXIAN, officers=LU), actor=POLICY)
    outcome.then(joined(LUXIAN, LU))


def test_an_authority_cannot_accept_for_another():
    outcome = given(operation, *INVITED).when(note_joined(), actor=POLICY, origin=RONGCHANG.id)
    outcome.refused(Refusal.NOT_A_PARTICIPANT, authority=RONGCHANG.id)


def test_who_was_not_invited_cannot_accept():
    outcome = given(operation, PLANNED).when(note_joined(), actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.NOT_A_PARTICIPANT, authority=YONGCHUAN.id)


def test_an_authority_sends_its_own_officers_only():
    outcome = given(operation, *INVITED).when(
        note_joined(officers=[YONG[0], RONG[0]]), actor=POLICY, origin=YONGCHUAN.id
    )
    outcome.refused(Refusal.OFFICER_NOT_SENT, authority=YONGCHUAN.name, officer=RONG[0].officer_id)


def test_an_acceptance_that_comes_again_changes_nothing():
    given(operation, *JOINED).when(note_joined(), actor=POLICY, origin=YONGCHUAN.id).then()


def test_a_refusal_to_take_part_is_noted_with_its_reason():
    command = commands.NoteParticipantDeclinedRequest(
        operation_id=OPERATION, participant_id=RONGCHANG.id, reason="人员不足"
    )
    given(operation, *INVITED).when(command, actor=POLICY, origin=RONGCHANG.id).then(
        pb.ParticipantDeclined(operation_id=OPERATION, participant_id=RONGCHANG.id, reason="人员不足")
    )


def test_who_has_accepted_does_not_decline_any_more():
    command = commands.NoteParticipantDeclinedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    given(operation, *JOINED).when(command, actor=POLICY, origin=YONGCHUAN.id).then()


def test_who_declined_may_still_accept():
    declined = pb.ParticipantDeclined(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    outcome = given(operation, *INVITED, declined).when(note_joined(), actor=POLICY, origin=YONGCHUAN.id)
    outcome.then(joined(YONGCHUAN, YONG))


def open_participation() -> commands.OpenParticipationRequest:
    return commands.OpenParticipationRequest(
        participation_id=PART,
        operation_id=OPERATION,
        lead_id=LUXIAN.id,
        operation_type=RECEIVED.operation_type,
        themes=RECEIVED.themes,
        starts_on=RECEIVED.starts_on,
        ends_on=RECEIVED.ends_on,
        checkpoints=CHECKPOINTS,
        name=RECEIVED.name,
        purpose=RECEIVED.purpose,
    )


def test_an_invitation_opens_the_participation():
    given(participation).when(open_participation(), actor=POLICY).then(RECEIVED)


def test_an_invitation_in_anothers_name_opens_nothing():
    outcome = given(participation).when(open_participation(), actor=POLICY, origin=RONGCHANG.id)
    outcome.refused(Refusal.NOT_THE_LEAD, authority=RONGCHANG.id)


def test_the_same_operation_id_of_two_leads_makes_two_participations():
    mine, forged = (participation_of(OPERATION, lead.id, YONGCHUAN.id) for lead in (LUXIAN, RONGCHANG))
    assert mine != forged


def test_who_accepts_says_with_whom_and_with_what():
    given(participation, RECEIVED).when(accept(), actor=CHIEF, officers=OFFICERS).then(ACCEPTED)


def test_an_officer_whose_credential_is_suspended_is_not_sent():
    outcome = given(participation, RECEIVED).when(
        accept(officer_ids=ids(*LU, SUSPENDED)), actor=CHIEF, officers=[*OFFICERS, SUSPENDED]
    )
    outcome.refused(KernelRefusal.OFFICER_NOT_ACTIVE, status="SUSPENDED")


def test_who_is_competent_at_a_checkpoint_sends_two_officers():
    outcome = given(participation, RECEIVED).when(accept(officer_ids=ids(LU[0])), actor=CHIEF, officers=OFFICERS)
    outcome.refused(Refusal.TOO_FEW_OFFICERS, checkpoints="B、C")


def test_who_only_assists_may_send_one():
    outcome = given(participation, RECEIVED).when(
        accept(officer_ids=ids(RONG[0]), car_plates=[]), actor=RONG[0], officers=RONG, authority=RONGCHANG
    )
    assert [event.officers[0] for event in outcome.events] == [RONG[0]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "second", [accept(), commands.DeclineInvitationRequest(participation_id=PART, reason="人员不足")]
)
def test_an_invitation_is_accepted_once(second):
    outcome = given(participation, RECEIVED, ACCEPTED).when(second, actor=CHIEF, officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="已应邀")


def test_who_declines_says_why_and_may_still_accept():
    declined = pb.InvitationDeclined(
        participation_id=PART,
        operation_id=OPERATION,
        lead_id=LUXIAN.id,
        participant_id=LUXIAN.id,
        reason="人员不足",
    )
    command = commands.DeclineInvitationRequest(participation_id=PART, reason="人员不足")
    given(participation, RECEIVED).when(command, actor=CHIEF).then(declined)
    given(participation, RECEIVED, declined).when(accept(), actor=CHIEF, officers=OFFICERS).then(ACCEPTED)
