"""Decision, its service, and closing (决定, 送达, 结案)."""

from dataclasses import replace

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import Case, Refusal, Stage, case
from services.cases.model.notice import aggravation, require_amounts
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term


@case.decide(commands.DecideRequest, basis="行政处罚法 arts. 33, 44, 45, 57, 62")
def decide(state: Case, command: commands.DecideRequest, context: Context) -> Events:
    """A leader decides; not while a criminal transfer is open, and no penalty beyond what the party was told."""
    # The stage is asked last: whoever decides too early is told by which article, not merely where the case stands.
    _require_no_open_transfer(state, command)
    _require_outcome_complete(command)
    if command.outcome == commands.OUTCOME_PENALTY:
        _require_notice_covers(state, command)
    state.require(Stage.INVESTIGATION_CLOSED, Stage.NOTICE_SERVED)
    document = command.document if command.HasField("document") else None
    match command.outcome:
        case commands.OUTCOME_PENALTY:
            yield pb.PenaltyDecided(
                case_id=command.case_id,
                case_number=state.case_number,
                penalties=command.penalties,
                reasons=command.reasons,
                basis=command.basis,
                defence_review=command.defence_review,
                document=document,
            )
        case commands.OUTCOME_NO_PENALTY:
            yield pb.NoPenaltyDecided(
                case_id=command.case_id,
                case_number=state.case_number,
                ground=command.ground,
                reasons=command.reasons,
                education=command.education,
                document=document,
            )
        case _:
            yield pb.ViolationNotEstablished(
                case_id=command.case_id, case_number=state.case_number, reasons=command.reasons, document=document
            )


@case.evolve(pb.PenaltyDecided)
def penalty_decided(state: Case, event: pb.PenaltyDecided) -> Case:
    return replace(state, stage=Stage.DECIDED, outcome=commands.OUTCOME_PENALTY)


@case.evolve(pb.NoPenaltyDecided)
def no_penalty_decided(state: Case, event: pb.NoPenaltyDecided) -> Case:
    return replace(state, stage=Stage.DECIDED, outcome=commands.OUTCOME_NO_PENALTY)


@case.evolve(pb.ViolationNotEstablished)
def violation_not_established(state: Case, event: pb.ViolationNotEstablished) -> Case:
    return replace(state, stage=Stage.DECIDED, outcome=commands.OUTCOME_NOT_ESTABLISHED)


@case.decide(commands.ServeDecisionRequest, basis="行政处罚法 art. 61")
def serve_decision(state: Case, command: commands.ServeDecisionRequest, context: Context) -> Events:
    """The decision is served in one of the ways of the Civil Procedure Law, with its proof."""
    state.require(Stage.DECIDED)
    yield pb.DecisionServed(
        case_id=command.case_id,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
    )


@case.evolve(pb.DecisionServed)
def decision_served(state: Case, event: pb.DecisionServed) -> Case:
    return replace(state, stage=Stage.SERVED)


@case.decide(commands.CloseCaseRequest, basis="行政处罚法 art. 47; 行政强制法 art. 28")
def close_case(state: Case, command: commands.CloseCaseRequest, context: Context) -> Events:
    """A leader closes the case when the decision is served, nothing is held any more and no transfer is open."""
    if state.transfers:
        raise Refused(Refusal.TRANSFER_OPEN, phase=_phases(state))
    state.require(Stage.SERVED)
    if held := state.in_force():
        raise Refused(Refusal.MEASURE_IN_FORCE, measures="、".join(held))
    if (command.ground == pb.CLOSING_GROUND_NO_PENALTY) != (state.outcome != commands.OUTCOME_PENALTY):
        raise Refused(Refusal.CLOSING_GROUND_WRONG)
    yield pb.CaseClosed(case_id=command.case_id, ground=command.ground, remark=command.remark)


@case.evolve(pb.CaseClosed)
def closed(state: Case, event: pb.CaseClosed) -> Case:
    return replace(state, stage=Stage.CLOSED)


def _require_no_open_transfer(state: Case, command: commands.DecideRequest) -> None:
    """While the police have the case no fine is decided, and the authority waits with any other decision too."""
    if not state.transfers:
        return
    fined = any(penalty.kind == pb.PENALTY_KIND_FINE for penalty in command.penalties)
    refusal = Refusal.FINE_WHILE_TRANSFERRED if fined else Refusal.DECISION_WHILE_TRANSFERRED
    raise Refused(refusal, phase=_phases(state))


def _require_outcome_complete(command: commands.DecideRequest) -> None:
    if (command.outcome == commands.OUTCOME_PENALTY) != bool(command.penalties):
        raise Refused(Refusal.PENALTIES_AND_OUTCOME)
    unpunished = command.outcome == commands.OUTCOME_NO_PENALTY
    if unpunished and not (command.ground and command.education.strip()):
        raise Refused(Refusal.GROUND_AND_EDUCATION)
    require_amounts(command.penalties)


def _require_notice_covers(state: Case, command: commands.DecideRequest) -> None:
    """No penalty without notice (art. 62), none beyond it (art. 44), none raised because of the defence (art. 45)."""
    notice = state.notice
    if notice is None:
        raise Refused(Refusal.NOTICE_BEFORE_DECISION)
    defended = notice.defence == pb.DEFENCE_KIND_STATED
    if beyond := aggravation(notice.proposed, command.penalties):
        raise Refused(Refusal.AGGRAVATED_AFTER_DEFENCE if defended else Refusal.BEYOND_NOTICE, detail=beyond)
    if defended and not command.defence_review.strip():
        raise Refused(Refusal.DEFENCE_NOT_REVIEWED)


def _phases(state: Case) -> str:
    return "、".join(term(pb.TransferPhase, phase) for phase in state.transfers.values())
