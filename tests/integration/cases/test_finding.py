"""Cases are found by their marks, what is due lies on its desk, whoever looks at a person leaves a trace: by gRPC."""

from functools import partial
from typing import Any

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.audit.v1 import service_pb2 as audit_rpc
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import queries_pb2 as pb
from enforcement.cases.v1 import service_pb2 as rpc
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import service_pb2 as non_site
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.cases.import_ids import case_id_of
from services.cases.model import case
from services.kernel.messages import to_timestamp, type_name
from tests.integration.cases.conftest import BUREAU, OLD, imported, pieces
from tests.support.system import file_case

ONE, TWO, OTHER = cast.LUXIAN_TEAM[0], cast.LUXIAN_TEAM[1], cast.LUXIAN_TEAM[5]
AUDITOR = cast.Officer(BUREAU, "auditor", "审计", "数据保护审计员", (options.ROLE_DATA_AUDITOR,))
PURPOSE = audit.PURPOSE_CASE_HANDLING
SHIP = events.Vessel(name="川泸货1288", mmsi="413123456")
PLATE = events.Vehicle(plate="川E·A8888", plate_colour="黄", owner="王五")


@pytest.fixture(scope="module")
async def day(bureau: Run) -> Run:
    """Five cases: 1 is long overdue, 2 due on Wednesday, 3 investigated by one and two, 4 closed; one stands still."""
    team = bureau.ids(ONE, TWO)
    person = events.Party(
        kind=events.PARTY_KIND_PERSON, name="王五", id_number="510521198802300026", phone="13912180003"
    )
    company = events.Party(
        kind=events.PARTY_KIND_ORGANISATION, name="泸州长江运输有限公司", id_number="91510521MA6TEST01"
    )
    history: list[dict[str, Any]] = [
        {"filed_on": "2024-08-01", "registered_on": "2024-07-30", "act_on": "2024-07-29", "party": company},
        {
            "filed_on": "2024-09-19",
            "registered_on": "2024-09-18",
            "act_on": "2024-09-17",
            "party": person,
            "vehicle": PLATE,
            "vessel": SHIP,
        },
        {
            "stage": "调查中",
            "officer_ids": team,
            "facts": "在泸永桥交界处王五载客五名",
            "party": person,
            "act_code": "RTR-69",
        },
        {
            "stage": "已结案",
            "closed_on": "2024-12-01",
            "closing_ground": events.CLOSING_GROUND_PERFORMED,
            "party": company,
        },
    ]
    for number, fields in enumerate(history, 1):
        await bureau.administer(BUREAU, imported(f"f{number}", **fields))
    await bureau.administer(BUREAU, imported("still"))
    still = side.SuspendCaseRequest(
        case_id=str(case_id_of(OLD, "still")), ground=side.SUSPENSION_GROUND_OTHER, reason="等待鉴定意见"
    )
    await bureau.act(cast.LUXIAN_DEPUTY, "suspend", still)
    await bureau.administer(
        BUREAU,
        officers.RegisterOfficerRequest(
            command_id=bureau.id("step/register/auditor"),
            officer_id=bureau.officer_id(AUDITOR),
            occurred_at=to_timestamp(bureau.now),
            name=AUDITOR.name,
            credential_number="jt-510521-9001",
            issuing_body="故事中的发证机关",
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=AUDITOR.roles,
        ),
    )
    return bureau


async def found(day: Run, officer: cast.Officer = cast.LUXIAN_DEPUTY, **fields: Any) -> list[str]:
    """The external ids of the cases that somebody finds, of those of this module."""
    answer = await day.ask(officer, pb.SearchCasesRequest(**fields))
    return sorted(
        one.case_number.partition("〕")[2].removesuffix("号")
        for one in answer.cases
        if "旧案〔2024〕f" in one.case_number or "still" in one.case_number
    )


@pytest.mark.parametrize(
    ("fields", "cases"),
    [
        ({"case_number": "旧案〔2024〕f3号"}, ["f3"]),
        ({"party": "王五", "purpose": PURPOSE}, ["f2", "f3"]),
        ({"party": "510521198802300026", "purpose": PURPOSE}, ["f2", "f3"]),
        ({"party": "王", "purpose": PURPOSE}, []),
        ({"party_part": "长江", "purpose": PURPOSE}, ["f1", "f4"]),
        ({"party_part": "江长", "purpose": PURPOSE}, []),
        ({"plate": "川ea8888", "purpose": PURPOSE}, ["f2"]),
        ({"plate": "川EA8888", "plate_colour": "黄", "purpose": PURPOSE}, ["f2"]),
        ({"plate": "川EA8888", "plate_colour": "蓝", "purpose": PURPOSE}, []),
        ({"plate": "川泸货 1288", "purpose": PURPOSE}, ["f2"]),
        ({"plate": "413123456", "purpose": PURPOSE}, ["f2"]),
        ({"plate": "川泸货", "purpose": PURPOSE}, []),
        ({"stages": ["调查中", "已结案"]}, ["f3", "f4"]),
        ({"act_code": "RTR-69"}, ["f3"]),
        ({"text": "泸永桥 王五", "purpose": PURPOSE}, ["f3"]),
        ({"text": "桥泸永", "purpose": PURPOSE}, []),
        ({"text": "f4号", "purpose": PURPOSE}, ["f4"]),
        ({"filed_from_on": "2024-08-01", "filed_to_on": "2024-09-19"}, ["f1", "f2"]),
        ({"filed_from_on": "2024-08-02", "filed_to_on": "2024-09-18"}, []),
        ({"party": "王五", "purpose": PURPOSE, "stages": ["已立案"], "plate": "川EA8888"}, ["f2"]),
        ({"side_state": "中止"}, ["still"]),
        ({"side_state": "中止", "stages": ["已立案"]}, ["still"]),
        ({"side_state": "中止", "stages": ["调查中"]}, []),
        ({"side_state": "管辖争议"}, []),
    ],
    ids=str,
)
async def test_a_case_is_found_by_each_of_its_marks_and_by_all_together(
    day: Run, fields: dict[str, Any], cases: list[str]
):
    assert await found(day, **fields) == cases


async def test_cases_of_an_officer_are_those_the_officer_investigates(day: Run):
    assert await found(day, officer_id=day.officer_id(ONE)) == ["f3"]


async def test_pages_are_stable_while_cases_come(day: Run):
    request = pb.SearchCasesRequest(stages=["已立案"], page=common.PageRequest(size=1))
    first = await day.ask(cast.LUXIAN_DEPUTY, request)
    await day.administer(BUREAU, imported("late-comer"))
    request.page.token = first.next_token
    second = await day.ask(cast.LUXIAN_DEPUTY, request)
    shown = [one.case_number for answer in (first, second) for one in answer.cases]
    assert len(set(shown)) == 2
    assert not any("late-comer" in number for number in shown)


BY_A_PERSON = [{"party": "王五"}, {"party_part": "王五"}, {"plate": "川EA8888"}, {"text": "泸永桥"}]


@pytest.mark.parametrize("fields", BY_A_PERSON, ids=str)
async def test_who_looks_for_a_person_says_why(day: Run, fields: dict[str, Any]):
    with pytest.raises(Refused) as refused:
        await day.ask(cast.LUXIAN_DEPUTY, pb.SearchCasesRequest(**fields))
    assert refused.value.reason == "PURPOSE_NEEDED"


@pytest.mark.parametrize("fields", [*BY_A_PERSON, {"text": "查无此案"}], ids=str)
async def test_who_looked_for_a_person_is_on_record_whatever_was_found(day: Run, fields: dict[str, Any]):
    before = len(await accesses(day, officer_id=day.officer_id(OTHER)))
    await found(day, OTHER, **fields, purpose=PURPOSE)
    [access] = (await accesses(day, officer_id=day.officer_id(OTHER)))[before:]
    assert (access.method, list(access.searched_by)) == ("cases.SearchCases", list(fields))


@pytest.mark.parametrize(
    ("officer", "fields", "cases"),
    [
        (ONE, {"party": "王五", "purpose": PURPOSE}, ["f3"]),
        (OTHER, {"party": "王五", "purpose": PURPOSE}, []),
        (OTHER, {"text": "泸永桥", "purpose": PURPOSE}, []),
        (OTHER, {"plate": "川EA8888", "purpose": PURPOSE}, ["f2"]),
    ],
    ids=["own case", "none of the own", "text of none of the own", "a plate anybody may see"],
)
async def test_an_investigator_finds_persons_among_the_own_cases_only(day: Run, officer, fields, cases):
    assert await found(day, officer, **fields) == cases


async def shown(day: Run, officer: cast.Officer, **fields: Any) -> rpc.GetCaseResponse:
    answer: rpc.GetCaseResponse = await day.ask(officer, rpc.GetCaseRequest(case_number="旧案〔2024〕f3号", **fields))
    return answer


async def test_personal_data_are_masked_without_purpose_and_for_whoever_has_no_part(day: Run):
    masked = await shown(day, ONE)
    assert (masked.masked, masked.case.party.name, masked.case.facts) == (True, "王*", "在泸永桥交界处王*载客五名")
    assert masked.case.party.id_number == "5****************6"
    assert (await shown(day, OTHER, purpose=PURPOSE)).case.party.name == "王*"
    own = await shown(day, ONE, purpose=PURPOSE)
    assert (own.masked, own.case.party.name, own.case.party.phone) == (False, "王五", "13912180003")


async def accesses(day: Run, **fields: Any) -> list[audit.PersonalDataAccessed]:
    answer = await day.ask(AUDITOR, audit_rpc.ListPersonalDataAccessRequest(**fields))
    return [one.access for one in answer.accesses]


async def test_every_look_at_a_person_is_in_the_audit_when_the_answer_is_there(day: Run):
    subject = (await shown(day, TWO, purpose=audit.PURPOSE_HEARING)).case.summary.case_id
    last = (await accesses(day, officer_id=day.officer_id(TWO), subject_id=subject))[-1]
    assert (last.purpose, last.legal_basis) == (audit.PURPOSE_HEARING, "行政处罚法 arts. 63, 64")
    assert (last.credential_number, last.method, last.result_count) == ("jt-510521-0005", "cases.GetCase", 1)
    assert {"case.party.name", "case.party.id_number", "case.facts"} <= set(last.fields)


async def test_a_search_for_a_person_is_audited_with_what_it_was_by_and_how_many_it_found(day: Run):
    await found(day, cast.LUXIAN_HEAD, party="没有这个人", purpose=audit.PURPOSE_SUPERVISION)
    last = (await accesses(day, officer_id=day.officer_id(cast.LUXIAN_HEAD)))[-1]
    assert (list(last.searched_by), last.result_count, last.purpose) == (["party"], 0, audit.PURPOSE_SUPERVISION)


async def test_what_was_masked_is_no_access_and_only_the_auditor_asks(day: Run):
    before = len(await accesses(day, officer_id=day.officer_id(OTHER)))
    await shown(day, OTHER)
    assert len(await accesses(day, officer_id=day.officer_id(OTHER))) == before
    with pytest.raises(Refused) as refused:
        await day.ask(cast.LUXIAN_HEAD, audit_rpc.ListPersonalDataAccessRequest())
    assert refused.value.reason == "CALLER_NOT_ALLOWED"


async def due(day: Run, **fields: Any) -> pb.ListDueResponse:
    """What is due, once the clocks of this module's cases run."""
    answer: pb.ListDueResponse = await day.until(
        cast.LUXIAN_DEPUTY,
        pb.ListDueRequest(**fields),
        lambda seen: seen.overdue >= 1 and seen.week >= 1,
        "期限",
    )
    return answer


def own(answer: pb.ListDueResponse) -> list[pb.DueStep]:
    """The decisions due in this module's cases: the bureau has those of other modules, too."""
    return [step for step in answer.steps if step.clock.rule_id == "cases.decision" and "〕f" in step.case_number]


def steps(answer: pb.ListDueResponse) -> list[tuple[str, str, bool]]:
    return [(step.case_number.partition("〕")[2], step.clock.due_on, step.overdue) for step in own(answer)]


async def test_what_is_overdue_and_due_this_week_lies_on_the_leaders_desk(day: Run):
    answer = await due(day, role=options.ROLE_LEADER)
    assert steps(answer) == [("f1号", "2024-10-30", True), ("f2号", "2024-12-18", False)]
    assert list(own(answer)[0].roles) == [options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD]
    today = await day.ask(cast.LUXIAN_DEPUTY, pb.ListDueRequest(role=options.ROLE_LEADER, horizon=pb.HORIZON_TODAY))
    assert steps(today) == [("f1号", "2024-10-30", True)]
    assert (today.today, today.week) == (answer.today, answer.week)


async def test_what_lies_on_another_desk_or_with_other_officers_is_left_out(day: Run):
    await due(day)
    reviewer = await day.ask(cast.LUXIAN_DEPUTY, pb.ListDueRequest(role=options.ROLE_LEGAL_REVIEWER))
    mine = await day.ask(ONE, pb.ListDueRequest(officer_id=day.officer_id(ONE)))
    assert (steps(reviewer), steps(mine)) == ([], [])


async def test_what_is_due_of_a_penalty_on_the_spot_lies_on_its_desk_too(day: Run):
    fine = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=10_000)
    observed = on_spot.ObserveOnSpotRequest(
        act_code="RTR-68",
        place=common.Place(division_code="510521", description="泸县客运站"),
        facts="不按规定站点停靠",
        party=events.Party(kind=events.PARTY_KIND_PERSON, name="某人"),
        evidence=[on_spot.OnSpotEvidence(kind=events.EVIDENCE_KIND_AUDIOVISUAL, description="执法记录")],
        officer_ids=day.ids(ONE, TWO),
        credentials_shown=True,
        identity_verified=True,
    )
    spot = (await day.act(ONE, "due/observe", observed)).id
    decision = on_spot.DecideOnSpotRequest(
        on_spot_id=spot,
        penalties=[fine],
        told_penalties=[fine],
        reasons="不按规定站点停靠",
        basis="道路运输条例 art. 68",
        facts_told=True,
        rights_told=True,
        defence=events.DEFENCE_KIND_WAIVED,
        correction="立即改正",
        form_number="DUE-1",
        handed_over=True,
        signature=on_spot.SIGNATURE_KIND_SIGNED,
        officer_ids=day.ids(ONE, TWO),
        collected_fen=10_000,
        collection_ground=on_spot.COLLECTION_GROUND_SMALL,
        receipt_number="川财票0002",
    )
    await day.act(ONE, "due/decide", decision)
    for fields in ({"role": options.ROLE_INVESTIGATOR}, {"officer_id": day.officer_id(ONE)}):
        answer = await day.until(
            cast.LUXIAN_DEPUTY,
            pb.ListDueRequest(**fields),
            lambda seen: any(step.on_spot_id == spot for step in seen.steps),
            "上缴期限",
        )
        (step,) = (step for step in answer.steps if step.on_spot_id == spot)
        assert (step.clock.rule_id, step.clock.due_on) == ("cases.on_spot_hand_in", "2024-12-18")
        assert (step.case_id, step.case_number, step.stage) == ("", "DUE-1", "已当场收缴")


async def test_what_is_due_in_no_case_yet_lies_on_its_desk_too(day: Run):
    registration = non_site.RegisterDeviceRequest(
        kind=devices.DEVICE_KIND_WEIGH_IN_MOTION,
        name="S438得胜段一号",
        model="DWS-6",
        serial_number="due-1",
        place=devices.RoadSection(division_code="510521", road="S438", section="得胜段 K12+300", lanes=[1]),
        standards=["GB/T 21296"],
    )
    device_id = (await day.act(cast.LUXIAN_CHIEF, "due/device", registration)).id
    certificate = non_site.RecordCertificateRequest(
        device_id=device_id,
        number="川衡检2023-501",
        issuer="四川省计量测试研究院",
        valid_from_on="2023-12-20",
        valid_to_on="2024-12-19",
        file=await day.file(ONE, pdf("检定证书", "S438得胜段一号")),
    )
    await day.act(ONE, "due/certificate", certificate)

    def seen(there: bool, answer: pb.ListDueResponse) -> bool:
        return there == any(step.clock.subject_id == device_id for step in answer.steps)

    for role, there in ((options.ROLE_UNIT_CHIEF, True), (options.ROLE_LEGAL_REVIEWER, False)):
        answer = await day.until(cast.LUXIAN_DEPUTY, pb.ListDueRequest(role=role), partial(seen, there), "续检期限")
        own_clock = [step for step in answer.steps if step.clock.subject_id == device_id]
        assert [(one.clock.rule_id, one.clock.due_on, one.case_id, one.case_number) for one in own_clock] == [
            ("non_site.certificate", "2024-12-19", "", "")
        ] * there


async def test_cases_are_found_by_the_day_on_which_something_is_due(day: Run):
    await due(day)
    assert await found(day, due_from_on="2024-12-18", due_to_on="2024-12-18") == ["f2"]
    assert await found(day, due_to_on="2024-12-17") == ["f1"]


async def test_a_timeline_names_the_basis_of_each_step(day: Run):
    await file_case(day)
    answer = await day.ask(ONE, rpc.GetCaseTimelineRequest(case_id=day.facts.cases["B"]))
    told = {entry.title_zh: entry.basis for entry in answer.entries}
    assert told["立案"] == case.bases[type_name(rpc.FileCaseRequest)]
    assert told["指派办案人员"] == case.bases[type_name(rpc.AssignOfficersRequest)]
    assert "行政处罚法 art" in told["立案"]


async def test_an_imported_case_has_its_evidence_and_its_basis(day: Run):
    command = imported(
        "f5", stage="调查终结", officer_ids=day.ids(ONE, TWO), evidence=pieces("f5", "现场笔录", "询问笔录")
    )
    await day.administer(BUREAU, command)
    got = await day.ask(ONE, rpc.GetCaseRequest(case_id=command.case_id))
    assert [one.description for one in got.case.evidence] == ["现场笔录", "询问笔录"]
    answer = await day.ask(ONE, rpc.GetCaseTimelineRequest(case_id=command.case_id))
    assert [(entry.title_zh, entry.basis) for entry in answer.entries] == [("导入案件", "行政处罚法 art. 47")]
