"""The summary: proposed, signed by each participant, published (行动总结)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing

from services.joint_operations.model.operation.closing import unreported
from services.joint_operations.model.operation.operation import Operation, Report, Stage, operation
from services.joint_operations.model.operation.waiting import SIGNING, require_waited
from services.joint_operations.model.shared import Refusal
from services.joint_operations.numbers import VERSION, figures, total
from services.joint_operations.summary import summary_digest, summary_text
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime, to_timestamp


@operation.decide(commands.ProposeSummaryRequest, basis="design")
def propose(state: Operation, command: commands.ProposeSummaryRequest, context: Context) -> Events:
    """The summary is computed from the reports; nobody types a number or a sentence of it."""
    state.require(Stage.CLOSED)
    missing = list(unreported(state, command.without, context))
    reports = state.reports(missing)
    _require_counted_alike(state, reports)
    summed = total(report.numbers for report in reports.values())
    partner_names = [
        *(one.name for id_, one in state.joined.items() if id_ != state.plan.lead_id),
        *(one.name for one in state.present_partners.values()),
    ]
    proposal = pb.SummaryProposed(
        operation_id=command.operation_id,
        participant_ids=list(reports),
        proposal_id=str(context.new_id("proposal")),
        by_participant=_by_participant(reports),
        total=summed,
        text=_text(state.plan, state.plan.lead_name, partner_names, summed),
        lead_name=state.plan.lead_name,
        partner_names=partner_names,
        figures=figures(summed),
        unreported=missing,
        recorded_at=to_timestamp(context.now),
    )
    proposal.digest = _digest(proposal)
    yield proposal


@operation.evolve(pb.SummaryProposed)
def proposed(state: Operation, event: pb.SummaryProposed, act: Act) -> Operation:
    missing = state.unreported | {one.participant_id for one in event.unreported}
    since = to_datetime(event.recorded_at) if event.HasField("recorded_at") else act.occurred_at
    return replace(state, proposal=event, proposed_at=since, unreported=missing)


@operation.decide(commands.NoteSummarySignedRequest, basis="design")
def note_signed(state: Operation, command: commands.NoteSummarySignedRequest, context: Context) -> Events:
    """A signature holds for the proposal that it names and for its very content; one under an older one for nothing."""
    participant = state.speaking(command.participant_id, context)
    if state.proposal is None or command.proposal_id != state.proposal.proposal_id:
        return
    if participant.signed == command.proposal_id:
        return
    if command.digest != state.proposal.digest:
        raise Refused(Refusal.DIGEST_DIFFERS, authority=participant.name)
    yield pb.SummarySignatureRecorded(
        operation_id=command.operation_id,
        participant_id=command.participant_id,
        proposal_id=command.proposal_id,
        digest=command.digest,
    )


@operation.evolve(pb.SummarySignatureRecorded)
def signature_recorded(state: Operation, event: pb.SummarySignatureRecorded) -> Operation:
    participant = state.participants[event.participant_id]
    return state.with_participant(event.participant_id, replace(participant, signed=event.proposal_id))


@operation.decide(refusing.NoteSummaryRefusedRequest, basis="design")
def note_refused(state: Operation, command: refusing.NoteSummaryRefusedRequest, context: Context) -> Events:
    """Who does not sign says so for itself, for the proposal that stands."""
    participant = state.speaking(command.participant_id, context)
    if state.stage is not Stage.CLOSED or state.proposal is None:
        return
    known = {participant.signed, participant.refused[0]}
    if command.proposal_id != state.proposal.proposal_id or command.proposal_id in known:
        return
    yield refusing.SummaryRefusalNoted(
        operation_id=command.operation_id,
        participant_id=command.participant_id,
        proposal_id=command.proposal_id,
        reason=command.reason,
    )


@operation.evolve(refusing.SummaryRefusalNoted)
def refusal_noted(state: Operation, event: refusing.SummaryRefusalNoted) -> Operation:
    participant = state.participants[event.participant_id]
    return state.with_participant(event.participant_id, replace(participant, refused=(event.proposal_id, event.reason)))


@operation.decide(commands.PublishSummaryRequest, basis="design")
def publish_summary(state: Operation, command: commands.PublishSummaryRequest, context: Context) -> Events:
    """A summary is published when its numbers and text are those of the events, and every participant signed it,
    partners that were there on paper; but for those that it names because they refused or let the time pass."""
    state.require(Stage.CLOSED)
    proposal = state.proposal
    if proposal is None or command.proposal_id != proposal.proposal_id or command.proposal_id == state.published:
        raise Refused(Refusal.NO_PROPOSAL, proposal=command.proposal_id)
    unsigned = list(_unsigned(state, command, context))
    reports = state.reports()
    _require_counted_alike(state, reports)
    proposed_numbers = {one.participant_id: one.numbers for one in proposal.by_participant}
    for participant_id, report in reports.items():
        if proposed_numbers.get(participant_id) != report.numbers:
            raise Refused(Refusal.NUMBERS_DIFFER, authority=state.participants[participant_id].name)
    if proposal.total != total(report.numbers for report in reports.values()):
        raise Refused(Refusal.NUMBERS_DIFFER, authority="合计")
    if proposal.text != _text(state.plan, proposal.lead_name, proposal.partner_names, proposal.total):
        raise Refused(Refusal.TEXT_DIFFERS)
    if list(proposal.figures) != figures(proposal.total):
        raise Refused(Refusal.NUMBERS_DIFFER, authority="口径")
    if proposal.digest != _digest(proposal):
        raise Refused(Refusal.DIGEST_DIFFERS, authority=proposal.lead_name)
    yield pb.OperationSummarised(
        operation_id=command.operation_id,
        participant_ids=proposal.participant_ids,
        proposal_id=proposal.proposal_id,
        by_participant=proposal.by_participant,
        total=proposal.total,
        text=proposal.text,
        operation_type=state.plan.operation_type,
        figures=proposal.figures,
        digest=proposal.digest,
        unsigned=unsigned,
        superseded_proposal_id=state.published,
    )


@operation.evolve(pb.OperationSummarised)
def summarised(state: Operation, event: pb.OperationSummarised) -> Operation:
    return replace(state, stage=Stage.SUMMARISED, published=event.proposal_id)


def _unsigned(
    state: Operation, command: commands.PublishSummaryRequest, context: Context
) -> Iterator[refusing.Unsigned]:
    """Whose signature is missing, each with its reason; nobody is passed over in silence."""
    silent = {one.id: one.reason for one in command.without}
    absent = [(id_, one) for id_, one in state.joined.items() if one.signed != command.proposal_id]
    partners = [(id_, one) for id_, one in state.present_partners.items() if one.signed != command.proposal_id]
    unnamed = [one.name for id_, one in absent if id_ not in silent]
    unnamed += [one.name for id_, one in partners if id_ not in silent]
    if unnamed:
        raise Refused(Refusal.NOT_SIGNED, authorities="、".join(unnamed))
    for id_, participant in absent:
        if id_ == state.plan.lead_id:
            raise Refused(Refusal.LEAD_SIGNS)
        refused, reason = participant.refused
        if refused == command.proposal_id:
            yield refusing.Unsigned(participant_id=id_, ground=refusing.UNSIGNED_GROUND_REFUSED, reason=reason)
            continue
        _require_waited(state, participant.name, context)
        yield refusing.Unsigned(participant_id=id_, ground=refusing.UNSIGNED_GROUND_SILENT, reason=silent[id_])
    for id_, partner in partners:
        _require_waited(state, partner.name, context)
        yield refusing.Unsigned(partner_id=id_, ground=refusing.UNSIGNED_GROUND_SILENT, reason=silent[id_])


def _require_counted_alike(state: Operation, reports: Mapping[str, Report]) -> None:
    """A report made by an older definition is made again: numbers of two definitions have no sum."""
    for participant_id, report in reports.items():
        if report.numbers.definition_version != VERSION:
            raise Refused(Refusal.NUMBERS_DIFFER, authority=state.participants[participant_id].name)


def _require_waited(state: Operation, name: str, context: Context) -> None:
    require_waited(SIGNING, state.proposed_at or context.occurred_at, name, Refusal.SIGNATURES_AWAITED, context)


def _by_participant(reports: Mapping[str, Report]) -> list[pb.ParticipantNumbers]:
    return [pb.ParticipantNumbers(participant_id=id_, numbers=report.numbers) for id_, report in reports.items()]


def _digest(proposal: pb.SummaryProposed) -> bytes:
    return summary_digest(
        operation_id=proposal.operation_id,
        proposal_id=proposal.proposal_id,
        by_participant=proposal.by_participant,
        total=proposal.total,
        text=proposal.text,
    )


def _text(plan: pb.OperationPlanned, lead_name: str, partner_names: Sequence[str], numbers: pb.FieldNumbers) -> str:
    return summary_text(
        name=plan.name,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        lead_name=lead_name,
        partner_names=partner_names,
        numbers=numbers,
    )
