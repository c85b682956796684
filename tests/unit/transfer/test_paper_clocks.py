"""The clocks of police that answer on paper."""

from datetime import date

import pytest
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from google.protobuf.message import Message

from services.kernel.deadlines.clock import Status
from services.kernel.messages import to_timestamp
from services.transfer.model import transfer
from services.transfer.paper_policies import policy
from tests.support.decider import (
    POLICE,
    POLICY,
    PROCURATORATE,
    given,
    instant,
    on,
    reactions,
    uid,
)
from tests.unit.transfer.acts import (
    FILING_RECORDED,
    SIGNED_AT,
    TRANSFER,
)
from tests.unit.transfer.branches import (
    but,
)
from tests.unit.transfer.paper_acts import (
    ARRIVED_AT,
    CONFIRMED_AT,
    EXTENDED_AT,
    EXTENSION,
    RECEIVED,
    clock_of,
    confirmed_as,
    longer_answer,
)


@pytest.mark.parametrize("gone", [forwarding.ReferralForwarded, forwarding.ReferralDeclined])
def test_the_polices_clock_on_paper_ends_when_their_node_says_that_it_is_not_theirs(gone: type[Message]):
    signed = paper.PaperActNoted(
        transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, answered_by=POLICE.id, police_id=POLICE.id
    )
    history = (on(SIGNED_AT, signed),)
    assert clock_of("transfer.filing_decision_on_paper", "2025-05-07 09:00", *history).status is Status.MISSED
    after = clock_of("transfer.filing_decision_on_paper", "2025-05-02 09:00", *history, told=gone(transfer_id=TRANSFER))
    assert after.status is Status.CANCELLED


def test_police_that_extend_on_paper_have_the_longer_time_from_when_they_signed_it():
    act, follows = reactions(policy, longer_answer(), at="2025-05-07 09:30")
    assert isinstance(act, paper.NotePaperActRequest)
    assert follows.occurred_at == to_timestamp(instant(EXTENDED_AT))  # type: ignore[attr-defined]
    history = (*RECEIVED, on("2025-05-07 09:30", longer_answer()))
    given(transfer, *history).when(follows, actor=POLICY, at=EXTENDED_AT).then(EXTENSION)


@pytest.mark.parametrize(
    ("extended_at", "status", "due_on"),
    [(EXTENDED_AT, Status.RUNNING, date(2025, 5, 12)), ("2025-05-07 00:00", Status.MISSED, date(2025, 5, 6))],
    ids=["in time", "over"],
)
def test_the_clock_on_paper_knows_the_extension_that_was_signed_in_time(extended_at: str, status: Status, due_on: date):
    rule = "transfer.filing_decision_on_paper"
    signed = paper.PaperActNoted(
        transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, answered_by=POLICE.id, police_id=POLICE.id
    )
    history = (on(SIGNED_AT, signed), on(extended_at, EXTENSION))
    found = clock_of(rule, "2025-05-09 09:00", *history)
    assert (found.status, found.due.due_on, found.responsible_id) == (status, due_on, POLICE.id)
    assert clock_of(rule, "2025-05-13 00:00", *history).status is Status.MISSED


def test_police_that_reconsider_on_paper_have_three_days_from_the_letter():
    rule = "transfer.reconsideration_decision_on_paper"
    asked = reconsideration.ReconsiderationRequested(transfer_id=TRANSFER, police_id=POLICE.id)
    history = (on("2025-05-14 09:00", asked),)
    found = clock_of(rule, "2025-05-20 00:00", *history)
    assert (found.due.due_on, found.status, found.responsible_id) == (date(2025, 5, 19), Status.MISSED, POLICE.id)
    kept = paper.PaperActNoted(transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED)
    assert clock_of(rule, "2025-05-20 00:00", *history, on("2025-05-19 15:00", kept)).in_time


def test_police_with_a_node_keep_the_clock_of_an_order_themselves():
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED
    order = paper.PaperActNoted(transfer_id=TRANSFER, kind=kind, police_id=POLICE.id)
    rule = "transfer.ordered_filing_on_paper"
    assert clock_of(rule, "2025-05-17 00:00", on(SIGNED_AT, order)).status is Status.MISSED
    order.referral_id = uid("referral")
    with pytest.raises(ValueError, match="not enough values"):
        clock_of(rule, "2025-05-17 00:00", on(SIGNED_AT, order))


@pytest.mark.parametrize("filed", [False, True])
def test_an_order_that_is_entered_after_the_filing_gives_no_time_to_file(filed: bool):
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED
    order = but(confirmed_as(kind), answer_id=uid("order"), answered_by=PROCURATORATE.id)
    noted, _ = reactions(policy, order, at=CONFIRMED_AT)
    history = (*RECEIVED, *((on(ARRIVED_AT, FILING_RECORDED),) if filed else ()), on(CONFIRMED_AT, order))
    outcome = given(transfer, *history).when(noted, actor=POLICY, at=SIGNED_AT)
    assert [type(each) for each in outcome.events] == ([] if filed else [paper.PaperActNoted])
