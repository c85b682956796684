"""Read models of requests and tasks, on both sides."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from enforcement.cross_border.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.cross_border.service import SERVICE
from services.cross_border.views import views
from services.kernel.facts import Fact
from services.kernel.timeline import TABLE
from tests.support.decider import LUXIAN, NOON, uid
from tests.unit.cross_border.acts import (
    ANSWERED,
    CASE,
    CONFIRMED,
    FROM_RESPONDER,
    ITEM,
    TASK,
    TO_REQUESTER,
    accepted,
    answer_received,
    item,
    received,
)

JUDGED = pb.EvidenceRecognised(**FROM_RESPONDER, item_id=ITEM, verdict=pb.VERDICT_RECOGNISED)
GIVEN = pb.TaskAnswered(**TO_REQUESTER, completeness=pb.COMPLETENESS_FULL, items=[item()], item_count=1)
HELPED = [received(), accepted(), GIVEN]


def plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def folded(*events: Message | tuple[str, Message]) -> dict[str, list[dict[str, Any]]]:
    """The rows after these events, each stored and loaded again in between; (origin, event) is a received one."""
    rows: dict[Any, dict[Any, Any]] = {table: {} for table in views.tables}
    for n, one in enumerate(events, start=1):
        origin, event = one if isinstance(one, tuple) else (None, one)
        fact = Fact(UUID(int=n), NOON, "officer", origin, position=n, recorded_at=NOON)
        views.fold([(event, fact)], rows)
        rows = {table: json.loads(json.dumps(list(by_key.items()), default=plain)) for table, by_key in rows.items()}
        rows = {table: {tuple(key): row for key, row in stored if row} for table, stored in rows.items()}
    return {table.name: list(by_key.values()) for table, by_key in rows.items()}


def test_a_request_stands_where_its_last_event_left_it():
    stages = [folded(*ANSWERED[:n])["request"][0]["stage"] for n in range(1, 5)]
    assert stages == ["已发出", "已送达", "办理中", "已答复"]
    assert folded(*ANSWERED, CONFIRMED)["request"][0]["stage"] == "已确认"


def test_a_request_is_found_by_its_case():
    assert folded(*ANSWERED)["request"][0]["case_id"] == CASE


def test_an_item_shows_its_latest_form_and_verdict():
    [row] = folded(*ANSWERED, JUDGED, answer_received(item(title="补正后的档案")))["request_item"]
    assert (row["item"]["title"], row["judged"]["verdict"]) == ("补正后的档案", "VERDICT_RECOGNISED")


def test_who_gave_the_evidence_sees_the_verdict_of_who_asked():
    [row] = folded(*HELPED, (LUXIAN.id, JUDGED))["task_item"]
    assert (row["task_id"], row["judged"]["verdict"]) == (TASK, "VERDICT_RECOGNISED")


def test_a_verdict_on_evidence_that_was_never_given_leaves_nothing():
    unknown = pb.EvidenceRecognised(**FROM_RESPONDER, item_id=uid("other"), verdict=pb.VERDICT_RECOGNISED)
    assert len(folded(*HELPED, (LUXIAN.id, unknown))["task_item"]) == 1


def test_nobody_else_judges_for_who_asked():
    [row] = folded(*HELPED, ("jt-500153", JUDGED))["task_item"]
    assert "judged" not in row


def test_what_others_signed_makes_no_row_of_its_own():
    rows = folded(*[(LUXIAN.id, event) for event in (*ANSWERED, *HELPED)])
    assert {name for name, found in rows.items() if found} == {"account"}  # that somebody told it, and nothing of it
    assert {row["told_by"] for row in rows["account"]} == {LUXIAN.id}


def test_the_timeline_names_what_happened_in_chinese():
    titles = [row["title"] for row in folded(*HELPED)["timeline"]]
    assert titles == ["收到协作请求", "受理", "答复"]


def test_every_event_of_both_sides_has_a_title_in_its_history():
    titled = {name for name, handlers in views.handlers.items() if TABLE in {one.table.name for one in handlers}}
    assert titled == frozenset[str]().union(*(aggregate.events for aggregate in SERVICE.aggregates))
