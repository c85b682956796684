"""Two bureaus with a case each about one act, over a network that delays, doubles, reorders and loses.

Whatever their leaders raise, agree, enter and decide, and however it travels: at no moment may both decide, and at
most one fines. When everything has arrived, both say the same of who is competent.
"""

from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.cases.model import Stage, case
from services.cases.service import SERVICE
from tests.support.decider import (
    LEADER,
    LOCAL_RULES,
    LUXIAN,
    MEMBERS,
    NOON,
    REGISTER,
    YONGCHUAN,
    History,
    On,
    given,
    instant,
    on,
    uid,
)
from tests.support.sides import Side, Stream, World
from tests.unit.cases.acts import CASE, FILE, PENALISE, SUSPECTED, changed, file
from tests.unit.cases.test_side_states import READY, THEIRS

CASES: Final = {LUXIAN.id: CASE, YONGCHUAN.id: THEIRS}
OTHER: Final = {LUXIAN.id: YONGCHUAN.id, YONGCHUAN.id: LUXIAN.id}
STEPS: Final = 60


def renamed(history: History, case_id: str) -> tuple[On, ...]:
    """The same history of another case."""
    entries = [entry if isinstance(entry, On) else on(NOON, entry) for entry in history]
    return tuple(On(entry.at, changed(entry.event, case_id=case_id)) for entry in entries)


def world(chance: Random) -> World:
    """Each side has the act as a clue or ready to be decided; nobody has raised anything, or one of them has."""
    sides = {}
    for authority in (LUXIAN, YONGCHUAN):
        bureau = Side(SERVICE, authority, REGISTER, MEMBERS, LOCAL_RULES)
        case_id = UUID(CASES[authority.id])
        history = renamed(READY if chance.random() < 0.8 else SUSPECTED, str(case_id))
        bureau.streams[case_id] = Stream(given(case, *history).state, case_id)
        sides[authority.id] = bureau
    there = World(sides, instant("2024-11-05 10:00"), chance)
    if chance.random() < 0.8:
        act(there, LUXIAN.id, raised(LUXIAN.id, chance))
    return there


def act(there: World, authority_id: str, command: Any) -> None:
    there.act(authority_id, command, LEADER)
    assert_one_owner(there)


def raised(own: str, chance: Random, unknowing: str = "") -> side.RaiseJurisdictionDisputeRequest:
    """One of the two may not know that the other has a case, and names none."""
    unknown = unknowing == own and chance.random() < 0.5
    return side.RaiseJurisdictionDisputeRequest(
        case_id=CASES[own],
        dispute_id=uid(f"dispute/{chance.random()}"),
        other_id=OTHER[own],
        other_case_id="" if unknown else CASES[OTHER[own]],
        position="先立案",
    )


def some_command(own: str, chance: Random, unknowing: str = "") -> Any:
    """What a leader may try next, lawful or not."""
    case_id, owner_id = CASES[own], chance.choice([own, OTHER[own]])
    ways = [side.SETTLEMENT_WAY_AGREED, side.SETTLEMENT_WAY_AGREED, side.SETTLEMENT_WAY_FIRST_FILED]
    settle = side.SettleJurisdictionRequest(case_id=case_id, owner_id=owner_id, way=chance.choice(ways))
    designate = changed(settle, way=side.SETTLEMENT_WAY_DESIGNATED, document=file("指定管辖通知书"))
    return chance.choice(
        [
            raised(own, chance, unknowing),
            raised(own, chance, unknowing),
            settle,
            settle,
            designate,
            designate,
            *([changed(settle, document=file("协商函"))] if unknowing else []),
            disputes.StateDisputePositionRequest(case_id=case_id, position="发生地在本区"),
            side.EscalateDisputeRequest(case_id=case_id, superior="交通运输部", reason="协商不成"),
            changed(FILE, case_id=case_id),
            changed(PENALISE, case_id=case_id),
            commands.NotFileCaseRequest(case_id=case_id, reason="不属实"),
        ]
    )


def freed(there: World) -> list[str]:
    """Sides that a dispute that both had in their ledgers left competent."""
    return [one for one in CASES if _state(there, one).dispute_rounds and not _bound(there, one)]


def _bound(there: World, one: str) -> bool:
    state = _state(there, one)
    return state.dispute is not None or bool(state.lost_to)


def _state(there: World, authority_id: str) -> Any:
    return there.sides[authority_id].state("case", CASES[authority_id])


def fines(there: World) -> list[str]:
    """Sides that fined."""
    return [one for one, bureau in there.sides.items() if bureau.own(pb.PenaltyDecided)]


def assert_one_owner(there: World) -> None:
    """Where both took part in the dispute at most one may decide."""
    assert len(freed(there)) < 2
    if all(_state(there, one).dispute_rounds for one in CASES):
        assert len(fines(there)) < 2


def walk(there: World, *, fined_first: bool, unknowing: str = "") -> None:
    for _ in range(STEPS):
        if there.chance.random() < 0.5:
            own = there.chance.choice(list(CASES))
            command = some_command(own, there.chance, unknowing)
            # Without a dispute each may fine: that is warned of by the inquiry about the act (art. 29), not stopped.
            disputed = _state(there, own).dispute_rounds
            if fined_first or disputed or not isinstance(command, commands.DecideRequest):
                act(there, own, command)
        else:
            there.disturb()
            assert_one_owner(there)


def agree(there: World) -> None:
    """What brings every open dispute to its end: one side, always the same, gives the case up."""
    for _ in range(4):
        there.settle()
        for own in (YONGCHUAN.id, LUXIAN.id):
            if _state(there, own).dispute is not None:
                act(there, own, changed(YIELD, case_id=CASES[own], owner_id=OTHER[own]))
                there.settle()
                assert_one_owner(there)


YIELD: Final = side.SettleJurisdictionRequest(case_id=CASE, owner_id=LUXIAN.id, way=side.SETTLEMENT_WAY_AGREED)


@settings(max_examples=100, deadline=None)
@draw(seed=st.integers(0, 2**32))
def test_whatever_is_signed_and_however_it_travels_one_side_owns_the_act_and_at_most_one_fines(seed: int) -> None:
    there = world(Random(seed))
    walk(there, fined_first=False)
    agree(there)
    for bureau in there.sides.values():
        assert bureau.parked == []
    states = [_state(there, one) for one in CASES]
    assert [one.dispute for one in states] == [None, None]
    pursued = [one for one in states if one.stage is not Stage.NOT_FILED]
    if pursued and any(one.dispute_rounds for one in states):
        owners = freed(there)
        assert len(owners) == 1
        lost = _state(there, OTHER[owners[0]])
        assert lost.lost_to == owners[0]
    assert len(fines(there)) < 2


@settings(max_examples=100, deadline=None)
@draw(seed=st.integers(0, 2**32))
def test_who_fined_before_it_heard_of_the_dispute_keeps_the_case_and_the_other_does_not_fine(seed: int) -> None:
    chance = Random(seed)
    there = world(chance)
    first = chance.choice(list(CASES))
    there.act(first, changed(PENALISE, case_id=CASES[first]), LEADER)
    act(there, OTHER[first], raised(OTHER[first], chance))
    walk(there, fined_first=False)
    agree(there)
    if fines(there) and _state(there, first).stage is Stage.DECIDED:
        assert len(fines(there)) == 1


@settings(max_examples=100, deadline=None)
@draw(seed=st.integers(0, 2**32), unknowing=st.sampled_from(list(CASES)))
def test_who_does_not_name_the_case_of_the_other_does_not_make_itself_competent_either(
    seed: int, unknowing: str
) -> None:
    there = world(Random(seed))
    walk(there, fined_first=False, unknowing=unknowing)
    there.settle()
    assert_one_owner(there)


@pytest.mark.parametrize("first", list(CASES))
def test_two_that_give_the_case_up_at_once_and_again_come_to_an_end(first: str) -> None:
    there = world(Random(0))
    for own in CASES:
        there.act(own, raised(own, there.chance), LEADER)
    for _ in range(2):
        there.settle()
        for own in CASES:
            act(there, own, changed(YIELD, case_id=CASES[own], owner_id=OTHER[own]))
    there.settle()
    assert all(_state(there, own).dispute for own in CASES)
    act(there, first, changed(YIELD, case_id=CASES[first], owner_id=OTHER[first]))
    there.settle()
    assert freed(there) == [OTHER[first]]
