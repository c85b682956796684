"""Read models of non-site enforcement."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import device_pb2, follow_up_pb2, incident_pb2
from enforcement.non_site.v1 import follow_up_pb2 as pb
from google.protobuf.message import Message

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.facts import Fact
from services.kernel.timeline import TABLE
from services.non_site.model import capture, device, follow_up, incident, subject
from services.non_site.views import views
from tests.support.decider import NOON, On, given, uid
from tests.unit.non_site.acts import (
    CAPTURE,
    CAPTURED,
    CONCEDED,
    CONTESTED,
    FOLLOW_UP,
    NOTIFIED,
    REVIEWED,
    TOLD,
    TRUCK,
    WORKING,
    checked,
    decided,
    followed,
    handled,
    measured,
    opened,
    recorded,
)
from tests.unit.non_site.test_incident import ROLES, added
from tests.unit.non_site.test_subject import FLEET, RAISED, THREE, TRUCK_ID


def plain(value: Any) -> str:
    assert isinstance(value, date | datetime)
    return value.isoformat()


def folded(*events: Message | On) -> dict[str, list[dict[str, Any]]]:
    """The rows after these events, each stored and loaded again in between."""
    rows: dict[Any, dict[Any, Any]] = {table: {} for table in views.tables}
    for n, one in enumerate(events, start=1):
        event = one.event if isinstance(one, On) else one
        fact = Fact(UUID(int=n), NOON, "officer", None, position=n, recorded_at=NOON)
        views.fold([(event, fact)], rows)
        rows = {table: json.loads(json.dumps(list(by_key.items()), default=plain)) for table, by_key in rows.items()}
        rows = {table: {tuple(key): row for key, row in stored if row} for table, stored in rows.items()}
    return {table.name: list(by_key.values()) for table, by_key in rows.items()}


ANSWERED = captures.ContestAnswered(capture_id=CAPTURE, reason="不予采纳")
ADOPTED = captures.CaptureAdopted(capture_id=CAPTURE, incident_id=uid("incident"))
RIGHT = captures.ContestAnswered(capture_id=CAPTURE, accepted=True, reason="有误")
REJECTED = captures.CaptureReviewed(capture_id=CAPTURE, reason="模糊")
UNFIT = (recorded("2025-01-10 12:00"), checked("2025-01-10 12:00"))
WITHIN = (recorded(measured=measured(49_000)), checked(measured=measured(49_000)))


@pytest.mark.parametrize(
    "history",
    [
        CAPTURED,
        UNFIT,
        WITHIN,
        (*CAPTURED, REVIEWED),
        (*CAPTURED, REJECTED),
        TOLD,
        (*TOLD, CONCEDED),
        (*TOLD, CONTESTED),
        (*TOLD, CONTESTED, ANSWERED),
        (*TOLD, CONTESTED, RIGHT),
        (*TOLD, CONCEDED, ADOPTED),
    ],
)
def test_a_record_stands_in_the_list_where_its_decisions_see_it(history: tuple[Message, ...]):
    [row] = folded(*history)["capture"]
    assert row["stage"] == given(capture, *history).state.stage


UNDONE = pb.FollowUpUndone(follow_up_id=FOLLOW_UP)
GONE = pb.FollowUpDecided(follow_up_id=FOLLOW_UP)
ISSUED = pb.HomeNoticeIssued(follow_up_id=FOLLOW_UP, notice_id=uid("notice"))
BACK = pb.HomeNoticeWithdrawn(follow_up_id=FOLLOW_UP, notice_id=uid("notice"))


@pytest.mark.parametrize(
    "history",
    [
        (followed(),),
        (followed(), decided()),
        (followed(), decided(), UNDONE, GONE),
        (followed(), decided(), handled()),
        (followed(), decided(), handled(notice_due=False)),
        (followed(), decided(), handled(), ISSUED),
        (followed(), decided(), handled(), ISSUED, decided(decision="罚款2000元"), handled()),
        (followed(), decided(), handled(), UNDONE, GONE),
        (followed(), decided(), handled(), ISSUED, UNDONE, GONE, BACK),
        (followed(), decided(), handled(), ISSUED, UNDONE, GONE, BACK, decided()),
        (followed(), decided(), handled(), pb.HomeNoticeWaived(follow_up_id=FOLLOW_UP)),
        (followed(), decided(), handled(), ISSUED, pb.HomeNoticeDelivered(follow_up_id=FOLLOW_UP)),
    ],
)
def test_a_follow_up_stands_in_the_list_where_its_decisions_see_it(history: tuple[Message, ...]):
    [row] = folded(*history)["follow_up"]
    assert row["stage"] == given(follow_up, *history).state.stage


def test_a_record_is_found_by_its_plate_however_it_is_written_and_by_its_day():
    [row] = folded(*TOLD)["capture"]
    assert (row["plate"], row["captured_on"], row["notice_code"]) == (
        "渝CA1234",
        "2024-12-18",
        NOTIFIED.notice_code,
    )


def test_statements_and_answers_stand_beside_the_record():
    [row] = folded(*TOLD, CONTESTED, ANSWERED)["capture"]
    assert [one["statement"] for one in row["statements"]] == [CONTESTED.statement]
    assert [one["reason"] for one in row["answers"]] == ["不予采纳"]


def test_an_incident_shows_its_parties():
    [row] = folded(opened(), *(added(role) for role in ROLES))["incident"]
    assert len(row["parties"]) == 4
    assert row["plate"] == "渝CA1234"
    assert TRUCK.plate == "渝C·A1234"


def test_what_counts_no_longer_leaves_the_counter():
    gone = pb.ViolationUncounted(subject_id=TRUCK_ID, violation_id=THREE[0].violation_id, ground_id=THREE[0].ground_id)
    assert len(folded(*THREE)["violation"]) == 3
    assert len(folded(*THREE, gone)["violation"]) == 2


def test_a_company_keeps_its_trucks_by_day():
    later = pb.FleetSizeRecorded(subject_id=FLEET.subject_id, label=FLEET.label, trucks=48, as_of_on="2024-07-01")
    [row] = folded(FLEET, later)["subject"]
    assert row["fleet"] == {"2024-01-01": 50, "2024-07-01": 48}


def test_an_item_that_was_withdrawn_is_gone():
    withdrawn = pb.ReviewItemWithdrawn(subject_id=TRUCK_ID, item_id=RAISED.item_id)
    assert len(folded(RAISED)["review_item"]) == 1
    assert folded(RAISED, withdrawn)["review_item"] == []


def test_every_event_has_a_title_in_its_history():
    titled = {name for name, handlers in views.handlers.items() if TABLE in {one.table.name for one in handlers}}
    assert titled == device.events | capture.events | incident.events | follow_up.events | subject.events
    assert [row["title"] for row in folded(*WORKING)["timeline"]] == [
        "登记设备",
        "登记检定证书",
        "设备审核",
        "设备审核",
        "登记警示标志",
        "公布设置地点",
    ]


def test_nothing_of_it_is_shared_with_anybody():
    shown = "\n".join(Catalogue.load().views())
    for module in (device_pb2, captures, incident_pb2, follow_up_pb2):
        for name in module.DESCRIPTOR.message_types_by_name:
            assert f"{module.DESCRIPTOR.package}.{name} →" not in shown
