"""What the simulated bank tells the nodes: payments and refunds, until each is answered.

    waiting ──RecordPayment, RecordRefund──▶ done            the node refused ──▶ its reason, kept
        ▲──────────not reachable, try again──┘

Promise   a callback is sent until a node answers it, with the same command id each time, across restarts.
Not       an order between callbacks.
Bounds    CALL_SECONDS a call; PAUSE_SECONDS between rounds.
Owns      one channel per node. The token is of the bank's own issuer: no officers' issuer can make one.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.collection.v1 import service_pb2 as collection
from enforcement.collection.v1 import service_pb2_grpc as stubs
from enforcement.common.v1 import common_pb2 as common

from deploy.local.bank.store import DONE, Movement, Store
from services.collection.statement import AUCTION, REFUND, REVERSAL
from services.kernel.identity import issue_token
from services.kernel.messages import to_timestamp
from services.kernel.telemetry import Log

log = Log(__name__)

CALL_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.2
SUBJECT: Final = "simulated-bank"
KEY_ID: Final = "bank-1"
LATE: Final = "代收机构回调"
_AGAIN: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.CANCELLED,
    }
)


class Callbacks:
    """Tells the nodes what the store has waiting."""

    def __init__(self, store: Store, nodes: Mapping[str, str], ca: bytes, key: Ed25519PrivateKey) -> None:
        self._store = store
        self._key = key
        credentials = grpc.ssl_channel_credentials(ca)
        options = (("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500))
        self._channels = {
            authority_id: grpc.aio.secure_channel(address, credentials, options=options)
            for authority_id, address in nodes.items()
        }
        self.held = False
        """Nothing is told while it is true."""
        self.extra = 0
        """Callbacks beyond the first about each new transaction."""
        self.news = asyncio.Event()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            self.news.clear()
            for command_id, movement in [] if self.held else self._store.waiting():
                await self._tell(command_id, movement)
            try:
                async with asyncio.timeout(PAUSE_SECONDS):
                    await self.news.wait()
            except TimeoutError:
                continue

    async def aclose(self) -> None:
        """Closes the channels."""
        for channel in self._channels.values():
            await channel.close(None)

    async def _tell(self, command_id: str, movement: Movement) -> None:
        authority_id = movement.authority_id
        token = issue_token(self._key, KEY_ID, subject=SUBJECT, authority_id=authority_id, collector=True, minutes=5)
        try:
            await self._call(command_id, movement, (("authorization", f"Bearer {token}"),))
        except grpc.aio.AioRpcError as error:
            if error.code() in _AGAIN:
                return
            log.warning("a node refuses a callback", transaction=movement.transaction_id, reason=error.details())
            self._store.answered(command_id, f"{error.code().name}: {error.details()}")
        else:
            self._store.answered(command_id, DONE)

    async def _call(self, command_id: str, movement: Movement, metadata: Any) -> common.Recorded:
        stub: Any = stubs.CollectionServiceStub(self._channels[movement.authority_id])
        common_fields: dict[str, Any] = {
            "command_id": command_id,
            "collection_id": movement.collection_id,
            "occurred_at": to_timestamp(movement.at),
            "late_reason": LATE,
            "amount_fen": movement.amount_fen,
        }
        moved, about = movement.transaction_id, movement.reference
        request: Any
        if movement.kind == REFUND:
            call = stub.RecordRefund
            request = collection.RecordRefundRequest(refund_id=about, transaction_id=moved, **common_fields)
        elif movement.kind == REVERSAL:
            call = stub.ReversePayment
            request = collection.ReversePaymentRequest(transaction_id=about, reversal_id=moved, **common_fields)
        elif movement.kind == AUCTION:
            call = stub.RecordAuctionProceeds
            request = collection.RecordAuctionProceedsRequest(auction_id=about, transaction_id=moved, **common_fields)
        else:
            call = stub.RecordPayment
            request = collection.RecordPaymentRequest(
                order_id=about, transaction_id=moved, receipt_number=f"财票{moved}", **common_fields
            )
        answer = await call(request, timeout=CALL_SECONDS, metadata=metadata)
        assert isinstance(answer, common.Recorded)
        return answer
