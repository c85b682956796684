"""T2: the principal head approves or refuses (国务院令第310号 art. 5)."""

import pytest
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, transfer
from services.transfer.model.transfer import Stage
from tests.support.decider import HEAD, LEADER, LI, given, officer
from tests.unit.transfer.acts import (
    APPROVE,
    APPROVED,
    APPROVED_AT,
    CASE,
    DRAFT,
    PENDING,
    READY,
    REJECT,
    TRANSFER,
)

DEPUTY = officer("副", options.ROLE_LEADER, options.ROLE_UNIT_CHIEF)
REJECTED = pb.TransferRejected(transfer_id=TRANSFER, case_id=CASE, reason="未达到刑事标准")


def test_the_principal_head_approves():
    after = given(transfer, *PENDING).when(APPROVE, actor=HEAD, at=APPROVED_AT).then(APPROVED)
    assert after.stage is Stage.APPROVED


@pytest.mark.parametrize("actor", [DEPUTY, LEADER, LI], ids=["deputy", "leader", "team"])
@pytest.mark.parametrize("command", [APPROVE, REJECT], ids=["approve", "reject"])
def test_nobody_but_the_principal_head_decides(command, actor):
    given(transfer, *PENDING).when(command, actor=actor, at=APPROVED_AT).refused(Refusal.NEEDS_PRINCIPAL_HEAD)


def test_the_principal_head_refuses_with_reasons():
    after = given(transfer, *PENDING).when(REJECT, actor=HEAD, at=APPROVED_AT).then(REJECTED)
    assert after.stage is Stage.REJECTED


def test_nothing_is_approved_before_the_report():
    given(transfer, *DRAFT).when(APPROVE, actor=HEAD, at=APPROVED_AT).refused(
        KernelRefusal.WRONG_STAGE, stage="核实中", allowed="待正职负责人决定"
    )


def test_the_approval_is_not_older_than_the_report():
    given(transfer, *PENDING).when(APPROVE, actor=HEAD, at="2025-04-29 09:59").refused(
        Refusal.ACT_BEFORE_ITS_CAUSE, cause_at="2025-04-29 10:00"
    )


def test_an_approved_transfer_is_not_refused_afterwards():
    given(transfer, *READY).when(REJECT, actor=HEAD, at=APPROVED_AT).refused(KernelRefusal.WRONG_STAGE)


def test_the_refusal_is_not_older_than_the_report_either():
    given(transfer, *PENDING).when(REJECT, actor=HEAD, at="2025-04-29 09:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)
