"""`enforcement non-site item`: the review of those that violate again and again."""

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import follow_up_pb2 as events
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb

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
from services.cli.output import Json, as_json, next_page, show, show_recorded, table
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("一年内多次违法的审查事项。", "Review items of those that violate again and again.")


class ItemOutcome(StrEnum):
    """How a review ended."""

    MEASURE = "measure"
    NONE = "none"
    REFERRED = "referred"


ItemId = Annotated[UUID, typer.Argument(metavar="ITEM", help=t("审查事项编号（UUID）。", "Id (UUID) of the item."))]
SubjectId = Annotated[UUID, typer.Option("--subject", help=t("对象编号（UUID）。", "Id (UUID) of the subject."))]


@command(
    app, "list",
    "列出审查事项，最新的在前。\n\n示例：`non-site item list --open`",
    "List review items, the newest first.\n\nExample: `non-site item list --open`",
)  # fmt: skip
def listitems_table(
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
    show(as_json(answer), items_table(answer.items), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    app, "claim",
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
    show_recorded(recorded, as_json=json)


@command(
    app, "answer",
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
    show_recorded(recorded, as_json=json)


def items_table(found: Any) -> Any:
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
