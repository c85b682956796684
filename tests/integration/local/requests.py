"""Two lawful commands, as an administrator and an officer would give them."""

import grpc
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import service_pb2_grpc as cases_grpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.local.pki import Pki
from services.kernel.ledger import uuid7

CALL_SECONDS = 10.0


async def register_officer(channel: grpc.aio.Channel, pki: Pki, authority_id: str) -> common.Recorded:
    """Registers an investigator."""
    request = officers.RegisterOfficerRequest(
        command_id=str(uuid7()),
        occurred_at=_a_minute_ago(),
        name="王某",
        credential_number="510521-01",
        issuing_body="泸县",
        valid_from_on="2020-01-01",
        valid_to_on="2099-12-31",
        roles=[options.ROLE_INVESTIGATOR],
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


def _a_minute_ago() -> Timestamp:
    stamp = Timestamp()
    stamp.GetCurrentTime()
    stamp.seconds -= 60
    return stamp
