"""Rule sets at partners: each says its version, who has another one says so, and both sides end with the same word."""

from itertools import permutations
from typing import Any

import pytest
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cross_border.v1 import rule_sets_pb2 as pb

from services.cross_border.model import Refusal
from services.cross_border.model.rule_sets import comparison, comparison_of
from services.cross_border.service import SERVICE
from services.kernel.authority import Authority
from tests.support.decider import LUXIAN, MEMBERS, POLICY, RONGCHANG, YONGCHUAN, given, reactions, uid

CODE = "cy-five-lists"
RULE_SET = uid("rule set")
COMPARISON = comparison_of(RULE_SET)
ONE, TWO, OTHER_TWO = (1, b"1" * 32), (2, b"2" * 32), (2, b"x" * 32)
BOTH_PROVINCES = ["510000", "500000"]
GANSU = Authority("jt-620102", "兰州")


def announce(applied: tuple[int, bytes], jurisdictions: list[str] = BOTH_PROVINCES) -> pb.AnnounceRuleSetRequest:
    version, digest = applied
    return pb.AnnounceRuleSetRequest(
        comparison_id=COMPARISON,
        rule_set_code=CODE,
        version=version,
        digest=digest,
        jurisdiction_codes=jurisdictions,
    )


def note(applied: tuple[int, bytes]) -> pb.NotePartnerRuleSetRequest:
    return pb.NotePartnerRuleSetRequest(
        comparison_id=COMPARISON, rule_set_code=CODE, version=applied[0], digest=applied[1]
    )


def announced(applied: tuple[int, bytes], *recipients: str) -> pb.RuleSetAnnounced:
    return pb.RuleSetAnnounced(
        comparison_id=COMPARISON,
        rule_set_code=CODE,
        version=applied[0],
        digest=applied[1],
        recipient_ids=recipients or [YONGCHUAN.id, RONGCHANG.id],
    )


def noted(applied: tuple[int, bytes], partner: str = YONGCHUAN.id) -> pb.PartnerRuleSetNoted:
    return pb.PartnerRuleSetNoted(
        comparison_id=COMPARISON, rule_set_code=CODE, partner_id=partner, version=applied[0], digest=applied[1]
    )


def found(own: tuple[int, bytes], theirs: tuple[int, bytes]) -> pb.RuleSetMismatchFound:
    return pb.RuleSetMismatchFound(
        comparison_id=COMPARISON,
        rule_set_code=CODE,
        own=pb.AppliedRuleSet(version=own[0], digest=own[1]),
        partner_id=YONGCHUAN.id,
        theirs=pb.AppliedRuleSet(version=theirs[0], digest=theirs[1]),
    )


def ended(applied: tuple[int, bytes]) -> pb.RuleSetMismatchEnded:
    return pb.RuleSetMismatchEnded(
        comparison_id=COMPARISON,
        rule_set_code=CODE,
        partner_id=YONGCHUAN.id,
        version=applied[0],
        digest=applied[1],
    )


def test_what_is_put_in_force_is_told_to_whom_it_binds():
    given(comparison).when(announce(ONE), actor=POLICY).then(announced(ONE))
    given(comparison, announced(ONE)).when(announce(ONE), actor=POLICY).then()
    members = {**MEMBERS, GANSU.id: GANSU}
    given(comparison).when(announce(ONE), actor=POLICY, members=members).then(announced(ONE))
    given(comparison).when(announce(ONE, ["500000"]), actor=POLICY, members=members).then(announced(ONE))
    given(comparison).when(announce(ONE, ["500153"]), actor=POLICY).then(announced(ONE, RONGCHANG.id))


@pytest.mark.parametrize("theirs", [TWO, OTHER_TWO, (0, b"")])
def test_another_version_other_data_or_none_is_a_mismatch(theirs):
    own = TWO if theirs == OTHER_TWO else ONE
    state = (
        given(comparison, announced(own))
        .when(note(theirs), actor=POLICY, origin=YONGCHUAN.id)
        .then(noted(theirs), found(own, theirs))
    )
    assert state.apart == {YONGCHUAN.id}


def test_who_applies_none_of_what_binds_it_says_so_too():
    given(comparison).when(note(ONE), actor=POLICY, origin=YONGCHUAN.id).then(noted(ONE), found((0, b""), ONE))


def test_the_same_is_no_mismatch_and_what_is_known_is_noted_once():
    given(comparison, announced(ONE)).when(note(ONE), actor=POLICY, origin=YONGCHUAN.id).then(noted(ONE))
    given(comparison, announced(ONE), noted(ONE)).when(note(ONE), actor=POLICY, origin=YONGCHUAN.id).then()


def test_a_mismatch_ends_when_either_side_follows():
    apart = [announced(ONE), noted(TWO), found(ONE, TWO)]
    given(comparison, *apart).when(announce(TWO), actor=POLICY).then(announced(TWO), ended(TWO))
    given(comparison, *apart).when(note(ONE), actor=POLICY, origin=YONGCHUAN.id).then(noted(ONE), ended(ONE))


def test_only_a_partner_says_what_it_applies():
    given(comparison).when(note(ONE), actor=POLICY).refused(Refusal.NOT_TOLD, authority=LUXIAN.id)


def test_what_is_adopted_here_is_announced():
    adopted = discretion.RuleSetAdopted(
        rule_set_id=RULE_SET,
        rule_set_code=CODE,
        version=ONE[0],
        digest=ONE[1],
        jurisdiction_codes=BOTH_PROVINCES,
        content="只留在本局",
    )
    assert reactions(SERVICE.policy, adopted) == [announce(ONE)]
    assert reactions(SERVICE.policy, adopted, origin=YONGCHUAN.id) == []


ADOPTIONS = [(LUXIAN, ONE), (YONGCHUAN, ONE), (LUXIAN, TWO), (YONGCHUAN, TWO)]


@pytest.mark.parametrize("order", list(permutations(ADOPTIONS, 3)))
def test_whoever_adopts_when_both_sides_end_with_the_same_word(order):
    """Each event is told to the other side until nobody has anything left to say."""
    history: dict[str, list[Any]] = {LUXIAN.id: [], YONGCHUAN.id: []}
    latest: dict[str, tuple[int, bytes]] = {}

    def tell(side: Authority, command: Any, origin: str | None = None) -> None:
        outcome = given(comparison, *history[side.id]).when(command, actor=POLICY, authority=side, origin=origin)
        history[side.id] += outcome.events
        other = YONGCHUAN if side is LUXIAN else LUXIAN
        for event in outcome.events:
            for reaction in reactions(SERVICE.policy, event, authority=other, origin=side.id):
                tell(other, reaction, side.id)

    for side, applied in order:
        latest[side.id] = applied
        tell(side, announce(applied))
    same = latest.get(LUXIAN.id) == latest.get(YONGCHUAN.id)
    for side, other in ((LUXIAN, YONGCHUAN), (YONGCHUAN, LUXIAN)):
        state = given(comparison, *history[side.id]).state
        assert (other.id in state.apart) == (not same)
