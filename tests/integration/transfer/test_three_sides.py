"""Bureau, police and procuratorates act at once, messages come late, twice, in disorder or not at all: all agree."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.kernel.deadlines.clock import Status
from services.kernel.projection import Row
from services.kernel.projection.fold import Table
from services.kernel.rules import Rules
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.model.transfer import Stage
from services.transfer.service import SERVICE
from tests.support.decider import HEAD, LEADER, LI, LUXIAN, POLICE, PROCURATORATE
from tests.support.sides import Side, World
from tests.unit.transfer import acts, branches
from tests.unit.transfer.agreement import disagreements
from tests.unit.transfer.branches import OTHER_POLICE, OTHER_PROCURATORATE, but
from tests.unit.transfer.walks import CREWS, walk, world

CALENDAR: Final = Rules()
WORKING: Final = Rules({"o310_days": ((date(2025, 1, 1), "working"),)})
STEPS: Final = 200
LONG_AFTER: Final = timedelta(days=90)

POLICE_OFFICER, POLICE_LEADER, _ = CREWS[POLICE.id]
OTHER_OFFICER, OTHER_LEADER, _ = CREWS[OTHER_POLICE.id]
_, _, PROSECUTOR = CREWS[PROCURATORATE.id]

OPEN: Final = {Stage.REFUSED, Stage.REFUSED_FINAL, Stage.RECONSIDERING, Stage.SUPERVISION, Stage.UPHELD}
ENDINGS: Final = {Stage.WITHDRAWN, Stage.NON_PROSECUTION, Stage.CONVICTED, Stage.EXEMPTED, Stage.ACQUITTED}
FROM_POLICE: Final = {Stage.FILED, Stage.ORDERED_TO_FILE, *ENDINGS}
"""What the others may tell while the bureau waits, in whatever order it arrives."""
MOVES: Final[dict[Stage, set[Stage]]] = {
    Stage.DRAFT: {Stage.PENDING_HEAD},
    Stage.PENDING_HEAD: {Stage.APPROVED, Stage.REJECTED},
    Stage.REJECTED: set(),
    Stage.APPROVED: {Stage.SENT},
    Stage.SENT: {Stage.RECEIVED, Stage.ORDERED_TO_FILE, *ENDINGS},
    Stage.RECEIVED: {Stage.SUPPLEMENTING, Stage.SENT, Stage.NOT_ITS_MATTER, *OPEN, *FROM_POLICE},
    Stage.SUPPLEMENTING: {Stage.RECEIVED, Stage.SENT, Stage.NOT_ITS_MATTER, *OPEN, *FROM_POLICE},
    Stage.NOT_ITS_MATTER: {Stage.RETURNED, *FROM_POLICE},
    **{stage: {Stage.RETURNED, *OPEN, *FROM_POLICE} - {stage} for stage in OPEN},
    Stage.ORDERED_TO_FILE: {Stage.SENT, Stage.FILED, *ENDINGS},
    Stage.FILED: {Stage.HANDED_OVER, *ENDINGS},
    Stage.HANDED_OVER: {Stage.OUTCOME_PENDING, *ENDINGS},
    Stage.OUTCOME_PENDING: ENDINGS,
    **{stage: {Stage.RETURNED, Stage.CLOSED, *ENDINGS} - {stage} for stage in ENDINGS},
    Stage.RETURNED: {Stage.CLOSED, Stage.ORDERED_TO_FILE, Stage.FILED},
    Stage.CLOSED: {Stage.ORDERED_TO_FILE, Stage.FILED},
}
WAITING: Final = {PoliceStage.REFUSED, PoliceStage.RECONSIDERING, PoliceStage.REFUSED_FINAL, PoliceStage.UPHELD}
POLICE_MOVES: Final[dict[PoliceStage, set[PoliceStage]]] = {
    # They may be told to file before they sign; the receipt comes first all the same.
    PoliceStage.RECEIVED: {PoliceStage.ACCEPTED, PoliceStage.ORDERED_TO_FILE},
    PoliceStage.ACCEPTED: {
        PoliceStage.SUPPLEMENT_DEMANDED,
        PoliceStage.NOT_COMPETENT,
        PoliceStage.FILED,
        PoliceStage.REFUSED,
        PoliceStage.ORDERED_TO_FILE,
    },
    PoliceStage.SUPPLEMENT_DEMANDED: {
        PoliceStage.ACCEPTED,
        PoliceStage.NOT_COMPETENT,
        PoliceStage.FILED,
        PoliceStage.REFUSED,
        PoliceStage.ORDERED_TO_FILE,
    },
    PoliceStage.NOT_COMPETENT: {PoliceStage.FORWARDED, PoliceStage.DECLINED, PoliceStage.ORDERED_TO_FILE},
    PoliceStage.FORWARDED: set(),
    PoliceStage.DECLINED: {PoliceStage.ORDERED_TO_FILE},
    **{stage: {*WAITING, PoliceStage.FILED, PoliceStage.ORDERED_TO_FILE} - {stage} for stage in WAITING},
    PoliceStage.ORDERED_TO_FILE: {PoliceStage.FILED},
    PoliceStage.FILED: {PoliceStage.PROPERTY_SENT, PoliceStage.WITHDRAWN, PoliceStage.ENDED},
    PoliceStage.PROPERTY_SENT: {PoliceStage.PROPERTY_TAKEN, PoliceStage.WITHDRAWN, PoliceStage.ENDED},
    PoliceStage.PROPERTY_TAKEN: {PoliceStage.WITHDRAWN, PoliceStage.ENDED},
    PoliceStage.WITHDRAWN: {PoliceStage.ENDED},
    PoliceStage.ENDED: set(),
}


@pytest.mark.parametrize("rules", [CALENDAR, WORKING], ids=["calendar", "working"])
@settings(max_examples=40)
@draw(seed=st.integers(0, 2**32))
def test_whatever_is_done_and_however_it_travels_all_sides_end_in_agreement(rules: Rules, seed: int) -> None:
    there = world(Random(seed), rules)
    walk(there, STEPS)
    there.settle()
    there.now += LONG_AFTER
    there.fire()
    assert list(disagreements(there)) == []
    for side in there.sides.values():
        assert not [move for move in moves(side, "transfer") if move[1] not in MOVES[move[0]]]
        assert not [move for move in moves(side, "referral") if move[1] not in POLICE_MOVES[move[0]]]
        assert _shown(side) == {
            id_: side.state(aggregate, id_).stage
            for aggregate in ("transfer", "referral", "supervision")
            for id_ in side.ids(aggregate)
        }


def moves(side: Side, aggregate: str) -> Iterator[tuple[Any, Any]]:
    """The changes of stage of a kind of aggregate, replayed from the log."""
    kind = next(one for one in side.aggregates if one.name == aggregate)
    for stream_id in side.ids(aggregate):
        state = kind.initial
        for entry in side.log_of(stream_id):
            before, state = state.stage, kind.next(state, entry.event, entry.fact)
            if state.stage is not before:
                yield before, state.stage


def _shown(side: Side) -> dict[str, str]:
    """The stages that people read: the views' rows, each stored and loaded again between two events."""
    rows: dict[Table, dict[Any, Row | None]] = {table: {} for table in SERVICE.views.tables}
    for entry in side.log:
        SERVICE.views.fold([(entry.event, entry.fact)], rows)
        for row in (row for found in rows.values() for row in found.values() if row and "facts" in row):
            row["facts"] = json.loads(json.dumps(row["facts"]))
    return {
        str(key): row["stage"]
        for table, found in rows.items()
        if table.name in ("transfer", "referral", "supervision")
        for (key,), row in found.items()
        if row is not None
    }


# ---- crossings, each a walk that once was, or might be, a disagreement -----------------------------------------


@pytest.fixture
def there() -> World:
    """A referral that the police accepted, of which everybody knows everything."""
    told = world(Random(1), CALENDAR)
    for command, who in ((acts.OPEN, LI), (acts.SUBMIT, LI), (acts.APPROVE, HEAD), (acts.SEND, LI)):
        assert told.act(LUXIAN.id, command, who) is None
    told.settle()
    police_does(told, acts.SIGN)
    told.settle()
    return told


def police_does(there: World, command: Any, police: str = POLICE.id) -> Any:
    investigator, leader, _ = CREWS[police]
    referral_id = there.sides[police].ids("referral")[-1]
    who = leader if there.sides[police].may(command, leader) else investigator
    return there.act(police, but(command, referral_id=referral_id), who)


def open_supervision(there: World) -> None:
    referral_id = there.sides[POLICE.id].ids("referral")[-1]
    assert there.act(PROCURATORATE.id, but(branches.OPEN_SUPERVISION, referral_id=referral_id), PROSECUTOR) is None


def stages(there: World) -> tuple[Stage, PoliceStage]:
    there.settle()
    assert list(disagreements(there)) == []
    police = there.sides[there.sides[LUXIAN.id].state("transfer").police_id]
    return there.sides[LUXIAN.id].state("transfer").stage, police.state("referral", police.ids("referral")[-1]).stage


def kinds(there: World, side: str, *events: type[Message]) -> list[type[Message]]:
    return [type(entry.event) for entry in there.sides[side].own(*events)]


def test_a_supplement_that_crosses_with_a_second_demand_leaves_that_open(there: World) -> None:
    police_does(there, acts.DEMAND)
    there.settle()
    there.act(LUXIAN.id, acts.SUPPLEMENT, LI)
    police_does(there, acts.DEMAND)
    assert stages(there) == (Stage.SUPPLEMENTING, PoliceStage.SUPPLEMENT_DEMANDED)
    there.act(LUXIAN.id, acts.SUPPLEMENT, LI)
    assert stages(there) == (Stage.RECEIVED, PoliceStage.ACCEPTED)


def test_other_police_get_the_whole_package_and_sign_for_themselves(there: World) -> None:
    police_does(there, acts.DEMAND)
    there.settle()
    there.act(LUXIAN.id, acts.SUPPLEMENT, LI)
    police_does(there, branches.FORWARD)
    assert stages(there) == (Stage.SENT, PoliceStage.RECEIVED)
    (received,) = there.sides[OTHER_POLICE.id].own(pb.ReferralReceived)
    assert [one.kind for one in received.event.materials] == [  # type: ignore[attr-defined]
        acts.LETTER.kind,
        acts.REPORT.kind,
        acts.GOODS.kind,
        acts.OPINION.kind,
    ]
    assert police_does(there, branches.FORWARD, OTHER_POLICE.id) is not None  # not before they signed for it
    police_does(there, acts.SIGN, OTHER_POLICE.id)
    assert stages(there) == (Stage.RECEIVED, PoliceStage.ACCEPTED)
    assert kinds(there, OTHER_PROCURATORATE.id, pb.OversightOpened) == [pb.OversightOpened, pb.OversightOpened]


def test_the_new_police_do_not_send_it_back(there: World) -> None:
    police_does(there, branches.FORWARD)
    there.settle()
    police_does(there, acts.SIGN, OTHER_POLICE.id)
    refusal = police_does(there, but(branches.FORWARD, to_police_id=POLICE.id), OTHER_POLICE.id)
    assert refusal is not None
    assert refusal.name == "FORWARD_BACK"


def test_a_late_forwarding_is_that_of_the_police_that_were_late_and_no_decision_of_others_hides_it(
    there: World,
) -> None:
    there.now += timedelta(hours=25)
    police_does(there, branches.FORWARD)
    there.settle()
    there.now += timedelta(days=10)
    police_does(there, acts.SIGN, OTHER_POLICE.id)
    police_does(there, acts.DECIDE_FILING, OTHER_POLICE.id)
    there.settle()
    there.now += LONG_AFTER
    there.fire()
    assert list(disagreements(there)) == []
    late = {
        (clock.rule_id, clock.responsible_id, clock.status, clock.in_time)
        for clock in there.sides[LUXIAN.id].book.touched.values()
        if clock.rule_id in ("transfer.forward", "transfer.filing_decision")
    }
    assert late == {
        ("transfer.forward", POLICE.id, Status.MET, False),
        ("transfer.filing_decision", POLICE.id, Status.CANCELLED, None),
        ("transfer.filing_decision", OTHER_POLICE.id, Status.MET, True),
    }


def test_a_case_that_came_back_is_with_the_police_again_when_they_are_told_to_file(there: World) -> None:
    police_does(there, acts.REFUSE_FILING)
    there.settle()
    assert there.act(LUXIAN.id, acts.RETURN, LEADER) is None
    open_supervision(there)
    there.act(PROCURATORATE.id, branches.ASK, PROSECUTOR)
    there.settle()
    police_does(there, branches.STATE)
    there.settle()
    assert there.act(PROCURATORATE.id, branches.ORDER, PROSECUTOR) is None
    assert stages(there) == (Stage.ORDERED_TO_FILE, PoliceStage.ORDERED_TO_FILE)
    refused = police_does(there, acts.REFUSE_FILING)
    assert refused is not None
    assert refused.name == "FILING_ORDERED"
    police_does(there, acts.DECIDE_FILING)
    assert stages(there) == (Stage.FILED, PoliceStage.FILED)
    assert there.sides[PROCURATORATE.id].state("supervision").stage is SupervisionStage.ENDED


def test_a_suggestion_joins_the_supervision_that_the_procuratorate_opened_of_itself(there: World) -> None:
    police_does(there, acts.REFUSE_FILING)
    there.settle()
    open_supervision(there)
    assert there.act(LUXIAN.id, branches.SUGGEST, LI) is None
    there.settle()
    assert kinds(there, PROCURATORATE.id, supervision.SuggestionReceived, supervision.SupervisionOpened) == [
        supervision.SupervisionOpened,
        supervision.SuggestionReceived,
    ]


def test_an_order_that_crosses_with_the_filing_is_needless_and_nobody_waits_for_it(there: World) -> None:
    open_supervision(there)
    there.act(PROCURATORATE.id, branches.ASK, PROSECUTOR)
    there.settle()
    police_does(there, branches.STATE)
    there.settle()
    there.act(PROCURATORATE.id, branches.ORDER, PROSECUTOR)
    police_does(there, acts.DECIDE_FILING)
    assert stages(there) == (Stage.FILED, PoliceStage.FILED)
    assert kinds(there, POLICE.id, supervision.FilingOrderReceived, supervision.SupervisionMoot) == [
        supervision.SupervisionMoot
    ]
    assert there.sides[PROCURATORATE.id].state("supervision").stage is SupervisionStage.ENDED


def test_a_request_for_reconsideration_that_crosses_with_an_order_is_answered_by_the_filing(there: World) -> None:
    police_does(there, acts.REFUSE_FILING)
    there.settle()
    open_supervision(there)
    there.act(PROCURATORATE.id, branches.ASK, PROSECUTOR)
    there.settle()
    police_does(there, branches.STATE)
    there.settle()
    there.act(PROCURATORATE.id, branches.ORDER, PROSECUTOR)
    order = [envelope for envelope in there.flight if envelope.receiver == POLICE.id]
    for envelope in order:
        there.sides[POLICE.id].receive(envelope, there.now)
    assert there.act(LUXIAN.id, branches.RECONSIDER, LI) is None  # the bureau has not heard of the order
    assert stages(there) == (Stage.ORDERED_TO_FILE, PoliceStage.ORDERED_TO_FILE)
    police_does(there, acts.DECIDE_FILING)
    assert stages(there) == (Stage.FILED, PoliceStage.FILED)


def test_a_withdrawal_that_crosses_with_the_hand_over_loses_no_property(there: World) -> None:
    police_does(there, acts.DECIDE_FILING)
    there.settle()
    there.act(LUXIAN.id, acts.HAND_OVER, LI)
    police_does(there, branches.WITHDRAW)
    assert stages(there) == (Stage.WITHDRAWN, PoliceStage.WITHDRAWN)
    police_does(there, but(branches.RETURN_PROPERTY, officer_ids=[POLICE_OFFICER.officer_id, POLICE_LEADER.officer_id]))
    there.settle()
    assert list(disagreements(there)) == []
    there.act(LUXIAN.id, acts.INFORM, LI)
    assert there.act(LUXIAN.id, acts.RETURN, LEADER) is None
    assert there.act(LUXIAN.id, branches.CLOSE, LEADER) is None
    assert there.sides[LUXIAN.id].state("transfer").stage is Stage.CLOSED


def test_what_is_lost_is_late_and_the_clock_of_the_police_is_judged_by_their_act(there: World) -> None:
    police_does(there, acts.DECIDE_FILING)
    there.flight.clear()
    there.now += timedelta(days=30)
    there.fire()
    missed = [clock for clock in there.sides[LUXIAN.id].book.touched.values() if clock.status is Status.MISSED]
    assert [(clock.rule_id, clock.responsible_id) for clock in missed] == [("transfer.filing_decision", POLICE.id)]
    there.settle()
    assert list(disagreements(there)) == []
    judged = [
        (clock.status, clock.in_time)
        for clock in there.sides[LUXIAN.id].book.touched.values()
        if clock.rule_id == "transfer.filing_decision"
    ]
    assert judged == [(Status.MET, True)]


def test_none_of_three_sides_issues_the_commands_of_another(there: World) -> None:
    everything = [acts.APPROVE, acts.SEND, acts.SIGN, branches.FORWARD, branches.ASK, branches.TELL_CONVICTION]
    kinds_of: dict[str, Iterable[Any]] = {LUXIAN.id: everything[:2], POLICE.id: everything[2:4]}
    kinds_of[PROCURATORATE.id] = everything[4:]
    for side, own in kinds_of.items():
        for command in everything:
            allowed = any(there.sides[side].may(command, who) for who in CREWS[side])
            assert allowed == any(command is one for one in own)
