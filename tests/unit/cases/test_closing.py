"""Rows 18 and 19, and the fourth outcome of row 11: closing, archive, transfer of a suspected crime."""

from datetime import date

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, POLICY, given, uid
from tests.unit.cases.acts import (
    CASE,
    CLOSE,
    CLOSED,
    COLLECTION,
    DELIVERED,
    FINE,
    INVESTIGATING,
    NOTIFIED,
    OPEN,
    PAID,
    PENALISE,
    PENALISED,
    REPORTED,
    SERVED,
    SPARED,
    changed,
    file,
    note_transfer,
    performance,
    transfer_noted,
)
from tests.unit.cases.procedure import CLERK, PEOPLE
from tests.unit.cases.test_side_states import SUSPENDED

OPENED = performance(side.PERFORMANCE_PHASE_OPENED)
PERFORMED = performance(side.PERFORMANCE_PHASE_PERFORMED)
ENDED = performance(side.PERFORMANCE_PHASE_EXECUTION_ENDED)
EXECUTION_ENDED = changed(CLOSE, ground=pb.CLOSING_GROUND_EXECUTION_ENDED)


def close(history, command=CLOSE):
    return given(case, *history).when(command, actor=LEADER)


@pytest.mark.parametrize("phase", [one for one in side.PerformancePhase.values() if one])
def test_the_case_notes_how_far_its_money_has_come_and_nothing_twice(phase):
    note = side.NotePerformanceRequest(case_id=CASE, collection_id=COLLECTION, phase=phase)
    given(case, *DELIVERED).when(note, actor=POLICY).then(performance(phase))
    given(case, *DELIVERED, performance(phase)).when(note, actor=POLICY).then()


def test_a_penalty_that_costs_money_is_closed_as_performed_when_it_was_paid():
    close(DELIVERED).refused(Refusal.NOT_PERFORMED, phase="尚无收缴记录")
    close((*DELIVERED, OPENED)).refused(Refusal.NOT_PERFORMED, phase="待履行")
    close((*DELIVERED, OPENED, ENDED)).refused(Refusal.NOT_PERFORMED, phase="终结执行")
    close((*DELIVERED, OPENED, PERFORMED)).then(CLOSED)


def test_every_collection_of_a_case_is_performed():
    other = changed(OPENED, collection_id=uid("other"))
    close((*PAID, other)).refused(Refusal.NOT_PERFORMED)


def test_a_case_is_not_closed_while_the_authority_executes_itself():
    going_on = changed(OPENED, collection_id=uid("execution"), own_execution=True)
    done = changed(PERFORMED, collection_id=uid("execution"), own_execution=True)
    close((*PAID, going_on)).refused(Refusal.NOT_PERFORMED, phase="行政强制执行或者代履行费用的收缴尚未结束")
    close((*PAID, going_on, done)).then(CLOSED)
    close((*DELIVERED, going_on, done)).refused(Refusal.NOT_PERFORMED, phase="尚无收缴记录")
    note = side.NotePerformanceRequest(
        case_id=CASE, collection_id=uid("execution"), phase=side.PERFORMANCE_PHASE_OPENED, own_execution=True
    )
    given(case, *DELIVERED).when(note, actor=POLICY).then(going_on)
    given(case, *DELIVERED, going_on).when(note, actor=POLICY).then()


def test_a_penalty_without_money_that_asks_for_something_else_is_closed_when_that_is_done():
    stopped = changed(PENALISED, penalties=[pb.Penalty(kind=pb.PENALTY_KIND_STOP_BUSINESS, extent="三个月")])
    close((*NOTIFIED, stopped, SERVED, OPENED)).refused(Refusal.NOT_PERFORMED, phase="待履行")
    close((*NOTIFIED, stopped, SERVED, OPENED, PERFORMED)).then(CLOSED)


def test_a_penalty_that_costs_no_money_is_closed_without_a_collection():
    warned = changed(PENALISED, penalties=[pb.Penalty(kind=pb.PENALTY_KIND_WARNING)])
    close((*NOTIFIED, warned, SERVED)).then(CLOSED)


def test_a_case_is_closed_when_execution_has_ended():
    for history in (DELIVERED, (*DELIVERED, OPENED), PAID):
        close(history, EXECUTION_ENDED).refused(Refusal.EXECUTION_NOT_ENDED)
    close((*DELIVERED, OPENED, ENDED), EXECUTION_ENDED).then(changed(CLOSED, ground=pb.CLOSING_GROUND_EXECUTION_ENDED))


def test_no_case_is_closed_while_it_stands_still_or_under_way():
    close((*DELIVERED, SUSPENDED)).refused(Refusal.CASE_SUSPENDED)
    close((*REPORTED, SPARED)).refused(KernelRefusal.WRONG_STAGE, allowed="已送达")


# ── archive (归档) ────────────────────────────────────────────────────────────────────────────────────────────────────

PACKAGE = file("案卷包")
ARCHIVE = side.ArchiveCaseRequest(case_id=CASE, package=PACKAGE, shelf="2024-A-17")
ARCHIVED = side.CaseArchived(
    case_id=CASE, package=PACKAGE, sha256=PACKAGE.sha256, shelf="2024-A-17", kept_until_on="2054-12-31"
)


BUILT = PACKAGE.sha256.hex()


def archive(history, command=ARCHIVE, found=BUILT):
    """Archives; `found` is the package that was built last."""
    return given(case, *history).when(command, actor=CLERK, officers=PEOPLE, found=found)


def test_the_file_of_a_closed_case_is_archived_with_its_digest():
    done = archive((*DELIVERED, CLOSED)).then(ARCHIVED)
    assert done.stage is Stage.ARCHIVED
    archive(DELIVERED).refused(KernelRefusal.WRONG_STAGE)
    archive((*DELIVERED, CLOSED, ARCHIVED)).refused(KernelRefusal.WRONG_STAGE, stage="已归档")


def test_how_long_the_file_is_kept_is_the_authoritys_to_say():
    ten = Rules({"archive_years": ((date(2024, 1, 1), "10"),)})
    outcome = given(case, *DELIVERED, CLOSED).when(ARCHIVE, actor=CLERK, officers=PEOPLE, found=BUILT, rules=ten)
    outcome.then(changed(ARCHIVED, kept_until_on="2034-12-31"))


@pytest.mark.parametrize("built", ["", file("别案归档包").sha256.hex()], ids=["none", "another"])
def test_a_file_that_documents_did_not_build_for_the_case_is_no_package(built):
    archive((*DELIVERED, CLOSED), found=built).refused(Refusal.PACKAGE_NOT_BUILT)


@pytest.mark.parametrize("empty", [changed(PACKAGE, size=0), changed(PACKAGE, sha256=b"")], ids=["size", "digest"])
def test_an_empty_package_is_no_archive(empty):
    archive((*DELIVERED, CLOSED), changed(ARCHIVE, package=empty)).refused(Refusal.PACKAGE_EMPTY)


# ── suspected crime (涉嫌犯罪, art. 57 (4)) ───────────────────────────────────────────────────────────────────────────

SEND = commands.DecideRequest(
    case_id=CASE, outcome=commands.OUTCOME_CRIME_TRANSFER, reasons="证件系伪造", basis="刑法 art. 280"
)
SENT = decisions.CrimeTransferDecided(
    case_id=CASE, case_number="川泸2024-0042", reasons="证件系伪造", basis="刑法 art. 280"
)
TO_POLICE = changed(CLOSE, ground=pb.CLOSING_GROUND_TRANSFERRED)
RETURNED = transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)


@pytest.mark.parametrize("history", [INVESTIGATING, REPORTED, NOTIFIED], ids=["investigating", "reported", "notified"])
def test_a_suspected_crime_goes_to_the_police_and_nothing_else_is_decided(history):
    after = given(case, *history).when(SEND, actor=LEADER).then(SENT)
    assert after.stage is Stage.TRANSFERRED_CRIMINAL
    given(case, *history, SENT).when(PENALISE, actor=LEADER).refused(Refusal.FINE_WHILE_TRANSFERRED)


def test_such_a_decision_names_the_crime_and_no_penalty():
    for wrong in ({"basis": ""}, {"penalties": [FINE]}):
        given(case, *REPORTED).when(changed(SEND, **wrong), actor=LEADER).refused(Refusal.TRANSFER_OUTCOME)
    given(case, *OPEN).when(SEND, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已立案")


def test_a_case_that_comes_back_is_where_it_was():
    history = (*NOTIFIED, SENT, transfer_noted(pb.TRANSFER_PHASE_REFUSED), RETURNED)
    assert given(case, *history).state.stage is Stage.NOTICE_SERVED
    assert given(case, *history).when(PENALISE, actor=LEADER).state.stage is Stage.DECIDED


def test_where_the_principal_head_refuses_to_transfer_it_the_case_goes_on():
    note = note_transfer(pb.TRANSFER_PHASE_REJECTED)
    rejected = transfer_noted(pb.TRANSFER_PHASE_REJECTED, open=False)
    after = given(case, *NOTIFIED, SENT).when(note, actor=POLICY).then(rejected)
    assert after.stage is Stage.NOTICE_SERVED
    given(case, *NOTIFIED).when(note, actor=POLICY).then()


@pytest.mark.parametrize("phase", [pb.TRANSFER_PHASE_FILED, pb.TRANSFER_PHASE_HANDED_OVER])
def test_a_case_that_the_police_have_filed_is_closed_as_transferred(phase):
    close((*NOTIFIED, SENT, transfer_noted(phase)), TO_POLICE).then(
        changed(CLOSED, ground=pb.CLOSING_GROUND_TRANSFERRED)
    )


@pytest.mark.parametrize(
    "phase", [pb.TRANSFER_PHASE_APPROVED, pb.TRANSFER_PHASE_SENT, pb.TRANSFER_PHASE_RECEIVED, pb.TRANSFER_PHASE_REFUSED]
)
def test_and_not_before_they_have(phase):
    close((*NOTIFIED, SENT, transfer_noted(phase)), TO_POLICE).refused(Refusal.TRANSFER_OPEN)
    close((*NOTIFIED, SENT), TO_POLICE).refused(Refusal.TRANSFER_NOT_ACCEPTED)
    close(DELIVERED, TO_POLICE).refused(KernelRefusal.WRONG_STAGE)
