"""Findings that do not stand: what stays on record, and what the numbers leave out."""

import pytest
from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as pb

from services.joint_operations.model import Refusal
from services.joint_operations.model.participation import participation
from services.joint_operations.numbers import VERSION, figures, numbers, numbers_of
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LUXIAN, NOON, given, uid
from tests.unit.joint_operations.acts import (
    FIELD,
    FOUND,
    OFFICERS,
    OPERATION,
    PART,
    assigned,
    coach,
    find,
    found,
    inspected,
)
from tests.unit.joint_operations.test_closing import CLOSE_FIELD
from tests.unit.joint_operations.test_finding import handled
from tests.unit.joint_operations.test_jurisdiction import handed_off
from tests.unit.joint_operations.test_views import folded

WHY = "号牌误读，非该车"
OTHER = found(finding_id=uid("other"), act_code="RTR-64")


def withdraw(finding_id: str = uid("finding")) -> corrections.WithdrawFindingRequest:
    return corrections.WithdrawFindingRequest(participation_id=PART, finding_id=finding_id, reason=WHY)


def withdrawn(
    left: int = 0, result: pb.InspectionResult.ValueType = pb.INSPECTION_RESULT_OK, **changes: str
) -> corrections.FindingWithdrawn:
    fields = {"finding_id": uid("finding"), "act_code": "RTR-63-1"} | changes
    return corrections.FindingWithdrawn(
        participation_id=PART,
        operation_id=OPERATION,
        inspection_id=uid("inspection"),
        object_kind=pb.OBJECT_KIND_VEHICLE,
        object_no=1,
        findings_left=left,
        reason=WHY,
        inspection_result=result,
        **fields,
    )


def test_a_finding_that_does_not_stand_is_withdrawn_and_its_inspection_has_found_nothing():
    outcome = given(participation, *FOUND).when(withdraw(), actor=CHIEF)
    state = outcome.then(withdrawn())
    assert state.inspections[uid("inspection")].result == pb.INSPECTION_RESULT_OK
    counted = numbers(state.tally)
    assert (counted.inspections, counted.findings, counted.vehicles_with_findings) == (1, 0, 0)


def test_a_vehicle_with_another_finding_still_counts_once():
    outcome = given(participation, *FOUND, OTHER).when(withdraw(), actor=CHIEF)
    counted = numbers(outcome.then(withdrawn(1, pb.INSPECTION_RESULT_FINDING)).tally)
    assert (counted.findings, counted.vehicles_with_findings) == (1, 1)


def test_so_does_one_that_another_inspection_found_with_something():
    again = inspected(inspection_id=uid("again"), object=coach())
    later = found(finding_id=uid("later"), inspection_id=uid("again"))
    outcome = given(participation, *FOUND, again, later).when(withdraw(uid("later")), actor=CHIEF)
    event = withdrawn(left=1, finding_id=uid("later"))
    event.inspection_id = uid("again")
    state = outcome.then(event)
    assert state.inspections[uid("again")].result == pb.INSPECTION_RESULT_OK
    assert state.inspections[uid("inspection")].result == pb.INSPECTION_RESULT_FINDING


def test_field_work_closes_without_it_whether_it_had_an_owner_or_not():
    for history in ([*FOUND, withdrawn()], [*FOUND, assigned(), withdrawn()]):
        [report] = given(participation, *history).when(CLOSE_FIELD, actor=CHIEF).events
        assert (report.numbers.findings, report.findings_assigned) == (0, 0)  # type: ignore[attr-defined]


def test_what_was_withdrawn_is_unknown_and_the_act_may_be_found_again():
    given(participation, *FOUND, withdrawn()).when(withdraw(), actor=CHIEF).refused(
        Refusal.FINDING_UNKNOWN, finding=uid("finding")
    )
    again = given(participation, *FOUND, OTHER, withdrawn(1, pb.INSPECTION_RESULT_FINDING)).when(
        find(finding_id=uid("new")), officers=OFFICERS
    )
    assert [type(event) for event in again.events] == [pb.FindingRecorded]


@pytest.mark.parametrize("handling", [pb.HANDLING_SEIZED, pb.HANDLING_SIMPLIFIED_PENALTY, pb.HANDLING_REFERRED])
def test_what_something_was_done_on_is_its_owners_to_decide(handling):
    history = [*FOUND, handled(handling=handling)]
    given(participation, *history).when(withdraw(), actor=CHIEF).refused(Refusal.FINDING_ACTED_ON)


def test_what_was_only_put_right_on_the_spot_may_be_withdrawn():
    history = [*FOUND, handled(handling=pb.HANDLING_CORRECTED)]
    given(participation, *history).when(withdraw(), actor=CHIEF).then(withdrawn())


def test_what_was_handed_off_is_the_owners():
    outcome = given(participation, *FOUND, assigned(), handed_off()).when(withdraw(), actor=CHIEF)
    outcome.refused(Refusal.HANDED_OFF_ALREADY, authority=LUXIAN.name)


def test_after_the_report_it_is_reopened_first():
    report = pb.FieldWorkReported(participation_id=PART)
    outcome = given(participation, *FOUND, assigned(), report).when(withdraw(), actor=CHIEF)
    outcome.refused(KernelRefusal.WRONG_STAGE)


def test_whoever_has_the_feed_counts_the_same():
    told = [inspected(), found(), OTHER, withdrawn(left=1), withdrawn(finding_id=uid("other"), act_code="RTR-64")]
    assert numbers_of((event, NOON) for event in told) == numbers(given(participation, *FIELD, *told).state.tally)


def test_a_summary_of_before_keeps_the_definitions_that_it_was_made_by():
    said = figures(pb.FieldNumbers(definition_version=1, findings=3))
    assert {one.definition_version for one in said} == {1} != {VERSION}


def test_a_finding_that_was_withdrawn_is_gone_from_the_list_and_stays_in_the_history():
    rows = folded([*FOUND, withdrawn()])
    assert [row for row in rows["finding"] if row is not None] == []
    assert rows["inspection"][0]["recorded"]["result"] == "INSPECTION_RESULT_OK"
    assert [row["title"] for row in rows["timeline"]][-2:] == ["发现涉嫌违法行为", "撤回发现事项"]
    assert rows["participation"][0]["tally"]["findings"] == 0
