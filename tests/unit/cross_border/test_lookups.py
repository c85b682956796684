"""What a refusal leaves: who asked for personal data without a purpose is recorded, at once or by way of a draft."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb

from services.cross_border.lookups import draft_on_its_way, on_its_way
from services.cross_border.model.request import Stage
from services.kernel.messages import as_dict, type_name
from tests.support.decider import CHIEF, NOON, uid
from tests.unit.cross_border.acts import REQUEST, send, sent

PERSONAL = [pb.REQUESTED_FIELD_PHONE]
SEND_DRAFT = drafting.SendDraftRequest(request_id=REQUEST)


class Node:
    """A ledger that keeps appends, and the row of one request."""

    def __init__(self, stage: Stage = Stage.DRAFT, **changes: Any) -> None:
        self.appends: list[Any] = []
        self.ledger = self
        row = {"case_id": None, "handed_over": False, "stage": stage, "sent": as_dict(sent(**changes))}
        self._connection = SimpleNamespace(fetchrow=_answer(row), fetchval=_answer(None))

    async def head(self) -> int:
        return 1

    async def append(self, one: Any) -> None:
        self.appends.append(one)

    def views(self, service: str) -> "Node":
        return self

    @asynccontextmanager
    async def at(self, position: int) -> AsyncIterator[Any]:
        yield self._connection


def _answer(found: Any) -> Any:
    async def answer(*query: Any) -> Any:
        return found

    return answer


def context() -> Any:
    actor = SimpleNamespace(id=CHIEF.officer_id, kind="officer", officer=CHIEF)
    return SimpleNamespace(command_id=UUID(uid("command")), actor=actor, now=NOON)


def kept(node: Node) -> drafting.PersonalRequestRefused:
    [append] = node.appends
    [event] = append.events
    assert event.type == type_name(drafting.PersonalRequestRefused())
    return drafting.PersonalRequestRefused.FromString(event.body)


async def test_a_request_for_personal_data_without_a_purpose_is_recorded():
    node: Any = Node()
    await on_its_way(node, send(fields=PERSONAL, purpose=" "), context())
    assert list(kept(node).fields) == PERSONAL


async def test_so_is_one_that_was_a_draft():
    node: Any = Node(fields=PERSONAL, purpose=" ")
    await draft_on_its_way(node, SEND_DRAFT, context())
    assert list(kept(node).fields) == PERSONAL


@pytest.mark.parametrize(
    "node",
    [Node(fields=PERSONAL, purpose="查明"), Node(fields=[], purpose=""), Node(Stage.SENT, fields=PERSONAL, purpose="")],
)
async def test_nothing_is_recorded_of_a_draft_that_may_leave_or_has_left(node):
    await draft_on_its_way(node, SEND_DRAFT, context())
    assert node.appends == []
