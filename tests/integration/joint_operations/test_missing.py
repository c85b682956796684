"""What is shown of those who did not report or sign, over real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as rpc
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing

from services.joint_operations.service import SERVICE
from tests.support.decider import YONGCHUAN, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.joint_operations.acts import CLOSED, FIELD, OPERATION, PART, PROPOSAL, READY, proposed, signed
from tests.unit.joint_operations.test_summary import own_report, received
from tests.unit.joint_operations.test_unreported import UNREPORTED, closed_without
from tests.unit.joint_operations.test_unsigned import NOTED_REFUSAL, REFUSED, WHY, summarised

UNSIGNED = refusing.Unsigned(participant_id=YONGCHUAN.id, ground=refusing.UNSIGNED_GROUND_REFUSED, reason=WHY)


@pytest.fixture
async def joint(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def led(joint: Reading) -> rpc.GetOperationResponse:
    request = rpc.GetOperationRequest(operation_id=OPERATION, min_position=joint.position)
    answer: rpc.GetOperationResponse = await joint.api.get_operation(request, call())
    return answer


async def part(joint: Reading) -> rpc.GetParticipationResponse:
    request = rpc.GetParticipationRequest(participation_id=PART, min_position=joint.position)
    answer: rpc.GetParticipationResponse = await joint.api.get_participation(request, call())
    return answer


async def test_the_lead_sees_who_refuses_and_why_until_that_one_signs(joint):
    await joint.record("operation", *CLOSED, proposed(), NOTED_REFUSAL)
    reasons = {one.participant_id: one.refusal_reason for one in (await led(joint)).participants if one.refusal_reason}
    assert reasons == {YONGCHUAN.id: WHY}
    await joint.record("operation", signed(YONGCHUAN))
    assert not any(one.refusal_reason for one in (await led(joint)).participants)


async def test_a_published_summary_shows_who_did_not_sign(joint):
    await joint.record("operation", *CLOSED, proposed(), summarised(UNSIGNED))
    assert list((await led(joint)).unsigned) == [UNSIGNED]


async def test_an_operation_shows_who_did_not_report(joint):
    await joint.record("operation", *READY, closed_without())
    assert list((await led(joint)).unreported) == [UNREPORTED]


async def test_a_participant_sees_its_refusal_of_the_summary_that_stands_and_who_did_not_sign(joint):
    await joint.record("participation", *FIELD, own_report(), received(), REFUSED)
    assert (await part(joint)).refused
    published = pb.SummaryPublicationNoted(
        participation_id=PART, operation_id=OPERATION, proposal_id=PROPOSAL, unsigned=[UNSIGNED]
    )
    await joint.record("participation", received(proposal_id=uid("second")), published)
    shown = await part(joint)
    assert (shown.refused, list(shown.unsigned)) == (False, [UNSIGNED])
