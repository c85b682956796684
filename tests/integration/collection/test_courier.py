"""What the courier reads in the ledger before it goes to the bank."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from enforcement.collection.v1 import events_pb2 as pb

from services.collection.bank import Bank, Courier, OrderForBank, Placed, RefundForBank
from services.collection.service import SERVICE
from services.collection.settings import CollectionSettings
from services.kernel.app import Node
from services.kernel.messages import type_name
from tests.support.postgres import Databases
from tests.support.reading import reading
from tests.unit.collection import acts, test_refunds


class Counter(Bank):
    """The bank's counter: what it was asked to pay back."""

    def __init__(self) -> None:
        self.refunds: list[str] = []

    async def place(self, order: OrderForBank) -> Placed:
        raise AssertionError("nothing is ordered here")

    async def cancel(self, order_id: str) -> None:
        raise AssertionError("nothing is cancelled here")

    async def refund(self, refund: RefundForBank) -> None:
        self.refunds.append(refund.refund_id)


WITHDRAWN = pb.RefundWithdrawn(collection_id=acts.COLLECTION, refund_id=test_refunds.REFUND, reason="银行冲正")
OTHER = acts.changed(WITHDRAWN, refund_id="other")


@pytest.mark.parametrize(
    ("later", "asked"),
    [((), [test_refunds.REFUND]), ((OTHER,), [test_refunds.REFUND]), ((WITHDRAWN,), [])],
    ids=["approved", "another was withdrawn", "withdrawn"],
)
async def test_a_refund_that_was_withdrawn_while_the_bank_was_away_is_not_asked_for(
    databases: Databases, later: tuple[Any, ...], asked: list[str]
) -> None:
    async with reading(databases, SERVICE) as books:
        await books.record("collection", *test_refunds.ASKED, test_refunds.APPROVED, *later)
        courier = Courier(cast(Node, SimpleNamespace(ledger=books.ledger)), CollectionSettings())
        stream = await books.ledger.read_stream(UUID(acts.COLLECTION))
        (approved,) = [event for event in stream.events if event.type == type_name(pb.RefundApproved)]
        counter = Counter()
        await courier.carry(counter, approved)
        assert counter.refunds == asked
