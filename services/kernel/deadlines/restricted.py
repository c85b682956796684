"""Clocks that nobody outside a list may learn of (纪检监察线索): the rule's id says so, and everything follows from it.

    DeadlineStarted … of such a rule ──wrap──▶ RestrictedClock in the ledger, which has no share option ──unwrap──▶ row

Promise   no feed, list, metric, log or span has anything of such a clock; its rows are kept and rebuilt as any other's.
Not       secrecy from whoever reads the database.
Shown by tests/unit/deadlines/test_restricted.py, tests/scenarios/test_clues.py
"""

from typing import Final

from enforcement.deadlines.v1 import events_pb2 as pb
from google.protobuf.message import Message

PREFIX: Final = "restricted."
_FIELDS: Final = {
    pb.DeadlineStarted: "started",
    pb.DeadlineMet: "met",
    pb.DeadlineMissed: "missed",
    pb.DeadlineCancelled: "cancelled",
    pb.DeadlinePaused: "paused",
    pb.DeadlineResumed: "resumed",
    pb.DeadlineExtended: "extended",
    pb.DeadlineRecomputed: "recomputed",
}


def is_restricted_rule(rule_id: str) -> bool:
    """Whether the clocks of a rule are told to no one."""
    return rule_id.startswith(PREFIX)


def wrapped(event: Message, *, deadline_id: str, rule_id: str, subject_id: str) -> Message:
    """The event as the ledger takes it."""
    if not is_restricted_rule(rule_id):
        return event
    kept = pb.RestrictedClock(deadline_id=deadline_id, rule_id=rule_id, subject_id=subject_id)
    getattr(kept, _FIELDS[type(event)]).CopyFrom(event)
    return kept


def unwrapped(event: Message) -> Message:
    """The event of a clock as the fold takes it."""
    if not isinstance(event, pb.RestrictedClock):
        return event
    inner: Message = getattr(event, event.WhichOneof("event") or "started")
    return inner
