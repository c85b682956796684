"""`enforcement trace`: one case across authorities, by its spans and their links."""

import json as jsonlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Group
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from services.cli.case.naming import case_id_of
from services.cli.connection import Connection, run
from services.cli.language import command, t
from services.cli.options import CaseName
from services.cli.output import Failure, Json, instant, note, show

CORRELATION = "SELECT correlation_id FROM ledger.event WHERE stream_id = $1 ORDER BY position LIMIT 1"
SPANS = "SELECT * FROM spans_of_case_v1($1)"


Span = dict[str, Any]
"""A span as the JSON output has it."""


def add_to(app: typer.Typer) -> None:
    """Adds the command to the root."""
    command(
        app, "trace",
        "跨单位追踪一个案件：每条指令一条链路，链路之间以链接相连。\n\n"
        "示例：`enforcement -n jt-510521 trace 川泸2026-0042`",
        "Follow a case across authorities: one trace for each command, links between them.\n\n"
        "Example: `enforcement -n jt-510521 trace 川泸2026-0042`",
    )(trace)  # fmt: skip


def trace(
    context: typer.Context,
    case: CaseName,
    authority: Annotated[
        str, typer.Option("--authority", help=t("只看该单位的节点。", "Only this authority's spans."))
    ] = "",
    feeds: Annotated[
        bool, typer.Option("--feeds", help=t("也显示向各订阅方的公布。", "Also show the feeds' way."))
    ] = False,
    json: Json = False,
) -> None:
    connection: Connection = context.obj

    async def work() -> tuple[str, list[Span]]:
        case_id = await _correlation(connection, case)
        async with connection.database(traces=True) as database:
            rows = await database.fetch(SPANS, case_id)
        return case_id, [_span(row) for row in rows]

    case_id, spans = run(work())
    spans = [span for span in spans if authority in ("", span["authorityId"])]
    if not spans:
        raise Failure(
            t(f"没有案件 {case_id} 的链路", f"no spans of case {case_id}"),
            hint=t("节点是否设置了 ENFORCEMENT_OTLP_ENDPOINT？", "do the nodes export? ENFORCEMENT_OTLP_ENDPOINT"),
        )
    traces = _by_trace(spans)
    data = {"caseId": case_id, "traces": [{"traceId": key, "spans": of} for key, of in traces.items()]}
    chosen = [of for of in traces.values() if feeds or not is_feed(of)]
    show(data, journey(chosen), as_json=json)
    if not json:
        authorities = sorted({span["authorityId"] for span in spans})
        note(f"{len(traces)} {t('条链路', 'traces')} · {len(spans)} spans · {'、'.join(authorities)}")
        if len(chosen) < len(traces):
            hidden = len(traces) - len(chosen)
            note(t(f"未显示 {hidden} 条公布链路：--feeds", f"{hidden} traces of feeds are not shown: --feeds"))


async def _correlation(connection: Connection, case: str) -> str:
    """The id by which every authority follows the case; a correlation id is its own answer."""
    stream = UUID(await case_id_of(connection, case))
    if connection.settings.dsn is None:
        return str(stream)
    async with connection.database() as database:
        return str(await database.fetchval(CORRELATION, stream) or stream)


def _span(row: Any) -> Span:
    return {
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
        "parentId": row["parent_id"],
        "name": row["name"],
        "kind": row["kind"],
        "startedAt": row["started_at"].isoformat(),
        "durationUs": str(row["duration_us"]),
        "status": row["status"],
        "authorityId": row["authority_id"],
        "service": row["service"],
        "attributes": jsonlib.loads(row["attributes"]),
        "links": jsonlib.loads(row["links"]),
    }


def _by_trace(spans: Iterable[Span]) -> dict[str, list[Span]]:
    traces: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        traces[span["traceId"]].append(span)
    return traces


def is_feed(spans: Sequence[Span]) -> bool:
    """Whether a trace only carries a feed: to many subscribers, and no step of the case."""
    return all(span["name"].split()[-1].startswith("feed.") for span in spans)


def journey(traces: Iterable[Sequence[Span]]) -> Group:
    """One tree for each trace that no other one caused; what a span caused in other traces hangs below it."""
    shown = [list(spans) for spans in traces]
    known = {span["spanId"]: span["traceId"] for spans in shown for span in spans}
    below: dict[str, list[Span]] = defaultdict(list)
    tops: list[Span] = []
    for spans in shown:
        own = {span["spanId"] for span in spans}
        for span in spans:
            causes = [
                link["spanId"]
                for link in span["links"]
                if known.get(link["spanId"], span["traceId"]) != span["traceId"]
            ]
            parent = span["parentId"] if span["parentId"] in own else next(iter(causes), "")
            (below[parent] if parent else tops).append(span)

    def add(branch: Tree, span: Span) -> None:
        for child in sorted(below[span["spanId"]], key=lambda each: str(each["startedAt"])):
            label = Text.from_markup(_label(child, elsewhere=child["traceId"] != span["traceId"]))
            add(branch.add(label), child)

    trees = []
    for span in tops:
        at = instant(datetime.fromisoformat(span["startedAt"]))
        tree = Tree(Text.from_markup(f"{at}  {_label(span, elsewhere=False)}  [dim]{span['traceId']}[/]"))
        add(tree, span)
        trees.append(tree)
    return Group(*trees)


def _label(span: Span, *, elsewhere: bool) -> str:
    parts = [
        f"[dim]↪[/] [bold]{span['authorityId']}[/]" if elsewhere else span["authorityId"],
        escape(span["name"].removeprefix("enforcement.")),
        f"[dim]{int(span['durationUs']) / 1000:.1f} ms[/]",
    ]
    if refusal := span["attributes"].get("enforcement.refusal"):
        parts.append(f"{t('被拒绝', 'refused')}: {refusal}")
    if span["status"] == "ERROR":
        parts.append(f"[red]{span['status']} {span['attributes'].get('error.type', '')}[/]")
    return "  ".join(parts)
