"""`enforcement non-site capture`: records of devices up to the review."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.non_site.devices import closed_gates
from services.cli.options import (
    ActAt,
    CommandId,
    Count,
    LateReason,
    MinPosition,
    PageToken,
    PurposeOption,
    act_at,
    purpose_of,
    repeatable,
)
from services.cli.output import (
    ExitCode,
    Failure,
    Json,
    as_json,
    fields,
    instant,
    next_page,
    note,
    show,
    show_recorded,
    table,
    yuan,
)
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("设备采集的记录。", "Records of devices.")
CaptureId = Annotated[UUID, typer.Argument(metavar="RECORD", help=t("记录编号（UUID）。", "Id (UUID) of the record."))]


@command(
    app, "list",
    "列出记录，最新的在前。\n\n示例：`non-site capture list --stage 待审核`"
    " · `non-site capture list --plate 渝CA1234 --purpose case_handling`",
    "List records, the newest first.\n\nExamples: `non-site capture list --stage 待审核`"
    " · `non-site capture list --plate 渝CA1234 --purpose case_handling`",
)  # fmt: skip
def list_captures(
    context: typer.Context,
    stage: Annotated[
        str, typer.Option("--stage", help=t("只看该阶段，如 待审核。", "Only this stage, e.g. 待审核."))
    ] = "",
    plate: Annotated[str, typer.Option("--plate", help=t("号牌；须写明用途。", "Plate; needs a purpose."))] = "",
    from_: Annotated[
        str, typer.Option("--from", help=t("采集日自，如 2026-11-01。", "Captured from this day on."))
    ] = "",
    to: Annotated[str, typer.Option("--to", help=t("采集日至。", "Captured by this day."))] = "",
    device: Annotated[UUID | None, typer.Option("--device", help=t("设备编号。", "Id of the device."))] = None,
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListCapturesRequest(
        stage=stage,
        plate=plate,
        from_on=from_,
        to_on=to,
        device_id=str(device) if device else "",
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListCaptures", request))
    headings = (
        t("采集时间", "captured"),
        t("号牌", "plate"),
        t("阶段", "stage"),
        t("超限（千克）", "over, kg"),
        t("罚款（元）", "fine, yuan"),
        "id",
    )
    rows = [
        (
            instant(one.captured_at),
            f"{one.plate} {one.plate_colour}",
            one.stage,
            one.over_kg or "",
            _range(one.total_min_fen, one.total_max_fen),
            one.capture_id,
        )
        for one in answer.captures
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    app, "show",
    "显示一条记录及其审核、告知、申辩。\n\n示例：`non-site capture show <编号> --purpose case_handling`",
    "Show a record with review, notice and statements.\n\n"
    "Example: `non-site capture show <id> --purpose case_handling`",
)  # fmt: skip
def show_capture(
    context: typer.Context,
    record: CaptureId,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetCaptureRequest(capture_id=str(record), purpose=purpose_of(purpose), min_position=min_position)
    answer = run(connection.ask(Stub, "GetCapture", request))
    show(as_json(answer), _people(answer.capture), as_json=json)


@command(
    app, "review",
    "审核一条记录：--accept 即确认其真实、清晰、完整、准确；--reject 须写明理由，且不可恢复。\n\n"
    "示例：`non-site capture review <编号> --accept` · `non-site capture review <编号> --reject 号牌模糊`",
    "Review a record: --accept confirms that it is true, clear, complete and accurate; --reject says why, for good.\n\n"
    "Examples: `non-site capture review <id> --accept` · `non-site capture review <id> --reject 'plate not clear'`",
)  # fmt: skip
def review_capture(
    context: typer.Context,
    record: CaptureId,
    accept: Annotated[
        bool, typer.Option("--accept", help=t("真实、清晰、完整、准确。", "True, clear, complete, accurate."))
    ] = False,
    reject: Annotated[str, typer.Option("--reject", help=t("不予采用的理由。", "Why it is not used."))] = "",
    dimensions: Annotated[
        str,
        typer.Option(
            "--dimensions",
            help=t(
                "外廓尺寸与登记或者标准不符之处。", "In what the dimensions disagree with registration or standard."
            ),
        ),
    ] = "",
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    if accept == bool(reject.strip()):
        raise Failure(t("--accept 与 --reject 须选其一", "choose --accept or --reject"), code=ExitCode.WRONG_USE)
    connection: Connection = context.obj
    request = pb.ReviewCaptureRequest(
        command_id=repeatable(command_id),
        capture_id=str(record),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
        accepted=accept,
        is_true=accept,
        clear=accept,
        complete=accept,
        accurate=accept,
        reason=reject,
        dimensions_disagree=bool(dimensions.strip()),
        dimensions_note=dimensions,
    )
    recorded = run(connection.ask(Stub, "ReviewCapture", request))
    show_recorded(recorded, as_json=json)
    if not json:
        note(
            t(
                f"下一步：enforcement non-site capture show {record}",
                f"next: enforcement non-site capture show {record}",
            )
        )


def _people(found: pb.Capture) -> Any:
    recorded, checked, measured = found.recorded, found.checked, found.recorded.measured
    assessed = checked.assessment
    sizes = (measured.length_mm, measured.width_mm, measured.height_mm)
    about = fields([
        (t("采集时间", "captured"), instant(recorded.captured_at)),
        (t("阶段", "stage"), found.summary.stage),
        (t("号牌", "plate"), f"{recorded.plate} {recorded.plate_colour}"),
        (t("地点", "place"), f"{checked.place.road} {checked.place.section}"),
        (t("设备", "device"), recorded.device_id),
        (t("轴数", "axles"), measured.axles),
        (t("总质量（千克）", "mass, kg"), measured.gross_kg),
        (t("限值（千克）", "limit, kg"), assessed.limit_kg),
        (t("超限（千克）", "over, kg"), assessed.over_kg),
        (t("长×宽×高（毫米）", "length × width × height, mm"), "×".join(map(str, sizes)) if any(sizes) else ""),
        (t("警告", "warning"), "✓" if assessed.warning else ""),
        (t("罚款（元）", "fine, yuan"), _range(assessed.total_min_fen, assessed.total_max_fen)),
        (
            t("校验未通过", "check failed"),
            "、".join(term(captures.CheckFailure, failure) for failure in checked.failures),
        ),
        (t("不符合的条件", "gates closed"), closed_gates(checked.gates)),
        (t("审核意见", "review"), found.reviewed.reason),
        (t("外廓尺寸不符", "dimensions"), found.reviewed.dimensions_note),
        (t("当事人", "party"), found.notified.party.name),
        (t("陈述申辩至", "statement until"), found.notified.statement_due_on),
        (t("无异议", "nothing to say"), term(captures.ContactWay, found.conceded.way) if found.conceded.way else ""),
        (t("事件", "incident"), found.summary.incident_id),
    ])  # fmt: skip
    files = table(
        (t("文件", "file"), "SHA-256", t("字节", "bytes")),
        [(term(captures.PictureKind, one.kind), one.file.sha256.hex(), one.file.size) for one in recorded.pictures],
    )
    said = table(
        (t("陈述申辩", "statement"), t("方式", "way"), t("答复", "answer")),
        [
            (one.statement, term(captures.ContactWay, one.way), answered)
            for one, answered in zip(
                found.statements,
                [*(one.reason for one in found.answers), *[""] * len(found.statements)],
                strict=False,
            )
        ],
    )
    return Group(about, "", files, "", said)


def _range(least_fen: int, most_fen: int) -> str:
    """A fixed amount, or the lowest and the highest."""
    return yuan(most_fen) if least_fen == most_fen else f"{yuan(least_fen) or 0}–{yuan(most_fen)}"
