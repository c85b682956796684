"""Applications for reconsideration that come by the authority that decided (行政复议法 art. 32).

A penalty on what a device recorded (电子技术监控设备) may be contested here; within five days the authority forwards
the application, unless it changes or revokes the decision itself. The simplified procedure has the same in `on_spot`.
"""

from dataclasses import replace

from enforcement.cases.v1 import decision_pb2 as pb

from services.cases.model.case import Case, Refusal, Stage, case, require_new
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@case.decide(pb.ReceiveApplicationRequest, basis="行政复议法 art. 32")
def receive(state: Case, command: pb.ReceiveApplicationRequest, context: Context) -> Events:
    """The party hands its application in here."""
    state.require(Stage.SERVED, Stage.CLOSED, Stage.ARCHIVED)
    if state.clue is None or not state.clue.event.capture_id:
        raise Refused(Refusal.NOT_FROM_A_DEVICE)
    if state.decision is None:
        raise Refused(Refusal.NO_DECISION)
    require_new(command.remedy_id, (*state.applications, *state.remedies))
    yield pb.ApplicationReceived(
        case_id=command.case_id,
        remedy_id=command.remedy_id,
        reasons=command.reasons,
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.ApplicationReceived)
def received(state: Case, event: pb.ApplicationReceived) -> Case:
    return replace(state, applications=state.applications | {event.remedy_id})


@case.decide(pb.ForwardApplicationRequest, basis="行政复议法 art. 32")
def forward(state: Case, command: pb.ForwardApplicationRequest, context: Context) -> Events:
    """Who maintains its penalty forwards the application to the body that hears it."""
    if command.remedy_id not in state.applications:
        raise Refused(Refusal.REMEDY_NOT_OPEN)
    yield pb.ApplicationForwarded(case_id=command.case_id, remedy_id=command.remedy_id, body=command.body)


@case.evolve(pb.ApplicationForwarded, pb.ApplicationMet)
def settled(state: Case, event: pb.ApplicationForwarded | pb.ApplicationMet) -> Case:
    return replace(state, applications=state.applications - {event.remedy_id})


def met(state: Case, case_id: str) -> Events:
    """The authority changed or revoked its decision: what was applied for is not forwarded any more."""
    for remedy_id in sorted(state.applications):
        yield pb.ApplicationMet(case_id=case_id, remedy_id=remedy_id)
