"""Facts of own executions: what is no termination needs no notice of one."""

from typing import Any
from uuid import UUID

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.documents.service import SERVICE
from services.documents.views import part
from services.kernel.facts import Fact
from tests.support.decider import instant, uid

SUSPENDED = pb.OwnExecutionSuspended(execution_id=uid("execution"), reason="第三人主张权利")


def facts_after(*events: Message) -> Any:
    stream = UUID(uid("execution"))
    pages = [
        (event, Fact(UUID(int=n), instant("2025-06-03 10:00"), "test", stream_id=stream, position=n + 1))
        for n, event in enumerate(events)
    ]
    rows: Any = {one: dict.fromkeys(keys) for one, keys in SERVICE.views.touched(pages).items()}
    SERVICE.views.fold(pages, rows)
    (row,) = rows[part].values()
    return row["facts"]


@pytest.mark.parametrize(
    ("ground", "kind"),
    [
        (pb.END_GROUND_OBJECT_LOST, "终结"),
        (pb.END_GROUND_OTHER, "终结"),
        (pb.END_GROUND_COMPLETED, "中止"),
        (pb.END_GROUND_PARTY_PERFORMED, "中止"),
    ],
)
def test_only_an_execution_that_was_terminated_has_a_notice_of_it(ground, kind):
    ended = pb.OwnExecutionEnded(execution_id=uid("execution"), ground=ground)
    assert facts_after(SUSPENDED, ended)["change"]["kind"] == kind
