"""Declarations of statutory clocks (法定期限): what starts one, what ends it, how long it runs, whose duty it is.

    SEND = Deadline("transfer.send", basis="国务院令第310号 art. 5", title="移送公安机关",
                    starts=pb.TransferApproved, ends=pb.CaseTransferred, within=hours(24), key="transfer_id")

    DEADLINES = Deadlines(SEND, …)                           what the service's runner keeps

A declaration is frozen data and stands beside the model that it belongs to. One event starts one clock per rule and
key. The other triggers act on the clocks of the rule that have the event's key:

trigger         acts on                                    an event that
ends            clocks not yet met in time                 took place before the clock started does not end it
cancelled_by    running and paused clocks                  took place after the limit had ended does not cancel it
paused_by       running clocks, once at a time             took place after the limit had ended pauses nothing
resumed_by      paused clocks
extended_by     running and paused clocks                  took place after the limit had ended extends nothing

An event that is several of these acts in the order: end, cancel, resume, pause, extend, start; so "served again" may
cancel the old clock and start the next. Time here is when the act took place, not when it was recorded.

What another authority signed acts only on clocks of its own duty, and starts one only if this authority had asked it to
act (`Asked`): ids are no secret, so a third authority may name any of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.authority import Authority
from services.kernel.deadlines.units import Limit, Until, Within, start_of
from services.kernel.messages import to_datetime
from services.kernel.rules import SWITCHES, Rules
from services.kernel.values import day_of

EventType = type[Message]
Key = str | Callable[[Any], str | Iterable[str]]


@dataclass(frozen=True, slots=True)
class StartContext:
    """What a declaration may know, beside the event, when a clock starts."""

    authority: Authority
    """The authority whose ledger this is."""
    origin: str | None
    """Authority that the event was received from; None for its own."""


Responsible = Callable[[Any, StartContext], str]

RIGHT: Final = "right"
"""`mirrors` of a window in which a party may act (申请听证, 复议, 诉讼): a right and nobody's duty, so its end is no
miss. When it ends unused it is cancelled, and whoever counts duties leaves it out."""


def nobody(event: Message, context: StartContext) -> str:
    """No authority must act: the responsible of a window."""
    return ""


def own(event: Message, context: StartContext) -> str:
    """The authority whose ledger this is must act."""
    return context.authority.id


class Role(StrEnum):
    """What an event does to a clock, in the order in which one event acts."""

    END = "end"
    CANCEL = "cancel"
    RESUME = "resume"
    PAUSE = "pause"
    EXTEND = "extend"
    START = "start"


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event type that acts on clocks, perhaps only under a condition."""

    event: EventType
    condition: Callable[[Any], bool] | None = None
    switch: tuple[str, str] | None = None
    received: bool | None = None

    def fires(self, event: Message, *, received: bool, rules: Rules, on: date) -> bool:
        """Whether this event, of an act on that day, counts."""
        if self.received is not None and self.received != received:
            return False
        if self.switch is not None and rules.get(self.switch[0], on) != self.switch[1]:
            return False
        return self.condition is None or self.condition(event)


Triggers = EventType | Trigger | Sequence[EventType | Trigger]


def when(
    event: EventType,
    condition: Callable[[Any], bool] | None = None,
    *,
    switch: str | None = None,
    received: bool | None = None,
) -> Trigger:
    """An event type with a condition on the event, on a dated switch, or on where it was recorded first.

    Args:
        event: message class.
        condition: pure function of the event.
        switch: "name=value"; the event counts only while the switch has that value on the day of the act.
        received: True for events of other authorities only, False for the own only. When silent, a clock is started
            by own events only (two nodes that see one fact must not both keep its clock) and all else acts on both.
    """
    name, _, value = (switch or "").partition("=")
    if switch and (name not in SWITCHES or value not in SWITCHES[name].choices):
        raise ValueError(f"no such switch or value: {switch!r}")
    return Trigger(event, condition, (name, value) if switch else None, received)


@dataclass(frozen=True, slots=True)
class Asked:
    """By which own events this authority asks another one to act, and where it looks for them."""

    stream: str
    """Field of the other's event with the id of the own stream."""
    whom: Mapping[EventType, str] = field(hash=False)
    """Field with the authority that is asked, for each type of own events that ask."""

    def stream_of(self, event: Message) -> str:
        """Id of the own stream that the other's event names; what another authority writes there may be none."""
        return str(getattr(event, self.stream))

    def names(self, event: Message, teller: str) -> bool:
        """Whether an own event of that stream asked the teller."""
        name = self.whom.get(type(event))
        return name is not None and getattr(event, name) == teller


@dataclass(frozen=True, slots=True)
class Deadline:
    """One statutory clock, declared.

    Raises:
        ValueError: a trigger's event has no field `key`, or parts contradict.
    """

    rule_id: str
    """Service and step, e.g. "transfer.send"; never reused with another meaning."""
    basis: str
    """Law and article."""
    title: str
    """What must be done, in Chinese, as people read it; a constant, nothing about a case."""
    starts: Triggers
    """Events that start a clock; own ones unless `when` says otherwise."""
    ends: Triggers
    """Events of which any one is the act that the law asks for."""
    within: Within
    """The limit."""
    key: Key
    """Name of the field that all its events share, or a function that finds it; an empty key acts on nothing."""
    responsible: Responsible = own
    """Authority that must act."""
    counts_from: str = ""
    """Field of the starting event with the ISO day whose end begins the limit, where the law names another day than
    that of the act (送达 that takes effect later), or with the instant, where hours count from an earlier act; empty:
    the day of the act. Acts before that day count, too: who performs early has performed."""
    counts_from_in: Mapping[EventType, str] = field(default_factory=dict, hash=False)
    """The same for starting events that have the day in another field, or alone have one: what began before it was
    recorded here (历史案件导入)."""
    subject: Key | None = None
    """Case, transfer, request … for people, taken from the starting event; the key when silent."""
    asked: Asked | None = None
    """How this authority asked the other one whose event starts the clock; every clock that another's event starts has
    it."""
    mirrors: str = ""
    """Rule of the clock that the responsible body keeps itself about the same duty; this one is for whoever waits."""
    version: int = 1
    """Rises with every change of the declaration; clocks keep the version they started with."""
    cancelled_by: Triggers = ()
    paused_by: Triggers = ()
    resumed_by: Triggers = ()
    extended_by: Triggers = ()
    extension: int | Callable[[Any], int] = 0
    """By how many of the limit's units an extending event makes it longer, counted from the start."""
    triggers: tuple[tuple[Role, Trigger], ...] = field(init=False)

    def __post_init__(self) -> None:
        by_role = {
            Role.END: self.ends,
            Role.CANCEL: self.cancelled_by,
            Role.RESUME: self.resumed_by,
            Role.PAUSE: self.paused_by,
            Role.EXTEND: self.extended_by,
            Role.START: self.starts,
        }
        triggers = tuple((role, trigger) for role, given in by_role.items() for trigger in _triggers(role, given))
        object.__setattr__(self, "triggers", triggers)
        roles = {role for role, _ in triggers}
        if not {Role.START, Role.END} <= roles:
            raise ValueError(f"{self.rule_id}: a clock needs an event that starts it and one that ends it")
        if (Role.PAUSE in roles) != (Role.RESUME in roles):
            raise ValueError(f"{self.rule_id}: whoever pauses must be able to resume")
        if (Role.EXTEND in roles) != (self.extension != 0):
            raise ValueError(f"{self.rule_id}: extended_by and extension go together")
        if any(trigger.received for role, trigger in triggers if role is Role.START) != (self.asked is not None):
            raise ValueError(f"{self.rule_id}: a clock that another's event starts says how that other was asked")
        if not isinstance(self.within, Limit | Until) and self.within.switch not in SWITCHES:
            raise ValueError(f"{self.rule_id}: no such switch: {self.within.switch}")
        until = self.within.field if isinstance(self.within, Until) else ""
        for trigger in (trigger for role, trigger in triggers if role is Role.START):
            for name in filter(None, (self._counts_from(trigger.event), until)):
                if name not in trigger.event.DESCRIPTOR.fields_by_name:
                    raise ValueError(f"{self.rule_id}: {trigger.event.DESCRIPTOR.full_name} has no field {name}")
        if isinstance(self.key, str):
            for _, trigger in triggers:
                if self.key not in trigger.event.DESCRIPTOR.fields_by_name:
                    raise ValueError(f"{self.rule_id}: {trigger.event.DESCRIPTOR.full_name} has no field {self.key}")

    def keys(self, event: Message) -> tuple[str, ...]:
        """The keys that an event carries, without empty ones."""
        return _values(self.key, event)

    def subject_of(self, event: Message, key: str) -> str:
        """What the clock is about, for people."""
        return next(iter(_values(self.subject, event)), key) if self.subject is not None else key

    def limit(self, rules: Rules, on: date) -> tuple[Limit, str]:
        """The limit in force on a day, and the switch that chose it ("O310_DAYS=calendar", or empty).

        Raises:
            ValueError: the limit is in the starting event; see `start`.
        """
        if isinstance(self.within, Limit):
            return self.within, ""
        if isinstance(self.within, Until):
            raise ValueError(f"{self.rule_id}: the starting event names the last day")
        value = rules.get(self.within.switch, on)
        return self.within.limit(value), f"{self.within.switch.upper()}={value}"

    def start(self, event: Message, occurred_at: datetime, rules: Rules) -> tuple[datetime, Limit, str]:
        """From when a clock that `event` starts counts, its limit, and the switch that chose it."""
        # An event of a time before it had the field names no day: the day of the act counts.
        counted = self._counts_from(type(event))
        named = getattr(event, counted) if counted else ""
        if isinstance(named, Timestamp):
            started_at = to_datetime(named)
        else:
            started_at = start_of(date.fromisoformat(named)) if named else occurred_at
        if isinstance(self.within, Until):
            # What ends on the very day, or has ended, counts from the day before: the day named is the last one.
            last_on = date.fromisoformat(getattr(event, self.within.field))
            if last_on <= day_of(started_at):
                started_at = start_of(last_on - timedelta(days=1))
            return started_at, self.within.limit(last_on, day_of(started_at)), ""
        return started_at, *self.limit(rules, day_of(occurred_at))

    def _counts_from(self, event: EventType) -> str:
        return self.counts_from_in.get(event, self.counts_from)

    def longer_by(self, event: Message) -> int:
        """Units that an extending event adds."""
        return self.extension(event) if callable(self.extension) else self.extension


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing that one event type may do."""

    role: Role
    trigger: Trigger
    deadline: Deadline


class Deadlines:
    """The declarations of one service, found by the events that act on them.

    Raises:
        ValueError: two declarations share a rule id.
    """

    def __init__(self, *deadlines: Deadline) -> None:
        self.by_rule: Final[Mapping[str, Deadline]] = {deadline.rule_id: deadline for deadline in deadlines}
        if len(self.by_rule) != len(deadlines):
            raise ValueError("two declarations share a rule id")
        watches: dict[str, list[Watch]] = {}
        for deadline in deadlines:
            for role, trigger in deadline.triggers:
                watches.setdefault(trigger.event.DESCRIPTOR.full_name, []).append(Watch(role, trigger, deadline))
        order = list(Role)
        for found in watches.values():
            found.sort(key=lambda watch: order.index(watch.role))
        self._watches = watches

    def __iter__(self) -> Iterator[Deadline]:
        return iter(self.by_rule.values())

    @property
    def types(self) -> frozenset[str]:
        """Full names of the events that act on clocks."""
        return frozenset(self._watches)

    def watches(self, type_name: str) -> Sequence[Watch]:
        """What events of a type may do, in the order in which they do it."""
        return self._watches.get(type_name, ())


def _triggers(role: Role, given: Triggers) -> Iterable[Trigger]:
    for one in given if isinstance(given, Sequence) else (given,):
        trigger = one if isinstance(one, Trigger) else Trigger(one)
        if role is Role.START and trigger.received is None:
            trigger = Trigger(trigger.event, trigger.condition, trigger.switch, received=False)
        yield trigger


def _values(key: Key, event: Message) -> tuple[str, ...]:
    found = getattr(event, key) if isinstance(key, str) else key(event)
    values = (found,) if isinstance(found, str) else found
    return tuple(dict.fromkeys(value for value in values if value))
