"""The numbers of joint operations as functions of events (口径), versioned.

number                    unit   version 1: what is counted
car_times                 辆次    different (patrol car, day) of OfficerCheckedIn with a car
officer_times             人次    different (officer, day) of OfficerCheckedIn
inspections, by class     台次    InspectionRecorded; the same vehicle inspected twice counts twice
vehicles_with_findings    台      different vehicles (object_no) of FindingRecorded
findings                  项      FindingRecorded
education_heads           人次    sum of EducationRecorded.head_count (警示教育, never the penalty 警告)
vehicles_seized           台      different vehicles (object_no) of HandlingRecorded with SEIZED

A day is a day in Asia/Shanghai. Every number is that of one participation; an operation's is their sum, so that a
vehicle stopped by two authorities counts for each: no plate leaves an authority, not even as a hash. Only fields of
the feed are read, so whoever has the feeds computes the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from enforcement.joint_operations.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.kernel.values import day_of

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """What the events of one participation give so far."""

    cars: frozenset[tuple[int, date]] = frozenset()
    officers: frozenset[tuple[int, date]] = frozenset()
    inspections: tuple[tuple[pb.InspectionClass.ValueType, int], ...] = ()
    vehicles_with_findings: frozenset[int] = frozenset()
    findings: int = 0
    education_heads: int = 0
    vehicles_seized: frozenset[int] = frozenset()


def count(tally: Tally, event: Message, occurred_at: datetime) -> Tally:
    """The tally after one more event; events that no number counts leave it as it is."""
    match event:
        case pb.OfficerCheckedIn():
            day = day_of(occurred_at)
            cars = tally.cars | {(event.car_no, day)} if event.car_no else tally.cars
            return replace(tally, cars=cars, officers=tally.officers | {(event.officer_no, day)})
        case pb.InspectionRecorded():
            counts = dict(tally.inspections)
            counts[event.inspection_class] = counts.get(event.inspection_class, 0) + 1
            return replace(tally, inspections=tuple(sorted(counts.items())))
        case pb.FindingRecorded():
            vehicles = tally.vehicles_with_findings | _vehicle(event)
            return replace(tally, vehicles_with_findings=vehicles, findings=tally.findings + 1)
        case pb.EducationRecorded():
            return replace(tally, education_heads=tally.education_heads + event.head_count)
        case pb.HandlingRecorded(handling=pb.HANDLING_SEIZED):
            return replace(tally, vehicles_seized=tally.vehicles_seized | _vehicle(event))
        case _:
            return tally


def numbers(tally: Tally) -> pb.FieldNumbers:
    """The numbers that a tally gives."""
    return pb.FieldNumbers(
        definition_version=VERSION,
        car_times=len(tally.cars),
        officer_times=len(tally.officers),
        inspections=sum(inspections for _, inspections in tally.inspections),
        inspections_by_class=[
            pb.ClassCount(inspection_class=kind, inspections=inspections) for kind, inspections in tally.inspections
        ],
        vehicles_with_findings=len(tally.vehicles_with_findings),
        findings=tally.findings,
        education_heads=tally.education_heads,
        vehicles_seized=len(tally.vehicles_seized),
    )


def numbers_of(events: Iterable[tuple[Message, datetime]]) -> pb.FieldNumbers:
    """The numbers of one participation from its events, each with the time of its act."""
    tally = Tally()
    for event, occurred_at in events:
        tally = count(tally, event, occurred_at)
    return numbers(tally)


def total(several: Iterable[pb.FieldNumbers]) -> pb.FieldNumbers:
    """The numbers of an operation: the sum of its participations'.

    Raises:
        ValueError: a part was computed by another version of the definition, so the sum would mean nothing.
    """
    summed = pb.FieldNumbers(definition_version=VERSION)
    by_class: dict[pb.InspectionClass.ValueType, int] = {}
    for part in several:
        if part.definition_version != VERSION:
            raise ValueError(f"numbers of definition {part.definition_version} do not add to those of {VERSION}")
        summed.car_times += part.car_times
        summed.officer_times += part.officer_times
        summed.inspections += part.inspections
        summed.vehicles_with_findings += part.vehicles_with_findings
        summed.findings += part.findings
        summed.education_heads += part.education_heads
        summed.vehicles_seized += part.vehicles_seized
        for counted in part.inspections_by_class:
            by_class[counted.inspection_class] = by_class.get(counted.inspection_class, 0) + counted.inspections
    for kind, inspections in sorted(by_class.items()):
        summed.inspections_by_class.add(inspection_class=kind, inspections=inspections)
    return summed


def _vehicle(event: pb.FindingRecorded | pb.HandlingRecorded) -> frozenset[int]:
    return frozenset({event.object_no} if event.object_kind == pb.OBJECT_KIND_VEHICLE else ())
