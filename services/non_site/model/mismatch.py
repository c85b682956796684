"""Vehicles whose dimensions deviate go to the traffic police (超限运输车辆行驶公路管理规定 art. 45)."""

from dataclasses import replace

from enforcement.non_site.v1 import capture_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.non_site.model.capture import Capture, Mismatch, capture, require_in_order
from services.non_site.model.shared import Refusal


@capture.decide(commands.RecordMismatchCopyRequest, basis="超限运输车辆行驶公路管理规定 art. 45")
def copy_mismatch(state: Capture, command: commands.RecordMismatchCopyRequest, context: Context) -> Events:
    """The traffic police got the list that names the vehicle; whether the record became evidence does not matter."""
    if state.mismatch is Mismatch.NONE:
        raise Refused(Refusal.NO_MISMATCH)
    if state.mismatch is Mismatch.COPIED:
        raise Refused(Refusal.MISMATCH_COPIED)
    require_in_order(state, context)
    context.active_officer(context.actor.id)
    yield pb.MismatchCopied(
        capture_id=command.capture_id,
        recipient=command.recipient,
        list=command.list if command.HasField("list") else None,
    )


@capture.evolve(pb.MismatchCopied)
def mismatch_copied(state: Capture, event: pb.MismatchCopied) -> Capture:
    return replace(state, mismatch=Mismatch.COPIED)
