"""The stage of a row by the rule of the decisions: a view keeps the plain facts that the stage follows from."""

from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from services.kernel.decider import Aggregate
from services.kernel.facts import Act
from services.kernel.projection import Row
from services.transfer.model.standing import NonFiling

S = TypeVar("S")

_PLAIN: Final = (bool, int, str, type(None))


def move(aggregate: Aggregate[Any], row: Row, event: Message, act: Act) -> Any:
    """Moves a row by an event as the aggregate's state moves; the state, for what else the row shows of it.

    The columns `stage` and `facts` are the row's.
    """
    state = aggregate.next(_recalled(aggregate.initial, row.get("facts") or {}), event, act)
    row["facts"] = _remembered(state)
    row["stage"] = state.stage
    return state


def _remembered(state: Any) -> dict[str, Any]:
    """The state's facts that are plain values: no message, no content."""
    return {
        field.name: value if not isinstance(value, NonFiling) else _remembered(value)
        for field in fields(state)
        if _is_fact(value := getattr(state, field.name))
    }


def _is_fact(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(one, _PLAIN) for one in value)
    return isinstance(value, (*_PLAIN, NonFiling))


def _recalled(initial: S, facts: dict[str, Any]) -> S:
    known: dict[str, Any] = {}
    for field in fields(initial):  # type: ignore[arg-type]
        if field.name not in facts:
            continue
        default, value = getattr(initial, field.name), facts[field.name]
        match default:
            case NonFiling():
                known[field.name] = NonFiling(**value)
            case StrEnum():
                known[field.name] = type(default)(value)
            case tuple():
                known[field.name] = tuple(value)
            case _:
                known[field.name] = value
    return replace(initial, **known)  # type: ignore[type-var]
