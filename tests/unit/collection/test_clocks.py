"""The clocks of collection, with the dates of AT-02: served Tuesday 2024-11-12."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from enforcement.collection.v1 import events_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given as draw
from hypothesis import strategies as st

from services.collection.deadlines import DEADLINES
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock
from services.kernel.facts import Fact
from services.kernel.ledger import uuid7
from services.kernel.rules import Rules
from tests.support.decider import LUXIAN, On
from tests.unit.collection import acts, test_demand_and_court, test_execution, test_on_site, test_refunds
from tests.unit.collection.acts import COLLECTION, changed
from tests.unit.collection.test_court_window import plain_rolled, plain_working_days

KEEPER = Keeper("collection", DEADLINES, LUXIAN, Rules())


def clocks(*history: On) -> dict[str, list[Clock]]:
    """The clocks that a history leaves, by rule, in the order of their starts."""
    book = Book(KEEPER, published())
    for entry in history:
        fact = Fact(uuid7(), entry.at, "test", correlation_id=uuid5(UUID(int=0), "case"))
        book.take(entry.event, fact, impacts(KEEPER, entry.event, fact))
    found: dict[str, list[Clock]] = {}
    for clock in book.touched.values():
        found.setdefault(clock.rule_id.removeprefix("collection."), []).append(clock)
    return found


def at(text: str, event: Message) -> On:
    return On(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI), event)


SERVED = at(acts.SERVED_AT, acts.DUE)
PERFORMED = acts.performed("2024-11-20")


def test_payment_is_due_fifteen_days_after_the_service():
    (clock,) = clocks(SERVED)["payment"]
    assert (clock.due.due_on, clock.status, clock.responsible_id, clock.mirrors) == (
        date(2024, 11, 27),
        "RUNNING",
        "",
        "party",
    )


def test_a_service_that_takes_effect_later_counts_from_then_and_an_early_payment_meets_it():
    later = changed(acts.DUE, effective_on="2024-12-12")
    (clock,) = clocks(SERVED, at("2024-11-13 10:00", later))["payment"][1:]
    assert clock.due.due_on == date(2024, 12, 27)
    (met,) = clocks(at("2024-11-12 10:00", later), at("2024-11-20 10:00", PERFORMED))["payment"]
    assert (met.status, met.in_time) == ("MET", True)


def test_a_valid_service_after_one_that_was_not_starts_payment_anew_and_ends_demand_and_window():
    late = [at("2024-11-28 00:00", acts.WINDOW), at(acts.DEMANDED_AT, acts.DEMANDED)]
    anew = changed(acts.DUE, effective_on="2025-06-10", due_on="2025-06-25", anew=True)
    found = clocks(SERVED, *late, at("2025-06-10 15:00", anew))
    assert found["payment"][1].due.due_on == date(2025, 6, 25)
    assert [clock.status for clock in (*found["demand"], *found["court_window"])] == ["CANCELLED", "CANCELLED"]


def test_a_service_that_counts_instead_of_the_first_takes_the_place_of_its_clock():
    found = clocks(SERVED, at("2024-11-20 10:00", changed(acts.DUE, effective_on="2024-11-14", anew=True)))
    assert [clock.status for clock in found["payment"]] == ["CANCELLED", "RUNNING"]


def test_what_is_paid_before_the_service_starts_no_clock():
    assert clocks(at(acts.SERVED_AT, changed(acts.DUE, open_fen=0))) == {}


def test_instalments_replace_the_day_and_each_has_its_own():
    found = clocks(
        SERVED, *(at("2024-11-22 09:00", event) for event in (acts.DIVIDED, *acts.BOTH_SET)),
        at("2024-12-18 10:00", pb.InstalmentPaid(collection_id=COLLECTION, instalment_id=acts.FIRST)),
    )  # fmt: skip
    assert [clock.status for clock in found["payment"]] == ["CANCELLED"]
    assert [(clock.due.due_on, clock.status, clock.subject_id) for clock in found["instalment"]] == [
        (date(2024, 12, 20), "MET", COLLECTION),
        (date(2025, 1, 20), "RUNNING", COLLECTION),
    ]


def test_the_day_of_the_confiscated_income_stands_beside_instalments():
    with_income = changed(acts.DIVIDED, confiscation_open_fen=acts.INCOME)
    found = clocks(SERVED, *(at("2024-11-22 09:00", event) for event in (with_income, *acts.BOTH_SET)))
    assert [clock.status for clock in found["payment"]] == ["RUNNING"]
    paid = at("2024-11-25 10:00", pb.UndeferredPaid(collection_id=COLLECTION))
    found = clocks(SERVED, *(at("2024-11-22 09:00", event) for event in (with_income, *acts.BOTH_SET)), paid)
    assert [(clock.status, clock.in_time) for clock in found["payment"]] == [("MET", True)]


def test_the_demand_runs_ten_working_days_and_the_court_window_three_months():
    found = clocks(
        SERVED,
        at("2024-11-28 00:00", acts.WINDOW),
        at(acts.DEMANDED_AT, acts.DEMANDED),
        at(acts.APPLIED_AT, acts.APPLIED),
    )
    assert [clock.due.due_on for clock in found["demand"]] == [date(2025, 6, 17)]
    (window,) = found["court_window"]
    assert (window.due.due_on, window.status, window.in_time) == (date(2025, 8, 12), "MET", True)
    (acceptance,) = found["court_acceptance"]
    assert (acceptance.due.due_on, acceptance.mirrors) == (date(2025, 6, 25), "court")


def test_a_second_approval_and_the_end_stop_the_clocks_of_instalments():
    approved = [at("2024-11-22 09:00", event) for event in (acts.DIVIDED, *acts.BOTH_SET)]
    again = changed(acts.DIVIDED, replaced_ids=[acts.FIRST, acts.SECOND])
    ended = pb.ExecutionEnded(collection_id=COLLECTION, instalment_ids=[acts.FIRST, acts.SECOND])
    for event in (again, ended):
        found = clocks(SERVED, *approved, at("2024-12-02 09:00", event))["instalment"]
        assert [clock.status for clock in found] == ["CANCELLED", "CANCELLED"]


def test_the_window_does_not_run_while_a_remedy_is_pending_or_instalments_are_agreed():
    begun = pb.RemedyBeginNoted(collection_id=COLLECTION, remedy_id="r", started_on="2024-12-02")
    for event in (begun, acts.DIVIDED):
        (window,) = clocks(SERVED, at("2024-11-28 00:00", acts.WINDOW), at("2024-12-02 09:00", event))["court_window"]
        assert window.status == "CANCELLED"


def test_a_ruling_against_the_authority_may_be_reviewed_for_fifteen_days_and_the_higher_court_has_its_own():
    for ruling, said, rule, due_on in (
        (test_demand_and_court.NOT_TAKEN, pb.COURT_RULING_NOT_ACCEPTED, "court_review_acceptance", date(2025, 7, 16)),
        (test_demand_and_court.REFUSED, pb.COURT_RULING_REFUSED, "court_review_ruling", date(2025, 7, 31)),
    ):
        came = at("2025-06-23 10:00", ruling)
        (request,) = clocks(came)["court_review_request"]
        assert (request.due.due_on, request.mirrors) == (date(2025, 7, 8), "right")
        asked = at("2025-07-01 10:00", pb.CourtReviewRequested(collection_id=COLLECTION, ruling=said))
        found = clocks(came, asked)
        assert [clock.status for clock in found["court_review_request"]] == ["MET"]
        assert [(clock.due.due_on, clock.mirrors) for clock in found[rule]] == [(due_on, "court")]
        upheld = at("2025-07-10 10:00", pb.CourtReviewUpheld(collection_id=COLLECTION))
        assert [clock.status for clock in clocks(came, asked, upheld)[rule]] == ["MET"]
        again = at("2025-06-24 10:00", acts.APPLIED)
        assert [clock.status for clock in clocks(came, again)["court_review_request"]] == ["CANCELLED"]


def test_money_collected_on_site_is_handed_in_and_banked_in_two_working_days_each():
    """Friday 2024-11-22 on water: nothing runs before the landing."""
    water = at(test_on_site.COLLECTED_AT, test_on_site.COLLECTED)
    assert clocks(water) == {}
    ashore = at("2024-11-22 18:00", test_on_site.LANDED)
    remote = at(test_on_site.COLLECTED_AT, changed(test_on_site.COLLECTED, ground=pb.ON_SITE_GROUND_REMOTE))
    for history in ((water, ashore), (remote,)):
        (hand_in,) = clocks(*history)["on_site_hand_in"]
        assert hand_in.due.due_on == date(2024, 11, 26)
    found = clocks(water, ashore, at("2024-11-25 10:00", test_on_site.HANDED_IN))
    assert [clock.status for clock in found["on_site_hand_in"]] == ["MET"]
    assert [clock.due.due_on for clock in found["on_site_bank"]] == [date(2024, 11, 27)]


def test_a_new_window_takes_the_place_of_the_old():
    moved = changed(acts.WINDOW, counts_from_on="2025-01-20")
    found = clocks(SERVED, at("2024-11-28 00:00", acts.WINDOW), at("2024-12-02 09:00", moved))["court_window"]
    assert [(clock.due.due_on, clock.status) for clock in found] == [
        (date(2025, 8, 12), "CANCELLED"),
        (date(2025, 4, 21), "RUNNING"),
    ]


def test_the_court_rules_in_seven_working_days_or_in_thirty_days_when_it_doubts():
    (ruling,) = clocks(at("2025-06-20 10:00", acts.ACCEPTED))["court_ruling"]
    assert ruling.due.due_on == date(2025, 7, 1)
    doubt = pb.CourtDoubtNoted(collection_id=COLLECTION, accepted_on="2025-06-20", reason="明显缺乏事实根据")
    found = clocks(at("2025-06-20 10:00", acts.ACCEPTED), at("2025-06-25 10:00", doubt))
    assert [clock.status for clock in found["court_ruling"]] == ["CANCELLED"]
    assert [clock.due.due_on for clock in found["court_ruling_doubtful"]] == [date(2025, 7, 21)]


def test_a_refund_has_its_internal_limit():
    (clock,) = clocks(at("2024-12-02 10:00", test_refunds.PROPOSED))["refund"]
    assert (clock.due.due_on, clock.policy) == (date(2024, 12, 23), "REFUND_WORKING_DAYS=15")


def test_the_party_has_three_working_days_before_substitute_performance():
    (clock,) = clocks(at("2025-03-11 10:00", test_execution.DEMANDED_AGAIN))["execution.substitute_demand"]
    assert clock.due.due_on == date(2025, 3, 14)


def test_an_absent_party_is_told_within_the_hours_of_the_switch():
    (clock,) = clocks(at("2025-03-16 23:00", test_execution.CLEARED))["execution.inform"]
    assert clock.due.effective_at == datetime(2025, 3, 17, 23, tzinfo=SHANGHAI)
    assert clocks(at("2025-03-16 23:00", changed(test_execution.CLEARED, party_present=True))) == {}


def test_what_is_over_leaves_no_clock_running():
    ended = pb.ExecutionEnded(collection_id=COLLECTION, ground=pb.END_GROUND_DECISION_REVOKED)
    found = clocks(
        SERVED, at("2024-11-20 10:00", ended), at("2024-11-20 10:00", acts.WINDOW), at("2024-11-21 10:00", ended)
    )
    assert {clock.status for several in found.values() for clock in several} <= {"CANCELLED", "MET"}


@draw(st.dates(date(2024, 1, 2), date(2026, 9, 1)), st.integers(0, 20), st.integers(0, 20))
def test_the_courts_periods_are_what_a_plain_count_gives(applied, taken_after, ruled_after):
    """Five working days to take it, seven to rule, thirty days in doubt, fifteen for the higher court."""
    taken = applied + timedelta(days=taken_after)
    ruled = taken + timedelta(days=ruled_after)
    found = clocks(
        at(f"{applied} 10:00", changed(acts.APPLIED, applied_on=str(applied))),
        at(f"{taken} 10:00", changed(acts.ACCEPTED, accepted_on=str(taken))),
        at(f"{taken} 11:00", pb.CourtDoubtNoted(collection_id=COLLECTION, accepted_on=str(taken), reason="明显违法")),
        at(f"{ruled} 12:00", pb.CourtRefused(collection_id=COLLECTION, reason="不予执行", received_on=str(ruled))),
    )
    due = {rule: [clock.due.due_on for clock in of_rule] for rule, of_rule in found.items()}
    assert due["court_acceptance"] == [plain_working_days(applied, 5)]
    assert due["court_ruling"] == [plain_working_days(taken, 7)]
    assert due["court_ruling_doubtful"] == [plain_rolled(taken + timedelta(days=30))]
    assert due["court_review_request"] == [plain_rolled(ruled + timedelta(days=15))]


def test_the_party_has_a_clock_from_each_demand_and_announcement():
    told, decided = at("2025-03-03 10:00", test_execution.DEMANDED), at("2025-03-11 09:00", test_execution.DECIDED)
    again = at("2025-03-11 10:00", changed(test_execution.DEMANDED_AGAIN, demanded_on="2025-03-12"))
    posted = pb.ExecutionNoticePosted(execution_id=test_execution.EXECUTION, perform_by_on="2025-03-31")
    found = clocks(told, decided, again, at("2025-03-12 09:00", posted))
    days = {rule: [str(clock.due.due_on) for clock in found[rule]] for rule in found}
    assert days == {
        "execution.duty_demand": ["2025-03-10"],
        "execution.substitute_demand": ["2025-03-17"],
        "execution.own_removal": ["2025-03-31"],
    }
    performed = pb.OwnExecutionEnded(execution_id=test_execution.EXECUTION, ground=pb.END_GROUND_PARTY_PERFORMED)
    found = clocks(told, at("2025-03-07 10:00", performed))
    assert [clock.status for clock in found["execution.duty_demand"]] == ["MET"]
