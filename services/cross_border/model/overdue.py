"""What is overdue, on both sides: reminder, city authorities, platforms (催办、督办).

    the clock of who waits is missed ──▶ reminded ──3 working days──▶ city told ──7 working days in all──▶ province told
                                             └───── answered, accepted, sent back, ended: nothing more is told ─────┘

Who waits does it: its clock runs also while the other's node is silent. Metadata only: who, what kind, since when.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from enforcement.cross_border.v1 import overdue_pb2 as pb

from services.cross_border.model.request import AWAITING_ACCEPTANCE, IN_PROGRESS, Request, request
from services.cross_border.model.task import Task, task
from services.cross_border.superiors import city_of, told
from services.kernel.deadlines import published, working_days
from services.kernel.decider import Context, Events
from services.kernel.messages import to_datetime
from services.kernel.values import day_of

_DESIGN: Final = "design"
_TICK: Final = timedelta(microseconds=1)


@request.decide(pb.RemindResponderRequest, basis=_DESIGN)
def remind(state: Request, command: pb.RemindResponderRequest, context: Context) -> Events:
    """On the day after the limit both sides know that it ended."""
    if state.stage not in (*AWAITING_ACCEPTANCE, *IN_PROGRESS):
        return
    ended_at = to_datetime(command.effective_due_at)
    due_on = day_of(ended_at - _TICK)

    def last_before(switch: str) -> str:
        length = context.rules.number(switch, due_on)
        escalated_on = working_days(length).provisional(ended_at - _TICK, published()).due_on
        return (escalated_on - timedelta(days=1)).isoformat()

    yield pb.RequestReminded(
        request_id=command.request_id,
        requester_id=context.authority.id,
        responder_id=state.sent.responder_id,
        request_type=state.sent.request_type,
        rule_id=command.rule_id,
        due_on=due_on.isoformat(),
        city_after_on=last_before("overdue_city_working_days"),
        province_after_on=last_before("overdue_province_working_days"),
    )


@request.evolve(pb.RequestReminded)
def reminded(state: Request, event: pb.RequestReminded) -> Request:
    return replace(state, reminded=event)


@request.decide(pb.EscalateRequestRequest, basis=_DESIGN)
def escalate(state: Request, command: pb.EscalateRequestRequest, context: Context) -> Events:
    """The superiors of both sides are told; who takes no part in the exchange is named, for a letter."""
    last = state.reminded
    if last is None or state.stage not in (*AWAITING_ACCEPTANCE, *IN_PROGRESS):
        return
    sides = (context.authority, context.member(state.sent.responder_id))
    named = [city_of(one) if command.step == pb.OVERDUE_STEP_CITY else one.platform_id for one in sides]
    superior_ids, skipped_ids = told(named, sides, context.members)
    yield pb.RequestEscalated(
        request_id=command.request_id,
        requester_id=last.requester_id,
        responder_id=last.responder_id,
        request_type=last.request_type,
        rule_id=last.rule_id,
        due_on=last.due_on,
        step=command.step,
        superior_ids=superior_ids,
        skipped_ids=skipped_ids,
    )


@request.evolve(pb.RequestEscalated)
def escalated(state: Request, event: pb.RequestEscalated) -> Request:
    return state


@task.decide(pb.NoteReminderRequest, basis=_DESIGN)
def note_reminder(state: Task, command: pb.NoteReminderRequest, context: Context) -> Events:
    """What the requester said is kept, also when it crossed with the answer."""
    state.from_requester(context)
    yield pb.TaskReminded(
        task_id=command.task_id,
        request_id=state.received.request_id,
        requester_id=state.received.requester_id,
        step=command.step,
        rule_id=command.rule_id,
        due_on=command.due_on,
    )


@task.evolve(pb.TaskReminded)
def task_reminded(state: Task, event: pb.TaskReminded) -> Task:
    return state
