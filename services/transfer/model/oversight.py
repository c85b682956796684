"""The procuratorate's side of a transfer: what it was told, by whom, and when (行刑衔接).

One stream per transfer and teller. The bureau tells that it sent the case, that it came back, and what police without a
node answered on paper; the police tell the receipt, their decision and the hand-over. Messages of different senders
arrive in any order, so neither stream waits for the other; the view puts them together.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Events
from services.kernel.ledger import ids
from services.kernel.messages import to_datetime
from services.transfer.model.shared import require_told_by


@dataclass(frozen=True, slots=True)
class Oversight:
    """What decisions about an oversight read."""

    transfer_id: str = ""
    bureau_id: str = ""
    reported_by: str = ""
    step: pb.TransferStep.ValueType = pb.TRANSFER_STEP_UNSPECIFIED
    taken_at: datetime | None = None


oversight = Aggregate("oversight", Oversight)


def oversight_of(transfer_id: str, reported_by: str) -> str:
    """Id of the stream for what one authority tells about one transfer.

    The teller comes from the signature on what arrived, so no other authority's message can reach the stream.
    """
    return str(ids.derive(UUID(transfer_id), f"{oversight.name}/{reported_by}"))


@oversight.decide(commands.OpenOversightRequest, basis="行政处罚法 art. 27; 国务院令第310号 art. 14")
def open_oversight(state: Oversight, command: commands.OpenOversightRequest, context: Context) -> Events:
    """The procuratorate keeps what it is told first; where that is sent again late, what it names is still news."""
    yield pb.OversightOpened(
        oversight_id=command.oversight_id,
        transfer_id=command.transfer_id,
        bureau_id=command.bureau_id,
        police_id=command.police_id,
        reported_by=command.reported_by,
        step=command.step,
        taken_at=command.taken_at,
        case_number=command.case_number,
        act_code=command.act_code,
        suspected_crime=command.suspected_crime,
        suspect_names=command.suspect_names,
        referral_id=command.referral_id,
    )


@oversight.evolve(pb.OversightOpened)
def opened(state: Oversight, event: pb.OversightOpened) -> Oversight:
    return Oversight(event.transfer_id, event.bureau_id, event.reported_by, event.step, to_datetime(event.taken_at))


@oversight.decide(commands.UpdateOversightRequest, basis="国务院令第310号 art. 14")
def update_oversight(state: Oversight, command: commands.UpdateOversightRequest, context: Context) -> Events:
    """The procuratorate keeps each later step of the same teller, once; a step may come again at another time.

    Of a transfer that was on its way before it became a member, the first step that it is told opens the stream.
    """
    if not state.reported_by:
        yield pb.OversightOpened(
            oversight_id=command.oversight_id,
            transfer_id=command.transfer_id,
            bureau_id=command.bureau_id,
            police_id=command.police_id,
            reported_by=command.reported_by,
            step=command.step,
            taken_at=command.taken_at,
            referral_id=command.referral_id,
        )
        return
    require_told_by(state.reported_by, command.reported_by)
    if (state.step, state.taken_at) == (command.step, to_datetime(command.taken_at)):
        return
    yield pb.OversightUpdated(
        oversight_id=command.oversight_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        reported_by=command.reported_by,
        step=command.step,
        taken_at=command.taken_at,
        paper_id=command.paper_id,
    )


@oversight.evolve(pb.OversightUpdated)
def updated(state: Oversight, event: pb.OversightUpdated) -> Oversight:
    return replace(state, step=event.step, taken_at=to_datetime(event.taken_at))
