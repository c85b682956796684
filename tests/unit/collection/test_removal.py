"""What is removed by force was announced, and nobody sought a remedy against the order in time (行政强制法 art. 44)."""

from datetime import date
from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, execution
from services.collection.model.performing import Orders, RemediesSought
from tests.support.decider import given, on
from tests.unit.collection.acts import changed, file
from tests.unit.collection.test_execution import DECIDED, DECISION_SERVED, EXECUTION, START, STARTED, TOLD

REMOVAL = changed(DECIDED, kind=pb.EXECUTION_KIND_REMOVAL, cost_estimate_fen=0, performer="")
POST = commands.PostExecutionNoticeRequest(
    execution_id=EXECUTION, perform_by_on="2025-03-31", order_served_on="2025-03-04", document=file("公告")
)
POSTED = pb.ExecutionNoticePosted(
    execution_id=EXECUTION, perform_by_on="2025-03-31", order_served_on="2025-03-04", document=file("公告")
)
ORDERED = (*TOLD, on("2025-03-11 09:00", REMOVAL), on("2025-03-11 09:30", DECISION_SERVED))
ON_RECORD: dict[str, Any] = {"found": Orders(frozenset({date(2025, 3, 4)}))}
ANNOUNCED = (*ORDERED, on("2025-03-12 09:00", POSTED))
NONE_SOUGHT: dict[str, Any] = {"found": RemediesSought()}
"""Six months after 2025-03-04 is a Thursday."""
LAST_DAY, NEXT_DAY = "2025-09-04 09:00", "2025-09-05 09:00"


def test_it_is_announced_with_the_day_of_the_order():
    given(execution, *ORDERED).when(POST, at="2025-03-12 09:00", **ON_RECORD).then(POSTED)


def test_the_day_of_the_order_is_one_that_the_case_has_on_record():
    other = changed(POST, order_served_on="2025-03-05")
    for command, found in ((other, ON_RECORD), (POST, {"found": Orders()})):
        given(execution, *ORDERED).when(command, at="2025-03-12 09:00", **found).refused(
            Refusal.ORDER_NOT_SERVED, day=command.order_served_on
        )


def test_it_begins_when_the_time_for_remedies_is_over_and_none_was_sought():
    given(execution, *ANNOUNCED).when(START, at=NEXT_DAY, **NONE_SOUGHT).then(STARTED)


@pytest.mark.parametrize(
    ("history", "at", "found", "refusal"),
    [
        (ORDERED, NEXT_DAY, RemediesSought(), Refusal.NOTICE_NEEDED),
        ((*ORDERED, changed(POSTED, order_served_on="")), NEXT_DAY, RemediesSought(), Refusal.NOTICE_NEEDED),
        (ANNOUNCED, LAST_DAY, RemediesSought(), Refusal.SUIT_PERIOD_RUNNING),
        (ANNOUNCED, NEXT_DAY, RemediesSought(any=True), Refusal.REMEDY_SOUGHT),
        (
            (*ORDERED, changed(POSTED, perform_by_on="2025-09-05")),
            NEXT_DAY,
            RemediesSought(),
            Refusal.NOTICE_PERIOD_RUNNING,
        ),
    ],
    ids=["no announcement", "no order", "time for a suit", "a remedy", "the party's own time"],
)
def test_nothing_is_removed_before_that(history, at, found, refusal):
    given(execution, *history).when(START, at=at, found=found).refused(refusal)
