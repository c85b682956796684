"""`enforcement non-site subject`: whose violations are counted over a year."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import follow_up_pb2 as events
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.non_site.items import items_table
from services.cli.options import Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, next_page, show, table

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("累计违法的车辆、驾驶人、企业。", "Counters of vehicles, drivers and companies.")


class SubjectKind(StrEnum):
    """Whose violations are counted."""

    VEHICLE = "vehicle"
    DRIVER = "driver"
    COMPANY = "company"


KIND: Final = typer.Option("--kind", help=t("车辆、驾驶人或者企业。", "A vehicle, a driver or a company."))


@command(
    app, "list",
    "列出一年内的违法次数，最近知悉的在前。\n\n示例：`non-site subject list --kind vehicle --least 4`",
    "List counters of a year, the latest known first.\n\nExample: `non-site subject list --kind vehicle --least 4`",
)  # fmt: skip
def list_subjects(
    context: typer.Context,
    kind: Annotated[SubjectKind | None, KIND] = None,
    least: Annotated[int, typer.Option("--least", min=0, help=t("至少违法次数。", "At least so many violations."))] = 1,
    on: Annotated[
        str, typer.Option("--on", help=t("计至该日的一年；默认今天。", "The year to this day; default today."))
    ] = "",
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListSubjectsRequest(
        kind=_kind(kind),
        violations_min=least,
        as_of_on=on,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListSubjects", request))
    show(as_json(answer), _subjects(answer.subjects), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    app, "show",
    "按号牌或者证件号码显示累计违法。\n\n"
    "示例：`non-site subject show --kind vehicle --plate 渝CA1234 --colour 黄 --purpose case_handling`"
    " · `non-site subject show --kind company --number 91500118MA5YTEST01 --purpose case_handling`",
    "Show the counter of a vehicle, driver or company.\n\n"
    "Examples: `non-site subject show --kind vehicle --plate 渝CA1234 --colour 黄 --purpose case_handling`"
    " · `non-site subject show --kind company --number 91500118MA5YTEST01 --purpose case_handling`",
)  # fmt: skip
def show_subject(
    context: typer.Context,
    kind: Annotated[SubjectKind, KIND],
    plate: Annotated[str, typer.Option("--plate", help=t("号牌。", "Plate."))] = "",
    colour: Annotated[str, typer.Option("--colour", help=t("号牌颜色。", "Colour of the plate."))] = "",
    number: Annotated[
        str, typer.Option("--number", help=t("从业资格证号或者统一社会信用代码。", "Qualification or credit code."))
    ] = "",
    on: Annotated[
        str, typer.Option("--on", help=t("计至该日的一年；默认今天。", "The year to this day; default today."))
    ] = "",
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetSubjectRequest(
        kind=_kind(kind),
        plate=plate,
        plate_colour=colour,
        number=number,
        as_of_on=on,
        purpose=purpose_of(purpose),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "GetSubject", request))
    counted = table(
        (t("行为日", "committed"), t("来源", "from"), t("机关", "authority"), t("案件或者抄告", "case or notice")),
        [
            (one.committed_on, term(events.ViolationSource, one.source), one.authority_id, one.ground_id)
            for one in answer.violations
        ],
    )
    show(as_json(answer), Group(_subjects([answer.subject]), "", counted, "", items_table(answer.items)), as_json=json)


def _subjects(found: Any) -> Any:
    headings = (
        t("对象", "subject"),
        t("种类", "kind"),
        t("一年内次数", "violations"),
        t("违法车辆", "trucks"),
        t("车辆总数", "of"),
        "id",
    )
    rows = [
        (
            one.label,
            term(events.SubjectKind, one.kind),
            one.violations,
            one.violating_trucks or "",
            one.fleet_trucks or "",
            one.subject_id,
        )
        for one in found
    ]
    return table(headings, rows)


def _kind(chosen: SubjectKind | None) -> events.SubjectKind.ValueType:
    return events.SubjectKind.Value(f"SUBJECT_KIND_{chosen.name}") if chosen else events.SUBJECT_KIND_UNSPECIFIED
