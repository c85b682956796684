"""The definitions of the numbers: what counts once, what counts every time, what never counts."""

from datetime import UTC, datetime

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given as samples
from hypothesis import strategies as st

from services.joint_operations.numbers import VERSION, Tally, count, numbers, numbers_of, total
from services.joint_operations.views import tally_from_json, tally_to_json
from tests.support.decider import instant
from tests.unit.joint_operations.acts import inspected

MORNING, EVENING, NEXT_DAY = instant("2024-12-18 08:00"), instant("2024-12-18 23:59"), instant("2024-12-19 00:00")


def here(officer_no: int, car_no: int = 0) -> pb.OfficerCheckedIn:
    return pb.OfficerCheckedIn(officer_no=officer_no, car_no=car_no)


def found(object_no: int, kind: pb.ObjectKind.ValueType = pb.OBJECT_KIND_VEHICLE) -> pb.FindingRecorded:
    return pb.FindingRecorded(object_no=object_no, object_kind=kind)


def handled(object_no: int, handling: pb.Handling.ValueType = pb.HANDLING_SEIZED) -> pb.HandlingRecorded:
    return pb.HandlingRecorded(object_no=object_no, object_kind=pb.OBJECT_KIND_VEHICLE, handling=handling)


def counted(*events: tuple[Message, datetime] | Message) -> pb.FieldNumbers:
    return numbers_of(one if isinstance(one, tuple) else (one, MORNING) for one in events)


def test_an_officer_counts_once_a_day():
    assert counted((here(1), MORNING), (here(1), EVENING), (here(1), NEXT_DAY), (here(2), MORNING)).officer_times == 3


def test_a_car_counts_once_a_day_whoever_came_in_it():
    assert counted((here(1, 1), MORNING), (here(2, 1), EVENING), (here(1, 1), NEXT_DAY), here(3)).car_times == 2


def test_the_day_is_shanghais():
    assert EVENING.astimezone(UTC).date() == NEXT_DAY.astimezone(UTC).date()
    assert counted((here(1), EVENING.astimezone(UTC)), (here(1), NEXT_DAY.astimezone(UTC))).officer_times == 2


def test_the_same_vehicle_inspected_twice_is_two_inspections():
    assert counted(inspected(), inspected()).inspections == 2


def test_a_vehicle_with_two_findings_is_one_vehicle():
    both = counted(found(1), found(1), found(2))
    assert (both.vehicles_with_findings, both.findings) == (2, 3)


def test_a_vessel_with_a_finding_is_no_vehicle():
    vessel = counted(found(1, pb.OBJECT_KIND_VESSEL))
    assert (vessel.vehicles_with_findings, vessel.findings) == (0, 1)


def test_a_vehicle_seized_for_two_findings_is_seized_once():
    assert counted(handled(1), handled(1), handled(2)).vehicles_seized == 2


@pytest.mark.parametrize("handling", [value for value in pb.Handling.values() if value != pb.HANDLING_SEIZED])
def test_nothing_but_a_seizure_is_a_seizure(handling):
    assert counted(handled(1, handling)).vehicles_seized == 0


def test_education_counts_heads_and_nothing_else_does():
    educated = counted(pb.EducationRecorded(head_count=19), pb.EducationRecorded(head_count=18))
    assert educated == pb.FieldNumbers(definition_version=VERSION, education_heads=37)


def test_numbers_of_two_definitions_have_no_sum():
    with pytest.raises(ValueError, match="definition 1"):
        total([pb.FieldNumbers(definition_version=VERSION), pb.FieldNumbers(definition_version=1)])


def test_the_sum_of_nothing_is_zero():
    assert total([]) == pb.FieldNumbers(definition_version=VERSION)


EVENTS = st.lists(
    st.one_of(
        st.builds(here, st.integers(1, 5), st.integers(0, 3)),
        st.builds(
            lambda kind, no: inspected(inspection_class=kind, object_no=no),
            st.sampled_from(pb.InspectionClass.values()[1:]),
            st.integers(1, 9),
        ),
        st.builds(found, st.integers(1, 9), st.sampled_from(pb.ObjectKind.values()[1:])),
        st.builds(lambda heads: pb.EducationRecorded(head_count=heads), st.integers(1, 99)),
        st.builds(handled, st.integers(1, 9), st.sampled_from(pb.Handling.values()[1:])),
    ).flatmap(lambda event: st.tuples(st.just(event), st.sampled_from([MORNING, EVENING, NEXT_DAY]))),
    max_size=30,
)


@samples(EVENTS, st.randoms())
def test_the_order_of_events_changes_no_number(events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert numbers_of(shuffled) == numbers_of(events)


@samples(EVENTS)
def test_the_classes_sum_to_the_whole_and_nothing_exceeds_what_it_is_part_of(events):
    found_numbers = numbers_of(events)
    assert sum(one.inspections for one in found_numbers.inspections_by_class) == found_numbers.inspections
    assert found_numbers.vehicles_with_findings <= found_numbers.findings
    assert found_numbers.car_times <= len(events)


@samples(EVENTS)
def test_a_tally_that_was_stored_counts_on(events):
    kept, stored = Tally(), Tally()
    for event, at in events:
        kept = count(kept, event, at)
        stored = count(tally_from_json(tally_to_json(stored)), event, at)
    assert numbers(kept) == numbers(stored)


@samples(EVENTS, EVENTS)
def test_an_operations_numbers_are_the_sum_of_its_participations(one, other):
    summed = total([numbers_of(one), numbers_of(other)])
    assert summed.inspections == numbers_of(one).inspections + numbers_of(other).inspections
    assert summed == total([numbers_of(other), numbers_of(one)])
