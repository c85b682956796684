"""Statutory clocks (法定期限) as their authorities told them. Pure.

The authority's own service decides what a clock does; here its events are only folded, so that people see on one list
what runs and what is overdue, and who must act. A clock belongs to the authority in whose ledger it runs: another one
cannot touch it by naming its id.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from enforcement.deadlines.v1 import events_pb2 as events
from enforcement.deadlines.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from enforcement.platform.v1 import service_pb2 as platform
from google.protobuf.message import DecodeError, Message

from services.kernel.authority import Authority
from services.kernel.deadlines.units import Due, over_at
from services.kernel.messages import message_class, to_datetime, type_name

VERSION: Final = 1
"""Of the fold below: a change of it folds every clock again from the log."""

TYPES: Final = tuple(
    type_name(event)
    for event in (
        events.DeadlineStarted,
        events.DeadlineMet,
        events.DeadlineMissed,
        events.DeadlineCancelled,
        events.DeadlinePaused,
        events.DeadlineResumed,
        events.DeadlineExtended,
        events.DeadlineRecomputed,
    )
)

Key = tuple[str, str]
"""(publisher, deadline id)."""


@dataclass(frozen=True, slots=True)
class Told:
    """One clock event as the log has it."""

    position: int
    publisher: str
    case_ref: str
    event: Any

    @property
    def key(self) -> Key:
        """The clock that it is about."""
        return self.publisher, self.event.deadline_id


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock as it is stored."""

    publisher: str
    view: pb.ClockView
    position: int

    @property
    def columns(self) -> tuple[Any, ...]:
        """Values of platform.clock, in the order of its columns."""
        view = self.view
        due_at = to_datetime(view.effective_due_at) if view.HasField("effective_due_at") else None
        return (
            self.publisher,
            view.deadline_id,
            due_at,
            view.status,
            view.responsible_id,
            view.subject_id,
            view.rule_id,
            view.SerializeToString(deterministic=True),
            self.position,
        )


def told(row: Mapping[str, Any]) -> Told | None:
    """The clock event of a log row; None when the body is of a later schema that this build cannot read."""
    known = message_class(row["type"])
    assert known is not None, row["type"]
    try:
        event = known.FromString(row["body"])
    except DecodeError:
        return None
    return Told(row["position"], row["publisher"], row["case_ref"], event)


def fold(known: Mapping[Key, bytes], page: Iterable[Told]) -> Iterator[ClockRow]:
    """Folds a page of clock events, in the order of the log, into the stored views; yields those that it touched.

    A clock that only mirrors the responsible body's own is left out: a duty shows once, where it is kept.
    """
    touched: dict[Key, ClockRow] = {}
    for each in page:
        if getattr(each.event, "mirrored_rule_id", ""):
            continue
        row = touched.get(each.key)
        view = row.view if row else pb.ClockView.FromString(known.get(each.key, b""))
        _take(view, each)
        touched[each.key] = ClockRow(each.publisher, view, each.position)
    return iter(touched.values())


def _take(view: pb.ClockView, each: Told) -> None:
    event: Message = each.event
    view.deadline_id = each.event.deadline_id
    match event:
        case events.DeadlineStarted():
            for field in (
                "rule_id",
                "rule_version",
                "title",
                "basis",
                "subject_id",
                "responsible_id",
                "length",
                "unit",
            ):
                setattr(view, field, getattr(event, field))
            view.policy = event.policy
            view.correlation_id = each.case_ref
            view.started_at.CopyFrom(event.started_at)
            view.status = pb.STATUS_RUNNING
            _ends(view, event)
        case events.DeadlineMet():
            view.status = pb.STATUS_MET
            view.met_at.CopyFrom(event.met_at)
            view.in_time = event.in_time
            view.ClearField("paused_at")
            _names(view, event)
        case events.DeadlineMissed():
            view.status = pb.STATUS_MISSED
            view.missed_due_at.CopyFrom(event.effective_due_at)
            view.basis = event.basis
            _names(view, event)
        case events.DeadlineCancelled():
            view.status = pb.STATUS_CANCELLED
            view.ClearField("paused_at")
        case events.DeadlinePaused():
            view.status = pb.STATUS_PAUSED
            view.paused_at.CopyFrom(event.paused_at)
        case events.DeadlineResumed():
            view.status = pb.STATUS_RUNNING
            view.ClearField("paused_at")
            _ends(view, event)
        case events.DeadlineExtended():
            view.status = pb.STATUS_RUNNING if view.status == pb.STATUS_MISSED else view.status
            view.length = event.length
            _ends(view, event)
        case events.DeadlineRecomputed():
            _ends(view, event)


def _names(view: pb.ClockView, event: events.DeadlineMet | events.DeadlineMissed) -> None:
    view.rule_id, view.subject_id, view.responsible_id = event.rule_id, event.subject_id, event.responsible_id


def _ends(
    view: pb.ClockView,
    event: events.DeadlineStarted | events.DeadlineResumed | events.DeadlineExtended | events.DeadlineRecomputed,
) -> None:
    view.nominal_due_at.CopyFrom(event.nominal_due_at)
    view.effective_due_at.CopyFrom(event.effective_due_at)
    view.provisional = event.provisional
    due = Due(to_datetime(event.nominal_due_at), to_datetime(event.effective_due_at), view.unit)
    view.nominal_due_on, view.due_on = due.nominal_on.isoformat(), due.due_on.isoformat()


def supervised(row: Mapping[str, Any], now: datetime) -> platform.SupervisedClock:
    """A stored clock as supervisors see it at `now`, the platform's clock."""
    view = pb.ClockView.FromString(row["view"])
    return platform.SupervisedClock(
        clock=view,
        publisher_id=row["publisher"],
        responsible_kind=_kind(view.responsible_id),
        overdue=_overdue(view, now),
        position=row["position"],
    )


def _overdue(view: pb.ClockView, now: datetime) -> bool:
    if view.status == pb.STATUS_MISSED:
        return True
    return view.status == pb.STATUS_RUNNING and over_at(to_datetime(view.effective_due_at), view.unit) <= now


def _kind(authority_id: str) -> options.AuthorityKind.ValueType:
    try:
        return Authority(authority_id, authority_id).kind
    except ValueError:
        return options.AUTHORITY_KIND_UNSPECIFIED
