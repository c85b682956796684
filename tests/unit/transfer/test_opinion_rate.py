"""The on-time rate of replies: every opinion stands in exactly one place, and numerator and denominator are shown."""

from datetime import timedelta

import pytest
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.transfer.model.opinion_case import Stage
from services.transfer.opinion_api import DEFINITION, rate
from tests.support.decider import instant

DUE = instant("2025-06-11 00:00")
BEFORE, AFTER = DUE - timedelta(seconds=1), DUE + timedelta(seconds=1)
PLACES = ("replied_in_time", "replied_late", "overdue", "pending", "returned", "withdrawn")


def opinion(**known):
    row = {
        "replied_at": None,
        "reply_kind": None,
        "in_time": None,
        "ends_at": DUE,
        "provisional": False,
        "stage": Stage.CASE_FILED.value,
        "outcome": None,
        "fallback": False,
    }
    return row | known


def answered(**known):
    return opinion(**{"replied_at": BEFORE, "in_time": True, "reply_kind": pb.REPLY_KIND_RESULT, **known})


@pytest.mark.parametrize(
    ("row", "now", "place"),
    [
        (answered(), AFTER, "replied_in_time"),
        (answered(reply_kind=pb.REPLY_KIND_INTERIM), AFTER, "replied_in_time"),
        (answered(in_time=None), AFTER, "replied_in_time"),
        (answered(stage=Stage.WITHDRAWN.value), AFTER, "replied_in_time"),
        (answered(replied_at=DUE, in_time=False), AFTER, "replied_late"),
        (answered(replied_at=DUE, in_time=None), AFTER, "replied_late"),
        (opinion(), BEFORE, "pending"),
        (opinion(), DUE, "overdue"),
        (opinion(provisional=True), AFTER, "pending"),
        (opinion(ends_at=None), AFTER, "pending"),
        (opinion(stage=Stage.RETURNED.value), AFTER, "returned"),
        (opinion(stage=Stage.WITHDRAWN.value), AFTER, "withdrawn"),
    ],
    ids=[
        "in time",
        "interim in time",
        "not settled yet, in time",
        "withdrawn after the reply",
        "late",
        "not settled yet, late",
        "last second",
        "over",
        "a year without calendar",
        "no clock yet",
        "returned",
        "withdrawn",
    ],
)
def test_an_opinion_stands_in_one_place(row, now, place):
    counted = rate([row], now, 7)
    assert {name: getattr(counted, name) for name in PLACES} == {name: int(name == place) for name in PLACES}
    assert (counted.received, counted.position, counted.definition) == (1, 7, DEFINITION)


def test_what_came_of_them_is_counted_apart():
    outcomes = (
        pb.OPINION_OUTCOME_PENALTY,
        pb.OPINION_OUTCOME_NO_PENALTY,
        pb.OPINION_OUTCOME_NO_PENALTY,
        pb.OPINION_OUTCOME_NOT_ESTABLISHED,
        pb.OPINION_OUTCOME_NOT_FILED,
        pb.OPINION_OUTCOME_TRANSFERRED,
        pb.OPINION_OUTCOME_REVOKED,
    )
    rows = [answered(outcome=outcome) for outcome in outcomes]
    rows += [answered(reply_kind=pb.REPLY_KIND_INTERIM, fallback=True)]
    counted = rate(rows, AFTER, 7)
    assert (counted.punished, counted.not_punished, counted.not_established, counted.not_filed) == (1, 2, 1, 1)
    assert (counted.interim_only, counted.fallback) == (1, 1)
    assert (counted.transferred, counted.revoked) == (1, 1)
    assert (counted.replied_in_time, counted.received) == (8, 8)


def test_of_nothing_there_is_no_rate():
    counted = rate([], AFTER, 7)
    assert (counted.replied_in_time, counted.received) == (0, 0)
