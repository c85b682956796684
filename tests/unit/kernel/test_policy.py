"""Whose node reacts to an event: by who told it, by the kind of authority, by the field that names it."""

import pytest
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel.policy import Policy, PolicyContext
from tests.support.decider import LUXIAN, POLICE, YONGCHUAN, reactions

ACCEPTED = joint.InvitationAccepted(lead_id=LUXIAN.id)
ROSTER = joint.RosterPublished(participant_ids=[YONGCHUAN.id, POLICE.id])
ANSWER = commands.ReceiveRosterRequest()


def answers(event: Message, context: PolicyContext) -> Message:
    return ANSWER


def policy_on(event: type[Message], **where: object) -> Policy:
    policy = Policy("test")
    policy.on(event, **where)(answers)  # type: ignore[arg-type]
    return policy


def test_an_event_addressed_to_one_authority_is_for_that_one():
    policy = policy_on(joint.InvitationAccepted, addressed="lead_id")
    assert reactions(policy, ACCEPTED, authority=LUXIAN, origin=YONGCHUAN.id) == [ANSWER]
    assert reactions(policy, ACCEPTED, authority=YONGCHUAN, origin=LUXIAN.id) == []


def test_an_event_addressed_to_several_is_for_each():
    policy = policy_on(joint.RosterPublished, addressed="participant_ids")
    assert reactions(policy, ROSTER, authority=POLICE) == reactions(policy, ROSTER, authority=YONGCHUAN) == [ANSWER]
    assert reactions(policy, ROSTER, authority=LUXIAN) == []


def test_a_side_reacts_on_its_own_kind_of_node_only():
    policy = policy_on(joint.RosterPublished, kind=options.AUTHORITY_KIND_POLICE)
    assert reactions(policy, ROSTER, authority=POLICE) == [ANSWER]
    assert reactions(policy, ROSTER, authority=LUXIAN) == []


@pytest.mark.parametrize(("received", "origin"), [(True, None), (False, YONGCHUAN.id)])
def test_what_somebody_else_told_is_left_alone(received: bool, origin: str | None):
    policy = policy_on(joint.RosterPublished, received=received)
    assert reactions(policy, ROSTER, origin=origin) == []


def test_a_field_that_the_event_lacks_is_found_at_once():
    with pytest.raises(ValueError, match="no field 'leader_id'"):
        policy_on(joint.InvitationAccepted, addressed="leader_id")
