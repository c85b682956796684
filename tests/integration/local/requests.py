"""Lawful commands, as an administrator and officers would give them."""

from collections.abc import Sequence
from datetime import datetime

import grpc
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import service_pb2_grpc as cases_grpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as joint_events
from enforcement.joint_operations.v1 import service_pb2 as joint
from enforcement.joint_operations.v1 import service_pb2_grpc as joint_grpc
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.local.pki import Pki
from services.kernel.clock import SHANGHAI
from services.kernel.ledger import uuid7

CALL_SECONDS = 10.0


async def register_officer(
    channel: grpc.aio.Channel,
    pki: Pki,
    authority_id: str,
    *,
    roles: Sequence[options.Role.ValueType] = (options.ROLE_INVESTIGATOR,),
) -> common.Recorded:
    """Registers an officer, an investigator unless said otherwise."""
    request = officers.RegisterOfficerRequest(
        command_id=str(uuid7()),
        occurred_at=_a_minute_ago(),
        name="王某",
        credential_number="510521-01",
        issuing_body="泸县",
        valid_from_on="2020-01-01",
        valid_to_on="2099-12-31",
        roles=roles,
    )
    token = pki.token(authority_id, "root", administrator=True)
    stub = officers_grpc.OfficersServiceStub(channel)
    return await stub.RegisterOfficer(request, timeout=CALL_SECONDS, metadata=[("authorization", f"Bearer {token}")])


async def register_clue(channel: grpc.aio.Channel, pki: Pki, authority_id: str, officer_id: str) -> common.Recorded:
    """Registers a clue as that officer."""
    request = cases.RegisterClueRequest(
        command_id=str(uuid7()),
        occurred_at=_a_minute_ago(),
        source=case_events.CLUE_SOURCE_INSPECTION,
        act_code="A-1",
        act_on="2024-12-18",
        place=common.Place(division_code="510521", description="国道G246"),
        facts="涉嫌非法营运",
    )
    token = pki.token(authority_id, officer_id)
    stub = cases_grpc.CasesServiceStub(channel)
    return await stub.RegisterClue(request, timeout=CALL_SECONDS, metadata=[("authorization", f"Bearer {token}")])


async def invite(channel: grpc.aio.Channel, pki: Pki, authority_id: str, participant_id: str) -> common.Recorded:
    """Plans an operation and invites another authority: an event that it is told of."""
    chief = await register_officer(channel, pki, authority_id, roles=[options.ROLE_UNIT_CHIEF])
    metadata = [("authorization", f"Bearer {pki.token(authority_id, chief.id)}")]
    stub = joint_grpc.JointOperationsServiceStub(channel)
    place = common.Place(division_code="510521", description="国道G246")
    today = datetime.now(SHANGHAI).date().isoformat()
    planned = await stub.PlanOperation(
        joint.PlanOperationRequest(
            command_id=str(uuid7()),
            occurred_at=_a_minute_ago(),
            name="打击非法营运联合执法行动",
            operation_type=joint_events.OPERATION_TYPE_SICHUAN_CHONGQING,
            purpose="维护道路客运市场秩序",
            themes=[joint_events.THEME_ILLEGAL_TRANSPORT],
            starts_on=today,
            ends_on=today,
            checkpoints=[joint.CheckpointPlan(checkpoint_id="A", place=place, competent_id=authority_id)],
        ),
        timeout=CALL_SECONDS,
        metadata=metadata,
    )
    invitation = joint.InviteParticipantRequest(
        command_id=str(uuid7()),
        occurred_at=_a_minute_ago(),
        operation_id=planned.id,
        participant_id=participant_id,
        contact="指挥室",
    )
    return await stub.InviteParticipant(invitation, timeout=CALL_SECONDS, metadata=metadata)


def _a_minute_ago() -> Timestamp:
    stamp = Timestamp()
    stamp.GetCurrentTime()
    stamp.seconds -= 60
    return stamp
