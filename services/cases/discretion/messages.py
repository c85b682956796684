"""Evaluations and answers as the contract has them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events

from services.cases.discretion.conditions import Holds, Judged
from services.cases.discretion.facts import FACTS, Answer, Choice, Chosen, EvidenceRef, Fact, FactKind, Value
from services.cases.discretion.proposal import Evaluation, Ground, Outcome
from services.cases.discretion.rule_sets import RuleSet, Tier
from services.kernel.errors import Refused, refusals

Refusal = refusals("enforcement.cases.v1")
CATALOGUE: Final = "catalogue"

OUTCOMES: Final = {outcome: pb.DiscretionOutcome.Value(f"DISCRETION_OUTCOME_{outcome.name}") for outcome in Outcome}
TIERS: Final = {tier: pb.DiscretionTier.Value(f"DISCRETION_TIER_{tier.name}") for tier in Tier}
STATES: Final = {
    Holds.YES: pb.CONDITION_STATE_HOLDS,
    Holds.NO: pb.CONDITION_STATE_FAILS,
    Holds.UNPROVEN: pb.CONDITION_STATE_UNPROVEN,
}
CHOICES: Final = {pb.DiscretionChoice.Value(f"DISCRETION_CHOICE_{choice.name}"): choice for choice in Choice}


def answers_of(
    answers: Iterable[pb.FactAnswer], kinds: Mapping[str, str], rule_sets: Iterable[RuleSet]
) -> dict[str, Answer]:
    """What an officer answered, by code of the fact.

    Args:
        kinds: of the case's evidence, by id, as names without prefix.
        rule_sets: in force; they may declare facts of their own.

    Raises:
        Refused: DISCRETION_FACT.
    """
    known = facts_of(rule_sets)
    found: dict[str, Answer] = {}
    for answer in answers:
        code = answer.fact_code
        fact = known.get(code)
        if fact is None:
            raise _wrong(f"没有名为{code}的事实")
        if fact.kind is FactKind.REGISTER:
            raise _wrong(f"{fact.zh}由违法行为登记回答")
        if code in found:
            raise _wrong(f"{fact.zh}回答了两次")
        value = _value(answer)
        if value is None or not fact.takes(value):
            raise _wrong(f"{fact.zh}的回答不合要求")
        refs = tuple(EvidenceRef(one, kinds.get(one, "")) for one in dict.fromkeys(answer.evidence_ids))
        found[code] = Answer(value, refs)
    return found


def facts_of(rule_sets: Iterable[RuleSet]) -> dict[str, Fact]:
    """Facts that may be answered: those of the law, and those that the sets declare."""
    known = dict(FACTS)
    for rule_set in rule_sets:
        known.update(rule_set.facts)
    return known


def chosen_of(choice: pb.DiscretionChoice.ValueType, reason: str) -> Chosen | None:
    """What an officer chose; None for nothing.

    Raises:
        Refused: CHOICE_REASON_NEEDED.
    """
    if not choice:
        return None
    if not reason.strip():
        raise Refused(Refusal.CHOICE_REASON_NEEDED)
    return Chosen(CHOICES[choice], reason)


def evaluated(found: Evaluation, **more: Any) -> pb.DiscretionEvaluated:
    """An evaluation as an event. `more` are fields that it does not know."""
    span, statutory = found.range, found.statutory
    return pb.DiscretionEvaluated(
        act_code=found.act_code,
        jurisdiction_code=found.jurisdiction,
        rule_sets=[
            pb.RuleSetRef(rule_set_code=one.id, version=one.version, digest=bytes.fromhex(one.content_hash))
            for one in found.rule_sets
        ],
        catalogue=pb.RuleSetRef(rule_set_code=CATALOGUE, digest=bytes.fromhex(found.catalogue_digest)),
        hash=bytes.fromhex(found.inputs_hash),
        outcome=OUTCOMES[found.outcome],
        tier=TIERS[found.tier] if found.tier is not None else pb.DISCRETION_TIER_UNSPECIFIED,
        fined=span is not None,
        min_fen=span.min_fen if span is not None else 0,
        max_fen=span.max_fen if span is not None else 0,
        proposed_fen=found.proposed_fen or 0,
        confiscate_fen=found.confiscate_fen,
        illegal_gains_fen=found.gains_fen,
        considered_rule_sets=found.considered,
        kinds=[events.PenaltyKind.Value(f"PENALTY_KIND_{kind}") for kind in found.penalties],
        act_on=found.act_on.isoformat(),
        decision_on=found.decision_on.isoformat(),
        bracket_code=found.bracket,
        statute_from_on=found.statute_from.isoformat() if found.statute_from is not None else "",
        conflict=found.conflict,
        educate=found.educate,
        basis=found.basis,
        statutory=statutory is not None,
        statutory_min_fen=statutory.min_fen if statutory is not None else 0,
        statutory_max_fen=statutory.max_fen if statutory is not None else 0,
        conditions=conditions_found(found.grounds, applied=True) + conditions_found(found.looked_at, applied=False),
        alternatives=[
            pb.AlternativeFound(
                outcome=OUTCOMES[other.outcome],
                rule_id=other.rule_id,
                why_not=other.why_not,
                min_fen=other.range.min_fen if other.range is not None else 0,
                max_fen=other.range.max_fen if other.range is not None else 0,
            )
            for other in found.alternatives
        ],
        reasons=found.reasons,
        open_questions=found.open_questions,
        reducible=found.reducible,
        superior_codes=found.superiors,
        **more,
    )


def conditions_found(grounds: Iterable[Ground], *, applied: bool) -> list[pb.ConditionFound]:
    """The conditions of rules, each with what says whether it holds."""
    return [_condition(ground.rule_id, judged, applied) for ground in grounds for judged in ground.conditions]


def _condition(rule_id: str, judged: Judged, applied: bool) -> pb.ConditionFound:
    return pb.ConditionFound(
        rule_id=rule_id,
        fact_code=judged.condition.fact.code,
        text=str(judged.condition),
        state=STATES[judged.holds],
        evidence_ids=judged.evidence_ids,
        register=judged.register,
        applied=applied,
    )


def _value(answer: pb.FactAnswer) -> Value | None:
    match answer.WhichOneof("value"):
        case "flag":
            return answer.flag
        case "number":
            return answer.number
        case "choice":
            return answer.choice
        case _:
            return None


def _wrong(detail: str) -> Refused:
    return Refused(Refusal.DISCRETION_FACT, detail=detail)
