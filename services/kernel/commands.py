"""Commands: from a request message to events in the ledger.

    validate ──▶ check times ──▶ load ──▶ decide ──▶ append ──▶ answer
                                   ▲                   │ conflict: others wrote meanwhile
                                   └───────────────────┘ at most CONFLICTS_MAX times, then Conflict

Promise   an answer means committed; the same command id again gets the answer it got first, whatever happened since.
          A refusal means that nothing was appended, and is judged on what the ledger held when it was given.
Not       a caller that was cancelled, or got Unavailable, knows nothing: the same command id asks again. A refused
          command id is not remembered: when the facts have changed, it may be accepted.
Bounds    CONFLICTS_MAX rounds. States in memory: services/kernel/states.py. Event size: the ledger's limit.
Failing   PostgreSQL away: ledger.Unavailable. Queue full: ledger.QueueFull.
Owns      the states; a lock per stream in use, so that callers of this process do not conflict.
Shown by tests/integration/kernel/test_commands.py
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

import protovalidate
from enforcement.common.v1 import common_pb2 as common
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel import ledger as log
from services.kernel import telemetry
from services.kernel.authority import Authority, Members
from services.kernel.clock import SHANGHAI, Clock
from services.kernel.command_specs import CommandSpec
from services.kernel.decider import Context, Officers
from services.kernel.devices import DeviceSignature
from services.kernel.errors import Conflict, KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.identity import Actor
from services.kernel.ledger import Append, Ledger, NewEvent, ids
from services.kernel.messages import canonical_ids, encode, microseconds, to_datetime, type_name
from services.kernel.rules import Rules
from services.kernel.states import Loaded, States
from services.kernel.telemetry import Metrics

CONFLICTS_MAX: Final = 16
"""Rounds before Conflict. Two processes that write one stream lose every other round: 1 in 65,536 gives up."""
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""An officer's device may be ahead of the node's clock by this much."""

_ACTOR_KINDS: Final = {
    "officer": meta.ACTOR_KIND_OFFICER,
    "administrator": meta.ACTOR_KIND_ADMINISTRATOR,
    "service": meta.ACTOR_KIND_SERVICE,
    "authority": meta.ACTOR_KIND_AUTHORITY,
    "collector": meta.ACTOR_KIND_COLLECTOR,
    "device": meta.ACTOR_KIND_DEVICE,
    "portal": meta.ACTOR_KIND_PORTAL,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """The event because of which a policy issues a command."""

    event_id: UUID
    correlation_id: UUID
    origin: str | None
    told_at: datetime | None = None
    """When the act took place, if another authority told it."""


class Commands:
    """Runs the commands of one node's services.

    Args:
        officers_caught_up: waits until the officers' register has seen everything recorded so far.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        authority: Authority,
        members: Members,
        officers: Officers,
        rules: Rules,
        clock: Clock,
        officers_caught_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._ledger = ledger
        self._authority = authority
        self._members = members
        self._officers = officers
        self._rules = rules
        self._clock = clock
        self.officers_caught_up = officers_caught_up
        self._policies_caught_up: dict[str, Callable[[], Awaitable[None]]] = {}
        self._specs: dict[str, CommandSpec] = {}
        self._lookups: dict[str, Callable[[Any, Context], Awaitable[Any]]] = {}
        self._naming: dict[str, Callable[[Any], Awaitable[str]]] = {}
        self._turns: dict[str, tuple[str, asyncio.Lock]] = {}
        self._validator = protovalidate.Validator()
        self._states = States(ledger)
        self._last_recorded: dict[str, int] = {}
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def add(
        self,
        specs: Mapping[str, CommandSpec],
        policies_caught_up: Callable[[], Awaitable[None]],
        lookups: Mapping[str, Callable[[Any, Context], Awaitable[Any]]] | None = None,
        naming: Mapping[str, Callable[[Any], Awaitable[str]]] | None = None,
        in_turn: Mapping[str, str] | None = None,
    ) -> None:
        """Takes the commands of one service.

        Args:
            policies_caught_up: waits until the service's policies have seen everything recorded before.
            lookups: what some commands look up before they are decided.
            naming: what finds the id of what some commands begin, or are about.
            in_turn: names of turns; commands of one turn are decided one after another.
        """
        turns: dict[str, asyncio.Lock] = {}
        self._specs.update(specs)
        self._lookups.update(lookups or {})
        self._naming.update(naming or {})
        for command, turn in (in_turn or {}).items():
            self._turns[command] = turn, turns.setdefault(turn, asyncio.Lock())
        for spec in specs.values():
            self._policies_caught_up[spec.aggregate.name] = policies_caught_up

    def last_recorded(self, category: str) -> int:
        """Position of the last event that this process appended to a category; 0 when none."""
        return self._last_recorded.get(category, 0)

    def validate(self, request: Message) -> None:
        """Checks a request against the rules of its schema.

        Raises:
            Refused: INVALID_REQUEST naming each field.
        """
        violations = self._validator.collect_violations(request)
        if violations:
            detail = "; ".join(f"{_path(v.proto.field)}: {v.proto.message}" for v in violations)
            raise Refused(KernelRefusal.INVALID_REQUEST, detail=detail)

    async def execute(self, request: Any, actor: Actor, cause: Cause | None = None) -> common.Recorded:
        """Decides a validated command and appends what it yields.

        Raises:
            Refused: a rule says no; nothing was appended.
            Conflict: others kept changing the stream.
            ledger.QueueFull, ledger.Unavailable: see services.kernel.errors.
        """
        spec = self._specs[type_name(request)]
        canonical_ids(request)
        command_id = UUID(request.command_id)
        digest = _digest(request, cause)
        if not getattr(request, spec.id_field) and (naming := self._naming.get(spec.request)):
            first = await self._ledger.command(command_id)
            setattr(request, spec.id_field, str(first.stream_id) if first else await naming(request))
        begins = spec.creates and not getattr(request, spec.id_field)
        stream_id = ids.derive(command_id, spec.aggregate.name) if begins else _given_id(request, spec)
        setattr(request, spec.id_field, str(stream_id))
        context = await self._context(request, actor, command_id, cause)
        asked = _Asked(request, spec, stream_id, context, cause, digest, begins)
        if spec.fresh:
            await self._policies_caught_up[spec.aggregate.name]()
        lock = self._locks.setdefault(stream_id, asyncio.Lock())
        async with self._turn(spec), lock:
            try:
                if look_up := self._lookups.get(spec.request):
                    asked = replace(asked, context=replace(context, found=await look_up(request, context)))
                return await self._decide_and_append(asked)
            except Conflict:
                Metrics.COMMANDS.add(type=spec.request, outcome="conflict")
                raise
            except Refused:
                first = await self._ledger.command(command_id)
                if first is None:
                    Metrics.COMMANDS.add(type=spec.request, outcome="refused")
                    raise
                if first.digest != digest:
                    raise log.Mismatch(f"command {command_id} was used before for another request") from None
                return common.Recorded(id=str(first.stream_id), version=first.version, position=first.position)

    @contextlib.asynccontextmanager
    async def _turn(self, spec: CommandSpec) -> AsyncIterator[None]:
        """One command of a turn at a time. Callers of this process wait here: only one of them asks the others'."""
        if spec.request not in self._turns:
            yield
            return
        name, lock = self._turns[spec.request]
        async with lock, self._ledger.turn(name):
            yield

    async def _decide_and_append(self, asked: "_Asked") -> common.Recorded:
        spec, stream_id = asked.spec, asked.stream_id
        beginning = Loaded(spec.aggregate.initial, 0, None)
        loaded = beginning if asked.begins else self._states.remembered(stream_id)
        remembered = loaded is not None
        if loaded is None:
            loaded = await self._states.read(spec.aggregate, stream_id, beginning)
        lost_to_others = False
        for _ in range(CONFLICTS_MAX):
            try:
                _check_existence(spec, loaded, stream_id)
                events = spec.aggregate.events_of(loaded.state, asked.request, asked.context)
            except Refused as refused:
                if remembered:
                    newer, remembered = await self._states.read(spec.aggregate, stream_id, loaded), False
                    if newer.version != loaded.version:
                        loaded = newer
                        continue
                if lost_to_others:
                    raise Conflict(f"others wrote first, and now: {refused}") from refused
                raise
            if not events:
                return common.Recorded(id=str(stream_id), version=loaded.version, position=await self._ledger.head())
            append = await self._append_of(asked, loaded, events)
            try:
                with telemetry.span(
                    telemetry.Spans.APPEND, target=spec.aggregate.name, case_id=str(append.correlation_id)
                ):
                    done = await self._ledger.append(append)
            except log.Conflict:
                lost_to_others = not remembered
                loaded, remembered = await self._states.read(spec.aggregate, stream_id, loaded), False
                continue
            self._last_recorded[append.category] = done.position
            Metrics.COMMANDS.add(type=spec.request, outcome="repeated" if done.repeated else "recorded")
            if not done.repeated:
                self._states.remember(stream_id, _after(asked, loaded, events, append))
            return common.Recorded(id=str(stream_id), version=done.version, position=done.position)
        raise Conflict(f"{spec.request} met other writers {CONFLICTS_MAX} times")

    async def _context(self, request: Any, actor: Actor, command_id: UUID, cause: Cause | None) -> Context:
        now = self._clock.now()
        occurred_at = to_datetime(request.occurred_at) if request.HasField("occurred_at") else now
        if occurred_at > now + CLOCK_TOLERANCE:
            raise Refused(KernelRefusal.OCCURRED_IN_FUTURE, occurred_at=_local(occurred_at), now=_local(now))
        grace = self._rules.number("late_grace_hours", now.astimezone(SHANGHAI).date())
        # What the collecting side took counts from the day on which it took it, however late it says so.
        late = cause is None and actor.kind != "collector" and now - occurred_at > timedelta(hours=grace)
        if late and not request.late_reason:
            raise Refused(KernelRefusal.LATE_WITHOUT_REASON, grace=f"{grace}h")
        await self.officers_caught_up()
        return Context(
            authority=self._authority,
            actor=actor,
            occurred_at=occurred_at,
            now=now,
            command_id=command_id,
            rules=self._rules,
            officers=self._officers,
            members=self._members,
            origin=cause.origin if cause else None,
            told_at=cause.told_at if cause else None,
        )

    async def _append_of(self, asked: "_Asked", loaded: Loaded, events: list[Message]) -> Append:
        context = asked.context
        relied_on = dict(context.relied_on)
        if context.actor.officer is not None:
            relied_on.setdefault(context.actor.id, context.actor.officer)
        return Append(
            command_id=context.command_id,
            digest=asked.digest,
            stream_id=asked.stream_id,
            category=asked.spec.aggregate.name,
            expected_version=loaded.version,
            events=tuple(
                NewEvent(
                    type=type_name(event),
                    body=encode(event),
                    meta=encode(
                        meta.Meta(
                            actor=context.actor.id,
                            actor_kind=_ACTOR_KINDS[context.actor.kind],
                            command_type=asked.spec.request,
                            occurred_us=microseconds(context.occurred_at),
                            late_reason=asked.request.late_reason,
                            skippable=event.DESCRIPTOR.GetOptions().Extensions[options.skippable],
                            officers=relied_on.values(),
                            device=_device_meta(context.actor.device),
                        )
                    ),
                )
                for event in events
            ),
            correlation_id=await self._correlation_after(asked, loaded),
            causation_id=asked.cause.event_id if asked.cause else context.command_id,
            traceparent=telemetry.current_traceparent() or None,
        )

    async def _correlation_after(self, asked: "_Asked", loaded: Loaded) -> UUID:
        """The matter of a stream is that of its beginning; what is always there has a matter for each event."""
        if loaded.correlation_id is not None and not asked.spec.perpetual:
            return loaded.correlation_id
        return await self._correlation(asked)

    async def _correlation(self, asked: "_Asked") -> UUID:
        spec = asked.spec
        if spec.continues and (continued := getattr(asked.request, spec.continues)):
            continued_stream = await self._ledger.read_stream(UUID(continued))
            if not continued_stream.events:
                raise Refused(KernelRefusal.NOT_FOUND, id=continued)
            return continued_stream.events[0].correlation_id
        if asked.cause is not None and not spec.new_correlation:
            return asked.cause.correlation_id
        return asked.stream_id


@dataclass(frozen=True, slots=True)
class _Asked:
    """One command on its way."""

    request: Any
    spec: CommandSpec
    stream_id: UUID
    context: Context
    cause: Cause | None
    digest: bytes
    begins: bool
    """Its stream's id derives from the command's: nobody but a repeat of it can have written there."""


def _device_meta(device: DeviceSignature | None) -> meta.DeviceSignature | None:
    if device is None:
        return None
    return meta.DeviceSignature(key_id=device.key_id, signature=device.signature, command_sha256=device.command_sha256)


def _given_id(request: Any, spec: CommandSpec) -> UUID:
    given = getattr(request, spec.id_field)
    if not given:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=f"{spec.id_field}: required")
    return UUID(given)


def _check_existence(spec: CommandSpec, loaded: Loaded, stream_id: UUID) -> None:
    if spec.perpetual:
        return
    if spec.creates and loaded.version:
        raise Refused(KernelRefusal.ALREADY_EXISTS, id=stream_id)
    if not spec.creates and not loaded.version:
        raise Refused(KernelRefusal.NOT_FOUND, id=stream_id)


def _after(asked: _Asked, loaded: Loaded, events: list[Message], append: Append) -> Loaded:
    """The state that a replay would give, without reading back what was just written."""
    state = loaded.state
    event_ids = ids.event_ids(append.command_id.bytes, len(events))
    for event_id, event in zip(event_ids, events, strict=True):
        act = Act(
            event_id=UUID(bytes=event_id),
            occurred_at=asked.context.occurred_at,
            actor=asked.context.actor.id,
            late_reason=asked.request.late_reason,
        )
        state = asked.spec.aggregate.next(state, event, act)
    return Loaded(state, loaded.version + len(events), append.correlation_id)


def _digest(request: Message, cause: Cause | None) -> bytes:
    """What a repeated command id must repeat. A policy's command is repeated when its cause is: its times may move."""
    if cause is not None:
        return hashlib.sha256(f"{type_name(request)}\n{cause.event_id}".encode()).digest()
    return hashlib.sha256(type_name(request).encode() + b"\n" + encode(request)).digest()


def _local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _path(field: Any) -> str:
    return ".".join(element.field_name for element in field.elements) or "request"
