"""T6, T7, bureau: what it may do about a refusal (国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 arts. 181, 182).

Both are rights that lapse after three days: reconsideration from the arrival of the refusal, once; the suggestion of a
supervision from the arrival of the refusal or of the decision on reconsideration.

Police that are silent refuse nothing, and 国务院令第310号 says nothing of them: once the time for the receipt, or for
the decision, is over the bureau may suggest a supervision as well, as long as they are silent (design).
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import Due
from services.kernel.decider import Context, Events
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.kernel.values import day_of, local
from services.transfer.deadlines import POLICE_DECISION, RECONSIDERATION
from services.transfer.model.letters import SAME_INSTANT, is_known, or_matches
from services.transfer.model.shared import (
    MPS_181,
    MPS_182,
    Refusal,
    end_of,
    procuratorate_of,
    require_not_before,
    require_told_by,
)
from services.transfer.model.transfer import ACCEPTED, Stage, Transfer, transfer
from services.transfer.step_deadlines import RECEIPT

_ENDED: Final = (
    supervision.SUPERVISION_STEP_UPHELD,
    supervision.SUPERVISION_STEP_ORDERED,
    supervision.SUPERVISION_STEP_ENDED,
)
_LEFT: Final = (Stage.REFUSED, Stage.REFUSED_FINAL, Stage.UPHELD, Stage.NOT_ITS_MATTER)
"""Where nobody but the bureau has a step to take."""
_ON_PAPER: Final = {
    supervision.SUPERVISION_STEP_REASONS_ASKED: paper.PAPER_ANSWER_KIND_REASONS_ASKED,
    supervision.SUPERVISION_STEP_REASONS_STATED: paper.PAPER_ANSWER_KIND_REASONS_STATED,
    supervision.SUPERVISION_STEP_UPHELD: paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
    supervision.SUPERVISION_STEP_ORDERED: paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
}


@transfer.decide(reconsideration.RequestReconsiderationRequest, basis=MPS_181)
def request_reconsideration(
    state: Transfer, command: reconsideration.RequestReconsiderationRequest, context: Context
) -> Events:
    """The bureau asks the police that refused to reconsider: once, and within three days."""
    if state.non_filing.reconsidered:
        raise Refused(Refusal.RECONSIDERED_ALREADY)
    _require_refused(state, Stage.REFUSED, Stage.UPHELD)
    state.require_team(context)
    require_not_before(state.refused_at, context)
    window = _right(state, context)
    if not window.covers(context.occurred_at):
        raise Refused(Refusal.RECONSIDERATION_LATE, until=local(window.effective_at))
    yield reconsideration.ReconsiderationRequested(
        transfer_id=command.transfer_id,
        police_id=state.police_id,
        referral_id=state.referral_id,
        case_id=state.opened.case_id,
        grounds=command.grounds,
        letter=command.letter,
    )


@transfer.evolve(reconsideration.ReconsiderationRequested)
def reconsideration_requested(state: Transfer, event: reconsideration.ReconsiderationRequested, act: Act) -> Transfer:
    return replace(state, non_filing=replace(state.non_filing, reconsidering=True), last_act_at=act.occurred_at)


@transfer.decide(reconsideration.RecordRefusalMaintainedRequest, basis=MPS_181)
@or_matches(paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED)
def record_refusal_maintained(
    state: Transfer, command: reconsideration.RecordRefusalMaintainedRequest, context: Context
) -> Events:
    """The police keep to their refusal: recorded with reasons when the decision arrives, unless a filing on paper
    overtook it."""
    require_told_by(state.police_id, command.police_id)
    if state.filed and state.overtaken(command.police_id, paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED):
        return
    if state.filed or not state.non_filing.reconsidering:
        state.require(Stage.RECONSIDERING)
    yield reconsideration.PoliceRefusalMaintained(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        case_id=state.opened.case_id,
        reasons=command.reasons,
        notice=command.notice if command.HasField("notice") else None,
        moves_nothing=state.non_filing.with_the_procuratorate,
    )


@transfer.evolve(reconsideration.PoliceRefusalMaintained)
def refusal_maintained(state: Transfer, event: reconsideration.PoliceRefusalMaintained, act: Act) -> Transfer:
    return replace(
        state,
        non_filing=replace(state.non_filing, reconsidering=False, maintained=True),
        refused_at=act.occurred_at,
        last_act_at=state.latest(act),
    )


@transfer.decide(supervision.SuggestSupervisionRequest, basis="国务院令第310号 art. 9")
def suggest_supervision(state: Transfer, command: supervision.SuggestSupervisionRequest, context: Context) -> Events:
    """The bureau suggests a supervision to the procuratorate of the police's level, within three days.

    One without a node stands in the registry without keys: letter and answer go on paper, and the answer ends it.
    """
    state.require_team(context)
    if state.stage in (Stage.SENT, *ACCEPTED):
        _require_silence(state, context)
    else:
        _require_refused(state, Stage.REFUSED, Stage.REFUSED_FINAL, *(() if state.suggested else (Stage.UPHELD,)))
        require_not_before(state.refused_at, context)
        window = _right(state, context)
        if not window.covers(context.occurred_at):
            raise Refused(Refusal.SUPERVISION_SUGGESTION_LATE, until=local(window.effective_at))
    yield supervision.SupervisionSuggested(
        transfer_id=command.transfer_id,
        procuratorate_id=_supervisor(state, context),
        police_id=state.police_id,
        referral_id=state.referral_id,
        case_id=state.opened.case_id,
        case_number=state.opened.case_number,
        suspected_crime=state.opened.suspected_crime,
        grounds=command.grounds,
        letter=command.letter,
        enclosures=command.enclosures,
    )


@transfer.evolve(supervision.SupervisionSuggested)
def supervision_suggested(state: Transfer, event: supervision.SupervisionSuggested, act: Act) -> Transfer:
    """A suggestion for silence uses up nothing that a refusal gives."""
    return replace(
        state,
        suggested=state.suggested or state.non_filing.refused,
        non_filing=replace(state.non_filing, supervised=True),
        last_act_at=act.occurred_at,
    )


@transfer.decide(supervision.RecordSupervisionRequest, basis=MPS_182)
@or_matches(lambda command: _ON_PAPER.get(command.step), teller="procuratorate_id")
def record_supervision(state: Transfer, command: supervision.RecordSupervisionRequest, context: Context) -> Events:
    """Each step of a supervision is recorded, whoever began it; the procuratorate is that of the police's level."""
    if command.police_id not in state.forwarder_ids:
        require_told_by(state.police_id, command.police_id)
    require_told_by(context.member(command.police_id).procuratorate_id, command.procuratorate_id)
    current = command.police_id == state.police_id
    if current and command.paper_id and is_known(state.supervised_at, command.taken_at):
        return
    overtaken = current and _is_overtaken(state, command)
    yield supervision.SupervisionStepRecorded(
        transfer_id=command.transfer_id,
        procuratorate_id=command.procuratorate_id,
        police_id=command.police_id,
        supervision_id=command.supervision_id,
        step=command.step,
        about=command.about,
        # What is told of police that passed the case on says nothing about the case.
        case_id=state.opened.case_id if current else "",
        taken_at=command.taken_at if command.HasField("taken_at") else None,
        # A node's steps come in their order: what paper told ahead of them is where the supervision stands.
        moves_nothing=overtaken,
        paper_id=command.paper_id,
        leaves_to_bureau=current and not overtaken and _leaves_to_bureau(state, command),
    )


def _is_overtaken(state: Transfer, command: supervision.RecordSupervisionRequest) -> bool:
    """Whether a later step is known. An order is never too late."""
    if state.supervised_at is None or not command.HasField("taken_at"):
        return False
    return command.step != supervision.SUPERVISION_STEP_ORDERED and to_datetime(command.taken_at) < state.supervised_at


def _leaves_to_bureau(state: Transfer, command: supervision.RecordSupervisionRequest) -> bool:
    """Whether reasons that hold leave the case with the bureau: the police refused or declined it, as far as is known.

    The reasons may be about the silence before that, and the refusal came while the supervision was going on.
    """
    if command.step != supervision.SUPERVISION_STEP_UPHELD:
        return False
    after = replace(state, non_filing=replace(state.non_filing, supervised=False))
    return after.stage in _LEFT


@transfer.evolve(supervision.SupervisionStepRecorded)
def supervision_step_recorded(state: Transfer, event: supervision.SupervisionStepRecorded, act: Act) -> Transfer:
    """What it means for the case, unless other police have it now. An order wakes a case that had come back."""
    if event.police_id != state.police_id:
        return state
    upheld = event.step == supervision.SUPERVISION_STEP_UPHELD and event.about == supervision.NON_FILING_REFUSED
    known = replace(state.non_filing, upheld=state.non_filing.upheld or upheld)
    if event.step == supervision.SUPERVISION_STEP_UPHELD:
        state = replace(state, upheld_at=act.occurred_at)
    if event.moves_nothing:
        return replace(state, non_filing=known)
    known = replace(known, supervised=event.step not in _ENDED)
    if event.HasField("taken_at"):
        # Paper tells the minute: what a node did within it was before.
        precision = SAME_INSTANT if event.paper_id else timedelta()
        state = replace(state, supervised_at=to_datetime(event.taken_at) + precision)
    if event.step != supervision.SUPERVISION_STEP_ORDERED:
        return replace(state, non_filing=known)
    back = bool(state.told)
    known = replace(known, ordered=True)
    return replace(state, non_filing=known, returned=state.returned and back, closed=state.closed and back)


def _require_refused(state: Transfer, *standings: Stage) -> None:
    """The refusal stands; a supervision that the procuratorate began of itself takes no right away."""
    state.require(*standings, *(() if state.suggested else (Stage.SUPERVISION,)))


def _require_silence(state: Transfer, context: Context) -> None:
    """The police had their time to sign, or to decide with what they added to it, and nobody supervises them yet.

    Raises:
        Refused: WRONG_STAGE, POLICE_TIME_NOT_OVER.
    """
    if state.non_filing.supervised:
        raise Refused(KernelRefusal.WRONG_STAGE, stage=Stage.SUPERVISION, allowed=state.stage)
    assert state.waits_since is not None
    longer_by = sum(days for _, days in state.extensions)
    clock = RECEIPT if state.stage is Stage.SENT else POLICE_DECISION
    limit, _ = clock.limit(context.rules, day_of(state.waits_since))
    due = end_of(replace(limit, length=limit.length + longer_by), state.waits_since, context)
    if due.covers(context.occurred_at):
        raise Refused(Refusal.POLICE_TIME_NOT_OVER, until=local(due.effective_at))


def _supervisor(state: Transfer, context: Context) -> str:
    """The procuratorate that supervises the police that have the case.

    Raises:
        Refused: SUPERVISOR_NOT_A_MEMBER, since nobody would ever get the suggestion, and nothing end the supervision.
    """
    if procuratorate_id := procuratorate_of(context, state.police_id):
        return procuratorate_id
    raise Refused(Refusal.SUPERVISOR_NOT_A_MEMBER, procuratorate=context.member(state.police_id).procuratorate_id)


def _right(state: Transfer, context: Context) -> Due:
    """Until when the bureau may object to the latest refusal."""
    assert state.refused_at is not None
    limit, _ = RECONSIDERATION.limit(context.rules, day_of(state.refused_at))
    return end_of(limit, state.refused_at, context)
