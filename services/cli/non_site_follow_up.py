"""`enforcement non-site incident`, `subject`, `item`, `follow-up`, `notice`, `mismatched`: what follows a case of
overload.
"""

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.cross_border.v1.service_pb2_grpc import CrossBorderServiceStub
from enforcement.non_site.v1 import follow_up_pb2 as events
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
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
from services.cli.output import Json, as_json, fields, instant, next_page, show, table
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.NonSiteServiceStub

incident_app = group("一超四罚的事件。", "Incidents with up to four cases.")
subject_app = group("累计违法的车辆、驾驶人、企业。", "Counters of vehicles, drivers and companies.")
item_app = group("一年内多次违法的审查事项。", "Review items of those that violate again and again.")
follow_up_app = group("案件办结后的抄告。", "What follows a case: the notice to the home place.")
notice_app = group("与其他机关之间的抄告。", "Notices that went to other authorities, or came from them.")


class SubjectKind(StrEnum):
    """Whose violations are counted."""

    VEHICLE = "vehicle"
    DRIVER = "driver"
    COMPANY = "company"


class ItemOutcome(StrEnum):
    """How a review ended."""

    MEASURE = "measure"
    NONE = "none"
    REFERRED = "referred"


ItemId = Annotated[UUID, typer.Argument(metavar="ITEM", help=t("审查事项编号（UUID）。", "Id (UUID) of the item."))]
SubjectId = Annotated[UUID, typer.Option("--subject", help=t("对象编号（UUID）。", "Id (UUID) of the subject."))]
KIND: Final = typer.Option("--kind", help=t("车辆、驾驶人或者企业。", "A vehicle, a driver or a company."))


def add_to(app: typer.Typer) -> None:
    """Adds the nouns of this file to `non-site`."""
    app.add_typer(incident_app, name="incident")
    app.add_typer(subject_app, name="subject")
    app.add_typer(item_app, name="item")
    app.add_typer(follow_up_app, name="follow-up")
    app.add_typer(notice_app, name="notice")
    command(
        app, "mismatched",
        "列出外廓尺寸与登记或者标准不符的车辆，供抄告公安交管部门。\n\n"
        "示例：`non-site mismatched --from 2026-11-01 --to 2026-11-30 --purpose cooperation`",
        "List vehicles whose dimensions disagree with registration or standard, for the traffic police.\n\n"
        "Example: `non-site mismatched --from 2026-11-01 --to 2026-11-30 --purpose cooperation`",
    )(mismatched)  # fmt: skip


@command(incident_app, "list", "列出事件，最新的在前。", "List incidents, the newest first.")
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
    incident_app, "show",
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


@command(
    subject_app, "list",
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
    subject_app, "show",
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
    show(as_json(answer), Group(_subjects([answer.subject]), "", counted, "", _items(answer.items)), as_json=json)


@command(
    item_app, "list",
    "列出审查事项，最新的在前。\n\n示例：`non-site item list --open`",
    "List review items, the newest first.\n\nExample: `non-site item list --open`",
)  # fmt: skip
def list_items(
    context: typer.Context,
    open_: Annotated[bool, typer.Option("--open", help=t("只看未答复的。", "Only those not answered."))] = False,
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListReviewItemsRequest(
        open=open_,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListReviewItems", request))
    show(as_json(answer), _items(answer.items), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    item_app, "claim",
    "认领一项审查。\n\n示例：`non-site item claim <编号> --subject <对象编号>`",
    "Take a review item on.\n\nExample: `non-site item claim <id> --subject <id of the subject>`",
)  # fmt: skip
def claim_item(
    context: typer.Context,
    item: ItemId,
    subject: SubjectId,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ClaimReviewItemRequest(
        command_id=repeatable(command_id),
        subject_id=str(subject),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
        item_id=str(item),
    )
    recorded = run(connection.ask(Stub, "ClaimReviewItem", request))
    show(as_json(recorded), f"id {recorded.id}  position {recorded.position}", as_json=json)


@command(
    item_app, "answer",
    "答复认领的审查事项。\n\n"
    "示例：`non-site item answer <编号> --subject <对象编号> --outcome referred --reason 移送发证机关`",
    "Answer a review item that you took on.\n\n"
    "Example: `non-site item answer <id> --subject <id of the subject> --outcome referred --reason '…'`",
)  # fmt: skip
def answer_item(
    context: typer.Context,
    item: ItemId,
    subject: SubjectId,
    outcome: Annotated[
        ItemOutcome,
        typer.Option(
            "--outcome", help=t("已采取措施、不采取措施或者已移送发证机关。", "A measure, none, or referred.")
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help=t("理由、文书号。", "Reasons, number of the document."))],
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.AnswerReviewItemRequest(
        command_id=repeatable(command_id),
        subject_id=str(subject),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
        item_id=str(item),
        outcome=events.FollowUpReviewOutcome.Value(f"FOLLOW_UP_REVIEW_OUTCOME_{outcome.name}"),
        reason=reason,
    )
    recorded = run(connection.ask(Stub, "AnswerReviewItem", request))
    show(as_json(recorded), f"id {recorded.id}  position {recorded.position}", as_json=json)


@command(
    follow_up_app, "list",
    "列出案件的抄告情况，最新的在前。\n\n示例：`non-site follow-up list --stage 待抄告`",
    "List the notices to home places, the newest first.\n\nExample: `non-site follow-up list --stage 待抄告`",
)  # fmt: skip
def list_follow_ups(
    context: typer.Context,
    stage: Annotated[
        str, typer.Option("--stage", help=t("只看该阶段，如 待抄告。", "Only this stage, e.g. 待抄告."))
    ] = "",
    case: Annotated[UUID | None, typer.Option("--case", help=t("案件编号。", "Id of the case."))] = None,
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListFollowUpsRequest(
        stage=stage,
        case_id=str(case) if case else "",
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListFollowUps", request))
    headings = (
        t("案号", "number"),
        t("阶段", "stage"),
        t("号牌", "plate"),
        t("处理", "decision"),
        t("车籍地", "home place"),
        t("抄告至", "told"),
        t("已撤回", "taken back"),
        t("案件", "case"),
    )
    rows = [
        (
            one.decided.case_number or one.followed.case_number,
            one.stage,
            one.followed.vehicle.plate,
            one.decided.decision,
            one.home_division_code,
            one.issued.home_authority_id or one.issued.letter_to,
            "✓" if one.HasField("withdrawn") else "",
            one.followed.case_id,
        )
        for one in answer.follow_ups
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    notice_app, "list",
    "列出发出的抄告，最新的在前；--received 为收到的。\n\n"
    "示例：`non-site notice list --received --purpose case_handling`",
    "List the notices that went out, the newest first; --received those that came.\n\n"
    "Example: `non-site notice list --received --purpose case_handling`",
)  # fmt: skip
def list_notices(
    context: typer.Context,
    received: Annotated[bool, typer.Option("--received", help=t("收到的抄告。", "Those that came."))] = False,
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = notices.ListCopyNoticesRequest(
        received=received,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(CrossBorderServiceStub, "ListCopyNotices", request))
    headings = (
        t("时间", "when"),
        t("机关", "authority"),
        t("案号", "number"),
        t("号牌", "plate"),
        t("行为日", "committed"),
        t("处理", "decision"),
        t("已送达", "arrived"),
        t("撤回", "taken back"),
        "id",
    )
    rows = [
        (
            instant(one.recorded_at),
            one.authority_id,
            one.notice.case_number,
            one.notice.plate,
            one.notice.committed_on,
            one.notice.decision,
            "✓" if one.delivered else "",
            instant(one.withdrawn_at),
            one.notice_id,
        )
        for one in answer.notices
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


def mismatched(
    context: typer.Context,
    from_: Annotated[str, typer.Option("--from", help=t("采集日自，如 2026-11-01。", "Captured from this day on."))],
    to: Annotated[str, typer.Option("--to", help=t("采集日至。", "Captured by this day."))],
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListMismatchedVehiclesRequest(
        from_on=from_,
        to_on=to,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListMismatchedVehicles", request))
    headings = (t("采集时间", "captured"), t("号牌", "plate"), t("不符之处", "in what"), t("记录", "record"))
    rows = [
        (instant(one.captured_at), f"{one.plate} {one.plate_colour}", one.note, one.capture_id)
        for one in answer.vehicles
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


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


def _items(found: Any) -> Any:
    headings = (
        t("审查事项", "to be reviewed"),
        t("对象", "subject"),
        t("阶段", "stage"),
        t("期间", "year"),
        t("次数", "violations"),
        t("审查人", "reviewer"),
        t("结果", "outcome"),
        "id",
        t("对象编号", "id of the subject"),
    )
    rows = [
        (
            term(events.FollowUpReviewKind, one.raised.kind),
            one.label,
            one.stage,
            f"{one.raised.from_on}–{one.raised.to_on}",
            len(one.raised.violation_ids),
            one.officer_id,
            term(events.FollowUpReviewOutcome, one.outcome) if one.outcome else "",
            one.raised.item_id,
            one.raised.subject_id,
        )
        for one in found
    ]
    return table(headings, rows)


def _kind(chosen: SubjectKind | None) -> events.SubjectKind.ValueType:
    return events.SubjectKind.Value(f"SUBJECT_KIND_{chosen.name}") if chosen else events.SUBJECT_KIND_UNSPECIFIED
