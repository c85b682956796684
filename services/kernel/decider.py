"""Deciders: the law as pure functions.

    decide(state, command, context) -> events, or Refused
    evolve(state, event) -> state

No I/O, no clock, no random: time, officers, ids and rule sets come in through `Context`, and what was relied on is
recorded beside the events, so that replay needs no look-up. A message is frozen once built: neither function changes
its arguments.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.kernel.authority import Authority, Members
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.identity import Actor
from services.kernel.ledger import ids
from services.kernel.messages import type_name
from services.kernel.rules import Rules
from services.kernel.values import day_of

S = TypeVar("S")
C = TypeVar("C", bound=Message)
E = TypeVar("E", bound=Message)
Events = Iterator[Message]


class Officers(Protocol):
    """The register of officers, at any instant."""

    def at(self, officer_id: str, instant: datetime) -> common.OfficerSnapshot | None:
        """The officer as of an instant; None when unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a decision may rely on besides the state and the command."""

    authority: Authority
    actor: Actor
    occurred_at: datetime
    """When the act took place."""
    now: datetime
    """The node's clock."""
    command_id: UUID
    rules: Rules
    officers: Officers
    members: Members
    origin: str | None = None
    """For commands of a policy: the authority whose event caused it; None for own events."""
    told_at: datetime | None = None
    """When the act took place that this authority told; None for own events."""
    relied_on: dict[str, common.OfficerSnapshot] = field(default_factory=dict)
    """Officers asked for so far; recorded in the events' metadata."""
    found: Any = None
    """What the command's look-up answered; see services.kernel.lookups."""

    @property
    def today(self) -> date:
        """The day of the act in Shanghai."""
        return day_of(self.occurred_at)

    def officer(self, officer_id: str) -> common.OfficerSnapshot:
        """The officer of this authority at the time of the act.

        Raises:
            Refused: OFFICER_UNKNOWN.
        """
        snapshot = self.officers.at(officer_id, self.occurred_at)
        if snapshot is None:
            raise Refused(KernelRefusal.OFFICER_UNKNOWN, officer=officer_id)
        self.relied_on[officer_id] = snapshot
        return snapshot

    def active_officer(self, officer_id: str) -> common.OfficerSnapshot:
        """The same, with a credential that was active at the time of the act (行政处罚法 art. 42).

        Raises:
            Refused: OFFICER_UNKNOWN, OFFICER_NOT_ACTIVE.
        """
        snapshot = self.officer(officer_id)
        require_active(snapshot)
        return snapshot

    def two_active_officers(self, officer_ids: Sequence[str]) -> list[common.OfficerSnapshot]:
        """Not fewer than two different officers, each active (行政处罚法 art. 42).

        Raises:
            Refused: TWO_OFFICERS_NEEDED, OFFICER_UNKNOWN, OFFICER_NOT_ACTIVE.
        """
        if len(set(officer_ids)) < 2:
            raise Refused(KernelRefusal.TWO_OFFICERS_NEEDED)
        return [self.active_officer(officer_id) for officer_id in dict.fromkeys(officer_ids)]

    def member(self, authority_id: str) -> Authority:
        """An authority of the member registry.

        Raises:
            Refused: UNKNOWN_AUTHORITY.
        """
        member = self.members.get(authority_id)
        if member is None:
            raise Refused(KernelRefusal.UNKNOWN_AUTHORITY, authority=authority_id)
        return member

    def new_id(self, purpose: str) -> UUID:
        """An id that the same command gets again when it is repeated."""
        return ids.derive(self.command_id, purpose)


def require_active(snapshot: common.OfficerSnapshot) -> None:
    """Refuses an officer whose credential was not active (行政处罚法 art. 42)."""
    if snapshot.status != common.CREDENTIAL_STATUS_ACTIVE:
        status = common.CredentialStatus.Name(snapshot.status).removeprefix("CREDENTIAL_STATUS_")
        raise Refused(KernelRefusal.OFFICER_NOT_ACTIVE, officer=snapshot.officer_id, status=status)


class Staged:
    """A state that moves through stages. The stage's value is the Chinese term that people read."""

    __slots__ = ()
    stage: Any
    """A StrEnum; declared by the dataclass that inherits."""

    def require(self, *allowed: StrEnum) -> None:
        """Refuses unless the stage is one of `allowed`.

        Raises:
            Refused: WRONG_STAGE with the stage it is in and the stages allowed.
        """
        if self.stage not in allowed:
            raise Refused(KernelRefusal.WRONG_STAGE, stage=self.stage, allowed="、".join(allowed))


@dataclass(frozen=True, slots=True)
class _Decision(Generic[S]):
    decide: Callable[[S, Any, Context], Iterable[Message]]
    basis: str


class Aggregate(Generic[S]):
    """One kind of legal fact: its state, its decisions and its events.

    The name is the category in the ledger. The state is a frozen dataclass whose defaults are the state before the
    first event.
    """

    def __init__(self, name: str, state: type[S]) -> None:
        self.name = name
        self.initial = state()
        self._decisions: dict[str, _Decision[S]] = {}
        self._evolutions: dict[str, tuple[Callable[..., S], bool]] = {}

    def decide(
        self, command: type[C], *, basis: str
    ) -> Callable[[Callable[[S, C, Context], Iterable[Message]]], Callable[[S, C, Context], Iterable[Message]]]:
        """Registers the decision on a command; `basis` is the article that its rule comes from."""

        def register(
            function: Callable[[S, C, Context], Iterable[Message]],
        ) -> Callable[[S, C, Context], Iterable[Message]]:
            name = type_name(command)
            if name in self._decisions:
                raise ValueError(f"{name} is decided twice")
            self._decisions[name] = _Decision(function, basis)
            return function

        return register

    def evolve(self, *events: type[Message]) -> Callable[[Callable[..., S]], Callable[..., S]]:
        """Registers how events change the state. A third parameter receives the event's `Act`."""

        def register(function: Callable[..., S]) -> Callable[..., S]:
            wants_act = len(inspect.signature(function).parameters) == 3
            for event in events:
                if type_name(event) in self._evolutions:
                    raise ValueError(f"{type_name(event)} evolves twice")
                self._evolutions[type_name(event)] = (function, wants_act)
            return function

        return register

    @property
    def commands(self) -> frozenset[str]:
        """Full names of the commands that it decides."""
        return frozenset(self._decisions)

    @property
    def events(self) -> frozenset[str]:
        """Full names of the events that it is made of."""
        return frozenset(self._evolutions)

    def basis(self, command: Message) -> str:
        """Article behind the decision on a command."""
        return self._decisions[type_name(command)].basis

    def decider(self, command: str) -> Callable[[S, Any, Context], Iterable[Message]]:
        """The function that decides on a command, by its full name."""
        return self._decisions[command].decide

    @property
    def bases(self) -> dict[str, str]:
        """Article behind each of its decisions, by the full name of the command."""
        return {name: decision.basis for name, decision in self._decisions.items()}

    def events_of(self, state: S, command: Message, context: Context) -> list[Message]:
        """Decides. Runs the decision to its end, so a refusal means that nothing happened."""
        return list(self._decisions[type_name(command)].decide(state, command, context))

    def next(self, state: S, event: Message, act: Act) -> S:
        """The state after an event.

        Raises:
            KeyError: the aggregate does not know the event.
        """
        function, wants_act = self._evolutions[type_name(event)]
        return function(state, event, act) if wants_act else function(state, event)
