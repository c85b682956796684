"""Discretion on a case: evaluated, approved, departed from, kept by the decision."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToDict

from services.cases.discretion.register import Register
from services.cases.discretion.rule_set_file import read_rule_set
from services.cases.discretion.rule_sets import stream_of
from services.cases.model import Refusal, case
from services.cases.model.discretion import KnownAtDecision, KnownOfRules
from services.cases.model.measures import CompulsionList
from services.cases.model.rule_sets import rule_set as rule_set_aggregate
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.errors import KernelRefusal
from services.kernel.messages import encode, type_name
from services.kernel.rules import Rules
from tests.support.decider import HEAD, LEADER, LOCAL_RULES, YONGCHUAN, given, on, uid
from tests.unit.cases import acts
from tests.unit.cases.acts import CASE, EVIDENCE, NOTIFIED, PENALISE, PROVEN, SPARE, changed, file
from tests.unit.cases.discretion.sets import BENCHMARK, LISTS, LUXIAN, SETS, content, rule_set

AT = "2024-09-26 15:00"
KNOWN = KnownOfRules(SETS, Register(), {EVIDENCE: "SCENE_RECORD"})
OWN = replace(KNOWN, rule_sets=(SETS[0], replace(SETS[1], issuers=(LUXIAN,))))
"""The benchmark is the authority's own."""


def answer(code, **value):
    return pb.FactAnswer(fact_code=code, evidence_ids=[EVIDENCE], **value)


NO_GAINS, SIX = answer("illegal_gains_fen", number=0), answer("passengers", number=6)
EVALUATE = pb.EvaluateDiscretionRequest(case_id=CASE, answers=[NO_GAINS, SIX])
LIGHTER = changed(EVALUATE, answers=[NO_GAINS, SIX, answer("slight_harm", flag=True)])
REDUCED = changed(EVALUATE, answers=[*LIGHTER.answers, answer("meritorious", flag=True)])
MINOR = changed(
    EVALUATE, answers=[answer(code, flag=True) for code in ("minor_act", "corrected_in_time", "no_harm")]
)  # fmt: skip


def evaluating(command=EVALUATE, history=PROVEN, *, known=KNOWN, **more):
    return given(case, *history).when(command, at=AT, found=known, **more)


def evaluation(command=EVALUATE, **more):
    (event,) = evaluating(command, **more).events
    return event


def fined(fen, *penalties):
    return changed(PENALISE, penalties=[events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=fen), *penalties])


def deciding(command, event, *more, **options):
    """A decision after a notice that proposes the maximum, so that nothing but discretion can be in the way."""
    told = changed(acts.NOTICE_SERVED, proposed=[*TOLD])
    history = (*NOTIFIED[:-1], on(acts.NOTICE_AT, told))
    return given(case, *history, event, *more).when(command, actor=LEADER, at="2024-11-05 10:00", **options)


TOLD = [
    events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=100_000_000),
    events.Penalty(kind=events.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=100_000_000),
]


# ── evaluation ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_evaluation_says_what_it_relied_on():
    event = evaluation(LIGHTER)
    assert (event.case_id, event.act_code, event.jurisdiction_code) == (CASE, "RTR-63-2", LUXIAN)
    assert (event.act_on, event.decision_on, event.statute_from_on) == ("2024-09-06", "2024-09-26", "2023-07-20")
    assert [(one.rule_set_code, one.version, one.digest.hex()) for one in event.rule_sets] == [
        (one.id, one.version, one.content_hash) for one in SETS
    ]
    assert (event.outcome, event.tier) == (pb.DISCRETION_OUTCOME_LIGHTER, pb.DISCRETION_TIER_ORDINARY)
    assert (event.min_fen, event.max_fen, event.proposed_fen) == (3_000_000, 3_900_000, 3_450_000)
    assert (event.statutory_min_fen, event.statutory_max_fen) == (1_000_000, 10_000_000)
    assert [(one.rule_id, one.state, list(one.evidence_ids)) for one in event.conditions if one.applied][-1] == (
        "test-lists#LIGHTER/1", pb.CONDITION_STATE_HOLDS, [EVIDENCE]
    )  # fmt: skip
    assert list(event.answers) == list(LIGHTER.answers)
    assert "建议罚款34,500元" in event.reasons


def test_the_same_facts_in_another_province_have_the_same_hash():
    here, there = evaluation(), evaluation(authority=YONGCHUAN)
    assert (here.hash, here.outcome, here.proposed_fen) == (there.hash, there.outcome, there.proposed_fen)
    assert (here.jurisdiction_code, there.jurisdiction_code) == ("510521", "500118")


def test_an_evaluation_may_be_repeated_and_the_last_one_holds():
    state = given(case, *PROVEN, evaluation()).when(LIGHTER, at=AT, found=KNOWN).state
    assert state.discretion is not None
    assert state.discretion.span == (3_000_000, 3_900_000)


def test_answers_rest_on_admitted_evidence_of_the_case():
    strange = changed(EVALUATE, answers=[pb.FactAnswer(fact_code="serious", flag=True, evidence_ids=[uid("other")])])
    evaluating(strange).refused(Refusal.EVIDENCE_UNKNOWN, id=uid("other"))
    excluded = evidence.EvidenceExcluded(case_id=CASE, evidence_id=EVIDENCE)
    evaluating(history=(*PROVEN, excluded)).refused(Refusal.EVIDENCE_EXCLUDED, id=EVIDENCE)


@pytest.mark.parametrize(
    "wrong",
    [
        [answer("rich", flag=True)],
        [answer("first_violation", flag=True)],
        [answer("serious", number=1)],
        [answer("illegal_gains_fen", flag=True)],
        [answer("oversize", choice="HUGE")],
        [pb.FactAnswer(fact_code="serious")],
        [NO_GAINS, NO_GAINS],
    ],
)
def test_an_answer_fits_its_question(wrong):
    evaluating(changed(EVALUATE, answers=wrong)).refused(Refusal.DISCRETION_FACT)


def test_a_choice_has_its_reason():
    chosen = changed(EVALUATE, choice=pb.DISCRETION_CHOICE_LIGHTER)
    evaluating(chosen).refused(Refusal.CHOICE_REASON_NEEDED)


@pytest.mark.parametrize("history", [acts.SUSPECTED, acts.DECIDED])
def test_it_is_evaluated_between_filing_and_decision(history):
    evaluating(changed(EVALUATE, answers=[]), history).refused(KernelRefusal.WRONG_STAGE)


def test_the_switches_of_the_authority_hold():
    rules = Rules({"discretion_lighter_percent": ((date(2024, 1, 1), "10"),)}, LOCAL_RULES.local)
    assert evaluation(LIGHTER, rules=rules).max_fen == 3_300_000


# ── reduction ────────────────────────────────────────────────────────────────────────────────────────────────────────


def approve(event):
    return pb.ApproveReductionRequest(case_id=CASE, evaluation_id=event.evaluation_id, reason="情节特别轻")


def test_a_leader_approves_a_reduction_before_it_is_decided():
    event = evaluation(REDUCED)
    deciding(fined(500_000), event).refused(Refusal.REDUCTION_NOT_APPROVED)
    state = given(case, *PROVEN, event).when(approve(event), actor=LEADER, at=AT).state
    assert state.discretion is not None
    assert state.discretion.reduction_approved
    approved = pb.ReductionApproved(case_id=CASE, evaluation_id=event.evaluation_id)
    assert deciding(fined(500_000), event, approved).state.decision is not None


def test_what_is_no_reduction_is_not_approved_as_one():
    event = evaluation(LIGHTER)
    given(case, *PROVEN, event).when(approve(event), actor=LEADER, at=AT).refused(
        Refusal.NOTHING_TO_REDUCE, outcome="从轻处罚"
    )
    given(case, *PROVEN).when(approve(event), actor=LEADER, at=AT).refused(Refusal.EVALUATION_NEEDED)


# ── departure ────────────────────────────────────────────────────────────────────────────────────────────────────────


def depart(event, **fields):
    base = pb.DepartFromDiscretionRequest(
        case_id=CASE, evaluation_id=event.evaluation_id, amount_fen=7_000_000, reason="社会影响恶劣"
    )
    return changed(base, **fields)


def departing(event, command, *more, actor=LEADER, history=PROVEN):
    return given(case, *history, event, *more).when(command, actor=actor, at=AT)


BY_HEAD = {"approval": pb.DEPARTURE_APPROVAL_PRINCIPAL_HEAD}
BY_SUPERIOR = {
    "approval": pb.DEPARTURE_APPROVAL_SUPERIOR,
    "approver_code": "510000",
    "document_number": "川交函〔2024〕9号",
    "document": file("批复"),
}


def test_from_the_own_benchmark_the_principal_head_lets_depart():
    event = evaluation(known=OWN)
    departing(event, depart(event)).refused(Refusal.OWN_APPROVAL_NEEDED)
    departing(event, depart(event, **BY_HEAD)).refused(Refusal.OWN_APPROVAL_NEEDED)
    departing(event, depart(event, **BY_SUPERIOR)).refused(Refusal.OWN_APPROVAL_NEEDED)
    (departed,) = departing(event, depart(event, **BY_HEAD), actor=HEAD).events
    assert (departed.amount_fen, departed.approver) == (7_000_000, HEAD)


@pytest.mark.parametrize(("concluded", "allowed"), [(7_000_000, True), (6_900_000, False)])
def test_from_the_own_benchmark_the_leaders_together_let_depart(concluded, allowed):
    event = evaluation(known=OWN)
    discussed = review.CollectiveDiscussionRecorded(
        case_id=CASE,
        conclusion=review.DISCUSSION_CONCLUSION_PENALTY,
        penalties=[events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=concluded)],
    )
    together = depart(event, approval=pb.DEPARTURE_APPROVAL_COLLECTIVE_DISCUSSION)
    found = departing(event, together, discussed, history=acts.REPORTED)
    if allowed:
        assert len(found.events) == 1
    else:
        found.refused(Refusal.OWN_APPROVAL_NEEDED)


@pytest.mark.parametrize("missing", ["document", "document_number", "approver_code", "approval"])
def test_from_a_superiors_benchmark_that_superior_lets_depart(missing):
    event = evaluation()
    assert list(event.superior_codes) == ["500000", "510000"]
    departing(event, depart(event, **BY_HEAD), actor=HEAD).refused(
        Refusal.SUPERIOR_APPROVAL_NEEDED, issuers="500000、510000"
    )
    departing(event, depart(event, **{**BY_SUPERIOR, missing: None})).refused(Refusal.SUPERIOR_APPROVAL_NEEDED)
    departing(event, depart(event, **{**BY_SUPERIOR, "approver_code": "440000"})).refused(
        Refusal.SUPERIOR_APPROVAL_NEEDED
    )
    assert len(departing(event, depart(event, **BY_SUPERIOR)).events) == 1


def test_within_the_range_a_reason_is_enough():
    event = evaluation()
    assert len(departing(event, depart(event, amount_fen=3_000_000)).events) == 1


@pytest.mark.parametrize(
    ("command", "amount_fen", "allowed"),
    [
        (EVALUATE, 10_000_000, True),
        (EVALUATE, 10_000_001, False),
        (EVALUATE, 1_000_000, True),
        (EVALUATE, 999_999, False),
        (REDUCED, 999_999, True),
    ],
)
def test_no_approval_leaves_the_statute_and_its_minimum_only_with_a_ground(command, amount_fen, allowed):
    event = evaluation(command, known=OWN)
    found = departing(event, depart(event, amount_fen=amount_fen, **BY_SUPERIOR, **{}), actor=HEAD)
    if not allowed:
        found.refused(Refusal.BEYOND_STATUTE, range="[1000000, 10000000]")
    else:
        assert found.refusal is None or found.refusal.code is not Refusal.BEYOND_STATUTE


def test_what_must_not_be_punished_nobody_approves():
    event = evaluation(MINOR)
    departing(event, depart(event, **BY_HEAD), actor=HEAD).refused(Refusal.MUST_NOT_PUNISH, outcome="不予行政处罚")


def test_a_departure_is_from_the_last_evaluation():
    event = evaluation()
    old = depart(event, evaluation_id=uid("older"))
    departing(event, old).refused(Refusal.EVALUATION_OUTDATED, evaluation=uid("older"))


# ── the decision ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fen", "allowed"), [(2_999_999, False), (3_000_000, True), (6_000_000, True), (6_000_001, False)]
)
def test_a_fine_stays_in_its_range(fen, allowed):
    event = evaluation()
    reasoned = pb.DiscretionDeparted(case_id=CASE, evaluation_id=event.evaluation_id, amount_fen=fen)
    if allowed:
        assert deciding(fined(fen), event, reasoned).state.decision is not None
    else:
        deciding(fined(fen), event).refused(Refusal.OUTSIDE_DISCRETION, amount_fen=fen, range="[3000000, 6000000]")


def test_the_proposed_amount_needs_no_reason_and_any_other_does():
    event = evaluation()
    assert deciding(fined(4_500_000), event).state.decision is not None
    deciding(fined(4_500_001), event).refused(
        Refusal.DEPARTURE_REASON_NEEDED, amount_fen=4_500_001, proposed_fen=4_500_000
    )
    (departed,) = departing(event, depart(event, amount_fen=4_500_001)).events
    assert deciding(fined(4_500_001), event, departed).state.decision is not None


def test_a_departure_covers_its_own_amount_and_no_other():
    event = evaluation()
    departed = pb.DiscretionDeparted(case_id=CASE, evaluation_id=event.evaluation_id, amount_fen=7_000_000)
    assert deciding(fined(7_000_000), event, departed).state.decision is not None
    deciding(fined(7_000_001), event, departed).refused(Refusal.OUTSIDE_DISCRETION)


def test_a_new_evaluation_takes_the_departure_away():
    event = evaluation()
    departed = pb.DiscretionDeparted(case_id=CASE, evaluation_id=event.evaluation_id, amount_fen=7_000_000)
    deciding(fined(7_000_000), event, departed, evaluation()).refused(Refusal.OUTSIDE_DISCRETION)


def test_what_must_not_be_punished_is_not_and_needs_no_departure_to_be_spared():
    event = evaluation(MINOR)
    deciding(fined(3_000_000), event).refused(Refusal.MUST_NOT_PUNISH, outcome="不予行政处罚")
    spare = changed(SPARE, ground=events.NO_PENALTY_GROUND_MINOR)
    assert deciding(spare, event).state.decision.outcome == commands.OUTCOME_NO_PENALTY


def test_who_is_spared_against_the_rules_is_so_by_a_departure():
    event = evaluation()
    deciding(SPARE, event).refused(Refusal.OUTSIDE_DISCRETION, range="[3000000, 6000000]")
    departed = pb.DiscretionDeparted(case_id=CASE, evaluation_id=event.evaluation_id, no_penalty=True)
    assert deciding(SPARE, event, departed).state.decision is not None


def test_a_suspected_crime_is_neither_punished_nor_spared_nor_departed_from():
    event = evaluation(changed(EVALUATE, answers=[answer("crime_suspected", flag=True)]))
    assert event.outcome == pb.DISCRETION_OUTCOME_CRIME
    deciding(fined(3_000_000), event).refused(Refusal.MUST_NOT_PUNISH, outcome="涉嫌犯罪，移送司法机关")
    deciding(SPARE, event).refused(Refusal.MUST_BE_TRANSFERRED)
    departing(event, depart(event, no_penalty=True, **BY_HEAD), actor=HEAD).refused(Refusal.MUST_BE_TRANSFERRED)


def test_illegal_income_is_confiscated_as_the_statute_says():
    rich = changed(EVALUATE, answers=[answer("illegal_gains_fen", number=3_000_000)])
    event = evaluation(rich)
    assert (event.confiscate_fen, event.min_fen, event.max_fen) == (3_000_000, 6_000_000, 15_000_000)
    deciding(fined(10_500_000), event).refused(Refusal.CONFISCATION_DIFFERS, expected_fen=3_000_000, amount_fen=0)
    for fen, allowed in ((2_999_999, False), (3_000_000, True), (3_000_001, False)):
        decided = deciding(fined(10_500_000, confiscated(fen)), event)
        if allowed:
            assert decided.state.decision is not None
        else:
            decided.refused(Refusal.CONFISCATION_DIFFERS, expected_fen=3_000_000, amount_fen=fen)


def confiscated(fen: int) -> events.Penalty:
    return events.Penalty(kind=events.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=fen)


@pytest.mark.parametrize(("fen", "allowed"), [(0, True), (300_000, True), (500_000, True), (500_001, False)])
def test_proven_income_below_the_sum_of_the_statute_may_be_confiscated_by_the_penalty_law(fen, allowed):
    """行政处罚法 art. 28: all of it, but for what is to be returned to others."""
    event = evaluation(changed(EVALUATE, answers=[answer("illegal_gains_fen", number=500_000), SIX]))
    assert (event.confiscate_fen, event.illegal_gains_fen) == (0, 500_000)
    assert "违法所得5,000元除依法应当退赔的外应当没收（行政处罚法第二十八条第二款）" in event.reasons
    decided = deciding(fined(event.proposed_fen, *([confiscated(fen)] if fen else [])), event)
    if allowed:
        assert decided.state.decision is not None
    else:
        decided.refused(Refusal.CONFISCATION_DIFFERS, expected_fen=0, amount_fen=fen)


@pytest.mark.parametrize(
    ("command", "kind", "allowed"),
    [
        (changed(EVALUATE, act_code="RTR-68-1", answers=[answer("serious", flag=True)]), "REVOKE_LICENCE", True),
        (changed(EVALUATE, act_code="RTR-68-1", answers=[answer("serious", flag=True)]), "STOP_BUSINESS", False),
        (changed(EVALUATE, act_code="HPR-64", answers=[answer("tariff_fine_fen", number=0)]), "WARNING", True),
        (
            changed(EVALUATE, act_code="HPR-65", answers=[answer("crime_suspected", flag=False)]),
            "CONFISCATE_GOODS",
            True,
        ),
        (changed(EVALUATE, act_code="HPR-68", answers=[]), "WARNING", False),
    ],
)
def test_only_kinds_that_the_statute_has_are_decided(command, kind, allowed):
    penalty = events.Penalty(kind=events.PenaltyKind.Value(f"PENALTY_KIND_{kind}"), extent="依法")
    event = evaluation(command)
    told = changed(acts.NOTICE_SERVED, proposed=[*TOLD, penalty])
    decided = changed(PENALISE, penalties=[penalty])
    without_fine = pb.DiscretionDeparted(case_id=CASE, evaluation_id=event.evaluation_id)
    found = given(case, *NOTIFIED[:-1], on(acts.NOTICE_AT, told), event, without_fine).when(
        decided, actor=LEADER, at="2024-11-05 10:00"
    )
    if allowed:
        assert found.state.decision is not None
    else:
        found.refused(Refusal.KIND_NOT_PROVIDED)


def test_where_the_statute_has_no_fine_nobody_approves_one():
    event = evaluation(changed(EVALUATE, act_code="RTR-67", answers=[]), known=OWN)
    assert event.outcome == pb.DISCRETION_OUTCOME_CORRECTION_ONLY
    departing(event, depart(event, amount_fen=1, **BY_HEAD), actor=HEAD).refused(Refusal.BEYOND_STATUTE, range="[0, 0]")
    deciding(fined(1), event).refused(Refusal.OUTSIDE_DISCRETION, range="责令改正")


@pytest.mark.parametrize(
    ("clue", "act_on"),
    [
        ({"act_on": "2024-08-01", "act_ended_on": "2024-09-05"}, "2024-09-05"),
        ({"act_on": "2024-08-01", "act_continues": True}, "2024-09-06"),
    ],
)
def test_an_act_that_went_on_is_judged_by_its_last_day(clue, act_on):
    began = changed(acts.CLUE_REGISTERED, **clue)
    history = (on(acts.CLUE_AT, began), *PROVEN[1:])
    assert evaluation(history=history).act_on == act_on


def test_what_the_rules_left_open_is_decided_by_a_departure_only():
    event = evaluation(changed(EVALUATE, answers=[NO_GAINS]))
    assert event.outcome == pb.DISCRETION_OUTCOME_HUMAN
    deciding(fined(3_000_000), event).refused(Refusal.OUTSIDE_DISCRETION, range="须由人员判断")


def test_a_decision_does_not_rest_on_an_evaluation_whose_evidence_was_excluded():
    excluded = evidence.EvidenceExcluded(case_id=CASE, evidence_id=EVIDENCE)
    deciding(fined(3_000_000), evaluation(), excluded).refused(Refusal.EVIDENCE_EXCLUDED, id=EVIDENCE)


def test_a_statute_that_changed_before_the_decision_is_evaluated_again():
    before = changed(evaluation(), decision_on="2023-07-19")
    deciding(fined(3_000_000), before).refused(
        Refusal.LAW_CHANGED_SINCE, evaluated_on="2023-07-19", changed_on="2023-07-20"
    )


LATER = rule_set(BENCHMARK, id="later-benchmark", precedence=95, effective_from='"2024-10-01"')
ELSEWHERE = rule_set(LISTS.replace("RTR-63-2", "RTR-66"), id="other-lists", precedence=80)
ENDED = rule_set(BENCHMARK, id="test-benchmark", precedence=90, more='effective_to = "2024-10-31"')


@pytest.mark.parametrize(
    ("sets", "changed"),
    [
        (SETS, ""),
        ((*SETS, ELSEWHERE), ""),
        ((*SETS, LATER), "later-benchmark v1"),
        ((SETS[0], rule_set(BENCHMARK, id="test-benchmark", precedence=90, version=2)), "test-benchmark v2"),
        ((SETS[0], ENDED), "test-benchmark v1"),
    ],
    ids=["the same", "about another act", "one came into force", "other data", "one ended"],
)
def test_rules_that_changed_before_the_decision_are_evaluated_again(sets, changed):
    """Evaluated on 2024-09-26, decided on 2024-11-05."""
    found = deciding(fined(4_500_000), evaluation(), found=KnownAtDecision(rule_sets=sets))
    if changed:
        found.refused(Refusal.RULES_CHANGED_SINCE, evaluated_on="2024-09-26", rule_sets=changed)
    else:
        assert found.state.decision is not None


def test_where_the_rules_of_the_acts_day_apply_later_ones_change_nothing():
    rules = Rules({"discretion_rule_sets_of": ((date(2024, 1, 1), "act"),)}, LOCAL_RULES.local)
    event = evaluation(rules=rules)
    for sets in ((*SETS, LATER), (SETS[0], ENDED)):
        found = deciding(fined(4_500_000), event, found=KnownAtDecision(rule_sets=sets), rules=rules)
        assert found.state.decision is not None


def test_an_evaluation_says_that_the_party_must_be_educated():
    assert evaluation(MINOR).educate
    assert not evaluation().educate


# ── rule sets ────────────────────────────────────────────────────────────────────────────────────────────────────────


def adopting(text, *history, others=(), rule_set_id="", **more):
    command = pb.AdoptRuleSetRequest(rule_set_id=rule_set_id or str(stream_of("test-lists")), content=text.decode())
    return given(rule_set_aggregate, *history).when(command, found=others, **more)


CONFIRMED: Any = {"more": 'confirmed_by = "张三"'}
FILE = content(**CONFIRMED)


def adopted(text=FILE):
    (event,) = adopting(text).events
    return event


def test_a_rule_set_is_put_in_force_with_its_digest():
    event = adopted()
    assert (event.rule_set_code, event.version, event.digest.hex()) == ("test-lists", 1, SETS[0].content_hash)
    assert (event.effective_from_on, event.entry_count, event.confirmed_by) == ("2023-11-08", 5, "张三")
    assert read_rule_set(event.content.encode()).content_hash == SETS[0].content_hash


def test_the_same_version_again_changes_nothing_and_another_needs_a_higher_number():
    assert adopting(FILE, adopted()).events == []
    other = content(LISTS.replace("24", "12"), **CONFIRMED)
    adopting(other, adopted()).refused(Refusal.RULE_SET_NOT_NEWER, rule_set="test-lists", version=1)
    newer = content(LISTS.replace("24", "12"), version=2, **CONFIRMED)
    assert adopting(newer, adopted()).events[0].version == 2
    adopting(FILE, adopted(), adopted(newer)).refused(Refusal.RULE_SET_NOT_NEWER, version=2)


def test_data_that_nobody_confirmed_is_not_put_in_force():
    adopting(content()).refused(Refusal.RULE_SET_UNCONFIRMED, rule_set="test-lists")


def test_wrong_data_are_not_put_in_force():
    adopting(content(LISTS.replace("RTR-64", "RTR-99"), **CONFIRMED)).refused(Refusal.RULE_SET_WRONG)
    adopting(FILE, rule_set_id=uid("elsewhere")).refused(Refusal.RULE_SET_WRONG)


def test_a_set_that_ties_with_another_is_not_put_in_force():
    other = replace(SETS[0], id="other-lists")
    adopting(FILE, others=(other,)).refused(Refusal.RULE_SET_WRONG)
    assert len(adopting(FILE, others=(replace(other, precedence=1), SETS[0])).events) == 1


# ── compulsion ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ruleset", "applies", "refusal"),
    [
        ("测〔2024〕1号（test-lists v1）", False, None),
        ("测〔2024〕1号（test-lists v1）", True, Refusal.NO_COMPULSION),
        ("渝交规〔2023〕8号", False, Refusal.NO_COMPULSION_LIST),
    ],
)
def test_before_a_seizure_the_list_in_force_is_the_one_to_ask(ruleset, applies, refusal):
    answer = events.NoCompulsionAnswer(ruleset=ruleset, applies=applies)
    asked = changed(acts.APPROVE_SEIZURE, no_compulsion=answer)
    urgent = changed(
        acts.SEIZE, no_compulsion=answer, emergency_reason="车辆即将驶离", law_basis="道路运输条例 art. 62",
    )  # fmt: skip
    for history, command in ((PROVEN, asked), (PROVEN, urgent)):
        found = given(case, *history).when(command, actor=LEADER, at=AT, found=CompulsionList("test-lists v1"))
        if refusal is None:
            assert len(found.events) == 1
        else:
            found.refused(refusal)


# ── what leaves the authority ────────────────────────────────────────────────────────────────────────────────────────

CATALOGUE = Catalogue.load()


def feed(event):
    told = type(event).FromString(CATALOGUE.view(type_name(event), encode(event), options.VISIBILITY_FEED))
    return MessageToDict(told)


def test_the_feed_of_an_evaluation_has_versions_hash_outcome_and_amounts_only():
    assert set(feed(evaluation(REDUCED))) == {
        "caseId", "evaluationId", "actCode", "jurisdictionCode", "ruleSets", "catalogue", "hash", "outcome", "tier",
        "fined", "minFen", "maxFen", "proposedFen", "actOn", "decisionOn", "bracketCode", "statuteFromOn",
    }  # fmt: skip


def test_the_feed_of_a_departure_has_no_reason_and_no_person():
    event = evaluation(known=OWN)
    (departed,) = departing(event, depart(event, **BY_HEAD), actor=HEAD).events
    assert set(feed(departed)) == {"caseId", "evaluationId", "amountFen", "approval"}


def test_the_feed_of_a_rule_set_has_version_digest_days_and_places():
    shown = feed(adopted())
    assert set(shown) == {
        "ruleSetId", "ruleSetCode", "version", "digest", "documentNumber", "issuerCodes", "jurisdictionCodes",
        "effectiveFromOn", "precedence", "entryCount",
    }  # fmt: skip
    assert "张三" not in str(shown)
