"""A case's journey: a trace hangs below the span that caused it, in whichever authority; feeds are told apart."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console

from services.cli.trace import Span, is_feed, journey


def span(trace: str, name: str, parent: str = "", *, causes: Sequence[str] = (), authority: str = "jt-510521") -> Span:
    """A span that is known by its name."""
    return {
        "traceId": trace,
        "spanId": name,
        "parentId": parent,
        "name": name,
        "startedAt": "2025-05-01T01:00:00+00:00",
        "durationUs": "1200",
        "status": "UNSET",
        "authorityId": authority,
        "attributes": {},
        "links": [{"traceId": "", "spanId": cause} for cause in causes],
    }


COMMAND = [span("t1", "Transfer"), span("t1", "append", "Transfer")]
RECEIVED = [
    span("t2", "process mailbox.ga-510521", causes=["append"], authority="ga-510521"),
    span("t2", "react", "process mailbox.ga-510521", authority="ga-510521"),
]


def shown(*traces: Sequence[Span]) -> list[str]:
    """Lines of the tree without times and ids."""
    output = StringIO()
    Console(file=output, width=200).print(journey(traces))
    return [line.split("  1.2 ms")[0].rstrip() for line in output.getvalue().splitlines()]


def test_what_another_authority_did_hangs_below_its_cause() -> None:
    assert shown(COMMAND, RECEIVED) == [
        "2025-05-01 09:00:00 +08:00  jt-510521  Transfer",
        "└── jt-510521  append",
        "    └── ↪ ga-510521  process mailbox.ga-510521",
        "        └── ga-510521  react",
    ]


def test_a_trace_whose_cause_is_not_shown_stands_on_its_own() -> None:
    assert shown(RECEIVED)[0] == "2025-05-01 09:00:00 +08:00  ga-510521  process mailbox.ga-510521"


def test_a_span_whose_parent_was_lost_is_still_shown() -> None:
    assert shown([span("t1", "append", "lost")]) == ["2025-05-01 09:00:00 +08:00  jt-510521  append"]


def test_links_within_a_trace_do_not_move_a_span() -> None:
    react = span("t1", "react", "Transfer", causes=["append"])
    assert shown([*COMMAND, react])[1:] == ["├── jt-510521  append", "└── jt-510521  react"]


def test_a_trace_that_only_carries_a_feed_is_one() -> None:
    assert is_feed([span("t1", "send feed.jt-510521")])
    assert not is_feed(COMMAND)
