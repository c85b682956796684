"""The register as people ask it, over real PostgreSQL."""

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import events_pb2 as pb
from enforcement.officers.v1 import service_pb2 as rpc

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from services.officers.service import SERVICE
from tests.support.decider import instant, on
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.officers.test_credentials import OFFICER, REGISTERED, RESTORED, SUSPENDED
from tests.unit.officers.test_views import LEADER, TRAINED

HISTORY = (
    on("2024-01-01 09:00", REGISTERED),
    on("2024-06-01 09:00", LEADER),
    on("2024-07-01 17:00", TRAINED),
    on("2024-09-20 09:00", SUSPENDED),
    on("2024-10-08 09:00", RESTORED),
)


async def as_of(officers: Reading, at: str) -> rpc.Officer:
    request = rpc.GetOfficerRequest(officer_id=OFFICER, as_of=to_timestamp(instant(at)), min_position=officers.position)
    return (await officers.api.get_officer(request, call())).officer  # type: ignore[no-any-return]


async def test_an_officer_is_shown_as_of_an_instant(databases: Databases):
    async with reading(databases, SERVICE) as officers:
        await officers.record("officer", *HISTORY)
        then, later = await as_of(officers, "2024-05-01 12:00"), await as_of(officers, "2024-09-23 12:00")
        expired = await as_of(officers, "2028-01-01 00:00")
    assert (then.status, list(then.roles), then.training_hours) == (common.CREDENTIAL_STATUS_ACTIVE, [1], 0)
    assert (later.status, list(later.roles), later.training_hours) == (common.CREDENTIAL_STATUS_SUSPENDED, [4], 8)
    assert (expired.status, expired.training_hours) == (common.CREDENTIAL_STATUS_EXPIRED, 0)
    assert (then.name, then.valid_to_on, list(then.specialties)) == ("李强", "2027-12-31", [1])


async def test_an_officer_who_was_not_registered_yet_is_not_found(databases: Databases):
    async with reading(databases, SERVICE) as officers:
        await officers.record("officer", *HISTORY)
        with pytest.raises(Refused) as refused:
            await as_of(officers, "2023-12-31 12:00")
    assert refused.value.code is KernelRefusal.NOT_FOUND


async def test_the_register_is_listed(databases: Databases):
    async with reading(databases, SERVICE) as officers:
        await officers.record("officer", *HISTORY)
        answer = await officers.api.list_officers(rpc.ListOfficersRequest(min_position=officers.position), call())
    assert [(one.officer_id, one.status) for one in answer.officers] == [(OFFICER, common.CREDENTIAL_STATUS_ACTIVE)]
    assert answer.next_token == ""


async def test_staffing_is_judged_at_an_instant_with_the_hours_of_its_year(databases: Databases):
    async with reading(databases, SERVICE) as officers:
        await officers.record("officer", *HISTORY)

        async def staffing(at: str) -> rpc.GetStaffingResponse:
            request = rpc.GetStaffingRequest(as_of=to_timestamp(instant(at)), min_position=officers.position)
            return await officers.api.get_staffing(request, call())  # type: ignore[no-any-return]

        early, later = await staffing("2023-12-31 12:00"), await staffing("2024-12-31 12:00")
    assert (early.officers, early.reviewers_needed, early.reviewers_lacking) == (0, 0, False)
    assert (later.officers, later.reviewers_needed, later.reviewers_lacking) == (1, 1, True)
    assert [(one.officer_id, one.training_hours) for one in later.training_lacking] == [(OFFICER, 8)]


async def test_an_officer_is_shown_with_devices_and_when_their_keys_counted(databases: Databases):
    added = pb.DeviceKeyRegistered(officer_id=OFFICER, key_id=bytes(16), public_key=bytes(32), device="执法终端3号")
    revoked = pb.DeviceKeyRevoked(officer_id=OFFICER, key_id=bytes(16), reason="遗失")
    async with reading(databases, SERVICE) as officers:
        await officers.record("officer", *HISTORY, on("2024-11-01 09:00", added))
        in_force = await as_of(officers, "2024-11-02 12:00")
        await officers.record("officer", on("2024-12-01 09:00", revoked))
        shown = await as_of(officers, "2024-12-02 12:00")
    key = rpc.DeviceKey(key_id=bytes(16), device="执法终端3号", registered_at=to_timestamp(instant("2024-11-01 09:00")))
    assert list(in_force.device_keys) == [key]
    key.revoked_at.CopyFrom(to_timestamp(instant("2024-12-01 09:00")))
    assert list(shown.device_keys) == [key]
