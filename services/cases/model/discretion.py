"""Discretion on a case (裁量): the evaluation of statutes, lists and benchmarks, and departures from it.

    evaluate ──▶ approve (a reduction) or depart ──▶ decide        again, whenever facts or rules have changed

The last evaluation holds; a new one takes approvals and departures away. What is evaluated is a pure function of what
was answered, what registers and rule sets say, and the days (`services.cases.discretion`); the event keeps all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.cases.discretion.catalogue import catalogue
from services.cases.discretion.evaluation import days_of, evaluate
from services.cases.discretion.facts import Facts
from services.cases.discretion.messages import answers_of, chosen_of, evaluated
from services.cases.discretion.proposal import Law, Settings
from services.cases.discretion.register import Register, Registers
from services.cases.discretion.rule_sets import RuleSet, in_force
from services.cases.discretion.within import (
    FORBIDDEN,
    Departure,
    Discretion,
    require_spared,
    require_within,
    shown,
    total,
    within,
)
from services.cases.model.case import UNDECIDED, Case, Clue, Refusal, case
from services.cases.model.duplicates import OtherCases
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.rules import Rules


@dataclass(frozen=True, slots=True)
class KnownOfRules:
    """What an evaluation looks up."""

    rule_sets: tuple[RuleSet, ...] = ()
    """All that this authority adopted; those in force are found by the evaluation."""
    register: Register | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kind of each piece of the case's evidence, by id, without its prefix."""


NOTHING_KNOWN = KnownOfRules()


@dataclass(frozen=True, slots=True)
class KnownAtDecision(OtherCases):
    """What a decision looks up: other cases about the act, and the rule sets that this authority adopted."""

    rule_sets: tuple[RuleSet, ...] = ()


@case.decide(pb.EvaluateDiscretionRequest, basis="行政处罚法 arts. 30-34, 36, 37, 49")
def evaluate_discretion(state: Case, command: pb.EvaluateDiscretionRequest, context: Context) -> Events:
    """Officers answer what the rules ask, each answer with admitted evidence; the rules propose, and say why."""
    state.require(*UNDECIDED)
    assert state.clue is not None
    known = context.found if isinstance(context.found, KnownOfRules) else NOTHING_KNOWN
    for answer in command.answers:
        for evidence_id in answer.evidence_ids:
            state.ground(evidence_id)
    clue = state.clue
    facts = replace(
        facts_of(clue, known),
        answers=answers_of(command.answers, known.kinds, known.rule_sets),
        chosen=chosen_of(command.choice, command.choice_reason),
    )
    found = evaluate(
        facts,
        command.act_code or clue.event.act_code,
        context.authority.division,
        clue.punished_on,
        context.today,
        known.rule_sets,
        settings=readings(context.rules, context.today),
    )
    yield evaluated(
        found,
        case_id=command.case_id,
        evaluation_id=str(context.new_id("evaluation")),
        answers=command.answers,
        choice=command.choice,
        choice_reason=command.choice_reason,
        unanswered_codes=known.register.unanswered if known.register is not None else (),
    )


@case.evolve(pb.DiscretionEvaluated)
def discretion_evaluated(state: Case, event: pb.DiscretionEvaluated) -> Case:
    used = {one for condition in event.conditions if condition.applied for one in condition.evidence_ids}
    return replace(
        state,
        discretion=Discretion(
            evaluation_id=event.evaluation_id,
            act_code=event.act_code,
            act_on=date.fromisoformat(event.act_on) if event.act_on else None,
            decision_on=date.fromisoformat(event.decision_on) if event.decision_on else None,
            considered=frozenset(event.considered_rule_sets),
            outcome=event.outcome,
            span=(event.min_fen, event.max_fen) if event.fined else None,
            statutory=(event.statutory_min_fen, event.statutory_max_fen) if event.statutory else None,
            proposed_fen=event.proposed_fen,
            confiscate_fen=event.confiscate_fen,
            gains_fen=event.illegal_gains_fen,
            kinds=frozenset(event.kinds),
            reducible=event.reducible,
            superiors=tuple(event.superior_codes),
            evidence_ids=frozenset(used),
        ),
    )


@case.decide(pb.ApproveReductionRequest, basis="行政处罚法 art. 32")
def approve_reduction(state: Case, command: pb.ApproveReductionRequest, context: Context) -> Events:
    """A leader approves an amount below the statutory minimum before anything is decided on it."""
    state.require(*UNDECIDED)
    discretion = _last(state, command.evaluation_id)
    if discretion.outcome != pb.DISCRETION_OUTCOME_REDUCE:
        raise Refused(Refusal.NOTHING_TO_REDUCE, outcome=discretion.words)
    yield pb.ReductionApproved(
        case_id=command.case_id,
        evaluation_id=command.evaluation_id,
        reason=command.reason,
        approver=context.active_officer(context.actor.id),
    )


@case.evolve(pb.ReductionApproved)
def reduction_approved(state: Case, event: pb.ReductionApproved) -> Case:
    assert state.discretion is not None
    return replace(state, discretion=replace(state.discretion, reduction_approved=True))


@case.decide(pb.DepartFromDiscretionRequest, basis="行政处罚法 arts. 34, 76; 国办发〔2022〕27号")
def depart(state: Case, command: pb.DepartFromDiscretionRequest, context: Context) -> Events:
    """Within the range a reason is enough. Outside it the own benchmark asks for the principal head or the leaders
    together, a superior's for that superior's approval, which goes into the file. The statute is left by nobody.
    """
    state.require(*UNDECIDED)
    discretion = _last(state, command.evaluation_id)
    if discretion.outcome == pb.DISCRETION_OUTCOME_CRIME:
        raise Refused(Refusal.MUST_BE_TRANSFERRED)
    if not command.no_penalty:
        _require_lawful(discretion, command.amount_fen)
    if command.no_penalty or not within(discretion, command.amount_fen):
        _require_approved(state, discretion, command, context)
    by_head = command.approval == pb.DEPARTURE_APPROVAL_PRINCIPAL_HEAD
    yield pb.DiscretionDeparted(
        case_id=command.case_id,
        evaluation_id=command.evaluation_id,
        no_penalty=command.no_penalty,
        amount_fen=command.amount_fen,
        approval=command.approval,
        approver_code=command.approver_code,
        reason=command.reason,
        approver=context.active_officer(context.actor.id) if by_head else None,
        document_number=command.document_number,
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.DiscretionDeparted)
def departed(state: Case, event: pb.DiscretionDeparted) -> Case:
    assert state.discretion is not None
    departure = Departure(event.no_penalty, event.amount_fen)
    return replace(state, discretion=replace(state.discretion, departure=departure))


def require_discretion(state: Case, command: commands.DecideRequest, context: Context) -> None:
    """A decision keeps to the last evaluation, and that to evidence that still counts and to the statute in force."""
    discretion = state.discretion
    if discretion is not None and command.outcome in (commands.OUTCOME_PENALTY, commands.OUTCOME_NO_PENALTY):
        _require_same_statute(discretion, context.today)
        _require_same_rules(discretion, context)
        for evidence_id in sorted(discretion.evidence_ids):
            state.ground(evidence_id)
    if command.outcome == commands.OUTCOME_PENALTY:
        required = context.rules.get("discretion_required", context.today) == "true"
        require_within(discretion, command.penalties, required=required)
    elif command.outcome == commands.OUTCOME_NO_PENALTY:
        require_spared(discretion)


def facts_of(clue: Clue, known: KnownOfRules) -> Facts:
    """What the case itself says about the act's days, and what the registers say."""
    event = clue.event
    return Facts(
        register=known.register,
        discovered_on=clue.discovered_on,
        act_ended_on=clue.ended_on,
        act_continues=event.act_continues,
    )


def readings(rules: Rules, on: date) -> Settings:
    """The readings that the authority configured for a day."""
    return Settings(
        lighter_percent=min(rules.number("discretion_lighter_percent", on), 100),
        heavier_percent=min(rules.number("discretion_heavier_percent", on), 100),
        point_percent=min(rules.number("discretion_point_percent", on), 100),
        reduce_percent=min(max(rules.number("discretion_reduce_percent", on), 1), 99),
        registers=Registers(rules.get("discretion_registers", on)),
        rule_sets_of=Law(rules.get("discretion_rule_sets_of", on)),
    )


def _require_same_statute(discretion: Discretion, today: date) -> None:
    """If the law changes before the decision the lighter one applies (art. 37): evaluate again."""
    act = catalogue().acts.get(discretion.act_code)
    if act is None or discretion.decision_on is None:
        return
    then, now = act.version(discretion.decision_on), act.version(today)
    if now is not None and now != then:
        evaluated_on, changed_on = discretion.decision_on.isoformat(), now.from_on.isoformat()
        raise Refused(Refusal.LAW_CHANGED_SINCE, evaluated_on=evaluated_on, changed_on=changed_on)


def _require_same_rules(discretion: Discretion, context: Context) -> None:
    """Rule sets on the act that came, ended or changed since the evaluation ask for another one."""
    act_on, evaluated_on, known = discretion.act_on, discretion.decision_on, context.found
    if act_on is None or evaluated_on is None or not isinstance(known, KnownAtDecision):
        return

    def speaking(*days: date) -> set[str]:
        held = (one for on in days for one in in_force(known.rule_sets, context.authority.division, on))
        return {one.name for one in held if one.speaks_on(discretion.act_code)}

    days = days_of(act_on, context.today, readings(context.rules, context.today).rule_sets_of)
    changed = speaking(*days) - discretion.considered
    if context.today in days:
        changed |= speaking(evaluated_on) - speaking(context.today)
    if changed:
        names = "、".join(sorted(changed))
        raise Refused(Refusal.RULES_CHANGED_SINCE, evaluated_on=evaluated_on.isoformat(), rule_sets=names)


def _last(state: Case, evaluation_id: str) -> Discretion:
    if state.discretion is None:
        raise Refused(Refusal.EVALUATION_NEEDED)
    if state.discretion.evaluation_id != evaluation_id:
        raise Refused(Refusal.EVALUATION_OUTDATED, evaluation=evaluation_id)
    return state.discretion


def _require_lawful(discretion: Discretion, amount_fen: int) -> None:
    """What must not be punished is not; and no amount leaves the statute, unless a ground reduces it."""
    if discretion.outcome in FORBIDDEN:
        raise Refused(Refusal.MUST_NOT_PUNISH, outcome=discretion.words)
    if discretion.statutory is None:
        return
    low, high = discretion.statutory
    if amount_fen > high or (amount_fen < low and not discretion.reducible):
        raise Refused(Refusal.BEYOND_STATUTE, amount_fen=amount_fen, range=shown(discretion.statutory))


def _require_approved(
    state: Case, discretion: Discretion, command: pb.DepartFromDiscretionRequest, context: Context
) -> None:
    if discretion.superiors:
        named = command.approver_code in discretion.superiors and bool(command.document_number.strip())
        if command.approval != pb.DEPARTURE_APPROVAL_SUPERIOR or not named or not command.HasField("document"):
            raise Refused(Refusal.SUPERIOR_APPROVAL_NEEDED, issuers="、".join(discretion.superiors))
        return
    match command.approval:
        case pb.DEPARTURE_APPROVAL_PRINCIPAL_HEAD if context.actor.holds(options.ROLE_PRINCIPAL_HEAD):
            return
        case pb.DEPARTURE_APPROVAL_COLLECTIVE_DISCUSSION if _discussed(state, command):
            return
    raise Refused(Refusal.OWN_APPROVAL_NEEDED)


def _discussed(state: Case, command: pb.DepartFromDiscretionRequest) -> bool:
    """Whether the leaders concluded together just what is intended."""
    discussion = state.discussion
    if discussion is None:
        return False
    punished = int(discussion.conclusion) == int(commands.OUTCOME_PENALTY)
    if command.no_penalty:
        return int(discussion.conclusion) == int(commands.OUTCOME_NO_PENALTY)
    return punished and total(discussion.penalties, events.PENALTY_KIND_FINE) == command.amount_fen
