"""`enforcement non-site incident`: what happened once and concerns several parties."""

from typing import Annotated, Final
from uuid import UUID

import typer
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, fields, instant, next_page, show, table

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("一超四罚的事件。", "Incidents with up to four cases.")


@command(app, "list", "列出事件，最新的在前。", "List incidents, the newest first.")
def list_incidents(
    context: typer.Context,
    plate: Annotated[str, typer.Option("--plate", help=t("号牌；须写明用途。", "Plate; needs a purpose."))] = "",
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListIncidentsRequest(
        plate=plate,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListIncidents", request))
    headings = (
        t("时间", "happened"),
        t("号牌", "plate"),
        t("地点", "place"),
        t("超限（千克）", "over, kg"),
        t("已立线索", "cases"),
        "id",
    )
    rows = [
        (
            instant(one.opened.happened_at),
            one.opened.vehicle.plate,
            one.opened.place.description,
            one.opened.over_kg or "",
            "、".join(term(cases.IncidentRole, party.role) for party in one.parties),
            one.opened.incident_id,
        )
        for one in answer.incidents
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    app, "show",
    "显示一个事件的各方和案件。\n\n示例：`non-site incident show <编号> --purpose case_handling`",
    "Show an incident with its parties and cases.\n\nExample: `non-site incident show <id> --purpose case_handling`",
)  # fmt: skip
def show_incident(
    context: typer.Context,
    incident: Annotated[
        UUID, typer.Argument(metavar="INCIDENT", help=t("事件编号（UUID）。", "Id (UUID) of the incident."))
    ],
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetIncidentRequest(incident_id=str(incident), purpose=purpose_of(purpose), min_position=min_position)
    answer = run(connection.ask(Stub, "GetIncident", request))
    opened = answer.incident.opened
    about = fields([
        (t("时间", "happened"), instant(opened.happened_at)),
        (t("违法行为", "act"), opened.act_code),
        (t("号牌", "plate"), f"{opened.vehicle.plate} {opened.vehicle.plate_colour}"),
        (t("地点", "place"), opened.place.description),
        (t("车籍地", "home place"), opened.home_division_code),
        (t("事实", "facts"), opened.facts),
        (t("设备记录", "record of a device"), opened.capture_id),
    ])  # fmt: skip
    parties = table(
        (t("一方", "party"), t("名称", "name"), t("违法行为", "act"), t("案件", "case")),
        [
            (term(cases.IncidentRole, one.role), one.party.name, one.act_code, one.case_id)
            for one in answer.incident.parties
        ],
    )
    show(as_json(answer), Group(about, "", parties), as_json=json)
