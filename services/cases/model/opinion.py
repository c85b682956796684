"""A case on the opinion of a procuratorate (反向衔接, 行政处罚法 art. 27; 刑事诉讼法 art. 177).

The case begins as a clue from another department, or was there before: the one that had gone to the police. Whoever
answers the opinion hears from the case how it goes on, until the opinion is withdrawn: then it is a case like any
other. Evidence from the criminal file joins in any stage; a statement in it counts once it was confirmed again.
"""

from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import opinion_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import OPEN, Case, Refusal, Stage, case
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused

_DECISIONS: Final = {
    commands.OUTCOME_PENALTY: pb.OPINION_PROGRESS_PENALTY,
    commands.OUTCOME_NO_PENALTY: pb.OPINION_PROGRESS_NO_PENALTY,
    commands.OUTCOME_NOT_ESTABLISHED: pb.OPINION_PROGRESS_NOT_ESTABLISHED,
}


def progressed(
    state: Case, case_id: str, progress: pb.OpinionProgress.ValueType, *, case_number: str = "", reasons: str = ""
) -> Events:
    """What a case on an opinion tells of a step; nothing when it is on none."""
    if state.opinion_case_id:
        yield pb.OpinionProgressed(
            case_id=case_id,
            opinion_case_id=state.opinion_case_id,
            progress=progress,
            case_number=case_number or state.case_number,
            reasons=reasons,
        )


def decided(state: Case, command: commands.DecideRequest) -> Events:
    """The same of its decision."""
    yield from progressed(state, command.case_id, _DECISIONS[command.outcome], reasons=command.reasons)


@case.decide(pb.NoteOpinionRequest, basis="行政处罚法 art. 27")
def note_opinion(state: Case, command: pb.NoteOpinionRequest, context: Context) -> Events:
    """A case that was there before handles what an opinion is about; what it came to already is told at once."""
    if state.opinion_case_id == command.opinion_case_id:
        return
    if state.opinion_case_id:
        raise Refused(Refusal.OTHER_OPINION)
    yield pb.OpinionNoted(case_id=command.case_id, opinion_case_id=command.opinion_case_id)
    noted = replace(state, opinion_case_id=command.opinion_case_id)
    if state.stage is Stage.NOT_FILED:
        yield from progressed(noted, command.case_id, pb.OPINION_PROGRESS_NOT_FILED)
    elif state.stage is not Stage.CLUE:
        yield from progressed(noted, command.case_id, pb.OPINION_PROGRESS_FILED)
    if state.decision is not None and state.decision.outcome in _DECISIONS:
        yield from progressed(noted, command.case_id, _DECISIONS[state.decision.outcome])


@case.evolve(pb.OpinionNoted)
def opinion_noted(state: Case, event: pb.OpinionNoted) -> Case:
    return replace(state, opinion_case_id=event.opinion_case_id)


@case.decide(pb.NoteOpinionWithdrawalRequest, basis="行政处罚法 art. 27; 刑事诉讼法 art. 177")
def note_withdrawal(state: Case, command: pb.NoteOpinionWithdrawalRequest, context: Context) -> Events:
    """The opinion was withdrawn: nobody is told of the case any more, and it may handle another opinion.

    What is suspected is decided on by the case's own law; a leader may also end the clue or the case with a reason.
    """
    if state.opinion_case_id == command.opinion_case_id:
        yield pb.OpinionWithdrawalNoted(
            case_id=command.case_id, opinion_case_id=command.opinion_case_id, reason=command.reason
        )


@case.evolve(pb.OpinionWithdrawalNoted)
def withdrawal_noted(state: Case, event: pb.OpinionWithdrawalNoted) -> Case:
    return replace(state, opinion_case_id="")


@case.evolve(pb.OpinionProgressed)
def opinion_progressed(state: Case, event: pb.OpinionProgressed) -> Case:
    return state


@case.decide(pb.AddConvertedEvidenceRequest, basis="行政处罚法 arts. 27, 46; conversion of kinds: design")
def add_converted_evidence(state: Case, command: pb.AddConvertedEvidenceRequest, context: Context) -> Events:
    """Evidence from the criminal file joins the case in any stage, once."""
    if command.evidence_id in state.evidence:
        return
    yield events.EvidenceAdded(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        kind=command.kind,
        description=command.description,
        file=command.file if command.HasField("file") else None,
        gathered_by=command.gathered_by,
        opinion_case_id=command.opinion_case_id,
        reconfirm_required=command.reconfirm_required,
    )


@case.decide(pb.ReconfirmEvidenceRequest, basis="行政处罚法 arts. 42, 46, 55; design")
def reconfirm_evidence(state: Case, command: pb.ReconfirmEvidenceRequest, context: Context) -> Events:
    """Two officers take the statement again; only then does it count."""
    state.require(*OPEN)
    piece = state.evidence.get(command.evidence_id)
    if piece is None:
        raise Refused(Refusal.EVIDENCE_UNKNOWN, id=command.evidence_id)
    if not piece.unconfirmed:
        return
    yield pb.EvidenceReconfirmed(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        record=command.record,
        officers=context.two_active_officers(command.officer_ids),
    )


@case.evolve(pb.EvidenceReconfirmed)
def evidence_reconfirmed(state: Case, event: pb.EvidenceReconfirmed) -> Case:
    return state.with_piece(event.evidence_id, unconfirmed=False)
