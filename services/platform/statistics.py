"""Numbers as functions of the log. Pure.

    events of a period ──count──▶ (object, amount, part) ──last one of each object──▶ sum

A definition (口径) says which events it reads and what each says about one object: an inspection, a vehicle of a
participation, a clock. Several events may speak of one object; the last one in the log holds, so a second finding on
the same vehicle adds nothing, and a clock that was missed and then proves met in time is no longer missed. All events
of an object come from one feed, whose order the log keeps: disorder between feeds changes no number.

What becomes of an object later may count, too, whenever it happens (`follows`): an opinion received in March and
answered in May is one of March that was answered.

A definition never changes: another rule is another version beside it (`definitions.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.options.v1 import options_pb2 as options
from enforcement.platform.v1 import service_pb2 as pb
from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import DecodeError, Message

from services.kernel.messages import message_class, type_name

E = TypeVar("E", bound=Message)
Object = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the log."""

    position: int
    publisher: str
    event_id: UUID
    type: str
    occurred_at: datetime
    matter_id: str
    event: Any

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Told | None":
        """The event of a log row; None when the body is of a later schema that this build cannot read."""
        known = message_class(row["type"])
        if known is None:
            return None
        try:
            event = known.FromString(row["body"])
        except DecodeError:
            return None
        return cls(
            row["position"],
            row["publisher"],
            row["event_id"],
            row["type"],
            row["occurred_at"],
            row["matter_id"],
            event,
        )


@dataclass(frozen=True, slots=True)
class Count:
    """What one event says about one object."""

    object: Object
    """Unique within the publisher's feed; the publisher is added, so that nobody counts for another."""
    amount: int = 1
    """Of a ratio, the numerator."""
    out_of: int = 0
    """Of a ratio, the denominator."""
    part: int = 0
    """Number of the enum value into which the object falls; 0 when the definition has no parts."""


Counting = Callable[[Any, Told], Count | None]


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of one definition."""

    id: str
    version: int
    name_zh: str
    name_en: str
    unit: pb.Unit.ValueType
    rule_zh: str
    """As a report quotes it."""
    parts: EnumDescriptor | None = None
    ratio: bool = False
    of_operations: bool = False
    _counts: dict[str, Counting] = field(default_factory=dict, compare=False, repr=False)
    _follows: set[str] = field(default_factory=set, compare=False, repr=False)

    def counts(self, event: type[E]) -> Callable[[Callable[[E, Told], Count | None]], Counting]:
        """Declares what an event of this type says."""

        def declare(function: Callable[[E, Told], Count | None]) -> Counting:
            self._counts[type_name(event)] = function
            return function

        return declare

    def follows(self, event: type[E]) -> Callable[[Callable[[E, Told], Count | None]], Counting]:
        """Declares what an event of this type says of an object that the period has, also after the period's end."""
        self._follows.add(type_name(event))
        return self.counts(event)

    @property
    def followers(self) -> tuple[str, ...]:
        """Types of the events that say something only of what the period has, and are read beyond it."""
        return tuple(sorted(self._follows))

    @property
    def reads(self) -> tuple[str, ...]:
        """Types of the events that it reads."""
        return tuple(self._counts)

    def count(self, told: Told) -> Count | None:
        """What an event says; None when it says nothing to this definition."""
        return self._counts[told.type](told.event, told)

    def part(self, name: str) -> int | None:
        """Number of a part by its enum value's name; None when there is no such part."""
        value = self.parts.values_by_name.get(name) if self.parts else None
        return value.number if value and value.number else None

    @property
    def part_names(self) -> list[str]:
        """Names of the parts, in the order of the enum."""
        return [value.name for value in self.parts.values if value.number] if self.parts else []

    def describe(self) -> pb.Definition:
        """The definition for people."""
        return pb.Definition(
            id=self.id,
            version=self.version,
            name_zh=self.name_zh,
            name_en=self.name_en,
            unit=self.unit,
            rule_zh=self.rule_zh,
            ratio=self.ratio,
            parts=self.part_names,
            of_operations=self.of_operations,
        )


Operations = frozenset[str] | None
"""Operations that a number is restricted to; None for all."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a fold a question is about."""

    operations: Operations = None
    part: int | None = None

    def of_part(self, count: Count | None) -> Count | None:
        """What is counted of an object that this is said of; None when nothing is."""
        return count if count is not None and self.part in (None, count.part) else None

    def of_matter(self, matter_id: str) -> bool:
        """Whether what belongs to this matter is counted."""
        return self.operations is None or matter_id in self.operations


EVERYTHING: Final = Selection()


@dataclass(frozen=True, slots=True)
class Change:
    """What one event says of an object, and what held for it before."""

    told: Told
    count: Count
    before: Count | None = None

    def within(self, selection: Selection) -> "Counted | None":
        """How it changes the number of a selection; None when neither what it says nor what held is of it."""
        after, before = selection.of_part(self.count), selection.of_part(self.before)
        if (after is None and before is None) or not selection.of_matter(self.told.matter_id):
            return None
        after, before = after or _NOTHING, before or _NOTHING
        return Counted(self, after.amount - before.amount, after.out_of - before.out_of)


_NOTHING: Final = Count((), amount=0)


@dataclass(frozen=True, slots=True)
class Counted:
    """One event behind a number."""

    change: Change
    counted: int
    """How it changed the number, of a ratio the numerator."""
    counted_out_of: int
    """How it changed the denominator of a ratio."""


@dataclass(slots=True)
class _Held:
    """What holds for one object."""

    count: Count
    matter_id: str
    events: int = 1
    moved: dict[int, int] | None = None
    """Events by the part that they brought it into or took it out of; None while it has been in one part only."""

    def take(self, count: Count) -> None:
        """The last word holds."""
        before, self.count = self.count, count
        if self.moved is None and count.part != before.part:
            self.moved = {before.part: self.events}
        if self.moved is not None:
            for part in {before.part, count.part}:
                self.moved[part] = self.moved.get(part, 0) + 1
        self.events += 1

    def events_of(self, part: int | None) -> int:
        """Events that are behind the number of a part, or of all of them."""
        if part is None or (self.moved is None and part == self.count.part):
            return self.events
        return self.moved.get(part, 0) if self.moved is not None else 0


class Tally:
    """A definition folded over part of the log; events are added in the order of the log."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._objects: dict[tuple[str, str, Object], _Held] = {}

    def look(self, told: Told) -> Change | None:
        """What an event would change; None when it says nothing to this definition."""
        count = self._definition.count(told)
        if count is None:
            return None
        held = self._objects.get(self._key(told, count))
        if held is None and told.type in self._definition.followers:
            return None
        return Change(told, count, held.count if held else None)

    def add(self, told: Told) -> Change | None:
        """Folds one event; answers what it changed, None when it says nothing."""
        change = self.look(told)
        if change is None:
            return None
        if change.before is None:
            self._objects[self._key(told, change.count)] = _Held(change.count, told.matter_id)
        else:
            self._objects[self._key(told, change.count)].take(change.count)
        return change

    def _key(self, told: Told, count: Count) -> tuple[str, str, Object]:
        # What belongs to operations is an object of its operation: all of them add up to the number without a filter.
        return told.publisher, told.matter_id if self._definition.of_operations else "", count.object

    def result(self, query: pb.StatisticQuery, selection: Selection = EVERYTHING) -> pb.Statistic:
        """The number, for all objects or those selected."""
        definition = self._definition
        values: dict[int, int] = {}
        numerator = denominator = events = 0
        for held in self._objects.values():
            if not selection.of_matter(held.matter_id):
                continue
            events += held.events_of(selection.part)
            count = selection.of_part(held.count)
            if count is not None:
                values[count.part] = values.get(count.part, 0) + count.amount
                numerator += count.amount
                denominator += count.out_of
        statistic = pb.Statistic(query=query, name_zh=definition.name_zh, unit=definition.unit, events=events)
        if definition.ratio:
            statistic.numerator, statistic.denominator = numerator, denominator
        else:
            statistic.value = numerator
        if definition.parts:
            statistic.parts.extend(_parts(definition.parts, values))
        return statistic


def _parts(enum: EnumDescriptor, values: Mapping[int, int]) -> Iterator[pb.PartValue]:
    for value in enum.values:
        if values.get(value.number):
            zh = value.GetOptions().Extensions[options.zh]
            yield pb.PartValue(part=value.name, part_zh=zh or "未分类", value=values[value.number])


def fold(definition: Definition, events: Iterable[Told]) -> Tally:
    """A definition over events in the order of the log."""
    tally = Tally(definition)
    for told in events:
        tally.add(told)
    return tally


def operations_of_type(events: Iterable[Told], operation_type: int) -> Operations:
    """The operations of a type, as their leads planned them: nobody else says of what type an operation is."""
    return frozenset(
        told.event.operation_id
        for told in events
        if isinstance(told.event, joint.OperationPlanned)
        and told.event.lead_id == told.publisher
        and told.event.operation_type == operation_type
    )


PLANS: Final = (type_name(joint.OperationPlanned),)
"""Types that `operations_of_type` reads."""
