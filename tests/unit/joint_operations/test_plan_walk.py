"""However word of a cancellation, of moved days and of field work crosses, all sides end in agreement.

Three authorities whose mail arrives late, in the order in which each wrote to each; officers act meanwhile as they know
it. What was done is never lost, what did not take place is counted nowhere, and what ran can be summarised.
"""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import plan_changes_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import Stage as PartStage
from services.joint_operations.model.participation import participation, participation_of
from services.joint_operations.numbers import numbers, total
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW
from services.kernel.errors import Refused
from services.kernel.ledger import derive
from services.kernel.messages import type_name
from tests.support.decider import LUXIAN, RONGCHANG, YONGCHUAN, instant
from tests.unit.joint_operations.acts import ASSIGNMENTS, DAY, LU, OPERATION, RONG, YONG, coach, ids, plan
from tests.unit.joint_operations.authorities import CATALOGUE, Authorities, Node, _seen

TEAMS = {LUXIAN.id: LU, YONGCHUAN.id: YONG, RONGCHANG.id: RONG}
POSTS = {LUXIAN.id: "B", YONGCHUAN.id: "A"}
PARTS = {one: participation_of(OPERATION, LUXIAN.id, one) for one in TEAMS}
STEPS = 40


class ByPost(Authorities):
    """The same, but what one authority tells another waits until it is delivered."""

    def __init__(self) -> None:
        super().__init__([*LU, *YONG, *RONG])
        self.mail: dict[tuple[str, str], list[tuple[Message, datetime, UUID]]] = defaultdict(list)
        self.clock = instant(f"{DAY} 08:00")

    def _spread(self, node: Node, event: Message, at: datetime, event_id: UUID) -> None:
        self._react(node, event, at, event_id, origin=None)
        shared = CATALOGUE.shared.get(type_name(event))
        for target in shared.targets(event, node.authority.id) if shared else ():
            if target in self.nodes:
                letter = (_seen(event, ADDRESSEE_VIEW), at, derive(event_id, target))
                self.mail[node.authority.id, target].append(letter)

    def deliver(self, way: tuple[str, str]) -> None:
        """The oldest letter of a way arrives."""
        event, at, event_id = self.mail[way].pop(0)
        self._react(self.nodes[way[1]], event, at, event_id, origin=way[0])

    def settle(self) -> None:
        """All mail arrives, also what follows from it."""
        while ways := [way for way, letters in self.mail.items() if letters]:
            self.deliver(ways[0])

    def does(self, authority_id: str, command: Message) -> bool:
        """An officer acts, if the own ledger allows it."""
        self.clock += timedelta(minutes=1)
        try:
            self.act(TEAMS[authority_id][0], command, self.clock)
        except Refused:
            return False
        return True

    def part(self, authority_id: str) -> Any:
        return self.nodes[authority_id].states[participation.name, PARTS[authority_id]]

    @property
    def led(self) -> Any:
        return self.state(LUXIAN, operation, OPERATION)


def gathered() -> ByPost:
    """Planned for two days, joined by all three; the roster is on its way."""
    post = ByPost()
    post.act(LU[0], plan(ends_on="2024-12-19"), post.clock)
    for one in TEAMS:
        post.act(LU[0], commands.InviteParticipantRequest(operation_id=OPERATION, participant_id=one), post.clock)
    post.settle()
    for one, team in TEAMS.items():
        accept = commands.AcceptInvitationRequest(participation_id=PARTS[one], officer_ids=ids(*team))
        post.act(team[0], accept, post.clock)
    post.settle()
    post.act(LU[0], roster(), post.clock)
    return post


def roster() -> commands.PublishRosterRequest:
    return commands.PublishRosterRequest(operation_id=OPERATION, assignments=ASSIGNMENTS)


def something(dice: random.Random) -> tuple[str, Message]:
    """What somebody tries."""
    one = dice.choice([LUXIAN.id, YONGCHUAN.id])
    two, post = ids(*TEAMS[one][:2]), POSTS[one]
    inspect = commands.RecordInspectionRequest(
        checkpoint_id=post,
        inspection_class=pb.INSPECTION_CLASS_PASSENGER,
        object=coach(f"川E·A{dice.randrange(10_000):04}"),
        result=pb.INSPECTION_RESULT_OK,
        officer_ids=two,
    )
    starts_on, ends_on = dice.choice([(DAY, DAY), (DAY, "2024-12-20"), ("2024-12-19", "2024-12-20")])
    moved = changes.ChangePeriodRequest(operation_id=OPERATION, starts_on=starts_on, ends_on=ends_on, reason="改期")
    tried: list[tuple[str, Any]] = [
        (LUXIAN.id, changes.CancelOperationRequest(operation_id=OPERATION, reason="暴雨")),
        (LUXIAN.id, moved),
        (LUXIAN.id, roster()),
        *((one, commands.CheckInRequest(checkpoint_id=post, officer_id=officer)) for officer in two),
        (one, commands.OpenCheckpointRequest(checkpoint_id=post, officer_ids=two)),
        (one, inspect),
        (one, commands.RecordEducationRequest(checkpoint_id=post, head_count=3, topic="安全")),
        (one, commands.CloseFieldWorkRequest()),
        (one, commands.ReopenFieldWorkRequest(reason="补录")),
    ]  # fmt: skip
    whose, command = dice.choice(tried)
    if "participation_id" in command.DESCRIPTOR.fields_by_name:
        command.participation_id = PARTS[whose]
    return whose, command


def worked(post: ByPost) -> bool:
    return any(part.doors or part.inspections or part.tally.education_heads for part in map(post.part, TEAMS))


def summarised(post: ByPost) -> None:
    """Everybody reports, and the operation is brought to its end."""
    if any(post.part(one).stage is PartStage.CANCELLED for one in TEAMS):
        assert post.does(LUXIAN.id, roster())
        post.settle()
    for one in TEAMS:
        if post.part(one).stage is not PartStage.REPORTED:
            assert post.does(one, commands.CloseFieldWorkRequest(participation_id=PARTS[one]))
    post.settle()
    assert post.does(LUXIAN.id, commands.CloseOperationRequest(operation_id=OPERATION))
    sign(post)


def sign(post: ByPost) -> None:
    """A summary is put, signed by everybody, and published."""
    assert post.does(LUXIAN.id, commands.ProposeSummaryRequest(operation_id=OPERATION))
    post.settle()
    proposal = post.led.proposal.proposal_id
    for one in TEAMS:
        assert post.does(one, commands.SignSummaryRequest(participation_id=PARTS[one], proposal_id=proposal))
    post.settle()
    assert post.does(LUXIAN.id, commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=proposal))
    post.settle()
    assert post.led.stage is Stage.SUMMARISED
    assert {post.part(one).stage for one in TEAMS} == {PartStage.SUMMARISED}
    assert post.led.proposal.total == total(numbers(post.part(one).tally) for one in TEAMS)


@pytest.mark.parametrize("seed", range(200))
def test_all_sides_agree_whatever_crossed_and_what_ran_is_summarised(seed):
    dice, post = random.Random(seed), gathered()
    for _ in range(STEPS):
        ways = [way for way, letters in post.mail.items() if letters]
        if ways and dice.random() < 0.4:
            post.deliver(dice.choice(ways))
        else:
            post.does(*something(dice))
    post.settle()
    for one in TEAMS:
        if post.part(one).stage is PartStage.ROSTERED and worked(post):
            post.does(one, commands.CloseFieldWorkRequest(participation_id=PARTS[one]))
    post.settle()
    days = (post.led.plan.starts_on, post.led.plan.ends_on)
    assert {(post.part(one).invitation.starts_on, post.part(one).invitation.ends_on) for one in TEAMS} == {days}
    assert not (post.led.stage is Stage.CANCELLED and worked(post))
    if post.led.stage is Stage.CANCELLED:
        assert {post.part(one).stage for one in TEAMS} == {PartStage.CANCELLED}
        return
    summarised(post)
    assert post.does(YONGCHUAN.id, commands.ReopenFieldWorkRequest(participation_id=PARTS[YONGCHUAN.id], reason="补报"))
    post.settle()
    assert post.led.stage is Stage.CLOSED
    assert post.does(YONGCHUAN.id, commands.CloseFieldWorkRequest(participation_id=PARTS[YONGCHUAN.id]))
    post.settle()
    sign(post)
