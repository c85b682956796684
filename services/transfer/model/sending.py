"""T3, T4, bureau: the package goes to the police, who sign, ask for more, or send it on (国务院令第310号 arts. 5-7)."""

from dataclasses import replace

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.transfer.model.letters import is_known, or_matches
from services.transfer.model.materials import marked, missing_from, require_complete, require_files, require_letter
from services.transfer.model.shared import (
    MPS_175,
    MPS_180,
    O310_7,
    Refusal,
    procuratorate_of,
    require_not_before,
    require_other_police,
)
from services.transfer.model.standing import NonFiling
from services.transfer.model.transfer import Stage, Transfer, transfer


@transfer.decide(commands.SendTransferRequest, basis="国务院令第310号 arts. 4-6; 刑事诉讼法 art. 54")
def send(state: Transfer, command: commands.SendTransferRequest, context: Context) -> Events:
    """The package goes to the police of the same level, complete or not at all; their procuratorate gets a copy.

    The copy tells that and to whom, not what.
    """
    state.require(Stage.APPROVED)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    if command.police_id != context.authority.police_id:
        raise Refused(Refusal.NOT_SAME_LEVEL_POLICE, expected=context.authority.police_id, police=command.police_id)
    require_complete(command)
    require_letter(command, state.opened.case_id, context.found or {})
    context.member(command.police_id)
    case = state.opened
    package = pb.CaseTransferred(
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
        team=state.team,
        goods=command.goods,
        evidence=marked(command.evidence, context),
        prior_decision_number=command.prior_decision_number,
    )
    yield package
    yield from _copies(package, command.police_id, context)


@transfer.evolve(pb.CaseTransferred)
def sent(state: Transfer, event: pb.CaseTransferred, act: Act) -> Transfer:
    return replace(
        state,
        way=Stage.SENT,
        sent=event,
        police_id=event.police_id,
        waits_since=act.occurred_at,
        last_act_at=act.occurred_at,
    )


@transfer.evolve(pb.TransferCopied)
def copied(state: Transfer, event: pb.TransferCopied) -> Transfer:
    return state


@transfer.decide(commands.RecordPoliceReceiptRequest, basis=O310_7)
@or_matches(paper.PAPER_ANSWER_KIND_RECEIPT)
def record_receipt(state: Transfer, command: commands.RecordPoliceReceiptRequest, context: Context) -> Events:
    """The receipt that the police signed is recorded with the instant of their signature."""
    state.require_told(command.police_id, Stage.SENT)
    yield pb.PoliceReceiptRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        referral_id=command.referral_id,
        case_id=state.opened.case_id,
        signer=command.signer if command.HasField("signer") else None,
        key_id=command.key_id,
    )


@transfer.evolve(pb.PoliceReceiptRecorded)
def receipt_recorded(state: Transfer, event: pb.PoliceReceiptRecorded, act: Act) -> Transfer:
    return replace(
        state,
        way=Stage.RECEIVED,
        referral_id=event.referral_id,
        waits_since=act.occurred_at,
        last_act_at=state.latest(act),
    )


@transfer.decide(commands.RecordSupplementDemandRequest, basis=MPS_180)
@or_matches(paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND)
def record_demand(state: Transfer, command: commands.RecordSupplementDemandRequest, context: Context) -> Events:
    """What the police miss is recorded when their demand arrives; a decision on paper that overtook it ends it.

    Paper that brings a demand which a node told before, or a later one, brings nothing.
    """
    if state.overtaken(command.police_id, paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND):
        return
    state.require_told(command.police_id)
    if context.origin is None and command.HasField("demanded_at") and is_known(state.demanded_at, command.demanded_at):
        return
    yield pb.SupplementRequested(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        kinds=command.kinds,
        detail=command.detail,
        demanded_at=command.demanded_at if command.HasField("demanded_at") else None,
    )


@transfer.evolve(pb.SupplementRequested)
def supplement_requested(state: Transfer, event: pb.SupplementRequested, act: Act) -> Transfer:
    demanded = tuple(dict.fromkeys((*state.demanded, *event.kinds)))
    return replace(
        state,
        way=Stage.SUPPLEMENTING,
        demands=state.demands + 1,
        demanded=demanded,
        demanded_at=to_datetime(event.demanded_at) if event.HasField("demanded_at") else state.demanded_at,
        last_act_at=state.latest(act),
    )


@transfer.decide(commands.SendSupplementRequest, basis=MPS_180)
def send_supplement(state: Transfer, command: commands.SendSupplementRequest, context: Context) -> Events:
    """The supplement has every kind of material that the police asked for, in whatever number of demands."""
    state.require(Stage.SUPPLEMENTING)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    if missing := "、".join(missing_from(command.materials, state.demanded)):
        raise Refused(Refusal.SUPPLEMENT_INCOMPLETE, missing=missing)
    require_files(command.materials)
    yield pb.SupplementSent(
        transfer_id=command.transfer_id,
        police_id=state.police_id,
        referral_id=state.referral_id,
        material_count=len(command.materials),
        materials=command.materials,
        demands_answered=state.demands,
    )


@transfer.evolve(pb.SupplementSent)
def supplement_sent(state: Transfer, event: pb.SupplementSent, act: Act) -> Transfer:
    return replace(
        state,
        way=Stage.RECEIVED,
        demanded=(),
        supplemented_at=act.occurred_at,
        supplements=(*state.supplements, *event.materials),
    )


@transfer.decide(forwarding.RecordForwardingRequest, basis=MPS_175)
@or_matches(paper.PAPER_ANSWER_KIND_FORWARDING)
def record_forwarding(state: Transfer, command: forwarding.RecordForwardingRequest, context: Context) -> Events:
    """The police sent the case on: other police, and nobody else, get the package; its files are the bureau's."""
    state.require_told(command.police_id)
    require_other_police(command.to_police_id, command.police_id, state.forwarder_ids, context)
    case, package = state.opened, state.sent
    yield forwarding.PoliceForwarded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        to_police_id=command.to_police_id,
        case_id=case.case_id,
        reason=command.reason,
        notice=command.notice if command.HasField("notice") else None,
    )
    redirected = forwarding.TransferRedirected(
        transfer_id=command.transfer_id,
        police_id=command.to_police_id,
        forwarder_ids=(*state.forwarder_ids, command.police_id),
        material_count=len(package.materials) + len(state.supplements),
        case_id=case.case_id,
        case_number=case.case_number,
        act_code=case.act_code,
        suspected_crime=case.suspected_crime,
        facts=case.facts,
        suspects=case.suspects,
        materials=(*package.materials, *state.supplements),
        team=state.team,
        goods=package.goods,
        evidence=package.evidence,
        prior_decision_number=package.prior_decision_number,
    )
    yield redirected
    yield from _copies(redirected, command.to_police_id, context)


@transfer.evolve(forwarding.PoliceForwarded)
def forwarded(state: Transfer, event: forwarding.PoliceForwarded) -> Transfer:
    return replace(state, forwarder_ids=(*state.forwarder_ids, event.police_id))


@transfer.evolve(forwarding.TransferRedirected)
def redirected(state: Transfer, event: forwarding.TransferRedirected, act: Act) -> Transfer:
    """The new police begin anew; what the procuratorate of the old ones ordered is void."""
    return replace(
        state,
        way=Stage.SENT,
        police_id=event.police_id,
        referral_id="",
        waits_since=act.occurred_at,
        extensions=(),
        supervised_at=None,
        upheld_at=None,
        demands=0,
        demanded=(),
        demanded_at=None,
        supplemented_at=None,
        non_filing=NonFiling(),
    )


@transfer.decide(forwarding.RecordDeclineRequest, basis=MPS_175)
@or_matches(paper.PAPER_ANSWER_KIND_DECLINE)
def record_decline(state: Transfer, command: forwarding.RecordDeclineRequest, context: Context) -> Events:
    """The police's notice that this is no matter of theirs is recorded when it arrives; a decision on paper that
    overtook it ends it."""
    if state.overtaken(command.police_id, paper.PAPER_ANSWER_KIND_DECLINE):
        return
    state.require_told(command.police_id)
    yield forwarding.PoliceDeclined(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        case_id=state.opened.case_id,
        reason=command.reason,
        competent=command.competent,
        notice=command.notice if command.HasField("notice") else None,
    )


@transfer.evolve(forwarding.PoliceDeclined)
def declined(state: Transfer, event: forwarding.PoliceDeclined, act: Act) -> Transfer:
    return replace(state, declined=True, last_act_at=state.latest(act))


def _copies(
    package: pb.CaseTransferred | forwarding.TransferRedirected, police_id: str, context: Context
) -> list[Message]:
    """The copy for the procuratorate of these police (抄送): none while it is no member."""
    if not (procuratorate_id := procuratorate_of(context, police_id)):
        return []
    return [
        pb.TransferCopied(
            transfer_id=package.transfer_id,
            procuratorate_id=procuratorate_id,
            police_id=police_id,
            case_number=package.case_number,
            act_code=package.act_code,
            suspected_crime=package.suspected_crime,
            suspect_names=[suspect.name for suspect in package.suspects],
            material_kinds=dict.fromkeys(material.kind for material in package.materials),
        )
    ]
