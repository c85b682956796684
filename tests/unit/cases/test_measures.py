"""Rows 4a and 4b: preservation of evidence and seizure (行政处罚法 art. 56; 行政强制法 arts. 18, 24, 25, 28)."""

import pytest
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model import MeasureState, Refusal, case
from services.kernel.errors import KernelRefusal
from tests.support.decider import LEADER, LI, POLICY, SUSPENDED, given, on, uid
from tests.unit.cases.acts import (
    APPROVE_PRESERVATION,
    APPROVE_SEIZURE,
    CASE,
    DECIDE_PRESERVATION,
    DECIDED,
    EVIDENCE_ADDED,
    EXTEND,
    EXTENDED,
    FINE,
    INVESTIGATED,
    INVESTIGATING,
    MEASURE,
    NOTIFIED,
    OPEN,
    PENALISED,
    PRESERVATION_APPROVED,
    PRESERVATION_DECIDED,
    PRESERVE,
    PRESERVED,
    RELEASE,
    RELEASED,
    SEIZE,
    SEIZED,
    SEIZURE_APPROVED,
    SUSPECTED,
    changed,
)
from tests.unit.cases.procedure import POSTED

AT = "2024-09-10 10:00"
POST = delivery.PostServiceNoticeRequest(case_id=CASE, reason="下落不明", medium="门户网站")
MAY_SEIZE = (*INVESTIGATING, on(AT, SEIZURE_APPROVED))
HOLDING = (*MAY_SEIZE, on(AT, SEIZED))
MAY_PRESERVE = (*INVESTIGATING, on(AT, PRESERVATION_APPROVED))
PRESERVING = (*MAY_PRESERVE, on(AT, PRESERVED))


def test_a_leader_approves_a_seizure_and_names_the_law_that_gives_the_power():
    given(case, *OPEN).when(APPROVE_SEIZURE, actor=LEADER).then(SEIZURE_APPROVED)


@pytest.mark.parametrize("law_basis", ["", "  "])
def test_a_seizure_without_a_law_is_not_approved(law_basis):
    given(case, *OPEN).when(changed(APPROVE_SEIZURE, law_basis=law_basis), actor=LEADER).refused(
        Refusal.LAW_BASIS_NEEDED
    )


def test_preservation_rests_on_the_penalty_law_itself():
    given(case, *OPEN).when(APPROVE_PRESERVATION, actor=LEADER).then(PRESERVATION_APPROVED)


def test_a_measure_has_an_id_of_its_own():
    given(case, *MAY_SEIZE).when(APPROVE_PRESERVATION, actor=LEADER).refused(Refusal.ID_TAKEN, id=MEASURE)


def test_no_measure_is_approved_for_a_mere_clue():
    given(case, *SUSPECTED).when(APPROVE_SEIZURE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_two_officers_seize_what_was_approved():
    after = given(case, *MAY_SEIZE).when(SEIZE, at=AT).then(SEIZED)
    assert after.measures[MEASURE].state is MeasureState.IN_FORCE


def test_two_officers_preserve_what_was_approved():
    after = given(case, *MAY_PRESERVE).when(PRESERVE, at=AT).then(PRESERVED)
    assert after.measures[MEASURE].state is MeasureState.IN_FORCE


@pytest.mark.parametrize("command", [SEIZE, PRESERVE], ids=["seizure", "preservation"])
def test_nothing_is_taken_that_no_leader_approved(command):
    given(case, *INVESTIGATING).when(command, at=AT).refused(Refusal.MEASURE_NOT_APPROVED)


@pytest.mark.parametrize(
    ("history", "command"), [(MAY_SEIZE, SEIZE), (MAY_PRESERVE, PRESERVE)], ids=["seizure", "preservation"]
)
def test_the_approval_comes_before_the_measure(history, command):
    given(case, *history).when(command, at="2024-09-10 09:59").refused(Refusal.MEASURE_NOT_APPROVED)


@pytest.mark.parametrize(
    ("history", "command"), [(MAY_PRESERVE, SEIZE), (MAY_SEIZE, PRESERVE)], ids=["seizure", "preservation"]
)
def test_approval_of_one_measure_does_not_allow_the_other(history, command):
    given(case, *history).when(command, at=AT).refused(Refusal.MEASURE_NOT_APPROVED)


@pytest.mark.parametrize(
    ("history", "command"), [(HOLDING, SEIZE), (PRESERVING, PRESERVE)], ids=["seizure", "preservation"]
)
def test_one_approval_allows_one_measure(history, command):
    given(case, *history).when(command, at=AT).refused(Refusal.MEASURE_TAKEN, state="实施中")


@pytest.mark.parametrize(
    ("history", "command"), [(MAY_SEIZE, SEIZE), (MAY_PRESERVE, PRESERVE)], ids=["seizure", "preservation"]
)
def test_two_active_officers_take_a_measure(history, command):
    alone = changed(command, officer_ids=[LI.officer_id])
    given(case, *history).when(alone, at=AT).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    suspended = changed(command, officer_ids=[LI.officer_id, SUSPENDED.officer_id])
    given(case, *history).when(suspended, at=AT).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_a_seizure_is_extended_once():
    given(case, *HOLDING).when(EXTEND, actor=LEADER, at=AT).then(EXTENDED)
    given(case, *HOLDING, EXTENDED).when(EXTEND, actor=LEADER, at=AT).refused(Refusal.SEIZURE_EXTENDED_ONCE)


def test_a_seizure_is_extended_on_its_last_day_and_not_after():
    given(case, *HOLDING).when(EXTEND, actor=LEADER, at="2024-10-10 23:59").then(
        changed(EXTENDED, effective_on="2024-10-10")
    )
    given(case, *HOLDING).when(EXTEND, actor=LEADER, at="2024-10-11 00:00").refused(
        Refusal.SEIZURE_LAPSED, due="2024-10-10"
    )


GIVEN_BACK = [
    pytest.param(HOLDING, EXTEND, EXTENDED, delivery.SERVED_DOCUMENT_SEIZURE_EXTENSION, id="extension"),
    pytest.param(HOLDING, RELEASE, RELEASED, delivery.SERVED_DOCUMENT_SEIZURE_RELEASE, id="release"),
    pytest.param(
        PRESERVING,
        DECIDE_PRESERVATION,
        PRESERVATION_DECIDED,
        delivery.SERVED_DOCUMENT_PRESERVATION_END,
        id="preservation",
    ),
]


@pytest.mark.parametrize(("history", "command", "event", "document"), GIVEN_BACK)
def test_what_is_decided_of_a_measure_is_a_sheet_that_is_served_with_its_proof(history, command, event, document):
    for bare, refusal in (
        ({"way": 0}, Refusal.SERVICE_WAY_NEEDED),
        ({"proof": None}, Refusal.PROOF_NEEDED),
        ({"way": pb.SERVICE_WAY_LEFT}, Refusal.WITNESS_OR_RECORDING),
        ({"way": pb.SERVICE_WAY_PUBLIC_NOTICE}, Refusal.NOT_POSTED),
    ):
        given(case, *history).when(changed(command, **bare), actor=LEADER, at=AT).refused(refusal)
    if command is not EXTEND:
        bare = changed(command, document=None)
        given(case, *history).when(bare, actor=LEADER, at=AT).refused(Refusal.SERVED_DOCUMENT_NEEDED)


@pytest.mark.parametrize(("history", "command", "event", "document"), GIVEN_BACK)
def test_it_waits_for_no_notice_but_is_put_up_before(history, command, event, document):
    """It holds at once; its service takes effect when the thirty days have passed."""
    post = changed(POST, document=document, matter_id=MEASURE)
    posted = changed(POSTED, document=document, matter_id=MEASURE)
    given(case, *history).when(changed(post, matter_id=""), at=AT).refused(Refusal.NOTICE_OF_WHAT)
    given(case, *history).when(changed(post, matter_id=uid("another")), at=AT).refused(Refusal.MEASURE_NOT_IN_FORCE)
    put_up = given(case, *history).when(post, at=AT).then(posted)
    assert put_up.posted
    by_notice = changed(command, way=pb.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    told = changed(event, way=by_notice.way, proof=None, effective_on="2024-10-10")
    given(case, *history, on(AT, posted)).when(by_notice, actor=LEADER, at=AT).then(told)


def test_what_is_put_up_about_a_measure_stays_whatever_becomes_of_the_decision():
    posted = changed(POSTED, document=delivery.SERVED_DOCUMENT_SEIZURE_RELEASE, matter_id=MEASURE)
    of_the_notice = changed(POSTED, document=delivery.SERVED_DOCUMENT_NOTICE, matter_id="")
    put_up = given(case, *HOLDING, on(AT, of_the_notice), on(AT, posted)).when(RELEASE, actor=LEADER, at=AT)
    assert set(put_up.before.from_the_notice_on().posted) == {(delivery.SERVED_DOCUMENT_SEIZURE_RELEASE, MEASURE)}


def test_what_is_kept_as_evidence_is_given_back_by_a_decision_and_what_goes_elsewhere_by_none():
    for outcome, refusal in (
        (pb.PRESERVATION_OUTCOME_EVIDENCE_TAKEN, Refusal.SERVED_DOCUMENT_NEEDED),
        (pb.PRESERVATION_OUTCOME_EXPERT, None),
        (pb.PRESERVATION_OUTCOME_TRANSFERRED, None),
    ):
        bare = commands.DecidePreservationRequest(case_id=CASE, measure_id=MEASURE, outcome=outcome)
        after = given(case, *PRESERVING).when(bare, actor=LEADER)
        if refusal is None:
            after.then(pb.PreservationDecided(case_id=CASE, measure_id=MEASURE, outcome=outcome))
        else:
            after.refused(refusal)


def test_seized_items_are_given_back():
    after = given(case, *HOLDING).when(RELEASE, actor=LEADER).then(RELEASED)
    assert after.measures[MEASURE].state is MeasureState.ENDED


def test_what_becomes_of_preserved_evidence_is_decided():
    after = given(case, *PRESERVING).when(DECIDE_PRESERVATION, actor=LEADER).then(PRESERVATION_DECIDED)
    assert after.measures[MEASURE].state is MeasureState.ENDED


@pytest.mark.parametrize(
    ("history", "command", "state"),
    [
        (INVESTIGATING, RELEASE, "无"),
        (MAY_SEIZE, EXTEND, "已批准"),
        (MAY_SEIZE, RELEASE, "已批准"),
        ((*HOLDING, RELEASED), RELEASE, "已结束"),
        ((*HOLDING, RELEASED), EXTEND, "已结束"),
        (PRESERVING, RELEASE, "实施中"),
        (HOLDING, DECIDE_PRESERVATION, "实施中"),
    ],
    ids=["none", "extend approved", "release approved", "release twice", "extend ended", "preservation", "seizure"],
)
def test_only_a_measure_in_force_is_extended_or_ended(history, command, state):
    given(case, *history).when(command, actor=LEADER).refused(Refusal.MEASURE_NOT_IN_FORCE, state=state)


@pytest.mark.parametrize(
    ("history", "command"), [(MAY_SEIZE, SEIZE), (MAY_PRESERVE, PRESERVE)], ids=["seizure", "preservation"]
)
def test_nothing_is_taken_any_more_when_the_investigation_has_ended(history, command):
    given(case, *history, EVIDENCE_ADDED, INVESTIGATED).when(command, at=AT).refused(
        KernelRefusal.WRONG_STAGE, stage="调查终结"
    )


def test_a_seizure_is_extended_and_ended_after_the_investigation_too():
    ended = (*HOLDING, EVIDENCE_ADDED, INVESTIGATED)
    given(case, *ended).when(EXTEND, actor=LEADER, at=AT).then(EXTENDED)
    given(case, *ended).when(RELEASE, actor=LEADER).then(RELEASED)


def test_what_was_preserved_goes_on_as_a_seizure_only_under_one_that_was_approved():
    seized = changed(DECIDE_PRESERVATION, outcome=pb.PRESERVATION_OUTCOME_SEIZED)
    at = "2024-09-20 10:00"
    given(case, *PRESERVING).when(seized, actor=LEADER, at=at).refused(Refusal.SEIZURE_BEFORE_PRESERVATION_ENDS)
    approved = changed(SEIZURE_APPROVED, measure_id=uid("seizure"))
    decided = pb.PreservationDecided(case_id=CASE, measure_id=MEASURE, outcome=pb.PRESERVATION_OUTCOME_SEIZED)
    given(case, *PRESERVING, on(AT, approved)).when(seized, actor=LEADER, at=at).then(decided)
    over = (on(AT, approved), on(AT, changed(SEIZED, measure_id=uid("seizure"))))
    released = on(AT, changed(RELEASED, measure_id=uid("seizure")))
    given(case, *PRESERVING, *over, released).when(seized, actor=LEADER, at=at).refused(
        Refusal.SEIZURE_BEFORE_PRESERVATION_ENDS
    )


def test_what_the_decision_confiscates_is_kept_and_nothing_else_is():
    keep = changed(RELEASE, end=pb.SEIZURE_END_CONFISCATED)
    kept = pb.SeizureReleased(
        case_id=CASE,
        measure_id=MEASURE,
        reason=RELEASED.reason,
        end=pb.SEIZURE_END_CONFISCATED,
        document=RELEASED.document,
    )
    held = (on(AT, SEIZURE_APPROVED), on(AT, SEIZED))
    goods = pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_GOODS)
    given(case, *HOLDING).when(keep, actor=LEADER).refused(Refusal.NOT_CONFISCATED)
    given(case, *INVESTIGATING, *held, *DECIDED[len(INVESTIGATING) :]).when(keep, actor=LEADER).refused(
        Refusal.NOT_CONFISCATED
    )
    confiscated = on("2024-11-05 10:00", changed(PENALISED, penalties=[FINE, goods]))
    given(case, *INVESTIGATING, *held, *NOTIFIED[len(INVESTIGATING) :], confiscated).when(keep, actor=LEADER).then(kept)
    destroyed = changed(RELEASE, end=pb.SEIZURE_END_DESTROYED)
    given(case, *HOLDING).when(destroyed, actor=LEADER).then(changed(kept, end=pb.SEIZURE_END_DESTROYED))


def test_what_was_auctioned_to_set_off_the_fine_is_seized_no_more_and_ends_by_nothing_else():
    note = commands.NoteItemsAuctionedRequest(case_id=CASE, measure_id=MEASURE)
    ended = pb.SeizureReleased(case_id=CASE, measure_id=MEASURE, end=pb.SEIZURE_END_AUCTIONED)
    given(case, *HOLDING).when(note, actor=POLICY).then(ended)
    given(case, *HOLDING, ended).when(note, actor=POLICY).then()
    by_hand = changed(RELEASE, end=pb.SEIZURE_END_AUCTIONED)
    given(case, *HOLDING).when(by_hand, actor=LEADER).refused(KernelRefusal.INVALID_REQUEST)
