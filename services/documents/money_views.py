"""Facts that the forms of collection and own execution print: instalments, demands, applications to courts, duties."""

from datetime import date
from typing import Any, Final

from enforcement.collection.v1 import events_pb2 as collection

from services.documents.folding import of_kind, of_stream
from services.documents.papers import NO_TERMINATION
from services.documents.values import chinese_day
from services.documents.views import part
from services.kernel.facts import Fact
from services.kernel.projection import Row
from services.kernel.values import day_of, term

COST: Final = "cost"
"""The kind of a part that collects the cost of a substitute performance: beside the money of the decision."""

# ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@part.on(collection.CollectionOpened, key=lambda event, fact: of_stream(event, fact) if event.execution_id else None)
def cost_opened(row: Row, event: collection.CollectionOpened, fact: Fact) -> None:
    row["kind"] = COST


def _of_money(row: Row) -> dict[str, Any]:
    return of_kind(row, COST if row.get("kind") == COST else "collection")


@part.on(collection.PaymentDueSet, key=of_stream)
def due(row: Row, event: collection.PaymentDueSet, fact: Fact) -> None:
    _of_money(row).update(due_on=event.due_on)


@part.on(collection.InstalmentsRequested, key=of_stream)
def instalments_requested(row: Row, event: collection.InstalmentsRequested, fact: Fact) -> None:
    _of_money(row)["requested"] = {"on": day_of(fact.occurred_at).isoformat(), "reason": event.reason}


@part.on(collection.InstalmentsRefused, key=of_stream)
def instalments_refused(row: Row, event: collection.InstalmentsRefused, fact: Fact) -> None:
    _of_money(row)["instalments"] = {"way": "不予批准", "rows": [], "refused_for": event.reason}


@part.on(collection.InstalmentsApproved, key=of_stream)
def instalments_approved(row: Row, event: collection.InstalmentsApproved, fact: Fact) -> None:
    way = "延期缴纳" if event.count == 1 else "分期缴纳"
    _of_money(row)["instalments"] = {"way": way, "rows": []}


@part.on(collection.InstalmentSet, key=of_stream)
def instalment_set(row: Row, event: collection.InstalmentSet, fact: Fact) -> None:
    plan = _of_money(row).setdefault("instalments", {"rows": []})
    plan["rows"].append({"due_on": event.due_on, "amount_fen": event.amount_fen})


@part.on(collection.PaymentRecorded, key=of_stream)
def paid(row: Row, event: collection.PaymentRecorded, fact: Fact) -> None:
    """A payment without the number of its fiscal receipt (财政票据) is one that the file lacks something of."""
    if not event.receipt_number:
        _of_money(row).setdefault("without_receipt", []).append(event.transaction_id)


@part.on(collection.FiscalReceiptRecorded, collection.PaymentReversed, key=of_stream)
def receipt_known_or_no_longer_due(
    row: Row, event: collection.FiscalReceiptRecorded | collection.PaymentReversed, fact: Fact
) -> None:
    without = _of_money(row).get("without_receipt", [])
    _of_money(row)["without_receipt"] = [one for one in without if one != event.transaction_id]


@part.on(collection.DemandServed, key=of_stream)
def demanded(row: Row, event: collection.DemandServed, fact: Fact) -> None:
    _of_money(row)["demand"] = {**_claimed(event), "on": event.served_on}


@part.on(collection.CourtApplied, key=of_stream)
def court_applied(row: Row, event: collection.CourtApplied, fact: Fact) -> None:
    _of_money(row)["applied"] = _claimed(event)


@part.on(collection.CollectionPerformed, key=of_stream)
def performed(row: Row, event: collection.CollectionPerformed, fact: Fact) -> None:
    _of_money(row)["performed"] = {**_claimed(event), "on": event.performed_on}


@part.on(collection.ExecutionEnded, key=of_stream)
def execution_ended(row: Row, event: collection.ExecutionEnded, fact: Fact) -> None:
    """What the court ended it told the party itself."""
    by_us = event.ground != collection.END_GROUND_COURT_ENDED
    _of_money(row)["ended"] = {"ground": term(collection.EndGround, event.ground), "notice": by_us}


def _claimed(event: Any) -> dict[str, int]:
    """Amounts by account, those that there are, and their sum."""
    amounts = {name: getattr(event, name) for name in ("fine_fen", "confiscation_fen", "surcharge_fen")}
    return {**{name: fen for name, fen in amounts.items() if fen}, "total_fen": sum(amounts.values())}


# ── Own execution of a duty to act ───────────────────────────────────────────────────────────────────────────────────


@part.on(collection.ExecutionDemanded, key=of_stream)
def duty_demanded(row: Row, event: collection.ExecutionDemanded, fact: Fact) -> None:
    of_kind(row, "execution").update(
        duty=event.duty,
        law_basis=event.law_basis,
        perform_by=chinese_day(date.fromisoformat(event.perform_by_on)) if event.perform_by_on else "",
    )


@part.on(collection.ExecutionDecided, key=of_stream)
def execution_decided(row: Row, event: collection.ExecutionDecided, fact: Fact) -> None:
    of_kind(row, "execution").update(
        law_basis=event.law_basis,
        manner=event.manner,
        performer=event.performer,
        decided_on=day_of(fact.occurred_at).isoformat(),
        **({"cost_fen": event.cost_estimate_fen} if event.cost_estimate_fen else {}),
    )


@part.on(collection.ExecutionNoticePosted, key=of_stream)
def notice_posted(row: Row, event: collection.ExecutionNoticePosted, fact: Fact) -> None:
    of_kind(row, "execution").update(notice={"perform_by_on": event.perform_by_on})


@part.on(collection.OwnExecutionSuspended, collection.OwnExecutionResumed, collection.OwnExecutionEnded, key=of_stream)
def execution_changed(row: Row, event: Any, fact: Fact) -> None:
    if isinstance(event, collection.OwnExecutionEnded) and event.ground in NO_TERMINATION:
        return
    kinds = {
        collection.OwnExecutionSuspended: "中止",
        collection.OwnExecutionResumed: "恢复",
        collection.OwnExecutionEnded: "终结",
    }
    of_kind(row, "execution")["change"] = {
        "kind": kinds[type(event)],
        "reason": event.reason,
        "on": day_of(fact.occurred_at).isoformat(),
    }
