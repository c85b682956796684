"""What a transfer to the police means for the case (涉嫌犯罪移送)."""

from dataclasses import replace

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import Case, Stage, case
from services.kernel.decider import Context, Events
from services.kernel.facts import Act


@case.decide(commands.NoteCriminalTransferRequest, basis="国务院令第310号 arts. 11, 12; 行政强制法 art. 21")
def note_criminal_transfer(state: Case, command: commands.NoteCriminalTransferRequest, context: Context) -> Events:
    """The case keeps how far its transfer has come; a seizure ends when the items go to the police with it."""
    if state.transfers.get(command.transfer_id) == command.phase:
        return
    if command.phase == pb.TRANSFER_PHASE_REJECTED and state.stage is not Stage.TRANSFERRED_CRIMINAL:
        return
    ended = command.phase in (pb.TRANSFER_PHASE_RETURNED, pb.TRANSFER_PHASE_REJECTED)
    yield pb.CriminalTransferNoted(
        case_id=command.case_id,
        transfer_id=command.transfer_id,
        phase=command.phase,
        open=not ended,
        still_standing=ended and state.stands_still(but=command.transfer_id),
    )
    if command.phase != pb.TRANSFER_PHASE_HANDED_OVER:
        return
    for measure_id in state.in_force(pb.MEASURE_KIND_SEIZURE):
        yield pb.SeizureHandedOver(case_id=command.case_id, measure_id=measure_id, transfer_id=command.transfer_id)


@case.evolve(pb.CriminalTransferNoted)
def criminal_transfer_noted(state: Case, event: pb.CriminalTransferNoted, act: Act) -> Case:
    others = {known: phase for known, phase in state.transfers.items() if known != event.transfer_id}
    noted = replace(state, transfers={**others, event.transfer_id: event.phase} if event.open else others)
    if event.phase == pb.TRANSFER_PHASE_RECEIVED and state.period:
        return replace(noted, period=state.period.stopped(act.occurred_at))
    if event.open:
        return noted
    period = state.period
    if period is not None and not event.still_standing:
        period = period.resumed(act.occurred_at)
    if state.before_transfer is None or noted.transfers:
        return replace(noted, period=period)
    return replace(noted, period=period, stage=state.before_transfer, before_transfer=None)
