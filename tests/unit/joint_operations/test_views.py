"""Read models: folded from own events, the same when folded again from stored rows."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from enforcement.joint_operations.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.joint_operations.service import SERVICE
from services.joint_operations.views import views
from services.kernel.facts import Fact
from services.kernel.timeline import TABLE
from tests.support.decider import LUXIAN, NOON, YONGCHUAN, uid
from tests.unit.joint_operations.acts import (
    CLOSED_EVENT,
    FOUND,
    INVITED,
    OPERATION,
    PART,
    SIGNED,
    assigned,
    joined,
    signed,
)
from tests.unit.joint_operations.test_finding import handled
from tests.unit.joint_operations.test_jurisdiction import handed_off

HANDED = [*FOUND, handled(), assigned(), handed_off()]


def plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def folded(events: list[Message], *, origin: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table after these events, each row stored and loaded again after every event."""
    rows: dict[Any, dict[Any, Any]] = {table: {} for table in views.tables}
    for n, event in enumerate(events, start=1):
        fact = Fact(UUID(int=n), NOON, "officer", origin, position=n, recorded_at=NOON)
        views.fold([(event, fact)], rows)
        rows = {table: json.loads(json.dumps(list(by_key.items()), default=plain)) for table, by_key in rows.items()}
        rows = {table: {tuple(key): row for key, row in stored} for table, stored in rows.items()}
    return {table.name: list(by_key.values()) for table, by_key in rows.items()}


def test_an_operation_stands_where_its_last_event_left_it():
    stages = {n: folded(SIGNED[:n])["operation"][0]["stage"] for n in (1, 2, len(SIGNED))}
    assert stages == {1: "方案", 2: "已邀请", len(SIGNED): "已结束"}


def test_a_participant_shows_what_it_brings_and_that_it_signed():
    rows = {row["participant_id"]: row for row in folded(SIGNED)["participant"]}
    yongchuan = rows[YONGCHUAN.id]
    assert (yongchuan["standing"], yongchuan["officers"], yongchuan["cars"]) == ("已报告", 2, 1)
    assert yongchuan["signed"] == signed(YONGCHUAN).proposal_id


def test_a_withdrawn_report_is_no_report():
    withdrawn = pb.ParticipantReportWithdrawn(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    rows = {row["participant_id"]: row for row in folded([*SIGNED, withdrawn])["participant"]}
    assert (rows[YONGCHUAN.id]["standing"], rows[YONGCHUAN.id]["numbers"]) == ("已应邀", None)


def test_a_finding_shows_its_way_to_the_owner():
    [row] = folded(HANDED)["finding"]
    assert (row["owner_id"], row["handed_off"], row["handlings"]) == (LUXIAN.id, True, [pb.HANDLING_SEIZED])


def test_a_participation_counts_as_it_goes():
    [row] = folded(HANDED)["participation"]
    assert row["stage"] == "执行中"
    assert (row["tally"]["vehicles_with_findings"], row["tally"]["vehicles_seized"]) == ([1], [1])


def test_letting_go_without_a_finding_touches_no_finding():
    released = handled(handling=pb.HANDLING_RELEASED, finding_id="")
    assert folded([*HANDED, released])["finding"] == folded(HANDED)["finding"]


def test_events_of_others_leave_the_own_rows_alone():
    told = folded([*INVITED, joined(YONGCHUAN, []), CLOSED_EVENT, *HANDED], origin=YONGCHUAN.id)
    assert {name for name, rows in told.items() if rows} == {"account"}  # that somebody told it, and nothing of it
    assert {row["told_by"] for row in told["account"]} == {YONGCHUAN.id}


def test_the_timeline_names_what_happened_in_chinese():
    entries = [(row["id"], row["title"]) for row in folded(HANDED)["timeline"]]
    assert entries[0] == (PART, "收到联合执法邀请")
    assert entries[-1] == (PART, "移送管辖单位")
    assert uid("finding") not in {id_ for id_, _ in entries}


def test_every_event_of_both_sides_has_a_title_in_its_history():
    titled = {name for name, handlers in views.handlers.items() if TABLE in {one.table.name for one in handlers}}
    assert titled == {name for one in SERVICE.aggregates for name in one.events}
