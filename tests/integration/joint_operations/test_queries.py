"""What an operation and a participation look like to those who ask, over real PostgreSQL."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from types import SimpleNamespace

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import draw_pb2 as draws
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as rpc
from google.protobuf.message import Message

from services.joint_operations.model.draw import draw_witness_of
from services.joint_operations.service import SERVICE
from services.kernel.authority import Authority
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from tests.support.decider import LUXIAN, NOON, RONGCHANG, YONGCHUAN, instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles
from tests.unit.joint_operations.acts import (
    CHECKPOINTS,
    ENTRIES,
    FIELD,
    FOUND,
    LU,
    NUMBERS,
    OPERATION,
    PART,
    PLANNED,
    PROPOSAL,
    READY,
    RECEIVED,
    REPORTED,
    SIGNED,
    TEXT,
    TOTAL,
    YONG,
    assigned,
    coach,
    inspected,
    proposed,
    reported,
)
from tests.unit.joint_operations.test_check_in import checked_in
from tests.unit.joint_operations.test_draw import DRAW, WITNESS, whole_draw
from tests.unit.joint_operations.test_finding import handled
from tests.unit.joint_operations.test_jurisdiction import handed_off
from tests.unit.joint_operations.test_partners import ATTENDED, HOSTED, LISTED, NOTED, PARTNER, SIGNATURE_NOTED
from tests.unit.joint_operations.test_replacement import GONE, TEN

FOUND_AT = NOON.replace(hour=10)
FIELD_DAY = [*FOUND[:3], checked_in(), on(FOUND_AT, FOUND[3]), on(FOUND_AT, FOUND[4]), handled(), assigned()]


@pytest.fixture
async def joint(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def the_operation(joint: Reading) -> rpc.GetOperationResponse:
    request = rpc.GetOperationRequest(operation_id=OPERATION, min_position=joint.position)
    return await joint.api.get_operation(request, call())  # type: ignore[no-any-return]


async def the_participation(joint: Reading) -> rpc.GetParticipationResponse:
    request = rpc.GetParticipationRequest(participation_id=PART, min_position=joint.position)
    return await joint.api.get_participation(request, call())  # type: ignore[no-any-return]


async def test_an_operation_shows_its_plan_its_participants_and_their_numbers(joint):
    await joint.record("operation", *SIGNED)
    shown = await the_operation(joint)
    assert shown.operation == rpc.OperationSummary(
        operation_id=OPERATION,
        name=PLANNED.name,
        operation_type=PLANNED.operation_type,
        stage="已结束",
        starts_on="2024-12-18",
        ends_on="2024-12-18",
        participants=3,
    )
    assert (list(shown.checkpoints), list(shown.roster)) == (CHECKPOINTS, ENTRIES)
    assert {one.participant_id: one.numbers for one in shown.participants} == NUMBERS
    assert {one.standing for one in shown.participants} == {"已报告"}
    assert all(one.signed for one in shown.participants)
    assert (shown.total, shown.proposal_id, shown.summary_text) == (TOTAL, PROPOSAL, TEXT)


async def test_an_operation_shows_its_partners_its_figures_and_what_is_signed(joint):
    await joint.record("operation", *READY, LISTED, NOTED, *SIGNED[len(READY) :], SIGNATURE_NOTED)
    shown = await the_operation(joint)
    [partner] = shown.partners
    assert (partner.name, partner.host_id, partner.head_count, partner.signed) == ("立石镇人民政府", LUXIAN.id, 3, True)
    assert (list(shown.figures), shown.digest) == (list(proposed().figures), proposed().digest)


async def test_the_lead_sees_the_gap_of_an_absence_until_the_officer_is_sent_again(joint):
    await joint.record("operation", *READY, GONE)
    request = changes.GetCoverageRequest(operation_id=OPERATION, min_position=joint.position)
    [gap] = (await joint.api.get_coverage(request, call())).gaps
    assert (gap.checkpoint_id, gap.found, gap.starts_at, gap.HasField("ends_at")) == ("A", 1, TEN, False)
    again = changes.ParticipantReinforced(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=[YONG[1]])
    await joint.record("operation", on("2024-12-18 11:00", again))
    request = changes.GetCoverageRequest(operation_id=OPERATION, min_position=joint.position)
    [gap] = (await joint.api.get_coverage(request, call())).gaps
    assert (gap.starts_at, gap.ends_at) == (TEN, to_timestamp(instant("2024-12-18 11:00")))


async def test_a_participant_sees_the_gaps_of_its_own_checkpoints_by_its_own_register(joint):
    await joint.record("participation", *FIELD)
    request = changes.GetCoverageRequest(participation_id=PART, min_position=joint.position)
    active = {one.officer_id: one for one in LU[1:]}
    around = SimpleNamespace(
        views=joint.views,
        clock=SimpleNamespace(now=lambda: NOON),
        register=SimpleNamespace(officers=SimpleNamespace(at=lambda officer_id, instant: active.get(officer_id))),
    )
    [gap] = (await SERVICE.api(around).get_coverage(request, call())).gaps  # type: ignore[attr-defined]
    assert (gap.checkpoint_id, gap.found, gap.starts_at) == ("B", 1, to_timestamp(NOON))


async def test_a_host_finds_the_partners_whose_record_it_keeps(joint):
    await joint.record("participation", *FIELD, HOSTED, ATTENDED)
    [partner] = (await the_participation(joint)).partners
    assert (partner.partner_id, partner.name, partner.head_count) == (PARTNER, "立石镇人民政府", 3)


async def the_draw(joint: Reading, authority: Authority, draw_id: str = DRAW) -> draws.GetDrawResponse:
    around = SimpleNamespace(views=joint.views, authority=authority)
    request = draws.GetDrawRequest(draw_id=draw_id, min_position=joint.position)
    return await SERVICE.api(around).get_draw(request, call())  # type: ignore[attr-defined,no-any-return]


async def test_a_draw_is_repeated_for_every_answer_at_both_sides(joint):
    told = whole_draw()
    await joint.record("draw", *of_draw(told.nodes[LUXIAN.id].ledger))
    shown = await the_draw(joint, LUXIAN)
    assert (shown.stage, shown.equal, len(shown.drawn), len(shown.pool.exclusions)) == ("已抽取", True, 3, 1)


async def test_a_witness_answers_about_a_draw_by_its_own_record(joint):
    told = whole_draw()
    await joint.record("draw_witness", *[event for event, _ in told.nodes[YONGCHUAN.id].ledger])
    shown = await the_draw(joint, YONGCHUAN)
    assert (shown.stage, shown.equal, shown.witness_id) == ("已复核", True, YONGCHUAN.id)
    request = draws.ListDrawsRequest(min_position=joint.position)
    [listed] = (await joint.api.list_draws(request, call())).draws
    assert (listed.draw_id, listed.draw_witness_id, listed.stage) == (DRAW, WITNESS, "已复核")


async def test_a_record_that_was_altered_is_not_equal(joint):
    told = whole_draw()
    history = of_draw(told.nodes[LUXIAN.id].ledger)
    for event in history:
        if isinstance(event, draws.DrawPerformed):
            event.drawn[0].object_id = event.drawn[1].object_id
    await joint.record("draw", *history)
    assert not (await the_draw(joint, LUXIAN)).equal


async def test_a_draw_that_another_lead_gave_the_same_id_hides_neither(joint):
    told = whole_draw()
    await joint.record("draw", *of_draw(told.nodes[LUXIAN.id].ledger))
    foreign = draws.DrawWitnessOpened(
        draw_witness_id=draw_witness_of(DRAW, RONGCHANG.id),
        draw_id=DRAW,
        lead_id=RONGCHANG.id,
        pool=draws.DrawPool(object_ids=["甲"], officer_ids=["乙", "丙"], object_count=1, team_size=2),
    )
    await joint.record("draw_witness", foreign)
    assert ((own := await the_draw(joint, LUXIAN)).lead_id, own.equal) == (LUXIAN.id, True)
    theirs = await the_draw(joint, LUXIAN, foreign.draw_witness_id)
    assert (theirs.lead_id, theirs.witness_id, theirs.stage) == (RONGCHANG.id, LUXIAN.id, "待承诺")
    listed = await joint.api.list_draws(draws.ListDrawsRequest(min_position=joint.position), call())
    assert [one.lead_id for one in listed.draws] == [RONGCHANG.id, LUXIAN.id]


def of_draw(ledger: Iterable[tuple[Message, datetime]]) -> list[Message]:
    """The events of the draw's own stream."""
    return [event for event, _ in ledger if event.DESCRIPTOR.fields[0].name == "draw_id"]


async def test_a_signature_under_an_earlier_summary_no_longer_shows(joint):
    await joint.record("operation", *SIGNED, proposed(proposal_id=uid("second")))
    assert not any(one.signed for one in (await the_operation(joint)).participants)


async def test_a_plan_shows_before_anybody_was_invited(joint):
    await joint.record("operation", PLANNED)
    shown = await the_operation(joint)
    assert (shown.operation.stage, shown.operation.participants, list(shown.roster)) == ("方案", 0, [])


async def test_an_operation_counts_the_reports_that_stand(joint):
    withdrawn = pb.ParticipantReportWithdrawn(operation_id=OPERATION, participant_id=LUXIAN.id)
    await joint.record("operation", *REPORTED, withdrawn)
    assert (await the_operation(joint)).total == NUMBERS[YONGCHUAN.id]


async def test_a_participation_shows_its_findings_on_their_way(joint):
    await joint.record("participation", *FIELD_DAY, handed_off())
    shown = await the_participation(joint)
    assert (shown.participation.stage, shown.participation.lead_id) == ("执行中", LUXIAN.id)
    assert shown.participation.numbers == pb.FieldNumbers(
        definition_version=2,
        officer_times=1,
        car_times=1,
        inspections=1,
        inspections_by_class=[pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_PASSENGER, inspections=1)],
        vehicles_with_findings=1,
        findings=1,
        vehicles_seized=1,
    )
    [finding] = shown.findings
    assert finding == rpc.FindingDetail(
        finding_id=uid("finding"),
        inspection_id=uid("inspection"),
        checkpoint_id="B",
        act_code="RTR-63-1",
        facts="未取得道路运输经营许可载客四人",
        object=coach(),
        found_at=to_timestamp(FOUND_AT),
        handlings=[pb.HANDLING_SEIZED],
        owner_id=LUXIAN.id,
        handed_off=True,
    )


async def test_a_participation_is_found_by_its_operation(joint):
    await joint.record("participation", RECEIVED)
    request = rpc.GetParticipationRequest(operation_id=OPERATION, min_position=joint.position)
    answer = await joint.api.get_participation(request, call())
    assert (answer.participation.participation_id, answer.participation.stage) == (PART, "已受邀")


async def test_what_others_reported_is_none_of_this_authoritys(joint):
    await joint.record("received", RECEIVED, reported(RONGCHANG), origin=RONGCHANG.id, stream_id=None)
    for ask in (the_operation, the_participation):
        with pytest.raises(Refused) as refused:
            await ask(joint)
        assert refused.value.code is KernelRefusal.NOT_FOUND


async def test_inspections_are_listed_page_by_page_the_latest_first(joint):
    several = [inspected(inspection_id=uid(f"inspection {n}"), object_no=n + 1) for n in range(5)]
    await joint.record("participation", *FOUND[:3], *several)
    seen, token = [], ""
    for _ in range(3):
        page = common.PageRequest(size=2, token=token)
        request = rpc.ListInspectionsRequest(participation_id=PART, min_position=joint.position, page=page)
        answer = await joint.api.list_inspections(request, call())
        seen += [one.object_no for one in answer.inspections]
        token = answer.next_token
    assert (seen, token) == ([5, 4, 3, 2, 1], "")


async def test_operations_and_participations_are_listed_the_latest_first(joint):
    later = pb.OperationPlanned()
    later.CopyFrom(PLANNED)
    later.operation_id = uid("later")
    await joint.record("operation", PLANNED)
    await joint.record("operation", later)
    await joint.record("participation", RECEIVED)
    operations = await joint.api.list_operations(rpc.ListOperationsRequest(min_position=joint.position), call())
    mine = await joint.api.list_participations(rpc.ListParticipationsRequest(min_position=joint.position), call())
    assert [one.operation_id for one in operations.operations] == [uid("later"), OPERATION]
    assert [one.participation_id for one in mine.participations] == [PART]


async def test_the_history_reads_in_order_page_by_page(joint):
    await joint.record("participation", *FIELD_DAY)
    seen, token = [], ""
    for _ in range(2):
        page = common.PageRequest(size=5, token=token)
        request = rpc.GetTimelineRequest(id=PART, min_position=joint.position, page=page)
        answer = await joint.api.get_timeline(request, call())
        seen += titles(answer.entries)
        token = answer.next_token
    assert seen == [
        "收到联合执法邀请",
        "应邀参加",
        "收到人员编组",
        "执法人员签到",
        "检查",
        "发现涉嫌违法行为",
        "现场处理",
        "确定管辖单位",
    ]
    assert token == ""


async def test_what_never_began_has_no_history(joint):
    with pytest.raises(Refused) as refused:
        await joint.api.get_timeline(rpc.GetTimelineRequest(id=PART), call())
    assert refused.value.code is KernelRefusal.NOT_FOUND
