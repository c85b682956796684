"""Opinions and a clue as officers act them: one answered and acknowledged, one withdrawn when it had a case, one on
paper and electronically; a clue sent, its list of readers changed, its outcome told."""

from typing import Any

from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import discipline_pb2 as clues
from enforcement.transfer.v1 import opinion_pb2 as pb

from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, PROCURATORATE, PROSECUTOR
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from services.transfer.model.opinion_case import opinion_case_of

HANDLER, CHIEF, DEPUTY = INVESTIGATORS[0], cast.LUXIAN_CHIEF, cast.LUXIAN_DEPUTY
KEEPER = cast.Officer(PROCURATORATE, "keeper", "顾明", "线索专管人员", (options.ROLE_CLUE_KEEPER,))
INQUIRER = cast.Officer(PROCURATORATE, "inquirer", "岳清", "承办人员", (options.ROLE_PROSECUTOR,))
LETTER = pdf("回复", "检察意见回复")
ACT_ON = {"answered": "2025-02-11", "withdrawn": "2024-10-08", "copy": "2024-06-04"}


async def tell(run: Run) -> None:
    """All of it, in the spring of 2025."""
    await run.at("2025-04-08 09:00")
    await _clue(run)
    await run.at("2025-04-10 10:00")
    await run.act(CHIEF, "opinion/enter", await _paper(run))
    for name in ("answered", "withdrawn", "copy"):
        await _issue(run, name)
    await run.at("2025-04-14 09:00")
    for name in ("answered", "withdrawn"):
        await _handle(run, name)
    await run.at("2025-05-12 09:00")
    await _ended(run)
    await run.settled()


async def _clue(run: Run) -> None:
    for officer in (KEEPER, INQUIRER):
        await _register(run, officer)
    content = clues.ClueContent(kind=clues.MISCONDUCT_KIND_DERELICTION, person="某科长", matter="应移送未移送")
    noted = await run.act(HANDLER, "clue/note", clues.NoteClueRequest(content=content))
    await run.act(HANDLER, "clue/send", clues.SendClueRequest(clue_id=noted.id, receiver_id=PROCURATORATE))
    there = await run.until(KEEPER, clues.ListCluesRequest(), lambda answer: answer.clues, "收到线索")
    clue_id = there.clues[0].clue_id
    sign = clues.SignClueReceiptRequest(clue_id=clue_id, register_number="收〔2025〕1号")
    await run.act(KEEPER, "clue/sign", sign)
    reader = {"clue_id": clue_id, "reason": "承办人变更"}
    admit = clues.AdmitReceivedClueReaderRequest(officer_id=run.officer_id(INQUIRER), **reader)
    await run.act(KEEPER, "clue/admit", admit)
    remove = clues.RemoveReceivedClueReaderRequest(officer_id=run.officer_id(KEEPER), **reader)
    await run.act(INQUIRER, "clue/remove", remove)
    outcome = clues.TellClueOutcomeRequest(clue_id=clue_id, outcome=clues.CLUE_OUTCOME_FILED)
    await run.act(INQUIRER, "clue/outcome", outcome)
    await run.settled()


async def _register(run: Run, officer: cast.Officer) -> None:
    await run.administer(
        officer.authority_id,
        officers.RegisterOfficerRequest(
            command_id=run.id(f"register/{officer.key}"),
            officer_id=run.officer_id(officer),
            occurred_at=to_timestamp(run.now),
            name=officer.name,
            credential_number=f"证-{officer.key}",
            issuing_body="发证机关",
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=officer.roles,
        ),
    )


def _content(name: str, document: common.BlobRef) -> dict[str, Any]:
    return {
        "opinion_number": f"泸县检行意〔2025〕{len(name)}号",
        "decision_number": "泸县检刑不诉〔2025〕7号",
        "act_code": "RTR-63-2",
        "act_on": ACT_ON[name],
        "place": common.Place(division_code="510521", description="国道G246 立石镇"),
        "facts": "持伪造的道路运输证从事旅客运输经营",
        "request": "依法给予行政处罚",
        "reply_period": pb.ReplyPeriod(months=2),
        "document": document,
        "persons": [pb.OpinionPerson(name="涂某某", id_number="510521198803034321")],
    }


async def _paper(run: Run) -> pb.EnterOpinionRequest:
    content = pb.OpinionContent(decided_on="2025-04-07", **_content("copy", await run.file(CHIEF, LETTER)))
    return pb.EnterOpinionRequest(
        opinion_case_id=run.id("opinion/paper"), procuratorate_name="泸县人民检察院", content=content
    )


async def _issue(run: Run, name: str) -> None:
    opinion_id, document = run.id(f"opinion/{name}"), await run.file(PROSECUTOR, LETTER)
    review = pb.OpenOpinionReviewRequest(opinion_id=opinion_id, bureau_id=LUXIAN, decided_on="2025-04-07")
    await run.act(PROSECUTOR, f"opinion/{name}/review", review)
    issue = pb.IssueOpinionRequest(
        opinion_id=opinion_id, bureau_id=LUXIAN, decision=document, **_content(name, document)
    )
    await run.act(PROSECUTOR, f"opinion/{name}/issue", issue)
    await run.settled()


async def _handle(run: Run, name: str) -> None:
    own = opinion_case_of(run.id(f"opinion/{name}"), PROCURATORATE)
    register = pb.RegisterOpinionRequest(
        opinion_case_id=own, registration_number=f"收-{name}", handler_ids=run.ids(*INVESTIGATORS)
    )
    await run.act(CHIEF, f"opinion/{name}/register", register)
    if name == "answered":
        return
    assess = pb.AssessCompetenceRequest(opinion_case_id=own, competent=True, reason="行为发生地在本县")
    await run.act(HANDLER, f"opinion/{name}/assess", assess)
    await run.settled()


async def _ended(run: Run) -> None:
    reply = pb.ReplyToOpinionRequest(
        opinion_case_id=opinion_case_of(run.id("opinion/answered"), PROCURATORATE),
        kind=pb.REPLY_KIND_INTERIM,
        text="正在办理",
        documents=[await run.file(DEPUTY, LETTER)],
    )
    await run.act(DEPUTY, "opinion/answered/reply", reply)
    await run.settled()
    acknowledge = pb.AcknowledgeOpinionReplyRequest(opinion_id=run.id("opinion/answered"), remark="继续跟进")
    await run.act(PROSECUTOR, "opinion/answered/acknowledge", acknowledge)
    withdraw = pb.WithdrawOpinionRequest(opinion_id=run.id("opinion/withdrawn"), reason="提起公诉")
    await run.act(PROSECUTOR, "opinion/withdrawn/withdraw", withdraw)
    again = pb.WithdrawOpinionRequest(opinion_id=run.id("opinion/copy"), reason="重复提出")
    await run.act(PROSECUTOR, "opinion/copy/withdraw", again)
