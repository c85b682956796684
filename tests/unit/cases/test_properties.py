"""Whatever is asked in whatever order: stages move along the diagram, and no fine is decided while it may not be."""

from typing import Any
from uuid import UUID

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message
from hypothesis import example
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases.model import Stage, case
from services.cases.model.notice import aggravation
from services.cases.service import SERVICE
from services.kernel.facts import Fact
from services.kernel.projection import Row
from services.kernel.projection.fold import Table
from tests.support.decider import On, given, officer, on, uid
from tests.unit.cases import acts, procedure
from tests.unit.cases import test_closing as closing
from tests.unit.cases import test_dispute as dispute
from tests.unit.cases import test_side_states as side_states

NOTES = [acts.note_transfer(phase) for phase in pb.TransferPhase.values()[1:]]
PATHS: list[list[Message]] = [
    [acts.NOT_FILE],
    [
        acts.FILE,
        acts.ASSIGN,
        acts.ADD_EVIDENCE,
        acts.CLOSE_INVESTIGATION,
        procedure.SUBMIT,
        procedure.REVIEW,
        acts.SERVE_NOTICE,
        acts.changed(acts.DEFEND, hearing_waived=True, document=acts.STATEMENT),
        procedure.DISCUSS,
        acts.changed(acts.PENALISE, defence_review="不成立"),
        acts.SERVE,
        procedure.PROPOSE,
        acts.changed(procedure.OUTCOME, outcome=decisions.REMEDY_OUTCOME_ORDERED_ANEW),
        acts.CLOSE,
    ],
    [
        acts.FILE,
        acts.ASSIGN,
        acts.ADD_EVIDENCE,
        acts.CLOSE_INVESTIGATION,
        acts.SERVE_NOTICE,
        procedure.ASK,
        procedure.NOTIFY,
        procedure.CHALLENGE,
        procedure.DECIDE_CHALLENGE,
        procedure.WITHDRAW,
        acts.changed(acts.PENALISE, defence_review="不成立"),
        acts.SERVE,
        procedure.APPEAL,
        procedure.OUTCOME,
    ],
    [acts.FILE, acts.ASSIGN, side_states.SUSPEND, side_states.RESUME, dispute.RAISE, dispute.YIELD],
    [acts.FILE, side_states.TRANSFER, side_states.note(False), side_states.TRANSFER, side_states.note(True)],
    [acts.FILE, acts.ASSIGN, closing.SEND, *NOTES[:3], NOTES[-1], acts.ADD_EVIDENCE, acts.CLOSE_INVESTIGATION],
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
    procedure.CLASSIFY,
    notices.ReopenInvestigationRequest(case_id=acts.CASE, reason="补充证据"),
    decisions.RevokeDecisionRequest(case_id=acts.CASE, reason="认定事实错误", **acts.CHANGE_TOLD),
    decisions.RevokeDecisionRequest(case_id=acts.CASE, reason="认定事实错误", anew=True, **acts.CHANGE_TOLD),
    acts.changed(acts.CLOSE, ground=pb.CLOSING_GROUND_REVOKED),
]
TOLD = {Stage.NOTICE_SERVED, Stage.HEARING, Stage.LEGAL_REVIEWED, Stage.DISCUSSED}
BACK = {Stage.INVESTIGATION_CLOSED, *TOLD}
AWAY = {Stage.TRANSFERRED_ADMIN, Stage.TRANSFERRED_CRIMINAL}
MOVES = {
    Stage.CLUE: {Stage.FILED, Stage.NOT_FILED, Stage.TRANSFERRED_ADMIN},
    Stage.FILED: {Stage.INVESTIGATING, Stage.TRANSFERRED_ADMIN},
    Stage.INVESTIGATING: {Stage.INVESTIGATION_CLOSED, *AWAY},
    Stage.INVESTIGATION_CLOSED: {Stage.INVESTIGATING, Stage.NOTICE_SERVED, Stage.DECIDED, Stage.SERVED, *AWAY},
    **{stage: {*TOLD, Stage.INVESTIGATING, Stage.DECIDED, Stage.SERVED, *AWAY} for stage in TOLD},
    Stage.DECIDED: {Stage.SERVED, Stage.REVOKED, Stage.INVESTIGATION_CLOSED},
    Stage.SERVED: {Stage.CLOSED, Stage.REVOKED, Stage.INVESTIGATION_CLOSED},
    Stage.REVOKED: {Stage.CLOSED, Stage.INVESTIGATION_CLOSED},
    Stage.CLOSED: {Stage.ARCHIVED, Stage.REVOKED, Stage.INVESTIGATION_CLOSED},
    **{stage: {Stage.CLUE, Stage.FILED, Stage.INVESTIGATING, *BACK, Stage.CLOSED} for stage in AWAY},
}
ACTOR = officer(
    "全",
    options.ROLE_LEADER,
    options.ROLE_LEGAL_REVIEWER,
    options.ROLE_HEARING_CHAIR,
    options.ROLE_UNIT_CHIEF,
)
ACTOR.legally_qualified_on = "2020-03-01"
"""Holds every role that the scripts need."""
EVERYBODY = (*procedure.PEOPLE, ACTOR)
FOUND: dict[type[Message], object] = {type(procedure.PROPOSE): procedure.ON_FILE}
"""What look-ups find; nothing for the other commands."""
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
        outcome = given(case, *history).when(
            command, actor=ACTOR, at=at, officers=EVERYBODY, found=FOUND.get(type(command))
        )
        after = outcome.state.stage
        assert after is before or after in MOVES.get(before, set())
        history += [on(at, event) for event in outcome.events]


@draw(SCRIPTS)
def test_the_same_command_again_moves_a_case_no_further(script):
    history = list(acts.SUSPECTED)
    for minute, command in enumerate(script):
        at = f"2024-09-09 09:{minute:02}"
        once = given(case, *history).when(
            command, actor=ACTOR, at=at, officers=EVERYBODY, found=FOUND.get(type(command))
        )
        history += [on(at, event) for event in once.events]
        again = given(case, *history).when(
            command, actor=ACTOR, at=at, officers=EVERYBODY, found=FOUND.get(type(command))
        )
        assert not once.events or again.state.stage is once.state.stage


@draw(SCRIPTS)
@example(PATHS[1])
def test_every_penalty_follows_a_notice_and_no_open_transfer(script):
    history = list(acts.SUSPECTED)
    for minute, command in enumerate(script):
        at = f"2024-09-09 09:{minute:02}"
        outcome = given(case, *history).when(
            command, actor=ACTOR, at=at, officers=EVERYBODY, found=FOUND.get(type(command))
        )
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


@draw(SCRIPTS)
@example(PATHS[1])
@example(PATHS[2])
def test_people_see_the_stage_in_which_a_case_is(script):
    history = list(acts.SUSPECTED)
    for minute, command in enumerate(script):
        at = f"2024-09-09 09:{minute:02}"
        outcome = given(case, *history).when(
            command, actor=ACTOR, at=at, officers=EVERYBODY, found=FOUND.get(type(command))
        )
        history += [on(at, event) for event in outcome.events]
    tables: dict[Table, dict[Any, Row | None]] = {table: {} for table in SERVICE.views.tables}
    SERVICE.views.fold(
        [
            (entry.event, Fact(UUID(int=n), entry.at, ACTOR.officer_id, position=n))
            for n, entry in enumerate(history)
            if isinstance(entry, On)
        ],
        tables,
    )
    (row,) = next(rows for table, rows in tables.items() if table.name == "case_file").values()
    assert row is not None
    assert row["stage"] == given(case, *history).state.stage
