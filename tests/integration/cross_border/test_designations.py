"""Which designation is the one of a dispute, and what the superior sees of it, over real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from enforcement.cross_border.v1 import designation_pb2 as pb

from services.cross_border import lookups
from services.cross_border.model.designation import designation_of
from services.cross_border.service import SERVICE
from services.kernel.messages import to_timestamp
from tests.support.decider import NOON
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases.acts import CASE, changed
from tests.unit.cross_border.test_designation import ASK, ASKED, DESIGNATED, LAPSED, LUZHOU, THEIRS

ACT = {"act_code": "RTR-63-2", "act_on": "2024-09-06"}
BLIND = changed(ASKED, case_ids=[CASE, ""], **ACT)
"""泸县 asked, and knows its own case only."""
OTHER_BLIND = changed(ASK, designation_id="", case_ids=["", THEIRS], **ACT)
"""合江 asks, and knows its own only."""


@pytest.fixture
async def city(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE, LUZHOU) as opened:
        yield opened


async def meant(city: Reading, command: pb.AskDesignationRequest) -> str:
    return await lookups.designation_of_dispute(city, command)


async def test_where_each_side_knows_its_own_case_only_the_act_says_that_it_is_one_dispute(city):
    await city.record("designation", BLIND)
    assert await meant(city, OTHER_BLIND) == ASKED.designation_id
    for other in ({"act_on": "2024-09-07"}, {"act_code": "RTR-64"}, {"act_code": ""}):
        assert await meant(city, changed(OTHER_BLIND, **other)) != ASKED.designation_id
    assert await meant(city, changed(OTHER_BLIND, case_ids=[THEIRS, ""])) != ASKED.designation_id


@pytest.mark.parametrize(
    "over",
    [changed(DESIGNATED, case_ids=[CASE, ""]), changed(LAPSED, case_ids=[CASE, ""])],
    ids=["designated", "settled"],
)
async def test_two_vehicles_of_one_day_are_two_disputes_where_the_first_is_over(city, over):
    """Act and day do not tell them apart: nobody is designated for the second one without a leader's look."""
    await city.record("designation", BLIND, over)
    assert await meant(city, OTHER_BLIND) == designation_of(OTHER_BLIND, LUZHOU.id) != ASKED.designation_id


async def test_what_was_designated_holds_for_the_other_side_that_knows_the_case_it_was_about(city):
    await city.record("designation", BLIND, changed(DESIGNATED, case_ids=[CASE, ""]))
    assert await meant(city, changed(OTHER_BLIND, case_ids=[CASE, THEIRS])) == ASKED.designation_id
    assert await meant(city, changed(OTHER_BLIND, case_ids=[CASE, ""], round=1)) != ASKED.designation_id


async def test_rounds_tell_disputes_apart_only_where_both_know_both_cases(city):
    """A side that does not know the other's case counts other rounds than who does."""
    await city.record("designation", BLIND)
    assert await meant(city, changed(OTHER_BLIND, case_ids=[CASE, THEIRS], round=1)) == ASKED.designation_id
    await city.record("designation", changed(BLIND, case_ids=[CASE, THEIRS], round=1, also=True))
    assert await meant(city, changed(OTHER_BLIND, case_ids=[CASE, ""])) == ASKED.designation_id
    assert await meant(city, changed(OTHER_BLIND, case_ids=[CASE, THEIRS], round=2)) != ASKED.designation_id


async def test_the_superior_sees_when_it_was_reminded_last(city):
    await city.record("designation", ASKED, changed(ASKED, also=True, reminds=True, reason=""))
    request = pb.ListDesignationsRequest(min_position=city.position, only_open=True)
    [shown] = (await city.api.list_designations(request, call())).designations
    assert shown.reminded_at == to_timestamp(NOON)
    assert (list(shown.reasons), list(shown.asked_by)) == (["协商不成"], [ASKED.asked_by])
