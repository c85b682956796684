"""Reconciliation with the bank (对账): the file of a day against the ledger, and what became of each difference.

    ──reconcile──▶ OPEN differences ──resolve, or gone in a later comparison──▶ none open

A payment that only the file has is not booked from the file: the bank repeats its callback, and the day is compared
again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.common.v1 import common_pb2 as common

from services.collection.model.collection import Refusal
from services.collection.statement import MISMATCHES_MAX, Entry, compare
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What decisions about a reconciliation read."""

    day_on: date | None = None
    open: Mapping[str, pb.Mismatch] = field(default_factory=dict)
    resolved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compared:
    """What the look-up brings: the bank's file and what the ledger has of the day."""

    file: common.BlobRef
    bank: tuple[Entry, ...]
    ledger: tuple[Entry, ...]
    before: str = ""
    """The day's reconciliation, if there is one."""


reconciliation = Aggregate("reconciliation", Reconciliation)


@reconciliation.decide(commands.ReconcileDayRequest, basis="行政处罚法 art. 74; design")
def reconcile(state: Reconciliation, command: commands.ReconcileDayRequest, context: Context) -> Events:
    """A day that is over is compared, once; later comparisons of it belong to the same reconciliation."""
    found: Compared = context.found
    if found.before:
        raise Refused(Refusal.DAY_RECONCILED_BEFORE, day=command.day_on, reconciliation_id=found.before)
    yield _compared(command.reconciliation_id, day(command.day_on), found)


@reconciliation.decide(commands.RepeatReconciliationRequest, basis="design")
def repeat(state: Reconciliation, command: commands.RepeatReconciliationRequest, context: Context) -> Events:
    """Compared again: what no longer differs is resolved by that."""
    assert state.day_on is not None
    again = _compared(command.reconciliation_id, state.day_on, context.found)
    yield again
    still = {mismatch.mismatch_id for mismatch in again.mismatches}
    for mismatch_id in state.open:
        if mismatch_id not in still:
            yield pb.MismatchResolved(
                reconciliation_id=command.reconciliation_id, mismatch_id=mismatch_id, by_comparison=True
            )


@reconciliation.evolve(pb.DayReconciled)
def reconciled(state: Reconciliation, event: pb.DayReconciled) -> Reconciliation:
    found = {one.mismatch_id: one for one in event.mismatches if one.mismatch_id not in state.resolved}
    return replace(state, day_on=day(event.day_on), open={**state.open, **found})


@reconciliation.decide(commands.ResolveMismatchRequest, basis="design")
def resolve(state: Reconciliation, command: commands.ResolveMismatchRequest, context: Context) -> Events:
    """Finance says what a difference was and what was done about it."""
    if command.mismatch_id not in state.open:
        raise Refused(Refusal.MISMATCH_NOT_OPEN, mismatch_id=command.mismatch_id)
    yield pb.MismatchResolved(
        reconciliation_id=command.reconciliation_id, mismatch_id=command.mismatch_id, note=command.note
    )


@reconciliation.evolve(pb.MismatchResolved)
def mismatch_resolved(state: Reconciliation, event: pb.MismatchResolved) -> Reconciliation:
    still = {key: one for key, one in state.open.items() if key != event.mismatch_id}
    by_a_person = frozenset[str]() if event.by_comparison else frozenset({event.mismatch_id})
    return replace(state, open=still, resolved=state.resolved | by_a_person)


def _compared(reconciliation_id: str, day_on: date, found: Compared) -> pb.DayReconciled:
    mismatches = compare(day_on, found.bank, found.ledger)
    if len(mismatches) > MISMATCHES_MAX:
        raise Refused(Refusal.TOO_MANY_MISMATCHES, count=len(mismatches), most=MISMATCHES_MAX)
    return pb.DayReconciled(
        reconciliation_id=reconciliation_id,
        day_on=day_on.isoformat(),
        file=found.file,
        line_count=len(found.bank),
        bank_fen=sum(entry.signed_fen for entry in found.bank),
        ledger_fen=sum(entry.signed_fen for entry in found.ledger),
        mismatches=mismatches,
    )
