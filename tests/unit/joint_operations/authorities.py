"""Several authorities without I/O: each decides in its own streams and hears of the others what the contract shows it.

What one authority tells another passes through the real disclosure rules, so a field that a policy needs and the
contract hides is missing here too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import draw_pb2 as draws
from google.protobuf.message import Message

from services.joint_operations.service import SERVICE
from services.kernel.authority import Authority
from services.kernel.decider import Aggregate, Context
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, FEED_VIEW, Catalogue
from services.kernel.facts import Act, Fact
from services.kernel.identity import Actor
from services.kernel.ledger import derive, uuid7
from services.kernel.messages import encode, message_class, to_timestamp, type_name
from services.kernel.policy import PolicyContext
from services.kernel.rules import Rules
from tests.support.decider import LUXIAN, MEMBERS, RONGCHANG, YONGCHUAN, acting

CATALOGUE = Catalogue.load()
_SERVICE = Actor("policy.joint_operations", "service")
_BY_COMMAND = {name: aggregate for aggregate in SERVICE.aggregates for name in aggregate.commands}


@dataclass(slots=True)
class Node:
    """One authority: its streams, its officers, and what it published."""

    authority: Authority
    officers: dict[str, common.OfficerSnapshot] = field(default_factory=dict)
    states: dict[tuple[str, str], Any] = field(default_factory=dict)
    ledger: list[tuple[Message, datetime]] = field(default_factory=list)
    feed: list[tuple[Message, datetime]] = field(default_factory=list)

    def at(self, officer_id: str, instant: datetime) -> common.OfficerSnapshot | None:
        return self.officers.get(officer_id)


class Authorities:
    """The nodes of 泸县, 永川 and 荣昌."""

    def __init__(self, officers: Iterable[common.OfficerSnapshot]) -> None:
        self.nodes = {one.id: Node(one) for one in (LUXIAN, YONGCHUAN, RONGCHANG)}
        for one in officers:
            self.nodes[one.authority_id].officers[one.officer_id] = one
        self.told: dict[str, list[Message]] = defaultdict(list)
        """What each authority received, as it was disclosed."""

    def act(self, actor: common.OfficerSnapshot, command: Message, at: datetime) -> list[Message]:
        """An officer's command with everything that follows from it, at all authorities."""
        return self._run(self.nodes[actor.authority_id], command, acting(actor), at, uuid7(), origin=None)

    def state(self, authority: Authority, aggregate: Aggregate[Any], id_: str) -> Any:
        """An aggregate as its authority has it."""
        return self.nodes[authority.id].states[(aggregate.name, id_)]

    def _run(
        self, node: Node, command: Any, actor: Actor, at: datetime, command_id: UUID, origin: str | None
    ) -> list[Message]:
        command.command_id = str(command_id)
        command.occurred_at.CopyFrom(to_timestamp(at))
        aggregate = _BY_COMMAND[type_name(command)]
        id_field = f"{aggregate.name}_id"
        context = Context(
            authority=node.authority,
            actor=actor,
            occurred_at=at,
            now=at,
            command_id=command_id,
            rules=Rules(),
            officers=node,
            members=MEMBERS,
            origin=origin,
            found=_found(node, command),
        )
        stream = (aggregate.name, getattr(command, id_field))
        state = node.states.get(stream, aggregate.initial)
        events = aggregate.events_of(state, command, context)
        for n, event in enumerate(events):
            stream = (aggregate.name, getattr(event, id_field))
            event_id = derive(command_id, f"event/{n}")
            state = aggregate.next(state, event, Act(event_id=event_id, occurred_at=at, actor=actor.id))
            node.states[stream] = state
            node.ledger.append((event, at))
        for n, event in enumerate(events):
            self._spread(node, event, at, derive(command_id, f"event/{n}"))
        return events

    def _spread(self, node: Node, event: Message, at: datetime, event_id: UUID) -> None:
        self._react(node, event, at, event_id, origin=None)
        shared = CATALOGUE.shared.get(type_name(event))
        if shared is None:
            return
        if shared.feed:
            node.feed.append((_seen(event, FEED_VIEW), at))
        for target in shared.targets(event, node.authority.id):
            if target in self.nodes:
                seen = _seen(event, ADDRESSEE_VIEW)
                self.told[target].append(seen)
                self._react(self.nodes[target], seen, at, derive(event_id, target), origin=node.authority.id)

    def _react(self, node: Node, event: Message, at: datetime, event_id: UUID, origin: str | None) -> None:
        fact = Fact(event_id=event_id, occurred_at=at, actor=origin or node.authority.id, origin=origin)
        context = PolicyContext(node.authority, MEMBERS, Rules(), fact)
        for name, command in SERVICE.policy.commands(event, context):
            self._run(node, command, _SERVICE, at, derive(event_id, name), origin)


def _found(node: Node, command: Message) -> Any:
    """What the look-ups of services/joint_operations/lookups.py find, from the states."""
    match command:
        case draws.PrepareDrawRequest():
            return node.states["operation", command.operation_id]
        case draws.CommitDrawRequest():
            return node.states["operation", node.states["draw", command.draw_id].prepared.operation_id]
        case _:
            return None


def _seen(event: Message, level: int) -> Message:
    known: Callable[[bytes], Message] = message_class(type_name(event)).FromString  # type: ignore[union-attr]
    return known(CATALOGUE.view(type_name(event), encode(event), level))
