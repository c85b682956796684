"""The bureau's side of a transfer (国务院令第310号 arts. 3, 5, 6, 12).

    DRAFT ──report──▶ PENDING_HEAD ──approve──▶ APPROVED ──send──▶ SENT ──police's receipt──▶ RECEIVED
                          └──reject──▶ REJECTED                                                │
         SUPPLEMENTING ◀──police ask──┬──────────────────────────────────────────────────────┤
               └──supplement──────────┘                                  police refuse│       │police file
                                                       RETURNED ◀──accept── REFUSED ◀─┘       ▼
                       OUTCOME_PENDING ◀──police confirm── HANDED_OVER ◀──hand over── FILED

Criminal content is for the team (专案组) and the principal head: only members of the team act, only the head approves.

Not here yet: reconsideration and filing supervision after a refusal, forwarding between police, the outcome.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.transfer.model.shared import (
    MPS_180,
    O310_5,
    O310_7,
    O310_8,
    O310_12,
    REQUIRED,
    Refusal,
    missing_from,
    procuratorate_of,
    require_files,
    require_not_before,
    require_told_by,
)


class Stage(StrEnum):
    """Where a transfer stands."""

    DRAFT = "核实中"
    PENDING_HEAD = "待正职负责人决定"
    REJECTED = "不予移送"
    APPROVED = "已批准移送"
    SENT = "已移送"
    RECEIVED = "公安机关已受理"
    SUPPLEMENTING = "补充材料中"
    FILED = "公安机关已立案"
    REFUSED = "公安机关不予立案"
    HANDED_OVER = "已移交涉案财物"
    OUTCOME_PENDING = "等待处理结果"
    RETURNED = "已退回行政处理"


@dataclass(frozen=True, slots=True)
class Transfer(Staged):
    """What decisions about a transfer read."""

    stage: Stage = Stage.DRAFT
    opened: pb.TransferOpened = field(default_factory=pb.TransferOpened)
    """What the team was named for; the package repeats it."""
    last_act_at: datetime | None = None
    """When the step took place on which the next one rests."""
    police_id: str = ""
    referral_id: str = ""
    demanded: tuple[pb.MaterialKind.ValueType, ...] = ()
    party_informed: bool = False

    def require_team(self, context: Context) -> None:
        """Only members of the team work on the transfer (art. 5)."""
        if context.actor.id not in {member.officer_id for member in self.opened.team}:
            raise Refused(Refusal.NOT_IN_TEAM)


transfer = Aggregate("transfer", Transfer)


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
    return replace(state, stage=Stage.DRAFT, opened=event, last_act_at=act.occurred_at)


@transfer.decide(commands.SubmitReportRequest, basis=O310_5)
def submit_report(state: Transfer, command: commands.SubmitReportRequest, context: Context) -> Events:
    """The team verifies and reports in writing; the act is that the principal head received the report."""
    state.require(Stage.DRAFT)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    yield pb.ReportSubmitted(transfer_id=command.transfer_id, summary=command.summary, report=command.report)


@transfer.evolve(pb.ReportSubmitted)
def report_submitted(state: Transfer, event: pb.ReportSubmitted, act: Act) -> Transfer:
    return replace(state, stage=Stage.PENDING_HEAD, last_act_at=act.occurred_at)


@transfer.decide(commands.ApproveTransferRequest, basis=O310_5)
def approve(state: Transfer, command: commands.ApproveTransferRequest, context: Context) -> Events:
    """Only the principal head, or whoever is in charge of the work, approves."""
    state.require(Stage.PENDING_HEAD)
    _require_principal_head(context)
    require_not_before(state.last_act_at, context)
    yield pb.TransferApproved(transfer_id=command.transfer_id, case_id=state.opened.case_id)


@transfer.evolve(pb.TransferApproved)
def approved(state: Transfer, event: pb.TransferApproved, act: Act) -> Transfer:
    return replace(state, stage=Stage.APPROVED, last_act_at=act.occurred_at)


@transfer.decide(commands.RejectTransferRequest, basis=O310_5)
def reject(state: Transfer, command: commands.RejectTransferRequest, context: Context) -> Events:
    """The principal head refuses with reasons, which stay in the file; the case goes on."""
    state.require(Stage.PENDING_HEAD)
    _require_principal_head(context)
    require_not_before(state.last_act_at, context)
    yield pb.TransferRejected(transfer_id=command.transfer_id, case_id=state.opened.case_id, reason=command.reason)


@transfer.evolve(pb.TransferRejected)
def rejected(state: Transfer, event: pb.TransferRejected) -> Transfer:
    return replace(state, stage=Stage.REJECTED)


@transfer.decide(commands.SendTransferRequest, basis="国务院令第310号 arts. 5, 6")
def send(state: Transfer, command: commands.SendTransferRequest, context: Context) -> Events:
    """The package goes to the police of the same level, complete or not at all; their procuratorate gets a copy.

    The copy tells that and to whom, not what.
    """
    state.require(Stage.APPROVED)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    if command.police_id != context.authority.police_id:
        raise Refused(Refusal.NOT_SAME_LEVEL_POLICE, expected=context.authority.police_id, police=command.police_id)
    if missing := missing_from(command.materials, REQUIRED):
        raise Refused(Refusal.PACKAGE_INCOMPLETE, missing=missing)
    require_files(command.materials)
    context.member(command.police_id)
    case = state.opened
    yield pb.CaseTransferred(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        material_count=len(command.materials),
        case_id=case.case_id,
        case_number=case.case_number,
        act_code=case.act_code,
        suspected_crime=case.suspected_crime,
        facts=case.facts,
        suspects=case.suspects,
        materials=command.materials,
        team=case.team,
    )
    if not (procuratorate_id := procuratorate_of(context)):
        return
    yield pb.TransferCopied(
        transfer_id=command.transfer_id,
        procuratorate_id=procuratorate_id,
        police_id=command.police_id,
        case_number=case.case_number,
        act_code=case.act_code,
        suspected_crime=case.suspected_crime,
        suspect_names=[suspect.name for suspect in case.suspects],
        material_kinds=dict.fromkeys(material.kind for material in command.materials),
    )


@transfer.evolve(pb.CaseTransferred)
def sent(state: Transfer, event: pb.CaseTransferred, act: Act) -> Transfer:
    return replace(state, stage=Stage.SENT, police_id=event.police_id, last_act_at=act.occurred_at)


@transfer.evolve(pb.TransferCopied)
def copied(state: Transfer, event: pb.TransferCopied) -> Transfer:
    return state


@transfer.decide(commands.RecordPoliceReceiptRequest, basis=O310_7)
def record_receipt(state: Transfer, command: commands.RecordPoliceReceiptRequest, context: Context) -> Events:
    """The receipt that the police signed is recorded with the instant of their signature."""
    require_told_by(state.police_id, command.police_id)
    state.require(Stage.SENT)
    yield pb.PoliceReceiptRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        referral_id=command.referral_id,
        case_id=state.opened.case_id,
    )


@transfer.evolve(pb.PoliceReceiptRecorded)
def receipt_recorded(state: Transfer, event: pb.PoliceReceiptRecorded) -> Transfer:
    return replace(state, stage=Stage.RECEIVED, referral_id=event.referral_id)


@transfer.decide(commands.RecordSupplementDemandRequest, basis=MPS_180)
def record_demand(state: Transfer, command: commands.RecordSupplementDemandRequest, context: Context) -> Events:
    """What the police miss is recorded when their demand arrives."""
    require_told_by(state.police_id, command.police_id)
    state.require(Stage.RECEIVED, Stage.SUPPLEMENTING)
    yield pb.SupplementRequested(
        transfer_id=command.transfer_id, police_id=command.police_id, kinds=command.kinds, detail=command.detail
    )


@transfer.evolve(pb.SupplementRequested)
def supplement_requested(state: Transfer, event: pb.SupplementRequested) -> Transfer:
    return replace(state, stage=Stage.SUPPLEMENTING, demanded=tuple(event.kinds))


@transfer.decide(commands.SendSupplementRequest, basis=MPS_180)
def send_supplement(state: Transfer, command: commands.SendSupplementRequest, context: Context) -> Events:
    """The supplement has every kind of material that the police asked for."""
    state.require(Stage.SUPPLEMENTING)
    state.require_team(context)
    if missing := missing_from(command.materials, state.demanded):
        raise Refused(Refusal.SUPPLEMENT_INCOMPLETE, missing=missing)
    require_files(command.materials)
    yield pb.SupplementSent(
        transfer_id=command.transfer_id,
        police_id=state.police_id,
        referral_id=state.referral_id,
        material_count=len(command.materials),
        materials=command.materials,
    )


@transfer.evolve(pb.SupplementSent)
def supplement_sent(state: Transfer, event: pb.SupplementSent) -> Transfer:
    return replace(state, stage=Stage.RECEIVED, demanded=())


@transfer.decide(commands.RecordPoliceFilingRequest, basis=O310_8)
def record_filing(state: Transfer, command: commands.RecordPoliceFilingRequest, context: Context) -> Events:
    """The police's filing notice is recorded when it arrives; a supplement still on its way is no obstacle."""
    require_told_by(state.police_id, command.police_id)
    state.require(Stage.RECEIVED, Stage.SUPPLEMENTING)
    yield pb.PoliceFilingRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        case_id=state.opened.case_id,
        criminal_case_number=command.criminal_case_number,
        notice=command.notice if command.HasField("notice") else None,
    )


@transfer.evolve(pb.PoliceFilingRecorded)
def filing_recorded(state: Transfer, event: pb.PoliceFilingRecorded, act: Act) -> Transfer:
    return replace(state, stage=Stage.FILED, last_act_at=act.occurred_at)


@transfer.decide(commands.RecordPoliceRefusalRequest, basis=O310_8)
def record_refusal(state: Transfer, command: commands.RecordPoliceRefusalRequest, context: Context) -> Events:
    """The police's refusal is recorded with its reasons when it arrives."""
    require_told_by(state.police_id, command.police_id)
    state.require(Stage.RECEIVED, Stage.SUPPLEMENTING)
    yield pb.PoliceRefusalRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        case_id=state.opened.case_id,
        reasons=command.reasons,
        notice=command.notice if command.HasField("notice") else None,
    )


@transfer.evolve(pb.PoliceRefusalRecorded)
def refusal_recorded(state: Transfer, event: pb.PoliceRefusalRecorded, act: Act) -> Transfer:
    return replace(state, stage=Stage.REFUSED, last_act_at=act.occurred_at)


@transfer.decide(commands.HandOverPropertyRequest, basis="国务院令第310号 art. 12; 行政强制法 art. 21")
def hand_over(state: Transfer, command: commands.HandOverPropertyRequest, context: Context) -> Events:
    """After the filing notice property and all other materials go to the police, with a record of the hand-over."""
    state.require(Stage.FILED)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    yield pb.PropertyHandedOver(
        transfer_id=command.transfer_id,
        police_id=state.police_id,
        referral_id=state.referral_id,
        item_count=len(command.items),
        case_id=state.opened.case_id,
        items=command.items,
        record=command.record,
        officers=context.two_active_officers(command.officer_ids),
    )


@transfer.evolve(pb.PropertyHandedOver)
def handed_over(state: Transfer, event: pb.PropertyHandedOver, act: Act) -> Transfer:
    return replace(state, stage=Stage.HANDED_OVER, last_act_at=act.occurred_at)


@transfer.decide(commands.RecordHandOverConfirmationRequest, basis=O310_12)
def record_confirmation(
    state: Transfer, command: commands.RecordHandOverConfirmationRequest, context: Context
) -> Events:
    """The police confirm what they took over."""
    require_told_by(state.police_id, command.police_id)
    state.require(Stage.HANDED_OVER)
    yield pb.HandOverConfirmationRecorded(transfer_id=command.transfer_id, police_id=command.police_id)


@transfer.evolve(pb.HandOverConfirmationRecorded)
def confirmation_recorded(state: Transfer, event: pb.HandOverConfirmationRecorded) -> Transfer:
    return replace(state, stage=Stage.OUTCOME_PENDING)


@transfer.decide(commands.InformPartyRequest, basis="行政强制法 art. 21")
def inform_party(state: Transfer, command: commands.InformPartyRequest, context: Context) -> Events:
    """When seized property has gone to the police, the party is told in writing, once."""
    state.require(Stage.HANDED_OVER, Stage.OUTCOME_PENDING)
    state.require_team(context)
    if state.party_informed:
        raise Refused(Refusal.PARTY_INFORMED_ALREADY)
    yield pb.PartyInformed(transfer_id=command.transfer_id, letter=command.letter, way=command.way)


@transfer.evolve(pb.PartyInformed)
def party_informed(state: Transfer, event: pb.PartyInformed) -> Transfer:
    return replace(state, party_informed=True)


@transfer.decide(commands.ReturnToAdministrativeRequest, basis="国务院令第310号 arts. 9, 10")
def return_to_administrative(
    state: Transfer, command: commands.ReturnToAdministrativeRequest, context: Context
) -> Events:
    """A leader accepts the police's refusal: the case goes on, and the penalty must follow if it is due."""
    state.require(Stage.REFUSED)
    require_not_before(state.last_act_at, context)
    yield pb.CaseReturned(
        transfer_id=command.transfer_id,
        procuratorate_id=procuratorate_of(context),
        case_id=state.opened.case_id,
        reason=command.reason,
    )


@transfer.evolve(pb.CaseReturned)
def returned(state: Transfer, event: pb.CaseReturned) -> Transfer:
    return replace(state, stage=Stage.RETURNED)


def _require_principal_head(context: Context) -> None:
    """The principal head decides, or whoever is in charge of the work (主持工作); no deputy does (art. 5)."""
    if not context.actor.holds(options.ROLE_PRINCIPAL_HEAD):
        raise Refused(Refusal.NEEDS_PRINCIPAL_HEAD)
