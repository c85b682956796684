"""A number is what its events add up to: for any events, any part, and wherever a fold was interrupted."""

from datetime import timedelta
from typing import Any

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.platform.v1 import service_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from services.platform.definitions import DEFINITIONS
from services.platform.statistics import Counted, Definition, Selection, Tally, Told, fold
from tests.unit.platform.feeds import LUXIAN, MORNING, YONGCHUAN, Tale, log, name

IDS = st.integers(1, 3)
"""Few, so that events often speak of the same object."""
HANDLED = st.sampled_from([joint.HANDLING_SEIZED, joint.HANDLING_UNSPECIFIED])


def _operation(number: int) -> dict[str, Any]:
    return {"operation_id": name("operation", number)}


EVENTS: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        lambda o, i, c: joint.InspectionRecorded(**_operation(o), inspection_id=name(i), inspection_class=c),
        IDS, IDS, st.sampled_from(joint.InspectionClass.values()),
    ),
    st.builds(
        lambda o, n, h: joint.HandlingRecorded(
            **_operation(o), object_no=n, handling=h, object_kind=joint.OBJECT_KIND_VEHICLE
        ),
        IDS, IDS, HANDLED,
    ),
    st.builds(lambda o, n, c: joint.OfficerCheckedIn(**_operation(o), officer_no=n, car_no=c), IDS, IDS, IDS),
    st.builds(lambda o, t: joint.OperationClosed(**_operation(o), operation_type=t), IDS,
              st.sampled_from(joint.OperationType.values())),
    st.builds(lambda o, n: joint.EducationRecorded(**_operation(o), head_count=n), IDS, IDS),
    st.builds(lambda i, g: cases.CaseClosed(case_id=name(i), ground=g), IDS,
              st.sampled_from(cases.ClosingGround.values())),
    st.builds(lambda i, t: deadlines.DeadlineMet(deadline_id=name(i), in_time=t), IDS, st.booleans()),
    st.builds(lambda i: deadlines.DeadlineMissed(deadline_id=name(i)), IDS),
)  # fmt: skip
TALES = st.lists(
    st.builds(lambda who, event, day: Tale(who, event, MORNING + timedelta(days=day)),
              st.sampled_from([LUXIAN, YONGCHUAN]), EVENTS, st.integers(0, 2)),
    max_size=40,
)  # fmt: skip
DEFINED = st.sampled_from(list(DEFINITIONS.values()))


def read(definition: Definition, tales: list[Tale]) -> list[Told]:
    return [each for each in log(tales) if each.type in definition.reads]


def behind(definition: Definition, told: list[Told], selection: Selection) -> list[Counted]:
    tally = Tally(definition)
    changes = [change for each in told if (change := tally.add(each)) is not None]
    return [counted for change in changes if (counted := change.within(selection)) is not None]


@given(DEFINED, TALES, st.data())
def test_the_events_behind_any_selection_add_up_to_its_number(
    definition: Definition, tales: list[Tale], data: st.DataObject
) -> None:
    told = read(definition, tales)
    parts = [definition.part(each) for each in definition.part_names]
    operations = st.frozensets(IDS.map(lambda each: name("operation", each)))
    selection = Selection(
        data.draw(st.none() | operations) if definition.of_operations else None,
        data.draw(st.sampled_from([None, *parts])),
    )
    number = fold(definition, told).result(pb.StatisticQuery(), selection)
    counted = behind(definition, told, selection)
    assert sum(each.counted for each in counted) == number.value + number.numerator
    assert sum(each.counted_out_of for each in counted) == number.denominator
    assert len(counted) == number.events


@given(DEFINED, TALES)
def test_parts_and_operations_each_add_up_to_the_whole(definition: Definition, tales: list[Tale]) -> None:
    tally = fold(definition, read(definition, tales))
    whole = tally.result(pb.StatisticQuery())
    if definition.part_names:
        numbers = [tally.result(pb.StatisticQuery(), Selection(part=part)).value for part in _numbers(definition)]
        assert sum(numbers) == whole.value
    if definition.of_operations:
        chosen = [Selection(frozenset([name("operation", number)])) for number in (1, 2, 3)]
        assert sum(tally.result(pb.StatisticQuery(), each).value for each in chosen) == whole.value


def _numbers(definition: Definition) -> list[int]:
    assert definition.parts is not None
    return [value.number for value in definition.parts.values]


@given(DEFINED, TALES, st.integers(0, 40))
def test_looking_at_an_event_changes_nothing(definition: Definition, tales: list[Tale], at: int) -> None:
    told = read(definition, tales)
    tally = fold(definition, told[:at])
    for each in told:
        tally.look(each)
    assert tally.result(pb.StatisticQuery()) == fold(definition, told[:at]).result(pb.StatisticQuery())
