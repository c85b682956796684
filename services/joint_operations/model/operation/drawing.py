"""The one draw of a 双随机 operation: admitted, given up, noted with its result (双随机抽取)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import draw_pb2 as draws

from services.joint_operations.model.operation.operation import Operation, operation
from services.kernel.decider import Context, Events


@operation.decide(draws.AdmitDrawRequest, basis="国办发〔2024〕54号")
def admit_draw(state: Operation, command: draws.AdmitDrawRequest, context: Context) -> Events:
    """Of several the first that was prepared counts: with two at once a lead could keep the result that pleases."""
    if state.draws and not (state.draw_id or state.standing_draw):
        yield draws.DrawAdmitted(operation_id=command.operation_id, draw_id=command.draw_id)


@operation.evolve(draws.DrawAdmitted)
def draw_admitted(state: Operation, event: draws.DrawAdmitted) -> Operation:
    return replace(state, standing_draw=event.draw_id)


@operation.decide(draws.DismissDrawRequest, basis="design")
def dismiss_draw(state: Operation, command: draws.DismissDrawRequest, context: Context) -> Events:
    """After the operation's draw was given up another one may begin."""
    if state.standing_draw == command.draw_id:
        yield draws.DrawDismissed(
            operation_id=command.operation_id,
            draw_id=command.draw_id,
            witness_id=command.witness_id,
            pool_digest=command.pool_digest,
        )


@operation.evolve(draws.DrawDismissed)
def draw_dismissed(state: Operation, event: draws.DrawDismissed) -> Operation:
    past = state.past_witnesses | {event.witness_id} if event.witness_id else state.past_witnesses
    return replace(state, standing_draw="", past_witnesses=past, kept_pool=event.pool_digest or state.kept_pool)


@operation.decide(draws.NoteDrawRequest, basis="国办发〔2024〕54号")
def note_draw(state: Operation, command: draws.NoteDrawRequest, context: Context) -> Events:
    """The result of the admitted draw stands: nobody draws again until it pleases.

    A draw that was under way before draws were admitted has none beside it that was: the first result counts.
    """
    if not state.draws or state.draw_id or state.standing_draw not in ("", command.draw_id):
        return
    yield draws.DrawNoted(operation_id=command.operation_id, draw_id=command.draw_id, drawn=command.drawn)


@operation.evolve(draws.DrawNoted)
def draw_noted(state: Operation, event: draws.DrawNoted) -> Operation:
    return replace(state, draw_id=event.draw_id, drawn=tuple(event.drawn))
