"""T0-T1: a crime is suspected, a team is named at once, it reports in writing (国务院令第310号 arts. 3, 5)."""

from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import team_pb2 as team

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, transfer
from services.transfer.model.transfer import Stage
from tests.support.decider import LEADER, LI, SUSPENDED, WANG, ZHAO, given, on, uid
from tests.unit.transfer.acts import (
    CHANGE_TEAM,
    DELIVERED,
    DRAFT,
    INFORM,
    INFORMED,
    ON_ITS_WAY,
    OPEN,
    OPENED,
    OPENED_AT,
    PENDING,
    READY,
    RECEIVED,
    REFUSAL_RECORDED,
    REPORTED,
    REPORTED_AT,
    RETURNED,
    SEND,
    SENT,
    SENT_AT,
    SUBMIT,
    TEAM_CHANGED,
)
from tests.unit.transfer.branches import CLOSED, POLICE_FORWARDED, RECORD_FORWARDING, but
from tests.unit.transfer.test_approval import REJECTED
from tests.unit.transfer.walks import EVERYBODY


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


# ---- the team changes ----------------------------------------------------------------------------------------------

THURSDAY = "2025-05-08 09:00"


def new_team(*members: str) -> team.ChangeTeamRequest:
    return but(CHANGE_TEAM, team_ids=list(members))


def test_a_leader_names_another_team_which_goes_on_where_the_former_one_stood():
    changed = (*DRAFT, on("2025-04-28 15:00", TEAM_CHANGED))
    after = given(transfer, *DRAFT).when(CHANGE_TEAM, actor=LEADER, at="2025-04-28 15:00").then(TEAM_CHANGED)
    assert after.stage is Stage.DRAFT
    given(transfer, *changed).when(SUBMIT, actor=WANG, at=REPORTED_AT).refused(Refusal.NOT_IN_TEAM)
    given(transfer, *changed).when(SUBMIT, actor=ZHAO, at=REPORTED_AT).then(REPORTED)


def test_so_it_does_on_the_way_and_after_the_case_came_back():
    back = (*DELIVERED, on("2025-06-10 09:00", REFUSAL_RECORDED), on("2025-06-11 09:00", RETURNED))
    changed = (*back, on("2025-06-12 09:00", TEAM_CHANGED))
    given(transfer, *back).when(CHANGE_TEAM, actor=LEADER, at="2025-06-12 09:00").then(TEAM_CHANGED)
    given(transfer, *changed).when(INFORM, actor=ZHAO, at="2025-06-12 10:00").then(INFORMED)


def test_the_package_names_the_team_that_there_is():
    changed = (*READY, on("2025-04-30 17:00", TEAM_CHANGED))
    package, _ = given(transfer, *changed).when(SEND, at=SENT_AT).events
    assert package == but(SENT, team=list(TEAM_CHANGED.team))
    forwarded = given(transfer, *RECEIVED, on(THURSDAY, TEAM_CHANGED)).when(
        RECORD_FORWARDING, actor=LEADER, at="2025-05-08 10:00", members=EVERYBODY
    )
    assert forwarded.events[0] == POLICE_FORWARDED
    assert list(forwarded.events[1].team) == list(TEAM_CHANGED.team)  # type: ignore[attr-defined]


def test_the_new_team_has_two_active_officers_too():
    for members, refusal in (
        ([LI.officer_id], KernelRefusal.TWO_OFFICERS_NEEDED),
        ([LI.officer_id, SUSPENDED.officer_id], KernelRefusal.OFFICER_NOT_ACTIVE),
    ):
        given(transfer, *DRAFT).when(new_team(*members), actor=LEADER, at=REPORTED_AT).refused(refusal)


def test_a_team_that_is_the_same_is_no_change():
    same = new_team(WANG.officer_id, LI.officer_id)
    given(transfer, *DRAFT).when(same, actor=LEADER, at=REPORTED_AT).refused(Refusal.TEAM_UNCHANGED)


def test_it_does_not_change_in_the_past_nor_once_nothing_is_left_to_do():
    given(transfer, *ON_ITS_WAY).when(CHANGE_TEAM, actor=LEADER, at="2025-04-30 17:59").refused(
        Refusal.ACT_BEFORE_ITS_CAUSE
    )
    over = (*PENDING, on("2025-04-30 16:00", REJECTED))
    for history in (over, (*RECEIVED, on(THURSDAY, CLOSED))):
        given(transfer, *history).when(CHANGE_TEAM, actor=LEADER, at="2025-05-09 09:00").refused(
            KernelRefusal.WRONG_STAGE
        )
