"""T5 variants: the police take longer, with a document and on a ground that the configuration knows."""

from datetime import date
from typing import Any

import pytest
from enforcement.transfer.v1 import reconsideration_pb2 as pb

from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.transfer import Stage
from tests.support.decider import POLICE, POLICY, given, on
from tests.unit.transfer.acts import ACCEPTED, AT_POLICE, DECIDE_FILING, FILING_REFUSED, RECEIVED, TRANSFER
from tests.unit.transfer.branches import RECORD_EXTENSION, extend, extended

COMPLICATED = pb.EXTENSION_GROUND_COMPLICATED
ECONOMIC = pb.EXTENSION_GROUND_ECONOMIC
MAJOR = pb.EXTENSION_GROUND_ECONOMIC_MAJOR
SUPERIOR = pb.EXTENSION_GROUND_SUPERIOR
IN_TIME: dict[str, Any] = {**AT_POLICE, "at": "2025-05-06 23:59:59"}


@pytest.mark.parametrize(
    ("ground", "days"), [(COMPLICATED, 7), (ECONOMIC, 4), (MAJOR, 23), (SUPERIOR, 30)], ids=["7", "4", "23", "30"]
)
def test_each_ground_adds_its_days(ground: pb.ExtensionGround.ValueType, days: int) -> None:
    given(referral, *ACCEPTED).when(extend(ground), **IN_TIME).then(extended(days, ground))


def test_a_limit_that_is_over_is_not_extended() -> None:
    given(referral, *ACCEPTED).when(extend(COMPLICATED), **{**IN_TIME, "at": "2025-05-07 00:00"}).refused(
        Refusal.EXTENSION_LATE, until="2025-05-07 00:00"
    )


def test_an_extended_limit_is_extended_on_another_ground_until_its_own_end() -> None:
    longer = (*ACCEPTED, on("2025-05-06 10:00", extended(4, ECONOMIC)))
    given(referral, *longer).when(extend(MAJOR), **{**IN_TIME, "at": "2025-05-08 23:59:59"}).then(extended(23, MAJOR))
    given(referral, *longer).when(extend(MAJOR), **{**IN_TIME, "at": "2025-05-09 00:00"}).refused(
        Refusal.EXTENSION_LATE
    )


def test_a_ground_counts_once() -> None:
    longer = (*ACCEPTED, on("2025-05-06 10:00", extended(7)))
    given(referral, *longer).when(extend(COMPLICATED), **{**IN_TIME, "at": "2025-05-07 09:00"}).refused(
        Refusal.EXTENDED_ALREADY, ground="案情复杂"
    )


@pytest.mark.parametrize("value", ["none", "economic:4"])
def test_what_the_configuration_does_not_know_extends_nothing(value: str) -> None:
    rules = Rules({"police_decision_extension": ((date(2025, 1, 1), value),)})
    given(referral, *ACCEPTED).when(extend(COMPLICATED), **IN_TIME, rules=rules).refused(
        Refusal.EXTENSION_NOT_PROVIDED, ground="案情复杂"
    )


def test_the_days_are_those_of_the_limit() -> None:
    rules = Rules({"o310_days": ((date(2025, 1, 1), "working"),)})
    given(referral, *ACCEPTED).when(extend(COMPLICATED), **{**IN_TIME, "at": "2025-05-08 23:59"}, rules=rules).then(
        extended(7)
    )


def test_a_decision_that_was_made_is_not_extended() -> None:
    decided = (*ACCEPTED, on("2025-05-02 10:00", FILING_REFUSED))
    given(referral, *decided).when(extend(COMPLICATED), **IN_TIME).refused(KernelRefusal.WRONG_STAGE)


def test_an_extension_is_no_older_than_the_acceptance() -> None:
    given(referral, *ACCEPTED).when(extend(COMPLICATED), **{**IN_TIME, "at": "2025-05-01 09:59"}).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE
    )


def test_nothing_is_decided_before_the_extension_that_stands_in_the_file() -> None:
    longer = (*ACCEPTED, on("2025-05-06 10:00", extended(7)))
    given(referral, *longer).when(DECIDE_FILING, **{**IN_TIME, "at": "2025-05-06 09:00"}).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE
    )


def test_the_bureau_records_it_and_waits() -> None:
    told = pb.PoliceExtensionRecorded(transfer_id=TRANSFER, police_id=POLICE.id, ground=COMPLICATED, days=7)
    assert given(transfer, *RECEIVED).when(RECORD_EXTENSION, actor=POLICY).then(told).stage is Stage.RECEIVED
