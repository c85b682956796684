"""Several authorities in memory, each with its own ledger, and a network that delays, doubles, reorders and loses.

    command ──▶ decide, evolve ──▶ log ──disclosed bytes──▶ flight ──▶ the other's log ──policy──▶ its commands

Deciders, policies, disclosure and clocks are the real ones; only the ledger, the envelope and the wire are lists. An
envelope is numbered by sender and receiver: the receiver takes number n + 1 next, holds later ones, and drops what it
has. A policy's command that is refused is parked, with what the same teller says of the same matter behind it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final
from uuid import UUID

import protovalidate
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.command_specs import CommandSpec, specs_of
from services.kernel.deadlines import Deadlines, published
from services.kernel.deadlines.book import Book, Impact, Keeper, impacts
from services.kernel.decider import Context
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, Catalogue
from services.kernel.envelopes.members import FEED
from services.kernel.errors import KernelRefusal, RefusalCode, Refused
from services.kernel.facts import Fact
from services.kernel.identity import Actor
from services.kernel.ledger import derive
from services.kernel.messages import encode, message_class, to_datetime, to_timestamp, type_name
from services.kernel.policy import PolicyContext
from services.kernel.rules import Rules
from services.kernel.service import Service
from tests.support.decider import acting, uid

CATALOGUE: Final = Catalogue.load()
_VALIDATOR: Final = protovalidate.Validator()


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a ledger."""

    event: Message
    fact: Fact


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event on its way to one receiver."""

    sender: str
    receiver: str
    number: int
    type: str
    body: bytes
    event_id: UUID
    correlation_id: UUID
    occurred_at: datetime


@dataclass(slots=True)
class Stream:
    """An aggregate of one side."""

    state: Any
    correlation_id: UUID


class Denied(Exception):
    """The caller may not issue the command: wrong kind of authority, wrong role, or a policy's command."""


class Side:
    """One authority: its log, its aggregates, its clocks, and what it still has to send or to react to."""

    def __init__(
        self,
        service: Service,
        authority: Authority,
        officers: Iterable[common.OfficerSnapshot],
        members: Mapping[str, Authority],
        rules: Rules,
        found: Callable[["Side", Any], Any] = lambda side, request: None,
        named: Callable[["Side", Any], str] = lambda side, request: "",
        also: Sequence[Service] = (),
    ) -> None:
        """`found` is what a command's look-up answers from this side's streams, `named` the id of one without; `also`
        are other services of the same node."""
        self.services = (service, *also)
        self._found = found
        self._named = named
        self.authority = authority
        self.officers = {officer.officer_id: officer for officer in officers}
        self.members = members
        self.rules = rules
        self.log: list[Entry] = []
        self.streams: dict[UUID, Stream] = {}
        self.out: dict[str, list[Envelope]] = defaultdict(list)
        self.taken: dict[str, int] = defaultdict(int)
        self.held: dict[tuple[str, int], Envelope] = {}
        self.parked: list[tuple[Entry, RefusalCode]] = []
        self.aggregates = [one for each in self.services for one in each.aggregates]
        clocks = Deadlines(*(one for each in self.services for one in each.deadlines))
        self.keeper = Keeper(service.name, clocks, authority, rules)
        self.book = Book(self.keeper, published())
        self._answered: set[UUID] = set()
        self._specs: dict[str, CommandSpec] = {}
        for each in self.services:
            self._specs |= specs_of(each.descriptor, list(each.aggregates))
        self._access = {
            method.input_type.full_name: method.GetOptions().Extensions[options.access]
            for each in self.services
            for method in each.descriptor.methods
        }

    def at(self, officer_id: str, instant: datetime) -> common.OfficerSnapshot | None:
        """The register of officers."""
        return self.officers.get(officer_id)

    def state(self, aggregate: str, id_: str = "") -> Any:
        """The state of an aggregate that this side has; of the only one without an id; None when there is none."""
        kind = type(next(one for one in self.aggregates if one.name == aggregate).initial)
        found = [s.state for key, s in self.streams.items() if isinstance(s.state, kind) and id_ in ("", str(key))]
        return found[0] if found else None

    def ids(self, aggregate: str) -> list[str]:
        """Ids of the aggregates of a kind, in the order in which they began."""
        kind = type(next(one for one in self.aggregates if one.name == aggregate).initial)
        return [str(key) for key, stream in self.streams.items() if isinstance(stream.state, kind)]

    def log_of(self, stream_id: str) -> list[Entry]:
        """Own events of one aggregate, in order."""
        return [e for e in self.log if not e.fact.received and str(e.fact.stream_id) == stream_id]

    def own(self, *kinds: type[Message]) -> list[Entry]:
        """Own events of these types, in order."""
        return [entry for entry in self.log if not entry.fact.received and isinstance(entry.event, kinds)]

    # ---- commands ------------------------------------------------------------------------------------------------

    def may(self, command: Message, officer: common.OfficerSnapshot) -> bool:
        """Whether the method is for this kind of authority, for officers, and for one of the officer's roles."""
        access = self._access[type_name(command)]
        return (
            options.CALLER_OFFICER in access.callers
            and (not access.kinds or self.authority.kind in access.kinds)
            and (not access.roles or any(role in officer.roles for role in access.roles))
        )

    def act(self, command: Message, officer: common.OfficerSnapshot, now: datetime, command_id: UUID) -> None:
        """An officer's command.

        Raises:
            Denied: by the method's access.
            Refused: a rule says no.
        """
        if not self.may(command, officer):
            raise Denied(type_name(command))
        self._execute(command, acting(officer), now, command_id, None)

    def would(self, command: Message, officer: common.OfficerSnapshot, now: datetime) -> bool:
        """Whether the command would be accepted; nothing happens."""
        if not self.may(command, officer):
            return False
        try:
            self._decide(self._request(command, now, UUID(uid("would"))), acting(officer), now, None)
        except Refused:
            return False
        return True

    def _execute(self, command: Message, actor: Actor, now: datetime, command_id: UUID, cause: Fact | None) -> None:
        if command_id in self._answered:
            return
        request = self._request(command, now, command_id)
        stream_id, correlation_id, events = self._decide(request, actor, now, cause)
        self._answered.add(command_id)
        aggregate = self._specs[type_name(request)].aggregate
        for n, event in enumerate(events):
            fact = Fact(
                event_id=derive(command_id, f"event/{n}"),
                occurred_at=to_datetime(request.occurred_at),
                actor=actor.id,
                stream_id=stream_id,
                correlation_id=correlation_id,
            )
            stream = self.streams.setdefault(stream_id, Stream(aggregate.initial, correlation_id))
            stream.state = aggregate.next(stream.state, event, fact)
            entry = Entry(event, fact)
            self._record(entry)
            self._share(entry)
            self.react(entry, now)

    def _request(self, command: Message, now: datetime, command_id: UUID) -> Any:
        request: Any = type(command)()
        request.CopyFrom(command)
        request.command_id = str(command_id)
        if not request.HasField("occurred_at"):
            request.occurred_at.CopyFrom(to_timestamp(now))
        violations = _VALIDATOR.collect_violations(request)
        assert not violations, [violation.proto for violation in violations]
        return request

    def _decide(
        self, request: Any, actor: Actor, now: datetime, cause: Fact | None
    ) -> tuple[UUID, UUID, list[Message]]:
        spec = self._specs[type_name(request)]
        given = getattr(request, spec.id_field)
        if not given and any(type_name(request) in each.lookups.naming for each in self.services):
            given = self._named(self, request)
        stream_id = UUID(given) if given else derive(UUID(request.command_id), spec.aggregate.name)
        setattr(request, spec.id_field, str(stream_id))
        stream = self.streams.get(stream_id)
        if not spec.perpetual and spec.creates and stream is not None:
            raise Refused(KernelRefusal.ALREADY_EXISTS, id=stream_id)
        if not spec.perpetual and not spec.creates and stream is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=stream_id)
        context = Context(
            authority=self.authority,
            actor=actor,
            occurred_at=to_datetime(request.occurred_at),
            now=now,
            command_id=UUID(request.command_id),
            rules=self.rules,
            officers=self,
            members=self.members,
            origin=cause.origin if cause is not None else None,
            told_at=cause.occurred_at if cause is not None and cause.received else None,
            found=self._found(self, request),
        )
        state = stream.state if stream is not None else spec.aggregate.initial
        events = spec.aggregate.events_of(state, request, context)
        return stream_id, self._correlation(spec, request, stream, stream_id, cause), events

    def _correlation(
        self, spec: CommandSpec, request: Any, stream: Stream | None, stream_id: UUID, cause: Fact | None
    ) -> UUID:
        if stream is not None and not spec.perpetual:
            return stream.correlation_id
        continued = self.streams.get(UUID(getattr(request, spec.continues))) if spec.continues else None
        if continued is not None:
            return continued.correlation_id
        return cause.correlation_id if cause is not None and not spec.new_correlation else stream_id

    # ---- ledger, outbox and inbox --------------------------------------------------------------------------------

    def _record(self, entry: Entry) -> None:
        self.log.append(entry)
        found = impacts(self.keeper, entry.event, entry.fact)
        self.book.take(entry.event, entry.fact, [one for one in found if self._asked(one, entry)])

    def _asked(self, impact: Impact, entry: Entry) -> bool:
        """What another authority tells starts no clock that it was not asked for."""
        asked, teller = impact.watch.deadline.asked, entry.fact.origin
        if impact.starts is None or asked is None or teller is None:
            return True
        return any(asked.names(own.event, teller) for own in self.log_of(asked.stream_of(entry.event)))

    def _share(self, entry: Entry) -> None:
        shared = CATALOGUE.shared.get(type_name(entry.event))
        for target in shared.targets(entry.event, self.authority.id) if shared is not None else ():
            if target == FEED:
                continue
            body = CATALOGUE.view(type_name(entry.event), encode(entry.event), ADDRESSEE_VIEW)
            queue = self.out[target]
            queue.append(
                Envelope(
                    sender=self.authority.id,
                    receiver=target,
                    number=len(queue) + 1,
                    type=type_name(entry.event),
                    body=body,
                    event_id=entry.fact.event_id,
                    correlation_id=entry.fact.correlation_id,
                    occurred_at=entry.fact.occurred_at,
                )
            )

    def receive(self, envelope: Envelope, now: datetime) -> None:
        """Takes an envelope in its order: early ones wait, known ones are dropped."""
        if envelope.number <= self.taken[envelope.sender]:
            return
        self.held[envelope.sender, envelope.number] = envelope
        while (taken := self.held.pop((envelope.sender, self.taken[envelope.sender] + 1), None)) is not None:
            self.taken[envelope.sender] += 1
            cls = message_class(taken.type)
            assert cls is not None
            fact = Fact(
                event_id=derive(taken.event_id, self.authority.id),
                occurred_at=taken.occurred_at,
                actor=taken.sender,
                origin=taken.sender,
                correlation_id=taken.correlation_id,
            )
            entry = Entry(cls.FromString(taken.body), fact)
            self._record(entry)
            self.react(entry, now)

    # ---- policies ------------------------------------------------------------------------------------------------

    def react(self, entry: Entry, now: datetime) -> None:
        """Issues what the event calls for, or parks it; a repeat changes nothing."""
        if any(_matter(entry) == _matter(earlier) for earlier, _ in self.parked):
            if entry not in [parked for parked, _ in self.parked]:
                self.parked.append((entry, KernelRefusal.WRONG_STAGE))
            return
        try:
            self._issue(entry, now)
        except Refused as refused:
            self.parked.append((entry, refused.code))

    def retry(self, now: datetime) -> bool:
        """Tries what is parked again, of each matter the oldest first; whether anything went through."""
        waiting, self.parked = self.parked, []
        for entry, _ in waiting:
            self.react(entry, now)
        return len(self.parked) < len(waiting)

    def _issue(self, entry: Entry, now: datetime) -> None:
        context = PolicyContext(self.authority, self.members, self.rules, entry.fact)
        for service in self.services:
            for name, command in service.policy.commands(entry.event, context):
                request: Any = command
                if not request.HasField("occurred_at"):
                    request.occurred_at.CopyFrom(to_timestamp(now if entry.fact.received else entry.fact.occurred_at))
                actor = Actor(f"policy.{service.name}", "service")
                self._execute(request, actor, now, derive(entry.fact.event_id, name), entry.fact)


def _matter(entry: Entry) -> tuple[UUID, str | None]:
    return entry.fact.correlation_id, entry.fact.origin


@dataclass(slots=True)
class World:
    """The sides, what flies between them, and the one clock that all read."""

    sides: dict[str, Side]
    now: datetime
    chance: Random
    flight: list[Envelope] = field(default_factory=list)
    _published: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _commands: int = 0

    def act(self, side: str, command: Message, officer: common.OfficerSnapshot) -> RefusalCode | None:
        """An officer's command; the refusal, if it was refused."""
        self._commands += 1
        try:
            self.sides[side].act(command, officer, self.now, UUID(uid(f"command/{self._commands}")))
        except Refused as refused:
            return refused.code
        finally:
            self._publish()
        return None

    def disturb(self) -> None:
        """One thing happens on the way: a delivery, a second copy, a loss, a repeat, a retry."""
        what = self.chance.random()
        if what < 0.6 and self.flight:
            envelope = self.flight.pop(self.chance.randrange(len(self.flight)))
            self._deliver(envelope)
        elif what < 0.7 and self.flight:
            self.flight.append(self.chance.choice(self.flight))
        elif what < 0.8 and self.flight:
            self.flight.pop(self.chance.randrange(len(self.flight)))
        elif what < 0.9:
            side = self.chance.choice(list(self.sides.values()))
            if side.log:
                side.react(self.chance.choice(side.log), self.now)
        else:
            self.chance.choice(list(self.sides.values())).retry(self.now)
        self._publish()

    def settle(self) -> None:
        """Everything that was lost is sent again until everybody has everything and nothing is left to do."""
        while True:
            self._publish()
            lost = [one for one in self._unreceived() if one not in self.flight]
            if not (lost or self.flight):
                went_through = [side.retry(self.now) for side in self.sides.values()]
                if not any(went_through):
                    return
                continue
            self.flight += lost
            while self.flight:
                self._deliver(self.flight.pop(self.chance.randrange(len(self.flight))))

    def fire(self) -> None:
        """Lets every clock of every side end that is over by now."""
        for side in self.sides.values():
            for clock in list(side.book.touched.values()):
                side.book.fire(clock, self.now, None)

    def _deliver(self, envelope: Envelope) -> None:
        self.sides[envelope.receiver].receive(envelope, self.now)

    def _publish(self) -> None:
        for side in self.sides.values():
            for target, queue in side.out.items():
                done = self._published[side.authority.id, target]
                self.flight += queue[done:]
                self._published[side.authority.id, target] = len(queue)

    def _unreceived(self) -> Iterator[Envelope]:
        for side in self.sides.values():
            for target, queue in side.out.items():
                yield from queue[self.sides[target].taken[side.authority.id] :]
