"""One command is one trace; a case is on every span of it; nothing costs when nothing is configured."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from services.kernel import telemetry
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.telemetry import Attribute, Log, Metrics, Spans

CASE = "0193d5a0-0000-7000-8000-000000000042"


class Recorded:
    """What was recorded since the test began."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()

    def span(self, name: str) -> ReadableSpan:
        [found] = [span for span in self.exporter.get_finished_spans() if span.name == name]
        return found

    def metric(self, name: str) -> list[dict[str, object]]:
        data = self.reader.get_metrics_data()
        metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        return [
            {**(point.attributes or {}), "value": getattr(point, "value", None)}
            for metric in metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture
async def recorded() -> AsyncIterator[Recorded]:
    recorded = Recorded()
    telemetry.configure(
        authority_id="jt-510521",
        service="node",
        span_processor=SimpleSpanProcessor(recorded.exporter),
        metric_reader=recorded.reader,
    )
    yield recorded
    await telemetry.shutdown()


async def test_without_configuration_nothing_is_recorded_and_no_traceparent_is_made() -> None:
    with telemetry.span(Spans.APPEND, target="case") as span:
        assert not span.is_recording()
        assert telemetry.current_traceparent() == ""
    assert not telemetry.recording()


async def test_steps_of_a_command_are_children_of_its_call(recorded: Recorded) -> None:
    with telemetry.span(Spans.SERVE, target="S/M"), telemetry.span(Spans.APPEND, target="case"):
        pass
    call, append = recorded.span("S/M"), recorded.span("append case")
    assert append.parent is not None
    assert call.context is not None
    assert append.parent.span_id == call.context.span_id
    assert (call.kind, append.kind) == (SpanKind.SERVER, SpanKind.INTERNAL)
    assert call.resource.attributes[Attribute.AUTHORITY_ID] == "jt-510521"


async def test_a_case_found_late_reaches_the_open_and_the_later_spans(recorded: Recorded) -> None:
    with telemetry.span(Spans.SERVE, target="S/M"):
        telemetry.follow_case(CASE)
        with telemetry.span(Spans.APPEND, target="case"):
            pass
    assert all(s.attributes and s.attributes[Attribute.CASE_ID] == CASE for s in recorded.exporter.get_finished_spans())


async def test_a_span_that_names_its_case_tells_the_spans_around_it(recorded: Recorded) -> None:
    with telemetry.server_span("S/M"), telemetry.span(Spans.APPEND, case_id=CASE):
        pass
    assert [s.attributes and s.attributes.get(Attribute.CASE_ID) for s in recorded.exporter.get_finished_spans()] == [
        CASE,
        CASE,
    ]


async def test_an_officers_call_is_continued_and_a_peers_call_only_linked(recorded: Recorded) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with telemetry.server_span("S/Officer", theirs), telemetry.server_span("S/Peer", theirs, peer=True):
        pass
    officer, peer = recorded.span("S/Officer"), recorded.span("S/Peer")
    assert officer.context is not None
    assert f"{officer.context.trace_id:032x}" == telemetry.trace_id(theirs)
    assert peer.parent is None
    assert [f"{link.context.trace_id:032x}" for link in peer.links] == [telemetry.trace_id(theirs)]


@pytest.mark.parametrize(
    ("error", "code", "status", "note"),
    [
        (Refused(KernelRefusal.NOT_FOUND, id="x"), 5, StatusCode.UNSET, (Attribute.REFUSAL, "NOT_FOUND")),
        (OSError("secret"), 13, StatusCode.ERROR, (Attribute.ERROR_TYPE, "OSError")),
    ],
)
async def test_a_call_ends_with_its_status_in_span_and_metric(
    recorded: Recorded, error: Exception, code: int, status: StatusCode, note: tuple[str, str]
) -> None:
    def call() -> None:
        with telemetry.server_span("S/M") as opened:
            telemetry.fail(opened, error, code)
            raise RuntimeError("abort")

    with pytest.raises(RuntimeError, match="abort"):
        call()
    span = recorded.span("S/M")
    assert span.status.status_code is status
    assert span.attributes is not None
    assert span.attributes[note[0]] == note[1]
    [point] = recorded.metric(Metrics.CALL_DURATION.name)
    assert point["rpc_status_code"] == span.attributes[Attribute.RPC_STATUS]


async def test_concurrent_commands_keep_their_cases_apart(recorded: Recorded) -> None:
    async def command(case_id: str) -> None:
        with telemetry.span(Spans.SERVE, target=case_id, new_trace=True):
            await asyncio.sleep(0)
            telemetry.follow_case(case_id)
            await asyncio.sleep(0)
            with telemetry.span(Spans.APPEND, target=case_id):
                await asyncio.sleep(0)

    await asyncio.gather(*(command(str(number)) for number in range(20)))
    for span in recorded.exporter.get_finished_spans():
        assert span.attributes is not None
        assert span.name.endswith(str(span.attributes[Attribute.CASE_ID]))
    assert len(recorded.exporter.get_finished_spans()) == 40


@pytest.mark.parametrize("live", [True, False])
async def test_a_reaction_goes_on_with_the_trace_only_while_live(recorded: Recorded, live: bool) -> None:
    with telemetry.span(Spans.SERVE, target="S/M") as call:
        row = telemetry.current_traceparent()
    with telemetry.reaction(Spans.REACT, row, live=live, target="transfer"):
        pass
    reaction = recorded.span("process transfer")
    assert reaction.context is not None
    assert (reaction.context.trace_id == call.get_span_context().trace_id) is live
    assert (reaction.parent is not None) is live
    assert [link.context.span_id for link in reaction.links] == [call.get_span_context().span_id]


async def test_what_another_authority_sent_starts_a_trace_with_a_link(recorded: Recorded) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"
    with telemetry.span(Spans.RECEIVE, target="mailbox.ga-510521", new_trace=True, links=(theirs, "rubbish")):
        pass
    received = recorded.span("process mailbox.ga-510521")
    assert received.parent is None
    assert [f"{link.context.trace_id:032x}" for link in received.links] == [telemetry.trace_id(theirs)]


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "rubbish",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ],
)
def test_a_malformed_traceparent_is_no_link(malformed: str) -> None:
    assert telemetry.remote_link(malformed) is None


async def test_a_refusal_is_an_answer_and_not_an_error(recorded: Recorded) -> None:
    with pytest.raises(Refused), telemetry.span(Spans.SERVE, target="S/M"):
        raise Refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    span = recorded.span("S/M")
    assert span.attributes is not None
    assert span.attributes[Attribute.REFUSAL] == "TWO_OFFICERS_NEEDED"
    assert span.status.status_code is StatusCode.UNSET


async def test_a_failure_is_an_error_without_its_text(recorded: Recorded) -> None:
    with pytest.raises(ValueError, match="渝A12345"), telemetry.span(Spans.SERVE, target="S/M"):
        raise ValueError("渝A12345")
    span = recorded.span("S/M")
    assert span.status.status_code is StatusCode.ERROR
    assert "渝A12345" not in span.to_json()


async def test_a_replay_records_no_spans(recorded: Recorded) -> None:
    with telemetry.suppressed(), telemetry.span(Spans.APPEND):
        assert not telemetry.recording()
    assert recorded.exporter.get_finished_spans() == ()


async def test_metrics_count_by_label(recorded: Recorded) -> None:
    Metrics.INBOX.add(sender="jt-510521", verdict="RECORDED")
    Metrics.INBOX.add(2, sender="jt-510521", verdict="DUPLICATE")
    Metrics.READER_LAG.set(7, reader="cases.views")
    assert sorted(point["value"] for point in recorded.metric(Metrics.INBOX.name)) == [1, 2]  # type: ignore[type-var]
    assert recorded.metric(Metrics.READER_LAG.name) == [{"reader": "cases.views", "value": 7}]


async def test_after_shutdown_metrics_and_spans_are_silent_again(recorded: Recorded) -> None:
    await telemetry.shutdown()
    Metrics.INBOX.add(sender="jt-510521", verdict="RECORDED")
    assert not telemetry.recording()


def test_every_metric_has_a_name_of_its_own_a_unit_and_a_sentence() -> None:
    metrics = Metrics.all()
    assert len({metric.name for metric in metrics}) == len(metrics)
    assert all(metric.unit and metric.sentence.endswith(".") for metric in metrics)


async def test_a_log_line_is_one_json_object_with_its_trace_and_case(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    telemetry.configure_logs(authority_id="jt-510521", service="node")
    with telemetry.span(Spans.SERVE, target="S/M", case_id=CASE) as span:
        Log("services.exchange").info("receipt recorded", peer="ga-510521")
    line = json.loads(stdout.getvalue())
    assert line["event"] == "receipt recorded"
    assert (line["peer"], line["authority"], line["case_id"]) == ("ga-510521", "jt-510521", CASE)
    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"


async def test_what_is_unseen_leaves_no_span_no_count_and_no_id(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    with telemetry.unseen(), telemetry.server_span("S/Secret") as span:
        with telemetry.span(Spans.APPEND, target="secret", case_id=CASE):
            Metrics.COMMANDS.add(type="secret", outcome="recorded")
        telemetry.fail(span, OSError("secret"), 13)
        assert telemetry.current_traceparent() == ""
        try:
            raise OSError("secret")
        except OSError:
            Log("services.test").exception("a method failed", method="secret")
    assert recorded.exporter.get_finished_spans() == ()
    assert recorded.metric(Metrics.COMMANDS.name) == recorded.metric(Metrics.CALL_DURATION.name) == []
    [line] = caplog.records
    assert (line.getMessage(), vars(line)["ids"], line.exc_info) == ("a method failed", {}, None)


async def test_what_comes_after_the_unseen_is_seen(recorded: Recorded) -> None:
    with telemetry.unseen():
        pass
    with telemetry.unseen(False), telemetry.server_span("S/Open"):
        pass
    assert recorded.span("S/Open").name == "S/Open"
