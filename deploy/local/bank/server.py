"""What the simulated bank is asked: enforcement.bank.v1."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import grpc
from enforcement.bank.v1 import service_pb2 as pb
from enforcement.bank.v1 import service_pb2_grpc as stubs

from deploy.local.bank.callbacks import Callbacks
from deploy.local.bank.store import Order, Refused, Store
from services.collection.statement import AUCTION, PAYMENT, REFUND, REVERSAL, Entry, write
from services.kernel.clock import Clock
from services.kernel.messages import to_datetime

Context = grpc.aio.ServicerContext[Any, Any]


class BankApi(stubs.BankServiceServicer):
    """The bank's counter."""

    def __init__(self, store: Store, callbacks: Callbacks, clock: Clock, statements: Path) -> None:
        self._store = store
        self._callbacks = callbacks
        self._clock = clock
        self._statements = statements

    async def PlaceOrder(self, request: pb.PlaceOrderRequest, context: Context) -> pb.PlaceOrderResponse:
        """Takes an order; the same again gets the same code."""
        wanted = Order(
            request.order_id,
            request.authority_id,
            request.collection_id,
            request.purpose,
            request.amount_fen,
            to_datetime(request.expires_at),
        )
        try:
            order = self._store.place(wanted)
        except Refused as refused:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refused))
        return pb.PlaceOrderResponse(qr_payload=order.qr_payload, reference=f"B{order.order_id[:8]}")

    async def CancelOrder(self, request: pb.CancelOrderRequest, context: Context) -> pb.CancelOrderResponse:
        """Withdraws an order that is not paid."""
        try:
            self._store.cancel(request.order_id)
        except Refused as refused:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(refused))
        return pb.CancelOrderResponse()

    async def Refund(self, request: pb.RefundRequest, context: Context) -> pb.RefundResponse:
        """Executes a refund once, and calls back."""
        if request.transaction_id and self._store.movement(request.transaction_id) is None:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no such transaction")
        if not self._store.refund_done(request.refund_id):
            self._store.move(
                REFUND,
                request.authority_id,
                request.collection_id,
                request.refund_id,
                request.amount_fen,
                self._clock.now(),
                callbacks=1 + self._callbacks.extra,
            )
            self._callbacks.news.set()
        return pb.RefundResponse()

    async def RepeatCallback(self, request: pb.RepeatCallbackRequest, context: Context) -> pb.RepeatCallbackResponse:
        """Tells about a transaction once more."""
        try:
            self._store.repeat(request.transaction_id)
        except Refused as refused:
            await context.abort(grpc.StatusCode.NOT_FOUND, str(refused))
        self._callbacks.news.set()
        return pb.RepeatCallbackResponse()

    async def Pay(self, request: pb.PayRequest, context: Context) -> pb.PayResponse:
        """Somebody pays: by a code that is in force, or without one."""
        order = self._store.order_of_code(request.qr_payload) if request.qr_payload else None
        now = self._clock.now()
        if request.qr_payload and (order is None or order.cancelled or now >= order.expires_at):
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the code is unknown, withdrawn or expired")
        amount = request.amount_fen or (order.amount_fen if order else 0)
        if amount <= 0:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a payment has an amount")
        transaction_id = self._store.move(
            AUCTION if request.auction_id else PAYMENT,
            order.authority_id if order else request.authority_id,
            order.collection_id if order else request.collection_id,
            order.order_id if order else request.auction_id,
            amount,
            now,
            callbacks=1 + self._callbacks.extra,
        )
        self._callbacks.news.set()
        return pb.PayResponse(transaction_id=transaction_id)

    async def Reverse(self, request: pb.ReverseRequest, context: Context) -> pb.ReverseResponse:
        """Takes a payment back, once, and calls back."""
        paid = self._store.movement(request.transaction_id)
        if paid is None or paid.kind != PAYMENT:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no such payment")
        assert paid is not None
        transaction_id = self._store.reversal_of(paid.transaction_id) or self._store.move(
            REVERSAL,
            paid.authority_id,
            paid.collection_id,
            paid.transaction_id,
            paid.amount_fen,
            self._clock.now(),
            callbacks=1 + self._callbacks.extra,
        )
        self._callbacks.news.set()
        return pb.ReverseResponse(transaction_id=transaction_id)

    async def SetBehaviour(self, request: pb.SetBehaviourRequest, context: Context) -> pb.SetBehaviourResponse:
        """How callbacks behave from now on."""
        self._callbacks.held = request.hold_callbacks
        self._callbacks.extra = request.extra_callbacks
        self._callbacks.news.set()
        return pb.SetBehaviourResponse()

    async def CloseDay(self, request: pb.CloseDayRequest, context: Context) -> pb.CloseDayResponse:
        """Writes a day's file for one authority, whole or not at all."""
        moved = self._store.movements(request.authority_id, date.fromisoformat(request.day_on))
        lines = [Entry(one.transaction_id, _in_file(one.kind), one.collection_id, one.amount_fen) for one in moved]
        folder = self._statements / request.authority_id
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{request.day_on}.csv.new"
        draft.write_text("".join(write(lines, [one.at for one in moved])), encoding="utf-8")
        os.replace(draft, folder / f"{request.day_on}.csv")
        return pb.CloseDayResponse(line_count=len(lines))


def _in_file(kind: str) -> str:
    """To the bank the price of an auction is a payment like any other."""
    return PAYMENT if kind == AUCTION else kind
