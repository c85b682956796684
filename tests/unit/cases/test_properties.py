"""Whatever is asked in whatever order: stages move along the diagram, and no fine is decided while it may not be."""

from enforcement.cases.v1 import events_pb2 as pb
from google.protobuf.message import Message
from hypothesis import example
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases.model import Stage, case
from services.cases.model.notice import aggravation
from tests.support.decider import LEADER, On, given, on, uid
from tests.unit.cases import acts

NOTES = [acts.note_transfer(phase) for phase in pb.TransferPhase.values()[1:]]
PATHS: list[list[Message]] = [
    [acts.NOT_FILE],
    [
        acts.FILE,
        acts.ASSIGN,
        acts.ADD_EVIDENCE,
        acts.CLOSE_INVESTIGATION,
        acts.SERVE_NOTICE,
        acts.DEFEND,
        acts.changed(acts.PENALISE, defence_review="不成立"),
        acts.SERVE,
        acts.CLOSE,
    ],
    [acts.FILE, acts.ASSIGN, acts.ADD_EVIDENCE, acts.CLOSE_INVESTIGATION, acts.SPARE, acts.SERVE],
    [acts.FILE, acts.APPROVE_SEIZURE, acts.SEIZE, acts.ASSIGN, acts.EXTEND, acts.RELEASE],
]
ANYTHING: list[Message] = [
    *(command for path in PATHS for command in path),
    *NOTES,
    acts.CORRECT,
    acts.PENALISE,
    acts.ACQUIT,
    acts.changed(acts.SERVE_NOTICE, notice_id=uid("second"), new_facts="又查明两次"),
]
MOVES = {
    Stage.CLUE: {Stage.FILED, Stage.NOT_FILED},
    Stage.FILED: {Stage.INVESTIGATING},
    Stage.INVESTIGATING: {Stage.INVESTIGATION_CLOSED},
    Stage.INVESTIGATION_CLOSED: {Stage.NOTICE_SERVED, Stage.DECIDED},
    Stage.NOTICE_SERVED: {Stage.DECIDED},
    Stage.DECIDED: {Stage.SERVED},
    Stage.SERVED: {Stage.CLOSED},
}
NOISE = st.lists(st.sampled_from(ANYTHING), max_size=2)
SCRIPTS = st.sampled_from(PATHS).flatmap(
    lambda path: st.tuples(*(NOISE for _ in path)).map(
        lambda between: [one for n, step in enumerate(path) for one in (*between[n], step)]
    )
)
PENALTIES = st.lists(
    st.builds(
        pb.Penalty,
        kind=st.sampled_from([pb.PENALTY_KIND_FINE, pb.PENALTY_KIND_CONFISCATE_INCOME]),
        amount_fen=st.integers(1, 10_000_000),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda penalty: penalty.kind,
)


@draw(SCRIPTS)
def test_a_case_moves_only_along_its_diagram(script):
    history = list(acts.SUSPECTED)
    for minute, command in enumerate(script):
        at = f"2024-09-09 09:{minute:02}"
        before = given(case, *history).state.stage
        outcome = given(case, *history).when(command, actor=LEADER, at=at)
        after = outcome.state.stage
        assert after is before or after in MOVES.get(before, set())
        history += [on(at, event) for event in outcome.events]


@draw(SCRIPTS)
def test_the_same_command_again_moves_a_case_no_further(script):
    history = list(acts.SUSPECTED)
    for minute, command in enumerate(script):
        at = f"2024-09-09 09:{minute:02}"
        once = given(case, *history).when(command, actor=LEADER, at=at)
        history += [on(at, event) for event in once.events]
        again = given(case, *history).when(command, actor=LEADER, at=at)
        assert not once.events or again.state.stage is once.state.stage


@draw(SCRIPTS)
@example(PATHS[1])
def test_every_penalty_follows_a_notice_and_no_open_transfer(script):
    history = list(acts.SUSPECTED)
    for minute, command in enumerate(script):
        at = f"2024-09-09 09:{minute:02}"
        outcome = given(case, *history).when(command, actor=LEADER, at=at)
        for event in outcome.events:
            if isinstance(event, pb.PenaltyDecided):
                past = [entry.event for entry in history if isinstance(entry, On)]
                noted = [one for one in past if isinstance(one, pb.CriminalTransferNoted)]
                assert any(isinstance(one, pb.NoticeServed) for one in past)
                assert not (noted and noted[-1].open)
        history += [on(at, event) for event in outcome.events]


@draw(PENALTIES, PENALTIES)
def test_a_decision_is_beyond_its_notice_exactly_when_a_kind_is_new_or_an_amount_higher(proposed, decided):
    told = {penalty.kind: penalty.amount_fen for penalty in proposed}
    beyond = any(penalty.amount_fen > told.get(penalty.kind, 0) for penalty in decided)
    assert bool(aggravation(proposed, decided)) is beyond
