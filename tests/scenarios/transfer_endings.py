"""Four transfers as officers act them, each of a case of its own, to the endings that `transfer_branches` has not.

judged    the police sign on paper and by their node; supplement; filed; judgment
spared    filed; property handed over; not prosecuted; property given back; returned
upheld    refused; supervision suggested; reasons asked and stated; the refusal is upheld; returned
forwarded the police send it on within 24 hours; the others sign, and decline
"""

from dataclasses import dataclass
from typing import Any

from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import supervision_pb2 as supervision

from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, LUXIAN_DEPUTY, LUXIAN_HEAD, POLICE
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, CRIME, CRIME_FACTS, SUSPECT
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.kernel.letter_code import letter_code
from services.kernel.messages import to_timestamp
from services.transfer.model.prosecution import prosecution_of
from services.transfer.model.supervision import supervision_of
from tests.scenarios.test_transfer_forwarding import CHIEF, OTHERS, SIGNER, register_yongchuan_police

MATERIALS = (
    pb.MATERIAL_KIND_TRANSFER_LETTER,
    pb.MATERIAL_KIND_INVESTIGATION_REPORT,
    pb.MATERIAL_KIND_GOODS_LIST,
)
VEHICLE = pb.Property(description="小型客车", quantity=1)


async def tell(run: Run) -> None:
    """All four, one after the other; `run.facts` keep nothing of them."""
    await run.at("2025-05-06 09:00")
    await register_yongchuan_police(run)
    await _judged(Matter(run, "judged"))
    await _spared(Matter(run, "spared"))
    await _upheld(Matter(run, "upheld"))
    await _forwarded(Matter(run, "forwarded"))


@dataclass(slots=True)
class Matter:
    """One transfer and its papers."""

    run: Run
    name: str
    transfer_id: str = ""
    referral_id: str = ""

    async def act(self, officer: cast.Officer, step: str, request: Any) -> common.Recorded:
        """A step, whatever it causes at the others having arrived before it."""
        await self.run.settled()
        return await self.run.act(officer, f"{self.name}/{step}", request)

    async def file(self, officer: cast.Officer, title: str) -> common.BlobRef:
        return await self.run.file(officer, pdf(title, self.name))

    async def sent(self) -> None:
        """A case is filed, and goes to the police."""
        run, team = self.run, INVESTIGATORS[0]
        clue = cases.RegisterClueRequest(
            source=case_events.CLUE_SOURCE_INSPECTION,
            act_code=ACT,
            act_on="2025-05-06",
            place=B.place,
            facts="伪造证件",
        )
        case_id = (await self.act(cast.LUXIAN_CHIEF, "clue", clue)).id
        party = case_events.Party(kind=case_events.PARTY_KIND_PERSON, name=self.name, id_number=case_id[-12:])
        filing = cases.FileCaseRequest(
            case_id=case_id, case_number=f"川泸2025-{self.name}", party=party, basis="行政处罚法 art. 54"
        )
        await self.act(LUXIAN_DEPUTY, "case", filing)
        opening = commands.OpenTransferRequest(
            case_id=case_id,
            case_number=filing.case_number,
            act_code="CL-280",
            suspected_crime=CRIME,
            facts=CRIME_FACTS,
            suspects=[SUSPECT],
            team_ids=run.ids(*INVESTIGATORS),
        )
        self.transfer_id = (await self.act(team, "open", opening)).id
        report = await self.file(team, "移送报告")
        submission = commands.SubmitReportRequest(transfer_id=self.transfer_id, summary=CRIME_FACTS, report=report)
        await self.act(team, "report", submission)
        await self.act(LUXIAN_HEAD, "approve", commands.ApproveTransferRequest(transfer_id=self.transfer_id))
        materials = [pb.Material(kind=kind, title="材料", file=report) for kind in MATERIALS]
        package = commands.SendTransferRequest(transfer_id=self.transfer_id, police_id=POLICE, materials=materials)
        await self.act(team, "send", package)
        self.referral_id = await self.arrived(cast.POLICE_TEAM[0])

    async def arrived(self, officer: cast.Officer) -> str:
        """Id of the referral at the police of that officer."""
        question = commands.GetReferralRequest(transfer_id=self.transfer_id)
        found = await self.run.until(officer, question, lambda answer: answer.referral.stage, "收到移送")
        return str(found.referral.referral_id)

    async def sign(self) -> None:
        await self.act(cast.POLICE_TEAM[0], "sign", commands.SignReceiptRequest(referral_id=self.referral_id))

    async def decide(self, outcome: commands.FilingOutcome.ValueType) -> None:
        """The police file, or refuse."""
        filed = outcome == commands.FILING_OUTCOME_FILED
        decision = commands.DecideFilingRequest(
            referral_id=self.referral_id,
            outcome=outcome,
            criminal_case_number=f"泸公(刑)立字〔2025〕{self.name}号" if filed else "",
            reasons="" if filed else "情节显著轻微",
            notice=await self.file(cast.POLICE_LEADER, "立案通知书" if filed else "不予立案通知书"),
        )
        await self.act(cast.POLICE_LEADER, "file" if filed else "refuse", decision)


async def _judged(matter: Matter) -> None:
    await matter.sent()
    await _receipt_on_paper(matter)
    await matter.sign()
    demand = commands.DemandSupplementRequest(
        referral_id=matter.referral_id, kinds=[pb.MATERIAL_KIND_EXPERT_OPINION], detail="缺少鉴定意见"
    )
    await matter.act(cast.POLICE_TEAM[0], "demand", demand)
    opinion = pb.Material(
        kind=pb.MATERIAL_KIND_EXPERT_OPINION, title="鉴定意见", file=await matter.file(INVESTIGATORS[0], "鉴定意见")
    )
    supplement = commands.SendSupplementRequest(transfer_id=matter.transfer_id, materials=[opinion])
    await matter.act(INVESTIGATORS[0], "supplement", supplement)
    await matter.decide(commands.FILING_OUTCOME_FILED)
    judgment = outcomes.TellJudgmentRequest(
        prosecution_id=prosecution_of(matter.transfer_id, POLICE),
        outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
        criminal_fine_fen=500_000,
        custody_days=180,
        effective_on="2025-05-06",
        judgment_number="（2025）川0521刑初66号",
        judgment=await matter.file(cast.PROSECUTOR, "刑事判决书"),
    )
    await matter.act(cast.PROSECUTOR, "judgment", judgment)
    await matter.act(LUXIAN_DEPUTY, "close", outcomes.CloseTransferRequest(transfer_id=matter.transfer_id))


async def _receipt_on_paper(matter: Matter) -> None:
    """The police sign the printed letter before their node has it signed; two officers of the team enter that."""
    run, (first, second) = matter.run, INVESTIGATORS
    number, code = "川泸交涉移〔2025〕1号", letter_code(matter.transfer_id)
    letter = paper.SendPrintedLetterRequest(
        transfer_id=matter.transfer_id,
        to_id=POLICE,
        number=number,
        code=code,
        letter=await matter.file(first, "移送书"),
        way="直接送达",
        officer_ids=run.ids(first, second),
    )
    await matter.act(first, "letter", letter)
    entry = paper.EnterPaperAnswerRequest(
        transfer_id=matter.transfer_id,
        kind=paper.PAPER_ANSWER_KIND_RECEIPT,
        letter_number=number,
        code=code,
        signed_at=to_timestamp(run.now),
        signer="石坚",
        scan=await matter.file(first, "移送书回执"),
    )
    await matter.act(first, "enter", entry)
    question = paper.ListPaperAnswersRequest(transfer_id=matter.transfer_id)
    [answer] = (await run.until(first, question, lambda found: found.answers, "纸质回执")).answers
    confirmation = paper.ConfirmPaperAnswerRequest(
        transfer_id=matter.transfer_id,
        answer_id=answer.answer_id,
        kind=entry.kind,
        letter_number=number,
        code=code,
        signed_at=entry.signed_at,
    )
    await matter.act(second, "confirm", confirmation)


async def _spared(matter: Matter) -> None:
    await matter.sent()
    await matter.sign()
    await matter.decide(commands.FILING_OUTCOME_FILED)
    hand_over = commands.HandOverPropertyRequest(
        transfer_id=matter.transfer_id,
        items=[VEHICLE],
        record=await matter.file(INVESTIGATORS[0], "移交笔录"),
        officer_ids=matter.run.ids(*INVESTIGATORS),
    )
    await matter.act(INVESTIGATORS[0], "hand-over", hand_over)
    confirmation = commands.ConfirmHandOverRequest(referral_id=matter.referral_id)
    await matter.act(cast.POLICE_TEAM[0], "confirm-hand-over", confirmation)
    decision = outcomes.DecideNonProsecutionRequest(
        prosecution_id=prosecution_of(matter.transfer_id, POLICE),
        ground=outcomes.NON_PROSECUTION_GROUND_MINOR,
        penalty_needed=True,
        decision=await matter.file(cast.PROSECUTOR, "不起诉决定书"),
    )
    await matter.act(cast.PROSECUTOR, "non-prosecution", decision)
    back = outcomes.ReturnPropertyRequest(
        referral_id=matter.referral_id,
        items=[VEHICLE],
        record=await matter.file(cast.POLICE_TEAM[0], "退还笔录"),
        officer_ids=matter.run.ids(*cast.POLICE_TEAM[:2]),
    )
    await matter.act(cast.POLICE_TEAM[0], "property", back)
    await _returned(matter, "不起诉")


async def _upheld(matter: Matter) -> None:
    await matter.sent()
    await matter.sign()
    await matter.decide(commands.FILING_OUTCOME_REFUSED)
    suggestion = supervision.SuggestSupervisionRequest(
        transfer_id=matter.transfer_id,
        grounds="已达追诉标准",
        letter=await matter.file(INVESTIGATORS[0], "立案监督建议书"),
    )
    await matter.act(INVESTIGATORS[0], "suggest", suggestion)
    supervision_id = supervision_of(matter.transfer_id, LUXIAN)
    question = supervision.AskReasonsRequest(
        supervision_id=supervision_id,
        questions="为何不立案",
        letter=await matter.file(cast.PROSECUTOR, "要求说明不立案理由通知书"),
    )
    await matter.act(cast.PROSECUTOR, "ask", question)
    reasons = supervision.StateReasonsRequest(
        referral_id=matter.referral_id,
        reasons="情节显著轻微",
        document=await matter.file(cast.POLICE_LEADER, "不立案理由说明书"),
    )
    await matter.act(cast.POLICE_LEADER, "state", reasons)
    result = supervision.ConcludeSupervisionRequest(
        supervision_id=supervision_id,
        result=supervision.SUPERVISION_RESULT_WELL_FOUNDED,
        reasons="理由成立",
        notice=await matter.file(cast.PROSECUTOR, "不立案理由审查意见"),
    )
    await matter.act(cast.PROSECUTOR, "uphold", result)
    await _returned(matter, "不立案理由成立")


async def _forwarded(matter: Matter) -> None:
    await matter.sent()
    await matter.sign()
    forward = forwarding.ForwardReferralRequest(
        referral_id=matter.referral_id,
        to_police_id=OTHERS,
        reason="伪造地在永川",
        notice=await matter.file(cast.POLICE_LEADER, "转送通知书"),
    )
    await matter.act(cast.POLICE_LEADER, "forward", forward)
    there = await matter.arrived(SIGNER)
    await matter.act(SIGNER, "sign-there", commands.SignReceiptRequest(referral_id=there))
    refusal = forwarding.DeclineReferralRequest(
        referral_id=there, reason="系职务犯罪线索", competent="监察机关", notice=await matter.file(CHIEF, "告知书")
    )
    await matter.act(CHIEF, "decline", refusal)
    await _returned(matter, "不属于公安机关管辖")


async def _returned(matter: Matter, reason: str) -> None:
    back = commands.ReturnToAdministrativeRequest(transfer_id=matter.transfer_id, reason=reason)
    await matter.act(LUXIAN_DEPUTY, "return", back)
    await matter.run.settled()
