"""Whatever two authorities file, ask, hand over, dispute and decide about one act, and however it travels: one owner.

Clues handed over, act inquiries, filings, positions, agreement, escalation, designation and decisions interleave
freely, over a network that delays, doubles, reorders and loses. At no moment is anybody fined twice. When everything
has arrived and everybody has done what is theirs to do, one bureau owns the act and fined it, no clue was lost on the
way, and nothing stands still.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

import pytest
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cross_border.v1 import designation_pb2 as designations
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.cases.model import Stage
from services.cross_border.model.designation import Stage as DesignationStage
from services.cross_border.model.request import Stage as RequestStage
from services.kernel.authority import Authority
from tests.integration.cross_border.bureau_lookups import fined
from tests.integration.cross_border.bureaus import COUNTIES, LIVE, PROVINCES, Bureaus, Case
from tests.integration.cross_border.test_both_sides import fire

STEPS: Final = 200
ROUNDS_MAX: Final = 60
A_MONTH: Final = timedelta(days=31)
CASES_MAX: Final = 6
"""Of all bureaus; what is handed over further goes no further."""


def walk(there: Bureaus) -> None:
    """Whatever comes to anybody's mind."""
    for bureau in there.bureaus[:2]:
        there.find(bureau)
    for _ in range(STEPS):
        luck, one = there.chance.random(), there.chance.choice(list(there.cases()))
        if luck < 0.35:
            there.go_on(one, anyhow=True)
        elif luck < 0.5:
            something(there, one)
        elif luck < 0.96:
            there.world.disturb()
        else:
            there.world.settle()


def something(there: Bureaus, one: Case) -> None:
    """What is not the next step of a case."""
    side = there.world.sides[one.bureau]
    tasks, requests = side.ids("task"), side.ids("request")
    luck = there.chance.random()
    if one.state.dispute is not None and luck < 0.5:
        there.quarrel(one)
    elif luck < 0.1:
        there.claim(one)
    elif luck < 0.2 and one.state.lost_to:
        there.transfer(one)
    elif luck < 0.3 and len(list(there.cases())) < CASES_MAX:
        there.chance.choice([there.hand_over, there.hand_over, there.transfer])(one)
    elif luck < 0.5 and tasks:
        there.answer(one.bureau, there.chance.choice(tasks))
    elif luck < 0.6 and requests:
        there.ask_further(one.bureau, there.chance.choice(requests))
    elif luck < 0.7:
        there.designate()
    elif luck < 0.8:
        there.refuse(one)


def finish(there: Bureaus) -> None:
    """Everything arrives, and everybody does what is theirs, until nothing is left to do."""
    for _ in range(ROUNDS_MAX):
        there.world.settle()
        assert list(one_sided(there)) == []
        done = duties(there)
        if not cases(there) and not done:
            return
    raise AssertionError("no end: " + "; ".join(frozen(there)))


def one_sided(there: Bureaus) -> Iterator[str]:
    """Disputes that the other side was told of, and neither has nor keeps for later."""
    for one in there.cases():
        dispute = one.state.dispute
        if dispute is None or not dispute.other_case_id:
            continue
        other = there.case(dispute.other_id, dispute.other_case_id).state
        waits = [(each.told_by, each.other_case_id, each.round) for each in other.disputes_waiting]
        same = other.dispute is not None and (other.dispute.other_id, other.dispute.round) == (
            one.bureau,
            dispute.round,
        )
        if not same and (one.bureau, one.case_id, dispute.round) not in waits:
            yield f"{dispute.other_id} knows nothing of the dispute that {one.bureau} has about {one.case_id}"


def duties(there: Bureaus) -> bool:
    """What came from others is taken, and what was asked ends."""
    done = there.designate()
    for bureau in there.bureaus:
        side = there.world.sides[bureau]
        done = any([done, *(there.take(bureau, one) for one in side.ids("task"))])
        there.world.settle()
        done = any([done, *(there.end(bureau, one) for one in side.ids("request"))])
    there.world.settle()
    return done


def cases(there: Bureaus) -> bool:
    """One step of every case."""
    done = False
    for one in list(there.cases()):
        now = there.case(one.bureau, one.case_id)
        if now.state.dispute is not None:
            done |= agree(there, now)
        elif now.state.lost_to and now.state.stage in LIVE:
            done |= there.transfer(now)
        else:
            done |= there.go_on(now)
        there.world.settle()
    return done


def agree(there: Bureaus, one: Case) -> bool:
    """The dispute ends: by the notice that there is, or because who has the later case yields."""
    dispute = one.state.dispute
    if dispute.designated or dispute.asked_id:
        return False
    if frozenset((one.case_id, dispute.other_case_id)) in there.notices:
        return there.on_paper(one)
    return there.give_up(one)


def frozen(there: Bureaus) -> Iterator[str]:
    """What stands still though nothing is left to do, and what is gone though nobody turned it down."""
    turned_down = {
        entry.event.case_id  # type: ignore[attr-defined]
        for side in there.world.sides.values()
        for entry in side.own(events.CaseNotFiled)
    }
    for one in there.cases():
        if one.state.dispute is not None:
            yield f"{one.bureau} disputes {one.case_id} with {one.state.dispute}"
        elif one.state.lost_to and one.state.stage in LIVE:
            yield f"{one.bureau} keeps {one.case_id}, {one.state.stage.name}, which {one.state.lost_to} owns"
        elif one.state.stage is Stage.NOT_FILED and one.case_id not in turned_down:
            yield f"{one.bureau} lost {one.case_id}"
        elif one.state.stage in LIVE:
            yield f"{one.bureau} does nothing about {one.case_id}, {one.state.stage.name}"
        elif one.state.stage is Stage.TRANSFERRED_ADMIN and not one.state.handed_on.accepted:
            yield f"{one.bureau} waits for {one.state.handed_on.receiver_id} to take {one.case_id}"
    for name, side in there.world.sides.items():
        if side.parked:
            yield f"{name} parked {[(type(entry.event).__name__, code.name) for entry, code in side.parked]}"
        for one_id in side.ids("request"):
            stage = side.state("request", one_id).stage
            if stage not in (RequestStage.CLOSED, RequestStage.DISCARDED):
                yield f"{name} has request {one_id} {stage.name}"
        for one_id in side.ids("designation"):
            if side.state("designation", one_id).stage is DesignationStage.ASKED:
                yield f"{name} owes designation {one_id}"


@pytest.mark.parametrize("bureaus", [PROVINCES, COUNTIES], ids=["provinces", "counties"])
@settings(max_examples=100, deadline=None)
@draw(seed=st.integers(0, 2**32))
def test_whatever_is_filed_asked_handed_over_and_disputed_one_owns_the_act_and_fines_once(
    bureaus: tuple[Authority, ...], seed: int
) -> None:
    there = Bureaus(bureaus, Random(seed))
    walk(there)
    finish(there)
    assert list(frozen(there)) == []
    fines = [(bureau, case_id) for bureau in there.bureaus for case_id in fined(there.world.sides[bureau])]
    assert len(fines) == 1
    owns = [one.bureau for one in there.cases() if one.state.stage in (*LIVE, Stage.DECIDED)]
    assert set(owns) == {fines[0][0]}


@pytest.mark.parametrize("bureaus", [PROVINCES, COUNTIES], ids=["provinces", "counties"])
def test_a_silent_superior_is_seen_and_reminded_by_both_sides_again_and_again(bureaus: tuple[Authority, ...]) -> None:
    there = Bureaus(bureaus, Random(1))
    for bureau in there.bureaus[:2]:
        there.find(bureau)
    there.world.settle()
    one, other = there.cases()
    there.dispute(one, other.bureau, other.case_id)
    there.world.settle()
    there.escalate(there.case(one.bureau, one.case_id))
    there.world.settle()
    for times in (1, 2):
        there.world.now += A_MONTH
        fire(there.world)
        there.world.settle()
        for bureau in there.bureaus[:2]:
            assert len(there.world.sides[bureau].own(disputes.SuperiorReminded)) == times
        for superior in [side for name, side in there.world.sides.items() if name not in there.bureaus]:
            reminded = [entry.event.asked_by for entry in superior.own(designations.DesignationAsked)]  # type: ignore[attr-defined]
            assert sorted(reminded) == sorted([one.bureau, *[one.bureau, other.bureau] * times])
