"""Read models of the bank's days: what was compared, and what differed."""

from enforcement.collection.v1 import events_pb2 as pb

from services.collection.views import mismatch, reconciliation
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row


@reconciliation.on(pb.DayReconciled)
def reconciled(row: Row, event: pb.DayReconciled, fact: Fact) -> None:
    row.update(
        began_position=row.get("began_position", fact.position),
        day_on=event.day_on,
        file=as_dict(event.file),
        line_count=event.line_count,
        bank_fen=event.bank_fen,
        ledger_fen=event.ledger_fen,
    )


@mismatch.on(
    pb.DayReconciled,
    key=lambda event, fact: [(event.reconciliation_id, one.mismatch_id) for one in event.mismatches],
)
def mismatch_found(row: Row, event: pb.DayReconciled, fact: Fact) -> None:
    found = next(one for one in event.mismatches if one.mismatch_id == row["mismatch_id"])
    # What a person resolved stays so; what a comparison no longer showed, and this one shows again, is open again.
    row.update(found=as_dict(found), resolved=bool(row.get("note")), note=row.get("note", ""))


@mismatch.on(pb.MismatchResolved)
def mismatch_resolved(row: Row, event: pb.MismatchResolved, fact: Fact) -> None:
    row.update(resolved=True, note=event.note)
