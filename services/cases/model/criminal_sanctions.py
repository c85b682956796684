"""Sanctions of two kinds for one act: what is deducted, and what is not imposed any more (折抵, 行政处罚法 art. 35).

imposed first           then                what happens                                        source
fine                    criminal fine       the fine is deducted: remaining = max(0, criminal   国务院令第310号 art. 11;
                                            fine − fine paid), computed again when one changes  行政处罚法 art. 35
fine, unpaid in part    criminal fine       a person decides whether the rest counts            design
fine, more than that    criminal fine       nothing is paid back by itself: a person decides    design
criminal fine           fine                refused                                             行政处罚法 art. 35
detention               custody             deducted, a day for a day                           行政处罚法 art. 35

What is paid is the collection service's to say: a look-up brings it, and the event says what was relied on. What a
person decided holds until an amount changes. A suspicion that nobody answered (有案不移) stands beside: it warns.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from enforcement.cases.v1 import criminal_sanctions_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import Case, Refusal, case, require_new
from services.cases.model.procedure import Judged, Sanctions, SetOff
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term

APL_35: Final = "行政处罚法 art. 35; 国务院令第310号 art. 11"


def set_off(imposed_fen: int, paid_fen: int, criminal_fine_fen: int, basis: str) -> SetOff:
    """What is deducted of a criminal fine, and what of it a person must decide; nothing once none is left on appeal.

    Args:
        imposed_fen: fine of the decision in force.
        paid_fen: what was paid on it; what exceeds it is a surplus of the collection and no fine.
        criminal_fine_fen: what the court imposed.
        basis: "paid": the fine counts as far as it is paid; "imposed": it counts as it was imposed.
    """
    paid = min(paid_fen, imposed_fen)
    counted = imposed_fen if basis == "imposed" else paid
    asked = {
        pb.SET_OFF_QUESTION_UNPAID: basis == "paid" and paid < imposed_fen,
        pb.SET_OFF_QUESTION_EXCESS: counted > criminal_fine_fen,
    }
    questions = tuple(question for question, open_ in asked.items() if open_ and criminal_fine_fen)
    return SetOff(imposed_fen, paid_fen, criminal_fine_fen, min(counted, criminal_fine_fen), basis, questions)


@case.decide(pb.NoteCriminalOutcomeRequest, basis=APL_35)
def note_outcome(state: Case, command: pb.NoteCriminalOutcomeRequest, context: Context) -> Events:
    """The case keeps how the criminal proceedings ended; what was imposed before is deducted."""
    judged = Judged(command.outcome, command.criminal_fine_fen, command.custody_days)
    known = state.sanctions.judged.get(command.transfer_id)
    if known is not None and (known == judged or _weight(known) > _weight(judged)):
        return
    noted = pb.CriminalOutcomeNoted(
        case_id=command.case_id,
        transfer_id=command.transfer_id,
        outcome=command.outcome,
        criminal_fine_fen=command.criminal_fine_fen,
        custody_days=command.custody_days,
    )
    yield noted
    after = outcome_noted(state, noted)
    yield from _computed(after, command.case_id, context)
    yield from _custody(after, command.case_id)


@case.evolve(pb.CriminalOutcomeNoted)
def outcome_noted(state: Case, event: pb.CriminalOutcomeNoted) -> Case:
    judged = Judged(event.outcome, event.criminal_fine_fen, event.custody_days)
    # The transfer told last stands last.
    others = {known: one for known, one in state.sanctions.judged.items() if known != event.transfer_id}
    return _with(state, judged={**others, event.transfer_id: judged})


@case.decide(pb.ReviewSetOffRequest, basis=APL_35)
def review_set_off(state: Case, command: pb.ReviewSetOffRequest, context: Context) -> Events:
    """A payment, a refund, an amendment or a revocation after the judgment changes what is deducted."""
    yield from _computed(state, command.case_id, context)


@case.evolve(pb.FineSetOffComputed)
def set_off_computed(state: Case, event: pb.FineSetOffComputed) -> Case:
    found = SetOff(
        imposed_fen=event.administrative_fine_fen,
        paid_fen=event.paid_fen,
        criminal_fine_fen=event.criminal_fine_fen,
        deducted_fen=event.deducted_fen,
        basis=event.basis,
        questions=tuple(event.questions),
    )
    return _with(state, set_off=found, open_questions=found.questions)


@case.decide(pb.DecideSetOffRequest, basis="国务院令第310号 art. 11; 行政处罚法 art. 35; what they leave open: design")
def decide_set_off(state: Case, command: pb.DecideSetOffRequest, context: Context) -> Events:
    """A leader decides what the statutes leave open, with a reason; nothing is paid back without such a decision."""
    computed, open_questions = state.sanctions.set_off, state.sanctions.open_questions
    if computed is None or not open_questions:
        raise Refused(Refusal.NO_SET_OFF_QUESTION)
    answered = {
        pb.SET_OFF_QUESTION_UNPAID: command.unpaid != pb.UNPAID_FINE_UNSPECIFIED,
        pb.SET_OFF_QUESTION_EXCESS: command.excess != pb.EXCESS_FINE_UNSPECIFIED,
    }
    if {question for question, given in answered.items() if given} != set(open_questions):
        raise Refused(Refusal.SET_OFF_ANSWERS, questions=_words(open_questions))
    deducted = computed.deducted_fen
    if command.unpaid == pb.UNPAID_FINE_COUNTS:
        deducted = min(computed.imposed_fen, computed.criminal_fine_fen)
    yield pb.FineSetOffDecided(
        case_id=command.case_id,
        transfer_id=_last_judged(state),
        unpaid=command.unpaid,
        excess=command.excess,
        deducted_fen=deducted,
        remaining_fen=computed.criminal_fine_fen - deducted,
        refund_fen=computed.excess_fen if command.excess == pb.EXCESS_FINE_REFUND else 0,
        reason=command.reason,
        decider=context.active_officer(context.actor.id),
    )


@case.evolve(pb.FineSetOffDecided)
def set_off_decided(state: Case, event: pb.FineSetOffDecided) -> Case:
    return _with(state, open_questions=())


@case.decide(pb.NoteDetentionRequest, basis="行政处罚法 art. 35")
def note_detention(state: Case, command: pb.NoteDetentionRequest, context: Context) -> Events:
    """The police detained the party for the act, whether before the judgment or not: the days count towards custody."""
    require_new(command.detention_id, state.sanctions.detentions)
    if not _is_day_until(command.from_on, context.today):
        raise Refused(Refusal.DETENTION_IN_FUTURE, from_on=command.from_on)
    noted = pb.DetentionNoted(
        case_id=command.case_id,
        detention_id=command.detention_id,
        imposed_by=command.imposed_by,
        from_on=command.from_on,
        days=command.days,
        document=command.document,
    )
    yield noted
    yield from _custody(detention_noted(state, noted), command.case_id)


@case.evolve(pb.DetentionNoted)
def detention_noted(state: Case, event: pb.DetentionNoted) -> Case:
    return _with(state, detentions={**state.sanctions.detentions, event.detention_id: event.days})


@case.evolve(pb.CustodySetOffComputed)
def custody_computed(state: Case, event: pb.CustodySetOffComputed) -> Case:
    return state


@case.decide(pb.NoteSuspicionRequest, basis="行政处罚法 arts. 8, 27; 国务院令第310号 art. 3")
def note_suspicion(state: Case, command: pb.NoteSuspicionRequest, context: Context) -> Events:
    """The case keeps that a crime is suspected for which nothing was transferred, until somebody answered it."""
    if (command.suspicion_id in state.suspicions) != command.open:
        yield pb.SuspicionNoted(case_id=command.case_id, suspicion_id=command.suspicion_id, open=command.open)


@case.evolve(pb.SuspicionNoted)
def suspicion_noted(state: Case, event: pb.SuspicionNoted) -> Case:
    others = state.suspicions - {event.suspicion_id}
    return replace(state, suspicions=others | {event.suspicion_id} if event.open else others)


@case.evolve(pb.FineUnderSuspicionNoted)
def fine_under_suspicion_noted(state: Case, event: pb.FineUnderSuspicionNoted) -> Case:
    return state


# ---- guards of other steps ---------------------------------------------------------------------------------------


def require_no_criminal_fine(state: Case, penalties: Iterable[events.Penalty]) -> None:
    """Where the court imposed a criminal fine, no fine follows for the same act (art. 35)."""
    if state.sanctions.criminal_fine_fen and _fines(penalties):
        raise Refused(Refusal.FINE_AFTER_CRIMINAL_FINE)


def under_suspicion(state: Case, command: commands.DecideRequest, context: Context) -> Events:
    """A fine does not take the place of a transfer (以罚代刑): what the switch says, a warning or a refusal."""
    if not state.suspicions or not _fines(command.penalties):
        return
    if context.rules.get("fine_during_open_suspicion", context.today) == "refuse":
        raise Refused(Refusal.FINE_UNDER_SUSPICION)
    yield pb.FineUnderSuspicionNoted(case_id=command.case_id, suspicion_ids=sorted(state.suspicions))


def require_set_off_decided(state: Case) -> None:
    """A case is not closed while a person must decide on its set-off."""
    if state.sanctions.open_questions:
        raise Refused(Refusal.SET_OFF_OPEN, questions=_words(state.sanctions.open_questions))


# ---- parts -------------------------------------------------------------------------------------------------------


def _computed(state: Case, case_id: str, context: Context) -> Events:
    """The set-off as of now; nothing where there is none, and where nothing changed."""
    criminal_fine_fen, before = state.sanctions.criminal_fine_fen, state.sanctions.set_off
    penalties = state.decision.penalties if state.decision else ()
    imposed_fen = sum(one.amount_fen for one in penalties if one.kind == events.PENALTY_KIND_FINE)
    if before is None and not (criminal_fine_fen and imposed_fen):
        return
    basis = context.rules.get("setoff_basis", context.today)
    found = set_off(imposed_fen, context.found, criminal_fine_fen, basis)
    if found == before:
        return
    yield pb.FineSetOffComputed(
        case_id=case_id,
        transfer_id=_last_judged(state),
        administrative_fine_fen=found.imposed_fen,
        paid_fen=found.paid_fen,
        criminal_fine_fen=found.criminal_fine_fen,
        deducted_fen=found.deducted_fen,
        remaining_fen=found.remaining_fen,
        basis=found.basis,
        questions=found.questions,
    )


def _custody(state: Case, case_id: str) -> Events:
    known = state.sanctions
    if known.custody_days and known.detention_days:
        yield pb.CustodySetOffComputed(
            case_id=case_id,
            transfer_id=_last_judged(state),
            detention_days=known.detention_days,
            custody_days=known.custody_days,
            remaining_days=max(0, known.custody_days - known.detention_days),
        )


def _weight(judged: Judged) -> int:
    """A judgment counts before a non-prosecution and that before a withdrawal, in whatever order they are told."""
    return {pb.CRIMINAL_OUTCOME_WITHDRAWN: 0, pb.CRIMINAL_OUTCOME_NON_PROSECUTION: 1}.get(judged.outcome, 2)


def _with(state: Case, **changes: object) -> Case:
    changed: Sanctions = replace(state.sanctions, **changes)  # type: ignore[arg-type]
    return replace(state, sanctions=changed)


def _last_judged(state: Case) -> str:
    return next(reversed(dict(state.sanctions.judged)))


def _fines(penalties: Iterable[events.Penalty]) -> bool:
    return any(penalty.kind == events.PENALTY_KIND_FINE for penalty in penalties)


def _words(questions: Iterable[pb.SetOffQuestion.ValueType]) -> str:
    return "、".join(term(pb.SetOffQuestion, question) for question in questions)


def _is_day_until(text: str, last_on: date) -> bool:
    try:
        return date.fromisoformat(text) <= last_on
    except ValueError:
        return False
