"""The adapter against the bank as a process: each question may be asked again; a bank that is away is no answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from enforcement.bank.v1 import service_pb2 as api
from enforcement.bank.v1 import service_pb2_grpc as stubs

from deploy.local.bank.layout import LocalBank
from deploy.local.pki import Pki
from deploy.local.process import free_ports
from services.collection.bank import BankAway, BankRefused, GrpcBank, OrderForBank, RefundForBank
from services.collection.statement import PAYMENT, REFUND, parse
from services.kernel.ledger import uuid7
from services.kernel.values import day_of

BUREAU = "jt-510521"


@pytest.fixture(scope="module")
async def bank(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalBank]:
    """The simulated bank alone; nobody answers its callbacks."""
    folder = tmp_path_factory.mktemp("bank")
    pki = Pki(folder / "pki")
    pki.ensure([BUREAU])
    own, nobody = free_ports(2)
    made = LocalBank(folder / "bank", pki, f"127.0.0.1:{own}")
    made.prepare({BUREAU: f"127.0.0.1:{nobody}"}, None)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def adapter(bank: LocalBank) -> AsyncIterator[tuple[GrpcBank, Any]]:
    """The adapter, and what a payer does."""
    stub, channel = bank.stub(BUREAU)
    yield GrpcBank(BUREAU, channel, 5.0), stub
    await channel.close(None)


def order(amount_fen: int = 1_000_000, order_id: str = "", minutes: float = 60) -> OrderForBank:
    expires_at = datetime.now(UTC) + timedelta(minutes=minutes)
    made = order_id or str(uuid7())
    return OrderForBank(made, made, str(uuid7()), "罚款", amount_fen, expires_at)


async def test_an_order_asked_for_twice_is_one_order_with_one_code(adapter: tuple[GrpcBank, Any]) -> None:
    bank, _ = adapter
    wanted = order()
    assert await bank.place(wanted) == await bank.place(wanted)


async def test_an_id_that_is_another_orders_and_an_order_over_nothing_are_refused(
    adapter: tuple[GrpcBank, Any],
) -> None:
    bank, _ = adapter
    placed = order()
    await bank.place(placed)
    for wrong in (order(5, placed.order_id), order(0)):
        with pytest.raises(BankRefused):
            await bank.place(wrong)


async def test_a_code_is_paid_while_it_is_in_force(adapter: tuple[GrpcBank, Any]) -> None:
    bank, payer = adapter
    good, expired, withdrawn = order(), order(minutes=-1), order()
    codes = [(await bank.place(one)).qr_payload for one in (good, expired, withdrawn)]
    await bank.cancel(withdrawn.order_id)
    assert (await payer.Pay(api.PayRequest(qr_payload=codes[0]), timeout=5)).transaction_id
    for code in (*codes[1:], "bank://pay/unknown"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await payer.Pay(api.PayRequest(qr_payload=code), timeout=5)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    with pytest.raises(BankRefused):
        await bank.cancel(good.order_id)


async def test_a_refund_asked_for_twice_is_executed_once_and_the_file_of_the_day_has_every_line(
    adapter: tuple[GrpcBank, Any], bank: LocalBank
) -> None:
    asked, payer = adapter
    wanted = order()
    code = (await asked.place(wanted)).qr_payload
    paid = (await payer.Pay(api.PayRequest(qr_payload=code), timeout=5)).transaction_id
    refund = RefundForBank(str(uuid7()), wanted.collection_id, paid, 20_000)
    for _ in range(2):
        await asked.refund(refund)
    with pytest.raises(BankRefused):
        await asked.refund(RefundForBank(str(uuid7()), wanted.collection_id, "P-unknown", 1))
    today = day_of(datetime.now(UTC))
    await payer.CloseDay(api.CloseDayRequest(authority_id=BUREAU, day_on=today.isoformat()), timeout=5)
    file = Path(bank.settings_of_node(BUREAU)["COLLECTION_STATEMENTS_DIR"]) / f"{today}.csv"
    lines = [entry for entry in parse(file.read_bytes(), today) if entry.collection_id == wanted.collection_id]
    assert [(entry.kind, entry.amount_fen) for entry in lines] == [(PAYMENT, 1_000_000), (REFUND, 20_000)]


async def test_what_the_bank_answered_is_there_after_it_was_killed(
    adapter: tuple[GrpcBank, Any], bank: LocalBank
) -> None:
    asked, _ = adapter
    wanted = order()
    before = await asked.place(wanted)
    await bank.kill()
    with pytest.raises(BankAway):
        await asked.place(wanted)
    await bank.start()
    stub, channel = bank.stub(BUREAU)
    assert await GrpcBank(BUREAU, channel, 5.0).place(wanted) == before
    assert (await stub.Pay(api.PayRequest(qr_payload=before.qr_payload), timeout=5)).transaction_id
    await channel.close(None)


async def test_who_brings_no_certificate_is_not_served(bank: LocalBank) -> None:
    credentials = grpc.ssl_channel_credentials((bank.folder.parent / "pki" / "ca.pem").read_bytes())
    async with grpc.aio.secure_channel(bank.address, credentials) as channel:
        with pytest.raises(BankAway):
            await GrpcBank(BUREAU, channel, 5.0).place(order())
        unserved: Any = stubs.BankServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError):
            await unserved.Pay(api.PayRequest(qr_payload="x"), timeout=5)
