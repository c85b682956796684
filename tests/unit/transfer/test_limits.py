"""No limit of a transfer runs out unseen: each has a clock, whose miss names who must act and has no content.

国务院令第310号 arts. 5-13; 公安机关办理刑事案件程序规定 arts. 175-182; 人民检察院行刑反向衔接工作指引 arts. 12, 20.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.transfer.v1 import discipline_pb2 as discipline
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import opinion_pb2 as opinion
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.deadlines import Limit, calendar_days, hours, published, working_days
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.envelopes.disclosure import FEED_TEXT_ALLOWED, FEED_VIEW, Catalogue
from services.kernel.facts import Fact
from services.kernel.messages import message_class, to_timestamp
from services.kernel.rules import Rules
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE, instant, uid
from tests.unit.transfer.acts import CASE, REFERRAL, TRANSFER

START: Final = "2025-04-29 10:00"
"""The Tuesday before Labour Day (1 to 5 May)."""
SUPERVISION: Final = uid("supervision")
OPINION: Final = uid("opinion")
WORKING: Final = Rules({"o310_days": ((date(2025, 1, 1), "working"),)})


class Row(NamedTuple):
    """A limit, the clocks that count it, and what starts the first of them: the last event, told by its origin."""

    step: str
    rules: tuple[str, ...]
    length: Limit | None
    """None where the starting event prints the day."""
    at: Authority
    responsible: str
    history: tuple[tuple[Message, str | None], ...]
    switches: bool = False
    """Whether the days follow `o310_days`."""


def _row(
    step: str, rules: str, length: Limit | None, at: Authority, responsible: Authority, *history: Any, **more: Any
) -> Row:
    told = tuple(one if isinstance(one, tuple) else (one, None) for one in history)
    return Row(step, tuple(rules.split()), length, at, responsible.id, told, **more)


_SENT = pb.CaseTransferred(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE)
_IDS: Final[dict[str, Any]] = {"referral_id": REFERRAL, "transfer_id": TRANSFER, "bureau_id": LUXIAN.id}
_WATCHED: Final[dict[str, Any]] = {**_IDS, "supervision_id": SUPERVISION}
_DENIED = forwarding.JurisdictionDenied(**_IDS, accepted_at=to_timestamp(instant(START)))
_RECONSIDERED = reconsideration.ReconsiderationReceived(**_IDS)
_QUESTION = supervision.ReasonsRequestReceived(**_WATCHED)
_ORDER = supervision.FilingOrderReceived(**_WATCHED)
_ASKED = supervision.ReasonsAsked(**_WATCHED, police_id=POLICE.id)
_ORDERED = supervision.FilingOrdered(**_WATCHED, police_id=POLICE.id)
_REVIEWED = opinion.OpinionReviewOpened(opinion_id=OPINION, bureau_id=LUXIAN.id, decided_on="2025-04-29")
_PRINTED: Final[dict[str, Any]] = {"opinion_id": OPINION, "opinion_case_id": CASE, "reply_nominal_on": "2025-06-29"}
_ISSUED = opinion.OpinionIssued(opinion_id=OPINION, bureau_id=LUXIAN.id)
_THREE, _DAY = calendar_days(3), hours(24)
_RIGHTS: Final = {"transfer.reconsideration", "transfer.supervision"}
"""T6, T7 of the bureau: rights that lapse; that nothing at all follows is `transfer.next_step`."""

LIMITS: Final = (
    _row("T1", "transfer.report", working_days(3), LUXIAN, LUXIAN, pb.TransferOpened(transfer_id=TRANSFER)),
    _row(
        "T2", "transfer.head_decision", _THREE, LUXIAN, LUXIAN, pb.ReportSubmitted(transfer_id=TRANSFER), switches=True
    ),
    _row("T3", "transfer.send", _DAY, LUXIAN, LUXIAN, pb.TransferApproved(transfer_id=TRANSFER)),
    _row("T4", "transfer.receipt", working_days(1), LUXIAN, POLICE, _SENT),
    _row("T4a", "transfer.supplement", _THREE, LUXIAN, LUXIAN, pb.SupplementRequested(transfer_id=TRANSFER)),
    _row("T4b", "referral.forward", _DAY, POLICE, POLICE, _DENIED),
    _row("T4b waited for", "transfer.forward", _DAY, LUXIAN, POLICE, _SENT, (_DENIED, POLICE.id)),
    _row(
        "T5", "referral.filing_decision", _THREE, POLICE, POLICE, pb.ReferralReceiptSigned(**_IDS), switches=True
    ),
    _row(
        "T5 waited for", "transfer.filing_decision", _THREE, LUXIAN, POLICE,
        pb.PoliceReceiptRecorded(transfer_id=TRANSFER, referral_id=REFERRAL, police_id=POLICE.id), switches=True,
    ),
    _row(
        "T5 on paper", "transfer.filing_decision_on_paper", _THREE, LUXIAN, POLICE,
        paper.PaperActNoted(transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, answered_by=POLICE.id),
        switches=True,
    ),
    _row(
        "T6, T7 rights", "transfer.reconsideration transfer.supervision", _THREE, LUXIAN, LUXIAN,
        pb.PoliceRefusalRecorded(transfer_id=TRANSFER, police_id=POLICE.id), switches=True,
    ),
    _row("T6", "referral.reconsideration_decision", _THREE, POLICE, POLICE, _RECONSIDERED, switches=True),
    _row(
        "T6 waited for", "transfer.reconsideration_decision", _THREE, LUXIAN, POLICE, _SENT,
        (_RECONSIDERED, POLICE.id), switches=True,
    ),
    _row(
        "T6 on paper", "transfer.reconsideration_decision_on_paper", _THREE, LUXIAN, POLICE,
        reconsideration.ReconsiderationRequested(transfer_id=TRANSFER, police_id=POLICE.id), switches=True,
    ),
    _row("T7 reasons", "referral.reasons", calendar_days(7), POLICE, POLICE, _QUESTION),
    _row(
        "T7 reasons waited for", "supervision.reasons", calendar_days(7), PROCURATORATE, POLICE, _ASKED,
        (_QUESTION, POLICE.id),
    ),
    _row("T7 filing", "referral.ordered_filing", calendar_days(15), POLICE, POLICE, _ORDER),
    _row(
        "T7 filing waited for", "supervision.ordered_filing", calendar_days(15), PROCURATORATE, POLICE, _ORDERED,
        (_ORDER, POLICE.id),
    ),
    _row(
        "T7 filing at the bureau", "transfer.ordered_filing", calendar_days(15), LUXIAN, POLICE, _SENT,
        (_ORDER, POLICE.id),
    ),
    _row(
        "T8", "transfer.hand_over", _THREE, LUXIAN, LUXIAN,
        pb.PoliceFilingRecorded(transfer_id=TRANSFER, police_id=POLICE.id), switches=True,
    ),
    _row(
        "T10 next step", "transfer.next_step", working_days(5), LUXIAN, LUXIAN,
        outcomes.OutcomeRecorded(transfer_id=TRANSFER, outcome=outcomes.TRANSFER_OUTCOME_WITHDRAWN),
    ),
    _row("T10 closing", "transfer.close", working_days(5), LUXIAN, LUXIAN, pb.CaseReturned(transfer_id=TRANSFER)),
    _row("4.5 review", "opinion.review", working_days(10), PROCURATORATE, PROCURATORATE, _REVIEWED),
    _row("4.5 opinion", "opinion.issue", _THREE, PROCURATORATE, PROCURATORATE, _REVIEWED),
    _row("4.5 reply", "opinion.reply", None, LUXIAN, LUXIAN, opinion.OpinionReceived(**_PRINTED)),
    _row(
        "4.5 reply waited for", "opinion.reply_awaited", None, PROCURATORATE, LUXIAN, _ISSUED,
        (opinion.OpinionReceived(**_PRINTED), LUXIAN.id),
    ),
    _row(
        "4.6", "restricted.clue_forwarding", working_days(3), LUXIAN, LUXIAN,
        discipline.ClueNoted(clue_id=uid("clue")),
    ),
)  # fmt: skip
DECLARED: Final = {one.rule_id: one for one in SERVICE.deadlines}
EACH: Final = pytest.mark.parametrize(
    ("row", "rule"),
    [(row, rule) for row in LIMITS for rule in row.rules],
    ids=lambda one: one if isinstance(one, str) else one.step.replace(" ", "-"),
)


def _book(row: Row, *more: tuple[str, Message], rules: Rules | None = None) -> Book:
    """The clocks of whoever keeps it, after the row's events and `more` of its own."""
    keeper = Keeper("transfer", SERVICE.deadlines, row.at, rules or Rules())
    book = Book(keeper, published())
    own = ((at, event, None) for at, event in more)
    for n, (at, event, origin) in enumerate((*((START, *one) for one in row.history), *own)):
        fact = Fact(event_id=UUID(uid(f"event {n}")), occurred_at=instant(at), actor="", origin=origin)
        book.take(event, fact, impacts(keeper, event, fact))
    return book


def _clock(book: Book, rule: str) -> Clock:
    [found] = [one for one in book.touched.values() if one.rule_id == rule]
    return found


def _missed(book: Book, rule: str, now: datetime) -> Iterator[Message]:
    """What the ledger of that clock says once its limit ran out."""
    before = len(book.appends)
    book.fire(_clock(book, rule), now, None)
    for append in book.appends[before:]:
        for event in append.events:
            cls = message_class(event.type)
            assert cls is not None
            yield cls.FromString(event.body)


@EACH
def test_the_limit_has_a_clock_of_its_length(row: Row, rule: str) -> None:
    assert rule in DECLARED, f"{row.step} has no clock {rule}"
    if row.length is None:
        return
    found, _ = DECLARED[rule].limit(Rules(), instant(START).date())
    assert (found.length, found.unit) == (row.length.length, row.length.unit)


@EACH
def test_it_follows_the_switch_of_order_310_or_does_not(row: Row, rule: str) -> None:
    if row.length is None:
        return
    found, _ = DECLARED[rule].limit(WORKING, instant(START).date())
    assert (found.unit == working_days(1).unit) is (row.switches or row.length.unit == working_days(1).unit)


@EACH
def test_once_it_ran_out_it_is_missed_by_who_must_act_and_nothing_but_that_is_told(row: Row, rule: str) -> None:
    book = _book(row)
    due = _clock(book, rule).due.effective_at
    assert list(_missed(book, rule, due - timedelta(microseconds=1))) == []
    told = list(_missed(book, rule, due + timedelta(microseconds=1)))
    clock = _clock(book, rule)
    if rule in _RIGHTS:
        assert clock.status is Status.CANCELLED
        return
    assert (clock.status, clock.responsible_id) == (Status.MISSED, row.responsible)
    if rule.startswith("restricted."):
        assert not any(isinstance(one, deadlines.DeadlineMissed) for one in told)
        return
    [missed] = told
    assert isinstance(missed, deadlines.DeadlineMissed)
    assert (missed.rule_id, missed.responsible_id) == (rule, row.responsible)
    assert list(_words(missed)) == []


def _words(event: deadlines.DeadlineMissed) -> Iterator[str]:
    """Text in the feed's view that is no id and no constant of the rule."""
    catalogue = Catalogue.load()
    body = catalogue.view(event.DESCRIPTOR.full_name, event.SerializeToString(deterministic=True), FEED_VIEW)
    for field, value in type(event).FromString(body).ListFields():
        word = field.type == FieldDescriptor.TYPE_STRING and not field.name.endswith("_id")
        if word and field.full_name not in FEED_TEXT_ALLOWED:
            yield value


def test_no_clock_of_the_service_is_forgotten_in_the_table() -> None:
    listed = {rule for row in LIMITS for rule in row.rules}
    elsewhere = {
        "suspicion.answer",  # not transferred: test_suspicion.py
        "supervision.ask", "supervision.conclude",  # the procuratorate's own steps: test_step_clocks.py
        "transfer.ordered_filing_on_paper", "supervision.reasons_on_paper",  # test_paper_clocks.py, test_incoming.py
        "supervision.ordered_filing_on_paper",
    }  # fmt: skip
    assert set(DECLARED) - listed <= elsewhere


# ---- T4a: the supplement ------------------------------------------------------------------------------------------

DEMANDED: Final = next(row for row in LIMITS if row.step == "T4a")


@pytest.mark.parametrize("rules", [Rules(), WORKING], ids=["calendar", "working"])
def test_the_three_days_for_a_supplement_are_those_of_criminal_procedure_in_both_readings(rules: Rules) -> None:
    found = _clock(_book(DEMANDED, rules=rules), "transfer.supplement").due
    assert (found.nominal_on, found.due_on) == (date(2025, 5, 2), date(2025, 5, 6))


def test_a_supplement_in_time_meets_them_and_a_late_one_is_late() -> None:
    sent = pb.SupplementSent(transfer_id=TRANSFER)
    in_time = _clock(_book(DEMANDED, ("2025-05-06 23:59", sent)), "transfer.supplement")
    assert (in_time.status, in_time.in_time) == (Status.MET, True)
    late = _clock(_book(DEMANDED, ("2025-05-07 00:00", sent)), "transfer.supplement")
    assert (late.status, late.in_time) == (Status.MET, False)


@pytest.mark.parametrize(
    "decided",
    [pb.PoliceFilingRecorded, pb.PoliceRefusalRecorded, forwarding.PoliceForwarded, forwarding.PoliceDeclined],
)
def test_police_that_decide_without_it_wait_for_no_supplement(decided: type[Any]) -> None:
    book = _book(DEMANDED, ("2025-05-02 09:00", decided(transfer_id=TRANSFER)))
    assert _clock(book, "transfer.supplement").status is Status.CANCELLED
