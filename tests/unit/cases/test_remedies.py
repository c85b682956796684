"""What happens to a decision afterwards (行政处罚法 arts. 73, 75; 行政复议法; 行政诉讼法)."""

from datetime import date
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb

from services.cases import decided_deadlines
from services.cases.model import Refusal, Stage, case
from services.kernel.deadlines import published
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LI, NOON, given, on, uid
from tests.unit.cases.acts import (
    CASE,
    CHANGE_TOLD,
    CLOSE,
    CLOSED,
    DECIDED,
    DELIVERED,
    FINE,
    NOTICE_SERVED,
    NOTIFIED,
    PAID,
    PENALISE,
    PENALISED,
    REPORT_APPROVED,
    REPORTED,
    SERVE_NOTICE,
    SPARED,
    WAIVED,
    changed,
    known,
)
from tests.unit.cases.procedure import (
    APPEAL,
    APPEAL_ENDED,
    APPEALED,
    CHECK,
    ON_FILE,
    OUTCOME,
    POSTED,
    PROPOSE,
    PUBLIC,
    PUBLISH,
    REMEDY,
    RETRACT,
)
from tests.unit.cases.test_clocks import roles, started
from tests.unit.cases.test_delivery import POST
from tests.unit.cases.test_service_of_the_notice import midnight

LOWER = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=800_000)
HIGHER = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=1_200_000)
AMEND = decisions.AmendDecisionRequest(case_id=CASE, penalties=[LOWER], reason="计算错误", **CHANGE_TOLD)
AMENDED = decisions.DecisionAmended(
    case_id=CASE,
    case_number="川泸2024-0042",
    penalties=[LOWER],
    ground=decisions.CHANGE_GROUND_OWN,
    reason="计算错误",
    publish=True,
    effective_on="2024-12-18",
    **CHANGE_TOLD,
)
BY_ANOTHER: dict[str, Any] = {"document": None, "way": 0, "proof": None, "effective_on": ""}
"""Another body serves its own decision."""
REVOKE = decisions.RevokeDecisionRequest(case_id=CASE, reason="认定事实错误", **CHANGE_TOLD)
REVOKED = decisions.DecisionRevoked(
    case_id=CASE,
    case_number="川泸2024-0042",
    ground=decisions.CHANGE_GROUND_OWN,
    reason="认定事实错误",
    effective_on="2024-12-18",
    **CHANGE_TOLD,
)


def test_the_authority_corrects_its_decision_and_never_to_the_partys_harm():
    after = given(case, *DELIVERED).when(AMEND, actor=LEADER).then(AMENDED)
    assert (after.stage, known(after.decision).penalties) == (Stage.SERVED, (LOWER,))
    for worse in ([HIGHER], [FINE, pb.Penalty(kind=pb.PENALTY_KIND_WARNING)]):
        given(case, *DELIVERED).when(changed(AMEND, penalties=worse), actor=LEADER).refused(Refusal.AMENDED_TO_HARM)


def test_only_a_penalty_in_force_is_corrected():
    given(case, *REPORTED, SPARED).when(AMEND, actor=LEADER).refused(Refusal.NO_DECISION)
    given(case, *NOTIFIED).when(AMEND, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)
    given(case, *DELIVERED, REVOKED).when(AMEND, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="决定已撤销")


def test_a_revoked_decision_is_gone_and_the_case_ends_with_it():
    after = given(case, *DELIVERED).when(REVOKE, actor=LEADER).then(REVOKED)
    assert (after.stage, after.decision) == (Stage.REVOKED, None)
    ended = changed(CLOSE, ground=pb.CLOSING_GROUND_REVOKED)
    given(case, *DELIVERED, REVOKED).when(ended, actor=LEADER).then(changed(CLOSED, ground=pb.CLOSING_GROUND_REVOKED))
    given(case, *DELIVERED).when(ended, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, allowed="决定已撤销")
    given(case, *NOTIFIED).when(REVOKE, actor=LEADER).refused(Refusal.NO_DECISION)


@pytest.mark.parametrize(("command", "event"), [(AMEND, AMENDED), (REVOKE, REVOKED)], ids=["amended", "revoked"])
def test_what_the_authority_itself_changes_is_a_sheet_that_is_served_with_its_proof(command, event):
    for bare, refusal in (
        ({"document": None}, Refusal.SERVED_DOCUMENT_NEEDED),
        ({"way": 0}, Refusal.SERVICE_WAY_NEEDED),
        ({"proof": None}, Refusal.PROOF_NEEDED),
        ({"way": pb.SERVICE_WAY_MAIL}, Refusal.MAIL_NUMBER_NEEDED),
        ({"way": pb.SERVICE_WAY_PUBLIC_NOTICE}, Refusal.NOT_POSTED),
    ):
        given(case, *DELIVERED).when(changed(command, **bare), actor=LEADER).refused(refusal)


@pytest.mark.parametrize(("command", "event"), [(AMEND, AMENDED), (REVOKE, REVOKED)], ids=["amended", "revoked"])
def test_it_waits_for_no_notice_but_is_put_up_before(command, event):
    document = delivery.SERVED_DOCUMENT_DECISION_CHANGE
    post = changed(POST, document=document)
    given(case, *NOTIFIED).when(post).refused(KernelRefusal.WRONG_STAGE)
    posted = changed(POSTED, document=document)
    given(case, *DELIVERED).when(post).then(posted)
    by_notice = changed(command, way=pb.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    told = changed(event, way=by_notice.way, proof=None, effective_on="2025-01-17")
    after = given(case, *DELIVERED, on(NOON, posted)).when(by_notice, actor=LEADER).then(told)
    assert not after.posted, "the next one is put up anew"


def test_what_an_amended_decision_says_becomes_public_in_its_own_time():
    assert "cases.publication" in started(AMENDED)
    assert "cases.publication" not in started(changed(AMENDED, publish=False))
    not_public = changed(PENALISED, publish=False)
    history = (*NOTIFIED, on("2024-11-05 10:00", not_public))
    given(case, *history).when(AMEND, actor=LEADER).then(changed(AMENDED, publish=False))


ANEW = changed(REVOKED, anew=True)


def test_where_another_decision_is_made_report_notice_and_all_after_it_begin_anew():
    history = (*DELIVERED, ANEW)
    state = given(case, *history).state
    assert (state.stage, state.notice, state.report_approved) == (Stage.INVESTIGATION_CLOSED, None, False)
    given(case, *history).when(PENALISE, actor=LEADER).refused(Refusal.NOTICE_BEFORE_DECISION)
    again = changed(SERVE_NOTICE, notice_id=uid("second"), new_facts="另查明事实")
    given(case, *history).when(again, actor=LI).refused(Refusal.REPORT_NOT_APPROVED)
    told = changed(NOTICE_SERVED, notice_id=uid("second"), new_facts="另查明事实", effective_on="2025-01-06")
    history += (on("2025-01-06 09:00", REPORT_APPROVED), on("2025-01-06 10:00", told), on("2025-01-07 10:00", WAIVED))
    assert given(case, *history).when(PENALISE, actor=LEADER, at="2025-01-08 10:00").state.stage is Stage.DECIDED


@pytest.mark.parametrize("history", [DECIDED, DELIVERED, (*DELIVERED, CLOSED)], ids=["decided", "served", "closed"])
def test_a_remedy_is_recorded_and_leaves_the_stage_where_it_is(history):
    before = given(case, *history)
    after = before.when(APPEAL, actor=LEADER).then(APPEALED)
    assert after.stage is before.state.stage
    assert after.remedies[REMEDY].open


def test_there_is_no_remedy_before_the_decision():
    given(case, *NOTIFIED).when(APPEAL, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_one_reconsideration_at_a_time_and_a_suit_beside_it():
    again = changed(APPEAL, remedy_id=uid("again"))
    given(case, *DELIVERED, APPEALED).when(APPEAL, actor=LEADER).refused(Refusal.ID_TAKEN)
    given(case, *DELIVERED, APPEALED).when(again, actor=LEADER).refused(Refusal.REMEDY_OPEN, kind="行政复议")
    suit = changed(again, kind=decisions.REMEDY_KIND_LITIGATION)
    assert given(case, *DELIVERED, APPEALED).when(suit, actor=LEADER).events
    assert given(case, *DELIVERED, APPEALED, APPEAL_ENDED).when(again, actor=LEADER).events


def test_a_remedy_stops_no_execution():
    given(case, *PAID, APPEALED).when(CLOSE, actor=LEADER).then(CLOSED)


def end(outcome, history=(*DELIVERED, APPEALED), **fields):
    return given(case, *history).when(changed(OUTCOME, outcome=outcome, **fields), actor=LEADER)


def cancelled(event):
    return {clock for clock, role in roles(event) if role == "cancel"}


def ended(outcome):
    return changed(APPEAL_ENDED, outcome=outcome)


@pytest.mark.parametrize(
    "outcome",
    [
        decisions.REMEDY_OUTCOME_MAINTAINED,
        decisions.REMEDY_OUTCOME_WITHDRAWN,
        decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL,
    ],
)
def test_a_remedy_that_changes_nothing_ends_and_the_decision_stands(outcome):
    after = end(outcome).then(ended(outcome))
    assert (after.stage, after.remedies[REMEDY].open) == (Stage.SERVED, False)


def test_a_remedy_may_change_the_penalty_in_either_direction_for_it_is_not_the_authoritys():
    changes = decisions.REMEDY_OUTCOME_CHANGED
    for penalty in (LOWER, HIGHER):
        event = changed(
            AMENDED,
            penalties=[penalty],
            ground=decisions.CHANGE_GROUND_RECONSIDERATION,
            remedy_id=REMEDY,
            reason="事实清楚",
            **BY_ANOTHER,
        )
        assert end(changes, penalties=[penalty]).then(ended(changes), event).decision.penalties == (penalty,)


@pytest.mark.parametrize(
    ("outcome", "anew", "stage"),
    [
        (decisions.REMEDY_OUTCOME_REVOKED, False, Stage.REVOKED),
        (decisions.REMEDY_OUTCOME_ORDERED_ANEW, True, Stage.INVESTIGATION_CLOSED),
        (decisions.REMEDY_OUTCOME_DECLARED_VOID, False, Stage.REVOKED),
    ],
    ids=["revoked", "anew", "void"],
)
def test_a_remedy_may_revoke_the_decision(outcome, anew, stage):
    event = changed(
        REVOKED,
        ground=decisions.CHANGE_GROUND_RECONSIDERATION,
        remedy_id=REMEDY,
        anew=anew,
        reason="事实清楚",
        same_result_barred=anew,
        **BY_ANOTHER,
    )
    assert end(outcome).then(ended(outcome), event).stage is stage


def test_a_judgment_is_named_as_the_ground():
    suit = changed(APPEALED, kind=decisions.REMEDY_KIND_LITIGATION)
    events = end(decisions.REMEDY_OUTCOME_REVOKED, (*DELIVERED, suit)).events
    assert events[1].ground == decisions.CHANGE_GROUND_JUDGMENT


def test_only_a_change_names_penalties_and_only_an_open_remedy_ends():
    end(decisions.REMEDY_OUTCOME_CHANGED).refused(Refusal.PENALTIES_AND_OUTCOME)
    end(decisions.REMEDY_OUTCOME_MAINTAINED, penalties=[LOWER]).refused(Refusal.PENALTIES_AND_OUTCOME)
    end(decisions.REMEDY_OUTCOME_MAINTAINED, DELIVERED).refused(Refusal.REMEDY_NOT_OPEN)
    end(decisions.REMEDY_OUTCOME_MAINTAINED, (*DELIVERED, APPEALED, APPEAL_ENDED)).refused(Refusal.REMEDY_NOT_OPEN)


def test_a_remedy_that_revokes_what_was_public_says_so():
    events = end(decisions.REMEDY_OUTCOME_REVOKED, (*PUBLIC, APPEALED)).events
    assert events[1].published


def test_what_is_declared_illegal_stands_and_is_public_no_more():
    illegal = decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL
    outcome = end(illegal, (*PUBLIC, APPEALED))
    state = outcome.then(changed(ended(illegal), published=True))
    assert state.stage is Stage.SERVED
    assert started(outcome.events[0]) >= {"cases.publication_withdrawal"}
    history = (*PUBLIC, APPEALED, outcome.events[0])
    withdrawn = given(case, *history).when(RETRACT, actor=LEADER)
    assert withdrawn.refusal is None
    given(case, *history, *withdrawn.events).when(
        changed(PROPOSE, publication_id=uid("again")), actor=LEADER, found=ON_FILE
    ).refused(Refusal.NOTHING_TO_PUBLISH)
    assert "cases.publication_withdrawal" not in started(changed(outcome.events[0], published=False))


def test_a_copy_that_was_not_public_yet_does_not_become_so_when_its_decision_is_declared_illegal():
    illegal = ended(decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL)
    checked = (*PUBLIC[:-1], APPEALED, illegal)
    given(case, *checked).when(PUBLISH, actor=LEADER, found=ON_FILE).refused(Refusal.NOTHING_TO_PUBLISH)
    given(case, *PUBLIC[:-2], APPEALED, illegal).when(CHECK, actor=LEADER).refused(Refusal.NOTHING_TO_PUBLISH)


def test_a_ledger_in_which_such_a_copy_became_public_still_folds():
    illegal = ended(decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL)
    state = given(case, *PUBLIC[:-2], APPEALED, illegal, *PUBLIC[-2:]).state
    assert known(state.publication).public


def test_the_time_for_a_suit_counts_from_the_day_on_which_the_party_received_the_ruling():
    stands = decisions.REMEDY_OUTCOME_MAINTAINED
    late = midnight(date(2025, 1, 10))
    told = changed(OUTCOME, outcome=stands, received_on="2024-12-30")
    event = changed(ended(stands), received_on="2024-12-30")
    given(case, *DELIVERED, APPEALED).when(told, actor=LEADER, now=late).then(event)
    began, limit, _ = decided_deadlines.SUIT_AFTER_RECONSIDERATION.start(event, NOON, Rules())
    # Fifteen days: 14 January 2025; from the day of the ruling it would have been 2 January.
    assert limit.due(began, published()).due_on == date(2025, 1, 14)
    for wrong in ("2024-12-17", "2025-01-11"):
        given(case, *DELIVERED, APPEALED).when(changed(told, received_on=wrong), actor=LEADER, now=late).refused(
            Refusal.REMEDY_DAY, day=wrong
        )


# ── the same result again (行政复议法 art. 64; 行政诉讼法 art. 71) ───────────────────────────────────────────────


def told_anew(history, *, penalty=FINE, new_facts=""):
    """The party is told of what is to be decided in place of a decision that was revoked."""
    history = (*history, on("2025-01-06 09:00", REPORT_APPROVED))
    notice = changed(SERVE_NOTICE, notice_id=uid("second"), proposed=[penalty], new_facts=new_facts)
    return history, given(case, *history).when(notice, at="2025-01-06 10:00")


def ordered_anew(**how):
    anew = decisions.REMEDY_OUTCOME_ORDERED_ANEW
    return (*DELIVERED, APPEALED, *end(anew, (*DELIVERED, APPEALED), **how).events)


def decided_anew(history, notice, penalty=FINE):
    history = (*history, *(on("2025-01-06 10:00", event) for event in notice.events), on("2025-01-07 10:00", WAIVED))
    return given(case, *history).when(changed(PENALISE, penalties=[penalty]), actor=LEADER, at="2025-01-08 10:00")


def test_what_was_revoked_is_not_told_again_on_the_same_facts_and_reasons():
    _, same = told_anew(ordered_anew())
    same.refused(Refusal.SAME_AS_REVOKED)
    for how in ({"penalty": LOWER}, {"new_facts": "补充了乘客证言，主要事实有改变"}):
        history, other = told_anew(ordered_anew(), **how)
        assert other.refusal is None
        decided = decided_anew(history, other, how.get("penalty", FINE))
        assert decided.refusal is None
        assert decided.state.barred == ()


def test_nor_is_it_decided_so_under_a_notice_of_another_penalty():
    history, higher = told_anew(ordered_anew(), penalty=HIGHER)
    decided_anew(history, higher).refused(Refusal.SAME_AS_REVOKED)


def test_what_was_revoked_for_a_breach_of_procedure_alone_may_be_decided_again():
    history, again = told_anew(ordered_anew(for_procedure=True))
    assert decided_anew(history, again).refusal is None


def test_what_the_authority_itself_takes_back_it_may_decide_again():
    history, again = told_anew((*DELIVERED, changed(REVOKED, anew=True)))
    assert decided_anew(history, again).refusal is None


def test_a_second_notice_of_what_is_decided_anew_needs_new_facts_again():
    history, first = told_anew(ordered_anew(for_procedure=True))
    second = changed(SERVE_NOTICE, notice_id=uid("third"))
    given(case, *history, *(on("2025-01-06 10:00", event) for event in first.events)).when(
        second, at="2025-01-07 10:00"
    ).refused(Refusal.NEW_FACTS_NEEDED)


# ── more time for the decision (延长办案期限) ─────────────────────────────────────────────────────────────────────────

EXTEND = decisions.ExtendDecisionRequest(case_id=CASE, reason="案情复杂")
EXTENDED = decisions.DecisionExtended(case_id=CASE, days=30, reason="案情复杂")


def test_the_decision_gets_more_time_once():
    given(case, *NOTIFIED).when(EXTEND, actor=LEADER, at="2024-12-09 23:59").then(EXTENDED)
    given(case, *NOTIFIED, EXTENDED).when(EXTEND, actor=LEADER).refused(Refusal.DECISION_EXTENDED_ONCE)


def test_more_time_is_given_before_the_ninety_days_are_over():
    given(case, *NOTIFIED).when(EXTEND, actor=LEADER, at="2024-12-10 00:00").refused(
        Refusal.DECISION_TIME_OVER, due="2024-12-09"
    )
    given(case, *DECIDED).when(EXTEND, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已决定")


def test_another_decision_gets_the_time_of_a_first_one_and_may_be_extended_again():
    anew = (*NOTIFIED, on("2024-10-08 10:00", EXTENDED), *DELIVERED[len(NOTIFIED) :], on("2025-01-06 10:00", ANEW))
    given(case, *anew).when(EXTEND, actor=LEADER, at="2025-04-07 23:59").then(EXTENDED)
    given(case, *anew).when(EXTEND, actor=LEADER, at="2025-04-08 00:00").refused(
        Refusal.DECISION_TIME_OVER, due="2025-04-07"
    )


# ── a remedy is against one decision ─────────────────────────────────────────────────────────────────────────────────

SUIT = changed(APPEALED, kind=decisions.REMEDY_KIND_LITIGATION)
SUED = (*DELIVERED, SUIT)
AGAIN = (
    on("2025-01-06 09:00", REPORT_APPROVED),
    on("2025-01-06 10:00", changed(NOTICE_SERVED, notice_id=uid("second"), effective_on="2025-01-06")),
    on("2025-01-07 10:00", WAIVED),
    on("2025-01-08 10:00", PENALISED),
)
"""Another decision after one that was revoked."""
SAYS = {
    decisions.REMEDY_OUTCOME_REVOKED: {},
    decisions.REMEDY_OUTCOME_CHANGED: {"penalties": [LOWER]},
    decisions.REMEDY_OUTCOME_ORDERED_ANEW: {},
}


@pytest.mark.parametrize(("outcome", "fields"), SAYS.items(), ids=["revoked", "changed", "anew"])
def test_what_is_said_of_a_revoked_decision_changes_nothing_about_the_one_made_since(outcome, fields):
    history = (*SUED, on("2025-01-05 10:00", ANEW), *AGAIN)
    command = changed(OUTCOME, outcome=outcome, **fields)
    found = given(case, *history).when(command, actor=LEADER, at="2025-02-10 10:00")
    assert [type(event) for event in found.events] == [decisions.RemedyEnded]
    assert (found.state.stage, known(found.state.decision).penalties) == (Stage.DECIDED, (FINE,))


def test_what_is_revoked_already_is_not_revoked_again():
    closed = (*SUED, REVOKED, changed(CLOSED, ground=pb.CLOSING_GROUND_REVOKED))
    found = end(decisions.REMEDY_OUTCOME_REVOKED, closed)
    assert [type(event) for event in found.events] == [decisions.RemedyEnded]
    assert found.state.stage is Stage.CLOSED


@pytest.mark.parametrize("more", [(), (changed(CLOSED, ground=pb.CLOSING_GROUND_REVOKED),)], ids=["revoked", "closed"])
def test_another_decision_that_is_ordered_is_made_though_the_first_is_gone_already(more):
    found = end(decisions.REMEDY_OUTCOME_ORDERED_ANEW, (*SUED, REVOKED, *more))
    assert found.state.stage is Stage.INVESTIGATION_CLOSED


def test_what_was_revoked_already_is_not_told_again_either_where_another_decision_is_ordered():
    history = (*SUED, REVOKED)
    found = end(decisions.REMEDY_OUTCOME_ORDERED_ANEW, history)
    assert found.state.barred == (FINE,)
    _, again = told_anew((*history, *found.events))
    again.refused(Refusal.SAME_AS_REVOKED)


@pytest.mark.parametrize("since", [(on("2025-01-05 10:00", ANEW), *AGAIN), (AMENDED,)], ids=["anew", "amended"])
def test_an_illegality_of_what_was_changed_meanwhile_is_not_that_of_the_decision_in_force(since):
    illegal = decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL
    command = changed(OUTCOME, outcome=illegal)
    found = given(case, *SUED, *since).when(command, actor=LEADER, at="2025-02-10 10:00")
    assert not known(found.state.decision).illegal
    [ended] = found.events
    assert isinstance(ended, decisions.RemedyEnded)
    assert ended.superseded
    assert "cases.publication" not in cancelled(ended)


def test_an_illegality_of_the_decision_in_force_ends_the_time_for_its_publication():
    illegal = ended(decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL)
    assert "cases.publication" in cancelled(illegal)
    after = given(case, *DELIVERED, AMENDED, SUIT, illegal).state
    assert known(after.decision).illegal, "the suit is against the decision as it was amended"


def test_a_remedy_ends_on_no_day_before_it_began():
    given(case, *DELIVERED, APPEALED).when(OUTCOME, actor=LEADER, at="2024-12-17 10:00").refused(
        Refusal.REMEDY_DAY, earliest="2024-12-18"
    )
