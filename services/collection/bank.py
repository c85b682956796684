"""The courier to the bank: what is to be ordered or paid back goes there, and its answer comes in.

    PaymentOrderOpened ──▶ place ──▶ NoteOrderPlaced | NoteOrderRejected
    PaymentOrderCancelled ──▶ cancel
    RefundApproved ──▶ refund ──▶ (the bank calls back later) | NoteRefundFailed; not where it was withdrawn meanwhile

Promise   every order and approved refund in the ledger reaches the bank at least once, in the order of the ledger, and
          has one effect there: the bank knows them by their ids. A crash between the bank's answer and its record
          repeats the question and gets the same answer.
Not       payments: the bank reports those by itself, to CollectionService.RecordPayment.
Bounds    bank_seconds a call; PAGE events between two checkpoints.
Failing   the bank away or slow: everything waits and is tried again, after a pause that doubles up to 10 s. The bank
          says no: that is recorded, and the next goes on.
Owns      one reader, `bank.collection`.
Shown by tests/scenarios/test_collection.py, tests/integration/collection/test_bank.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import grpc
from enforcement.bank.v1 import service_pb2 as api
from enforcement.bank.v1 import service_pb2_grpc as stubs
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from google.protobuf.descriptor import ServiceDescriptor

from services.collection.money import name_of
from services.collection.settings import CollectionSettings
from services.kernel import telemetry
from services.kernel.app import Node
from services.kernel.commands import Cause
from services.kernel.errors import EnforcementError
from services.kernel.facts import decode, fact_of
from services.kernel.identity import Actor
from services.kernel.ledger import Checkpoint, Event, ids
from services.kernel.messages import to_datetime, to_timestamp, type_name
from services.kernel.reader import Reader
from services.kernel.telemetry import Attribute, Log, Spans

log = Log(__name__)

PAGE: Final = 50
TYPES: Final = frozenset(map(type_name, (pb.PaymentOrderOpened, pb.PaymentOrderCancelled, pb.RefundApproved)))
_ACTOR: Final = Actor("bank.collection", "service")
_REFUSALS: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)
"""The bank heard and says no; any other status says nothing about the order."""


class BankRefused(EnforcementError):
    """The bank does not do it, and will not."""


class BankAway(EnforcementError):
    """The bank does not answer; what was asked may have been done."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The bank's answer to an order."""

    qr_payload: str
    reference: str


@dataclass(frozen=True, slots=True)
class OrderForBank:
    """What the bank needs to know of an order: no name, no case."""

    order_id: str
    order_number: str
    collection_id: str
    purpose: str
    amount_fen: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefundForBank:
    """What the bank needs to know of a refund."""

    refund_id: str
    collection_id: str
    transaction_id: str
    amount_fen: int


class Bank(Protocol):
    """The port: one adapter per bank's interface. Every method may be called again with the same ids.

    Raises:
        BankRefused: the bank does not do it. BankAway: nobody knows; ask again.
    """

    async def place(self, order: OrderForBank) -> Placed:
        """Has an order made payable."""
        ...

    async def cancel(self, order_id: str) -> None:
        """Withdraws an order."""
        ...

    async def refund(self, refund: RefundForBank) -> None:
        """Has a refund executed; the bank calls back."""
        ...


class GrpcBank:
    """The adapter for enforcement.bank.v1, as the simulated bank speaks it."""

    def __init__(self, authority_id: str, channel: grpc.aio.Channel, seconds: float) -> None:
        self._authority_id = authority_id
        self._stub: Any = stubs.BankServiceStub(channel)
        self._seconds = seconds

    async def place(self, order: OrderForBank) -> Placed:
        """Has an order made payable."""
        answer = await self._call(
            self._stub.PlaceOrder,
            api.PlaceOrderRequest(
                order_id=order.order_id,
                order_number=order.order_number,
                authority_id=self._authority_id,
                collection_id=order.collection_id,
                purpose=order.purpose,
                amount_fen=order.amount_fen,
                expires_at=to_timestamp(order.expires_at),
            ),
        )
        return Placed(answer.qr_payload, answer.reference)

    async def cancel(self, order_id: str) -> None:
        """Withdraws an order."""
        await self._call(self._stub.CancelOrder, api.CancelOrderRequest(order_id=order_id))

    async def refund(self, refund: RefundForBank) -> None:
        """Has a refund executed."""
        await self._call(
            self._stub.Refund,
            api.RefundRequest(
                refund_id=refund.refund_id,
                authority_id=self._authority_id,
                collection_id=refund.collection_id,
                transaction_id=refund.transaction_id,
                amount_fen=refund.amount_fen,
            ),
        )

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await method(request, timeout=self._seconds)
        except grpc.aio.AioRpcError as error:
            if error.code() in _REFUSALS:
                raise BankRefused(f"{error.code().name}: {error.details()}") from None
            raise BankAway(f"{error.code().name}: {error.details()}") from None


class Courier:
    """Follows the ledger and carries orders and refunds to the bank. A part of the node."""

    def __init__(self, node: Node, settings: CollectionSettings) -> None:
        self._node = node
        self._settings = settings
        self._reader = Reader(node.ledger, "bank.collection", types=TYPES, page=PAGE)

    def api(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Nothing: the bank calls CollectionService."""
        return ()

    def peer(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Nothing."""
        return ()

    async def run(self) -> None:
        """Runs until it is cancelled; at once over where no bank is configured."""
        if not self._settings.bank_address:
            log.info("no bank is configured; orders wait")
            return
        async with self._channel() as channel:
            bank = GrpcBank(self._node.authority.id, channel, self._settings.bank_seconds)

            async def carry(events: list[Event], up_to: int, checkpoint: Checkpoint) -> None:
                for event in events:
                    with telemetry.reaction(
                        Spans.REACT,
                        event.traceparent or "",
                        live=len(events) == 1,
                        attributes={Attribute.POSITION: event.position},
                        target=self._reader.name,
                        case_id=str(event.correlation_id),
                    ):
                        await self.carry(bank, event)
                async with self._node.ledger.transaction() as connection:
                    await checkpoint.advance(connection, up_to)

            await self._reader.run(carry)

    def _channel(self) -> grpc.aio.Channel:
        node = self._node.settings
        authority_file = self._settings.bank_ca_file or node.tls_ca_file
        credentials = grpc.ssl_channel_credentials(
            authority_file.read_bytes(), node.tls_key_file.read_bytes(), node.tls_certificate_file.read_bytes()
        )
        return grpc.aio.secure_channel(
            self._settings.bank_address,
            credentials,
            options=[("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 2_000)],
        )

    async def carry(self, bank: Bank, event: Event) -> None:
        """Takes one event to the bank, and records what it answers."""
        message = decode(event)
        match message:
            case pb.PaymentOrderOpened():
                await self._note(event, await self._place(bank, message))
            case pb.PaymentOrderCancelled():
                try:
                    await bank.cancel(message.order_id)
                except BankRefused as refused:
                    log.info("the bank does not withdraw an order", order=message.order_id, reason=refused)
            case pb.RefundApproved() if await self._withdrawn(event, message):
                log.info("a refund was withdrawn before the bank was asked", refund=message.refund_id)
            case pb.RefundApproved():
                try:
                    await bank.refund(_refund_of(message))
                except BankRefused as refused:
                    failed = commands.NoteRefundFailedRequest(
                        collection_id=message.collection_id, refund_id=message.refund_id, reason=str(refused)[:1000]
                    )
                    await self._note(event, failed)

    async def _withdrawn(self, event: Event, approved: pb.RefundApproved) -> bool:
        """Whether the refund was withdrawn after its approval, while the bank could not be asked."""
        later = await self._node.ledger.read_stream(event.stream_id, after_version=event.version)
        return any(
            isinstance(one := decode(each), pb.RefundWithdrawn) and one.refund_id == approved.refund_id
            for each in later.events
        )

    async def _place(self, bank: Bank, message: pb.PaymentOrderOpened) -> Any:
        try:
            placed = await bank.place(_order_of(message))
        except BankRefused as refused:
            return commands.NoteOrderRejectedRequest(
                collection_id=message.collection_id, order_id=message.order_id, reason=str(refused)[:1000]
            )
        return commands.NoteOrderPlacedRequest(
            collection_id=message.collection_id,
            order_id=message.order_id,
            qr_payload=placed.qr_payload,
            bank_reference=placed.reference,
        )

    async def _note(self, event: Event, command: Any) -> None:
        """Records the bank's answer once, whatever is repeated: the id derives from the event's."""
        fact = fact_of(event)
        command.command_id = str(ids.derive(UUID(str(event.event_id)), type_name(command)))
        command.occurred_at.CopyFrom(to_timestamp(self._node.clock.now()))
        self._node.commands.validate(command)
        await self._node.commands.execute(command, _ACTOR, Cause(event.event_id, event.correlation_id, fact.origin))


def make(node: Node) -> Courier:
    """The courier of a node, with its settings."""
    return Courier(node, CollectionSettings())


def _order_of(message: pb.PaymentOrderOpened) -> OrderForBank:
    return OrderForBank(
        message.order_id,
        message.order_number,
        message.collection_id,
        name_of(message.account),
        message.amount_fen,
        to_datetime(message.expires_at),
    )


def _refund_of(message: pb.RefundApproved) -> RefundForBank:
    return RefundForBank(message.refund_id, message.collection_id, message.transaction_id, message.amount_fen)
