"""One case of the normal procedure (普通程序) at 泸县 with every document that it calls for: each is issued on its form
before or after its step, as the law has it, and the step takes the sheet that was made. Dates are those of AT-02.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as documents
from enforcement.documents.v1 import service_pb2 as sheets
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story.cast import INVESTIGATORS, LUXIAN, Officer
from deploy.local.story.chapter_3_cases import LAW
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, FACTS, PARTIES, VEHICLES
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from tests.scenarios.at_02 import (
    CHAIR,
    CHIEF,
    CLERK,
    FINE,
    LEADER,
    OFFICER,
    RECORDER,
    REVIEWER,
    administer,
    measure,
    pay,
    penalty,
    register,
    taken,
)
from tests.support.decider import instant

CAUSE: Final = "涉嫌未取得道路旅客运输经营许可从事道路旅客运输经营"
VIOLATED: Final = "《中华人民共和国道路运输条例》第十条"
STATUTE: Final = "《中华人民共和国道路运输条例》第六十三条"
SECOND: Final = Officer(LUXIAN, "second", "宋安", "副局长", (options.ROLE_LEADER,))
REPORTER: Final = "李大明"
"""Reported the act: a third person, whose name no public copy has."""
BOTH: Final = tuple((one, options.ROLE_INVESTIGATOR) for one in INVESTIGATORS)
VEHICLE: Final = {"description": "小型客车", "quantity": 1, "unit": "辆"}
ISSUED: Final = (
    *(f"F{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 23, 24)),
    *(f"X{n}" for n in (1, 2, 3, 5, 6, 8, 16, 17, 34)),
)
"""Every form that a case has which was heard, reviewed, discussed, decided, served, published, performed and closed."""
Signing = tuple[tuple[Officer, options.Role.ValueType], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document that was issued and rendered."""

    form: str
    number: str
    document_id: str
    file: common.BlobRef


@dataclass(slots=True)
class Clerk:
    """Issues documents, and knows what was issued."""

    run: Run
    issued: dict[str, Sheet]

    async def issue(
        self,
        form: str,
        values: Mapping[str, Any],
        *,
        by: Officer = OFFICER,
        signed: Signing = (),
        party_signs: bool = False,
    ) -> common.BlobRef:
        """Issues a form and waits for its sheet, which it returns as the file that the step takes."""
        run = self.run
        request = sheets.IssueDocumentRequest(
            form=form,
            matter_id=run.facts.cases["B"],
            signers=[sheets.SignerRequest(officer_id=run.officer_id(who), role=role) for who, role in signed],
        )
        request.inputs.update(dict(values))
        if party_signs:
            request.party_signing.way = documents.PARTY_SIGNATURE_SIGNED
            request.party_signing.signed_on = run.now.date().isoformat()
        document_id = (await run.act(by, f"issue/{form}", request)).id
        question = sheets.GetDocumentRequest(document_id=document_id)
        answer = await run.until(by, question, lambda found: found.document.state == "已生成", f"{form}已生成")
        file: common.BlobRef = answer.document.versions[-1].file
        self.issued[form] = Sheet(form, answer.document.number, document_id, file)
        return file


async def tell(run: Run) -> dict[str, Sheet]:
    """Every act of the case, in its order. Returns what was issued, by form."""
    clerk = Clerk(run, {})
    await register(run)
    await _register_second(run)
    for part in (file_case, investigate, seize, conclude, notify, hear, decide, serve, publish, end):
        await part(run, clerk)
    return clerk.issued


async def _register_second(run: Run) -> None:
    """One leader is no collective."""
    entry = officers.RegisterOfficerRequest(
        officer_id=run.officer_id(SECOND),
        name=SECOND.name,
        credential_number=f"{LUXIAN}-105",
        issuing_body="故事中的发证机关",
        valid_from_on="2023-01-01",
        valid_to_on="2027-12-31",
        roles=SECOND.roles,
    )
    await administer(run, "register/second", entry)


async def _handed(run: Run, title: str) -> dict[str, Any]:
    """How a sheet is handed over."""
    return {"way": pb.SERVICE_WAY_DIRECT, "proof": await run.file(OFFICER, pdf("送达回证", title))}


def _case(run: Run) -> str:
    return str(run.facts.cases["B"])


def _times(run: Run) -> dict[str, str]:
    """When a record began and ended: now, and as it says."""
    return {"started_at": run.now.isoformat(), "ended_at": run.now.isoformat(), "at_place": "泸永桥交界处"}


async def file_case(run: Run, clerk: Clerk) -> None:
    """A report that was verified; filed by a leader, who signs the form."""
    await run.at("2024-09-09 09:00")
    clue = cases.RegisterClueRequest(
        source=pb.CLUE_SOURCE_REPORT,
        reporter=REPORTER,
        verification="经现场核查属实",
        act_code=ACT,
        act_on="2024-09-09",
        place=B.place,
        facts=FACTS[B],
        party=PARTIES[B],
        vehicle=VEHICLES[B],
    )
    run.facts.cases["B"] = (await run.act(CHIEF, "clue", clue)).id
    chief = ((CHIEF, options.ROLE_UNIT_CHIEF),)
    await clerk.issue("X1", {"suggestion": "建议立案调查。"}, signed=(BOTH[0], *chief))
    filing = cases.FileCaseRequest(case_id=_case(run), case_number="川泸2024-0042", party=PARTIES[B], basis=STATUTE)
    await run.act(LEADER, "file", filing)
    opinions = {"cause": CAUSE, "chief_opinion": "事实基本清楚，建议立案。", "leader_opinion": "同意立案。"}
    await clerk.issue("F1", opinions, signed=(*chief, (LEADER, options.ROLE_LEADER)))
    team = cases.AssignOfficersRequest(case_id=_case(run), officer_ids=run.ids(*INVESTIGATORS))
    await run.act(CHIEF, "team", team)


async def investigate(run: Run, clerk: Clerk) -> None:
    """Records of questions, inspection and scene; a sample; the order to correct."""
    asked = {"name": PARTIES[B].name, "id_number": PARTIES[B].id_number, "phone": PARTIES[B].phone}
    dialogue = [{"q": "是否取得道路旅客运输经营许可？", "a": "没有。"}, {"q": "以上是否属实？", "a": "属实。"}]
    question = {**_times(run), "asked": asked, "relation": "当事人", "dialogue": dialogue}
    record = await clerk.issue("F2", question, signed=BOTH, party_signs=True)
    await _add(run, "questions", pb.EVIDENCE_KIND_PARTY_STATEMENT, "询问笔录，证明收取车费", record)
    inspection = {**_times(run), "result": "车辆为小型客车，搭载5名乘客。"}
    record = await clerk.issue("F3", inspection, signed=BOTH, party_signs=True)
    await _add(run, "inspection", pb.EVIDENCE_KIND_SCENE_RECORD, "勘验笔录，证明车辆情况", record)
    goods = {**_times(run), "items": [{"description": "车票样张", "quantity": 1}]}
    receipt = await clerk.issue("F5", goods, signed=BOTH, party_signs=True)
    sample = evidence.TakeSampleRequest(
        case_id=_case(run),
        evidence_id=run.id("sample"),
        description="车票样张",
        sample_count=1,
        present=f"当事人{PARTIES[B].name}",
        place=B.place,
        officer_ids=run.ids(*INVESTIGATORS),
        receipt=receipt,
        seal="封001",
    )
    await run.act(OFFICER, "sample", sample)
    order = {
        "violated": VIOLATED,
        "law_basis": "《中华人民共和国行政处罚法》第二十八条",
        "correction": "停止未经许可的客运经营",
        "due": "在规定日期前改正或者整改完毕",
        "correction_due_on": "2024-09-26",
    }
    correction = cases.OrderCorrectionRequest(
        case_id=_case(run),
        content="停止未经许可的客运经营",
        due_on="2024-09-26",
        officer_ids=run.ids(*INVESTIGATORS),
        document=await clerk.issue("F16", order, signed=BOTH, party_signs=True),
        way=pb.SERVICE_WAY_DIRECT,
        proof=await run.file(OFFICER, pdf("送达回证", "责令改正违法行为通知书")),
    )
    await run.act(OFFICER, "correction", correction)


async def _add(run: Run, name: str, kind: pb.EvidenceKind.ValueType, what: str, file: common.BlobRef) -> None:
    piece = cases.AddEvidenceRequest(
        case_id=_case(run),
        evidence_id=run.id(name),
        kind=kind,
        description=what,
        place=B.place,
        collector_ids=run.ids(*INVESTIGATORS),
        file=file,
    )
    await run.act(OFFICER, f"evidence/{name}", piece)


async def seize(run: Run, clerk: Clerk) -> None:
    """The vehicle is seized, evidence registered and released again."""
    await run.at("2024-09-10 09:00")
    await measure(run, "seizure", pb.MEASURE_KIND_SEIZURE)
    await run.at("2024-09-10 10:00")
    held = {
        "law_basis": LAW,
        "items": [VEHICLE],
        "measure": "扣押车辆",
        "held_from": "2024-09-10",
        "held_until": "2024-10-10",
    }
    decision = await clerk.issue("F8", held, signed=BOTH, party_signs=True)
    present = {"name": PARTIES[B].name, "id_number": PARTIES[B].id_number}
    scene = {**_times(run), "present": present, "relation": "当事人", "scene": "当场扣押车辆，告知权利，听取陈述申辩。"}
    record = await clerk.issue("F4", scene, signed=BOTH, party_signs=True)
    seizure = cases.SeizeRequest(
        **taken(run, "seizure"),
        vehicle_count=1,
        present=f"当事人{PARTIES[B].name}",
        presence=pb.PRESENCE_PARTY,
        informed=True,
        delivered=True,
        place=B.place,
        record=decision,
        scene_record=record,
    )
    await run.act(OFFICER, "seize", seizure)
    await run.at("2024-09-12 09:00")
    await measure(run, "preservation", pb.MEASURE_KIND_PRESERVATION)
    await run.at("2024-09-12 10:00")
    kept = {"cause": CAUSE, "items": [VEHICLE], "kept_from": "2024-09-12", "kept_until": "2024-09-24"}
    listed = await clerk.issue("F6", kept, signed=BOTH, party_signs=True)
    preservation = cases.PreserveEvidenceRequest(**taken(run, "preservation"), kept_at="证物室", record=listed)
    await run.act(OFFICER, "preserve", preservation)
    await run.at("2024-09-23 09:00")
    released = cases.DecidePreservationRequest(
        case_id=_case(run),
        measure_id=run.id("preservation"),
        outcome=pb.PRESERVATION_OUTCOME_RELEASED,
        document=await clerk.issue("F7", {"released_on": "2024-09-23", "ground": "已经核实"}),
        **await _handed(run, "解除证据登记保存决定书"),
    )
    await run.act(LEADER, "kept", released)


async def conclude(run: Run, clerk: Clerk) -> None:
    """The correction is checked, and the report ends the investigation."""
    await run.at("2024-09-26 10:00")
    checked = cases.CheckCorrectionRequest(
        case_id=_case(run), corrected=True, findings="已停止经营", officer_ids=run.ids(*INVESTIGATORS)
    )
    await run.act(OFFICER, "checked", checked)
    values = {"facts": FACTS[B], "violated": VIOLATED, "proposal": "建议罚款1万元。", "chief_opinion": "同意。"}
    report = await clerk.issue("X2", values, signed=(*BOTH, (CHIEF, options.ROLE_UNIT_CHIEF)))
    closing = cases.CloseInvestigationRequest(case_id=_case(run), facts=FACTS[B], report=report)
    await run.act(OFFICER, "report", closing)


async def notify(run: Run, clerk: Clerk) -> None:
    """The party is told, confirms its address, states its defence; the seizure is prolonged."""
    await run.at("2024-09-27 10:00")
    told = {
        "found_by": "根据举报核查发现",
        "notice_facts": FACTS[B],
        "violated": VIOLATED,
        "notice_basis": STATUTE,
        "proposed": [{"kind": FINE.kind, "amount_fen": FINE.amount_fen}],
        "hearing": True,
    }
    notice = cases.ServePenaltyNoticeRequest(
        case_id=_case(run),
        notice_id=run.id("notice"),
        facts=FACTS[B],
        basis=STATUTE,
        proposed=[FINE],
        way=pb.SERVICE_WAY_DIRECT,
        officer_ids=run.ids(*INVESTIGATORS),
        document=await clerk.issue("F11", told),
        proof=await run.file(OFFICER, pdf("送达回证", "违法行为通知书")),
    )
    await run.act(LEADER, "notice", notice)
    address = {
        "service_address": PARTIES[B].address,
        "receiver": PARTIES[B].name,
        "receiver_phone": PARTIES[B].phone,
        "electronic": True,
        "mobile": PARTIES[B].phone,
    }
    confirmation = await clerk.issue("X8", address, signed=BOTH[:1], party_signs=True)
    confirmed = delivery.ConfirmDeliveryAddressRequest(
        case_id=_case(run),
        address=PARTIES[B].address,
        receiver=PARTIES[B].name,
        electronic=True,
        system=f"短信 {PARTIES[B].phone}",
        document=confirmation,
    )
    await run.act(OFFICER, "address", confirmed)
    said = "初次从事，请求从轻"
    statement = {**_times(run), "stated_by": {"name": PARTIES[B].name}, "statement": said}
    record = await clerk.issue("X3", statement, signed=BOTH, party_signs=True)
    defence = cases.RecordDefenceRequest(case_id=_case(run), kind=pb.DEFENCE_KIND_STATED, content=said, document=record)
    await run.act(OFFICER, "defence", defence)
    await run.at("2024-10-09 10:00")
    longer = await clerk.issue("F9", {"ground": "案情复杂"})
    extension = cases.ExtendSeizureRequest(
        case_id=_case(run),
        measure_id=run.id("seizure"),
        reason="案情复杂",
        notice=longer,
        **await _handed(run, "延长行政强制措施期限通知书"),
    )
    await run.act(LEADER, "extend", extension)


async def hear(run: Run, clerk: Clerk) -> None:
    """The party asks for a hearing, is called, heard, and the chair reports."""
    await run.act(OFFICER, "request", hearing.RequestHearingRequest(case_id=_case(run), request="请求听证"))
    await run.at("2024-10-11 09:00")
    place = "局听证室"
    at = instant("2024-10-21 09:00")
    names = {"chair": CHAIR.name, "hearing_recorder": RECORDER.name}
    called = {"hearing_at": at.isoformat(), "hearing_place": place, "public": True, **names}
    call = hearing.NotifyHearingRequest(
        case_id=_case(run),
        hearing_id=run.id("hearing"),
        place=place,
        chair_id=run.officer_id(CHAIR),
        recorder_id=run.officer_id(RECORDER),
        held_at=to_timestamp(at),
        document=await clerk.issue("F12", called),
        way=pb.SERVICE_WAY_DIRECT,
        proof=await run.file(OFFICER, pdf("送达回证", "听证通知书")),
    )
    await run.act(CHIEF, "call", call)
    await run.at("2024-10-21 10:00")
    chair = ((CHAIR, options.ROLE_HEARING_CHAIR),)
    heard = {**_times(run), "record": "主持人：核对身份……\n当事人：请求从轻。"}
    signed = (*chair, (RECORDER, options.ROLE_RECORDER))
    record = await clerk.issue("F13", heard, by=CHAIR, signed=signed, party_signs=True)
    held = hearing.HoldHearingRequest(
        case_id=_case(run),
        attendance=hearing.ATTENDANCE_PARTY,
        investigator_ids=run.ids(OFFICER),
        record=record,
        signature=hearing.SIGNATURE_SIGNED,
    )
    await run.act(CHAIR, "held", held)
    opinion = "建议按告知内容处罚"
    views = {"claims": "当事人到场，执法人员出示证据并经质证。", "views": "当事人请求从轻。", "proposal": opinion}
    report = await clerk.issue("X16", views, by=CHAIR, signed=chair)
    await run.act(CHAIR, "reported", hearing.ReportHearingRequest(case_id=_case(run), opinion=opinion, report=report))


async def decide(run: Run, clerk: Clerk) -> None:
    """Reviewed, discussed by the leaders because it is called major, and decided on 5 November."""
    await run.at("2024-10-24 10:00")
    major = notices.ClassifyCaseRequest(case_id=_case(run), complex_or_major=True, reason="涉及公共客运")
    await run.act(LEADER, "major", major)
    await run.act(OFFICER, "submit", review.SubmitForLegalReviewRequest(case_id=_case(run), draft="拟罚款10000元"))
    reviewed = {
        "submitted_on": "2024-10-24",
        "reviewed": "主体、权限、事实、证据、程序、法律适用、裁量、文书。",
        "review_opinion": "同意。",
        "leader_opinion": "同意。",
    }
    signed = ((REVIEWER, options.ROLE_LEGAL_REVIEWER), (LEADER, options.ROLE_LEADER))
    opinion = review.CompleteLegalReviewRequest(
        case_id=_case(run),
        passed=True,
        opinion="同意。",
        document=await clerk.issue("X5", reviewed, by=REVIEWER, signed=signed),
    )
    await run.act(REVIEWER, "review", opinion)
    await run.at("2024-11-05 10:00")
    leaders = (LEADER, SECOND)
    discussed = {
        **_times(run),
        "host": LEADER.name,
        "attendees": "、".join(one.name for one in leaders),
        "discussion": "\n".join(f"{one.name}：同意。" for one in leaders),
        "conclusion": "给予行政处罚：罚款1万元",
    }
    record = await clerk.issue("X6", discussed, by=LEADER, signed=tuple((one, options.ROLE_LEADER) for one in leaders))
    discussion = review.RecordCollectiveDiscussionRequest(
        case_id=_case(run),
        conclusion=review.DISCUSSION_CONCLUSION_PENALTY,
        penalties=[FINE],
        participant_ids=run.ids(*leaders),
        opinions=[review.Opinion(officer_id=run.officer_id(one), opinion="同意。") for one in leaders],
        record=record,
    )
    await run.act(LEADER, "discussed", discussion)
    await run.act(LEADER, "decide", penalty(run))
    await clerk.issue("F15", {"violated": VIOLATED, "basis": STATUTE})
    released = {"ground": "案件已决定", "released_on": run.now.date().isoformat()}
    release = cases.ReleaseSeizureRequest(
        case_id=_case(run),
        measure_id=run.id("seizure"),
        reason="案件已决定",
        document=await clerk.issue("F10", released, party_signs=True),
        **await _handed(run, "解除行政强制措施决定书"),
    )
    await run.act(LEADER, "release", release)


async def serve(run: Run, clerk: Clerk) -> None:
    """The decision is handed over, and the proof of service says so."""
    await run.at("2024-11-12 10:00")
    served = {
        "title": "行政处罚决定书",
        "number": clerk.issued["F15"].number,
        "way": "直接送达",
        "at": run.now.isoformat(),
    }
    proof = await clerk.issue("F23", {"cause": CAUSE, "deliveries": [served]}, signed=BOTH, party_signs=True)
    service = cases.ServeDecisionRequest(case_id=_case(run), way=pb.SERVICE_WAY_DIRECT, proof=proof)
    await run.act(OFFICER, "serve", service)


async def publish(run: Run, clerk: Clerk) -> None:
    """The decision on file is public, redacted by rule and compared by a second person; the file keeps the copy."""
    await run.at("2024-11-13 10:00")
    about: dict[str, Any] = {"case_id": _case(run), "publication_id": run.id("copy")}
    await run.act(CLERK, "propose", publication.ProposePublicationRequest(**about))
    await run.act(CHIEF, "check", publication.CheckPublicationRequest(**about, passed=True))
    await run.act(CLERK, "publish", publication.PublishDecisionRequest(**about, channel="门户网站"))
    await clerk.issue("X34", {}, by=CLERK)


async def end(run: Run, clerk: Clerk) -> None:
    """Paid at the bank; reported, closed by a leader, visited, archived as the package that was built."""
    await run.at("2024-11-20 10:00")
    await pay(run)
    opinions = {"chief_opinion": "建议结案。", "leader_opinion": "同意结案。"}
    signed = (*BOTH, (CHIEF, options.ROLE_UNIT_CHIEF), (LEADER, options.ROLE_LEADER))
    await clerk.issue("F24", opinions, signed=signed)
    closing = cases.CloseCaseRequest(case_id=_case(run), ground=pb.CLOSING_GROUND_PERFORMED)
    await run.act(LEADER, "close", closing)
    visit = {"visited_on": "2024-11-20", "visit_way": "电话回访", "corrected": "已停止经营。", "opinions": "无。"}
    await clerk.issue("X17", visit, signed=BOTH[:1], party_signs=True)
    await run.at("2024-11-21 10:00")


async def archive(run: Run, archive_id: str) -> None:
    """The case manager archives the case as a package."""
    built = (await run.ask(CLERK, sheets.GetArchiveRequest(archive_id=archive_id))).archive
    archived = side.ArchiveCaseRequest(case_id=_case(run), package=built.package, shelf="2024-A-17")
    await run.act(CLERK, "archive", archived)
