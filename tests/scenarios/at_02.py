"""What AT-02 does, act by act, at 泸县: one case from clue to archive across Mid-Autumn and National Day 2024.

Each act is tried where the law forbids it, too; a wrong answer stops the story.
"""

from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.documents.v1 import service_pb2 as documents
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, Officer
from deploy.local.story.chapter_3_cases import LAW
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, FACTS, PARTIES
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp
from tests.scenarios.paying import paid_by_code
from tests.support.decider import instant

LEADER, CHIEF = cast.LUXIAN_DEPUTY, cast.LUXIAN_CHIEF
OFFICER, SUSPENDED = INVESTIGATORS[0], cast.LUXIAN_TEAM[2]
CHAIR: Final = Officer(LUXIAN, "chair", "秦守正", "法制股股长", (options.ROLE_HEARING_CHAIR,))
RECORDER: Final = Officer(LUXIAN, "recorder", "许志明", "法制股科员", (options.ROLE_RECORDER,))
REVIEWER: Final = Officer(LUXIAN, "reviewer", "董明法", "法制审核员", (options.ROLE_LEGAL_REVIEWER,))
CLERK: Final = Officer(LUXIAN, "clerk", "苏档", "案管员", (options.ROLE_CASE_MANAGER,))
FINE: Final = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=1_000_000)
HIGHER: Final = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=1_200_000)


async def tell(run: Run) -> None:
    """Every act of the case, in its order."""
    for part in (register, investigate, notify, hear, decide, serve, end):
        with run.chapter(part.__name__, part.__doc__ or ""):
            await part(run)


async def register(run: Run) -> None:
    """Chair, recorder, reviewer and case manager join the register; the reviewer has passed the examination."""
    for number, person in enumerate((CHAIR, RECORDER, REVIEWER, CLERK), 101):
        entry = officers.RegisterOfficerRequest(
            officer_id=run.officer_id(person),
            name=person.name,
            credential_number=f"{LUXIAN}-{number}",
            issuing_body="故事中的发证机关",
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=person.roles,
        )
        await administer(run, f"register/{person.key}", entry)
    passed = officers.RecordLegalQualificationRequest(officer_id=run.officer_id(REVIEWER), obtained_on="2019-04-01")
    await administer(run, "qualification", passed)


async def investigate(run: Run) -> None:
    """Filed on 9 September; the vehicle is seized, evidence registered; two officers, each with a credential."""
    await run.at("2024-09-09 09:00")
    clue = cases.RegisterClueRequest(
        source=pb.CLUE_SOURCE_INSPECTION, act_code=ACT, act_on="2024-09-09", place=B.place, facts=FACTS[B]
    )
    case_id = run.facts.cases["B"] = (await run.act(CHIEF, "clue", clue)).id
    filing = cases.FileCaseRequest(
        case_id=case_id, case_number="川泸2024-0042", party=PARTIES[B], basis="行政处罚法 art. 54"
    )
    await run.act(LEADER, "file", filing)
    alone = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(OFFICER))
    await refused(run, CHIEF, "TWO_OFFICERS_NEEDED", alone)
    await run.act(CHIEF, "team", cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*INVESTIGATORS)))
    await run.at("2024-09-10 09:00")
    await measure(run, "seizure", pb.MEASURE_KIND_SEIZURE)
    await run.at("2024-09-10 10:00")
    seizure = cases.SeizeRequest(
        **taken(run, "seizure"),
        vehicle_count=1,
        present=f"当事人{PARTIES[B].name}",
        presence=pb.PRESENCE_PARTY,
        informed=True,
        delivered=True,
        place=B.place,
        record=await file(run, "扣押决定书"),
        scene_record=await file(run, "现场笔录"),
    )
    await run.act(OFFICER, "seize", seizure)
    await run.at("2024-09-12 09:00")
    await measure(run, "preservation", pb.MEASURE_KIND_PRESERVATION)
    await run.at("2024-09-12 10:00")
    preservation = cases.PreserveEvidenceRequest(
        **taken(run, "preservation"), kept_at="证物室", record=await file(run, "证据登记保存清单")
    )
    await run.act(OFFICER, "preserve", preservation)
    await run.at("2024-09-20 09:00")
    suspension = officers.SuspendCredentialRequest(officer_id=run.officer_id(SUSPENDED), reason="接受调查")
    await administer(run, "suspension", suspension)
    await run.at("2024-09-23 09:00")
    evidence = cases.AddEvidenceRequest(
        case_id=case_id,
        evidence_id=run.id("evidence"),
        kind=pb.EVIDENCE_KIND_SCENE_RECORD,
        description="现场笔录",
        place=B.place,
        collector_ids=run.ids(OFFICER, SUSPENDED),
        file=await file(run, "现场笔录"),
    )
    await refused(run, OFFICER, "OFFICER_NOT_ACTIVE", evidence)
    evidence.collector_ids[:] = run.ids(*INVESTIGATORS)
    await run.act(OFFICER, "evidence", evidence)
    correction = cases.OrderCorrectionRequest(
        case_id=case_id,
        content="停止未经许可的客运经营",
        due_on="2024-09-26",
        officer_ids=run.ids(*INVESTIGATORS),
        way=pb.SERVICE_WAY_DIRECT,
        document=await file(run, "责令改正违法行为通知书"),
    )
    await refused(run, OFFICER, "PROOF_NEEDED", correction)
    correction.proof.CopyFrom(await file(run, "送达回证"))
    await run.act(OFFICER, "correction", correction)
    kept = cases.DecidePreservationRequest(
        case_id=case_id,
        measure_id=run.id("preservation"),
        outcome=pb.PRESERVATION_OUTCOME_RELEASED,
        document=await file(run, "解除证据登记保存决定书"),
        way=pb.SERVICE_WAY_DIRECT,
    )
    await refused(run, LEADER, "PROOF_NEEDED", kept)
    kept.proof.CopyFrom(await file(run, "送达回证"))
    await run.act(LEADER, "kept", kept)
    await run.at("2024-09-26 10:00")
    checked = cases.CheckCorrectionRequest(
        case_id=case_id, corrected=True, findings="已停止经营", officer_ids=run.ids(*INVESTIGATORS)
    )
    await run.act(OFFICER, "checked", checked)
    report = cases.CloseInvestigationRequest(case_id=case_id, facts=FACTS[B], report=await file(run, "调查报告"))
    await run.act(OFFICER, "report", report)
    await refused(run, LEADER, "NOTICE_BEFORE_DECISION", penalty(run))


async def notify(run: Run) -> None:
    """The notice is served on 27 September: 10,000 yuan are intended, and the party may ask for a hearing."""
    await run.at("2024-09-27 10:00")
    notice = cases.ServePenaltyNoticeRequest(
        case_id=run.facts.cases["B"],
        notice_id=run.id("notice"),
        facts=FACTS[B],
        basis="道路运输条例 art. 63",
        proposed=[FINE],
        way=pb.SERVICE_WAY_DIRECT,
        officer_ids=run.ids(*INVESTIGATORS),
    )
    await refused(run, OFFICER, "REPORT_NOT_APPROVED", notice)
    await refused(run, LEADER, "SERVED_DOCUMENT_NEEDED", notice)
    notice.document.CopyFrom(await file(run, "违法行为通知书"))
    await refused(run, LEADER, "PROOF_NEEDED", notice)
    notice.proof.CopyFrom(await file(run, "送达回证"))
    await run.act(LEADER, "notice", notice)
    defence = cases.RecordDefenceRequest(
        case_id=run.facts.cases["B"], kind=pb.DEFENCE_KIND_STATED, content="初次从事，请求从轻"
    )
    await run.act(OFFICER, "defence", defence)


async def hear(run: Run) -> None:
    """Asked for on 9 October, notified on the 11th, held on the 21st at the earliest, reported by its chair."""
    case_id = run.facts.cases["B"]
    await run.at("2024-10-09 10:00")
    request = hearing.RequestHearingRequest(case_id=case_id, request="请求听证")
    extension = cases.ExtendSeizureRequest(
        case_id=case_id,
        measure_id=run.id("seizure"),
        reason="案情复杂",
        notice=await file(run, "延长通知书"),
        way=pb.SERVICE_WAY_DIRECT,
        proof=await file(run, "送达回证"),
    )
    await run.act(LEADER, "extend", extension)
    await run.act(OFFICER, "request", request)
    await run.at("2024-10-11 09:00")
    await refused(run, OFFICER, "HEARING_REQUEST_LATE", request)
    call = hearing.NotifyHearingRequest(
        case_id=case_id,
        hearing_id=run.id("hearing"),
        place="局听证室",
        chair_id=run.officer_id(CHAIR),
        recorder_id=run.officer_id(RECORDER),
        held_at=to_timestamp(instant("2024-10-18 09:00")),
        document=await file(run, "听证通知书"),
        way=pb.SERVICE_WAY_DIRECT,
        proof=await file(run, "送达回证"),
    )
    await refused(run, CHIEF, "HEARING_TOO_SOON", call)
    call.held_at.CopyFrom(to_timestamp(instant("2024-10-21 09:00")))
    await run.act(CHIEF, "call", call)
    await refused(run, LEADER, "HEARING_OPEN", penalty(run))
    await run.at("2024-10-21 10:00")
    held = hearing.HoldHearingRequest(
        case_id=case_id,
        attendance=hearing.ATTENDANCE_PARTY,
        investigator_ids=run.ids(OFFICER),
        record=await file(run, "听证笔录"),
        signature=hearing.SIGNATURE_SIGNED,
    )
    await run.act(CHAIR, "held", held)
    await refused(run, LEADER, "HEARING_OPEN", penalty(run))
    await run.act(CHAIR, "reported", hearing.ReportHearingRequest(case_id=case_id, opinion="建议按告知内容处罚"))


async def decide(run: Run) -> None:
    """Reviewed because it was heard; decided on 5 November, the party absent, and not for more than it was told."""
    case_id = run.facts.cases["B"]
    await run.at("2024-10-24 10:00")
    await refused(run, LEADER, "AGGRAVATED_AFTER_DEFENCE", penalty(run, HIGHER))
    await refused(run, LEADER, "LEGAL_REVIEW_NEEDED", penalty(run))
    await run.act(OFFICER, "submit", review.SubmitForLegalReviewRequest(case_id=case_id, draft="拟罚款10000元"))
    opinion = review.CompleteLegalReviewRequest(case_id=case_id, passed=True, opinion="同意")
    await run.act(REVIEWER, "review", opinion)
    await run.at("2024-11-05 10:00")
    await run.act(LEADER, "decide", penalty(run))
    release = cases.ReleaseSeizureRequest(
        case_id=case_id, measure_id=run.id("seizure"), reason="案件已决定", way=pb.SERVICE_WAY_DIRECT
    )
    await refused(run, LEADER, "SERVED_DOCUMENT_NEEDED", release)
    release.document.CopyFrom(await file(run, "解除行政强制措施决定书"))
    await refused(run, LEADER, "PROOF_NEEDED", release)
    release.proof.CopyFrom(await file(run, "送达回证"))
    await run.act(LEADER, "release", release)


async def serve(run: Run) -> None:
    """Served on 12 November within seven working days; public on the 13th, compared by a second person."""
    case_id = run.facts.cases["B"]
    await run.at("2024-11-12 10:00")
    service = cases.ServeDecisionRequest(case_id=case_id, way=pb.SERVICE_WAY_DIRECT)
    await refused(run, OFFICER, "PROOF_NEEDED", service)
    service.proof.CopyFrom(await file(run, "送达回证"))
    await run.act(OFFICER, "serve", service)
    await run.at("2024-11-13 10:00")
    copy = publication.ProposePublicationRequest(case_id=case_id, publication_id=run.id("copy"))
    await refused(run, OFFICER, "DECISION_NOT_ON_FILE", copy)
    await issue_decision(run)
    copy.text = "另一份文本"
    await refused(run, OFFICER, "TEXT_NOT_THE_DECISION", copy)
    copy.text = ""
    await run.act(OFFICER, "propose", copy)
    check = publication.CheckPublicationRequest(case_id=case_id, publication_id=run.id("copy"), passed=True)
    await refused(run, OFFICER, "SECOND_PERSON_NEEDED", check)
    await run.act(CHIEF, "check", check)
    public = publication.PublishDecisionRequest(case_id=case_id, publication_id=run.id("copy"), channel="门户网站")
    await run.act(CHIEF, "publish", public)


async def end(run: Run) -> None:
    """Paid at the bank, closed by a leader, archived by the case manager."""
    case_id = run.facts.cases["B"]
    await run.at("2024-11-20 10:00")
    close = cases.CloseCaseRequest(case_id=case_id, ground=pb.CLOSING_GROUND_PERFORMED)
    await refused(run, LEADER, "NOT_PERFORMED", close)
    await pay(run)
    await run.act(LEADER, "close", close)
    await run.at("2024-11-21 10:00")
    archive = side.ArchiveCaseRequest(case_id=case_id, package=await file(run, "案卷包"), shelf="2024-A-17")
    await refused(run, CLERK, "PACKAGE_NOT_BUILT", archive)
    archive.package.CopyFrom(await package(run))
    await run.act(CLERK, "archive", archive)


async def issue_decision(run: Run) -> None:
    """The decision on its form."""
    sheet = documents.IssueDocumentRequest(form="F15", matter_id=run.facts.cases["B"])
    sheet.inputs.update({"violated": "《中华人民共和国道路运输条例》第十条"})
    issued = await run.act(OFFICER, "decision sheet", sheet)
    question = documents.GetDocumentRequest(document_id=issued.id)
    await run.until(OFFICER, question, lambda answer: answer.document.state == "已生成", "决定书已生成")


async def package(run: Run) -> Any:
    """The package of the file: its papers were made elsewhere, and the reason says so."""
    building = documents.BuildArchiveRequest(matter_id=run.facts.cases["B"])
    await refused(run, CLERK, "FILE_INCOMPLETE", building)
    building.reason = "其余文书以纸质形成，另行补扫"
    built = await run.act(CLERK, "package", building)
    return (await run.ask(CLERK, documents.GetArchiveRequest(archive_id=built.id))).archive.package


async def pay(run: Run) -> None:
    """The party pays what the decision says."""
    await paid_by_code(run, OFFICER, run.facts.cases["B"])


def penalty(run: Run, fine: pb.Penalty = FINE) -> cases.DecideRequest:
    return cases.DecideRequest(
        case_id=run.facts.cases["B"],
        outcome=cases.OUTCOME_PENALTY,
        penalties=[fine],
        reasons=FACTS[B],
        basis="道路运输条例 art. 63",
        defence_review="初次从事不影响违法事实的认定，不予采纳",
    )


async def refused(run: Run, officer: Officer, reason: str, request: Any) -> None:
    name = f"refused/{reason}/{run.now.astimezone(SHANGHAI):%m-%d-%H}"
    await run.refused(officer, name, type(request).FromString(request.SerializeToString()), reason, reason, reason)


async def administer(run: Run, name: str, request: Any) -> None:
    request.command_id = run.id(f"step/{name}")
    request.occurred_at.CopyFrom(to_timestamp(run.now))
    await run.administer(LUXIAN, request)


async def measure(run: Run, name: str, kind: pb.MeasureKind.ValueType) -> None:
    seizes = kind == pb.MEASURE_KIND_SEIZURE
    approval = cases.ApproveMeasureRequest(
        case_id=run.facts.cases["B"],
        measure_id=run.id(name),
        kind=kind,
        law_basis=LAW if seizes else "",
        reason="证据可能灭失或者以后难以取得",
        no_compulsion=pb.NoCompulsionAnswer(ruleset="渝交规〔2023〕8号", reason="不在清单内") if seizes else None,
    )
    await run.act(LEADER, f"approve/{name}", approval)


def taken(run: Run, name: str) -> dict[str, Any]:
    return {
        "case_id": run.facts.cases["B"],
        "measure_id": run.id(name),
        "items": [pb.Item(description="小型客车", quantity=1)],
        "officer_ids": run.ids(*INVESTIGATORS),
    }


async def file(run: Run, title: str) -> Any:
    return await run.file(OFFICER, pdf(title, PARTIES[B].name))
