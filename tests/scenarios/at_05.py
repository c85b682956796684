"""The acts of AT-05: a scale on S438, a truck of 55,300 kg from 永川, four parties, and what follows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from enforcement.audit.v1 import events_pb2 as audit
from enforcement.blobs.v1 import service_pb2 as blobs
from enforcement.blobs.v1 import service_pb2_grpc as blobs_grpc
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import follow_up_pb2 as follow_ups
from enforcement.non_site.v1 import service_pb2 as commands
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from deploy.local.story import cast
from deploy.local.story.calls import METHODS
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, Officer
from deploy.local.story.documents import Document, pdf
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from services.kernel.messages import message_class, to_timestamp, type_name
from services.kernel.values import term
from services.non_site.model.incident import case_of
from services.non_site.model.shared import capture_of, follow_up_of
from tests.scenarios.paying import paid_by_code

LEADER, CHIEF = cast.LUXIAN_DEPUTY, cast.LUXIAN_CHIEF
OFFICER = INVESTIGATORS[0]
REVIEWER: Final = Officer(LUXIAN, "reviewer", "董明法", "法制审核员", (options.ROLE_LEGAL_REVIEWER,))

ACT: Final = "HPR-64"
CASE: Final = audit.PURPOSE_CASE_HANDLING
PLATE, COLOUR = "渝C·A5530", "黄"
HOME: Final = "500118"
DRIVER: Final = pb.Party(
    kind=pb.PARTY_KIND_PERSON, name="晏行远", id_number="500118198802300037", licence_number="500118198802300037"
)
NOT_THE_DRIVER: Final = pb.Party(
    kind=pb.PARTY_KIND_PERSON, name="邬同行", id_number="500118199003030058", licence_number="500118199003030058"
)
COMPANY: Final = pb.Party(kind=pb.PARTY_KIND_ORGANISATION, name="永川远程运输有限公司", id_number="91500118MA5YNST501")
SITE: Final = pb.Party(kind=pb.PARTY_KIND_ORGANISATION, name="泸县石料厂", id_number="91510521MA6YNST502")
MASSES: Final = (49_000, 50_000, 50_001, 51_000, 55_300, 85_000, 109_000, 110_000)
BASIS: Final = "公路安全保护条例第六十四条"
PICTURES: Final = {kind: pdf(term(captures.PictureKind, kind)) for kind in captures.PictureKind.values()[1:5]}


async def tell(run: Run) -> None:
    """Every act of the story, in its order."""
    for part in (equip, capture, hear, proceed, punish, repeat, close, inform):
        with run.chapter(part.__name__, part.__doc__ or ""):
            await part(run)


async def equip(run: Run) -> None:
    """Two scales: one passes every gate on 16 December, the other's location is not published."""
    reviewer = officers.RegisterOfficerRequest(
        officer_id=run.officer_id(REVIEWER),
        name=REVIEWER.name,
        credential_number=f"{LUXIAN}-105",
        issuing_body="故事中的发证机关",
        valid_from_on="2023-01-01",
        valid_to_on="2027-12-31",
        roles=REVIEWER.roles,
    )
    reviewer.command_id = run.id("step/register/reviewer")
    reviewer.occurred_at.CopyFrom(to_timestamp(run.now))
    await run.administer(LUXIAN, reviewer)
    await run.at("2024-12-16 09:00")
    for name in ("scale", "hidden"):
        run.facts.cases[name] = await device(run, name)
    publication = commands.PublishLocationRequest(
        device_id=run.facts.cases["scale"],
        notice_from_on="2024-12-01",
        notice_to_on="2024-12-15",
        starts_at=to_timestamp(instant("2024-12-16 00:00")),
        channel="泸县人民政府网",
    )
    await run.act(CHIEF, "publish", publication)


async def device(run: Run, name: str) -> str:
    """A scale with certificate, reviews and sign, whose location nobody knows yet."""
    registration = commands.RegisterDeviceRequest(
        kind=devices.DEVICE_KIND_WEIGH_IN_MOTION,
        name=f"S438得胜段{name}",
        model="DWS-6",
        serial_number=name,
        place=devices.RoadSection(division_code="510521", road="S438", section="得胜段 K12+300", lanes=[1]),
        standards=["GB/T 21296"],
    )
    device_id = (await run.act(CHIEF, f"{name}/register", registration)).id
    certificate = commands.RecordCertificateRequest(
        device_id=device_id,
        number="川衡检2023-501",
        issuer="四川省计量测试研究院",
        valid_from_on="2023-12-20",
        valid_to_on="2024-12-19",
        file=await run.file(OFFICER, pdf("检定证书", name)),
    )
    await run.act(OFFICER, f"{name}/certificate", certificate)
    legal = commands.ReviewDeviceRequest(
        device_id=device_id, kind=devices.DEVICE_REVIEW_KIND_LEGAL, passed=True, opinion="依据充分"
    )
    await run.act(REVIEWER, f"{name}/legal", legal)
    technical = commands.ReviewDeviceRequest(
        device_id=device_id,
        kind=devices.DEVICE_REVIEW_KIND_TECHNICAL,
        passed=True,
        meets_standards=True,
        placed_reasonably=True,
        opinion="符合标准",
    )
    await run.act(OFFICER, f"{name}/technical", technical)
    sign = commands.RecordSignRequest(device_id=device_id, visible=True, distance_metres=1_000)
    await run.act(OFFICER, f"{name}/sign", sign)
    return device_id


async def capture(run: Run) -> None:
    """Eight masses on the 17th, and one on the scale that nobody knows of; each comes twice."""
    await run.at("2024-12-17 10:00")
    for picture in PICTURES.values():
        await handed_in(run, picture)
    for gross_kg in MASSES:
        run.facts.cases[f"{gross_kg}"] = await weighed(run, "scale", gross_kg)
    run.facts.cases["unpublished"] = await weighed(run, "hidden", 55_300)


async def weighed(run: Run, name: str, gross_kg: int) -> str:
    """A record of a device, sent twice."""
    request = weighing(run, name, gross_kg)
    for attempt in ("first", "again"):
        await sent(run, request, attempt)
    return request.capture_id


def weighing(run: Run, name: str, gross_kg: int) -> commands.RecordCaptureRequest:
    """What a scale says of a truck now."""
    device_id = run.facts.cases[name]
    record_id = f"{gross_kg}@{run.now:%m%d%H}"
    return commands.RecordCaptureRequest(
        capture_id=capture_of(device_id, record_id),
        occurred_at=to_timestamp(run.now),
        device_id=device_id,
        record_id=record_id,
        plate=PLATE,
        plate_colour=COLOUR,
        measured=captures.Measured(axles=6, vehicle_class=captures.VEHICLE_CLASS_TRAIN, gross_kg=gross_kg),
        pictures=[captures.Picture(kind=kind, file=picture.ref) for kind, picture in PICTURES.items()],
    )


async def sent(run: Run, request: commands.RecordCaptureRequest, attempt: str) -> common.Recorded:
    """A record as one of several clients sends it."""
    own = commands.RecordCaptureRequest()
    own.CopyFrom(request)
    own.command_id = run.id(f"step/{request.device_id}/{request.record_id}/{attempt}")
    answer: common.Recorded = await machine(run, "device", own)
    return answer


async def hear(run: Run) -> None:
    """Reviewed, told, contested and answered on the 17th; the party queries by its code; then it is evidence."""
    capture_id = run.facts.cases["55300"]
    adopt = commands.AdoptCaptureRequest(
        capture_id=capture_id,
        act_code=ACT,
        party_role=pb.INCIDENT_ROLE_VEHICLE,
        party=COMPANY,
        vehicle_type="重型半挂牵引车",
        owner=COMPANY.name,
        transport_certificate_number="渝交运管500118005530",
        home_division_code=HOME,
    )
    await run.refused(OFFICER, "adopt/early", adopt, "WRONG_STAGE", "未审核", "unreviewed")
    review = commands.ReviewCaptureRequest(
        capture_id=capture_id, accepted=True, is_true=True, clear=True, complete=True, accurate=True
    )
    await run.act(OFFICER, "review", review)
    notice = commands.NotifyPartyRequest(
        capture_id=capture_id,
        party=COMPANY,
        ways=[captures.CONTACT_WAY_MESSAGE],
        query_address="https://jt.example/query",
        statement_address="https://jt.example/state",
    )
    await run.act(OFFICER, "notify", notice)
    await run.refused(OFFICER, "adopt/period", adopt, "STATEMENT_PERIOD_OPEN", "申辩期内", "too early")
    clue = cases.RegisterClueRequest(
        source=pb.CLUE_SOURCE_INSPECTION,
        act_code=ACT,
        act_on="2024-12-17",
        place=common.Place(division_code="510521", description="S438得胜段"),
        facts="超限6300千克",
        capture_id=capture_id,
    )
    await run.refused(CHIEF, "clue/early", clue, "RECORD_NOT_ADOPTED", "未采用", "not adopted")
    known = await run.ask(OFFICER, commands.GetCaptureRequest(capture_id=capture_id))
    code = run.facts.cases["code"] = known.capture.notified.notice_code
    statement = commands.ContestCaptureRequest(
        command_id=run.id("step/contest"),
        capture_id=capture_id,
        occurred_at=to_timestamp(run.now),
        notice_code=code,
        statement="空车返程，称重有误",
        way=captures.CONTACT_WAY_PLATFORM,
    )
    await machine(run, "portal", statement)
    await run.refused(OFFICER, "adopt/contested", adopt, "CONTEST_UNANSWERED", "申辩未复核", "unanswered")
    answer = commands.AnswerContestRequest(capture_id=capture_id, reason="设备检定有效，图像显示满载，不予采纳")
    await run.act(CHIEF, "answer", answer)
    await run.act(OFFICER, "adopt", adopt)
    found = await run.ask(OFFICER, commands.GetCaptureRequest(capture_id=capture_id))
    run.facts.cases["incident"] = found.capture.summary.incident_id


async def proceed(run: Run) -> None:
    """Driver, company and cargo source are proceeded against, too, each once; a fifth is refused. The first driver was
    taken for another, and the clue is not filed."""
    incident_id = run.facts.cases["incident"]
    await run.until(OFFICER, commands.GetIncidentRequest(incident_id=incident_id), lambda one: one.incident.parties, "")
    mistaken = case_of(incident_id, pb.INCIDENT_ROLE_DRIVER)
    wrong = commands.AddIncidentPartyRequest(
        incident_id=incident_id, role=pb.INCIDENT_ROLE_DRIVER, party=NOT_THE_DRIVER
    )
    await run.act(OFFICER, "party/mistaken", wrong)
    await run.until(LEADER, cases.GetCaseRequest(case_id=mistaken), bool, "线索")
    await run.act(LEADER, "not-file", cases.NotFileCaseRequest(case_id=mistaken, reason="驾驶人另有其人"))
    noted = commands.GetNonSiteTimelineRequest(id=follow_up_of(mistaken))
    await run.until(OFFICER, noted, lambda answer: answer.entries, "不予立案")
    for role, party in (
        (pb.INCIDENT_ROLE_DRIVER, DRIVER),
        (pb.INCIDENT_ROLE_COMPANY, COMPANY),
        (pb.INCIDENT_ROLE_CARGO_SOURCE, SITE),
    ):
        add = commands.AddIncidentPartyRequest(incident_id=incident_id, role=role, party=party)
        await run.act(OFFICER, f"party/{role}", add)
    fifth = commands.AddIncidentPartyRequest(incident_id=incident_id, role=pb.INCIDENT_ROLE_DRIVER, party=SITE)
    await run.refused(OFFICER, "party/fifth", fifth, "ROLE_TAKEN", "一超四罚", "four at most")
    for case_id in cases_of(run):
        await run.until(LEADER, cases.GetCaseRequest(case_id=case_id), bool, "线索")


def cases_of(run: Run) -> list[str]:
    """The four cases of the incident, by role; the driver's is the second."""
    incident_id, driver = run.facts.cases["incident"], pb.INCIDENT_ROLE_DRIVER
    return [case_of(incident_id, role, int(role == driver)) for role in pb.IncidentRole.values()[1:]]


async def punish(run: Run) -> None:
    """The vehicle's case is filed, told and decided: 3,000 yuan for 6.3 tonnes. The company is not fined again."""
    incident_id = run.facts.cases["incident"]
    case_id = case_of(incident_id, pb.INCIDENT_ROLE_VEHICLE)
    run.facts.cases["case"] = case_id
    await prepare(run, "vehicle", case_id, COMPANY)
    fine = [pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=300_000)]
    await run.at("2024-12-18 10:00")
    await notify(run, "vehicle", case_id, fine)
    await run.at("2024-12-19 10:00")
    await run.act(LEADER, "vehicle/decide", decision(case_id, fine))
    proof = await run.file(OFFICER, pdf("送达回证", case_id))
    service = cases.ServeDecisionRequest(case_id=case_id, way=pb.SERVICE_WAY_DIRECT, proof=proof)
    await run.act(OFFICER, "vehicle/serve", service)
    company_id = case_of(incident_id, pb.INCIDENT_ROLE_COMPANY)
    await prepare(run, "company", company_id, COMPANY)
    await notify(run, "company", company_id, fine)
    second = decision(company_id, fine)
    await run.refused(LEADER, "company/second", second, "SECOND_FINE", "一事不再罚", "no second fine")
    second.duplicate_decision, second.duplicate_reason = acts.DUPLICATE_DECISION_CONTINUE, "继续办理"
    await run.refused(LEADER, "company/insist", second, "SECOND_FINE", "一事不再罚", "no second fine")


async def prepare(run: Run, name: str, case_id: str, party: pb.Party) -> None:
    """From the clue to the end of the investigation. Only an adopted record is evidence."""
    filing = cases.FileCaseRequest(
        case_id=case_id,
        case_number=f"川泸交超〔2024〕{name}",
        party=party,
        basis="行政处罚法 art. 54",
        duplicate_decision=acts.DUPLICATE_DECISION_CONTINUE,
        duplicate_reason="同一事件分别立案",
    )
    await run.act(LEADER, f"{name}/file", filing)
    team = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*INVESTIGATORS))
    await run.act(CHIEF, f"{name}/team", team)
    evidence = cases.AddEvidenceRequest(
        case_id=case_id,
        evidence_id=run.id(f"{name}/evidence"),
        kind=pb.EVIDENCE_KIND_ELECTRONIC,
        description="不停车检测记录",
        place=common.Place(division_code="510521", description="S438得胜段"),
        file=await run.file(OFFICER, pdf("检测记录", name)),
        collector_ids=run.ids(*INVESTIGATORS),
        capture_id=run.facts.cases["85000"],
    )
    await run.refused(OFFICER, f"{name}/unreviewed", evidence, "RECORD_NOT_ADOPTED", "未审核", "unreviewed")
    evidence.capture_id = run.facts.cases["unpublished"]
    await run.refused(OFFICER, f"{name}/unpublished", evidence, "RECORD_NOT_ADOPTED", "未公布", "unpublished")
    evidence.capture_id = run.facts.cases["55300"]
    await run.act(OFFICER, f"{name}/evidence", evidence)
    report = await run.file(OFFICER, pdf("调查报告", name))
    await run.act(
        OFFICER, f"{name}/report", cases.CloseInvestigationRequest(case_id=case_id, facts="超限6300千克", report=report)
    )


async def notify(run: Run, name: str, case_id: str, proposed: Iterable[pb.Penalty]) -> None:
    """The party is told what is intended, and has nothing to say."""
    report = await run.file(OFFICER, pdf("违法行为通知书", name))
    notice = cases.ServePenaltyNoticeRequest(
        case_id=case_id,
        notice_id=run.id(f"{name}/notice"),
        facts="超限6300千克",
        basis=BASIS,
        proposed=proposed,
        way=pb.SERVICE_WAY_DIRECT,
        officer_ids=run.ids(*INVESTIGATORS),
        document=report,
        proof=await run.file(OFFICER, pdf("送达回证", name)),
    )
    await run.act(LEADER, f"{name}/notice", notice)
    waiver = cases.RecordDefenceRequest(
        case_id=case_id, kind=pb.DEFENCE_KIND_WAIVED, hearing_waived=True, document=report
    )
    await run.act(OFFICER, f"{name}/waiver", waiver)


def decision(case_id: str, penalties: Iterable[pb.Penalty]) -> cases.DecideRequest:
    """A penalty."""
    return cases.DecideRequest(
        case_id=case_id,
        outcome=cases.OUTCOME_PENALTY,
        penalties=penalties,
        reasons="超限6300千克",
        basis=BASIS,
        correction="卸载",
    )


async def repeat(run: Run) -> None:
    """The truck is warned on the spot on the 20th, 23rd and 26th; five other trucks of the company once each."""
    size = commands.RecordFleetSizeRequest(
        subject_id=(await subject(run, follow_ups.SUBJECT_KIND_COMPANY)).subject.subject_id,
        number=COMPANY.id_number,
        name=COMPANY.name,
        trucks=50,
        as_of_on="2024-01-01",
        source="道路运输管理信息系统",
    )
    await run.act(CHIEF, "fleet", size)
    for nth, day in enumerate(("2024-12-20", "2024-12-23", "2024-12-26"), 2):
        await run.at(f"{day} 10:00")
        if day == "2024-12-20":
            run.facts.cases["expired"] = await weighed(run, "scale", 55_300)
        await warned(run, f"same/{nth}", PLATE)
        answer = await counted(run, follow_ups.SUBJECT_KIND_VEHICLE, nth)
        run.facts.cases[f"items/{nth}"] = str(len(answer.items))
    for nth in range(2, 7):
        await warned(run, f"other/{nth}", f"渝C·B000{nth}")
        answer = await counted(run, follow_ups.SUBJECT_KIND_COMPANY, nth, trucks=True)
        run.facts.cases[f"trucks/{nth}"] = str(len(answer.items))


async def warned(run: Run, name: str, plate: str) -> None:
    """A warning on the spot for at most 1,000 kg."""
    place = common.Place(division_code="510521", description="S438得胜段")
    observed = on_spot.ObserveOnSpotRequest(
        act_code=ACT,
        place=place,
        facts="超限800千克",
        party=COMPANY,
        vehicle=pb.Vehicle(plate=plate, plate_colour=COLOUR, type="重型自卸货车", owner=COMPANY.name),
        evidence=[on_spot.OnSpotEvidence(kind=pb.EVIDENCE_KIND_ELECTRONIC, description="称重单")],
        officer_ids=run.ids(*INVESTIGATORS),
        credentials_shown=True,
        identity_verified=True,
    )
    spot = (await run.act(OFFICER, f"{name}/observe", observed)).id
    warning = [pb.Penalty(kind=pb.PENALTY_KIND_WARNING)]
    decided = on_spot.DecideOnSpotRequest(
        on_spot_id=spot,
        penalties=warning,
        told_penalties=warning,
        reasons="超限800千克",
        basis=BASIS,
        facts_told=True,
        rights_told=True,
        defence=pb.DEFENCE_KIND_WAIVED,
        correction="卸载",
        form_number=f"川泸当罚{name}",
        handed_over=True,
        signature=on_spot.SIGNATURE_KIND_SIGNED,
        officer_ids=run.ids(*INVESTIGATORS),
        duplicate_decision=acts.DUPLICATE_DECISION_ANOTHER_ACT,
        duplicate_reason="另一车次",
    )
    await run.act(OFFICER, f"{name}/decide", decided)


async def subject(run: Run, kind: follow_ups.SubjectKind.ValueType, who: Officer = OFFICER) -> Any:
    """What an authority has counted of truck, driver or company."""
    return await run.ask(who, identity(kind))


def identity(kind: follow_ups.SubjectKind.ValueType) -> commands.GetSubjectRequest:
    party = COMPANY if kind == follow_ups.SUBJECT_KIND_COMPANY else DRIVER
    return commands.GetSubjectRequest(
        kind=kind, plate=PLATE, plate_colour=COLOUR, number=party.id_number, as_of_on="2024-12-31", purpose=CASE
    )


async def counted(
    run: Run, kind: follow_ups.SubjectKind.ValueType, number: int, *, trucks: bool = False, who: Officer = OFFICER
) -> Any:
    """The same once the counter has come to a number."""
    return await run.until(
        who,
        identity(kind),
        lambda answer: (answer.subject.violating_trucks if trucks else answer.subject.violations) >= number,
        f"第{number}次",
    )


async def close(run: Run) -> None:
    """The fine is paid at the bank on Friday 27 December, and the case is closed that day."""
    await run.at("2024-12-27 15:00")
    case_id = run.facts.cases["case"]
    await paid_by_code(run, OFFICER, case_id)
    await run.refused(CHIEF, "home/early", notice_of(run), "NOT_HANDLED", "未办结", "not handled")
    await run.act(LEADER, "close", cases.CloseCaseRequest(case_id=case_id, ground=pb.CLOSING_GROUND_PERFORMED))
    waiting = commands.ListFollowUpsRequest(case_id=case_id, stage="待抄告")
    await run.until(OFFICER, waiting, lambda answer: answer.follow_ups, "待抄告")


def notice_of(run: Run, **fields: Any) -> commands.SendHomeNoticeRequest:
    """The notice with what the officer knows besides."""
    rest = {"loading_note": "装载单缺失"} | fields
    return commands.SendHomeNoticeRequest(
        follow_up_id=follow_up_of(run.facts.cases["case"]), notice=notices.CopyNotice(**rest)
    )


async def inform(run: Run) -> None:
    """永川 is told on the 30th, and counts the violation of its truck."""
    await run.at("2024-12-30 09:00")
    incomplete = notice_of(run)
    incomplete.ClearField("notice")
    await run.refused(CHIEF, "home/incomplete", incomplete, "NOTICE_INCOMPLETE", "缺装载单", "incomplete")
    await run.act(CHIEF, "home", notice_of(run))
    await run.refused(CHIEF, "home/again", notice_of(run), "NOTICE_SENT", "已抄告", "sent")
    await counted(run, follow_ups.SUBJECT_KIND_VEHICLE, 1, who=cast.YONGCHUAN_CHIEF)
    await run.until(
        OFFICER,
        commands.ListFollowUpsRequest(case_id=run.facts.cases["case"]),
        lambda answer: answer.follow_ups and answer.follow_ups[0].stage == "抄告已送达",
        "抄告回执",
    )


async def handed_in(run: Run, file: Document) -> None:
    """A file that the scale stores at its node."""
    header = blobs.UploadHeader(upload_id=run.id(file.ref.sha256.hex()), sha256=file.ref.sha256, size=file.ref.size)
    parts = iter([blobs.UploadRequest(header=header), blobs.UploadRequest(data=file.content)])
    stub = blobs_grpc.BlobsServiceStub(run.calls.channel(LUXIAN))
    await stub.Upload(parts, timeout=20, metadata=bearer(run, "device", run.facts.cases["scale"]))


async def machine(run: Run, scope: str, request: Message, subject: str = "") -> Any:
    """A call of a device or of the platform for parties, by its own token; a device's names the device."""
    method = METHODS[type_name(request)]
    answer = message_class(method.output_type.full_name)
    assert answer is not None
    invoke = run.calls.channel(LUXIAN).unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=type(request).SerializeToString,
        response_deserializer=answer.FromString,
    )
    named = subject or getattr(request, "device_id", "") or scope
    return await invoke(request, timeout=20, metadata=bearer(run, scope, named))


def bearer(run: Run, scope: str, subject: str) -> tuple[tuple[str, str], ...]:
    """The token of a device or of the platform for parties."""
    token = run.cluster.layout.pki.token(LUXIAN, subject, scope=scope)
    return (("authorization", f"Bearer {token}"),)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
