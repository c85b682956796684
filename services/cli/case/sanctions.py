"""`enforcement case sanctions`, `set-off`, `detention`: what criminal proceedings mean for a case (折抵)."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.cases.v1 import criminal_sanctions_pb2 as pb
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common
from rich.table import Table

from services.cli.case.naming import case_id_of, names_case
from services.cli.connection import Connection, run, term
from services.cli.language import command, t
from services.cli.options import ActAt, CaseName, CommandId, LateReason, MinPosition, act_at, repeatable
from services.cli.output import Json, as_json, fields, show, show_recorded, yuan
from services.kernel.ledger import derive
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.CasesServiceStub


class Unpaid(StrEnum):
    """Whether the unpaid part of a fine counts."""

    COUNTS = "counts"
    DOES_NOT_COUNT = "does_not_count"


class Excess(StrEnum):
    """What becomes of a fine paid beyond the criminal fine."""

    STAYS = "stays"
    REFUND = "refund"


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `case`."""
    command(
        app, "sanctions",
        "显示刑事处理结果及罚款折抵罚金、行政拘留折抵刑期。",
        "Show how the criminal proceedings ended, and what is set off.",
    )(sanctions)  # fmt: skip
    command(
        app, "set-off",
        "决定折抵中法律未明确的事项：未缴罚款是否折抵，多缴罚款是否退还。\n\n"
        "示例：`case set-off 川泸2026-0042 --unpaid does_not_count --reason 尚未缴纳`",
        "Decide what the statutes leave open of a set-off: whether an unpaid fine counts, an excess is paid back.\n\n"
        "Example: `case set-off 川泸2026-0042 --unpaid does_not_count --reason …`",
    )(set_off)  # fmt: skip
    command(
        app, "detention",
        "记录公安机关就同一违法行为作出的行政拘留，用于折抵刑期。",
        "Note an administrative detention for the act, which counts towards custody.",
    )(detention)  # fmt: skip


def sanctions(context: typer.Context, case: CaseName, min_position: MinPosition = 0, json: Json = False) -> None:
    connection: Connection = context.obj
    request = names_case(case)
    request.min_position = min_position
    found: cases.GetCaseResponse = run(connection.ask(Stub, "GetCase", request))
    show(as_json(found.case.sanctions), _people(found.case.sanctions), as_json=json)


def set_off(
    context: typer.Context,
    case: CaseName,
    reason: Annotated[str, typer.Option("--reason", help=t("理由。", "Why."))],
    unpaid: Annotated[
        Unpaid | None, typer.Option("--unpaid", help=t("未缴部分是否折抵。", "Whether the unpaid part counts."))
    ] = None,
    excess: Annotated[
        Excess | None, typer.Option("--excess", help=t("多缴部分如何处理。", "What becomes of the excess."))
    ] = None,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    request = pb.DecideSetOffRequest(
        unpaid=pb.UnpaidFine.Value(f"UNPAID_FINE_{unpaid.name}") if unpaid else pb.UNPAID_FINE_UNSPECIFIED,
        excess=pb.ExcessFine.Value(f"EXCESS_FINE_{excess.name}") if excess else pb.EXCESS_FINE_UNSPECIFIED,
        reason=reason,
        command_id=repeatable(command_id),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
    )
    _act(context.obj, "DecideSetOff", case, request, None, as_json_=json)


def detention(
    context: typer.Context,
    case: CaseName,
    imposed_by: Annotated[str, typer.Option("--imposed-by", help=t("作出拘留决定的机关。", "Who imposed it."))],
    from_on: Annotated[str, typer.Option("--from", metavar="DAY", help=t("首日。", "First day."))],
    days: Annotated[int, typer.Option("--days", min=1, max=60, help=t("已执行的日数。", "Days served."))],
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help=t("行政拘留决定书。", "The decision."))],
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    chosen = repeatable(command_id)
    request = pb.NoteDetentionRequest(
        detention_id=str(derive(UUID(chosen), "detention")),
        imposed_by=imposed_by,
        from_on=from_on,
        days=days,
        command_id=chosen,
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
    )
    _act(context.obj, "NoteDetention", case, request, file, as_json_=json)


def _act(
    connection: Connection, method: str, case: str, request: Any, document: Path | None, *, as_json_: bool
) -> None:
    async def work() -> common.Recorded:
        request.case_id = await case_id_of(connection, case)
        if document is not None:
            request.document.CopyFrom(await connection.upload(document))
        recorded: common.Recorded = await connection.ask(Stub, method, request)
        return recorded

    recorded = run(work())
    show_recorded(recorded, as_json=as_json_)


def _people(known: pb.CriminalSanctions) -> Table:
    fine, decided, custody = known.fine, known.decided, known.custody
    open_ = not known.HasField("decided") and fine.questions
    rows: list[tuple[str, object]] = [
        (t("刑事处理结果", "outcome"), term(pb.CriminalOutcome, known.outcome) if known.outcome else "—"),
        (t("罚金", "criminal fine"), yuan(known.criminal_fine_fen)),
    ]
    if known.HasField("fine"):
        settled = decided if known.HasField("decided") else fine
        rows += [
            (t("行政罚款", "fine"), yuan(fine.administrative_fine_fen)),
            (t("其中已缴", "of it paid"), yuan(fine.paid_fen)),
            (t("折抵", "deducted"), yuan(settled.deducted_fen)),
            (t("尚余罚金", "remaining"), yuan(settled.remaining_fen)),
            (
                t("待决定", "to be decided"),
                "、".join(term(pb.SetOffQuestion, one) for one in fine.questions) if open_ else "—",
            ),
        ]
    if known.HasField("custody"):
        rows += [
            (t("拘留折抵", "detention deducted"), f"{custody.detention_days} / {custody.custody_days}"),
            (t("尚余刑期（日）", "days remaining"), custody.remaining_days),
        ]
    if known.open_suspicion_ids:
        rows.append((t("未答复的应移未移提示", "open suspicions"), "、".join(known.open_suspicion_ids)))
    return fields(rows)
