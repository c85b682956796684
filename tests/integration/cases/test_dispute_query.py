"""What a dispute over jurisdiction looks like to whoever handles the case, over real PostgreSQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import dispute_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.service import SERVICE
from services.kernel.messages import to_timestamp
from tests.support.decider import CHIEF, LI, LUXIAN, NOON, YONGCHUAN, ZHAO, instant, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases.acts import CASE, INVESTIGATING
from tests.unit.cases.test_side_states import THEIRS

THERE_AT = to_timestamp(instant("2024-12-17 09:00"))
ABOUT: dict[str, Any] = {"case_id": CASE, "dispute_id": uid("dispute")}
RAISED = side.JurisdictionDisputed(
    **ABOUT, other_id=YONGCHUAN.id, other_case_id=THEIRS, position="泸县先查获，当事人电话13912345678"
)
STATED = pb.DisputePositionStated(
    **ABOUT, other_case_id=THEIRS, position="发生地在永川", filed_at=THERE_AT, told_by=YONGCHUAN.id
)
ESCALATED = side.DisputeEscalated(**ABOUT, superior="交通运输部", told_by=YONGCHUAN.id)
SETTLED = side.JurisdictionSettled(
    **ABOUT,
    other_id=YONGCHUAN.id,
    owner_id=YONGCHUAN.id,
    way=side.SETTLEMENT_WAY_DESIGNATED,
    number="交法函〔2024〕1号",
)
AGAIN = side.JurisdictionDisputed(**ABOUT, told_by=YONGCHUAN.id, position="再议", round=1)


@pytest.fixture
async def there(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        await opened.record("case", *INVESTIGATING, RAISED, STATED, ESCALATED, SETTLED, AGAIN)
        yield opened


async def listed(there: Reading, actor=CHIEF, purpose=audit.PURPOSE_CASE_HANDLING) -> pb.ListDisputesResponse:
    request = pb.ListDisputesRequest(case_id=CASE, purpose=purpose, min_position=there.position)
    return await there.api.list_disputes(request, call(actor))  # type: ignore[no-any-return]


async def test_both_positions_who_asked_whom_and_the_end_stand_in_the_file_the_latest_dispute_first(there):
    again, first = (await listed(there)).disputes
    assert (again.round, again.owner_id, [one.claimed_by for one in again.claims]) == (1, "", [YONGCHUAN.id])
    assert [(one.claimed_by, one.position) for one in first.claims] == [
        (LUXIAN.id, RAISED.position),
        (YONGCHUAN.id, STATED.position),
    ]
    assert (first.other_id, first.other_case_id, first.other_filed_at) == (YONGCHUAN.id, THEIRS, THERE_AT)
    assert (first.superior, first.escalated_by) == ("交通运输部", YONGCHUAN.id)
    assert (first.owner_id, first.way, first.number) == (YONGCHUAN.id, SETTLED.way, SETTLED.number)
    assert first.settled_at == to_timestamp(NOON)


async def test_a_position_may_name_people_and_is_masked_without_a_purpose(there):
    assert not (await listed(there, LI)).masked
    for actor, purpose in ((CHIEF, audit.PURPOSE_UNSPECIFIED), (ZHAO, audit.PURPOSE_CASE_HANDLING)):
        shown = await listed(there, actor, purpose)
        assert shown.masked
        assert "13912345678" not in shown.disputes[1].claims[0].position


async def test_of_a_case_without_a_dispute_there_is_none(databases: Databases) -> None:
    async with reading(databases, SERVICE) as quiet:
        await quiet.record("case", *INVESTIGATING)
        assert not (await listed(quiet)).disputes
