"""Hearing (听证, 行政处罚法 arts. 63-65).

    request ──▶ REQUESTED ──notify──▶ NOTIFIED ──hold──▶ HELD ──report──▶ FINISHED
       5 working days │   7 working days before ▲  │         └─ the party stayed away ─▶ FINISHED
                      └─ withdraw ─▶ (waived)    └─┘ another day, another chair

A new notice begins all of it anew. The party bears none of the costs (art. 64): no message of a hearing has an amount.
"""

from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import delivery_pb2 as delivery_pb
from enforcement.cases.v1 import hearing_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.cases import deadlines
from services.cases.model.case import TOLD, Case, Refusal, Stage, case
from services.cases.model.delivery import effective_on, not_posted
from services.cases.model.limits import end_after, end_of_limit, no_calendar
from services.cases.model.procedure import Hearing, HearingState, Notice
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines.units import start_of
from services.kernel.decider import Context, Events
from services.kernel.delivery import require_document
from services.kernel.errors import RefusalCode, Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.kernel.values import day_of

_GIVEN_UP: Final = (pb.ATTENDANCE_ABSENT, pb.ATTENDANCE_LEFT)
_REPRESENTATIVES_MAX: Final = 2
"""一至二人 (art. 64)."""


@case.decide(pb.RequestHearingRequest, basis="行政处罚法 arts. 63, 64")
def request_hearing(state: Case, command: pb.RequestHearingRequest, context: Context) -> Events:
    """The party asks within five working days of being told, where the intended penalty gives it the right.

    The day of the asking counts, not that of the record. Who waived the hearing may still ask within the five days.
    """
    state.require(*TOLD)
    assert state.notice is not None
    if not state.notice.hearing_right:
        raise Refused(Refusal.NO_HEARING_RIGHT)
    due = end_after(deadlines.HEARING_REQUEST, state.notice.told_on, context)
    if not due.covers(context.occurred_at):
        raise Refused(Refusal.HEARING_REQUEST_LATE, due=due.due_on)
    if state.hearing is not None and state.hearing.open:
        raise Refused(Refusal.HEARING_REQUESTED)
    yield pb.HearingRequested(
        case_id=command.case_id,
        request=command.request,
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.HearingRequested)
def hearing_requested(state: Case, event: pb.HearingRequested, act: Act) -> Case:
    period = state.period.heard_since(act.occurred_at) if state.period else None
    return replace(state, stage=Stage.HEARING, hearing=Hearing(), review=None, discussion=None, period=period)


@case.decide(pb.WithdrawHearingRequestRequest, basis="行政处罚法 art. 64")
def withdraw_hearing_request(state: Case, command: pb.WithdrawHearingRequestRequest, context: Context) -> Events:
    """The party takes its request back, in writing, before the hearing."""
    _require(state, HearingState.REQUESTED, HearingState.NOTIFIED, refusal=Refusal.HEARING_NOT_REQUESTED)
    yield pb.HearingRequestWithdrawn(case_id=command.case_id, document=command.document)


@case.evolve(pb.HearingRequestWithdrawn)
def hearing_request_withdrawn(state: Case, event: pb.HearingRequestWithdrawn, act: Act) -> Case:
    assert state.notice is not None
    notice = replace(state.notice, hearing_waived=True)
    return replace(state.heard_until(act), stage=Stage.NOTICE_SERVED, hearing=None, notice=notice)


@case.decide(pb.NotifyHearingRequest, basis="行政处罚法 art. 64")
def notify_hearing(state: Case, command: pb.NotifyHearingRequest, context: Context) -> Events:
    """The party is told time and place seven working days before; the chair is named as one and did not investigate.

    The seven days count from the day on which the service of the notification takes effect. The hearing is public
    unless secrets or privacy stand against it. Another day or another chair needs another notification.
    """
    state.require_free()
    hearing = _require(state, HearingState.REQUESTED, HearingState.NOTIFIED, refusal=Refusal.HEARING_NOT_REQUESTED)
    state.require_in_order(context)
    if hearing.challenged:
        raise Refused(Refusal.CHAIR_CHALLENGED)
    require_document(command, delivery_pb.SERVED_DOCUMENT_HEARING_NOTICE)
    told_on = effective_on(state, delivery_pb.SERVED_DOCUMENT_HEARING_NOTICE, command, context)
    earliest = end_of_limit(deadlines.HEARING_NOTICE, start_of(told_on), context)
    if day_of(to_datetime(command.held_at)) < earliest.due_on:
        raise Refused(Refusal.HEARING_TOO_SOON, earliest=earliest.due_on)
    if earliest.provisional:
        raise no_calendar(earliest)
    chair, recorder = context.active_officer(command.chair_id), context.active_officer(command.recorder_id)
    if options.ROLE_HEARING_CHAIR not in chair.roles:
        raise Refused(Refusal.NOT_A_CHAIR, officer=chair.officer_id)
    if chair.officer_id in state.investigators:
        raise Refused(Refusal.CHAIR_INVESTIGATED, officer=chair.officer_id)
    if recorder.officer_id in {chair.officer_id, *state.investigators}:
        raise Refused(Refusal.RECORDER_TAKES_PART)
    yield pb.HearingNotified(
        case_id=command.case_id,
        hearing_id=command.hearing_id,
        held_at=command.held_at,
        place=command.place,
        chair=chair,
        recorder=recorder,
        closed_ground=command.closed_ground,
        document=command.document,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
        effective_on=told_on.isoformat(),
    )


@case.evolve(pb.HearingNotified)
def hearing_notified(state: Case, event: pb.HearingNotified) -> Case:
    assert state.hearing is not None
    hearing = replace(
        state.hearing,
        state=HearingState.NOTIFIED,
        hearing_id=event.hearing_id,
        held_at=to_datetime(event.held_at),
        chair_id=event.chair.officer_id,
        recorder_id=event.recorder.officer_id,
    )
    return replace(state, hearing=hearing, posted=not_posted(state, delivery_pb.SERVED_DOCUMENT_HEARING_NOTICE))


@case.decide(pb.ChallengeChairRequest, basis="行政处罚法 art. 64")
def challenge_chair(state: Case, command: pb.ChallengeChairRequest, context: Context) -> Events:
    """A party that sees an interest of the chair in the case asks for the chair's withdrawal; the hearing waits."""
    hearing = _require(state, HearingState.NOTIFIED, refusal=Refusal.HEARING_NOT_NOTIFIED)
    if hearing.challenged:
        raise Refused(Refusal.CHAIR_CHALLENGED)
    yield pb.ChairChallenged(case_id=command.case_id, reason=command.reason)


@case.evolve(pb.ChairChallenged)
def chair_challenged(state: Case, event: pb.ChairChallenged) -> Case:
    assert state.hearing is not None
    return replace(state, hearing=replace(state.hearing, challenged=True))


@case.decide(pb.DecideChairChallengeRequest, basis="行政处罚法 arts. 43, 64")
def decide_chair_challenge(state: Case, command: pb.DecideChairChallengeRequest, context: Context) -> Events:
    """A leader who is not the chair decides. When the chair withdraws, the party is notified anew of another one, and
    the chair takes no part in the case any more (回避, art. 43).
    """
    if state.hearing is None or not state.hearing.challenged:
        raise Refused(Refusal.NO_CHALLENGE)
    if context.actor.id == state.hearing.chair_id:
        raise Refused(Refusal.CHAIR_DECIDES_OWN_CASE)
    yield pb.ChairChallengeDecided(
        case_id=command.case_id, granted=command.granted, reason=command.reason, chair_id=state.hearing.chair_id
    )


@case.evolve(pb.ChairChallengeDecided)
def chair_challenge_decided(state: Case, event: pb.ChairChallengeDecided, act: Act) -> Case:
    assert state.hearing is not None
    if event.granted:
        since = {**state.recusals.since, state.hearing.chair_id: act.occurred_at}
        return replace(state, hearing=Hearing(), recusals=replace(state.recusals, since=since))
    return replace(state, hearing=replace(state.hearing, challenged=False))


@case.decide(pb.HoldHearingRequest, basis="行政处罚法 art. 64")
def hold_hearing(state: Case, command: pb.HoldHearingRequest, context: Context) -> Events:
    """It is held on the day that the party was told, and not before the hour, by those who were named; investigators
    put the case, the party defends and examines, and signs.

    A party that stays away or leaves without good reason has given the hearing up, and it ends there.
    """
    state.require_free()
    hearing = _require(state, HearingState.NOTIFIED, refusal=Refusal.HEARING_NOT_NOTIFIED)
    assert hearing.held_at is not None
    if hearing.challenged:
        raise Refused(Refusal.CHAIR_CHALLENGED)
    if context.actor.id not in (hearing.chair_id, hearing.recorder_id):
        raise Refused(Refusal.NOT_OF_THE_HEARING)
    for officer_id in (hearing.chair_id, hearing.recorder_id):
        context.active_officer(officer_id)
    held_at = f"{hearing.held_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if context.occurred_at < hearing.held_at:
        raise Refused(Refusal.HEARING_BEFORE_ITS_TIME, held_at=held_at)
    if context.today != day_of(hearing.held_at):
        raise Refused(Refusal.HEARING_ON_ANOTHER_DAY, held_at=held_at)
    if len(command.representatives) > _REPRESENTATIVES_MAX:
        raise Refused(Refusal.TOO_MANY_REPRESENTATIVES)
    came = command.attendance not in _GIVEN_UP
    investigators = [context.active_officer(officer_id) for officer_id in dict.fromkeys(command.investigator_ids)]
    if came and not any(officer.officer_id in state.team for officer in investigators):
        raise Refused(Refusal.INVESTIGATOR_ABSENT)
    if not command.HasField("record") or (came and not command.signature):
        raise Refused(Refusal.RECORD_NOT_SIGNED)
    yield pb.HearingHeld(
        case_id=command.case_id,
        hearing_id=hearing.hearing_id,
        attendance=command.attendance,
        representatives=command.representatives,
        investigators=investigators,
        record=command.record,
        signature=command.signature,
    )


@case.evolve(pb.HearingHeld)
def hearing_held(state: Case, event: pb.HearingHeld, act: Act) -> Case:
    assert state.hearing is not None
    ended = event.attendance in _GIVEN_UP
    hearing = replace(
        state.hearing, state=HearingState.FINISHED if ended else HearingState.HELD, attendance=event.attendance
    )
    return replace(state.heard_until(act) if ended else state, hearing=hearing)


@case.decide(pb.ReportHearingRequest, basis="行政处罚法 art. 65")
def report_hearing(state: Case, command: pb.ReportHearingRequest, context: Context) -> Events:
    """Whoever chaired it reports; with that the hearing is finished, and the decision rests on its record."""
    hearing = _require(state, HearingState.HELD, refusal=Refusal.HEARING_NOT_HELD)
    if context.actor.id != hearing.chair_id:
        raise Refused(Refusal.NOT_THE_CHAIR)
    yield pb.HearingReported(
        case_id=command.case_id,
        hearing_id=hearing.hearing_id,
        opinion=command.opinion,
        report=command.report if command.HasField("report") else None,
    )


@case.evolve(pb.HearingReported)
def hearing_reported(state: Case, event: pb.HearingReported, act: Act) -> Case:
    assert state.hearing is not None
    return replace(state.heard_until(act), hearing=replace(state.hearing, state=HearingState.FINISHED))


def require_no_open_hearing(state: Case) -> None:
    """What the party was promised to be heard on is not reviewed, discussed or decided before."""
    if state.hearing is not None and state.hearing.open:
        raise Refused(Refusal.HEARING_OPEN, state=state.hearing.state)


def require_hearing_over(state: Case, notice: Notice, context: Context) -> None:
    """No penalty while a hearing is open, or while the party may still ask for one and has not waived it."""
    require_no_open_hearing(state)
    if state.hearing is not None or not notice.hearing_right or notice.hearing_waived:
        return
    until = end_after(deadlines.HEARING_REQUEST, notice.told_on, context)
    if until.covers(context.occurred_at):
        raise Refused(Refusal.HEARING_PERIOD_RUNNING, until=until.due_on)


def _require(state: Case, *allowed: HearingState, refusal: RefusalCode) -> Hearing:
    """The hearing in one of these states, of a case whose party was told and which is not decided."""
    if state.hearing is None or state.hearing.state not in allowed:
        state.require(*TOLD)
        raise Refused(refusal)
    return state.hearing
