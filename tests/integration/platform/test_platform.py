"""A platform as its supervisors see it: fed by real Kafka, asked by gRPC."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.deadlines.v1 import service_pb2 as clocks
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.options.v1 import options_pb2 as options
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as transfer
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from deploy.local.kafka import Broker
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp, type_name
from tests.integration.platform.publisher import Publisher
from tests.integration.platform.site import Site, Supervisor, event_id
from tests.support.eventually import eventually
from tests.support.postgres import Databases
from tests.unit.platform.feeds import MORNING, OPERATION, Tale, lx_1218, name

REPORT = {
    "joint.cars": 6,
    "joint.officers": 18,
    "joint.inspections": 60,
    "joint.vehicles_with_findings": 2,
    "joint.vehicles_seized": 2,
    "joint.education": 42,
    "operations.closed": 1,
}
"""LX-1218 as published; education is the story's."""


def told_badly(signed: list[tuple[Publisher, bytes]]) -> list[tuple[Publisher, bytes]]:
    """As a bad carrier brings it: the feeds mixed, every fifth envelope twice, every seventh never."""
    dice = random.Random(1218)
    feeds = {publisher.party.id: [each for each in signed if each[0] is publisher] for publisher, _ in signed}
    mixed: list[tuple[Publisher, bytes]] = []
    number = 0
    while any(feeds.values()):
        feed = dice.choice([feed for feed in feeds.values() if feed])
        number += 1
        each = feed.pop(0)
        if number % 7:
            mixed += [each, each] if number % 5 == 0 else [each]
    return mixed


async def test_lx_1218_is_reproduced_from_three_feeds_that_kafka_brings_badly(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    async with Site.open(kafka, tmp_path, 3) as site:
        signed = site.publish(lx_1218(*(each.party.id for each in site.publishers)))
        async with site.platform(databases) as supervisor:
            await supervisor.consuming()
            await site.send(told_badly(signed))
            position = await supervisor.seen(site.publishers)
            numbers = await all_numbers(supervisor)
            assert {key: numbers[key].value for key in REPORT} == REPORT
            parts = {part.part_zh: part.value for part in numbers["joint.inspections"].parts}
            assert parts == {"客运": 5, "网约车": 10, "其他": 45}
            feeds = await supervisor.feeds()
            assert sum(feed.duplicates for feed in feeds.values()) > 0
            assert sum(feed.refetched for feed in feeds.values()) > 0
            assert not any(feed.HasField("gap_since") or feed.stopped_code for feed in feeds.values())
            await every_number_opens_to_its_events(supervisor, signed)
            await the_operation_is_closed(supervisor, site)
        async with site.platform(databases) as rebuilt:
            assert await rebuilt.seen(site.publishers) == position
            assert {key: each.value for key, each in (await all_numbers(rebuilt)).items()} == {
                key: each.value for key, each in numbers.items()
            }


async def all_numbers(supervisor: Supervisor) -> dict[str, pb.Statistic]:
    definitions = (await supervisor.ask("ListDefinitions", pb.ListDefinitionsRequest())).definitions
    return {each.id: await supervisor.number(each.id) for each in definitions}


async def every_number_opens_to_its_events(supervisor: Supervisor, signed: list[tuple[Publisher, bytes]]) -> None:
    published = {event_id(wire) for _, wire in signed}
    for definition_id, expected in REPORT.items():
        events = await behind(supervisor, definition_id)
        assert sum(event.counted for event in events) == expected
        assert {event.event_id for event in events} <= published
        assert len({event.event_id for event in events}) == len(events)


async def behind(supervisor: Supervisor, definition_id: str) -> list[pb.StatisticEvent]:
    query = pb.StatisticQuery(definition_id=definition_id, definition_version=1)
    page = common.PageRequest(size=25)
    events: list[pb.StatisticEvent] = []
    while True:
        request = pb.ListStatisticEventsRequest(query=query, page=page)
        answer = await supervisor.ask("ListStatisticEvents", request)
        events += answer.events
        if not answer.next_token:
            return events
        page.token = answer.next_token


async def the_operation_is_closed(supervisor: Supervisor, site: Site) -> None:
    operation = (await supervisor.ask("GetOperation", pb.GetOperationRequest(operation_id=OPERATION))).operation
    assert operation.stage == pb.OPERATION_STAGE_CLOSED
    assert {each.participant_id for each in operation.participants} == {each.party.id for each in site.publishers}
    assert all(each.HasField("checked_in_at") for each in operation.participants)


async def test_a_number_at_a_position_is_the_same_for_ever(kafka: Broker, databases: Databases, tmp_path: Path) -> None:
    async with Site.open(kafka, tmp_path) as site, site.platform(databases) as supervisor:
        (publisher,) = site.publishers
        education = joint.EducationRecorded(operation_id=OPERATION, head_count=3)
        await site.send(site.publish([Tale(publisher.party.id, education)] * 4))
        await supervisor.seen(site.publishers)
        before = await supervisor.number("joint.education")
        assert (before.value, before.query.at_position) == (12, 4)
        await site.send(site.publish([Tale(publisher.party.id, education)]))
        await supervisor.seen(site.publishers)
        assert await supervisor.number("joint.education", at_position=4) == before
        assert (await supervisor.number("joint.education", at_position=2)).value == 6
        assert (await supervisor.number("joint.education")).value == 15


async def test_a_number_is_of_a_period_an_authority_an_operation_and_a_type_of_operation(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    async with Site.open(kafka, tmp_path, 2) as site, site.platform(databases) as supervisor:
        lead, partner = (each.party.id for each in site.publishers)
        campaign, cross = name("campaign"), name("cross")
        plans = [
            joint.OperationPlanned(operation_id=campaign, lead_id=lead, operation_type=joint.OPERATION_TYPE_CAMPAIGN),
            joint.OperationPlanned(
                operation_id=cross, lead_id=lead, operation_type=joint.OPERATION_TYPE_SICHUAN_CHONGQING
            ),
        ]
        heads = [
            Tale(lead, joint.EducationRecorded(operation_id=campaign, head_count=1), MORNING),
            Tale(lead, joint.EducationRecorded(operation_id=cross, head_count=10), MORNING + timedelta(days=1)),
            Tale(partner, joint.EducationRecorded(operation_id=cross, head_count=100), MORNING + timedelta(days=2)),
        ]
        await site.send(site.publish([*(Tale(lead, plan) for plan in plans), *heads]))
        await supervisor.seen(site.publishers)
        tomorrow = to_timestamp(MORNING + timedelta(days=1))
        for expected, query in (
            (111, {}),
            (110, {"begins_at": tomorrow}),
            (1, {"ends_at": tomorrow}),
            (100, {"authority_id": partner}),
            (110, {"operation_id": cross}),
            (1, {"operation_type": joint.OPERATION_TYPE_CAMPAIGN}),
            (10, {"operation_type": joint.OPERATION_TYPE_SICHUAN_CHONGQING, "authority_id": lead}),
        ):
            assert (await supervisor.number("joint.education", **query)).value == expected


async def test_overdue_clocks_are_listed_with_the_body_that_must_act(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    async with Site.open(kafka, tmp_path) as site, site.platform(databases) as supervisor:
        bureau = site.publishers[0].party.id
        now = datetime.now(UTC)
        transfer_id = name("transfer", bureau)
        tales = [
            Tale(bureau, transfer.TransferOpened(transfer_id=transfer_id, facts="川E12345")),
            Tale(bureau, transfer.CaseTransferred(transfer_id=transfer_id, police_id="ga-510521")),
            *(
                Tale(bureau, a_clock(transfer_id, responsible, now + timedelta(hours=hours)))
                for responsible, hours in (("ga-510521", -2), (bureau, -1), ("jcy-510521", 1))
            ),
        ]
        await site.send(site.publish(tales))
        position = await supervisor.seen(site.publishers)
        overdue = (await supervisor.ask("ListOverdue", pb.ListOverdueRequest(min_position=position))).clocks
        assert [(each.clock.responsible_id, each.responsible_kind) for each in overdue] == [
            ("ga-510521", options.AUTHORITY_KIND_POLICE),
            (bureau, options.AUTHORITY_KIND_TRANSPORT),
        ]
        running = await supervisor.ask("ListClocks", pb.ListClocksRequest(responsible_id="jcy-510521"))
        assert [each.overdue for each in running.clocks] == [False]
        view = (await supervisor.ask("GetTransfer", pb.GetTransferRequest(transfer_id=transfer_id))).transfer
        assert [step.title_zh for step in view.steps] == ["成立专案组", "移送公安机关"]
        assert len(view.clocks) == 3
        assert "川E12345".encode() not in view.SerializeToString()


def a_clock(subject_id: str, responsible_id: str, due_at: datetime) -> deadlines.DeadlineStarted:
    started = deadlines.DeadlineStarted(
        deadline_id=name("clock", subject_id, responsible_id),
        rule_id="transfer.send",
        subject_id=subject_id,
        responsible_id=responsible_id,
        unit=deadlines.UNIT_HOURS,
        length=24,
        title="移送公安机关",
    )
    for field in ("started_at", "nominal_due_at", "effective_due_at"):
        getattr(started, field).CopyFrom(to_timestamp(due_at))
    return started


async def test_clocks_are_listed_by_pages_in_the_order_of_their_ends(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    async with Site.open(kafka, tmp_path) as site, site.platform(databases) as supervisor:
        bureau = site.publishers[0].party.id
        due = datetime(2025, 5, 1, 8, tzinfo=UTC)
        tales = [Tale(bureau, a_clock(name(n), "ga-510521", due + timedelta(hours=n // 2))) for n in range(7)]
        await site.send(site.publish(tales))
        await supervisor.seen(site.publishers)
        page, listed = common.PageRequest(size=3), []
        for _ in range(3):
            answer = await supervisor.ask("ListClocks", pb.ListClocksRequest(page=page))
            listed += [each.clock for each in answer.clocks]
            page.token = answer.next_token
        assert not page.token
        assert {clock.subject_id for clock in listed} == {name(n) for n in range(7)}
        ends = [clock.effective_due_at.ToMicroseconds() for clock in listed]
        assert ends == sorted(ends)
        assert {clock.status for clock in listed} == {clocks.STATUS_RUNNING}


async def test_watching_the_log_shows_each_event_once_and_begins_again_where_it_stopped(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    async with Site.open(kafka, tmp_path) as site, site.platform(databases) as supervisor:
        bureau = site.publishers[0].party.id
        tales = [Tale(bureau, joint.EducationRecorded(operation_id=OPERATION, head_count=n)) for n in range(1, 7)]
        signed = site.publish(tales)
        await site.send(signed[:3])
        first = await watched(supervisor, 0, 3)
        await site.send(signed[3:])
        rest = await watched(supervisor, first[-1].position, 3)
        assert [entry.event_id for entry in first + rest] == [event_id(wire) for _, wire in signed]
        assert {(entry.type, entry.matter_id) for entry in first} == {(type_name(joint.EducationRecorded), OPERATION)}


async def watched(supervisor: Supervisor, after: int, count: int) -> list[pb.WatchLogResponse]:
    metadata = (("authorization", f"Bearer {supervisor.token}"),)
    call = supervisor.stub.WatchLog(pb.WatchLogRequest(after_position=after), timeout=20, metadata=metadata)
    found = []
    async for entry in call:
        found.append(entry)
        if len(found) == count:
            call.cancel()
            return found
    raise AssertionError(f"the log gave {len(found)} entries, not {count}")


async def test_what_is_not_believed_is_listed_with_its_code(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    async with Site.open(kafka, tmp_path) as site, site.platform(databases) as supervisor:
        (publisher,) = site.publishers
        await site.send([(publisher, b"noise"), (publisher, b"noise"), (publisher, b"other noise")])

        async def counted() -> bool:
            return (await supervisor.feeds())[publisher.party.id].quarantined == 3

        await eventually(counted, within=20)
        answer = await supervisor.ask("ListQuarantine", pb.ListQuarantineRequest(page=common.PageRequest(size=1)))
        request = pb.ListQuarantineRequest(page=common.PageRequest(size=1, token=answer.next_token))
        rest = await supervisor.ask("ListQuarantine", request)
        entries = [*answer.entries, *rest.entries]
        assert {(entry.code, entry.way, entry.times) for entry in entries} == {
            ("MALFORMED", "kafka", 2),
            ("MALFORMED", "kafka", 1),
        }
        assert not rest.next_token


DAY = to_timestamp(datetime(2024, 12, 18, tzinfo=UTC))
EMPTY: dict[str, object] = {"begins_at": DAY, "ends_at": DAY}


@pytest.mark.parametrize(
    ("method", "question", "reason", "status"),
    [
        ("GetStatistic", {"definition_id": "invented"}, "UNKNOWN_DEFINITION", grpc.StatusCode.NOT_FOUND),
        ("GetStatistic", {"definition_id": "joint.cars", "part": "BLUE"}, "UNKNOWN_PART", None),
        ("GetStatistic", {"definition_id": "cases.filed", "operation_id": OPERATION}, "NOT_OF_OPERATIONS", None),
        ("GetStatistic", {"definition_id": "joint.cars", "at_position": 10**9}, "POSITION_AHEAD", None),
        ("GetStatistic", {"definition_id": "joint.cars"} | EMPTY, "EMPTY_PERIOD", None),
        ("ListStatisticEvents", {"definition_id": "joint.cars", "part": "BLUE"}, "UNKNOWN_PART", None),
    ],
)
async def test_a_question_without_an_answer_is_refused_with_its_reason(
    asked: Supervisor, method: str, question: dict[str, object], reason: str, status: grpc.StatusCode | None
) -> None:
    query = pb.StatisticQuery(**{"definition_version": 1} | question)  # type: ignore[arg-type]
    request = {"GetStatistic": pb.GetStatisticRequest, "ListStatisticEvents": pb.ListStatisticEventsRequest}[method]
    error = await refusal(asked, method, request(query=query))
    assert error.reason == reason
    assert status is None or error.code is status


class Refusal(Exception):
    """Reason and status of a refused call."""

    def __init__(self, reason: str, code: grpc.StatusCode) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code


async def refusal(supervisor: Supervisor, method: str, request: object) -> Refusal:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await supervisor.ask(method, request)  # type: ignore[arg-type]
    status = rpc_status.from_call(caught.value)
    info = error_details_pb2.ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    return Refusal(info.reason, caught.value.code())


@pytest.fixture(scope="module")
async def asked(kafka: Broker, _databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A platform of which questions are asked that need no events."""
    async with Site.open(kafka, tmp_path_factory.mktemp("site")) as site, site.platform(_databases) as supervisor:
        yield supervisor


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("GetOperation", pb.GetOperationRequest(operation_id=name("unknown")), "NOT_FOUND"),
        ("GetCase", pb.GetCaseRequest(case_id=name("unknown")), "NOT_FOUND"),
        ("GetTransfer", pb.GetTransferRequest(transfer_id=name("unknown")), "NOT_FOUND"),
        ("GetFeedPosition", pb.GetFeedPositionRequest(publisher_id="jt-999999"), "NOT_SUBSCRIBED"),
        (
            "ResumeFeed",
            pb.ResumeFeedRequest(command_id=str(uuid7()), publisher_id="jt-999999", reason="x"),
            "NOT_SUBSCRIBED",
        ),
        ("ListClocks", pb.ListClocksRequest(page=common.PageRequest(token="%")), "BAD_PAGE_TOKEN"),
        ("ListQuarantine", pb.ListQuarantineRequest(page=common.PageRequest(token="a.b")), "BAD_PAGE_TOKEN"),
        ("GetCase", pb.GetCaseRequest(case_id="no id"), "INVALID_REQUEST"),
        ("GetStatistic", pb.GetStatisticRequest(), "INVALID_REQUEST"),
    ],
)
async def test_what_cannot_be_answered_says_why(asked: Supervisor, method: str, request_: object, reason: str) -> None:
    assert (await refusal(asked, method, request_)).reason == reason


async def test_a_feed_of_which_nothing_came_is_listed_at_its_beginning(asked: Supervisor) -> None:
    (feed,) = (await asked.feeds()).values()
    assert (feed.seq, feed.HasField("last_stored_at")) == (0, False)


async def test_who_shows_no_token_is_told_nothing(asked: Supervisor) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asked.stub.ListFeeds(pb.ListFeedsRequest(), timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
