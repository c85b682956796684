"""`enforcement case show` and `list`: a case as its authority knows it."""

from typing import Any, Final

import typer
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common
from rich.console import Group

from services.cli.case.naming import Stage, names_case, stage_of
from services.cli.connection import Connection, run, term
from services.cli.language import cited, command, t
from services.cli.options import CaseName, Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, fields, instant, next_page, note, show, table

HISTORY: Final = 500
"""Steps shown with a case; more are in `case timeline`."""


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `case`."""
    command(
        app, "show",
        "显示一个案件及其经过。\n\n示例：`enforcement -n jt-510521 case show 川泸2026-0042`",
        "Show a case and its history.\n\nExample: `enforcement -n jt-510521 case show 川泸2026-0042`",
    )(show_case)  # fmt: skip
    command(app, "list", "列出案件，最新的线索在前。", "List cases, the newest clue first.")(list_cases)


def show_case(
    context: typer.Context,
    case: CaseName,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = names_case(case)
    request.min_position = min_position
    request.purpose = purpose_of(purpose)

    async def work() -> tuple[pb.GetCaseResponse, pb.GetCaseTimelineResponse]:
        found = await connection.ask(grpc_pb.CasesServiceStub, "GetCase", request)
        timeline = pb.GetCaseTimelineRequest(
            case_id=found.case.summary.case_id, min_position=min_position, page=common.PageRequest(size=HISTORY)
        )
        return found, await connection.ask(grpc_pb.CasesServiceStub, "GetCaseTimeline", timeline)

    found, timeline = run(work())
    case_id = found.case.summary.case_id
    show({**as_json(found), **as_json(timeline)}, _people(found.case, timeline), as_json=json)
    if timeline.next_token and not json:
        note(t(f"经过未完：enforcement case timeline {case_id}",
               f"there is more history: enforcement case timeline {case_id}"))  # fmt: skip
    if not json:
        note(t(f"下一步：enforcement trace {case_id} · enforcement deadlines --subject {case_id}",
               f"next: enforcement trace {case_id} · enforcement deadlines --subject {case_id}"))  # fmt: skip


def list_cases(
    context: typer.Context,
    stage: Stage = "",
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListCasesRequest(
        stage=stage, page=common.PageRequest(size=count, token=page), min_position=min_position
    )
    answer = run(connection.ask(grpc_pb.CasesServiceStub, "ListCases", request))
    headings = (
        t("案号", "number"),
        t("阶段", "stage"),
        t("立案", "filed"),
        t("线索", "clue"),
        t("移送", "transferred"),
        "id",
    )
    rows = [
        (
            case.case_number,
            stage_of(case),
            instant(case.filed_at),
            instant(case.registered_at),
            "✓" if case.transferred else "",
            case.case_id,
        )
        for case in answer.cases
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


def _people(case: pb.Case, timeline: pb.GetCaseTimelineResponse) -> Any:
    summary = case.summary
    about = fields([
        (t("案号", "number"), summary.case_number),
        (t("编号", "id"), summary.case_id),
        (t("阶段", "stage"), stage_of(summary)),
        (t("来源", "source"), term(events.ClueSource, case.source)),
        (t("移交单位", "handed off by"), case.handed_off_by),
        (t("违法行为", "act"), summary.act_code),
        (t("行为日", "act on"), case.act_on),
        (t("地点", "place"), case.place.description),
        (t("事实", "facts"), case.facts),
        (t("当事人", "party"), case.party.name),
        (t("证件号码", "identity number"), case.party.id_number),
        (t("联系方式", "phone"), case.party.phone),
        (t("住址", "address"), case.party.address),
        (t("号牌", "plate"), case.vehicle.plate),
        (t("立案", "filed"), instant(summary.filed_at)),
        (t("承办人", "officers"), "、".join(case.officer_ids)),
        (t("证据", "evidence"), len(case.evidence)),
        (t("措施", "measures"), "、".join(measure.state for measure in case.measures)),
        (t("移送", "transfer"), case.transfer_id),
    ])  # fmt: skip
    rows = [
        (
            instant(entry.occurred_at),
            entry.title_zh or entry.type,
            cited(entry.basis),
            entry.actor,
            entry.position,
            entry.late_reason,
        )
        for entry in timeline.entries
    ]
    headings = (
        t("时间", "when"),
        t("事项", "what"),
        t("依据", "basis"),
        t("行为人", "who"),
        "position",
        t("补录理由", "why late"),
    )
    return Group(about, "", table(headings, rows))
