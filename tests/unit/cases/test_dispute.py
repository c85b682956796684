"""Dispute over jurisdiction (管辖争议, 行政处罚法 art. 25): who signs what, and what holds meanwhile."""

from typing import Any

import pytest
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import designation_pb2 as designations

from services.cases.model import Refusal, Stage, case
from services.cases.model.dispute import first_to_file
from services.cases.service import SERVICE
from services.kernel.authority import Authority
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import LEADER, LUXIAN, MEMBERS, POLICY, YONGCHUAN, given, instant, on, reactions, uid
from tests.unit.cases.acts import (
    ADD_EVIDENCE,
    ASSIGN,
    ASSIGNED,
    CASE,
    CLOSED,
    DECIDED,
    EVIDENCE_ADDED,
    FILE,
    FILED_AT,
    INVESTIGATING,
    OPEN,
    PENALISE,
    SUSPECTED,
    changed,
    file,
    known,
)
from tests.unit.cases.test_side_states import DISPUTE, LOST, NOTE, NOTED, READY, SETTLED, THEIRS, TRANSFERRED, noted

RONGCHANG = "jt-500153"
FILED = to_timestamp(instant(FILED_AT))
RAISE = side.RaiseJurisdictionDisputeRequest(
    case_id=CASE, dispute_id=DISPUTE, other_id=YONGCHUAN.id, other_case_id=THEIRS, position="先立案"
)
RAISED = side.JurisdictionDisputed(
    case_id=CASE, dispute_id=DISPUTE, other_id=YONGCHUAN.id, other_case_id=THEIRS, position="先立案", filed_at=FILED
)
ESCALATE = side.EscalateDisputeRequest(case_id=CASE, superior="交通运输部", reason="协商不成")
YIELD = side.SettleJurisdictionRequest(case_id=CASE, owner_id=YONGCHUAN.id, way=side.SETTLEMENT_WAY_AGREED)
CLAIM = changed(YIELD, owner_id=LUXIAN.id)
NOTICE = file("指定管辖通知书")
DESIGNATED = changed(CLAIM, way=side.SETTLEMENT_WAY_DESIGNATED, document=NOTICE, number="交法函〔2024〕1号")
ENTERED = disputes.DesignationEntered(
    case_id=CASE,
    dispute_id=DISPUTE,
    other_id=YONGCHUAN.id,
    other_case_id=THEIRS,
    number="交法函〔2024〕1号",
    document=NOTICE,
)
TOLD_LOSS = changed(NOTE, position="", owner_id=YONGCHUAN.id, way=side.SETTLEMENT_WAY_DECIDED_ALREADY)
TOLD_YIELD = changed(NOTE, position="", owner_id=LUXIAN.id, way=side.SETTLEMENT_WAY_AGREED)
OURS = side.JurisdictionSettled(
    case_id=CASE,
    dispute_id=DISPUTE,
    told_by=YONGCHUAN.id,
    other_case_id=THEIRS,
    owner_id=LUXIAN.id,
    ours=True,
    way=side.SETTLEMENT_WAY_AGREED,
)
NEXT_ROUND = changed(NOTED, position="", round=1)


# ── raised ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dispute_is_raised_with_another_authority_and_says_when_the_case_was_filed():
    after = given(case, *INVESTIGATING).when(RAISE, actor=LEADER).then(RAISED)
    assert known(after.dispute).other_id == YONGCHUAN.id
    given(case, *SUSPECTED).when(RAISE, actor=LEADER).then(changed(RAISED, filed_at=None))
    strange = changed(RAISE, other_id="jt-999999")
    given(case, *INVESTIGATING).when(strange, actor=LEADER).refused(KernelRefusal.UNKNOWN_AUTHORITY)
    given(case, *INVESTIGATING).when(changed(RAISE, other_id=LUXIAN.id), actor=LEADER).refused(Refusal.RECEIVER_NEEDED)
    given(case, *INVESTIGATING, RAISED).when(RAISE, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)


def test_what_the_other_side_raises_freezes_the_case_here_and_is_told_to_nobody():
    after = given(case, *READY).when(NOTE, actor=POLICY, origin=YONGCHUAN.id).then(NOTED)
    assert (known(after.dispute).other_id, NOTED.other_id) == (YONGCHUAN.id, "")
    given(case, *READY, NOTED).when(PENALISE, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)
    given(case, *READY, NOTED).when(NOTE, actor=POLICY).then()


def test_where_both_raised_it_the_other_position_is_put_beside_the_own_once():
    position = disputes.DisputePositionStated(
        case_id=CASE, dispute_id=DISPUTE, other_case_id=THEIRS, position="发生地在永川", told_by=YONGCHUAN.id
    )
    given(case, *READY, RAISED).when(NOTE, actor=POLICY).then(position)
    given(case, *READY, RAISED, position).when(NOTE, actor=POLICY).then()


def test_what_crossed_with_the_end_of_its_round_freezes_nothing():
    given(case, *READY, RAISED, LOST).when(NOTE, actor=POLICY).then()


@pytest.mark.parametrize(("history", "command"), [(SUSPECTED, FILE), (OPEN, ASSIGN)], ids=["filing", "assignment"])
def test_a_disputed_clue_is_not_filed_nor_is_anybody_assigned(history, command):
    given(case, *history, RAISED).when(command, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)
    given(case, *history, RAISED, LOST).when(command, actor=LEADER).refused(Refusal.OTHER_IS_COMPETENT)
    assert given(case, *history, RAISED, SETTLED).when(command, actor=LEADER).events


def test_evidence_is_gathered_meanwhile_and_the_team_may_change():
    given(case, *INVESTIGATING, RAISED).when(ASSIGN, actor=LEADER).then(ASSIGNED)
    given(case, *INVESTIGATING, NOTED).when(ADD_EVIDENCE).then(EVIDENCE_ADDED)


# ── what is there no more ────────────────────────────────────────────────────────────────────────────────────────────


def answer(*, ours, way):
    return changed(
        OURS,
        other_id=YONGCHUAN.id,
        owner_id=LUXIAN.id if ours else YONGCHUAN.id,
        ours=ours,
        way=way,
        still_standing=True,
    )


def test_who_has_decided_already_keeps_the_case_and_says_so():
    kept = answer(ours=True, way=side.SETTLEMENT_WAY_DECIDED_ALREADY)
    assert given(case, *DECIDED).when(NOTE, actor=POLICY).then(kept).lost_to == ""
    lost = changed(OURS, owner_id=YONGCHUAN.id, ours=False, way=side.SETTLEMENT_WAY_DECIDED_ALREADY)
    assert given(case, *READY, RAISED).when(TOLD_LOSS, actor=POLICY).then(lost).lost_to == YONGCHUAN.id


@pytest.mark.parametrize(
    "ended",
    [
        (*SUSPECTED, pb.CaseNotFiled(case_id=CASE)),
        (*READY, changed(TRANSFERRED, receiver_id=RONGCHANG)),
        (*READY, changed(TRANSFERRED, receiver_id=RONGCHANG), CLOSED),
    ],
    ids=["not filed", "handed to a third", "handed to a third and closed"],
)
def test_who_has_nothing_left_gives_it_up_and_says_so(ended):
    given_up = answer(ours=False, way=side.SETTLEMENT_WAY_GIVEN_UP)
    given(case, *ended).when(NOTE, actor=POLICY).then(given_up)
    given(case, *ended, given_up).when(TOLD_YIELD, actor=POLICY).then(changed(given_up, round=1))


def test_where_nothing_is_left_on_either_side_nobody_answers_for_ever():
    ended = (*SUSPECTED, pb.CaseNotFiled(case_id=CASE), answer(ours=False, way=side.SETTLEMENT_WAY_GIVEN_UP))
    both = changed(TOLD_YIELD, way=side.SETTLEMENT_WAY_GIVEN_UP)
    given(case, *ended).when(both, actor=POLICY).then()


def test_a_case_handed_to_the_other_side_that_does_not_want_it_is_disputed():
    assert given(case, *READY, TRANSFERRED).when(NOTE, actor=POLICY).then(NOTED).dispute


# ── agreed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_gives_the_case_up_signs_it_and_nobody_makes_itself_competent():
    given(case, *INVESTIGATING, RAISED).when(YIELD, actor=LEADER).then(LOST)
    given(case, *INVESTIGATING, RAISED).when(CLAIM, actor=LEADER).refused(
        Refusal.SIGNED_BY_WHO_YIELDS, other=YONGCHUAN.id
    )
    third = changed(YIELD, owner_id=RONGCHANG)
    given(case, *INVESTIGATING, RAISED).when(third, actor=LEADER).refused(Refusal.OWNER_OUTSIDE_DISPUTE)
    given(case, *INVESTIGATING).when(YIELD, actor=LEADER).refused(Refusal.NO_DISPUTE)


def test_where_the_other_side_has_no_case_here_its_signed_paper_stands_for_it():
    alone = changed(RAISED, other_case_id="")
    given(case, *INVESTIGATING, alone).when(CLAIM, actor=LEADER).refused(Refusal.AGREEMENT_NEEDED)
    signed = changed(CLAIM, document=file("协商函"))
    after = given(case, *INVESTIGATING, alone).when(signed, actor=LEADER)
    after.then(changed(SETTLED, other_case_id="", document=file("协商函")))


def test_who_left_the_other_case_open_learns_it_when_it_hears_of_its_dispute_and_signs_nothing_for_itself():
    alone = changed(RAISED, other_case_id="")
    heard = given(case, *INVESTIGATING, alone).when(NOTE, actor=POLICY)
    assert known(heard.state.dispute).other_case_id == THEIRS
    signed = changed(CLAIM, document=file("协商函"))
    told = (*INVESTIGATING, alone, *heard.events)
    given(case, *told).when(signed, actor=LEADER).refused(Refusal.SIGNED_BY_WHO_YIELDS, other=YONGCHUAN.id)


def test_a_position_that_comes_before_the_dispute_it_belongs_to_keeps_nobody_from_learning_the_other_case():
    alone = changed(RAISED, other_case_id="")
    stated = disputes.DisputePositionStated(case_id=CASE, dispute_id=DISPUTE, position="先立案", told_by=YONGCHUAN.id)
    signed = changed(CLAIM, document=file("协商函"))
    history = (*INVESTIGATING, alone, stated)
    given(case, *history).when(signed, actor=LEADER).refused(Refusal.SIGNED_BY_WHO_YIELDS)
    assert known(given(case, *history).when(NOTE, actor=POLICY).state.dispute).other_case_id == THEIRS


def test_what_the_other_side_gave_up_goes_on_here():
    given(case, *READY, RAISED).when(TOLD_YIELD, actor=POLICY).then(OURS)
    assert given(case, *READY, RAISED, OURS).when(PENALISE, actor=LEADER).events


def test_a_claim_of_the_other_side_settles_nothing():
    claims = changed(TOLD_LOSS, way=side.SETTLEMENT_WAY_AGREED)
    given(case, *READY, NOTED).when(claims, actor=POLICY).then()


def test_nobody_but_the_other_side_ends_a_dispute_from_outside():
    ends = changed(TOLD_YIELD, told_by=RONGCHANG)
    counted = disputes.DisputeWaits(
        case_id=CASE, dispute_id=DISPUTE, told_by=RONGCHANG, other_case_id=THEIRS, ended=True
    )
    for history in ((*READY, NOTED), (*READY, RAISED), READY):
        before = given(case, *history).state.dispute
        after = given(case, *history).when(ends, actor=POLICY, origin=RONGCHANG).then(counted)
        assert (after.dispute, after.disputes_waiting) == (before, ())
    later = changed(counted, told_by=YONGCHUAN.id, round=1)
    assert given(case, *READY, NOTED).when(changed(TOLD_YIELD, round=1), actor=POLICY).then(later).dispute


def test_what_ended_unheard_is_counted_so_that_what_is_raised_next_is_no_echo_of_it():
    ended = disputes.DisputeWaits(
        case_id=CASE, dispute_id=DISPUTE, told_by=YONGCHUAN.id, other_case_id=THEIRS, ended=True
    )
    given(case, *READY).when(TOLD_YIELD, actor=POLICY).then(ended)
    given(case, *READY, ended).when(TOLD_YIELD, actor=POLICY).then()
    given(case, *READY, ended).when(RAISE, actor=LEADER).then(changed(RAISED, round=1))


def test_where_both_gave_it_up_at_once_they_negotiate_again():
    crossed = given(case, *READY, RAISED, LOST).when(TOLD_YIELD, actor=POLICY)
    assert known(crossed.then(NEXT_ROUND).dispute).round == 1
    given(case, *READY, RAISED, LOST, NEXT_ROUND).when(TOLD_YIELD, actor=POLICY).then()
    given(case, *READY, RAISED, LOST, NEXT_ROUND).when(PENALISE, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)


def test_where_the_competent_one_does_not_take_the_case_the_dispute_is_raised_again():
    refused = (*READY, RAISED, LOST, TRANSFERRED, noted(False))
    again = changed(RAISE, dispute_id=uid("again"))
    after = given(case, *refused).when(again, actor=LEADER).then(changed(RAISED, dispute_id=uid("again"), round=1))
    assert known(after.dispute).dispute_id == uid("again")


# ── filed first ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ours", "theirs", "first"),
    [
        ("2024-12-18 10:00:00", "2024-12-18 10:00:01", True),
        ("2024-12-18 10:00:01", "2024-12-18 10:00:00", False),
        ("2024-12-18 10:00:00.100", "2024-12-18 10:00:00.900", None),
        ("2024-12-18 10:00:00", None, True),
        (None, "2024-12-18 10:00:00", False),
        (None, None, None),
    ],
)
def test_the_first_to_file_is_known_to_the_second(ours, theirs, first):
    assert first_to_file(instant(ours) if ours else None, instant(theirs) if theirs else None) is first


@pytest.mark.parametrize(("seconds", "right"), [(-1, True), (0, False), (1, False)])
def test_who_gives_way_to_the_first_to_file_is_right_by_what_both_signed(seconds, right):
    theirs = to_timestamp(instant(FILED_AT))
    theirs.seconds += seconds
    disputed = given(case, *INVESTIGATING, changed(NOTED, other_filed_at=theirs))
    outcome = disputed.when(changed(YIELD, way=side.SETTLEMENT_WAY_FIRST_FILED), actor=LEADER)
    if right:
        outcome.then(changed(LOST, way=side.SETTLEMENT_WAY_FIRST_FILED))
    else:
        outcome.refused(Refusal.NOT_FIRST_TO_FILE)


def test_each_side_signs_when_it_filed():
    state = disputes.StateDisputePositionRequest(case_id=CASE, position="泸县先查获")
    stated = disputes.DisputePositionStated(
        case_id=CASE,
        dispute_id=DISPUTE,
        other_id=YONGCHUAN.id,
        other_case_id=THEIRS,
        position="泸县先查获",
        filed_at=FILED,
    )
    given(case, *INVESTIGATING, NOTED).when(state, actor=LEADER).then(stated)
    given(case, *INVESTIGATING).when(state, actor=LEADER).refused(Refusal.NO_DISPUTE)
    there = changed(stated, case_id=THEIRS, other_id=LUXIAN.id, other_case_id=CASE)
    (told,) = reactions(SERVICE.policy, there, origin=YONGCHUAN.id)
    heard = changed(stated, other_id="", told_by=YONGCHUAN.id)
    assert known(given(case, *READY, RAISED).when(told, actor=POLICY).then(heard).dispute).other_filed_at
    given(case, *READY).when(told, actor=POLICY).then()
    assert reactions(SERVICE.policy, changed(there, other_case_id=""), origin=YONGCHUAN.id) == []


# ── designated ───────────────────────────────────────────────────────────────────────────────────────────────────────


NEIGHBOUR = Authority("jt-510522", "合江县交通运输局")
LUZHOU = Authority("jt-510500", "泸州市交通运输局")
NEARBY = {**MEMBERS, NEIGHBOUR.id: NEIGHBOUR, LUZHOU.id: LUZHOU}


def test_between_two_provinces_the_ministry_is_asked():
    event = side.DisputeEscalated(
        case_id=CASE,
        dispute_id=DISPUTE,
        superior="交通运输部",
        reason="协商不成",
        other_id=YONGCHUAN.id,
        other_case_id=THEIRS,
        act_code="RTR-63-2",
        act_on="2024-09-06",
    )
    given(case, *INVESTIGATING, RAISED).when(ESCALATE, actor=LEADER).then(event)
    given(case, *INVESTIGATING).when(ESCALATE, actor=LEADER).refused(Refusal.NO_DISPUTE)
    province = changed(ESCALATE, superior="四川省交通运输厅")
    given(case, *INVESTIGATING, RAISED).when(province, actor=LEADER).refused(
        Refusal.NOT_THE_COMMON_SUPERIOR, superior="交通运输部"
    )


def test_between_two_counties_of_a_city_the_city_is_asked():
    disputed = given(case, *INVESTIGATING, changed(RAISED, other_id=NEIGHBOUR.id))
    city = changed(ESCALATE, superior=LUZHOU.name)
    (event,) = disputed.when(city, actor=LEADER, members=NEARBY).events
    assert isinstance(event, side.DisputeEscalated)
    assert (event.superior_id, event.asked_id) == (LUZHOU.id, LUZHOU.id)
    disputed.when(ESCALATE, actor=LEADER, members=NEARBY).refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=LUZHOU.name)
    province = changed(ESCALATE, superior="四川省交通运输厅")
    disputed.when(province, actor=LEADER, members=NEARBY).refused(Refusal.NOT_THE_COMMON_SUPERIOR)


def test_what_the_other_side_brings_before_the_superior_is_noted_here_once_it_is_the_same_dispute():
    there = side.DisputeEscalated(
        case_id=THEIRS, other_id=LUXIAN.id, other_case_id=CASE, superior_id="", reason="协商不成"
    )
    (told,) = reactions(SERVICE.policy, there, origin=YONGCHUAN.id)
    noted_here = side.DisputeEscalated(
        case_id=CASE,
        dispute_id=DISPUTE,
        superior="交通运输部",
        reason="协商不成",
        other_case_id=THEIRS,
        told_by=YONGCHUAN.id,
    )
    given(case, *INVESTIGATING, RAISED).when(told, actor=POLICY).then(noted_here)
    given(case, *INVESTIGATING).when(told, actor=POLICY).then()
    given(case, *INVESTIGATING, RAISED).when(changed(told, told_by=RONGCHANG), actor=POLICY).then()
    assert reactions(SERVICE.policy, changed(there, other_case_id=""), origin=YONGCHUAN.id) == []


def test_a_designation_has_its_document_and_may_name_a_third():
    disputed = given(case, *INVESTIGATING, RAISED)
    third = changed(DESIGNATED, owner_id=RONGCHANG)
    disputed.when(changed(third, document=None), actor=LEADER).refused(Refusal.DESIGNATION_NEEDED)
    gone = changed(
        LOST, owner_id=RONGCHANG, way=side.SETTLEMENT_WAY_DESIGNATED, document=NOTICE, number=DESIGNATED.number
    )
    disputed.when(third, actor=LEADER).then(gone)
    told = changed(TOLD_YIELD, owner_id=RONGCHANG, way=side.SETTLEMENT_WAY_DESIGNATED)
    there = changed(OURS, owner_id=RONGCHANG, ours=False, way=side.SETTLEMENT_WAY_DESIGNATED)
    given(case, *INVESTIGATING, RAISED).when(told, actor=POLICY).then(there)
    given(case, *INVESTIGATING, RAISED, LOST).when(told, actor=POLICY).then(there)


def test_a_designation_of_this_side_waits_for_the_other_to_note_it():
    given(case, *READY, RAISED).when(DESIGNATED, actor=LEADER).then(ENTERED)
    given(case, *READY, RAISED, ENTERED).when(PENALISE, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)
    there = changed(ENTERED, case_id=THEIRS, other_id=LUXIAN.id, other_case_id=CASE)
    (told,) = reactions(SERVICE.policy, there, origin=YONGCHUAN.id)
    signed = changed(LOST, way=side.SETTLEMENT_WAY_DESIGNATED, told_by=YONGCHUAN.id)
    given(case, *READY, NOTED).when(told, actor=POLICY).then(signed)
    given(case, *READY, NOTED, LOST).when(told, actor=POLICY).then()
    assert reactions(SERVICE.policy, changed(there, other_case_id=""), origin=YONGCHUAN.id) == []


def designated(owner_id: str) -> designations.JurisdictionDesignated:
    """What the city of two counties signs: the same word to both."""
    return designations.JurisdictionDesignated(
        side_ids=[LUXIAN.id, NEIGHBOUR.id], case_ids=[CASE, THEIRS], owner_id=owner_id, number="泸市交指〔2024〕1号"
    )


BY_THE_CITY: dict[str, Any] = {"actor": POLICY, "origin": LUZHOU.id, "members": NEARBY}
WITH_NEIGHBOUR = changed(RAISED, other_id=NEIGHBOUR.id)


def superior(owner_id: str, authority: Authority = LUXIAN, origin: str = LUZHOU.id):
    (command,) = reactions(SERVICE.policy, designated(owner_id), authority=authority, origin=origin, members=NEARBY)
    return command


def test_whom_the_superior_did_not_designate_gives_the_case_up_and_says_so():
    settled = changed(
        LOST,
        other_id=NEIGHBOUR.id,
        owner_id=NEIGHBOUR.id,
        way=side.SETTLEMENT_WAY_DESIGNATED,
        number="泸市交指〔2024〕1号",
    )
    given(case, *READY, WITH_NEIGHBOUR).when(superior(NEIGHBOUR.id), **BY_THE_CITY).then(settled)


def test_whom_it_designated_waits_until_the_other_noted_it():
    entered = changed(ENTERED, other_id=NEIGHBOUR.id, number="泸市交指〔2024〕1号", document=None)
    after = given(case, *READY, WITH_NEIGHBOUR).when(superior(LUXIAN.id), **BY_THE_CITY)
    assert after.then(entered).dispute
    given(case, *READY, WITH_NEIGHBOUR, entered).when(superior(LUXIAN.id), **BY_THE_CITY).then()
    given(case, *READY, WITH_NEIGHBOUR, entered).when(PENALISE, actor=LEADER, members=NEARBY).refused(
        Refusal.JURISDICTION_DISPUTED
    )


def test_of_a_side_that_knows_nothing_of_it_the_designated_one_needs_no_word():
    alone = changed(WITH_NEIGHBOUR, other_case_id="")
    after = given(case, *READY, alone).when(changed(superior(LUXIAN.id), other_case_id=""), **BY_THE_CITY).state
    assert (after.dispute, after.lost_to) == (None, "")


def test_nobody_but_the_common_superior_designates():
    history = (*READY, WITH_NEIGHBOUR)
    strange = superior(NEIGHBOUR.id, origin=YONGCHUAN.id)
    given(case, *history).when(strange, actor=POLICY, origin=YONGCHUAN.id, members=NEARBY).refused(
        Refusal.NOT_THE_COMMON_SUPERIOR, superior=LUZHOU.id
    )
    given(case, *READY, RAISED).when(superior(NEIGHBOUR.id), **BY_THE_CITY).then()
    given(case, *READY).when(superior(NEIGHBOUR.id), **BY_THE_CITY).then()
    given(case, *history).when(changed(superior(NEIGHBOUR.id), round=1), **BY_THE_CITY).then()


def test_who_brought_it_before_the_superior_tells_it_how_it_was_settled_whoever_signed():
    brought = side.DisputeEscalated(case_id=CASE, asked_id=LUZHOU.id, superior_id=LUZHOU.id)
    told = {"asked_id": LUZHOU.id, "other_side_id": YONGCHUAN.id}
    given(case, *READY, RAISED, brought).when(YIELD, actor=LEADER).then(changed(LOST, **told))
    given(case, *READY, RAISED, brought).when(TOLD_YIELD, actor=POLICY).then(changed(OURS, **told))
    noted_here = changed(brought, asked_id="", told_by=YONGCHUAN.id)
    given(case, *READY, RAISED, noted_here).when(YIELD, actor=LEADER).then(LOST)


def test_two_papers_that_contradict_each_other_free_nobody():
    (told,) = reactions(
        SERVICE.policy, changed(ENTERED, case_id=THEIRS, other_id=LUXIAN.id, other_case_id=CASE), origin=YONGCHUAN.id
    )
    given(case, *READY, RAISED, ENTERED).when(told, actor=POLICY).then()
    third = changed(TOLD_YIELD, owner_id=RONGCHANG, way=side.SETTLEMENT_WAY_DESIGNATED)
    given(case, *READY, RAISED, ENTERED).when(third, actor=POLICY).then()
    assert given(case, *READY, RAISED, ENTERED).when(TOLD_YIELD, actor=POLICY).then(OURS).dispute is None


def test_a_case_that_yields_is_handed_on_with_its_history():
    assert given(case, *READY, RAISED, LOST, TRANSFERRED).state.stage is Stage.TRANSFERRED_ADMIN
    assert given(case, *READY, on(FILED_AT, RAISED), LOST, TRANSFERRED).state.evidence
