"""Whatever is asked in whatever order: an on-the-spot penalty moves along its diagram, and no fen of it goes astray."""

from typing import Final

from enforcement.cases.v1 import on_spot_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases.model.on_spot import OnSpotStage, on_spot
from tests.support.decider import HEAD, On, given, on
from tests.unit.cases import test_on_spot as acts
from tests.unit.cases.acts import changed

COMMANDS: Final[list[Message]] = [
    acts.DECIDE,
    changed(acts.DECIDE, penalties=[acts.WARNING], told_penalties=[acts.WARNING]),
    changed(acts.DECIDE, **acts.HARD),
    changed(acts.DECIDE, **acts.HARD, on_water=True),
    pb.ReferOnSpotRequest(on_spot_id=acts.ID, reason="有争议"),
    acts.LAND,
    acts.HAND_IN,
    changed(acts.HAND_IN, amount_fen=1),
    acts.BANK,
    acts.COPY,
    acts.NOTE,
    changed(acts.NOTE, performed=False),
    acts.APPLY,
    acts.FORWARD,
    acts.RECONSIDER,
    acts.END,
    acts.SUE,
    acts.REVOKE,
    acts.CLOSE,
    changed(acts.CLOSE, ground=pb.ON_SPOT_CLOSING_EXECUTION_ENDED),
    changed(acts.CLOSE, ground=pb.ON_SPOT_CLOSING_REVOKED),
]
DECIDED: Final = {OnSpotStage.DECIDED, OnSpotStage.PAID_ON_SPOT, OnSpotStage.PAYMENT_DUE}
MOVES: Final = {
    OnSpotStage.OBSERVED: {OnSpotStage.REFERRED, *DECIDED},
    **{stage: {OnSpotStage.COPY_FILED, OnSpotStage.REVOKED} for stage in DECIDED},
    OnSpotStage.COPY_FILED: {OnSpotStage.CLOSED, OnSpotStage.REVOKED},
    OnSpotStage.CLOSED: {OnSpotStage.REVOKED},
    OnSpotStage.REVOKED: {OnSpotStage.CLOSED},
}
SCRIPTS: Final = st.lists(st.sampled_from(COMMANDS), max_size=25)


def told(script: list[Message]) -> list[On]:
    """What a script leads to after the observation; each stage is one that may follow."""
    history = [on(acts.AT, acts.OBSERVED)]
    for minute, command in enumerate(script):
        before = given(on_spot, *history).state.stage
        outcome = given(on_spot, *history).when(command, actor=HEAD, at=f"2024-09-27 11:{minute:02}")
        after = outcome.state.stage
        assert after is before or after in MOVES.get(before, set()), (before, after)
        history += [on(f"2024-09-27 11:{minute:02}", event) for event in outcome.events]
    return history


@draw(SCRIPTS)
def test_it_moves_only_along_its_diagram(script):
    told(script)


@draw(SCRIPTS)
def test_what_was_collected_is_handed_in_once_banked_once_and_never_otherwise(script):
    events = [entry.event for entry in told(script)]
    collected = sum(e.collected_on_spot_fen for e in events if isinstance(e, pb.OnSpotPenaltyDecided))
    handed_in = sum(e.amount_fen for e in events if isinstance(e, pb.OnSpotFineHandedIn))
    banked = sum(e.amount_fen for e in events if isinstance(e, pb.OnSpotFineBanked))
    assert handed_in in (0, collected)
    assert banked in (0, handed_in)


@draw(SCRIPTS)
def test_it_is_closed_as_performed_only_when_the_copy_is_filed_and_the_money_is_there(script):
    events = [entry.event for entry in told(script)]
    kinds = [type(event) for event in events]
    for event in events:
        if isinstance(event, pb.OnSpotClosed) and event.ground == pb.ON_SPOT_CLOSING_PERFORMED:
            (decided,) = (one for one in events if isinstance(one, pb.OnSpotPenaltyDecided))
            paid = pb.OnSpotFineBanked in kinds or any(
                isinstance(one, pb.OnSpotPerformanceNoted) and one.performed for one in events
            )
            assert pb.OnSpotCopyFiled in kinds
            assert paid or list(decided.penalties) == [acts.WARNING]


@draw(SCRIPTS)
def test_no_suit_begins_before_a_reconsideration_has_ended(script):
    events = [entry.event for entry in told(script)]
    for n, event in enumerate(events):
        if isinstance(event, pb.OnSpotRemedyStarted) and event.remedy_id == acts.SUE.remedy_id:
            assert any(isinstance(one, pb.OnSpotRemedyEnded) for one in events[:n])
