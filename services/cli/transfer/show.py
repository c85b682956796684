"""`enforcement transfer list`, `show`, `timeline`: a transfer as each side knows it."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as pb
from enforcement.transfer.v1 import service_pb2_grpc as grpc_pb
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Group, RenderableType

from services.cli.connection import Connection, missing, run, term
from services.cli.language import cited, command, t
from services.cli.options import Count, MinPosition, PageToken
from services.cli.output import Json, as_json, fields, instant, next_page, note, show, table
from services.cli.transfer.paper import answers_table
from services.kernel.authority import Authority

Stub: Final = grpc_pb.TransferServiceStub
TransferId = Annotated[
    UUID, typer.Argument(metavar="ID", help=t("移送编号（UUID），各方相同。", "Id (UUID), the same on every side."))
]
_TIMES: Final = {
    "opened_at": t("成立专案组", "team named"),
    "reported_at": t("正职负责人收到报告", "report received"),
    "decided_at": t("决定", "decided"),
    "sent_at": t("移送", "sent"),
    "arrived_at": t("收到", "arrived"),
    "received_at": t("公安机关签收", "receipt signed"),
    "supplement_until_at": t("可要求补充材料至", "supplement until"),
    "jurisdiction_denied_at": t("认为无管辖权", "jurisdiction denied"),
    "passed_on_at": t("转送其他公安机关", "passed on"),
    "filing_decided_at": t("立案决定", "filing decided"),
    "reconsideration_until_at": t("可申请复议至", "reconsideration until"),
    "reconsideration_requested_at": t("申请复议", "reconsideration requested"),
    "reconsideration_received_at": t("收到复议申请", "reconsideration received"),
    "reconsidered_at": t("复议决定", "reconsidered"),
    "refusal_maintained_at": t("维持不予立案", "refusal maintained"),
    "supervision_until_at": t("可建议立案监督至", "supervision until"),
    "supervision_suggested_at": t("建议立案监督", "supervision suggested"),
    "reasons_asked_at": t("要求说明不立案理由", "reasons asked"),
    "reasons_stated_at": t("说明不立案理由", "reasons stated"),
    "filing_ordered_at": t("通知立案", "filing ordered"),
    "handed_over_at": t("移交涉案财物", "handed over"),
    "party_informed_at": t("告知当事人", "party informed"),
    "outcome_at": t("处理结果", "outcome"),
    "withdrawn_at": t("撤销案件", "withdrawn"),
    "property_returned_at": t("退还涉案财物", "property returned"),
    "returned_at": t("退回行政处理", "returned"),
    "closed_at": t("办结", "closed"),
}
"""Names of the instants that a side shows."""


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `transfer`."""
    command(
        app, "list",
        "列出移送，最新的在前；公安机关列出收到的，检察机关列出获知的。",
        "List transfers, the newest first; the police list those they received, the procuratorate those it was told "
        "of.",
    )(list_transfers)  # fmt: skip
    command(
        app, "show",
        "显示一件移送及其经过；内容只有专案组和正职负责人可见。\n\n"
        "示例：`enforcement -n jt-510521 transfer show <编号>`",
        "Show a transfer and its history; content for its team and the principal head.\n\n"
        "Example: `enforcement -n jt-510521 transfer show <id>`",
    )(show_transfer)  # fmt: skip
    command(app, "timeline", "显示一件移送在本单位的经过。", "Show the history of a transfer at this authority.")(
        timeline_of
    )


def list_transfers(
    context: typer.Context,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    asked: dict[str, Any] = {"page": common.PageRequest(size=count, token=page), "min_position": min_position}
    headings: tuple[str, ...] = (t("阶段", "stage"), t("另一方", "other side"), t("移送", "sent"), t("签收", "receipt"))
    rows: list[tuple[object, ...]]
    match _kind(connection):
        case options.AUTHORITY_KIND_POLICE:
            answer = run(connection.ask(Stub, "ListReferrals", pb.ListReferralsRequest(**asked)))
            rows = [
                (one.stage, one.bureau_id, instant(one.arrived_at), instant(one.received_at), one.transfer_id)
                for one in answer.referrals
            ]
        case options.AUTHORITY_KIND_PROCURATORATE:
            answer = run(connection.ask(Stub, "ListOversights", pb.ListOversightsRequest(**asked)))
            rows = [
                (
                    term(events.TransferStep, one.step),
                    f"{one.bureau_id} → {one.police_id}",
                    instant(one.sent_at),
                    instant(one.received_at),
                    one.transfer_id,
                )
                for one in answer.oversights
            ]
        case _:
            answer = run(connection.ask(Stub, "ListTransfers", pb.ListTransfersRequest(**asked)))
            rows = [
                (one.stage, one.police_id, instant(one.sent_at), instant(one.received_at), one.transfer_id)
                for one in answer.transfers
            ]
    show(as_json(answer), table((*headings, "id"), rows), as_json=json)
    next_page(answer.next_token, as_json=json)


def show_transfer(
    context: typer.Context, transfer: TransferId, min_position: MinPosition = 0, json: Json = False
) -> None:
    connection: Connection = context.obj
    work = _at_police if _kind(connection) == options.AUTHORITY_KIND_POLICE else _at_bureau
    found, timeline, answers = run(work(connection, str(transfer), min_position))
    data = {**as_json(found), **as_json(timeline), **(as_json(answers) if answers is not None else {})}
    show(data, _people(found, timeline, answers), as_json=json)
    if not json:
        prove = f"enforcement deadlines --subject {transfer} · enforcement transfer prove {transfer} -o"
        note(t(f"下一步：{prove} 存证.json", f"next: {prove} proof.json"))


def timeline_of(
    context: typer.Context,
    transfer: TransferId,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetTransferTimelineRequest(
        transfer_id=str(transfer), page=common.PageRequest(size=count, token=page), min_position=min_position
    )
    answer = run(connection.ask(Stub, "GetTransferTimeline", request))
    show(as_json(answer), _history(answer), as_json=json)
    next_page(answer.next_token, as_json=json)


def _kind(connection: Connection) -> options.AuthorityKind.ValueType:
    """Which side the node is."""
    if not connection.settings.authority_id:
        raise missing("ENFORCEMENT_AUTHORITY_ID")
    kind: options.AuthorityKind.ValueType = Authority(connection.settings.authority_id, "").kind
    return kind


_Shown = tuple[Any, pb.GetTransferTimelineResponse, paper.ListPaperAnswersResponse | None]


async def _at_bureau(connection: Connection, transfer_id: str, min_position: int) -> _Shown:
    request = pb.GetTransferRequest(transfer_id=transfer_id, min_position=min_position)
    found: pb.GetTransferResponse = await connection.ask(Stub, "GetTransfer", request)
    history = pb.GetTransferTimelineRequest(transfer_id=transfer_id, min_position=min_position)
    answers = paper.ListPaperAnswersRequest(transfer_id=transfer_id, min_position=min_position)
    return (
        found,
        await connection.ask(Stub, "GetTransferTimeline", history),
        await connection.ask(Stub, "ListPaperAnswers", answers),
    )


async def _at_police(connection: Connection, transfer_id: str, min_position: int) -> _Shown:
    request = pb.GetReferralRequest(transfer_id=transfer_id, min_position=min_position)
    found: pb.GetReferralResponse = await connection.ask(Stub, "GetReferral", request)
    history = pb.GetTransferTimelineRequest(transfer_id=found.referral.referral_id, min_position=min_position)
    return found, await connection.ask(Stub, "GetTransferTimeline", history), None


def _people(
    found: Any, timeline: pb.GetTransferTimelineResponse, answers: paper.ListPaperAnswersResponse | None
) -> RenderableType:
    one: Any = found.referral if isinstance(found, pb.GetReferralResponse) else found.transfer
    content = found.content if isinstance(found, pb.GetTransferResponse) else one
    about = [
        (t("移送编号", "id"), one.transfer_id),
        (t("阶段", "stage"), one.stage),
        (t("案号", "case"), getattr(content, "case_number", "")),
        (t("涉嫌罪名", "crime"), getattr(content, "suspected_crime", "")),
        (t("公安机关", "police"), getattr(one, "police_id", "")),
        (t("移送机关", "bureau"), getattr(one, "bureau_id", "")),
        *((name, instant(at)) for name, at in _times(one)),
        (t("刑事案号", "criminal case"), getattr(content, "criminal_case_number", "")),
    ]
    parts: list[RenderableType] = [fields(about), "", _history(timeline)]
    if answers is not None and answers.answers:
        parts += ["", answers_table(answers)]
    return Group(*parts)


def _times(one: Message) -> list[tuple[str, Timestamp]]:
    """The instants that are set, in the order of the law."""
    return [
        (title, getattr(one, name))
        for name, title in _TIMES.items()
        if name in one.DESCRIPTOR.fields_by_name and one.HasField(name)
    ]


def _history(answer: pb.GetTransferTimelineResponse) -> RenderableType:
    headings = (
        t("时间", "when"),
        t("事项", "what"),
        t("依据", "basis"),
        t("行为人", "who"),
        "position",
        t("补录理由", "why late"),
    )
    rows = [
        (
            instant(entry.occurred_at),
            entry.title_zh or entry.type,
            cited(entry.basis),
            entry.actor,
            entry.position,
            entry.late_reason,
        )
        for entry in answer.entries
    ]
    return table(headings, rows)
