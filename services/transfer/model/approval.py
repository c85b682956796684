"""T0-T2, bureau: a crime is suspected, a team verifies it, the principal head decides (国务院令第310号 arts. 3, 5)."""

from dataclasses import replace

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.transfer.model.shared import O310_5, Refusal, require_not_before
from services.transfer.model.transfer import Stage, Transfer, transfer


@transfer.decide(commands.OpenTransferRequest, basis="行政处罚法 art. 27; 国务院令第310号 arts. 3, 5")
def open_transfer(state: Transfer, command: commands.OpenTransferRequest, context: Context) -> Events:
    """When a crime is suspected, a team of at least two officers is named at once."""
    yield pb.TransferOpened(
        transfer_id=command.transfer_id or str(context.new_id(transfer.name)),
        case_id=command.case_id,
        case_number=command.case_number,
        act_code=command.act_code,
        suspected_crime=command.suspected_crime,
        facts=command.facts,
        suspects=command.suspects,
        team=context.two_active_officers(command.team_ids),
    )


@transfer.evolve(pb.TransferOpened)
def opened(state: Transfer, event: pb.TransferOpened, act: Act) -> Transfer:
    return replace(state, way=Stage.DRAFT, opened=event, team=tuple(event.team), last_act_at=act.occurred_at)


@transfer.decide(commands.SubmitReportRequest, basis=O310_5)
def submit_report(state: Transfer, command: commands.SubmitReportRequest, context: Context) -> Events:
    """The team verifies and reports in writing; the act is that the principal head received the report."""
    state.require(Stage.DRAFT)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    yield pb.ReportSubmitted(transfer_id=command.transfer_id, summary=command.summary, report=command.report)


@transfer.evolve(pb.ReportSubmitted)
def report_submitted(state: Transfer, event: pb.ReportSubmitted, act: Act) -> Transfer:
    return replace(state, way=Stage.PENDING_HEAD, last_act_at=act.occurred_at)


@transfer.decide(commands.ApproveTransferRequest, basis=O310_5)
def approve(state: Transfer, command: commands.ApproveTransferRequest, context: Context) -> Events:
    """Only the principal head, or whoever is in charge of the work, approves."""
    state.require(Stage.PENDING_HEAD)
    _require_principal_head(context)
    require_not_before(state.last_act_at, context)
    yield pb.TransferApproved(transfer_id=command.transfer_id, case_id=state.opened.case_id)


@transfer.evolve(pb.TransferApproved)
def approved(state: Transfer, event: pb.TransferApproved, act: Act) -> Transfer:
    return replace(state, way=Stage.APPROVED, last_act_at=act.occurred_at)


@transfer.decide(commands.RejectTransferRequest, basis=O310_5)
def reject(state: Transfer, command: commands.RejectTransferRequest, context: Context) -> Events:
    """The principal head refuses with reasons, which stay in the file; the case goes on."""
    state.require(Stage.PENDING_HEAD)
    _require_principal_head(context)
    require_not_before(state.last_act_at, context)
    yield pb.TransferRejected(transfer_id=command.transfer_id, case_id=state.opened.case_id, reason=command.reason)


@transfer.evolve(pb.TransferRejected)
def rejected(state: Transfer, event: pb.TransferRejected) -> Transfer:
    return replace(state, way=Stage.REJECTED)


def _require_principal_head(context: Context) -> None:
    """The principal head decides, or whoever is in charge of the work (主持工作); no deputy does (art. 5)."""
    if not context.actor.holds(options.ROLE_PRINCIPAL_HEAD):
        raise Refused(Refusal.NEEDS_PRINCIPAL_HEAD)
