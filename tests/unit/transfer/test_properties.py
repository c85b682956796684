"""Whatever is asked in whatever order: stages move along the diagram, and a state is what its events say."""

from enforcement.transfer.v1 import events_pb2 as pb
from hypothesis import given as draw
from hypothesis import strategies as st

from services.transfer.model import referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from tests.support.decider import HEAD, LI, given, on
from tests.unit.transfer import acts

SENDING = [acts.SUBMIT, acts.APPROVE, acts.SEND, acts.RECORD_RECEIPT]
PATHS = [
    [acts.SUBMIT, acts.REJECT],
    [*SENDING, acts.RECORD_FILING, acts.HAND_OVER, acts.RECORD_CONFIRMATION, acts.INFORM],
    [*SENDING, acts.RECORD_DEMAND, acts.SUPPLEMENT, acts.RECORD_FILING, acts.HAND_OVER],
    [*SENDING, acts.RECORD_DEMAND, acts.RECORD_REFUSAL, acts.RETURN],
]
POLICE_PATHS = [
    [acts.SIGN, acts.DEMAND, acts.NOTE_SUPPLEMENT, acts.DECIDE_FILING, acts.NOTE_HAND_OVER, acts.CONFIRM],
    [acts.SIGN, acts.REFUSE_FILING],
]


def disturbed(paths):
    """A lawful path with any other commands between its steps."""
    anything = [command for path in paths for command in path]
    noise = st.lists(st.sampled_from(anything), max_size=2)
    return st.sampled_from(paths).flatmap(
        lambda path: st.tuples(*(noise for _ in path)).map(
            lambda between: [one for n, step in enumerate(path) for one in (*between[n], step)]
        )
    )


def actor_of(command):
    return HEAD if isinstance(command, (type(acts.APPROVE), type(acts.REJECT))) else LI


MOVES = {
    Stage.DRAFT: {Stage.PENDING_HEAD},
    Stage.PENDING_HEAD: {Stage.APPROVED, Stage.REJECTED},
    Stage.APPROVED: {Stage.SENT},
    Stage.SENT: {Stage.RECEIVED},
    Stage.RECEIVED: {Stage.SUPPLEMENTING, Stage.FILED, Stage.REFUSED},
    Stage.SUPPLEMENTING: {Stage.RECEIVED, Stage.FILED, Stage.REFUSED},
    Stage.FILED: {Stage.HANDED_OVER},
    Stage.HANDED_OVER: {Stage.OUTCOME_PENDING},
    Stage.REFUSED: {Stage.RETURNED, Stage.FILED},
    Stage.RETURNED: {Stage.FILED},
}
POLICE_MOVES = {
    PoliceStage.RECEIVED: {PoliceStage.ACCEPTED},
    PoliceStage.ACCEPTED: {PoliceStage.SUPPLEMENT_DEMANDED, PoliceStage.FILED, PoliceStage.REFUSED},
    PoliceStage.SUPPLEMENT_DEMANDED: {PoliceStage.ACCEPTED, PoliceStage.FILED, PoliceStage.REFUSED},
    PoliceStage.FILED: {PoliceStage.PROPERTY_SENT},
    PoliceStage.PROPERTY_SENT: {PoliceStage.PROPERTY_TAKEN},
}


@draw(disturbed(PATHS))
def test_a_transfer_moves_only_along_its_diagram(script):
    history = [on("2025-04-28 09:00", acts.OPENED)]
    for day, command in enumerate(script):
        at = f"2025-05-{day + 1:02} 09:00"
        before = given(transfer, *history).state.stage
        outcome = given(transfer, *history).when(command, actor=actor_of(command), at=at)
        after = outcome.state.stage
        assert after is before or after in MOVES.get(before, set())
        history += [on(at, event) for event in outcome.events]


@draw(disturbed(POLICE_PATHS))
def test_a_referral_moves_only_along_its_diagram(script):
    history = [on(acts.SENT_AT, acts.REFERRAL_RECEIVED)]
    for minute, command in enumerate(script):
        at = f"2025-05-01 10:{minute:02}"
        before = given(referral, *history).state.stage
        outcome = given(referral, *history).when(command, at=at, **acts.AT_POLICE)
        after = outcome.state.stage
        assert after is before or after in POLICE_MOVES.get(before, set())
        history += [on(at, event) for event in outcome.events]


@draw(disturbed(PATHS))
def test_the_same_command_again_moves_a_transfer_no_further(script):
    history = [on("2025-04-28 09:00", acts.OPENED)]
    for day, command in enumerate(script):
        at = f"2025-05-{day + 1:02} 09:00"
        once = given(transfer, *history).when(command, actor=actor_of(command), at=at)
        history += [on(at, event) for event in once.events]
        again = given(transfer, *history).when(command, actor=actor_of(command), at=at)
        assert not once.events or again.state.stage is once.state.stage


@draw(disturbed(PATHS))
def test_a_case_goes_to_the_police_at_most_once_and_never_without_the_heads_approval(script):
    history = [on("2025-04-28 09:00", acts.OPENED)]
    for day, command in enumerate(script):
        at = f"2025-05-{day + 1:02} 09:00"
        history += [
            on(at, event) for event in given(transfer, *history).when(command, actor=actor_of(command), at=at).events
        ]
    kinds = [type(entry.event) for entry in history]
    sent = [n for n, kind in enumerate(kinds) if kind is pb.CaseTransferred]
    assert len(sent) <= 1
    assert all(pb.TransferApproved in kinds[:n] for n in sent)
