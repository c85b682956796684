"""`enforcement case publication`: the proposed public copy beside the decision on file."""

from typing import Any, Final

import typer
from enforcement.cases.v1 import publication_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from rich.console import Group

from services.cli.case.naming import ask_about
from services.cli.connection import Connection, term
from services.cli.language import command, t
from services.cli.options import CaseName, MinPosition, PurposeOption, purpose_of
from services.cli.output import Json, as_json, fields, instant, note, show, table

Stub: Final = grpc_pb.CasesServiceStub


def add_to(app: typer.Typer) -> None:
    """Adds the command to the noun `case`."""
    command(
        app, "publication",
        "显示拟公开文本、隐去的内容和案卷中的决定书原文，供第二人核对。须写明用途。\n\n"
        "示例：`case publication 川泸2026-0042 --purpose publication`",
        "Show the proposed public copy, what it hides and the decision on file, for the second person who compares "
        "them. Needs a purpose.\n\n"
        "Example: `case publication 川泸2026-0042 --purpose publication`",
    )(publication)  # fmt: skip


def publication(
    context: typer.Context,
    case: CaseName,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetPublicationRequest(min_position=min_position, purpose=purpose_of(purpose))
    answer = ask_about(connection, case, Stub, "GetPublication", request, "case_id")
    show(as_json(answer), _people(answer.publication), as_json=json)
    if answer.masked and not json:
        note(
            t(
                "原文未显示；有权核对的，用 --purpose 说明用途",
                "the file's text is hidden; whoever may compare it gives --purpose",
            )
        )


def _people(found: pb.Publication) -> Any:
    about = fields([
        (t("编号", "id"), found.publication_id),
        (t("状态", "state"), found.state),
        (t("决定书", "decision"), found.number),
        (t("拟定", "proposed"), f"{found.proposed_by} {instant(found.proposed_at)}"),
        (t("核对", "checked"), f"{found.checked_by} {instant(found.checked_at)}".strip()),
        (t("核对意见", "remark"), found.remark),
        (t("公开文本", "public copy"), found.copy),
        (t("决定书原文", "text on file"), found.text),
    ])  # fmt: skip
    headings = (t("隐去内容", "hidden"), t("原文", "on file"), t("公开为", "in the copy"))
    rows = [(term(pb.RedactionKind, one.kind), found.text[one.start : one.end], one.mask) for one in found.redactions]
    return Group(about, table(headings, rows))
