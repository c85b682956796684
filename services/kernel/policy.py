"""Policies: what a service does when something is in the ledger.

    FOLLOWING ──event──▶ react ──▶ command ──▶ FOLLOWING        refused or failing ──▶ PARKED ──retry──▶ done

Promise   every event of a type that a policy names is reacted to at least once, and the effect is there once: the
          command's id derives from the event's, so a repeat is answered from the ledger. What one authority says about
          one case is reacted to in order.
Not       an order between policies, cases or tellers. Behind a parked event, its teller's later ones on that case wait.
Bounds    PAGE events at a time. A parked event is tried again after RETRY_SECONDS, the last for ever.
Failing   PostgreSQL away: the reader waits and goes on. A handler or command that fails: parked with its reason,
          counted, and shown by `enforcement node parked`; everything else goes on.
Owns      one reader per service, one task.
Shown by tests/integration/kernel/test_policy.py, tests/faults/test_node_killed.py
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel import ledger as store
from services.kernel import telemetry
from services.kernel.authority import Authority, Members
from services.kernel.clock import Clock
from services.kernel.commands import Cause, Commands
from services.kernel.errors import Conflict, KernelRefusal, Refused
from services.kernel.facts import Fact, decode, fact_of
from services.kernel.identity import Actor
from services.kernel.ledger import Checkpoint, Event, Ledger, Parked, ids, parked
from services.kernel.messages import is_restricted, to_timestamp, type_name
from services.kernel.reader import Reader
from services.kernel.rules import Rules
from services.kernel.telemetry import Attribute, Log, Metrics, Spans

log = Log(__name__)

PAGE: Final = 200
RETRY_SECONDS: Final = (1, 5, 30, 120, 600)

BEHIND: Final = "waits behind an earlier event of the matter"
_TRY_THE_PAGE_AGAIN: Final = (Conflict, store.Conflict, store.QueueFull, store.Unavailable)
"""Says nothing about the event: the same page a little later may do."""

_ANY_KIND: Final = options.AUTHORITY_KIND_UNSPECIFIED

Reaction = Callable[[Any, "PolicyContext"], Message | Iterable[Message] | None]


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """What a policy may know besides the event."""

    authority: Authority
    members: Members
    rules: Rules
    fact: Fact

    @property
    def origin(self) -> str | None:
        """Authority that signed the event; None for own events."""
        return self.fact.origin

    @property
    def teller(self) -> str:
        """Authority whose act the event records: who signed it, or this one."""
        return self.fact.origin or self.authority.id

    @property
    def occurred_at(self) -> datetime:
        """When the event's act took place."""
        return self.fact.occurred_at

    def derive(self, purpose: str) -> UUID:
        """An id that the same event gives again."""
        return ids.derive(self.fact.event_id, purpose)

    def member(self, authority_id: str) -> Authority:
        """An authority of the member registry.

        Raises:
            Refused: UNKNOWN_AUTHORITY.
        """
        member = self.members.get(authority_id)
        if member is None:
            raise Refused(KernelRefusal.UNKNOWN_AUTHORITY, authority=authority_id)
        return member


@dataclass(frozen=True, slots=True)
class _Subscription:
    react: Reaction
    name: str
    received: bool | None
    kind: options.AuthorityKind.ValueType
    addressed: str

    def concerns(self, event: Message, context: PolicyContext) -> bool:
        """Whether the event is told by whom it should be, on a node that it is meant for."""
        own = context.authority
        if self.received not in (None, context.fact.received) or self.kind not in (_ANY_KIND, own.kind):
            return False
        if not self.addressed:
            return True
        named = getattr(event, self.addressed)
        return own.id == named if isinstance(named, str) else own.id in named


class Policy:
    """The policies of one service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._subscriptions: dict[str, list[_Subscription]] = defaultdict(list)

    def on(
        self,
        *events: type[Message],
        received: bool | None = None,
        kind: options.AuthorityKind.ValueType = _ANY_KIND,
        addressed: str = "",
    ) -> Callable[[Reaction], Reaction]:
        """Registers a reaction.

        An event reaches all its addressees with the same fields: `kind` and `addressed` say whose node reacts.

        Args:
            received: to events signed by others (True), to own events (False), or to both (None).
            kind: only on the node of such an authority.
            addressed: only where this field of the event names the node's authority, alone or among others.

        Raises:
            ValueError: an event has no field `addressed`.
        """
        for event in events:
            if addressed and addressed not in event.DESCRIPTOR.fields_by_name:
                raise ValueError(f"{type_name(event)} has no field {addressed!r}")

        def register(react: Reaction) -> Reaction:
            name = getattr(react, "__name__", "reaction")
            for event in events:
                subscription = _Subscription(react, name, received, kind, addressed)
                self._subscriptions[type_name(event)].append(subscription)
            return react

        return register

    @property
    def types(self) -> frozenset[str]:
        """Full names of the events it reacts to."""
        return frozenset(self._subscriptions)

    def commands(self, event: Message, context: PolicyContext) -> list[tuple[str, Message]]:
        """The commands that an event calls for, each with the name that its id derives from. Pure."""
        issued: list[tuple[str, Message]] = []
        for subscription in self._subscriptions[type_name(event)]:
            if not subscription.concerns(event, context):
                continue
            answer = subscription.react(event, context)
            commands = [] if answer is None else [answer] if isinstance(answer, Message) else list(answer)
            issued += [(f"{self.service}.{subscription.name}.{n}", command) for n, command in enumerate(commands)]
        return issued


class PolicyRunner:
    """Runs the policies of one service."""

    def __init__(
        self,
        policy: Policy,
        ledger: Ledger,
        commands: Commands,
        *,
        authority: Authority,
        members: Members,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._policy = policy
        self._ledger = ledger
        self._commands = commands
        self._authority = authority
        self._members = members
        self._rules = rules
        self._clock = clock
        self._actor = Actor(f"policy.{policy.service}", "service")
        self._reader = Reader(ledger, f"policy.{policy.service}", types=policy.types, page=PAGE)

    async def caught_up(self) -> None:
        """Waits until the policies have seen everything recorded before this call."""
        await self._reader.reached(await self._ledger.head())

    async def run(self) -> None:
        """Runs until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reader.run(self._page))
            tasks.create_task(self._retry())

    async def _page(self, events: list[Event], up_to: int, checkpoint: Checkpoint) -> None:
        """Reacts to a page: matters side by side, the events of one matter in order."""
        async with self._ledger.connection() as connection:
            blocked = await parked.blocked(connection, self._reader.name, 0)
        by_matter: dict[UUID, list[Event]] = defaultdict(list)
        for event in events:
            by_matter[_matter_of(event)].append(event)
        live = len(events) == 1 and events[0].recorded_at > self._wall(-telemetry.LIVE_SECONDS)
        async with asyncio.TaskGroup() as tasks:
            reacting = [
                tasks.create_task(self._matter(matter, live=live, blocked=matter_id in blocked))
                for matter_id, matter in by_matter.items()
            ]
        async with self._ledger.transaction() as connection:
            await checkpoint.advance(connection, up_to)
            for task in reacting:
                for event, reason in task.result():
                    await parked.park(
                        connection,
                        self._reader.name,
                        0,
                        event,
                        reason=reason,
                        next_attempt_at=self._wall(RETRY_SECONDS[0]),
                    )

    async def _matter(self, events: list[Event], *, live: bool, blocked: bool) -> list[tuple[Event, str]]:
        """Reacts to the events of one matter; those to park, with the reason."""
        for n, event in enumerate(events):
            if blocked:
                return [(later, BEHIND) for later in events[n:]]
            with telemetry.unseen(restricted := is_restricted(event.type)):
                try:
                    await self._react(event, live=live)
                except _TRY_THE_PAGE_AGAIN:
                    raise
                except Exception as error:
                    log.exception("an event is parked", reader=self._reader.name, position=event.position)
                    reason = type(error).__name__ if restricted else _reason(error)
                    return [(event, reason), *((later, BEHIND) for later in events[n + 1 :])]
        return []

    async def _react(self, event: Event, *, live: bool) -> None:
        message = decode(event)
        if message is None:
            return
        fact = fact_of(event)
        issued = self._policy.commands(message, PolicyContext(self._authority, self._members, self._rules, fact))
        if not issued:
            return
        told_at = fact.occurred_at if fact.received else None
        cause = Cause(event.event_id, event.correlation_id, fact.origin, told_at)
        with telemetry.reaction(
            Spans.REACT,
            event.traceparent or "",
            live=live,
            attributes={Attribute.POSITION: event.position},
            target=self._reader.name,
            case_id=str(event.correlation_id),
        ):
            for name, command in issued:
                await self._issue(name, command, cause, fact)

    async def _issue(self, name: str, command: Any, cause: Cause, fact: Fact) -> None:
        command.command_id = str(ids.derive(fact.event_id, name))
        if not command.HasField("occurred_at"):
            act_at = self._clock.now() if fact.received else fact.occurred_at
            command.occurred_at.CopyFrom(to_timestamp(act_at))
        self._commands.validate(command)
        await self._commands.execute(command, self._actor, cause)

    async def _retry(self) -> None:
        """Tries parked events again: of each matter the oldest, until it goes through or a person resolves it."""
        while True:
            await asyncio.sleep(RETRY_SECONDS[0])
            try:
                async with self._ledger.connection() as connection:
                    due = await parked.due(connection, self._reader.name, 0, self._wall(0), PAGE)
                    waiting = await parked.unresolved(connection, self._reader.name)
                Metrics.PARKED.set(len(waiting), reader=self._reader.name)
                for entry in due:
                    await self._again(entry)
            except store.LedgerError:
                log.warning("the ledger is not reachable", reader=self._reader.name)

    async def _again(self, entry: Parked) -> None:
        page = await self._ledger.read(entry.position - 1, 1)
        restricted = is_restricted(page.events[0].type)
        try:
            with telemetry.unseen(restricted):
                await self._react(page.events[0], live=False)
        except Exception as error:
            pause = RETRY_SECONDS[min(entry.attempts, len(RETRY_SECONDS) - 1)]
            reason = type(error).__name__ if restricted else _reason(error)
            async with self._ledger.connection() as connection:
                await parked.again(connection, entry, reason, self._wall(pause))
        else:
            async with self._ledger.connection() as connection:
                await parked.resolve(connection, entry.reader, entry.version, entry.position)

    @staticmethod
    def _wall(seconds: float) -> datetime:
        """Retries go by the wall clock: the node's may stand still."""
        return datetime.now(UTC) + timedelta(seconds=seconds)


def _matter_of(event: Event) -> UUID:
    """What waits for each other: one teller's events about one case. Another authority chooses the case that it
    names, so what it says never holds up what this authority or a third one says of the same case.
    """
    origin = fact_of(event).origin
    return event.correlation_id if origin is None else uuid5(event.correlation_id, origin)


def _reason(error: Exception) -> str:
    return f"{error.code.name}: {error}" if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
