"""What decisions of this service look up: whose transaction it is, the bank's file of a day, what else the case has."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.collection.model.auction import Seized
from services.collection.model.collection import Refusal
from services.collection.model.payment import Elsewhere
from services.collection.model.performing import Orders, RemediesSought
from services.collection.model.reconciliation import Compared
from services.collection.settings import CollectionSettings
from services.collection.statement import AUCTION, DEPOSIT, PAYMENT, BadStatement, Entry, parse
from services.kernel.blobs import CHUNK_BYTES
from services.kernel.decider import Context
from services.kernel.delivery import Reach
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import act_of, decode
from services.kernel.ledger import Event
from services.kernel.lookups import Lookups
from services.kernel.values import day, day_of

if TYPE_CHECKING:
    from services.kernel.app import Node

FILE_BYTES_MAX: Final = 16 << 20
"""A day's file of the most lines it may have."""

_PAID_IN: Final = (DEPOSIT, AUCTION)
_HOLDER: Final = "SELECT collection_id FROM transaction WHERE transaction_id = $1 AND kind = ANY($2) LIMIT 1"
_RECEIPT: Final = """
SELECT EXISTS (SELECT FROM on_site WHERE receipt_number = $1)
    OR EXISTS (SELECT FROM on_spot_receipt WHERE receipt_number = $1)
    OR EXISTS (SELECT FROM transaction WHERE receipt_number = $1 AND reversed_on IS NULL AND transaction_id <> $2)
"""
_RECEIPTS: Final = "fiscal receipts"
"""The turn of commands that give a number: it is used once, whichever collections two officers enter it on."""
_OF_DAY: Final = "SELECT * FROM transaction WHERE taken_on = $1 ORDER BY transaction_id"
_DAY_OF: Final = "SELECT day_on FROM reconciliation WHERE reconciliation_id = $1"
_BEFORE: Final = "SELECT reconciliation_id FROM reconciliation WHERE day_on = $1"

_SEIZED: Final = """
SELECT s.measure_id FROM seizure s JOIN collection c ON c.case_id = s.case_id
 WHERE c.collection_id = $1 AND (s.in_force OR s.over_at > $2)
"""
_CASE_OF: Final = """
SELECT coalesce(nullif(c.case_id, ''), e.case_id) FROM collection c
  LEFT JOIN execution e ON e.execution_id::text = c.execution_id WHERE c.collection_id = $1
"""
_ON_SPOT_OF: Final = "SELECT on_spot_id FROM collection WHERE collection_id = $1"
_CASE_OF_EXECUTION: Final = "SELECT case_id FROM execution WHERE execution_id = $1"
_LAST_SERVED: Final = """
WITH own AS (SELECT execution_id FROM execution WHERE case_id = $1)
SELECT max(served_on) FROM paper WHERE document = $2 AND matter_id IN (
    SELECT execution_id FROM own
    UNION SELECT collection_id FROM collection
           WHERE case_id = $1 OR execution_id IN (SELECT execution_id::text FROM own))
"""
_SERVED_HERE: Final = "SELECT served_on FROM paper WHERE matter_id = $1 AND document = $2"
_SOUGHT: Final = """
SELECT EXISTS (SELECT FROM remedy r JOIN execution e ON e.case_id = r.case_id WHERE e.execution_id = $1)
"""

lookups = Lookups()


@lookups.on(commands.RecordPaymentRequest)
@lookups.on(commands.BankOnSiteRequest)
@lookups.on(commands.RecordAuctionProceedsRequest)
async def whose(
    node: "Node",
    command: commands.RecordPaymentRequest | commands.BankOnSiteRequest | commands.RecordAuctionProceedsRequest,
    context: Context,
) -> Elsewhere:
    """The collection that has the transaction already. Two that come in the same moment are left to reconciliation."""
    async with node.views("collection").at(await node.ledger.head()) as connection:
        holder = await connection.fetchval(_HOLDER, command.transaction_id, [PAYMENT, *_PAID_IN])
    return Elsewhere(str(holder) if holder else "")


@lookups.on(commands.DecideAuctionRequest)
@lookups.on(commands.CommissionAuctionRequest)
@lookups.on(commands.RecordAuctionResultRequest)
async def seized(
    node: "Node",
    command: commands.DecideAuctionRequest | commands.CommissionAuctionRequest | commands.RecordAuctionResultRequest,
    context: Context,
) -> Seized:
    """The seizures of the case that were in force at the time of the act; of a decision, how it reaches the party."""
    async with node.views("collection").at(await node.ledger.head()) as connection:
        rows = await connection.fetch(_SEIZED, UUID(command.collection_id), context.occurred_at)
    decides = isinstance(command, commands.DecideAuctionRequest)
    how = await reach(node, command, context) if decides else Reach()
    return Seized(frozenset(row["measure_id"] for row in rows), how)


Served = (
    commands.IssueDemandRequest
    | commands.DemandDutyRequest
    | commands.ServeExecutionDecisionRequest
    | commands.DemandBeforeSubstituteRequest
    | commands.ChargeSubstituteCostRequest
    | commands.DecideInstalmentsRequest
    | commands.SuspendExecutionRequest
    | commands.ResumeExecutionRequest
    | commands.EndExecutionRequest
    | commands.SuspendOwnExecutionRequest
    | commands.ResumeOwnExecutionRequest
    | commands.EndOwnExecutionRequest
    | commands.DecideAuctionRequest
)
"""Commands by which a document is served."""


@lookups.on(commands.IssueDemandRequest)
@lookups.on(commands.DemandDutyRequest)
@lookups.on(commands.ServeExecutionDecisionRequest)
@lookups.on(commands.DemandBeforeSubstituteRequest)
@lookups.on(commands.ChargeSubstituteCostRequest)
@lookups.on(commands.DecideInstalmentsRequest)
@lookups.on(commands.SuspendExecutionRequest)
@lookups.on(commands.ResumeExecutionRequest)
@lookups.on(commands.EndExecutionRequest)
@lookups.on(commands.SuspendOwnExecutionRequest)
@lookups.on(commands.ResumeOwnExecutionRequest)
@lookups.on(commands.EndOwnExecutionRequest)
async def reach(node: "Node", command: Served, context: Context) -> Reach:
    """How the case, or the penalty on the spot, says that the party is reached."""
    document, case_id = _DOCUMENTS.get(type(command), delivery.SERVED_DOCUMENT_DEMAND), await _case_of(node, command)
    own = ("", _matter_of(command))
    found, named = Reach(), ""
    for event, message in await _of_case(node, case_id or await _on_spot_of(node, command)):
        match message:
            case delivery.DeliveryAddressConfirmed() | on_spot.OnSpotAddressConfirmed() as confirmed:
                found = replace(found, system=confirmed.system)
            case delivery.ServiceNoticePosted() | on_spot.OnSpotNoticePosted() as posted if (
                posted.document == document and posted.matter_id in own
            ):
                found, named = replace(found, posted_at=act_of(event).occurred_at), posted.matter_id
    if not case_id and not named:
        return found
    async with node.views("collection").at(await node.ledger.head()) as connection:
        # What was put up before notices named what they are of was for any paper of its kind.
        statement, key = (_SERVED_HERE, UUID(named)) if named else (_LAST_SERVED, case_id)
        return replace(found, used_on=await connection.fetchval(statement, key, document))


@lookups.on(commands.PostExecutionNoticeRequest)
async def orders(node: "Node", command: commands.PostExecutionNoticeRequest, context: Context) -> Orders:
    """When the decision of the case took effect, by the service that counts, and when it was ordered to correct. One
    that was revoked orders nothing any more.
    """
    decided, corrections = "", set[date]()
    for event, message in await _of_case(node, await _case_of(node, command)):
        match message:
            case cases.DecisionServed() as served:
                decided = served.effective_on or day_of(act_of(event).occurred_at).isoformat()
            case decisions.DecisionRevoked():
                decided = ""
            case cases.CorrectionOrdered() as ordered:
                corrections.add(
                    day(ordered.effective_on) if ordered.effective_on else day_of(act_of(event).occurred_at)
                )
    return Orders(frozenset(corrections | ({day(decided)} if decided else set())))


_DOCUMENTS: Final[dict[type, delivery.ServedDocument.ValueType]] = {
    commands.ServeExecutionDecisionRequest: delivery.SERVED_DOCUMENT_EXECUTION_DECISION,
    commands.ChargeSubstituteCostRequest: delivery.SERVED_DOCUMENT_COST,
    commands.DecideInstalmentsRequest: delivery.SERVED_DOCUMENT_INSTALMENTS,
    commands.SuspendExecutionRequest: delivery.SERVED_DOCUMENT_EXECUTION_CHANGE,
    commands.ResumeExecutionRequest: delivery.SERVED_DOCUMENT_EXECUTION_CHANGE,
    commands.EndExecutionRequest: delivery.SERVED_DOCUMENT_EXECUTION_CHANGE,
    commands.SuspendOwnExecutionRequest: delivery.SERVED_DOCUMENT_EXECUTION_CHANGE,
    commands.ResumeOwnExecutionRequest: delivery.SERVED_DOCUMENT_EXECUTION_CHANGE,
    commands.EndOwnExecutionRequest: delivery.SERVED_DOCUMENT_EXECUTION_CHANGE,
    commands.DecideAuctionRequest: delivery.SERVED_DOCUMENT_EXECUTION_DECISION,
}
"""What they serve; the others a demand."""


async def _case_of(node: "Node", command: Served | commands.PostExecutionNoticeRequest) -> str:
    """The case that a command is about; empty for a penalty on the spot."""
    if isinstance(command, commands.DemandDutyRequest):
        return command.case_id
    statement = _CASE_OF_EXECUTION if _of_execution(command) else _CASE_OF
    async with node.views("collection").at(await node.ledger.head()) as connection:
        return str(await connection.fetchval(statement, UUID(_matter_of(command))) or "")


async def _on_spot_of(node: "Node", command: Served) -> str:
    """The penalty on the spot whose fine a collection is; empty for an execution."""
    if _of_execution(command) or isinstance(command, commands.DemandDutyRequest):
        return ""
    async with node.views("collection").at(await node.ledger.head()) as connection:
        return str(await connection.fetchval(_ON_SPOT_OF, UUID(_matter_of(command))) or "")


def _of_execution(command: Message) -> bool:
    return "execution_id" in command.DESCRIPTOR.fields_by_name


def _matter_of(command: Message) -> str:
    """The collection or the execution that a command is about."""
    return str(getattr(command, "execution_id" if _of_execution(command) else "collection_id"))


async def _of_case(node: "Node", case_id: str) -> list[tuple[Event, Message | None]]:
    """The events of a case, decoded."""
    events = (await node.ledger.read_stream(UUID(case_id))).events if case_id else []
    return [(event, decode(event)) for event in events]


@lookups.on(commands.StartExecutionRequest)
async def remedies_sought(node: "Node", command: commands.StartExecutionRequest, context: Context) -> RemediesSought:
    """Whether the party sought a remedy in the case."""
    async with node.views("collection").at(await node.ledger.head()) as connection:
        return RemediesSought(bool(await connection.fetchval(_SOUGHT, UUID(command.execution_id))))


@lookups.on(commands.CollectOnSiteRequest, in_turn=_RECEIPTS)
@lookups.on(commands.RecordFiscalReceiptRequest, in_turn=_RECEIPTS)
async def receipt_used(
    node: "Node", command: commands.CollectOnSiteRequest | commands.RecordFiscalReceiptRequest, context: Context
) -> bool:
    """Whether the fiscal receipt was given for another payment."""
    own = command.transaction_id if isinstance(command, commands.RecordFiscalReceiptRequest) else ""
    async with node.views("collection").at(await node.ledger.head()) as connection:
        return bool(await connection.fetchval(_RECEIPT, command.receipt_number.strip(), own))


@lookups.on(commands.ReconcileDayRequest)
async def statement_of(node: "Node", command: commands.ReconcileDayRequest, context: Context) -> Compared:
    """The bank's file of the day, and what the ledger has of it."""
    return await _compared(node, day(command.day_on), context)


@lookups.on(commands.RepeatReconciliationRequest)
async def statement_again(node: "Node", command: commands.RepeatReconciliationRequest, context: Context) -> Compared:
    """The same for the day of a reconciliation that is there."""
    async with node.views("collection").at(await node.ledger.head()) as connection:
        day_on = await connection.fetchval(_DAY_OF, UUID(command.reconciliation_id))
    if day_on is None:
        raise Refused(KernelRefusal.NOT_FOUND, id=command.reconciliation_id)
    return await _compared(node, day_on, context)


async def _compared(node: "Node", day_on: date, context: Context) -> Compared:
    if day_on >= context.today:
        raise Refused(Refusal.DAY_NOT_OVER, day=day_on)
    content = _file_of(day_on)
    try:
        bank = parse(content, day_on)
    except BadStatement as error:
        raise Refused(Refusal.STATEMENT_BAD, line=error.line, detail=error.detail) from None
    file = await _keep(node, content, f"{day_on}.csv")
    async with node.views("collection").at(await node.ledger.head()) as connection:
        rows = await connection.fetch(_OF_DAY, day_on)
        before = await connection.fetchval(_BEFORE, day_on)
    ledger = tuple(
        Entry(row["transaction_id"], _in_file(row["kind"]), str(row["collection_id"]), row["amount_fen"])
        for row in rows
    )
    return Compared(file, tuple(bank), ledger, str(before) if before else "")


def _in_file(kind: str) -> str:
    """What the bank's file calls a transaction: to the bank a deposit is a payment, as the price of an auction is."""
    return PAYMENT if kind in _PAID_IN else kind


def _file_of(day_on: date) -> bytes:
    folder = CollectionSettings().statements_dir
    file = Path(folder) / f"{day_on.isoformat()}.csv" if folder else None
    if file is None or not file.is_file():
        raise Refused(Refusal.STATEMENT_MISSING, day=day_on)
    if file.stat().st_size > FILE_BYTES_MAX:
        raise Refused(Refusal.STATEMENT_BAD, line=0, detail=f"more than {FILE_BYTES_MAX} bytes")
    return file.read_bytes()


async def _keep(node: "Node", content: bytes, name: str) -> common.BlobRef:
    """The file as evidence, by its hash."""
    digest = sha256(content).digest()
    if await node.blobs.stat(digest) is None:
        async with await node.blobs.upload(uuid4(), digest, len(content)) as upload:
            for start in range(0, len(content), CHUNK_BYTES):
                await upload.write(content[start : start + CHUNK_BYTES])
            await upload.commit()
    return common.BlobRef(sha256=digest, size=len(content), media_type="text/csv", file_name=name)
