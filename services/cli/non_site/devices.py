"""`enforcement non-site device`: devices with their gates."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import ActAt, CommandId, Count, LateReason, MinPosition, PageToken, act_at, repeatable
from services.cli.output import Json, as_json, fields, instant, next_page, note, show, show_recorded, table
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("电子技术监控设备。", "Devices that record violations.")


class Kind(StrEnum):
    """What a device is."""

    WEIGH_IN_MOTION = "weigh-in-motion"
    FIXED_SCALE = "fixed-scale"
    CAMERA = "camera"


DeviceId = Annotated[UUID, typer.Argument(metavar="DEVICE", help=t("设备编号（UUID）。", "Id (UUID) of the device."))]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", help=t("按这一时间判断条件；默认现在。", "Instant at which the gates are judged; default now.")
    ),
]


@command(
    app, "list",
    "列出设备，最新登记的在前，并说明记录能否作为证据。\n\n示例：`enforcement -n jt-510521 non-site device list`",
    "List devices, the newest first, and whether their records count.\n\n"
    "Example: `enforcement -n jt-510521 non-site device list`",
)  # fmt: skip
def list_devices(
    context: typer.Context,
    as_of: AsOf = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListDevicesRequest(page=common.PageRequest(size=count, token=page), min_position=min_position)
    if as_of is not None:
        request.as_of.CopyFrom(to_timestamp(act_at(as_of)))
    answer = run(connection.ask(Stub, "ListDevices", request))
    headings = (
        t("名称", "name"),
        t("种类", "kind"),
        t("状态", "stage"),
        t("可作证据", "counts"),
        t("不符合的条件", "gates closed"),
        t("地点", "place"),
        "id",
    )
    rows = [
        (
            one.registered.name,
            term(devices.DeviceKind, one.registered.kind),
            one.stage,
            "✓" if one.counts else "",
            closed_gates(one.gates),
            f"{one.registered.place.road} {one.registered.place.section}",
            one.registered.device_id,
        )
        for one in answer.devices
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    app, "show",
    "显示一台设备在某一时间的各项条件。\n\n示例：`non-site device show <编号> --as-of 2026-11-20T08:00:00`",
    "Show a device and its gates at an instant.\n\nExample: `non-site device show <id> --as-of 2026-11-20T08:00:00`",
)  # fmt: skip
def show_device(
    context: typer.Context, device: DeviceId, as_of: AsOf = None, min_position: MinPosition = 0, json: Json = False
) -> None:
    connection: Connection = context.obj
    request = pb.GetDeviceRequest(device_id=str(device), min_position=min_position)
    if as_of is not None:
        request.as_of.CopyFrom(to_timestamp(act_at(as_of)))
    answer = run(connection.ask(Stub, "GetDevice", request))
    found = answer.device
    about = fields([
        (t("名称", "name"), found.registered.name),
        (t("种类", "kind"), term(devices.DeviceKind, found.registered.kind)),
        (t("型号", "model"), found.registered.model),
        (t("出厂编号", "serial number"), found.registered.serial_number),
        (t("地点", "place"), f"{found.registered.place.road} {found.registered.place.section}"),
        (t("状态", "stage"), found.stage),
        (t("记录可作证据", "records count"), t("是", "yes") if found.counts else t("否", "no")),
        (t("公布", "published"), found.location.channel),
        (t("启用", "starts"), instant(found.location.starts_at)),
    ])  # fmt: skip
    gates = table(
        (t("条件", "gate"), t("符合", "holds"), t("说明", "detail")),
        [(term(devices.Gate, gate.gate), "✓" if gate.holds else "", gate.detail) for gate in found.gates],
    )
    certificates = table(
        (
            t("检定证书", "certificate"),
            t("检定机构", "issuer"),
            t("起", "from"),
            t("止", "to"),
            t("已失效", "taken back"),
        ),
        [
            (one.number, one.issuer, one.valid_from_on, one.valid_to_on, "✓" if one.number in found.invalidated else "")
            for one in found.certificates
        ],
    )
    show(as_json(answer), Group(about, "", gates, "", certificates), as_json=json)


@command(
    app, "register",
    "登记一台设备。各项条件全部具备以前，其记录不能作为证据。\n\n"
    "示例：`non-site device register --kind weigh-in-motion --name S438得胜段 --model DWS-6 --serial 20240117"
    " --division 510521 --road S438 --section 'K12+300 泸州方向' --lane 1 --lane 2`",
    "Register a device. None of its records counts before all gates hold.\n\n"
    "Example: `non-site device register --kind weigh-in-motion --name S438 --model DWS-6 --serial 20240117"
    " --division 510521 --road S438 --section 'K12+300' --lane 1 --lane 2`",
)  # fmt: skip
def register_device(
    context: typer.Context,
    kind: Annotated[Kind, typer.Option("--kind", help=t("种类。", "What it is."))],
    name: Annotated[str, typer.Option("--name", help=t("名称。", "Name that people know it by."))],
    model: Annotated[str, typer.Option("--model", help=t("厂家和型号。", "Maker and model."))],
    serial: Annotated[str, typer.Option("--serial", help=t("出厂编号。", "Number of the maker."))],
    division: Annotated[str, typer.Option("--division", help=t("县级行政区划代码。", "Division code of the county."))],
    road: Annotated[str, typer.Option("--road", help=t("道路编号，如 S438。", "Number of the road, e.g. S438."))],
    section: Annotated[str, typer.Option("--section", help=t("路段、桩号、方向。", "Section, stake, direction."))],
    lane: Annotated[
        list[int] | None,
        typer.Option("--lane", help=t("覆盖的车道，可重复；不写为全部。", "Lane, repeatable; none is all of them.")),
    ] = None,
    standard: Annotated[
        list[str] | None, typer.Option("--standard", help=t("执行的标准，可重复。", "Standard, repeatable."))
    ] = None,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.RegisterDeviceRequest(
        command_id=repeatable(command_id),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
        kind=devices.DeviceKind.Value(f"DEVICE_KIND_{kind.name}"),
        name=name,
        model=model,
        serial_number=serial,
        place=devices.RoadSection(division_code=division, road=road, section=section, lanes=lane or ()),
        standards=standard or (),
    )
    recorded = run(connection.ask(Stub, "RegisterDevice", request))
    show_recorded(recorded, as_json=json)
    if not json:
        note(
            t(
                f"设备令牌的主体为该编号：enforcement token {recorded.id} --scope device",
                f"its token has this id as subject: enforcement token {recorded.id} --scope device",
            )
        )


def closed_gates(gates: Iterable[devices.GateState]) -> str:
    """The gates that do not hold, in words."""
    return "、".join(term(devices.Gate, gate.gate) for gate in gates if not gate.holds)
