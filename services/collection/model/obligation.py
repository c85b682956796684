"""What a decision asks for besides money (非金钱义务): goods to be confiscated, a business to be stopped or closed.

The authority executes it itself only where a law gives the power (`execution`); else it is demanded and applied for
with the money of the decision, or alone where there is none: `demand`, `court`. The law names no day by which it is to
be done but that of the decision (行政处罚法 art. 66): the day of payment stands for it.
"""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Collection, Refusal, Stage, collection
from services.collection.model.payment import paid_dues
from services.collection.model.performance import performed
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@collection.decide(commands.RecordObligationPerformedRequest, basis="行政处罚法 art. 66")
def record_performed(state: Collection, command: commands.RecordObligationPerformedRequest, context: Context) -> Events:
    """Officers record that the party did what the decision asks."""
    if state.stage in (Stage.PERFORMED, Stage.ENDED):
        raise Refused(Refusal.EXECUTION_OVER, stage=state.stage)
    if not state.open_duty:
        raise Refused(Refusal.NO_OBLIGATION)
    done = pb.ObligationPerformed(
        collection_id=command.collection_id,
        note=command.note,
        done_on=context.today.isoformat(),
        document=command.document if command.HasField("document") else None,
    )
    after = obligation_performed(state, done)
    yield done
    yield from paid_dues(after, command.collection_id, context)
    yield from performed(after, command.collection_id, context.today)


@collection.evolve(pb.ObligationPerformed)
def obligation_performed(state: Collection, event: pb.ObligationPerformed) -> Collection:
    return replace(state, duty_done_on=day(event.done_on))
