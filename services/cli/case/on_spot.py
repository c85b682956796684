"""`enforcement on-spot`: the simplified procedure. `enforcement case warnings`: other cases about the same act."""

from typing import Annotated
from uuid import UUID

import typer
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common

from services.cli.case.naming import Stage, names_case
from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import CaseName, Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, fields, instant, next_page, note, show, table, yuan

app = group("当场处罚（简易程序）。", "On-the-spot penalties (simplified procedure).")
OnSpotId = Annotated[
    UUID, typer.Argument(metavar="ID", help=t("当场处罚编号（UUID）。", "Id (UUID) of the on-the-spot penalty."))
]


def add_to(cases: typer.Typer) -> None:
    """Adds the question about other cases to `case`."""
    command(
        cases, "warnings",
        "显示可能涉及同一违法行为的其他案件，包括其他机关的答复（一事不再罚）。",
        "Show other cases that may be about the same act, here and as others answered.",
    )(warnings)  # fmt: skip


@command(app, "list", "列出当场处罚，最新的在前。", "List on-the-spot penalties, the newest first.")
def list_on_spot(
    context: typer.Context,
    stage: Stage = "",
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListOnSpotRequest(
        stage=stage, page=common.PageRequest(size=count, token=page), min_position=min_position
    )
    answer = run(connection.ask(grpc_pb.CasesServiceStub, "ListOnSpot", request))
    headings = (
        t("决定书编号", "form"),
        t("阶段", "stage"),
        t("违法行为", "act"),
        t("罚款（元）", "fine, yuan"),
        t("当场收缴（元）", "collected, yuan"),
        t("决定", "decided"),
        "id",
    )
    rows = [
        (
            one.form_number,
            one.stage,
            one.act_code,
            yuan(one.fine_fen),
            yuan(one.collected_fen),
            instant(one.decided_at),
            one.on_spot_id,
        )
        for one in answer.on_spots
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(app, "show", "显示一件当场处罚。", "Show an on-the-spot penalty.")
def show_on_spot(
    context: typer.Context,
    on_spot_id: OnSpotId,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetOnSpotRequest(on_spot_id=str(on_spot_id), purpose=purpose_of(purpose), min_position=min_position)
    answer = run(connection.ask(grpc_pb.CasesServiceStub, "GetOnSpot", request))
    found = answer.on_spot
    about = fields([
        (t("决定书编号", "form"), found.summary.form_number),
        (t("阶段", "stage"), found.summary.stage),
        (t("违法行为", "act"), found.summary.act_code),
        (t("地点", "place"), found.place.description),
        (t("事实", "facts"), found.facts),
        (t("当事人", "party"), found.party.name),
        (t("处罚", "penalties"), "、".join(term(events.PenaltyKind, one.kind) for one in found.penalties)),
        (t("罚款（元）", "fine, yuan"), yuan(found.summary.fine_fen)),
        (t("当场收缴（元）", "collected, yuan"), yuan(found.summary.collected_fen)),
        (t("决定", "decided"), instant(found.summary.decided_at)),
        (t("上缴", "handed in"), instant(found.handed_in_at)),
        (t("缴库", "banked"), instant(found.banked_at)),
        (t("备案", "copy filed"), instant(found.copy_filed_at)),
        (t("救济途径", "remedies"), found.remedies),
    ])  # fmt: skip
    show(as_json(answer), about, as_json=json)
    if not json:
        note(t(f"下一步：enforcement deadlines --subject {on_spot_id}",
               f"next: enforcement deadlines --subject {on_spot_id}"))  # fmt: skip


def warnings(context: typer.Context, case: CaseName, min_position: MinPosition = 0, json: Json = False) -> None:
    connection: Connection = context.obj
    name = names_case(case)
    name.min_position = min_position

    async def work() -> pb.GetActWarningsResponse:
        matter_id = name.case_id  # of a case or of an on-the-spot penalty
        if not matter_id:
            found = await connection.ask(grpc_pb.CasesServiceStub, "GetCase", name)
            matter_id = found.case.summary.case_id
        request = pb.GetActWarningsRequest(matter_id=matter_id, min_position=min_position)
        answer: pb.GetActWarningsResponse = await connection.ask(grpc_pb.CasesServiceStub, "GetActWarnings", request)
        return answer

    answer = run(work())
    headings = (
        t("机关", "authority"),
        t("编号", "number"),
        t("状态", "state"),
        t("违法行为", "act"),
        t("立案", "filed"),
        t("依据", "recognised by"),
    )
    rows = [
        (
            one.authority_id or t("本机关", "own"),
            one.case_number,
            term(acts.ActMatchState, one.state),
            one.act_code,
            instant(one.filed_at),
            term(acts.ActSubjectKind, one.matched_by),
        )
        for one in answer.matches
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    if answer.unanswered_ids and not json:
        note(f"{t('尚未答复', 'not answered yet')}: {'、'.join(answer.unanswered_ids)}")
