"""Officers who come, and who cannot act (增派, 不能到岗): this authority tells the lead, who changes the roster."""

from dataclasses import replace

from enforcement.joint_operations.v1 import roster_pb2 as changes

from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import APL_26, Refusal
from services.joint_operations.model.standing import absent_from, back_at, within
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import microseconds, to_timestamp


@participation.decide(changes.SendOfficersRequest, basis=APL_26)
def send_officers(state: Participation, command: changes.SendOfficersRequest, context: Context) -> Events:
    """Whoever is sent has an active credential now; one who was missing is there again."""
    state.require(Stage.ACCEPTED, Stage.ROSTERED)
    yield changes.OfficersSent(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        officers=[context.active_officer(officer_id) for officer_id in command.officer_ids],
    )


@participation.evolve(changes.OfficersSent)
def officers_sent(state: Participation, event: changes.OfficersSent, act: Act) -> Participation:
    absences = dict(state.absences)
    for officer in event.officers:
        absences = back_at(absences, (event.participant_id, officer.officer_id), microseconds(act.occurred_at))
    named = dict.fromkeys([*state.officers, *(officer.officer_id for officer in event.officers)])
    return replace(state, officers=tuple(named), absences=absences)


@participation.decide(changes.ReportOfficerUnavailableRequest, basis="行政处罚法 art. 42")
def report_unavailable(
    state: Participation, command: changes.ReportOfficerUnavailableRequest, context: Context
) -> Events:
    """An own officer who was sent cannot act from an instant on; until the roster changes, the post has a gap."""
    state.require(Stage.ACCEPTED, Stage.ROSTERED)
    if command.officer_id not in state.officers:
        raise Refused(Refusal.OFFICER_NOT_SENT, authority=context.authority.name, officer=command.officer_id)
    told = command.from_at if command.HasField("from_at") else to_timestamp(context.occurred_at)
    from_at = within(told, state.invitation.starts_on)
    away = state.absences.get((context.authority.id, command.officer_id), ())
    if any(span.covers(from_at.ToMicroseconds()) for span in away):
        return
    yield changes.OfficerUnavailable(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        officer_id=command.officer_id,
        officer_no=state.officers.index(command.officer_id) + 1,
        from_at=from_at,
        ground=command.ground,
        reason=command.reason,
    )


@participation.evolve(changes.OfficerUnavailable)
def unavailable(state: Participation, event: changes.OfficerUnavailable) -> Participation:
    key = (event.participant_id, event.officer_id)
    return replace(state, absences=absent_from(state.absences, key, event.from_at.ToMicroseconds()))
