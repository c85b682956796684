"""`enforcement transfer letter`, `enter`, `confirm`, `discard`, `answers`: police and procuratorates without a node."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2_grpc as grpc_pb
from google.protobuf.message import Message
from rich.table import Table

from services.cli.connection import Connection, run, term
from services.cli.language import command, t
from services.cli.options import ActAt, CommandId, LateReason, MinPosition, act_at, in_shanghai, repeatable
from services.cli.output import ExitCode, Failure, Json, as_json, instant, note, show, show_recorded, table
from services.kernel.letter_code import letter_code
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.TransferServiceStub


class Kind(StrEnum):
    """What an answer on paper says."""

    RECEIPT = "receipt"
    SUPPLEMENT_DEMAND = "supplement_demand"
    FILING = "filing"
    REFUSAL = "refusal"
    HAND_OVER_CONFIRMATION = "hand_over_confirmation"
    REFUSAL_MAINTAINED = "refusal_maintained"
    DECLINE = "decline"
    COPY_RECEIPT = "copy_receipt"
    LETTER_RECEIPT = "letter_receipt"
    SUPERVISION_UPHELD = "supervision_upheld"
    SUPERVISION_ORDERED = "supervision_ordered"
    FORWARDING = "forwarding"
    PROPERTY_RETURN = "property_return"
    WITHDRAWAL = "withdrawal"
    REASONS_ASKED = "reasons_asked"
    REASONS_STATED = "reasons_stated"
    EXTENSION = "extension"


class Ground(StrEnum):
    """Why the police take longer to decide."""

    COMPLICATED = "complicated"
    ECONOMIC = "economic"
    ECONOMIC_MAJOR = "economic_major"
    SUPERIOR = "superior"


class MaterialKind(StrEnum):
    """Materials that the police may ask for."""

    TRANSFER_LETTER = "transfer_letter"
    INVESTIGATION_REPORT = "investigation_report"
    GOODS_LIST = "goods_list"
    EXPERT_OPINION = "expert_opinion"
    OTHER = "other"
    PENALTY_DECISION = "penalty_decision"


TransferId = Annotated[UUID, typer.Argument(metavar="ID", help=t("移送编号（UUID）。", "Id (UUID) of the transfer."))]
AnswerId = Annotated[UUID, typer.Option("--answer", help=t("录入编号。", "Id of the entry."))]
KindOption = Annotated[Kind, typer.Option("--kind", help=t("纸质回执的种类。", "What the paper says."))]
LetterNumber = Annotated[
    str, typer.Option("--letter", help=t("所答复函件的编号。", "Number of the letter it answers."))
]
Code = Annotated[str, typer.Option("--code", help=t("纸上的核对码。", "Code on the paper."))]
SignedAt = Annotated[
    datetime, typer.Option("--signed-at", help=t("纸上的签署时间。", "When it was signed, as it says."))
]
Number = Annotated[
    str, typer.Option("--number", help=t("文号或者刑事案号。", "Number of the document or of the criminal case."))
]
ToPolice = Annotated[
    str, typer.Option("--to-police", metavar="ID", help=t("转往的公安机关。", "Police to which the case was sent on."))
]
GroundOption = Annotated[
    Ground | None, typer.Option("--ground", help=t("延长立案审查期限的事由。", "Why the police take longer."))
]
Days = Annotated[int, typer.Option("--days", help=t("延长的天数。", "By how many days they take longer."))]


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `transfer`."""
    command(
        app, "code",
        "显示一件移送函件的核对码，打印在移送书和回执上。不连接节点。",
        "Show the code of a transfer's letters, which is printed on letter and receipt. Needs no node.",
    )(code_of)  # fmt: skip
    command(
        app, "letter",
        "登记送达纸质函件（对方没有节点）。\n\n"
        "示例：`transfer letter <编号> --to ga-510521 --number 川泸交涉移〔2025〕1号 --file 移送书.pdf"
        " --way 直接送达 -o <编号> -o <编号>`",
        "Record that a printed letter was sent to an authority without a node.\n\n"
        "Example: `transfer letter <id> --to ga-510521 --number … --file letter.pdf --way by-hand -o <id> -o <id>`",
    )(letter)  # fmt: skip
    command(
        app, "enter",
        "录入纸质回执及其扫描件；须由另一名人员复核后才生效。\n\n"
        "示例：`transfer enter <编号> --kind receipt --letter 川泸交涉移〔2025〕1号 --code 7K2M-Q9XD"
        " --signed-at '2025-05-01 10:00' --signer 石坚 --scan 回执.pdf`",
        "Enter an answer that came on paper, with its scan; nothing follows before another officer confirms it.\n\n"
        "Example: `transfer enter <id> --kind receipt --letter … --code 7K2M-Q9XD --signed-at '2025-05-01 10:00'"
        " --signer … --scan receipt.pdf`",
    )(enter)  # fmt: skip
    command(
        app, "confirm",
        "复核纸质回执：由另一名人员对照原件再次录入，两次一致才生效。",
        "Confirm an answer on paper: another officer enters from the paper what counts.",
    )(confirm)  # fmt: skip
    command(app, "discard", "作废有误的录入。", "Discard an entry that is wrong.")(discard)
    command(
        app, "answers",
        "列出一件移送的纸质回执及其证明力。", "List the answers on paper of a transfer and where each stands.",
    )(answers)  # fmt: skip


def code_of(transfer: TransferId, json: Json = False) -> None:
    code = letter_code(str(transfer))
    show({"transferId": str(transfer), "code": code}, code, as_json=json)


def letter(
    context: typer.Context,
    transfer: TransferId,
    to: Annotated[str, typer.Option("--to", metavar="ID", help=t("公安机关或者检察院。", "Police or procuratorate."))],
    number: Annotated[str, typer.Option("--number", help=t("函件文号。", "Number of the letter."))],
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help=t("打印的函件，PDF。", "The letter, PDF."))],
    way: Annotated[str, typer.Option("--way", help=t("送达方式。", "How it went."))],
    officer: Annotated[
        list[str], typer.Option("--officer", "-o", help=t("送达人员编号，可重复。", "Officers who brought it."))
    ],
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.SendPrintedLetterRequest(
        transfer_id=str(transfer), to_id=to, number=number, code=letter_code(str(transfer)), way=way,
        officer_ids=officer,
    )  # fmt: skip
    _act(connection, "SendPrintedLetter", request, (at, late_reason, command_id), {"letter": file}, as_json_=json)


def enter(
    context: typer.Context,
    transfer: TransferId,
    kind: KindOption,
    letter_number: LetterNumber,
    code: Code,
    signed_at: SignedAt,
    signer: Annotated[str, typer.Option("--signer", help=t("纸上的签收人。", "Who signed, as it says."))],
    scan: Annotated[Path, typer.Option("--scan", metavar="FILE", help=t("扫描件。", "The scan."))],
    number: Number = "",
    text: Annotated[str, typer.Option("--text", help=t("理由或者说明。", "Reasons or details."))] = "",
    material: Annotated[
        list[MaterialKind] | None, typer.Option("--material", help=t("需补充的材料，可重复。", "Materials asked for."))
    ] = None,
    competent: Annotated[str, typer.Option("--competent", help=t("有管辖权的机关。", "Body that is competent."))] = "",
    to_police: ToPolice = "",
    ground: GroundOption = None,
    days: Days = 0,
    item: Annotated[
        list[str] | None,
        typer.Option(
            "--item",
            help=t("退还的财物，如 车辆=1，可重复。", "Property that came back, e.g. 车辆=1."),
        ),
    ] = None,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.EnterPaperAnswerRequest(
        transfer_id=str(transfer), kind=_kind(kind), letter_number=letter_number, code=code,
        signed_at=to_timestamp(in_shanghai(signed_at)), signer=signer, number=number, text=text, competent=competent,
        kinds=[events.MaterialKind.Value(f"MATERIAL_KIND_{each.name}") for each in material or []],
        to_police_id=to_police, items=[_property(each) for each in item or []],
        ground=_ground(ground), days=days,
    )  # fmt: skip
    _act(connection, "EnterPaperAnswer", request, (at, late_reason, command_id), {"scan": scan}, as_json_=json)
    if not json:
        look = f"enforcement transfer answers {transfer}"
        note(t(f"下一步：由另一名人员 {look}，再 transfer confirm", f"next, by another officer: {look}, then confirm"))


def confirm(
    context: typer.Context,
    transfer: TransferId,
    answer: AnswerId,
    kind: KindOption,
    letter_number: LetterNumber,
    code: Code,
    signed_at: SignedAt,
    number: Number = "",
    to_police: ToPolice = "",
    ground: GroundOption = None,
    days: Days = 0,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ConfirmPaperAnswerRequest(
        transfer_id=str(transfer), answer_id=str(answer), kind=_kind(kind), letter_number=letter_number, code=code,
        signed_at=to_timestamp(in_shanghai(signed_at)), number=number, to_police_id=to_police,
        ground=_ground(ground), days=days,
    )  # fmt: skip
    _act(connection, "ConfirmPaperAnswer", request, (at, late_reason, command_id), {}, as_json_=json)


def discard(
    context: typer.Context,
    transfer: TransferId,
    answer: AnswerId,
    reason: Annotated[str, typer.Option("--reason", help=t("理由。", "Why."))],
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.DiscardPaperAnswerRequest(transfer_id=str(transfer), answer_id=str(answer), reason=reason)
    _act(connection, "DiscardPaperAnswer", request, (at, late_reason, command_id), {}, as_json_=json)


def answers(context: typer.Context, transfer: TransferId, min_position: MinPosition = 0, json: Json = False) -> None:
    connection: Connection = context.obj
    request = pb.ListPaperAnswersRequest(transfer_id=str(transfer), min_position=min_position)
    answer: pb.ListPaperAnswersResponse = run(connection.ask(Stub, "ListPaperAnswers", request))
    show(as_json(answer), answers_table(answer), as_json=json)


def answers_table(answer: pb.ListPaperAnswersResponse) -> Table:
    """Answers on paper, for people."""
    headings = (
        t("纸质回执", "answer on paper"),
        t("答复机关", "authority"),
        t("签署", "signed"),
        t("证明力", "standing"),
        "id",
    )
    rows = [
        (term(pb.PaperAnswerKind, one.kind), one.answered_by, instant(one.signed_at), one.standing, one.answer_id)
        for one in answer.answers
    ]
    return table(headings, rows)


def _act(
    connection: Connection,
    method: str,
    request: Any,
    act: tuple[datetime | None, str, UUID | None],
    files: dict[str, Path],
    *,
    as_json_: bool,
) -> None:
    """Uploads the files that a command names, then issues it."""
    at, late_reason, command_id = act
    request.command_id = repeatable(command_id)
    request.occurred_at.CopyFrom(to_timestamp(act_at(at)))
    request.late_reason = late_reason

    async def work() -> Message:
        for name, path in files.items():
            getattr(request, name).CopyFrom(await connection.upload(path))
        recorded: common.Recorded = await connection.ask(Stub, method, request)
        return recorded

    recorded: Any = run(work())
    show_recorded(recorded, as_json=as_json_)


def _ground(ground: Ground | None) -> reconsideration.ExtensionGround.ValueType:
    name = ground.name if ground is not None else "UNSPECIFIED"
    return reconsideration.ExtensionGround.Value(f"EXTENSION_GROUND_{name}")


def _kind(kind: Kind) -> pb.PaperAnswerKind.ValueType:
    return pb.PaperAnswerKind.Value(f"PAPER_ANSWER_KIND_{kind.name}")


def _property(text: str) -> events.Property:
    """What came back, and how many; one where no number is said."""
    description, equals, quantity = text.rpartition("=")
    if equals and not quantity.isdecimal():
        raise Failure(f"--item {text}: {t('应为 名称=数量', 'must be NAME=QUANTITY')}", code=ExitCode.WRONG_USE)
    return events.Property(description=description if equals else text, quantity=int(quantity) if equals else 1)
