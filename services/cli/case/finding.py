"""`enforcement case search`, `due`, `timeline`: to find cases, and to see what is due."""

from enum import StrEnum
from typing import Annotated

import typer
from enforcement.cases.v1 import queries_pb2 as queries
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options

from services.cli.case.naming import names_case, stage_of
from services.cli.connection import Connection, run, term
from services.cli.language import cited, command, t
from services.cli.options import CaseName, Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, due, instant, next_page, note, show, table


class Role(StrEnum):
    """Whose desk."""

    INVESTIGATOR = "investigator"
    UNIT_CHIEF = "unit_chief"
    LEGAL_REVIEWER = "legal_reviewer"
    LEADER = "leader"
    PRINCIPAL_HEAD = "principal_head"
    FINANCE = "finance"
    CASE_MANAGER = "case_manager"


def add_to(app: typer.Typer) -> None:
    """Adds the commands to `case`."""
    command(
        app, "search",
        "按任意条件查找案件，条件同时满足。\n\n"
        "示例：`case search --text 泸永桥 --stage 调查中 --purpose case_handling`"
        " · `case search --party 张三 --purpose case_handling`",
        "Find cases by any marks, all of which hold.\n\n"
        "Examples: `case search --text 泸永桥 --stage 调查中 --purpose case_handling`"
        " · `case search --party 张三 --purpose case_handling`",
    )(search)  # fmt: skip
    command(
        app, "due",
        "列出已逾期、今日和本周到期的办案事项，先到期的在前。\n\n示例：`case due --role leader --today`",
        "List what is overdue, due today and this week, what ends first on top.\n\n"
        "Example: `case due --role leader --today`",
    )(list_due)  # fmt: skip
    command(
        app, "timeline", "显示案件经过及每一步的法律依据。", "Show the history of a case and the basis of each step."
    )(timeline)  # fmt: skip


def search(
    context: typer.Context,
    number: Annotated[str, typer.Option("--number", help=t("案号。", "Number of the case."))] = "",
    party: Annotated[
        str,
        typer.Option(
            "--party",
            help=t("当事人名称或证件号码，全部；须写明用途。", "Name or identity number, whole; needs a purpose."),
        ),
    ] = "",
    party_part: Annotated[
        str,
        typer.Option(
            "--party-part", help=t("当事人名称的一部分；须写明用途。", "Part of the party's name; needs a purpose.")
        ),
    ] = "",
    plate: Annotated[
        str,
        typer.Option(
            "--plate",
            help=t(
                "车辆号牌，或者船名、船舶识别号、MMSI；须写明用途。",
                "Plate, or name or number of a vessel; needs a purpose.",
            ),
        ),
    ] = "",
    colour: Annotated[str, typer.Option("--colour", help=t("号牌颜色，如 蓝。", "Colour of the plate, e.g. 蓝."))] = "",
    officer: Annotated[str, typer.Option("--officer", help=t("承办人编号。", "Id of an officer of the case."))] = "",
    stage: Annotated[
        list[str] | None,
        typer.Option("--stage", help=t("阶段，可重复，如 调查中。", "Stage, repeatable, e.g. 调查中.")),
    ] = None,
    side_state: Annotated[
        str, typer.Option("--side", help=t("附加状态，如 中止。", "What lies over the stage, e.g. 中止."))
    ] = "",
    act: Annotated[str, typer.Option("--act", help=t("案由代码。", "Code of the act."))] = "",
    text: Annotated[
        str,
        typer.Option(
            "--text",
            help=t(
                "事实、当事人、案号中的词，均须出现；须写明用途。",
                "Words of facts, party or number; all occur; needs a purpose.",
            ),
        ),
    ] = "",
    filed_from: Annotated[
        str, typer.Option("--filed-from", metavar="DAY", help=t("立案日起。", "First day of filing."))
    ] = "",
    filed_to: Annotated[
        str, typer.Option("--filed-to", metavar="DAY", help=t("立案日止。", "Last day of filing."))
    ] = "",
    due_from: Annotated[
        str, typer.Option("--due-from", metavar="DAY", help=t("到期日起。", "First day of what is due."))
    ] = "",
    due_to: Annotated[
        str, typer.Option("--due-to", metavar="DAY", help=t("到期日止。", "Last day of what is due."))
    ] = "",
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = queries.SearchCasesRequest(
        min_position=min_position,
        page=common.PageRequest(size=count, token=page),
        case_number=number,
        party=party,
        party_part=party_part,
        plate=plate,
        plate_colour=colour,
        officer_id=officer,
        stages=stage or (),
        side_state=side_state,
        act_code=act,
        text=text,
        filed_from_on=filed_from,
        filed_to_on=filed_to,
        due_from_on=due_from,
        due_to_on=due_to,
        purpose=purpose_of(purpose),
    )
    answer = run(connection.ask(grpc_pb.CasesServiceStub, "SearchCases", request))
    headings = (
        t("案号", "number"),
        t("阶段", "stage"),
        t("案由", "act"),
        t("当事人", "party"),
        t("号牌", "plate"),
        t("立案", "filed"),
        "id",
    )
    rows = [
        (
            found.case_number,
            stage_of(found),
            found.act_code,
            found.party.name,
            found.vehicle.plate,
            instant(found.filed_at),
            found.case_id,
        )
        for found in answer.cases
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    if json:
        return
    if any(found.masked for found in answer.cases):
        note(
            t(
                "个人信息已遮蔽；有权查看的，用 --purpose 说明用途",
                "personal data are masked; whoever may see them gives --purpose",
            )
        )
    next_page(answer.next_token, as_json=json)


def list_due(
    context: typer.Context,
    role: Annotated[Role | None, typer.Option("--role", help=t("只看该岗位应办的。", "Only this role's desk."))] = None,
    officer: Annotated[
        str, typer.Option("--officer", help=t("只看该承办人的案件。", "Only cases of this officer."))
    ] = "",
    today: Annotated[bool, typer.Option("--today", help=t("只看今日及以前到期的。", "Only until today."))] = False,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = queries.ListDueRequest(
        min_position=min_position,
        page=common.PageRequest(size=count, token=page),
        horizon=queries.HORIZON_TODAY if today else queries.HORIZON_WEEK,
        role=options.Role.Value(f"ROLE_{role.name}") if role else options.ROLE_UNSPECIFIED,
        officer_id=officer,
    )
    answer = run(connection.ask(grpc_pb.CasesServiceStub, "ListDue", request))
    headings = (
        t("到期", "due"),
        "",
        t("案号", "number"),
        t("事项", "what"),
        t("岗位", "desk"),
        t("依据", "basis"),
        "id",
    )
    rows = [
        (
            due(step.clock),
            t("逾期", "overdue") if step.overdue else "",
            step.case_number,
            step.clock.title,
            "、".join(term(options.Role, each) for each in step.roles) or t("承办人", "officers"),
            cited(step.clock.basis),
            step.case_id or step.on_spot_id or step.clock.subject_id,
        )
        for step in answer.steps
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    if not json:
        note(t(f"逾期 {answer.overdue} · 今日 {answer.today} · 本周 {answer.week}",
               f"overdue {answer.overdue} · today {answer.today} · this week {answer.week}"))  # fmt: skip
    next_page(answer.next_token, as_json=json)


def timeline(
    context: typer.Context,
    case: CaseName,
    count: Count = 200,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = names_case(case)
    request.min_position = min_position

    async def work() -> pb.GetCaseTimelineResponse:
        case_id = request.case_id
        if not case_id:
            found = await connection.ask(grpc_pb.CasesServiceStub, "GetCase", request)
            case_id = found.case.summary.case_id
        asked = pb.GetCaseTimelineRequest(
            case_id=case_id, min_position=min_position, page=common.PageRequest(size=count, token=page)
        )
        answer: pb.GetCaseTimelineResponse = await connection.ask(grpc_pb.CasesServiceStub, "GetCaseTimeline", asked)
        return answer

    answer = run(work())
    headings = (t("时间", "when"), t("事项", "what"), t("依据", "basis"), t("行为人", "who"), t("补录理由", "why late"))
    rows = [
        (instant(entry.occurred_at), entry.title_zh or entry.type, cited(entry.basis), entry.actor, entry.late_reason)
        for entry in answer.entries
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)
