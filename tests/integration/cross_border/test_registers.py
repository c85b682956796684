"""Circulars, rule sets at partners and what was told to a superior, over real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets

from services.cross_border.service import SERVICE
from services.kernel.messages import to_timestamp
from tests.support.decider import LUXIAN, NOON, RONGCHANG, YONGCHUAN
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cross_border.test_circulars import CIRCULAR, RECEIVED, SEEN, received, shared
from tests.unit.cross_border.test_overdue import LUZHOU, went_up
from tests.unit.cross_border.test_rule_sets import CODE, ONE, TWO, announced, ended, found, noted


@pytest.fixture
async def telling(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def circulars_of(there: Reading, **which) -> circulars.ListCircularsResponse:
    request = circulars.ListCircularsRequest(min_position=there.position, **which)
    return await there.api.list_circulars(request, call())  # type: ignore[no-any-return]


async def test_a_circular_shows_its_latest_revision_and_who_took_note_of_it(telling):
    noted_by = circulars.CircularAcknowledgementNoted(circular_id=CIRCULAR, recipient_id=YONGCHUAN.id, revision=1)
    await telling.record("circular", shared(), noted_by)
    [told] = (await circulars_of(telling)).circulars
    assert (told.id, list(told.acknowledged_by), told.revision) == (CIRCULAR, [YONGCHUAN.id], 1)
    assert told.told_at == to_timestamp(NOON)
    corrected = circulars.CircularCorrected(
        circular_id=CIRCULAR, recipient_ids=[YONGCHUAN.id], revision=2, content=SEEN, reason="更正"
    )
    await telling.record("circular", corrected)
    [told] = (await circulars_of(telling)).circulars
    assert (told.content.title, list(told.acknowledged_by), told.revision) == (SEEN.title, [], 2)
    assert not (await circulars_of(telling, kind=circulars.CIRCULAR_KIND_MEETING)).circulars
    assert not (await circulars_of(telling, received=True)).circulars


async def test_who_is_liaison_is_masked_for_whoever_names_no_purpose(telling):
    await telling.record("circular", shared())
    answer = await circulars_of(telling)
    assert answer.masked
    assert [one.name for one in answer.circulars[0].content.liaisons] == ["李**"]


async def test_who_was_told_sees_whether_somebody_here_took_note(databases):
    taken = circulars.CircularAcknowledged(received_id=RECEIVED, circular_id=CIRCULAR, sender_id=LUXIAN.id, revision=1)
    async with reading(databases, SERVICE, YONGCHUAN) as told:
        await told.record("received_circular", received())
        [shown] = (await circulars_of(told, received=True)).circulars
        assert (shown.sender_id, list(shown.acknowledged_by)) == (LUXIAN.id, [])
        await told.record("received_circular", taken)
        [shown] = (await circulars_of(told, received=True)).circulars
        assert list(shown.acknowledged_by) == [YONGCHUAN.id]


async def test_rules_that_differ_are_listed_until_they_are_the_same(telling):
    request = rule_sets.ListRuleSetComparisonsRequest(only_mismatches=True)
    await telling.record("rule_set_comparison", announced(ONE), noted(TWO), found(ONE, TWO))
    request.min_position = telling.position
    [apart] = (await telling.api.list_rule_set_comparisons(request, call())).comparisons
    assert (apart.rule_set_code, apart.partner_id, apart.own_version, apart.partner_version) == (
        CODE,
        YONGCHUAN.id,
        1,
        2,
    )
    await telling.record("rule_set_comparison", announced(TWO), ended(TWO))
    request.min_position = telling.position
    assert not (await telling.api.list_rule_set_comparisons(request, call())).comparisons
    request.only_mismatches = False
    [same] = (await telling.api.list_rule_set_comparisons(request, call())).comparisons
    assert (same.same, same.own_version) == (True, 2)


async def test_comparisons_come_in_pages_the_latest_first(telling):
    for partner in (YONGCHUAN.id, RONGCHANG.id, "jt-500100"):
        await telling.record("rule_set_comparison", rule_sets.PartnerRuleSetNoted(
            comparison_id=noted(TWO).comparison_id, rule_set_code=CODE, partner_id=partner, version=2
        ))  # fmt: skip
    request = rule_sets.ListRuleSetComparisonsRequest(min_position=telling.position, page=common.PageRequest(size=2))
    first = await telling.api.list_rule_set_comparisons(request, call())
    request.page.token = first.next_token
    rest = await telling.api.list_rule_set_comparisons(request, call())
    listed = [[one.partner_id for one in page.comparisons] for page in (first, rest)]
    assert listed == [["jt-500100", RONGCHANG.id], [YONGCHUAN.id]]
    assert not rest.next_token


async def test_a_superior_lists_what_it_was_told(databases):
    async with reading(databases, SERVICE, LUZHOU) as city:
        for superiors, origin in (([LUZHOU.id], LUXIAN.id), (["jt-500000"], RONGCHANG.id)):
            await city.record("received", went_up(overdue.OVERDUE_STEP_CITY, superiors, []), origin=origin)
        request = overdue.ListEscalationsRequest(min_position=city.position)
        listed = (await city.api.list_escalations(request, call())).escalations
    assert [(one.requester_id, one.responder_id, one.due_on) for one in listed] == [
        (LUXIAN.id, YONGCHUAN.id, "2025-01-10")
    ]
