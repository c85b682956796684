"""AT-05 非现场治超，一个事件，四方责任：设备、采集、审核、申辩、采用、立案、处罚、抄告、累计。

2024-12-17采集，12-19决定罚款3000元，12-27结案，抄告至迟2025-01-08；同车第四次、百分之十以上车辆，各提出审查。
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import grpc
import pytest
from enforcement.blobs.v1 import service_pb2 as blobs
from enforcement.blobs.v1 import service_pb2_grpc as blobs_grpc
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import follow_up_pb2 as follow_ups
from enforcement.non_site.v1 import service_pb2 as commands

from deploy.local.story import cast
from deploy.local.story.calls import Refused, refusal_of
from deploy.local.story.cast import LUXIAN, YONGCHUAN
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from services.non_site.model.incident import case_of
from tests.scenarios import at_05
from tests.scenarios.at_05 import OFFICER
from tests.support.system import contradictions, run_on, system

ROUNDED_UP = {"overload_partial": [["2025-07-01", "ceil"]]}
"""The other reading of a begun tonne, from a day after the story."""


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Why a call was refused."""
    refusal = refusal_of(error)
    assert refusal is not None
    return refusal.reason


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Run]:
    """The whole story at 泸县 and 永川; everything that the law forbids was refused on the way."""
    async with system(LUXIAN, YONGCHUAN, collects=True, rules=ROUNDED_UP) as cluster, run_on(cluster) as run:
        await at_05.tell(run)
        yield run


async def test_each_mass_costs_what_the_law_says(told: Run) -> None:
    found = {}
    for gross_kg in at_05.MASSES:
        got = await told.ask(OFFICER, commands.GetCaptureRequest(capture_id=told.facts.cases[f"{gross_kg}"]))
        assessed = got.capture.checked.assessment
        found[gross_kg] = "警告" if assessed.warning else assessed.total_max_fen // 100
    assert found == {
        49_000: 0,
        50_000: "警告",
        50_001: 500,
        51_000: 1_000,
        55_300: 3_000,
        85_000: 18_000,
        109_000: 30_000,
        110_000: 30_000,
    }


async def test_a_record_after_the_certificate_or_before_the_publication_is_never_evidence(told: Run) -> None:
    for name, gate in (("expired", devices.GATE_CERTIFICATE), ("unpublished", devices.GATE_LOCATION)):
        capture_id = told.facts.cases[name]
        got = (await told.ask(OFFICER, commands.GetCaptureRequest(capture_id=capture_id))).capture
        assert got.summary.stage == "技术校验未通过"
        assert list(got.checked.failures) == [captures.CHECK_FAILURE_DEVICE]
        assert [one.gate for one in got.checked.gates if not one.holds] == [gate]
        review = commands.ReviewCaptureRequest(
            capture_id=capture_id, accepted=True, is_true=True, clear=True, complete=True, accurate=True
        )
        with told.chapter("拒绝", "refused"):
            await told.refused(OFFICER, f"review/{name}", review, "WRONG_STAGE", "不得审核", "not reviewable")


async def test_the_gates_of_a_device_are_shown_as_of_any_instant(told: Run) -> None:
    device_id = told.facts.cases["scale"]
    for at, counts in (("2024-12-17 10:00", True), ("2024-12-19 23:59", True), ("2024-12-20 00:00", False)):
        as_of = to_timestamp(at_05.instant(at))
        got = await told.ask(OFFICER, commands.GetDeviceRequest(device_id=device_id, as_of=as_of))
        assert got.device.counts == counts


async def test_one_incident_has_four_cases_and_only_one_fine_of_the_company(told: Run) -> None:
    incident_id = told.facts.cases["incident"]
    got = await told.ask(OFFICER, commands.GetIncidentRequest(incident_id=incident_id))
    mistaken = case_of(incident_id, pb.INCIDENT_ROLE_DRIVER)
    stands = sorted((one.role, one.case_id) for one in got.incident.parties if one.case_id != mistaken)
    assert [case_id for _, case_id in stands] == at_05.cases_of(told)
    stages = [
        (await told.ask(OFFICER, cases.GetCaseRequest(case_id=case_id))).case.summary.stage for _, case_id in stands
    ]
    assert stages == ["已结案", "线索", "已告知", "线索"]


async def test_who_was_taken_for_the_driver_is_counted_for_nothing(told: Run) -> None:
    for number, violations in ((at_05.NOT_THE_DRIVER.id_number, 0), (at_05.DRIVER.id_number, 1)):
        asked = commands.GetSubjectRequest(
            kind=follow_ups.SUBJECT_KIND_DRIVER, number=number, as_of_on="2024-12-31", purpose=at_05.CASE
        )
        assert (await told.ask(OFFICER, asked)).subject.violations == violations


async def test_the_party_sees_its_own_record_and_nobody_else_s(told: Run) -> None:
    asked = commands.QueryOwnCaptureRequest(plate="渝CA5530", plate_colour="黄色", notice_code=told.facts.cases["code"])
    seen = await at_05.machine(told, "portal", asked)
    assert (seen.stage, seen.assessment.over_kg, len(seen.recorded.pictures)) == ("已作为证据", 6_300, 4)
    assert [one.statement for one in seen.statements] == ["空车返程，称重有误"]
    asked.plate = "渝CA5531"
    for scope, reason in (("portal", "NOT_FOUND"), ("device", "CALLER_NOT_ALLOWED")):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await at_05.machine(told, scope, asked)
        assert reason_of(error.value) == reason


async def test_the_course_of_a_case_goes_from_the_devices_record_to_the_home_place(told: Run) -> None:
    question = cases.GetCaseTimelineRequest(case_id=told.facts.cases["case"])
    question.page.size = 500
    entries = (await told.ask(OFFICER, question)).entries
    titles = [entry.title_zh for entry in entries]
    course = [
        *("采集", "技术校验", "人工审核", "告知当事人", "采用为证据", "登记线索", "立案", "送达违法行为通知书"),
        *("作出行政处罚决定", "罚没收缴立账", "结案", "案件办结", "抄告车籍地", "发出抄告", "抄告已送达"),
    ]
    assert [title for title in dict.fromkeys(titles) if title in course] == course
    assert [entry.title_zh for entry in entries if not entry.basis] == []


async def test_the_home_place_is_told_within_seven_working_days(told: Run) -> None:
    question = deadlines.ListDeadlinesRequest(rule_id="non_site.home_notice")
    (clock,) = (await told.ask(OFFICER, question)).clocks
    assert (clock.due_on, clock.in_time) == ("2025-01-08", True)
    received = notices.ListCopyNoticesRequest(received=True, purpose=at_05.CASE)
    (copy,) = (await told.ask(cast.YONGCHUAN_CHIEF, received)).notices
    assert (copy.authority_id, copy.notice.plate, copy.notice.decision) == (LUXIAN, at_05.PLATE, "罚款3000元")
    assert (copy.notice.driver, copy.notice.employer, copy.notice.cargo_source) == (
        at_05.DRIVER.name,
        at_05.COMPANY.name,
        at_05.SITE.name,
    )


async def test_the_home_place_counts_truck_driver_and_company_once(told: Run) -> None:
    for kind in follow_ups.SubjectKind.values()[1:]:
        got = await at_05.counted(told, kind, 1, who=cast.YONGCHUAN_CHIEF)
        assert [(one.source, one.authority_id) for one in got.violations] == [
            (follow_ups.VIOLATION_SOURCE_COPIED, LUXIAN)
        ]


async def test_the_third_violation_raises_nothing_and_the_fourth_a_review(told: Run) -> None:
    assert [told.facts.cases[f"items/{nth}"] for nth in (2, 3, 4)] == ["0", "0", "1"]
    got = await at_05.subject(told, follow_ups.SUBJECT_KIND_VEHICLE)
    (item,) = got.items
    assert item.raised.kind == follow_ups.FOLLOW_UP_REVIEW_KIND_REVOKE_CERTIFICATE
    assert len(item.raised.violation_ids) == 4


async def test_five_of_fifty_trucks_raise_nothing_and_six_a_review_that_a_person_answers(told: Run) -> None:
    assert [told.facts.cases[f"trucks/{nth}"] for nth in range(2, 7)] == ["0", "0", "0", "0", "1"]
    got = await at_05.subject(told, follow_ups.SUBJECT_KIND_COMPANY)
    (item,) = got.items
    assert item.raised.kind == follow_ups.FOLLOW_UP_REVIEW_KIND_SUSPEND_BUSINESS
    assert (item.raised.violating_trucks, item.raised.fleet_trucks) == (6, 50)
    whose = {"subject_id": item.raised.subject_id, "item_id": item.raised.item_id}
    await told.act(OFFICER, "claim", commands.ClaimReviewItemRequest(**whose))
    answer = commands.AnswerReviewItemRequest(
        **whose, outcome=follow_ups.FOLLOW_UP_REVIEW_OUTCOME_REFERRED, reason="移送发证机关处理"
    )
    await told.act(OFFICER, "answer-item", answer)
    open_ones = (await told.ask(OFFICER, commands.ListReviewItemsRequest(open=True))).items
    assert [one.stage for one in open_ones] == ["待认领"]


async def test_records_are_found_by_stage_plate_and_day(told: Run) -> None:
    def on_the_17th(size: int = 0, token: str = "") -> commands.ListCapturesRequest:
        page = common.PageRequest(size=size, token=token)
        return commands.ListCapturesRequest(
            page=page, plate="渝ca5530", from_on="2024-12-17", to_on="2024-12-17", purpose=at_05.CASE
        )

    assert len((await told.ask(OFFICER, on_the_17th())).captures) == len(at_05.MASSES) + 1
    first = await told.ask(OFFICER, on_the_17th(4))
    second = await told.ask(OFFICER, on_the_17th(5, first.next_token))
    assert (len(first.captures), len(second.captures), second.next_token) == (4, 5, "")
    unfit = (await told.ask(OFFICER, commands.ListCapturesRequest(stage="技术校验未通过"))).captures
    assert [one.capture_id for one in unfit] == [told.facts.cases["expired"], told.facts.cases["unpublished"]]


async def test_without_a_purpose_persons_are_masked_and_each_look_is_recorded(told: Run) -> None:
    question = commands.GetIncidentRequest(incident_id=told.facts.cases["incident"])
    masked = await told.ask(cast.LUXIAN_CHIEF, question)
    drivers = [one.party.name for one in masked.incident.parties if one.role == pb.INCIDENT_ROLE_DRIVER]
    assert (masked.masked, drivers) == (True, ["邬**", "晏**"])
    assert at_05.PLATE not in str(masked)
    question.purpose = at_05.CASE
    seen = await told.ask(cast.LUXIAN_CHIEF, question)
    assert at_05.DRIVER.name in [one.party.name for one in seen.incident.parties]
    connection = await asyncpg.connect(told.cluster.postgres.dsn(LUXIAN))
    try:
        looks = await connection.fetch("SELECT body FROM ledger.event WHERE type LIKE '%PersonalDataAccessed'")
    finally:
        await connection.close()
    assert any(b"non_site.GetIncident" in bytes(row["body"]) for row in looks)
    by_plate = commands.ListCapturesRequest(plate=at_05.PLATE)
    with told.chapter("目的", "purpose"), pytest.raises(Refused) as refused:
        await told.ask(OFFICER, by_plate)
    assert refused.value.reason == "PURPOSE_NEEDED"


async def test_a_vehicle_whose_dimensions_disagree_is_listed_for_the_traffic_police(told: Run) -> None:
    capture_id = told.facts.cases["85000"]
    review = commands.ReviewCaptureRequest(
        capture_id=capture_id,
        accepted=True,
        is_true=True,
        clear=True,
        complete=True,
        accurate=True,
        dimensions_disagree=True,
        dimensions_note="栏板加高600毫米",
    )
    await told.act(OFFICER, "mismatch", review)
    question = commands.ListMismatchedVehiclesRequest(from_on="2024-12-01", to_on="2024-12-31", purpose=at_05.CASE)
    (vehicle,) = (await told.ask(OFFICER, question)).vehicles
    assert (vehicle.capture_id, vehicle.plate, vehicle.note) == (capture_id, at_05.PLATE, "栏板加高600毫米")
    assert not vehicle.HasField("copied_at")
    copy = commands.RecordMismatchCopyRequest(capture_id=capture_id, recipient="泸县公安局交通警察大队")
    await told.act(OFFICER, "mismatch/copy", copy)
    (vehicle,) = (await told.ask(OFFICER, question)).vehicles
    assert vehicle.HasField("copied_at")
    question.to_on = "2024-12-16"
    assert (await told.ask(OFFICER, question)).vehicles == []


@pytest.mark.parametrize(
    ("gross_kg", "down", "up"), [(50_000, 0, 0), (50_001, 500, 1_000), (51_000, 1_000, 1_000), (55_300, 3_000, 3_500)]
)
async def test_a_begun_tonne_counts_as_its_day_says(told: Run, gross_kg: int, down: int, up: int) -> None:
    measured = captures.Measured(axles=6, gross_kg=gross_kg)
    found = {}
    for on in ("2025-06-30", "2025-07-01"):
        got = await told.ask(OFFICER, commands.AssessMeasuresRequest(measured=measured, on=on))
        found[on] = got.assessment.total_max_fen // 100
    assert found == {"2025-06-30": down, "2025-07-01": up}


async def test_measures_are_assessed_without_being_recorded(told: Run) -> None:
    measured = captures.Measured(axles=6, gross_kg=55_300, length_mm=28_001)
    got = await told.ask(OFFICER, commands.AssessMeasuresRequest(measured=measured, on="2024-12-17"))
    assert (got.assessment.total_min_fen, got.assessment.total_max_fen) == (400_000, 600_000)
    measured.axles = 1
    with pytest.raises(Refused) as refused:
        await told.ask(OFFICER, commands.AssessMeasuresRequest(measured=measured))
    assert refused.value.reason == "NO_AXLE_LIMIT"


async def test_a_device_hands_its_pictures_in_and_the_party_sees_them(told: Run) -> None:
    picture = at_05.PICTURES[captures.PICTURE_KIND_PLATE]
    stub = blobs_grpc.BlobsServiceStub(told.calls.channel(LUXIAN))
    wanted = blobs.DownloadRequest(sha256=picture.ref.sha256)
    party = at_05.bearer(told, "portal", "portal")
    seen = [part.data async for part in stub.Download(wanted, timeout=20, metadata=party)]
    assert b"".join(seen) == picture.content
    device = at_05.bearer(told, "device", told.facts.cases["scale"])
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await anext(aiter(stub.Download(wanted, timeout=20, metadata=device)))
    assert reason_of(error.value) == "CALLER_NOT_ALLOWED"


async def test_a_record_whose_pictures_are_not_stored_is_not_taken(told: Run) -> None:
    record = at_05.weighing(told, "scale", 57_000)
    for wrong in (
        pdf("没有上传", "57000").ref,
        common.BlobRef(sha256=at_05.PICTURES[captures.PICTURE_KIND_FRONT].ref.sha256, size=1),
    ):
        record.pictures[0].file.CopyFrom(wrong)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await at_05.sent(told, record, "without pictures")
        assert reason_of(error.value) == "FILE_NOT_STORED"
    record.pictures[0].file.CopyFrom(at_05.PICTURES[captures.PICTURE_KIND_FRONT].ref)
    assert (await at_05.sent(told, record, "with pictures")).id == record.capture_id


async def test_the_token_of_a_device_speaks_for_no_other_device(told: Run) -> None:
    record = at_05.weighing(told, "scale", 58_000)
    record.command_id = told.id("another device's token")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await at_05.machine(told, "device", record, subject=told.facts.cases["hidden"])
    assert reason_of(error.value) == "NOT_THIS_DEVICE"


async def test_one_record_that_sixteen_clients_send_at_once_is_one_record(told: Run) -> None:
    record = at_05.weighing(told, "scale", 60_000)
    answers = await asyncio.gather(*(at_05.sent(told, record, f"client/{n}") for n in range(16)))
    assert {(one.id, one.version) for one in answers} == {(record.capture_id, 2)}
    record.measured.gross_kg = 61_000
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await at_05.sent(told, record, "altered")
    assert reason_of(error.value) == "RECORD_DIFFERS"


async def test_a_decision_that_is_revoked_is_taken_back_at_the_home_place(told: Run) -> None:
    case_id = told.facts.cases["case"]
    revoke = decisions.RevokeDecisionRequest(
        case_id=case_id,
        reason="称重设备误差超标",
        document=await told.file(at_05.LEADER, pdf("撤销行政处罚决定书", case_id)),
        way=pb.SERVICE_WAY_DIRECT,
    )
    await told.refused(at_05.LEADER, "revoke/bare", revoke, "PROOF_NEEDED", "送达回证", "proof")
    revoke.proof.CopyFrom(await told.file(at_05.LEADER, pdf("送达回证", case_id)))
    await told.act(at_05.LEADER, "revoke", revoke)
    follow_up = commands.ListFollowUpsRequest(case_id=case_id)
    (row,) = (
        await told.until(OFFICER, follow_up, lambda answer: answer.follow_ups[0].HasField("withdrawn"), "撤回抄告")
    ).follow_ups
    assert (row.stage, row.withdrawn.home_authority_id) == ("已立案", YONGCHUAN)
    for kind in follow_ups.SubjectKind.values()[1:]:
        got = await told.until(
            cast.YONGCHUAN_CHIEF, at_05.identity(kind), lambda answer: not answer.subject.violations, "核减"
        )
        assert got.violations == []
    received = notices.ListCopyNoticesRequest(received=True)
    (copy,) = (await told.ask(cast.YONGCHUAN_CHIEF, received)).notices
    assert copy.HasField("withdrawn_at")
    await told.refused(at_05.CHIEF, "home/revoked", at_05.notice_of(told), "NOT_HANDLED", "已撤销", "revoked")


async def test_every_ledger_holds_together(told: Run) -> None:
    assert await contradictions(told.cluster) == []
