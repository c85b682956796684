"""What each side does with what the other signed, and that it leaves alone what does not concern it."""

from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.joint_operations.v1 import draw_pb2 as draws
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.deadlines import ACKNOWLEDGE, DEADLINES, LEAD_REVEALS
from services.joint_operations.model.participation import participation_of
from services.joint_operations.policies import policy
from services.kernel.deadlines import StartContext, own
from services.kernel.deadlines.rules import Role
from tests.support.decider import LUXIAN, RONGCHANG, YONGCHUAN, reactions, uid
from tests.unit.joint_operations.acts import (
    ACCEPTED,
    NUMBERS,
    OPERATION,
    PART,
    PROPOSAL,
    ROSTER,
    YONG,
    invited,
    proposed,
)

TO_LEAD: dict[str, Any] = {
    "participation_id": PART,
    "operation_id": OPERATION,
    "lead_id": LUXIAN.id,
    "participant_id": YONGCHUAN.id,
}


@pytest.mark.parametrize(
    ("event", "command"),
    [
        (
            pb.InvitationAccepted(**TO_LEAD, officers=YONG),
            commands.NoteParticipantJoinedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=YONG),
        ),
        (
            pb.InvitationDeclined(**TO_LEAD, reason="人员不足"),
            commands.NoteParticipantDeclinedRequest(
                operation_id=OPERATION, participant_id=YONGCHUAN.id, reason="人员不足"
            ),
        ),
        (
            pb.CheckpointOpened(**TO_LEAD, checkpoint_id="A"),
            commands.NoteCheckpointOpenedRequest(
                operation_id=OPERATION, participant_id=YONGCHUAN.id, checkpoint_id="A"
            ),
        ),
        (
            pb.FieldWorkReported(**TO_LEAD, numbers=NUMBERS[YONGCHUAN.id], findings_assigned=1),
            commands.NoteFieldWorkReportedRequest(
                operation_id=OPERATION,
                participant_id=YONGCHUAN.id,
                numbers=NUMBERS[YONGCHUAN.id],
                findings_assigned=1,
            ),
        ),
        (
            pb.FieldWorkReopened(**TO_LEAD),
            commands.NoteFieldWorkReopenedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id),
        ),
        (
            pb.SummarySigned(**TO_LEAD, proposal_id=PROPOSAL),
            commands.NoteSummarySignedRequest(
                operation_id=OPERATION, participant_id=YONGCHUAN.id, proposal_id=PROPOSAL
            ),
        ),
    ],
)
def test_the_lead_notes_what_a_participant_signed_and_nobody_else_does(event, command):
    assert reactions(policy, event, origin=YONGCHUAN.id) == [command]
    assert reactions(policy, event, authority=RONGCHANG, origin=YONGCHUAN.id) == []


def test_who_is_invited_opens_its_own_participation():
    [command] = reactions(policy, invited(YONGCHUAN), authority=YONGCHUAN, origin=LUXIAN.id)
    assert isinstance(command, commands.OpenParticipationRequest)
    assert command.participation_id == participation_of(OPERATION, LUXIAN.id, YONGCHUAN.id)
    assert command.checkpoints == invited(YONGCHUAN).checkpoints
    assert reactions(policy, invited(YONGCHUAN)) == []


def test_the_lead_opens_its_participation_from_its_own_event():
    [command] = reactions(policy, invited(LUXIAN))
    assert isinstance(command, commands.OpenParticipationRequest)
    assert command.participation_id == PART


@pytest.mark.parametrize(
    "event", [ROSTER, proposed(), pb.OperationSummarised(operation_id=OPERATION, participant_ids=[LUXIAN.id])]
)
def test_what_the_lead_tells_reaches_the_participation_under_that_lead(event):
    [own] = reactions(policy, event)
    assert own.participation_id == PART  # type: ignore[attr-defined]
    [forged] = reactions(policy, event, origin=RONGCHANG.id)
    assert forged.participation_id != PART  # type: ignore[attr-defined]


def test_who_does_not_take_part_ignores_the_roster():
    roster = pb.RosterPublished(operation_id=OPERATION, participant_ids=[YONGCHUAN.id])
    assert reactions(policy, roster, authority=RONGCHANG, origin=LUXIAN.id) == []


def clue(**changes: str) -> cases.ClueRegistered:
    fields: dict[str, Any] = {"case_id": uid("case"), "finding_id": uid("finding"), "participation_id": PART}
    return cases.ClueRegistered(**(fields | changes))


def acknowledged_by(owner_id: str) -> commands.AcknowledgeHandOffRequest:
    return commands.AcknowledgeHandOffRequest(
        participation_id=PART, finding_id=uid("finding"), owner_id=owner_id, case_id=uid("case")
    )


def test_the_own_case_handling_acknowledges():
    assert reactions(policy, clue()) == [acknowledged_by(LUXIAN.id)]


def test_another_owners_case_handling_acknowledges():
    event = clue(handed_off_by=LUXIAN.id)
    assert reactions(policy, event, origin=YONGCHUAN.id) == [acknowledged_by(YONGCHUAN.id)]


@pytest.mark.parametrize(
    ("event", "origin"),
    [
        (clue(participation_id=""), None),
        (clue(handed_off_by=YONGCHUAN.id), None),
        (clue(handed_off_by=YONGCHUAN.id), RONGCHANG.id),
        (clue(), RONGCHANG.id),
    ],
)
def test_a_clue_that_answers_no_hand_off_of_this_authority_is_left_alone(event, origin):
    assert reactions(policy, event, origin=origin) == []


def test_an_own_acceptance_is_noted_by_the_lead_too():
    [command] = reactions(policy, ACCEPTED)
    assert isinstance(command, commands.NoteParticipantJoinedRequest)


def test_the_owner_of_a_finding_must_acknowledge_it():
    handed = pb.CaseHandedOff(finding_id=uid("finding"), owner_id=YONGCHUAN.id)
    assert ACKNOWLEDGE.responsible(handed, StartContext(LUXIAN, None)) == YONGCHUAN.id
    assert ACKNOWLEDGE.keys(handed) == (uid("finding"),)


def test_either_side_of_a_draw_keeps_its_own_clock_and_one_for_the_other():
    duties = {
        one.rule_id: (one.responsible is own, one.mirrors)
        for one in DEADLINES
        if one.key in ("draw_id", "draw_witness_id")
    }
    assert duties == {
        "joint_operations.draw_lead_reveal": (True, ""),
        "joint_operations.draw_commit": (False, "joint_operations.witness_commit"),
        "joint_operations.draw_reveal": (False, "joint_operations.witness_reveal"),
        "joint_operations.witness_commit": (True, ""),
        "joint_operations.witness_reveal": (True, ""),
        "joint_operations.draw_lead_awaited": (False, "joint_operations.draw_lead_reveal"),
        "joint_operations.draw_result": (False, ""),
    }


def test_the_leads_clock_to_reveal_runs_from_both_commitments():
    events = {role: [trigger.event for r, trigger in LEAD_REVEALS.triggers if r is role] for role in Role}
    assert events[Role.START] == [draws.WitnessCommitmentNoted]
    assert events[Role.END] == [draws.SeedRevealed]
    assert events[Role.CANCEL] == [draws.DrawAbandoned]
