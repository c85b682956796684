"""T0-T1: a crime is suspected, a team is named at once, it reports in writing (国务院令第310号 arts. 3, 5)."""

from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, transfer
from services.transfer.model.transfer import Stage
from tests.support.decider import LI, SUSPENDED, ZHAO, given, uid
from tests.unit.transfer.acts import (
    DRAFT,
    OPEN,
    OPENED,
    OPENED_AT,
    READY,
    REPORTED,
    REPORTED_AT,
    SUBMIT,
)


def opened_by(*officer_ids: str) -> commands.OpenTransferRequest:
    command = commands.OpenTransferRequest()
    command.CopyFrom(OPEN)
    del command.team_ids[:]
    command.team_ids.extend(officer_ids)
    return command


def test_a_team_of_two_is_named_at_once():
    assert given(transfer).when(OPEN, at=OPENED_AT).then(OPENED).stage is Stage.DRAFT


def test_one_officer_is_no_team():
    given(transfer).when(opened_by(LI.officer_id)).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_the_same_officer_twice_is_no_team():
    given(transfer).when(opened_by(LI.officer_id, LI.officer_id)).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_nobody_with_a_suspended_credential_joins_a_team():
    given(transfer).when(opened_by(LI.officer_id, SUSPENDED.officer_id)).refused(
        KernelRefusal.OFFICER_NOT_ACTIVE, status="SUSPENDED"
    )


def test_nobody_unknown_joins_a_team():
    given(transfer).when(opened_by(LI.officer_id, uid("nobody"))).refused(KernelRefusal.OFFICER_UNKNOWN)


def test_the_team_reports_to_the_principal_head():
    after = given(transfer, *DRAFT).when(SUBMIT, at=REPORTED_AT).then(REPORTED)
    assert after.stage is Stage.PENDING_HEAD


def test_an_officer_outside_the_team_cannot_report():
    given(transfer, *DRAFT).when(SUBMIT, actor=ZHAO, at=REPORTED_AT).refused(Refusal.NOT_IN_TEAM)


def test_a_report_is_not_older_than_the_team():
    given(transfer, *DRAFT).when(SUBMIT, at="2025-04-27 09:00").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_a_second_report_is_refused_with_the_stage():
    given(transfer, *READY).when(SUBMIT).refused(KernelRefusal.WRONG_STAGE, stage="已批准移送", allowed="核实中")
