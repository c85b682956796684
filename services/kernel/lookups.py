"""Look-ups: what a decision needs that neither the state nor the command has.

    command ──▶ look up (I/O: views, files) ──▶ decide(state, command, context) with context.found ──▶ append

A decision stays pure: what was found comes in through the context, and the decision writes what it relied on into its
events, so that replay needs no look-up. A repeated command looks up again and gets its first answer all the same.

What may be there once only has one id, which a service finds by `names`: whoever begins it begins the same stream, and
the ledger lets one of them. So it finds what a command is about that can say it, but not by its id.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from services.kernel.decider import Context
from services.kernel.messages import type_name

LookUp = Callable[[Any, Any, Context], Awaitable[Any]]
"""Takes the node, the command and the context; answers what the decision finds as `context.found`, or raises Refused
like a decision."""

Naming = Callable[[Any, Any], Awaitable[str]]
"""Takes the node and a command without an id; answers the id, or nothing for a new one where it begins something."""


class Lookups:
    """The look-ups of one service, by command."""

    def __init__(self) -> None:
        self.by_command: dict[str, LookUp] = {}
        self.naming: dict[str, Naming] = {}
        self.in_turn: dict[str, str] = {}

    def on(self, command: type[Message], *, in_turn: str = "") -> Callable[[LookUp], LookUp]:
        """Registers what is looked up before a command is decided.

        Args:
            in_turn: commands with this name are looked up and decided one after another, whichever stream each is of:
                none misses what the one before it recorded, whichever process of the node it is in.
        """

        def register(function: LookUp) -> LookUp:
            name = type_name(command)
            if name in self.by_command:
                raise ValueError(f"{name} is looked up twice")
            self.by_command[name] = function
            if in_turn:
                self.in_turn[name] = in_turn
            return function

        return register

    def names(self, command: type[Message]) -> Callable[[Naming], Naming]:
        """Registers what finds the id of what a command begins, or is about, when it has none."""

        def register(function: Naming) -> Naming:
            self.naming[type_name(command)] = function
            return function

        return register
