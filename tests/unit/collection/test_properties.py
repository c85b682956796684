"""Whatever is asked in whatever order: no fen appears or vanishes, and nothing exceeds what the law allows."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from hypothesis import example
from hypothesis import given as draw
from hypothesis import strategies as st

from services.collection.model import Stage, collection
from services.collection.money import ACCOUNTS
from services.collection.service import SERVICE
from services.collection.views import collection as table
from services.kernel.deadlines import NoCalendar
from services.kernel.facts import Fact
from services.kernel.messages import type_name
from tests.support.decider import HEAD, On, given, on, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import COLLECTION, FINE, changed
from tests.unit.collection.test_demand_and_court import (
    AGREE,
    ASK,
    NO_RULE,
    NO_TAKE,
    REVIEW,
    RULE,
    SAY,
    STATE,
    SUSPEND,
    TAKE,
)
from tests.unit.collection.test_ending import ALLOWED, BREAK, END, REDUCE, RESUME
from tests.unit.collection.test_obligation import DONE, SERVED_WITH_FINE
from tests.unit.collection.test_on_site import COLLECT
from tests.unit.collection.test_opening import AMEND, BEGIN, REVOKE, SERVE
from tests.unit.collection.test_opening import END as REMEDY_END

payments = st.builds(
    lambda transaction, account, amount: commands.RecordPaymentRequest(
        collection_id=COLLECTION, transaction_id=f"T{transaction}", account=account, amount_fen=amount
    ),
    st.integers(1, 5),
    st.sampled_from(ACCOUNTS),
    st.sampled_from([1, 50_000, 400_000, FINE, 3 * FINE]),
)
others = st.sampled_from(
    [
        acts.ORDER,
        acts.REQUEST,
        acts.DIVIDE,
        acts.NOTE_OVERDUE,
        acts.DEMAND,
        STATE,
        REVIEW,
        acts.APPLY,
        DONE,
        COLLECT,
        changed(COLLECT, amount_fen=400_000),
        TAKE,
        RULE,
        NO_TAKE,
        NO_RULE,
        ASK,
        SAY,
        AGREE,
        REDUCE,
        BREAK,
        SUSPEND,
        RESUME,
        END,
        AMEND,
        REVOKE,
        SERVE,
        BEGIN,
        REMEDY_END,
    ]
)
BEGINNINGS = {
    "opened": ("2024-11-12", (acts.OPENED,)),
    "served": ("2024-11-12", acts.ONLY_FINE_SERVED),
    "with a duty": ("2024-11-12", SERVED_WITH_FINE),
    "overdue": ("2024-11-28", acts.LATE),
    "in parts": ("2024-11-22", acts.IN_PARTS),
    "demanded": ("2025-06-03", acts.AFTER_DEMAND),
    "at court": ("2025-06-20", acts.AT_COURT),
}
scripts = st.tuples(
    st.sampled_from(list(BEGINNINGS)),
    st.lists(st.tuples(st.one_of(payments, others), st.integers(0, 60)), max_size=12),
)
MOVES = {
    Stage.OPENED: {Stage.DUE, Stage.PERFORMED, Stage.ENDED},
    Stage.DUE: {Stage.OVERDUE, Stage.DEMANDED, Stage.PERFORMED, Stage.ENDED},
    Stage.OVERDUE: {Stage.DUE, Stage.DEMANDED, Stage.PERFORMED, Stage.ENDED},
    Stage.DEMANDED: {Stage.DUE, Stage.COURT_APPLIED, Stage.COURT_REVIEW, Stage.PERFORMED, Stage.ENDED},
    Stage.COURT_REVIEW: {Stage.COURT_ACCEPTED, Stage.COURT_GRANTED, Stage.DEMANDED, Stage.PERFORMED, Stage.ENDED},
    Stage.COURT_APPLIED: {Stage.COURT_ACCEPTED, Stage.DEMANDED, Stage.PERFORMED, Stage.ENDED},
    Stage.COURT_ACCEPTED: {Stage.COURT_GRANTED, Stage.DEMANDED, Stage.PERFORMED, Stage.ENDED},
    Stage.COURT_GRANTED: {Stage.PERFORMED, Stage.ENDED},
    Stage.PERFORMED: {Stage.DUE, Stage.OVERDUE, Stage.ENDED},
    Stage.ENDED: set(),
}


def told(script):
    """The history that a script leads to, and the stages on the way."""
    beginning, commands_and_days = script
    began_on, first = BEGINNINGS[beginning]
    history = [entry if isinstance(entry, On) else on("2024-11-12 09:00", entry) for entry in first]
    stages, today = [given(collection, *history).state.stage], date.fromisoformat(began_on)
    for n, (command, later) in enumerate(commands_and_days):
        today += timedelta(days=later)
        at = f"{today} 10:00"
        known = given(collection, *history)
        try:
            outcome = known.when(
                changed(command, command_id=uid(f"{type_name(command)}/{n}")),
                actor=HEAD,
                at=at,
                rules=ALLOWED,
                found=None if isinstance(command, commands.CollectOnSiteRequest) else acts.NOT_ELSEWHERE,
            )
        except NoCalendar:  # scripts reach 2027: whoever asks is answered NO_CALENDAR, and nothing happens
            continue
        stages.append(outcome.state.stage)
        history += [on(at, event) for event in outcome.events]
    return history, stages, today


@draw(scripts)
def test_every_fen_that_came_in_is_on_an_account_and_none_is_owed_beyond_twice_the_fine(script):
    history, _, today = told(script)
    money = given(collection, *history).state.money
    came = sum(
        entry.event.amount_fen
        for entry in history
        if isinstance(entry.event, pb.PaymentRecorded | pb.FineCollectedOnSite)
    )
    assert sum(money.paid(account) for account in ACCOUNTS) == came
    for as_of in (today, today + timedelta(days=400)):
        fine, surcharge = money.owed(pb.ACCOUNT_FINE, as_of), money.owed(pb.ACCOUNT_SURCHARGE, as_of)
        assert 0 <= surcharge <= fine
        for account in ACCOUNTS:
            assert money.owed(account, as_of) - money.paid(account) == money.open(account, as_of) - money.surplus(
                account, as_of
            )
        assert sum(due.amount_fen for due in money.dues) == money.fine_fen


@draw(scripts)
def test_a_collection_moves_only_along_its_diagram(script):
    _, stages, _ = told(script)
    for before, after in pairwise(stages):
        assert after is before or after in MOVES[before], (before, after)


@draw(scripts)
@example(("demanded", [(RESUME, 60)] * 9 + [(acts.DEMAND, 25), (acts.APPLY, 60)]))
def test_nothing_is_performed_while_money_is_open(script):
    history, _, today = told(script)
    state = given(collection, *history).state
    if state.stage is Stage.PERFORMED:
        assert state.settled(today)


@draw(scripts)
def test_the_read_model_keeps_the_same_accounts_and_stage(script):
    history, _, _ = told(script)
    state = given(collection, *history).state
    pages = [(entry.event, Fact(UUID(int=n), entry.at, "test", position=n + 1)) for n, entry in enumerate(history)]
    rows = {one: dict.fromkeys(keys) for one, keys in SERVICE.views.touched(pages).items()}
    SERVICE.views.fold(pages, rows)
    (row,) = rows[table].values()
    assert row is not None
    assert (row["money"], row["stage"]) == (state.money.as_row(), state.stage)
    assert row["suspended"] == (state.suspension is not None)
    assert (row["duty"], row["duty_done"]) == (state.duty, state.duty_done_on is not None)
