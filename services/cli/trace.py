"""`enforcement trace`: one case across authorities, by its spans and their links."""

import json as jsonlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from enforcement.cases.v1 import service_pb2_grpc as cases_grpc
from rich.console import Group
from rich.tree import Tree

from services.cli.cases import names_case
from services.cli.connection import Connection, run
from services.cli.language import command, t
from services.cli.options import CaseName
from services.cli.output import Failure, Json, instant, note, show

CORRELATION = "SELECT correlation_id FROM ledger.event WHERE stream_id = $1 ORDER BY position LIMIT 1"
SPANS = "SELECT * FROM spans_of_case_v1($1)"


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
    json: Json = False,
) -> None:
    connection: Connection = context.obj

    async def work() -> tuple[str, list[dict[str, Any]]]:
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
    show(data, Group(*(_tree(key, of, spans) for key, of in traces.items())), as_json=json)
    if not json:
        authorities = sorted({span["authorityId"] for span in spans})
        note(f"{len(traces)} {t('条链路', 'traces')} · {len(spans)} spans · {'、'.join(authorities)}")


async def _correlation(connection: Connection, case: str) -> str:
    """The id by which every authority follows the case; a correlation id is its own answer."""
    try:
        stream = UUID(case)
    except ValueError:
        found = await connection.ask(cases_grpc.CasesServiceStub, "GetCase", names_case(case))
        stream = UUID(found.case.summary.case_id)
    if connection.settings.dsn is None:
        return str(stream)
    async with connection.database() as database:
        return str(await database.fetchval(CORRELATION, stream) or stream)


def _span(row: Any) -> dict[str, Any]:
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


def _by_trace(spans: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    traces: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in spans:
        traces[span["traceId"]].append(span)
    return traces


def _tree(trace_id: str, spans: Sequence[dict[str, Any]], everything: Sequence[dict[str, Any]]) -> Tree:
    names = {span["spanId"]: f"{span['authorityId']} {span['name']}" for span in everything}
    children: dict[str, list[dict[str, Any]]] = defaultdict(list)
    own = {span["spanId"] for span in spans}
    for span in spans:
        children[span["parentId"] if span["parentId"] in own else ""].append(span)
    tree = Tree(f"[bold]{instant(datetime.fromisoformat(spans[0]['startedAt']))}[/]  [dim]trace {trace_id}[/]")

    def add(branch: Tree, span: dict[str, Any]) -> None:
        causes = "、".join(names.get(link["spanId"], link["traceId"][:8]) for link in span["links"])
        refusal = span["attributes"].get("enforcement.refusal", "")
        text = f"{span['authorityId']}  {span['name']}  [dim]{int(span['durationUs']) / 1000:.1f} ms[/]"
        text += f"  [dim]↩ {causes}[/]" if causes else ""
        text += f"  {t('被拒绝', 'refused')}: {refusal}" if refusal else ""
        text += f"  [red]{span['status']}[/]" if span["status"] == "ERROR" else ""
        node = branch.add(text)
        for child in children[span["spanId"]]:
            add(node, child)

    for span in children[""]:
        add(tree, span)
    return tree
