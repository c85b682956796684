"""`enforcement operation`: joint operations as this authority leads them and takes part in them."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as events
from enforcement.joint_operations.v1 import service_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group
from rich.text import Text

from services.cli.accounts import show_account
from services.cli.connection import Connection, run, term
from services.cli.draws import draw_app
from services.cli.language import command, group, t
from services.cli.options import Count, MinPosition, PageToken
from services.cli.output import Failure, Json, as_json, fields, note, show, table
from services.joint_operations.numbers import DEFINITIONS, figures, said

app = group("联合执法行动。", "Joint operations.")
app.add_typer(draw_app, name="draw")

Stub: Final = grpc_pb.JointOperationsServiceStub
OperationId = Annotated[
    UUID, typer.Argument(metavar="ID", help=t("行动编号（UUID），各单位相同。", "Id (UUID), the same at every side."))
]


@command(
    app, "list",
    "列出本单位牵头和参加的联合执法行动。",
    "List the joint operations that this authority leads and takes part in.",
)  # fmt: skip
def list_operations(
    context: typer.Context, count: Count = 50, min_position: MinPosition = 0, json: Json = False
) -> None:
    connection: Connection = context.obj
    page = common.PageRequest(size=count)

    async def work() -> tuple[pb.ListOperationsResponse, pb.ListParticipationsResponse]:
        led = pb.ListOperationsRequest(page=page, min_position=min_position)
        taken = pb.ListParticipationsRequest(page=page, min_position=min_position)
        return await connection.ask(Stub, "ListOperations", led), await connection.ask(
            Stub, "ListParticipations", taken
        )

    led, taken = run(work())
    rows = [_row(one, t("牵头", "leads")) for one in led.operations]
    rows += [_row(one, t("参加", "takes part")) for one in taken.participations]
    headings = (t("本单位", "here"), t("阶段", "stage"), t("名称", "name"), t("类型", "type"), t("起止", "days"), "id")
    data = {"operations": as_json(led)["operations"], "participations": as_json(taken)["participations"]}
    show(data, table(headings, rows), as_json=json)
    if (led.next_token or taken.next_token) and not json:
        note(t("还有更早的：加 --count", "there are earlier ones: --count"))


@command(
    app, "show",
    "显示一次行动：检查点、参与单位、数字、总结；本单位参加的，另有本单位的发现事项。\n\n"
    "示例：`enforcement -n jt-510521 operation show <编号>`",
    "Show an operation: checkpoints, participants, numbers, summary; and where this authority takes part, its own\n"
    "findings.\n\nExample: `enforcement -n jt-510521 operation show <id>`",
)  # fmt: skip
def show_operation(
    context: typer.Context, operation: OperationId, min_position: MinPosition = 0, json: Json = False
) -> None:
    connection: Connection = context.obj

    async def asked(method: str, request: Any) -> Any:
        """The answer; None where this authority has no such side of it."""
        try:
            return await connection.ask(Stub, method, request)
        except Failure as failure:
            if not failure.reason.endswith("/NOT_FOUND"):
                raise
            missing.append(failure)
            return None

    async def work() -> tuple[pb.GetOperationResponse | None, pb.GetParticipationResponse | None]:
        led = pb.GetOperationRequest(operation_id=str(operation), min_position=min_position)
        taken = pb.GetParticipationRequest(operation_id=str(operation), min_position=min_position)
        return await asked("GetOperation", led), await asked("GetParticipation", taken)

    missing: list[Failure] = []
    led, taken = run(work())
    if led is None and taken is None:
        raise missing[0]
    data = {"operation": as_json(led) if led else None, "participation": as_json(taken) if taken else None}
    parts = [*(_led(led) if led else []), *(_taken(taken, whole=led is None) if taken else [])]
    show(data, Group(*parts), as_json=json)
    if not json:
        note(t(f"往来与回执：enforcement operation account {operation}",
               f"what was told, with receipts: enforcement operation account {operation}"))  # fmt: skip


@command(
    app, "account",
    "往来台账：本单位在一次行动中做了什么、告知了谁、对方何时回执、收到了什么。\n\n"
    "示例：`enforcement -n jt-510521 operation account <编号>`",
    "What this authority did in an operation, told whom, when that one gave its receipt, and what it was told.\n\n"
    "Example: `enforcement -n jt-510521 operation account <id>`",
)  # fmt: skip
def account(
    context: typer.Context,
    operation: OperationId,
    count: Count = 200,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    request = pb.GetAccountRequest(id=str(operation))
    show_account(context.obj, Stub, request, count=count, page=page, min_position=min_position, as_json=json)


def _row(one: pb.OperationSummary | pb.ParticipationSummary, way: str) -> tuple[object, ...]:
    return way, one.stage, one.name, term(events.OperationType, one.operation_type), _days(one), one.operation_id


def _days(one: pb.OperationSummary | pb.ParticipationSummary) -> str:
    return one.starts_on if one.starts_on == one.ends_on else f"{one.starts_on} — {one.ends_on}"


def _led(led: pb.GetOperationResponse) -> list[Any]:
    operation = led.operation
    about = fields([
        (t("行动", "operation"), operation.name),
        (t("本单位", "here"), t("牵头", "leads")),
        (t("阶段", "stage"), operation.stage),
        (t("类型", "type"), term(events.OperationType, operation.operation_type)),
        (t("起止", "days"), _days(operation)),
        (t("目的", "purpose"), led.purpose),
        (t("已报告合计", "reported so far"), _numbers(led.total)),
    ])  # fmt: skip
    headings = (t("参与单位", "participant"), t("答复", "standing"), t("人员", "officers"), t("车辆", "cars"),
                t("签署总结", "signed"), t("不签理由", "why not"))  # fmt: skip
    rows = [
        (one.participant_id, one.standing, one.officers, one.cars, _yes(one.signed), one.refusal_reason)
        for one in led.participants
    ]
    return [about, "", _checkpoints(led.checkpoints), "", table(headings, rows), *_summary(led.summary_text)]


def _taken(taken: pb.GetParticipationResponse, *, whole: bool) -> list[Any]:
    """This authority's own part; the rest of the operation only where its lead's side is not here."""
    part = taken.participation
    about = fields([
        (t("行动", "operation"), part.name),
        (t("牵头单位", "lead"), part.lead_id),
        (t("本单位阶段", "stage here"), part.stage),
        (t("类型", "type"), term(events.OperationType, part.operation_type)),
        (t("起止", "days"), _days(part)),
        (t("参加编号", "participation"), part.participation_id),
        (t("本单位数字", "numbers here"), _numbers(part.numbers)),
        (t("本单位已签署", "signed here"), _yes(taken.signed)),
    ])  # fmt: skip
    headings = (t("发现事项", "finding"), t("检查点", "checkpoint"), t("案由", "act"), t("管辖单位", "owner"),
                t("已移送", "handed off"), t("案件", "case"))  # fmt: skip
    rows = [
        (one.finding_id, one.checkpoint_id, one.act_code, one.owner_id, _yes(one.handed_off), one.case_id)
        for one in taken.findings
    ]
    found = ["", table(headings, rows)] if rows else []
    rest = ["", _checkpoints(taken.checkpoints), *_summary(taken.summary_text)] if whole else []
    return ["", about, *rest, *found]


def _summary(text: str) -> list[Any]:
    """Whole: it is read before it is signed."""
    return ["", Text(f"{t('总结', 'summary')}：{text}")] if text else []


def _checkpoints(checkpoints: Any) -> Any:
    headings = (t("检查点", "checkpoint"), t("地点", "place"), t("区划", "division"), t("管辖单位", "competent"))
    rows = [
        (one.checkpoint_id, one.place.description, one.place.division_code, one.competent_id) for one in checkpoints
    ]
    return table(headings, rows)


def _numbers(numbers: events.FieldNumbers) -> str:
    """Each figure with its unit, as summaries name it; zeros are left out."""
    told = [one for one in figures(numbers) if one.value] if numbers.definition_version else []
    named = [(DEFINITIONS[one.definition_id, one.definition_version].zh, said(one)) for one in told]
    return "，".join(f"{name}{figure}" for name, figure in named) or t("无", "none")


def _yes(holds: bool) -> str:
    return t("是", "yes") if holds else t("否", "no")
