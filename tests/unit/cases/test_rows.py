"""The normal procedure row by row (一般程序): each guard of each row refuses, and its article stands in the refusal.

One page for whoever reads the law beside it. Every row is one step from a history in which the step is allowed but for
one thing. Who may take a step is test_roles.py, when it must be taken test_clocks.py; the finer cases of each guard are
in the tests of its topic. Rows 14 to 17' belong to the collection.
"""

from collections.abc import Callable
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.options.v1 import options_pb2 as options

from services.cases.model import Refusal, case
from services.cases.model.publication import OnFile
from services.collection.model import Refusal as Money
from services.collection.model import collection, execution
from services.collection.model.payment import Elsewhere
from services.collection.service import SERVICE as COLLECTION
from services.kernel.errors import KernelRefusal, RefusalCode
from tests.support.decider import CHIEF, HEAD, LEADER, LI, SUSPENDED, given, on, uid
from tests.unit.cases import acts, procedure
from tests.unit.cases.acts import changed
from tests.unit.cases.procedure import PEOPLE
from tests.unit.cases.test_closing import ARCHIVE, BUILT
from tests.unit.cases.test_filing import ASKED
from tests.unit.cases.test_side_states import DISPUTED
from tests.unit.cases.test_side_states import SUSPENDED as STANDING_STILL
from tests.unit.collection import acts as money
from tests.unit.collection import test_execution as own

ALONE = [LI.officer_id]
WITH_SUSPENDED = [LI.officer_id, SUSPENDED.officer_id]
AT_SEIZURE = "2024-09-10 10:00"
MAY_SEIZE = (*acts.INVESTIGATING, on(AT_SEIZURE, acts.SEIZURE_APPROVED))
MAY_PRESERVE = (*acts.INVESTIGATING, on(AT_SEIZURE, acts.PRESERVATION_APPROVED))
READY = (*acts.NOTIFIED, on("2024-09-28 10:00", acts.WAIVED))
HIGHER = changed(acts.FINE, amount_fen=1_200_000)
CLOSED = (*acts.PAID, on("2024-11-28 10:00", acts.CLOSED))
INVESTIGATING_REVIEWER = changed(LI, roles=[options.ROLE_LEGAL_REVIEWER], legally_qualified_on="2020-03-01")
INVESTIGATING_CHAIR = changed(LI, roles=[options.ROLE_HEARING_CHAIR])
BY_LEADER = {"actor": LEADER, "officers": PEOPLE}


def clue(**fields: Any) -> tuple[Any, ...]:
    return (on(acts.CLUE_AT, changed(acts.CLUE_REGISTERED, **fields)),)


def of_case(history: Any, command: Any, refusal: RefusalCode, **how: Any) -> Callable[[], None]:
    return lambda: given(case, *history).when(command, **{**BY_LEADER, **how}).refused(refusal)


def of_money(history: Any, command: Any, refusal: RefusalCode, **how: Any) -> Callable[[], None]:
    return lambda: given(collection, *history).when(command, **how).refused(refusal)


def of_execution(history: Any, command: Any, refusal: RefusalCode, **how: Any) -> Callable[[], None]:
    return lambda: given(execution, *history).when(command, **{"actor": LEADER, **how}).refused(refusal)


NO_LAW = changed(acts.APPROVE_SEIZURE, law_basis="")
AT_COURT = {"at": money.APPLIED_AT, "actor": HEAD}
AT_START = {"at": "2025-03-17 09:00"}

ROWS: dict[str, Callable[[], None]] = {
    "1 clue: the act lies before it": of_case(
        (), changed(acts.CLUE, act_on="2024-09-07"), Refusal.ACT_AFTER_CLUE, at=acts.CLUE_AT
    ),
    "1 clue: handed over by whoever did": of_case(
        (), changed(acts.CLUE, handed_off_by="jt-500118"), Refusal.NOT_HANDED_OFF_BY, at=acts.CLUE_AT
    ),
    "2 filing: place": of_case(
        clue(place=changed(acts.PLACE, division_code="500118")), acts.FILE, Refusal.NOT_COMPETENT, at=acts.FILED_AT
    ),
    "2 filing: two years": of_case(clue(act_on="2022-09-05"), acts.FILE, Refusal.LIMITATION_PASSED, at=acts.FILED_AT),
    "2 filing: the same act elsewhere, filed or fined": of_case(
        acts.SUSPECTED, acts.FILE, Refusal.DUPLICATE_UNDECIDED, at=acts.FILED_AT, found=ASKED
    ),
    "2 filing: a report was verified": of_case(
        clue(source=pb.CLUE_SOURCE_REPORT), acts.FILE, Refusal.REPORT_NOT_VERIFIED, at=acts.FILED_AT
    ),
    "2' not filed: whoever reported it is told": of_case(
        clue(source=pb.CLUE_SOURCE_REPORT, reporter="王五"), acts.NOT_FILE, Refusal.REPORTER_NOT_INFORMED
    ),
    "3 officers: two": of_case(
        acts.OPEN, changed(acts.ASSIGN, officer_ids=ALONE), KernelRefusal.TWO_OFFICERS_NEEDED, actor=CHIEF
    ),
    "3 officers: active": of_case(
        acts.OPEN, changed(acts.ASSIGN, officer_ids=WITH_SUSPENDED), KernelRefusal.OFFICER_NOT_ACTIVE, actor=CHIEF
    ),
    "4 evidence: two officers": of_case(
        acts.INVESTIGATING, changed(acts.ADD_EVIDENCE, collector_ids=ALONE), KernelRefusal.TWO_OFFICERS_NEEDED
    ),
    "4a preservation: approved before": of_case(
        acts.INVESTIGATING, acts.PRESERVE, Refusal.MEASURE_NOT_APPROVED, at=AT_SEIZURE
    ),
    "4a preservation: two officers": of_case(
        MAY_PRESERVE, changed(acts.PRESERVE, officer_ids=ALONE), KernelRefusal.TWO_OFFICERS_NEEDED, at=AT_SEIZURE
    ),
    "4b seizure: a law gives the power": of_case(acts.OPEN, NO_LAW, Refusal.LAW_BASIS_NEEDED),
    "4b seizure: approved before": of_case(acts.INVESTIGATING, acts.SEIZE, Refusal.MEASURE_NOT_APPROVED, at=AT_SEIZURE),
    "4b seizure: prolonged once": of_case(
        (*MAY_SEIZE, on(AT_SEIZURE, acts.SEIZED), acts.EXTENDED),
        acts.EXTEND,
        Refusal.SEIZURE_EXTENDED_ONCE,
        at=AT_SEIZURE,
    ),
    "4c correction: served with its proof": of_case(acts.OPEN, changed(acts.CORRECT, proof=None), Refusal.PROOF_NEEDED),
    "5 investigation: evidence": of_case(acts.INVESTIGATING, acts.CLOSE_INVESTIGATION, Refusal.NO_EVIDENCE),
    "5 investigation: a report": of_case(
        acts.PROVEN, changed(acts.CLOSE_INVESTIGATION, report=None), Refusal.REPORT_NEEDED
    ),
    "6 notice: a leader approved the report": of_case(
        acts.REPORTED, acts.SERVE_NOTICE, Refusal.REPORT_NOT_APPROVED, actor=LI, at=acts.NOTICE_AT
    ),
    "6 notice: the proposed amounts": of_case(
        acts.APPROVED,
        changed(acts.SERVE_NOTICE, proposed=[pb.Penalty(kind=pb.PENALTY_KIND_FINE)]),
        Refusal.PENALTY_AMOUNT,
        at=acts.NOTICE_AT,
    ),
    "6 notice: served with its proof": of_case(
        acts.APPROVED, changed(acts.SERVE_NOTICE, proof=None), Refusal.PROOF_NEEDED, at=acts.NOTICE_AT
    ),
    "7 defence: reviewed": of_case((*acts.NOTIFIED, acts.DEFENDED), acts.PENALISE, Refusal.DEFENCE_NOT_REVIEWED),
    "7 defence: raises nothing": of_case(
        (*acts.NOTIFIED, acts.DEFENDED),
        changed(acts.PENALISE, penalties=[HIGHER], defence_review="不成立"),
        Refusal.AGGRAVATED_AFTER_DEFENCE,
    ),
    "8 hearing: asked for in five working days": of_case(
        acts.NOTIFIED, procedure.ASK, Refusal.HEARING_REQUEST_LATE, at="2024-10-11 09:00"
    ),
    "8 hearing: told seven working days before": of_case(
        procedure.REQUESTED,
        changed(procedure.NOTIFY, held_at=on("2024-10-18 09:00", acts.FILED).at),
        Refusal.HEARING_TOO_SOON,
        at=procedure.NOTIFIED_AT,
    ),
    "8 hearing: the chair did not investigate": of_case(
        procedure.REQUESTED,
        changed(procedure.NOTIFY, chair_id=LI.officer_id),
        Refusal.CHAIR_INVESTIGATED,
        at=procedure.NOTIFIED_AT,
        officers=(*[one for one in PEOPLE if one.officer_id != LI.officer_id], INVESTIGATING_CHAIR),
    ),
    "8 hearing: finished before the decision": of_case(
        procedure.CALLED, acts.PENALISE, Refusal.HEARING_OPEN, at="2024-11-05 10:00"
    ),
    "9 review: after a hearing": of_case(
        procedure.FINISHED, acts.PENALISE, Refusal.LEGAL_REVIEW_NEEDED, at="2024-11-05 10:00"
    ),
    "9 review: the reviewer did not investigate": of_case(
        procedure.SENT,
        procedure.REVIEW,
        Refusal.REVIEWER_INVESTIGATED,
        actor=INVESTIGATING_REVIEWER,
        officers=(*PEOPLE, INVESTIGATING_REVIEWER),
    ),
    "9 review: the reviewer is qualified": of_case(
        procedure.SENT, procedure.REVIEW, Refusal.REVIEWER_NOT_QUALIFIED, actor=procedure.BEGINNER
    ),
    "9 review: passed": of_case(
        (*READY, procedure.SUBMITTED, procedure.RETURNED), acts.PENALISE, Refusal.REVIEW_NOT_PASSED
    ),
    "10 discussion: of a complex or major case": of_case(
        (*READY, procedure.MAJOR), acts.PENALISE, Refusal.DISCUSSION_NEEDED
    ),
    "11 decision: a notice before": of_case(acts.REPORTED, acts.PENALISE, Refusal.NOTICE_BEFORE_DECISION),
    "11 decision: within the notice": of_case(READY, changed(acts.PENALISE, penalties=[HIGHER]), Refusal.BEYOND_NOTICE),
    "11 decision: no fine while the police have it": of_case(
        (*READY, acts.transfer_noted(pb.TRANSFER_PHASE_SENT)), acts.PENALISE, Refusal.FINE_WHILE_TRANSFERRED
    ),
    "11 decision: none without a penalty but with education": of_case(
        acts.REPORTED, changed(acts.SPARE, education=""), Refusal.GROUND_AND_EDUCATION
    ),
    "12 service: its proof": of_case(
        acts.DECIDED, changed(acts.SERVE, proof=None), Refusal.PROOF_NEEDED, at="2024-11-12 10:00"
    ),
    "12 service: by message with consent": of_case(
        acts.DECIDED,
        changed(acts.SERVE, way=pb.SERVICE_WAY_ELECTRONIC),
        Refusal.NO_ELECTRONIC_CONSENT,
        at="2024-11-12 10:00",
    ),
    "12 service: by public notice when it was put up": of_case(
        acts.DECIDED,
        changed(acts.SERVE, way=pb.SERVICE_WAY_PUBLIC_NOTICE),
        Refusal.NOT_POSTED,
        at="2024-11-12 10:00",
    ),
    "13 publication: the decision on file": of_case(
        acts.DECIDED, procedure.PROPOSE, Refusal.DECISION_NOT_ON_FILE, found=OnFile()
    ),
    "13 publication: a second person": of_case(
        (*acts.DECIDED, procedure.proposed()), procedure.CHECK, Refusal.SECOND_PERSON_NEEDED, actor=LI
    ),
    "13 publication: checked": of_case(
        (*acts.DECIDED, procedure.proposed()),
        procedure.PUBLISH,
        Refusal.PUBLICATION_UNCHECKED,
        actor=CHIEF,
        found=procedure.ON_FILE,
    ),
    "14 payment: a transaction counts once": of_money(
        money.SERVED,
        money.PAY,
        Money.TRANSACTION_ELSEWHERE,
        at=money.PAID_AT,
        actor=money.BANK,
        found=Elsewhere(uid("other")),
    ),
    "15 overdue: the day has passed": of_money(
        money.SERVED, money.DEMAND, Money.NOT_OVERDUE, at="2024-11-27 23:59", **money.REACHED
    ),
    "16 demand: served with its proof": of_money(
        money.LATE, changed(money.DEMAND, proof=None), Refusal.PROOF_NEEDED, at=money.DEMANDED_AT, **money.REACHED
    ),
    "17 court: ten working days after the demand": of_money(
        money.AFTER_DEMAND, money.APPLY, Money.DEMAND_PERIOD_RUNNING, at="2025-06-17 23:59", actor=HEAD
    ),
    "17 court: within three months": of_money(
        money.AFTER_DEMAND, money.APPLY, Money.COURT_WINDOW_PASSED, at="2025-08-13 00:00", actor=HEAD
    ),
    "17 court: the five materials": of_money(
        money.AFTER_DEMAND,
        changed(money.APPLY, materials=money.MATERIALS[1:]),
        Money.COURT_MATERIALS_MISSING,
        **AT_COURT,
    ),
    "17' own execution: a law": of_execution((), changed(own.DEMAND, law_basis=" "), Money.POWER_NEEDED),
    "17' own execution: three working days before": of_execution(
        own.TOLD_OF_IT, own.START, Money.SUBSTITUTE_DEMAND_RUNNING, **AT_START
    ),
    "17' own execution: the decision is served": of_execution(
        own.DECISION, own.START, Money.DECISION_NOT_SERVED, **AT_START
    ),
    "17' own execution: not at night": of_execution(
        own.READY, own.START, Money.NIGHT_OR_HOLIDAY, at="2025-03-17 22:00"
    ),
    "18 closing: performed": of_case(acts.DELIVERED, acts.CLOSE, Refusal.NOT_PERFORMED),
    "18 closing: nothing is held": of_case(
        (*MAY_SEIZE, on(AT_SEIZURE, acts.SEIZED), *acts.PAID[len(acts.INVESTIGATING) :]),
        acts.CLOSE,
        Refusal.MEASURE_IN_FORCE,
    ),
    "18 closing: the decision is served": of_case(acts.DECIDED, acts.CLOSE, KernelRefusal.WRONG_STAGE),
    "19 archive: closed": of_case(acts.PAID, ARCHIVE, KernelRefusal.WRONG_STAGE, found=BUILT),
    "19 archive: the package of the file": of_case(CLOSED, ARCHIVE, Refusal.PACKAGE_NOT_BUILT, found=""),
    "side states: suspended": of_case((*READY, STANDING_STILL), acts.PENALISE, Refusal.CASE_SUSPENDED),
    "side states: disputed": of_case((*READY, DISPUTED), acts.PENALISE, Refusal.JURISDICTION_DISPUTED),
    "side states: transferred to another authority": of_case(
        (*READY, side.CaseTransferredToAuthority(case_id=acts.CASE, receiver_id="jt-500118")),
        acts.PENALISE,
        KernelRefusal.WRONG_STAGE,
    ),
}
"""Row of the procedure and what it asks for; what is refused when that is missing."""


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_refused_when_one_of_its_guards_fails(row: str) -> None:
    ROWS[row]()


def test_row_14_is_the_banks_and_nobody_elses() -> None:
    by_name = {method.name: method for method in COLLECTION.descriptor.methods}
    access = by_name["RecordPayment"].GetOptions().Extensions[options.access]
    assert list(access.callers) == [options.CALLER_COLLECTOR]


def test_no_row_is_left_out() -> None:
    named = {row.partition(" ")[0] for row in ROWS} - {"side"}
    assert named == {*map(str, range(1, 20)), "2'", "4a", "4b", "4c", "17'"}
