"""Several disputes about one case (管辖争议): another side that raises one meanwhile waits, and nobody stays frozen."""

from typing import Any

import pytest
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.model import Refusal, Stage, case
from services.cases.service import SERVICE
from tests.support.decider import LEADER, LUXIAN, POLICY, YONGCHUAN, given, reactions, uid
from tests.unit.cases.acts import (
    CASE,
    CLUE_REGISTERED,
    DECIDED,
    FILE,
    INVESTIGATING,
    PENALISE,
    SUSPECTED,
    changed,
    known,
)
from tests.unit.cases.test_side_states import LOST, NOTE, NOTED, READY, SETTLED, THEIRS, TRANSFERRED

RONGCHANG = "jt-500153"
OTHER = uid("case of Rongchang")
ANOTHER = uid("another case of Yongchuan")
RAISE = side.RaiseJurisdictionDisputeRequest(
    case_id=CASE, dispute_id=uid("a third one"), other_id=RONGCHANG, other_case_id=OTHER, position="先立案"
)
TOLD = changed(NOTE, dispute_id=uid("from Rongchang"), told_by=RONGCHANG, other_case_id=OTHER)
WAITS = disputes.DisputeWaits(
    case_id=CASE, dispute_id=uid("from Rongchang"), told_by=RONGCHANG, other_case_id=OTHER, position="发生地在永川"
)
ITS_TURN = side.JurisdictionDisputed(
    case_id=CASE, dispute_id=uid("from Rongchang"), told_by=RONGCHANG, other_case_id=OTHER, position="发生地在永川"
)
YIELD = side.SettleJurisdictionRequest(case_id=CASE, owner_id=YONGCHUAN.id, way=side.SETTLEMENT_WAY_AGREED)
TOLD_YIELD = changed(NOTE, position="", owner_id=LUXIAN.id, way=side.SETTLEMENT_WAY_AGREED)
WON = changed(SETTLED, owner_id=LUXIAN.id, ours=True, other_id="", other_case_id=THEIRS, told_by=YONGCHUAN.id)
DESIGNATION = disputes.NoteDesignationRequest(
    case_id=CASE, dispute_id=WAITS.dispute_id, told_by=RONGCHANG, other_case_id=OTHER
)
OPEN = (*READY, NOTED)


def gone(way: side.SettlementWay.ValueType = side.SETTLEMENT_WAY_GIVEN_UP, **changes: Any) -> side.JurisdictionSettled:
    """The answer to who waits for a case that is lost."""
    fields: dict[str, Any] = {
        "case_id": CASE,
        "dispute_id": WAITS.dispute_id,
        "other_id": RONGCHANG,
        "other_case_id": OTHER,
        "owner_id": RONGCHANG,
        "way": way,
        "told_by": RONGCHANG,
        "still_standing": True,
    }
    return side.JurisdictionSettled(**(fields | changes))


def test_what_another_raises_while_a_dispute_is_open_waits_and_is_kept_once():
    after = given(case, *OPEN).when(TOLD, actor=POLICY).then(WAITS)
    assert known(after.dispute).other_id == YONGCHUAN.id
    given(case, *OPEN, WAITS).when(TOLD, actor=POLICY).then()


def test_it_has_its_turn_when_the_open_one_left_the_case_here():
    [won, turn] = given(case, *OPEN, WAITS).when(TOLD_YIELD, actor=POLICY).events
    assert won.ours  # type: ignore[attr-defined]
    assert turn == ITS_TURN
    after = given(case, *OPEN, WAITS, won, turn).when(PENALISE, actor=LEADER)
    after.refused(Refusal.JURISDICTION_DISPUTED)


def test_who_waits_for_a_case_that_is_lost_learns_it_and_the_loss_stands():
    [lost, answer] = given(case, *OPEN, WAITS).when(YIELD, actor=LEADER).events
    assert answer == gone()
    state = given(case, *OPEN, WAITS, lost).when(TOLD, actor=POLICY).state
    assert (state.lost_to, state.dispute) == (YONGCHUAN.id, None)


def test_who_was_designated_while_it_waited_is_competent_when_its_turn_comes():
    designated = changed(WAITS, designated=True)
    given(case, *OPEN, WAITS).when(DESIGNATION, actor=POLICY).then(designated)
    given(case, *OPEN, designated).when(DESIGNATION, actor=POLICY).then()
    [_, answer] = given(case, *OPEN, WAITS, designated).when(TOLD_YIELD, actor=POLICY).events
    assert answer == gone(side.SETTLEMENT_WAY_DESIGNATED)


def test_who_gave_it_up_while_it_waited_waits_no_longer():
    ended = changed(TOLD, position="", owner_id=LUXIAN.id, way=side.SETTLEMENT_WAY_AGREED)
    given(case, *OPEN, WAITS).when(ended, actor=POLICY).then(changed(WAITS, ended=True))
    [won] = given(case, *OPEN, WAITS, changed(WAITS, ended=True)).when(TOLD_YIELD, actor=POLICY).events
    assert isinstance(won, side.JurisdictionSettled)


def test_another_case_of_the_same_authority_is_another_dispute():
    told = changed(NOTE, dispute_id=uid("another"), other_case_id=ANOTHER)
    [waits] = given(case, *OPEN).when(told, actor=POLICY).events
    assert isinstance(waits, disputes.DisputeWaits)
    disputed = changed(NOTED, dispute_id=uid("another"), other_case_id=ANOTHER)
    given(case, *OPEN, WON).when(told, actor=POLICY).then(disputed)


def test_what_is_lost_to_one_is_not_won_back_from_another():
    lost = (*INVESTIGATING, NOTED, LOST)
    given(case, *lost).when(RAISE, actor=LEADER).refused(Refusal.OTHER_IS_COMPETENT, owner=YONGCHUAN.id)
    given(case, *lost).when(TOLD, actor=POLICY).then(gone())
    assert given(case, *lost, gone()).when(TOLD, actor=POLICY).state.lost_to == YONGCHUAN.id
    won_from_another = gone(side.SETTLEMENT_WAY_AGREED, owner_id=LUXIAN.id, ours=True)
    given(case, *lost, won_from_another).when(PENALISE, actor=LEADER).refused(Refusal.OTHER_IS_COMPETENT)


def test_who_has_nothing_left_and_crosses_with_the_other_that_yields_leaves_it_with_the_other():
    yields = changed(TOLD, position="", owner_id=LUXIAN.id, way=side.SETTLEMENT_WAY_AGREED)
    lost = (*INVESTIGATING, NOTED, LOST, gone())
    given(case, *lost).when(yields, actor=POLICY).then(gone(round=1))
    designated = (*INVESTIGATING, NOTED, LOST, gone(side.SETTLEMENT_WAY_DESIGNATED))
    given(case, *designated).when(yields, actor=POLICY).then(gone(round=1))
    both = changed(yields, way=side.SETTLEMENT_WAY_GIVEN_UP)
    given(case, *lost).when(both, actor=POLICY).then()


# ── both gave one up at once, while another is open ──────────────────────────────────────────────────────────────────

NOTED_ANOTHER = changed(NOTED, dispute_id=uid("another"), other_case_id=ANOTHER)
WON_ANOTHER = changed(WON, dispute_id=uid("another"), other_case_id=ANOTHER)
NEXT_WAITS = changed(WAITS, dispute_id=TOLD_YIELD.dispute_id, told_by=YONGCHUAN.id, other_case_id=THEIRS, round=1)
CROSSED = (*READY, NOTED, LOST, NOTED_ANOTHER)


def test_where_both_gave_one_case_up_while_another_of_the_same_authority_is_disputed_the_next_round_waits():
    waits = changed(NEXT_WAITS, position="")
    given(case, *CROSSED).when(TOLD_YIELD, actor=POLICY).then(waits)
    given(case, *CROSSED, waits).when(TOLD_YIELD, actor=POLICY).then()
    told = changed(TOLD_YIELD, dispute_id=NOTED_ANOTHER.dispute_id, other_case_id=ANOTHER)
    [won, turn] = given(case, *CROSSED, waits).when(told, actor=POLICY).events
    assert (won, turn) == (WON_ANOTHER, changed(NOTED, position="", round=1))


def test_where_both_gave_one_case_up_and_another_was_won_meanwhile_they_negotiate_again():
    next_round = changed(NOTED, position="", round=1)
    given(case, *CROSSED, WON_ANOTHER).when(TOLD_YIELD, actor=POLICY).then(next_round)


def test_who_has_nothing_left_for_one_that_yields_while_another_is_disputed_answers_in_its_turn():
    left = changed(LOST, way=side.SETTLEMENT_WAY_GIVEN_UP)
    history = (*READY, NOTED, left, NOTED_ANOTHER)
    given(case, *history).when(TOLD_YIELD, actor=POLICY).then(changed(NEXT_WAITS, position=""))
    both = changed(TOLD_YIELD, way=side.SETTLEMENT_WAY_GIVEN_UP)
    given(case, *history).when(both, actor=POLICY).then()


# ── designated, though this side never heard of the dispute ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("history", "way"),
    [
        (READY, side.SETTLEMENT_WAY_DESIGNATED),
        ((*READY, TRANSFERRED), side.SETTLEMENT_WAY_GIVEN_UP),
        ((*SUSPECTED, pb.CaseNotFiled(case_id=CASE)), side.SETTLEMENT_WAY_GIVEN_UP),
        ((*READY, NOTED, LOST), side.SETTLEMENT_WAY_GIVEN_UP),
    ],
    ids=["live", "handed to a third", "not filed", "lost to a third"],
)
def test_who_is_designated_in_a_dispute_not_heard_of_here_is_answered(history, way):
    answer = gone(way)
    given(case, *history).when(DESIGNATION, actor=POLICY).then(answer)
    given(case, *history, answer).when(DESIGNATION, actor=POLICY).then()


def test_who_decided_already_says_so_to_who_is_designated():
    kept = gone(side.SETTLEMENT_WAY_DECIDED_ALREADY, owner_id=LUXIAN.id, ours=True)
    given(case, *DECIDED).when(DESIGNATION, actor=POLICY).then(kept)


def test_who_is_designated_in_a_dispute_not_heard_of_here_waits_for_the_open_one():
    given(case, *OPEN).when(DESIGNATION, actor=POLICY).then(changed(WAITS, position="", designated=True))


def test_a_designation_counts_the_disputes_with_the_case_that_it_names():
    alone = changed(NOTED, told_by="", other_id=YONGCHUAN.id, other_case_id="", round=1)
    entered = disputes.DesignationEntered(
        case_id=CASE, dispute_id=NOTED.dispute_id, other_id=YONGCHUAN.id, other_case_id=THEIRS
    )
    dispute = known(given(case, *READY, alone, entered).state.dispute)
    assert (dispute.other_case_id, dispute.round, dispute.designated) == (THEIRS, 0, True)


# ── what is handed over goes on in one case ──────────────────────────────────────────────────────────────────────────

HANDED = changed(CLUE_REGISTERED, handed_off_by=YONGCHUAN.id, sender_case_id=THEIRS)
JOIN = pb.CaseNotFiled(
    case_id=CASE, handed_off_by=YONGCHUAN.id, reason="已立案", joined_case_id=OTHER, sender_case_id=THEIRS
)


def joining(stage: str) -> Any:
    command = commands.NotFileCaseRequest(case_id=CASE, reason="已立案", joined_case_id=OTHER)
    return given(case, HANDED).when(command, actor=LEADER, found=stage)


def test_a_clue_about_an_act_of_which_there_is_a_case_goes_on_in_that_one_and_its_sender_learns_it():
    assert joining(Stage.INVESTIGATING).then(JOIN).stage is Stage.NOT_FILED
    [note] = reactions(SERVICE.policy, changed(JOIN, handed_off_by=LUXIAN.id), origin=YONGCHUAN.id)
    assert note == side.NoteAdministrativeTransferRequest(case_id=THEIRS, receiver_id=YONGCHUAN.id, accepted=True)


@pytest.mark.parametrize("stage", ["", Stage.CLUE, Stage.NOT_FILED, Stage.TRANSFERRED_ADMIN])
def test_no_clue_goes_on_in_a_case_that_was_not_opened_or_is_not_here(stage):
    joining(stage).refused(Refusal.NO_CASE_TO_JOIN, stage=stage or "无")


def test_who_handed_a_clue_over_that_goes_on_to_a_third_waits_no_longer():
    transfer = side.TransferCaseToAuthorityRequest(
        case_id=CASE, receiver_id=RONGCHANG, place=TRANSFERRED.place, facts="事实", reason="发生地在荣昌"
    )
    taken = side.TransferTaken(case_id=CASE, handed_off_by=YONGCHUAN.id, sender_case_id=THEIRS)
    [_, told] = given(case, HANDED).when(transfer, actor=LEADER).events
    assert told == taken
    [note] = reactions(SERVICE.policy, changed(taken, handed_off_by=LUXIAN.id), origin=YONGCHUAN.id)
    assert note == side.NoteAdministrativeTransferRequest(case_id=THEIRS, receiver_id=YONGCHUAN.id, accepted=True)
    [_] = given(case, *SUSPECTED).when(transfer, actor=LEADER).events
    filed = given(case, HANDED).when(FILE, actor=LEADER).events
    [_] = given(case, HANDED, *filed).when(transfer, actor=LEADER).events
