"""Sanctions of two kinds for one act: what is deducted, and what is not imposed any more (折抵, 行政处罚法 art. 35)."""

from datetime import date
from typing import Any

import pytest
from enforcement.cases.v1 import criminal_sanctions_pb2 as pb
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as events
from hypothesis import given as sampled
from hypothesis import strategies as st

from services.cases.model import Refusal, case
from services.cases.model.criminal_sanctions import set_off
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LI, LOCAL_RULES, POLICY, given, on, uid
from tests.unit.cases.acts import (
    APPROVED,
    CASE,
    CLOSE,
    CLOSED,
    DELIVERED,
    FINE,
    INVESTIGATING,
    NOTICE_AT,
    NOTICE_SERVED,
    NOTIFIED,
    PAID,
    PENALISE,
    PENALISED,
    REPORTED,
    SERVE,
    SERVED,
    TRANSFER,
    changed,
    file,
    note_transfer,
    transfer_noted,
)
from tests.unit.cases.procedure import PASSED, SUBMITTED

YUAN = 100
JUDGE = pb.NoteCriminalOutcomeRequest(
    case_id=CASE, transfer_id=TRANSFER, outcome=pb.CRIMINAL_OUTCOME_CONVICTED, criminal_fine_fen=20_000 * YUAN
)
JUDGED = pb.CriminalOutcomeNoted(
    case_id=CASE, transfer_id=TRANSFER, outcome=pb.CRIMINAL_OUTCOME_CONVICTED, criminal_fine_fen=20_000 * YUAN
)
REVIEW = pb.ReviewSetOffRequest(case_id=CASE)
WARNING = events.Penalty(kind=events.PENALTY_KIND_WARNING)
WARN = changed(PENALISE, penalties=[WARNING])
WARNED = changed(PENALISED, penalties=[WARNING])
TOLD = (*APPROVED, on(NOTICE_AT, changed(NOTICE_SERVED, proposed=[WARNING, FINE])))
IMPOSED = Rules({"setoff_basis": ((date(2024, 1, 1), "imposed"),)}, LOCAL_RULES.local)
REFUSING = Rules({"fine_during_open_suspicion": ((date(2024, 1, 1), "refuse"),)}, LOCAL_RULES.local)


def computed(paid: int, deducted: int, *questions: Any, fine: int = 10_000, criminal: int = 20_000, **more: Any) -> Any:
    """Amounts in yuan."""
    return changed(
        pb.FineSetOffComputed(
            case_id=CASE,
            transfer_id=TRANSFER,
            administrative_fine_fen=fine * YUAN,
            paid_fen=paid * YUAN,
            criminal_fine_fen=criminal * YUAN,
            deducted_fen=deducted * YUAN,
            remaining_fen=(criminal - deducted) * YUAN,
            basis="paid",
            questions=questions,
        ),
        **more,
    )


# ── a fine first, then the judgment ──────────────────────────────────────────────────────────────────────────────────


def test_a_fine_that_was_paid_is_deducted_from_the_criminal_fine():
    given(case, *PAID).when(JUDGE, actor=POLICY, found=10_000 * YUAN).then(JUDGED, computed(10_000, 10_000))


def test_whether_what_was_imposed_and_not_paid_counts_is_for_a_person():
    asked = computed(4_000, 4_000, pb.SET_OFF_QUESTION_UNPAID)
    given(case, *DELIVERED).when(JUDGE, actor=POLICY, found=4_000 * YUAN).then(JUDGED, asked)


def test_a_fine_above_the_criminal_fine_leaves_nothing_of_it_and_is_not_paid_back_by_itself():
    small = changed(JUDGE, criminal_fine_fen=6_000 * YUAN)
    given(case, *PAID).when(small, actor=POLICY, found=10_000 * YUAN).then(
        changed(JUDGED, criminal_fine_fen=6_000 * YUAN),
        computed(10_000, 6_000, pb.SET_OFF_QUESTION_EXCESS, criminal=6_000),
    )


def test_where_what_was_imposed_counts_nobody_is_asked_about_what_is_unpaid():
    given(case, *DELIVERED).when(JUDGE, actor=POLICY, found=0, rules=IMPOSED).then(
        JUDGED, computed(0, 10_000, basis="imposed")
    )


def test_a_payment_after_the_judgment_is_deducted_too_and_settles_what_was_asked():
    asked = (*DELIVERED, JUDGED, computed(4_000, 4_000, pb.SET_OFF_QUESTION_UNPAID))
    after = given(case, *asked).when(REVIEW, actor=POLICY, found=10_000 * YUAN).then(computed(10_000, 10_000))
    assert not after.sanctions.open_questions


def test_a_fine_revoked_after_the_judgment_is_deducted_no_more():
    revoked = decisions.DecisionRevoked(case_id=CASE, case_number="川泸2024-0042")
    history = (*PAID, JUDGED, computed(10_000, 10_000), revoked)
    given(case, *history).when(REVIEW, actor=POLICY, found=10_000 * YUAN).then(computed(10_000, 0, fine=0))


def test_a_review_that_finds_the_same_says_nothing():
    known = (*PAID, JUDGED, computed(10_000, 10_000))
    given(case, *known).when(REVIEW, actor=POLICY, found=10_000 * YUAN).then()


def test_without_a_fine_there_is_nothing_to_deduct_and_without_a_criminal_fine_nothing_to_deduct_from():
    given(case, *INVESTIGATING).when(JUDGE, actor=POLICY, found=0).then(JUDGED)
    given(case, *PAID).when(REVIEW, actor=POLICY, found=10_000 * YUAN).then()
    spared = changed(JUDGE, outcome=pb.CRIMINAL_OUTCOME_EXEMPTED, criminal_fine_fen=0)
    given(case, *PAID).when(spared, actor=POLICY, found=10_000 * YUAN).then(
        changed(JUDGED, outcome=pb.CRIMINAL_OUTCOME_EXEMPTED, criminal_fine_fen=0)
    )


def test_the_same_outcome_told_again_says_nothing_and_another_replaces_it():
    known = (*PAID, JUDGED, computed(10_000, 10_000))
    given(case, *known).when(JUDGE, actor=POLICY, found=10_000 * YUAN).then()
    on_appeal = changed(JUDGE, criminal_fine_fen=15_000 * YUAN)
    given(case, *known).when(on_appeal, actor=POLICY, found=10_000 * YUAN).then(
        changed(JUDGED, criminal_fine_fen=15_000 * YUAN), computed(10_000, 10_000, criminal=15_000)
    )


def test_on_appeal_the_criminal_fine_may_fall_away_and_the_set_off_with_it():
    asked = (*DELIVERED, JUDGED, computed(4_000, 4_000, pb.SET_OFF_QUESTION_UNPAID))
    acquitted = changed(JUDGE, outcome=pb.CRIMINAL_OUTCOME_ACQUITTED, criminal_fine_fen=0)
    after = given(case, *asked).when(acquitted, actor=POLICY, found=4_000 * YUAN)
    state = after.then(
        changed(JUDGED, outcome=pb.CRIMINAL_OUTCOME_ACQUITTED, criminal_fine_fen=0), computed(4_000, 0, criminal=0)
    )
    assert not state.sanctions.open_questions


@pytest.mark.parametrize("lighter", [pb.CRIMINAL_OUTCOME_WITHDRAWN, pb.CRIMINAL_OUTCOME_NON_PROSECUTION])
def test_a_judgment_stands_though_a_lighter_outcome_of_the_same_transfer_comes_after_it(lighter):
    crossed = changed(JUDGE, outcome=lighter, criminal_fine_fen=0)
    given(case, *PAID, JUDGED, computed(10_000, 10_000)).when(crossed, actor=POLICY, found=10_000 * YUAN).then()
    then = changed(JUDGED, outcome=lighter, criminal_fine_fen=0)
    after = given(case, *PAID, then).when(JUDGE, actor=POLICY, found=10_000 * YUAN)
    after.then(JUDGED, computed(10_000, 10_000))


AMOUNT = st.integers(0, 10**12)


@sampled(imposed=AMOUNT, paid=AMOUNT, criminal=AMOUNT, basis=st.sampled_from(["paid", "imposed"]))
def test_what_is_deducted_never_exceeds_the_fine_the_payment_or_the_criminal_fine(imposed, paid, criminal, basis):
    found = set_off(imposed, paid, criminal, basis)
    counted = imposed if basis == "imposed" else min(paid, imposed)
    assert found.remaining_fen == max(0, criminal - counted)
    assert 0 <= found.deducted_fen <= min(imposed, criminal)
    assert (pb.SET_OFF_QUESTION_EXCESS in found.questions) == (counted > criminal > 0)
    assert (pb.SET_OFF_QUESTION_UNPAID in found.questions) == (basis == "paid" and paid < imposed and criminal > 0)


# ── what a person decides ────────────────────────────────────────────────────────────────────────────────────────────

UNPAID = (*DELIVERED, JUDGED, computed(4_000, 4_000, pb.SET_OFF_QUESTION_UNPAID))
EXCESS = (
    *PAID,
    changed(JUDGED, criminal_fine_fen=6_000 * YUAN),
    computed(10_000, 6_000, pb.SET_OFF_QUESTION_EXCESS, criminal=6_000),
)
COUNT_IT = pb.DecideSetOffRequest(case_id=CASE, unpaid=pb.UNPAID_FINE_COUNTS, reason="罚款决定在先")


def decided(**fields: Any) -> pb.FineSetOffDecided:
    return pb.FineSetOffDecided(case_id=CASE, transfer_id=TRANSFER, decider=LEADER, **fields)


def test_a_leader_decides_that_the_unpaid_part_counts():
    given(case, *UNPAID).when(COUNT_IT, actor=LEADER).then(
        decided(
            unpaid=pb.UNPAID_FINE_COUNTS,
            deducted_fen=10_000 * YUAN,
            remaining_fen=10_000 * YUAN,
            reason="罚款决定在先",
        )
    )


def test_or_that_it_does_not():
    without = changed(COUNT_IT, unpaid=pb.UNPAID_FINE_DOES_NOT_COUNT)
    given(case, *UNPAID).when(without, actor=LEADER).then(
        decided(
            unpaid=pb.UNPAID_FINE_DOES_NOT_COUNT,
            deducted_fen=4_000 * YUAN,
            remaining_fen=16_000 * YUAN,
            reason="罚款决定在先",
        )
    )


@pytest.mark.parametrize(
    ("excess", "refund"), [(pb.EXCESS_FINE_REFUND, 4_000 * YUAN), (pb.EXCESS_FINE_STAYS, 0)], ids=["refund", "stays"]
)
def test_what_was_paid_beyond_the_criminal_fine_is_paid_back_only_when_a_person_says_so(excess, refund):
    command = pb.DecideSetOffRequest(case_id=CASE, excess=excess, reason="折抵后多缴")
    given(case, *EXCESS).when(command, actor=LEADER).then(
        decided(excess=excess, deducted_fen=6_000 * YUAN, refund_fen=refund, reason="折抵后多缴")
    )


def test_what_is_asked_is_answered_and_nothing_else():
    both = changed(COUNT_IT, excess=pb.EXCESS_FINE_REFUND)
    neither = changed(COUNT_IT, unpaid=pb.UNPAID_FINE_UNSPECIFIED)
    for wrong in (both, neither):
        given(case, *UNPAID).when(wrong, actor=LEADER).refused(
            Refusal.SET_OFF_ANSWERS, questions="已作出的罚款尚未缴清"
        )


def test_where_nothing_is_asked_nothing_is_decided():
    for history in (PAID, (*PAID, JUDGED, computed(10_000, 10_000))):
        given(case, *history).when(COUNT_IT, actor=LEADER).refused(Refusal.NO_SET_OFF_QUESTION)


def test_a_decision_holds_until_an_amount_changes():
    answered = decided(unpaid=pb.UNPAID_FINE_COUNTS, deducted_fen=10_000 * YUAN, remaining_fen=10_000 * YUAN)
    same = given(case, *UNPAID, answered).when(REVIEW, actor=POLICY, found=4_000 * YUAN).then()
    assert not same.sanctions.open_questions
    asked_again = computed(5_000, 5_000, pb.SET_OFF_QUESTION_UNPAID)
    after = given(case, *UNPAID, answered).when(REVIEW, actor=POLICY, found=5_000 * YUAN).then(asked_again)
    assert after.sanctions.open_questions == (pb.SET_OFF_QUESTION_UNPAID,)


def test_the_case_is_not_closed_before_a_person_decided():
    given(case, *EXCESS).when(CLOSE, actor=LEADER).refused(Refusal.SET_OFF_OPEN, questions="已缴罚款多于罚金")
    given(case, *EXCESS, decided(excess=pb.EXCESS_FINE_STAYS)).when(CLOSE, actor=LEADER).then(CLOSED)


# ── the judgment first, then a fine ──────────────────────────────────────────────────────────────────────────────────

CONCLUDED = (
    *NOTIFIED,
    transfer_noted(events.TRANSFER_PHASE_HANDED_OVER),
    JUDGED,
    transfer_noted(events.TRANSFER_PHASE_CONCLUDED, open=False),
)


def test_after_a_criminal_fine_no_fine_is_imposed_any_more():
    given(case, *CONCLUDED).when(PENALISE, actor=LEADER).refused(Refusal.FINE_AFTER_CRIMINAL_FINE)


def test_neither_when_the_case_came_back_nor_when_an_earlier_fine_was_revoked():
    returned = (*NOTIFIED, JUDGED, transfer_noted(events.TRANSFER_PHASE_RETURNED, open=False))
    given(case, *returned).when(PENALISE, actor=LEADER).refused(Refusal.FINE_AFTER_CRIMINAL_FINE)


def test_a_criminal_fine_for_one_suspect_stands_though_another_ones_case_was_withdrawn():
    other = changed(JUDGED, transfer_id=uid("other"), outcome=pb.CRIMINAL_OUTCOME_WITHDRAWN, criminal_fine_fen=0)
    given(case, *CONCLUDED, other).when(PENALISE, actor=LEADER).refused(Refusal.FINE_AFTER_CRIMINAL_FINE)


def test_a_penalty_of_another_kind_may_follow_the_judgment():
    given(case, *TOLD, *CONCLUDED[-3:]).when(WARN, actor=LEADER).then(WARNED)


@pytest.mark.parametrize(
    "outcome",
    [
        pb.CRIMINAL_OUTCOME_WITHDRAWN,
        pb.CRIMINAL_OUTCOME_NON_PROSECUTION,
        pb.CRIMINAL_OUTCOME_ACQUITTED,
        pb.CRIMINAL_OUTCOME_EXEMPTED,
    ],
    ids=["withdrawn", "not prosecuted", "acquitted", "exempted"],
)
def test_where_the_court_imposed_no_fine_the_penalty_follows_once_the_case_is_back(outcome):
    ended = changed(JUDGED, outcome=outcome, criminal_fine_fen=0)
    back = (*NOTIFIED, transfer_noted(events.TRANSFER_PHASE_FILED), ended)
    given(case, *back).when(PENALISE, actor=LEADER).refused(Refusal.FINE_WHILE_TRANSFERRED)
    returned = transfer_noted(events.TRANSFER_PHASE_RETURNED, open=False)
    given(case, *back, returned).when(PENALISE, actor=LEADER).then(PENALISED)


def test_a_case_whose_party_was_convicted_is_closed_as_transferred_from_where_it_stood():
    over = changed(CLOSE, ground=events.CLOSING_GROUND_TRANSFERRED)
    given(case, *CONCLUDED).when(over, actor=LEADER).then(changed(CLOSED, ground=events.CLOSING_GROUND_TRANSFERRED))
    given(case, *NOTIFIED).when(over, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_a_conclusion_ends_an_open_transfer_only():
    note = note_transfer(events.TRANSFER_PHASE_CONCLUDED)
    ended = transfer_noted(events.TRANSFER_PHASE_CONCLUDED, open=False)
    handed_over = transfer_noted(events.TRANSFER_PHASE_HANDED_OVER)
    given(case, *NOTIFIED, handed_over).when(note, actor=POLICY).then(ended)
    given(case, *NOTIFIED, transfer_noted(events.TRANSFER_PHASE_RETURNED, open=False)).when(note, actor=POLICY).then()


# ── detention ────────────────────────────────────────────────────────────────────────────────────────────────────────

ENTRY = uid("detention")
DETAIN = pb.NoteDetentionRequest(
    case_id=CASE,
    detention_id=ENTRY,
    imposed_by="泸县公安局",
    from_on="2024-09-10",
    days=10,
    document=file("行政拘留决定书"),
)
DETAINED = pb.DetentionNoted(
    case_id=CASE,
    detention_id=ENTRY,
    imposed_by="泸县公安局",
    from_on="2024-09-10",
    days=10,
    document=file("行政拘留决定书"),
)
IN_CUSTODY = changed(JUDGED, criminal_fine_fen=0, custody_days=60)
COUNTED = pb.CustodySetOffComputed(
    case_id=CASE, transfer_id=TRANSFER, detention_days=10, custody_days=60, remaining_days=50
)


def test_detention_before_the_judgment_counts_a_day_for_a_day():
    command = changed(JUDGE, criminal_fine_fen=0, custody_days=60)
    given(case, *INVESTIGATING, DETAINED).when(command, actor=POLICY, found=0).then(IN_CUSTODY, COUNTED)


def test_detention_that_is_noted_after_the_judgment_counts_too():
    given(case, *INVESTIGATING, IN_CUSTODY).when(DETAIN, actor=LI).then(DETAINED, COUNTED)


def test_detention_longer_than_the_custody_leaves_none():
    short = changed(IN_CUSTODY, custody_days=5)
    given(case, *INVESTIGATING, short).when(DETAIN, actor=LI).then(
        DETAINED, changed(COUNTED, custody_days=5, remaining_days=0)
    )


def test_detention_is_noted_once_and_not_before_it_begins():
    given(case, *INVESTIGATING, DETAINED).when(DETAIN, actor=LI).refused(Refusal.ID_TAKEN)
    for day in ("2024-12-19", "2024-02-30"):
        given(case, *INVESTIGATING).when(changed(DETAIN, from_on=day), actor=LI, at="2024-12-18 12:00").refused(
            Refusal.DETENTION_IN_FUTURE, from_on=day
        )


# ── a suspicion that nobody answered ─────────────────────────────────────────────────────────────────────────────────

SUSPICION = uid("suspicion")
NOTE = pb.NoteSuspicionRequest(case_id=CASE, suspicion_id=SUSPICION, open=True)
SUSPECTED = pb.SuspicionNoted(case_id=CASE, suspicion_id=SUSPICION, open=True)
ANSWERED = pb.SuspicionNoted(case_id=CASE, suspicion_id=SUSPICION)


def test_a_fine_under_an_open_suspicion_is_decided_with_a_warning():
    warning = pb.FineUnderSuspicionNoted(case_id=CASE, suspicion_ids=[SUSPICION])
    given(case, *NOTIFIED, SUSPECTED).when(PENALISE, actor=LEADER).then(warning, PENALISED)


def test_or_refused_where_the_authority_says_so():
    given(case, *NOTIFIED, SUSPECTED).when(PENALISE, actor=LEADER, rules=REFUSING).refused(Refusal.FINE_UNDER_SUSPICION)
    given(case, *NOTIFIED, SUSPECTED, ANSWERED).when(PENALISE, actor=LEADER, rules=REFUSING).then(PENALISED)


def test_a_penalty_without_a_fine_needs_no_warning():
    given(case, *TOLD, SUSPECTED).when(WARN, actor=LEADER, rules=REFUSING).then(WARNED)


def test_a_suspicion_is_noted_once_and_answered_once():
    given(case, *REPORTED).when(NOTE, actor=POLICY).then(SUSPECTED)
    given(case, *REPORTED, SUSPECTED).when(NOTE, actor=POLICY).then()
    given(case, *REPORTED, SUSPECTED).when(changed(NOTE, open=False), actor=POLICY).then(ANSWERED)
    given(case, *REPORTED).when(changed(NOTE, open=False), actor=POLICY).then()


# ── while the police have the case ───────────────────────────────────────────────────────────────────────────────────

ALLOWED = Rules({"licence_penalty_during_transfer": ((date(2024, 1, 1), "allowed"),)}, LOCAL_RULES.local)
REVOKE = events.Penalty(kind=events.PENALTY_KIND_SUSPEND_LICENCE, extent="暂扣道路运输证三个月", extent_days=90)
REVOKE_IT = changed(PENALISE, penalties=[REVOKE])


def told_of_suspension(*more: Any) -> tuple[Any, ...]:
    told = changed(NOTICE_SERVED, proposed=[REVOKE], hearing_right=False)
    return (*APPROVED, on(NOTICE_AT, told), *more, transfer_noted(events.TRANSFER_PHASE_FILED))


def reviewed() -> tuple[Any, ...]:
    return told_of_suspension(SUBMITTED, PASSED)


def test_a_penalty_on_a_licence_waits_like_any_other_unless_the_authority_allows_it():
    given(case, *reviewed()).when(REVOKE_IT, actor=LEADER).refused(Refusal.DECISION_WHILE_TRANSFERRED)


def test_where_it_is_allowed_it_needs_a_legal_review_that_passed():
    given(case, *told_of_suspension()).when(REVOKE_IT, actor=LEADER, rules=ALLOWED).refused(
        Refusal.LICENCE_PENALTY_WHILE_TRANSFERRED, phase="公安机关已立案"
    )
    given(case, *reviewed()).when(REVOKE_IT, actor=LEADER, rules=ALLOWED).then(changed(PENALISED, penalties=[REVOKE]))


@pytest.mark.parametrize(
    ("penalties", "refusal"),
    [
        ([FINE], Refusal.FINE_WHILE_TRANSFERRED),
        ([REVOKE, FINE], Refusal.FINE_WHILE_TRANSFERRED),
        ([WARNING], Refusal.LICENCE_PENALTY_WHILE_TRANSFERRED),
    ],
    ids=["fine", "with a fine", "warning"],
)
def test_nothing_but_the_licence_is_allowed(penalties, refusal):
    command = changed(PENALISE, penalties=penalties)
    given(case, *reviewed()).when(command, actor=LEADER, rules=ALLOWED).refused(refusal)


def test_it_may_be_decided_too_when_it_was_decided_to_transfer_and_the_case_does_not_fall_back_with_its_return():
    filed = transfer_noted(events.TRANSFER_PHASE_FILED)
    to_police = decisions.CrimeTransferDecided(case_id=CASE, case_number="川泸2024-0042", reasons="涉嫌犯罪")
    history = (*reviewed()[:-1], to_police, filed)
    penalised = changed(PENALISED, penalties=[REVOKE])
    given(case, *history).when(REVOKE_IT, actor=LEADER, rules=ALLOWED).then(penalised)
    back = transfer_noted(events.TRANSFER_PHASE_RETURNED, open=False)
    state = given(case, *history, penalised, back).state
    assert state.decision is not None
    assert state.stage == "已决定"


EXECUTED = [
    WARNING,
    events.Penalty(kind=events.PENALTY_KIND_STOP_BUSINESS, extent="停业整顿三十日", extent_days=30),
    REVOKE,
    events.Penalty(kind=events.PENALTY_KIND_REVOKE_LICENCE, extent="吊销道路运输证"),
]
"""国务院令第310号 art. 11 para. 2: 警告、责令停产停业、暂扣、吊销."""
OPEN_PHASES = [
    phase
    for phase in list(events.TransferPhase.values())[1:]
    if phase not in (events.TRANSFER_PHASE_RETURNED, events.TRANSFER_PHASE_REJECTED, events.TRANSFER_PHASE_CONCLUDED)
]


@pytest.mark.parametrize("phase", OPEN_PHASES, ids=events.TransferPhase.Name)
@pytest.mark.parametrize("penalty", EXECUTED, ids=lambda one: events.PenaltyKind.Name(one.kind))
def test_what_was_decided_before_goes_on_being_executed_and_no_fine_joins_it(penalty, phase):
    told = changed(NOTICE_SERVED, proposed=[penalty])
    penalised = on("2024-11-05 10:00", changed(PENALISED, penalties=[penalty]))
    with_the_police = (*APPROVED, on(NOTICE_AT, told), penalised, transfer_noted(phase))
    given(case, *with_the_police).when(SERVE, at="2024-11-12 10:00").then(SERVED)
    given(case, *with_the_police).when(PENALISE, actor=LEADER).refused(Refusal.FINE_WHILE_TRANSFERRED)
