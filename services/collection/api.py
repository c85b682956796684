"""Queries of collections, executions and reconciliations. Amounts are reckoned for the day that is asked."""

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.collection.v1 import events_pb2 as events
from enforcement.collection.v1 import service_pb2 as pb
from enforcement.common.v1 import common_pb2 as common

from services.collection.model import Stage, collection_of
from services.collection.money import ACCOUNTS, OF_A_DECISION, Money
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, instant, message_of
from services.kernel.timeline import timeline
from services.kernel.values import day, day_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

ENTRIES_MAX: Final = 500
"""Orders, payments, differences or refunds that one collection shows; the newest."""

_BY_ID: Final = "SELECT * FROM collection WHERE collection_id = $1"
_ORDERS: Final = "SELECT * FROM payment_order WHERE collection_id = $1 ORDER BY began_position DESC LIMIT $2"
_PAYMENTS: Final = """
SELECT * FROM transaction WHERE collection_id = $1 AND kind = 'PAYMENT' ORDER BY began_position DESC LIMIT $2
"""
_DIFFERENCES: Final = "SELECT * FROM difference WHERE collection_id = $1 ORDER BY began_position DESC LIMIT $2"
_ON_SITE: Final = "SELECT * FROM on_site WHERE collection_id = $1 ORDER BY began_position DESC LIMIT $2"
_AUCTIONS: Final = "SELECT * FROM auction WHERE collection_id = $1 ORDER BY began_position DESC LIMIT $2"
_REFUNDS: Final = "SELECT * FROM refund WHERE collection_id = $1 ORDER BY began_position DESC LIMIT $2"
_LIST: Final = """
SELECT * FROM collection
 WHERE began_position < $1 AND ($2 = '' OR stage = $2)
   AND (NOT $3 OR (stage <> $5 AND (
     surcharge_left_fen > 0 OR (open_fen > 0 AND next_due_on < $4) OR (duty <> '' AND NOT duty_done AND due_on < $4)
   )))
 ORDER BY began_position DESC LIMIT $6
"""
_LIST_DIFFERENCES: Final = """
SELECT * FROM difference WHERE began_position < $1 AND (NOT $2 OR resolution = 0) ORDER BY began_position DESC LIMIT $3
"""
_LIST_REFUNDS: Final = """
SELECT * FROM refund WHERE began_position < $1 AND ($2 = 0 OR state = $2) ORDER BY began_position DESC LIMIT $3
"""
_LIST_EXECUTIONS: Final = """
SELECT * FROM execution WHERE began_position < $1 AND ($2 = '' OR case_id = $2) ORDER BY began_position DESC LIMIT $3
"""
_LIST_RECONCILIATIONS: Final = """
SELECT * FROM reconciliation r
 WHERE began_position < $1
   AND (NOT $2 OR EXISTS (SELECT FROM mismatch m WHERE m.reconciliation_id = r.reconciliation_id AND NOT m.resolved))
 ORDER BY began_position DESC LIMIT $3
"""
_MISMATCHES: Final = "SELECT * FROM mismatch WHERE reconciliation_id = ANY($1) ORDER BY mismatch_id"


class CollectionApi:
    """Answers of CollectionService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_collection(self, request: pb.GetCollectionRequest, call: "Call") -> pb.GetCollectionResponse:
        """One collection with its amounts as of a day."""
        matter_id = request.case_id or request.execution_id
        if not request.collection_id and not matter_id:
            raise Refused(KernelRefusal.INVALID_REQUEST, detail="collection_id, case_id or execution_id: required")
        collection_id = _uuid(request.collection_id or collection_of(str(_uuid(matter_id))))
        as_of = _as_of(request.as_of_on, call)
        async with self._node.views("collection").at(request.min_position) as connection:
            row = await connection.fetchrow(_BY_ID, collection_id)
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.collection_id or matter_id)
            orders = await connection.fetch(_ORDERS, collection_id, ENTRIES_MAX)
            payments = await connection.fetch(_PAYMENTS, collection_id, ENTRIES_MAX)
            differences = await connection.fetch(_DIFFERENCES, collection_id, ENTRIES_MAX)
            refunds = await connection.fetch(_REFUNDS, collection_id, ENTRIES_MAX)
            on_site = await connection.fetch(_ON_SITE, collection_id, ENTRIES_MAX)
            auctions = await connection.fetch(_AUCTIONS, collection_id, ENTRIES_MAX)
        money = Money.of_row(json.loads(row["money"]))
        return pb.GetCollectionResponse(
            collection=pb.Collection(
                summary=_summary(row, as_of),
                as_of_on=as_of.isoformat(),
                accounts=_amounts(money, as_of),
                effective_on=_text(row["effective_on"]),
                dues=_dues(money, as_of),
                orders=map(_order, orders),
                payments=map(_payment, payments),
                differences=map(_difference, differences),
                refunds=map(_refund, refunds),
                court_window_ends_on=_text(row["court_window_ends_on"]),
                demanded_on=_text(row["demanded_on"]),
                on_site=map(_on_site, on_site),
                duty=_open_duty(row),
                auctions=map(_auction, auctions),
            )
        )

    async def list_collections(self, request: pb.ListCollectionsRequest, call: "Call") -> pb.ListCollectionsResponse:
        """Collections, the newest first."""
        page, as_of = PageOf.asked(request.page), _as_of(request.as_of_on, call)
        async with self._node.views("collection").at(request.min_position) as connection:
            rows = await connection.fetch(
                _LIST, page.before, request.stage, request.overdue, as_of, Stage.ENDED, page.limit
            )
        shown, token = page.cut(rows)
        return pb.ListCollectionsResponse(collections=[_summary(row, as_of) for row in shown], next_token=token)

    async def list_differences(self, request: pb.ListDifferencesRequest, call: "Call") -> pb.ListDifferencesResponse:
        """Differences between payments and orders, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("collection").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST_DIFFERENCES, page.before, request.open, page.limit)
        shown, token = page.cut(rows)
        return pb.ListDifferencesResponse(differences=map(_difference, shown), next_token=token)

    async def list_refunds(self, request: pb.ListRefundsRequest, call: "Call") -> pb.ListRefundsResponse:
        """Refunds, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("collection").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST_REFUNDS, page.before, request.state, page.limit)
        shown, token = page.cut(rows)
        return pb.ListRefundsResponse(refunds=map(_refund, shown), next_token=token)

    async def get_collection_timeline(
        self, request: pb.GetCollectionTimelineRequest, call: "Call"
    ) -> pb.GetCollectionTimelineResponse:
        """What happened, oldest first."""
        _uuid(request.id)
        async with self._node.views("collection").at(request.min_position) as connection:
            entries, token = await timeline(connection, request.id, request.page)
        return pb.GetCollectionTimelineResponse(entries=entries, next_token=token)

    async def list_executions(self, request: pb.ListExecutionsRequest, call: "Call") -> pb.ListExecutionsResponse:
        """Own executions, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("collection").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST_EXECUTIONS, page.before, request.case_id, page.limit)
        shown, token = page.cut(rows)
        return pb.ListExecutionsResponse(executions=map(_execution, shown), next_token=token)

    async def list_reconciliations(
        self, request: pb.ListReconciliationsRequest, call: "Call"
    ) -> pb.ListReconciliationsResponse:
        """Reconciliations with their differences, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("collection").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST_RECONCILIATIONS, page.before, request.open, page.limit)
            shown, token = page.cut(rows)
            found = await connection.fetch(_MISMATCHES, [row["reconciliation_id"] for row in shown])
        return pb.ListReconciliationsResponse(
            reconciliations=[_reconciliation(row, found) for row in shown], next_token=token
        )


def _as_of(text: str, call: "Call") -> date:
    return day(text) if text else day_of(call.now)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=f"{text!r} is not a UUID") from None


def _text(value: date | None) -> str:
    return value.isoformat() if value is not None else ""


def _summary(row: Any, as_of: date) -> pb.CollectionSummary:
    duty_due_on = row["due_on"] if _open_duty(row) else None
    due_on = min((one for one in (row["next_due_on"], duty_due_on) if one is not None), default=None)
    over = row["stage"] in (Stage.PERFORMED, Stage.ENDED)
    return pb.CollectionSummary(
        collection_id=str(row["collection_id"]),
        case_id=row["case_id"],
        on_spot_id=row["on_spot_id"],
        execution_id=row["execution_id"],
        case_number=row["case_number"],
        stage=row["stage"],
        open_fen=row["open_fen"],
        due_on=_text(due_on),
        overdue=not over and (row["surcharge_left_fen"] > 0 or (due_on is not None and due_on < as_of)),
        suspended=row["suspended"],
    )


def _open_duty(row: Any) -> str:
    return "" if row["duty_done"] else str(row["duty"])


def _amounts(money: Money, as_of: date) -> list[pb.Amounts]:
    """Those of a decision always, the others where there is something."""
    return [
        pb.Amounts(
            account=account,
            owed_fen=money.owed(account, as_of),
            paid_fen=money.paid(account, as_of),
            open_fen=money.open(account, as_of),
            surplus_fen=money.surplus(account, as_of),
        )
        for account in ACCOUNTS
        if account in OF_A_DECISION or money.owed(account, as_of) or money.paid(account)
    ]


def _dues(money: Money, as_of: date) -> list[pb.DueInstalment]:
    dues = zip(money.dues, money.open_of_dues(as_of), strict=True)
    several = len(money.dues) > 1
    return [
        pb.DueInstalment(
            number=number if several else 0, amount_fen=due.amount_fen, due_on=_text(due.due_on), open_fen=open_fen
        )
        for number, (due, open_fen) in enumerate(dues, 1)
    ]


def _order(row: Any) -> pb.Order:
    return pb.Order(
        order_id=str(row["order_id"]),
        order_number=row["order_number"],
        account=row["account"],
        amount_fen=row["amount_fen"],
        state=row["state"],
        expires_at=instant(row["expires_at"]),
        qr_payload=row["qr_payload"],
    )


def _payment(row: Any) -> pb.Payment:
    return pb.Payment(
        transaction_id=row["transaction_id"],
        order_id=row["order_id"],
        account=row["account"],
        amount_fen=row["amount_fen"],
        paid_on=_text(row["taken_on"]),
        reversed_on=_text(row["reversed_on"]),
        receipt_number=row["receipt_number"] or "",
    )


def _auction(row: Any) -> pb.Auction:
    return pb.Auction(
        auction_id=str(row["auction_id"]),
        measure_id=row["measure_id"],
        state=row["state"],
        price_fen=row["price_fen"],
        cost_fen=row["cost_fen"],
        fine_fen=row["fine_fen"],
        surcharge_fen=row["surcharge_fen"],
        remainder_fen=row["remainder_fen"],
    )


def _on_site(row: Any) -> pb.CollectedOnSite:
    return pb.CollectedOnSite(
        on_site_id=str(row["on_site_id"]),
        amount_fen=row["amount_fen"],
        collected_on=_text(row["collected_on"]),
        ground=row["ground"],
        receipt_number=row["receipt_number"],
        landed=row["landed"],
        handed_in=row["handed_in"],
        transaction_id=row["transaction_id"],
    )


def _difference(row: Any) -> pb.DifferenceRow:
    return pb.DifferenceRow(
        collection_id=str(row["collection_id"]),
        difference=message_of(events.Difference, row["found"]),
        resolution=row["resolution"],
        note=row["note"],
        found_at=instant(row["found_at"]),
    )


def _refund(row: Any) -> pb.RefundRow:
    return pb.RefundRow(
        collection_id=str(row["collection_id"]),
        refund_id=str(row["refund_id"]),
        account=row["account"],
        amount_fen=row["amount_fen"],
        state=row["state"],
        reason=row["reason"],
    )


def _execution(row: Any) -> pb.Execution:
    return pb.Execution(
        execution_id=str(row["execution_id"]),
        case_id=row["case_id"],
        kind=row["kind"],
        stage=row["stage"],
        suspended=row["suspended"],
        ground=row["ground"],
        cost_fen=row["cost_fen"],
        charged_fen=row["charged_fen"],
    )


def _reconciliation(row: Any, mismatches: list[Any]) -> pb.Reconciliation:
    return pb.Reconciliation(
        reconciliation_id=str(row["reconciliation_id"]),
        day_on=_text(row["day_on"]),
        bank_fen=row["bank_fen"],
        ledger_fen=row["ledger_fen"],
        line_count=row["line_count"],
        mismatches=[
            pb.MismatchRow(
                mismatch=message_of(events.Mismatch, one["found"]), resolved=one["resolved"], note=one["note"]
            )
            for one in mismatches
            if one["reconciliation_id"] == row["reconciliation_id"]
        ],
        file=message_of(common.BlobRef, row["file"]),
    )
