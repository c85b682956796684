"""Letters, answers and entries on paper, with lawful contents: each test shows only what it changes."""

from uuid import UUID

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock
from services.kernel.facts import Fact
from services.kernel.letter_code import letter_code
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.transfer.model.paper import TOLD_ON
from services.transfer.service import SERVICE
from tests.support.decider import (
    LI,
    LUXIAN,
    POLICE,
    PROCURATORATE,
    WANG,
    On,
    instant,
    on,
    uid,
)
from tests.unit.transfer.acts import (
    CASE,
    ON_ITS_WAY,
    SENT_AT,
    SIGNED_AT,
    TRANSFER,
    file,
)
from tests.unit.transfer.branches import (
    OTHER_POLICE,
    but,
)

NUMBER, CODE = "川泸交涉移〔2025〕1号", letter_code(TRANSFER)
ARRIVED_AT, CONFIRMED_AT = "2025-05-04 09:00", "2025-05-04 09:30"
SEND = paper.SendPrintedLetterRequest(
    transfer_id=TRANSFER, to_id=POLICE.id, number=NUMBER, code=CODE, letter=file("移送书"), way="直接送达",
    officer_ids=[LI.officer_id, WANG.officer_id],
)  # fmt: skip
LETTER = paper.PrintedLetterSent(
    transfer_id=TRANSFER, to_id=POLICE.id, number=NUMBER, code=CODE, letter=file("移送书"), way="直接送达",
    officers=[LI, WANG],
)  # fmt: skip
ANSWER = uid("answer")
LONGER: dict[str, object] = {"ground": reconsideration.EXTENSION_GROUND_COMPLICATED, "days": 7}
EXTENDED_AT = "2025-05-06 17:00"
EXTENSION = reconsideration.PoliceExtensionRecorded(
    transfer_id=TRANSFER, police_id=POLICE.id, ground=reconsideration.EXTENSION_GROUND_COMPLICATED, days=7
)


def entering(kind: paper.PaperAnswerKind.ValueType = paper.PAPER_ANSWER_KIND_RECEIPT, **more: object) -> Message:
    return paper.EnterPaperAnswerRequest(
        transfer_id=TRANSFER, kind=kind, letter_number=NUMBER, code=CODE, signed_at=to_timestamp(instant(SIGNED_AT)),
        signer="石坚", scan=file("回执扫描件"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def entered_as(kind: paper.PaperAnswerKind.ValueType = paper.PAPER_ANSWER_KIND_RECEIPT, **more: object) -> Message:
    return paper.PaperAnswerEntered(
        transfer_id=TRANSFER, answer_id=ANSWER, kind=kind, answered_by=POLICE.id, letter_number=NUMBER,
        signed_at=to_timestamp(instant(SIGNED_AT)), signer="石坚", scan=file("回执扫描件"), entered_by=LI.officer_id,
        arrived_at=to_timestamp(instant(ARRIVED_AT)), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def confirming(**changes: object) -> Message:
    values = {
        "transfer_id": TRANSFER, "answer_id": ANSWER, "kind": paper.PAPER_ANSWER_KIND_RECEIPT,
        "letter_number": NUMBER, "code": CODE, "signed_at": to_timestamp(instant(SIGNED_AT)),
    }  # fmt: skip
    return paper.ConfirmPaperAnswerRequest(**(values | changes))  # type: ignore[arg-type]


def confirmed_as(
    kind: paper.PaperAnswerKind.ValueType = paper.PAPER_ANSWER_KIND_RECEIPT, **more: object
) -> paper.PaperAnswerConfirmed:
    return paper.PaperAnswerConfirmed(
        transfer_id=TRANSFER, answer_id=ANSWER, kind=kind, answered_by=POLICE.id, letter_number=NUMBER,
        signed_at=to_timestamp(instant(SIGNED_AT)), arrived_at=to_timestamp(instant(ARRIVED_AT)), signer="石坚",
        scan=file("回执扫描件"), entered_by=LI.officer_id, confirmed_by=WANG.officer_id, police_id=POLICE.id,
        procuratorate_id=PROCURATORATE.id if kind in TOLD_ON else "", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def clock_of(rule_id: str, now: str, *history: On, told: Message | None = None) -> Clock:
    """The bureau's clock of that rule after what is in its ledger, and after what the police's node told it now."""
    keeper = Keeper("transfer", SERVICE.deadlines, LUXIAN, Rules())
    book = Book(keeper, published())
    for one in (*history, *((on(now, told),) if told is not None else ())):
        origin = POLICE.id if told is not None and one.event is told else None
        fact = Fact(event_id=UUID(uid(f"{one.at}")), occurred_at=one.at, actor="", origin=origin)
        book.take(one.event, fact, impacts(keeper, one.event, fact))
    for clock in list(book.touched.values()):
        book.fire(clock, instant(now), None)
    [found] = [clock for clock in book.touched.values() if clock.rule_id == rule_id]
    return found


def longer_answer() -> paper.PaperAnswerConfirmed:
    signed_at = to_timestamp(instant(EXTENDED_AT))
    return but(confirmed_as(paper.PAPER_ANSWER_KIND_EXTENSION, **LONGER), signed_at=signed_at)


def suggested_on_paper() -> tuple[object, ...]:
    refused = pb.PoliceRefusalRecorded(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, reasons="情节轻微")
    suggested = supervision.SupervisionSuggested(transfer_id=TRANSFER, procuratorate_id=PROCURATORATE.id)
    letter = paper.PrintedLetterSent()
    letter.CopyFrom(LETTER)
    letter.to_id, letter.number = PROCURATORATE.id, "川泸交建监〔2025〕1号"
    return (
        *RECEIVED,
        on("2025-05-05 09:00", refused),
        on("2025-05-06 09:00", suggested),
        on("2025-05-06 10:00", letter),
    )


def forwarded_on_paper() -> paper.PaperAnswerConfirmed:
    kind = paper.PAPER_ANSWER_KIND_FORWARDING
    return but(confirmed_as(kind, text="犯罪地在永川"), to_police_id=OTHER_POLICE.id)


POSTED = (*ON_ITS_WAY, on(SENT_AT, LETTER))
WAITING = (*POSTED, on(ARRIVED_AT, entered_as()))
BY_PAPER = (*POSTED, on(ARRIVED_AT, entered_as()), on(CONFIRMED_AT, confirmed_as()))
RECEIPT = pb.PoliceReceiptRecorded(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE)
RECEIVED = (*BY_PAPER, on(SIGNED_AT, RECEIPT))
