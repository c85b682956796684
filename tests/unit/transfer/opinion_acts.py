"""A lawful opinion (检察意见), act by act, in the spring of 2025: each test shows only what it changes."""

from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.messages import to_timestamp
from services.transfer.model.opinion_case import opinion_case_of
from tests.support.decider import LI, LUXIAN, PROCURATORATE, WANG, instant, officer, on, uid

OPINION: Final = uid("opinion")
OPINION_CASE: Final = opinion_case_of(OPINION, PROCURATORATE.id)
CASE: Final = uid("case of the opinion")
PROSECUTOR: Final = officer("何", options.ROLE_PROSECUTOR, authority=PROCURATORATE)
AT_PROCURATORATE: Final[dict[str, Any]] = {
    "authority": PROCURATORATE,
    "officers": (PROSECUTOR,),
    "actor": PROSECUTOR,
}

REVIEWED_AT: Final = "2025-04-08 09:00"
ISSUED_AT: Final = "2025-04-10 10:00"
RECEIVED_AT: Final = "2025-04-10 10:01"
REGISTERED_AT: Final = "2025-04-11 09:00"


def file(name: str) -> common.BlobRef:
    return common.BlobRef(sha256=uid(name).encode()[:32], size=1000, media_type="application/pdf", file_name=name)


PERSON: Final = pb.OpinionPerson(name="张三", id_number="510521199001011234")
PLACE: Final = common.Place(division_code="510521", description="国道G246 立石镇")
STATEMENT: Final = pb.OpinionEvidence(
    item_id=uid("statement"), kind=pb.CRIMINAL_EVIDENCE_KIND_WITNESS, title="王某证言", file=file("statement.pdf")
)
CERTIFICATE: Final = pb.OpinionEvidence(
    item_id=uid("certificate"), kind=pb.CRIMINAL_EVIDENCE_KIND_PHYSICAL, title="伪造的道路运输证"
)
DOCUMENT: Final = file("opinion.pdf")
DECISION: Final = file("decision.pdf")
LETTER: Final = file("letter.pdf")


def months(count: int) -> pb.ReplyPeriod:
    return pb.ReplyPeriod(months=count)


OPEN_REVIEW: Final = pb.OpenOpinionReviewRequest(
    opinion_id=OPINION,
    bureau_id=LUXIAN.id,
    decision_number="泸县检刑不诉〔2025〕7号",
    decided_on="2025-04-07",
    persons=[PERSON],
)
REVIEW_OPENED: Final = pb.OpinionReviewOpened(
    opinion_id=OPINION,
    bureau_id=LUXIAN.id,
    decision_number="泸县检刑不诉〔2025〕7号",
    decided_on="2025-04-07",
    persons=[PERSON],
)
ISSUE: Final = pb.IssueOpinionRequest(
    opinion_id=OPINION,
    bureau_id=LUXIAN.id,
    opinion_number="泸县检行意〔2025〕3号",
    act_code="RTR-63-2",
    act_on="2025-02-11",
    place=PLACE,
    facts="持伪造的道路运输证从事客运",
    request="依法给予行政处罚",
    reply_period=months(2),
    document=DOCUMENT,
    decision=DECISION,
    evidence=[STATEMENT, CERTIFICATE],
    copied_to=["泸县司法局"],
)
CONTENT: Final = pb.OpinionContent(
    opinion_number="泸县检行意〔2025〕3号",
    decision_number="泸县检刑不诉〔2025〕7号",
    decided_on="2025-04-07",
    persons=[PERSON],
    act_code="RTR-63-2",
    act_on="2025-02-11",
    place=PLACE,
    facts="持伪造的道路运输证从事客运",
    request="依法给予行政处罚",
    reply_period=months(2),
    document=DOCUMENT,
    decision=DECISION,
    evidence=[STATEMENT, CERTIFICATE],
)
ISSUED: Final = pb.OpinionIssued(
    opinion_id=OPINION, bureau_id=LUXIAN.id, evidence_count=2, content=CONTENT, copied_to=["泸县司法局"]
)
ISSUE_TRANSFER: Final = pb.IssueTransferOpinionRequest(
    opinion_id=OPINION,
    bureau_id=LUXIAN.id,
    opinion_number="泸县检行意〔2025〕4号",
    act_code="RTR-63-2",
    act_on="2025-02-11",
    place=PLACE,
    facts="持伪造的道路运输证从事客运",
    request="涉嫌刑法 art. 280，应当移送",
    document=DOCUMENT,
)
TRANSFER_ISSUED: Final = pb.OpinionIssued(
    opinion_id=OPINION,
    bureau_id=LUXIAN.id,
    asks_transfer=True,
    content=pb.OpinionContent(
        opinion_number="泸县检行意〔2025〕4号",
        act_code="RTR-63-2",
        act_on="2025-02-11",
        place=PLACE,
        facts="持伪造的道路运输证从事客运",
        request="涉嫌刑法 art. 280，应当移送",
        document=DOCUMENT,
    ),
)
UNDER_REVIEW: Final = (on(REVIEWED_AT, REVIEW_OPENED),)
OUT: Final = (*UNDER_REVIEW, on(ISSUED_AT, ISSUED))


def told(step: pb.OpinionStep.ValueType, at: str = RECEIVED_AT, **more: Any) -> pb.OpinionProgressNoted:
    return pb.OpinionProgressNoted(
        opinion_id=OPINION, bureau_id=LUXIAN.id, step=step, taken_at=to_timestamp(instant(at)), **more
    )


def tell(step: pb.OpinionStep.ValueType, at: str = RECEIVED_AT, **more: Any) -> pb.NoteOpinionProgressRequest:
    return pb.NoteOpinionProgressRequest(
        opinion_id=OPINION, bureau_id=LUXIAN.id, step=step, taken_at=to_timestamp(instant(at)), **more
    )


ARRIVED: Final = told(pb.OPINION_STEP_RECEIVED, reply_nominal_on="2025-06-10")

# ---- bureau ------------------------------------------------------------------------------------------------------

OF_IT: Final[dict[str, Any]] = {"opinion_case_id": OPINION_CASE, "opinion_id": OPINION}
TOLD: Final[dict[str, Any]] = {**OF_IT, "procuratorate_id": PROCURATORATE.id}
RECEIVE: Final = pb.ReceiveOpinionRequest(
    opinion_case_id=OPINION_CASE,
    opinion_id=OPINION,
    procuratorate_id=PROCURATORATE.id,
    content=CONTENT,
    case_id=CASE,
)
RECEIVED: Final = pb.OpinionReceived(
    **TOLD, reply_nominal_on="2025-06-10", content=CONTENT, case_id=CASE, first_received_on="2025-04-10"
)
HANDLERS: Final = [LI.officer_id, WANG.officer_id]
REGISTER: Final = pb.RegisterOpinionRequest(
    opinion_case_id=OPINION_CASE, registration_number="收〔2025〕12号", handler_ids=HANDLERS
)
REGISTERED: Final = pb.OpinionRegistered(**TOLD, registration_number="收〔2025〕12号", handler_ids=HANDLERS)
COMPETENT: Final = pb.OpinionCompetenceAssessed(**OF_IT, competent=True, reason="行为发生地在本县")
NOT_COMPETENT: Final = pb.OpinionCompetenceAssessed(**OF_IT, reason="行为发生地在永川区")
HANDED: Final = pb.OpinionHandedToCases(**OF_IT, case_id=CASE, content=CONTENT)
FILED: Final = pb.CaseFiledFromOpinion(**TOLD, case_id=CASE, case_number="川泸2025-0042")
NOT_FILED: Final = pb.NotFiledFromOpinion(**TOLD, reason="超过追责时效")
PENALISED: Final = pb.OpinionDecided(**TOLD, outcome=pb.OPINION_OUTCOME_PENALTY, reason="事实清楚")
SPARED: Final = pb.OpinionDecided(**TOLD, outcome=pb.OPINION_OUTCOME_NO_PENALTY, reason="初次违法且危害后果轻微")

AT_HAND: Final = (on(RECEIVED_AT, RECEIVED), on(REGISTERED_AT, REGISTERED))
IN_CASE: Final = (*AT_HAND, COMPETENT, HANDED, FILED)


def reply(kind: pb.ReplyKind.ValueType, **more: Any) -> pb.ReplyToOpinionRequest:
    return pb.ReplyToOpinionRequest(
        opinion_case_id=OPINION_CASE, kind=kind, text="现将办理结果回复如下", documents=[LETTER], **more
    )


def replied(kind: pb.ReplyKind.ValueType, **more: Any) -> pb.OpinionReplied:
    return pb.OpinionReplied(**TOLD, kind=kind, text="现将办理结果回复如下", documents=[LETTER], **more)
