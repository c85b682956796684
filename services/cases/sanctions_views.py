"""Read models of what criminal proceedings mean for a case: what is paid of its fine, and what is deducted (折抵)."""

from typing import Any

from enforcement.cases.v1 import criminal_sanctions_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.collection.v1 import events_pb2 as collection

from services.cases.model.on_spot import fine_of
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row, Views
from services.kernel.queries import message_of


def _collection(event: Any, fact: Fact) -> str | None:
    """Of money for a case; a penalty on the spot has no criminal transfer."""
    return str(event.collection_id) if event.case_id and not fact.received else None


def _imported(event: imports.CaseImported, fact: Fact) -> str:
    """What was paid before a case came from an older system stands under the case: no collection here has it."""
    return str(event.case_id)


def keep_sanctions(views: Views) -> None:
    """Fills the tables `fine_payment` and `criminal_sanction` of the cases' views."""
    payment = views.table("fine_payment", key="collection_id")
    sanction = views.table("criminal_sanction", key="case_id")

    @payment.on(collection.PaymentRecorded, key=_collection)
    def paid(row: Row, event: collection.PaymentRecorded, fact: Fact) -> None:
        if event.account == collection.ACCOUNT_FINE:
            _add(row, event, event.amount_fen)

    @payment.on(collection.RefundExecuted, key=_collection)
    def paid_back(row: Row, event: collection.RefundExecuted, fact: Fact) -> None:
        if event.account == collection.ACCOUNT_FINE:
            _add(row, event, event.uncovered_fen - event.amount_fen)

    @payment.on(collection.PaymentReversed, key=_collection)
    def taken_back(row: Row, event: collection.PaymentReversed, fact: Fact) -> None:
        _add(row, event, -event.fine_fen)

    @payment.on(collection.AuctionProceedsReceived, key=_collection)
    def auctioned(row: Row, event: collection.AuctionProceedsReceived, fact: Fact) -> None:
        _add(row, event, event.fine_fen)

    @payment.on(imports.CaseImported, key=_imported)
    def paid_before(row: Row, event: imports.CaseImported, fact: Fact) -> None:
        case = event.imported
        _add(row, event, fine_of(case.penalties) if case.performed else case.paid_fine_fen)

    @payment.on(collection.FineCollectedOnSite, key=_collection)
    def collected_on_site(row: Row, event: collection.FineCollectedOnSite, fact: Fact) -> None:
        _add(row, event, event.amount_fen)

    @payment.on(collection.DifferenceResolved, key=_collection)
    def moved(row: Row, event: collection.DifferenceResolved, fact: Fact) -> None:
        if event.from_account == collection.ACCOUNT_FINE:
            _add(row, event, -event.moved_fen)
        if event.to_account == collection.ACCOUNT_FINE:
            _add(row, event, event.moved_fen)

    @sanction.on(
        pb.CriminalOutcomeNoted,
        pb.FineSetOffComputed,
        pb.FineSetOffDecided,
        pb.CustodySetOffComputed,
        pb.SuspicionNoted,
    )
    def known(row: Row, event: Any, fact: Fact) -> None:
        found = message_of(pb.CriminalSanctions, row.get("sanctions")) or pb.CriminalSanctions()
        match event:
            case pb.CriminalOutcomeNoted():
                found.outcome = event.outcome
                found.criminal_fine_fen = event.criminal_fine_fen
                found.custody_days = event.custody_days
            case pb.FineSetOffComputed():
                found.fine.CopyFrom(event)
                found.ClearField("decided")
            case pb.FineSetOffDecided():
                found.decided.CopyFrom(event)
            case pb.CustodySetOffComputed():
                found.custody.CopyFrom(event)
            case pb.SuspicionNoted():
                others = set(found.open_suspicion_ids) - {event.suspicion_id}
                found.open_suspicion_ids[:] = sorted(others | {event.suspicion_id} if event.open else others)
        row["sanctions"] = as_dict(found)


def _add(row: Row, event: Any, amount_fen: int) -> None:
    row.update(case_id=event.case_id, paid_fen=(row.get("paid_fen") or 0) + amount_fen)
