"""`enforcement case review`: the review of a case file (案卷评查), its items and what was found."""

from typing import Any, Final

import typer
from enforcement.documents.v1 import events_pb2 as events
from enforcement.documents.v1 import service_pb2 as pb
from enforcement.documents.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.case.naming import ask_about
from services.cli.connection import Connection, term
from services.cli.language import command, t
from services.cli.options import CaseName, MinPosition, PurposeOption, purpose_of
from services.cli.output import Json, as_json, fields, note, show, table

Stub: Final = grpc_pb.DocumentsServiceStub


def add_to(app: typer.Typer) -> None:
    """Adds the command to the noun `case`."""
    command(
        app, "review",
        "显示案卷最近一次评查：评查项目、扣分、问题和等次。问题可能涉及个人信息，须写明用途。\n\n"
        "示例：`case review 川泸2026-0042 --purpose supervision`",
        "Show the newest review of a case file: items, points taken away, remarks and class. Remarks may name people: "
        "they need a purpose.\n\n"
        "Example: `case review 川泸2026-0042 --purpose supervision`",
    )(review)  # fmt: skip


def review(
    context: typer.Context,
    case: CaseName,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetReviewRequest(min_position=min_position, purpose=purpose_of(purpose))
    answer = ask_about(connection, case, Stub, "GetReview", request, "matter_id")
    show(as_json(answer), _people(answer.review), as_json=json)
    if answer.masked and not json:
        note(
            t(
                "评查问题已遮蔽；有权查看的，用 --purpose 说明用途",
                "remarks are hidden; whoever may see them gives --purpose",
            )
        )


def _people(found: pb.Review) -> Any:
    said = {one.code: one for one in found.findings}
    headings = (
        t("项目", "item"),
        t("内容", "what is asked"),
        t("分值", "points"),
        t("扣分", "taken"),
        t("问题", "remark"),
    )
    rows = []
    for item in found.items:
        finding = said.get(item.code, events.ReviewFinding())
        taken = t("否决", "veto") if finding.vetoed else _points(finding.deducted_tenths)
        points = t("一票否决", "veto item") if item.veto else _points(item.points_tenths)
        rows.append((item.code, item.title, points, taken, finding.remark))
    about = fields([
        (t("编号", "id"), found.review_id),
        (t("阶段", "stage"), found.stage),
        (t("评查标准", "items"), found.ruleset),
        (t("得分", "score"), _points(found.score_tenths) if found.findings else ""),
        (t("等次", "class"), term(events.ReviewClass, getattr(found, "class")) if found.findings else ""),
        (t("整改期限", "rework until"), found.rework_until_on),
    ])  # fmt: skip
    return Group(about, table(headings, rows))


def _points(tenths: int) -> str:
    return f"{tenths / 10:g}" if tenths else ""
