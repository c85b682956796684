"""`enforcement ledger`: the authority's log itself, read from its database."""

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any
from uuid import UUID

import typer
from enforcement.ledger.v1 import meta_pb2

from services.cli import contract
from services.cli.connection import Connection, missing, run
from services.cli.language import command, group, t
from services.cli.options import Position
from services.cli.output import ExitCode, Failure, Json, as_json, fields, instant, line, note, show, table
from services.kernel.facts import decode
from services.kernel.ledger import Event, Ledger, reading
from services.kernel.ledger.events import events_of
from services.kernel.ledger.statistics import statistics
from services.kernel.ledger.verify import verify
from services.kernel.messages import from_microseconds, is_restricted

app = group("账本：本单位的事件日志。", "The ledger: this authority's log of events.")

LAST = """
SELECT position, stream_id, version, event_id, type, schema_version, recorded_at, correlation_id, causation_id,
       traceparent, meta, body, hash
  FROM ledger.event
 WHERE position <= $1 AND ($2::text IS NULL OR type LIKE $2) AND ($3::uuid IS NULL OR correlation_id = $3)
 ORDER BY position DESC LIMIT $4
"""
HEADINGS = (
    "position",
    t("记录时间", "recorded"),
    t("行为时间", "occurred"),
    t("事件", "event"),
    t("来源", "actor"),
    t("流", "stream"),
)

Type = Annotated[
    str | None,
    typer.Option("--type", help=t("事件类型，可用 * ，如 *.CaseFiled。", "Event type, * allowed, e.g. *.CaseFiled.")),
]
Case = Annotated[
    UUID | None, typer.Option("--case", help=t("只看该案（关联编号）。", "Only this case (correlation id)."))
]


@command(
    app, "tail",
    "显示最近的事件。\n\n示例：`enforcement -n jt-510521 ledger tail --type CaseFiled -f`",
    "Show the newest events.\n\nExample: `enforcement -n jt-510521 ledger tail --type CaseFiled -f`",
)  # fmt: skip
def tail(
    context: typer.Context,
    count: Annotated[int, typer.Option("--count", "-c", min=0, max=10_000, help=t("条数。", "How many."))] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help=t("继续显示新事件，直到Ctrl-C。", "Go on until Ctrl-C."))
    ] = False,
    kind: Type = None,
    case: Case = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    pattern = None if kind is None else kind if "." in kind or "*" in kind else f"*.{kind}"

    async def work() -> None:
        async with connection.database() as database:
            head = await reading.head(database)
            events = events_of(reversed(await database.fetch(LAST, head, _like(pattern), case, count)))
        if not follow:
            rows = [_row(event) for event in events]
            show({"head": str(head), "events": [_json(event) for event in events]}, table(HEADINGS, rows), as_json=json)
            return
        for event in events:
            line(_json(event), _text(event), as_json=json)
        await _follow(connection, head, pattern, case, json)

    try:
        run(work())
    except KeyboardInterrupt:  # how one stops to follow
        if not follow:
            raise


@command(
    app, "show", "显示一个事件的全部内容。\n\n示例：`enforcement -n jt-510521 ledger show 41`",
    "Show one event whole.\n\nExample: `enforcement -n jt-510521 ledger show 41`",
)  # fmt: skip
def show_event(
    context: typer.Context,
    position: Position,
    json: Json = False,
) -> None:
    connection: Connection = context.obj

    async def work() -> Event | None:
        async with connection.database() as database:
            return next(iter(events_of(await database.fetch(reading.FEED, position - 1, 1))), None)

    event = run(work())
    if event is None or event.position != position:
        raise Failure(f"{t('账本中没有位置', 'the ledger has no position')} {position}")
    data = _json(event)
    times = {name: instant(datetime.fromisoformat(data[name])) for name in ("recordedAt", "occurredAt")}
    rows = [(name, value) for name, value in (data | times).items() if not isinstance(value, dict)]
    body = [(name, value) for name, value in data["body"].items()] if data["body"] is not None else []
    show(data, fields([*rows, *((f"body.{name}", value) for name, value in body)]), as_json=json)


@command(
    app, "verify",
    "逐条核验哈希、位置、版本和指令；发现问题时退出码为4。",
    "Check every hash, position, version and command; exit code 4 when something is found.",
)  # fmt: skip
def verify_all(context: typer.Context, json: Json = False) -> None:
    connection: Connection = context.obj

    async def work() -> tuple[int, list[dict[str, str]]]:
        async with connection.database() as database:
            head = await reading.head(database)
            found = [
                {
                    "problem": finding.problem.name,
                    "position": str(finding.position or ""),
                    "streamId": str(finding.stream_id or ""),
                    "detail": finding.detail,
                }
                async for finding in verify(database)
            ]
            return head, found

    head, found = run(work())
    text = t(f"已核验至位置 {head}：未发现问题", f"verified up to position {head}: nothing found")
    headings = (t("问题", "problem"), "position", t("流", "stream"), "")
    people: Any = table(headings, [tuple(row.values()) for row in found]) if found else text
    show({"head": str(head), "findings": found}, people, as_json=json)
    if found:
        raise Failure(
            t(f"发现 {len(found)} 处问题", f"{len(found)} findings"),
            hint="docs/operations.md",
            code=ExitCode.FOUND,
        )


@command(app, "stats", "账本的规模：按类别的流和事件。", "The ledger in numbers: streams and events by category.")
def stats(context: typer.Context, json: Json = False) -> None:
    connection: Connection = context.obj

    async def work() -> Any:
        async with connection.database() as database:
            return await statistics(database)

    figures = run(work())
    categories = [
        {"category": name, "streams": figures.streams[name], "events": figures.events[name]}
        for name in figures.streams
        if name not in contract.restricted_categories()
    ]
    data = {
        "position": str(figures.position),
        "epoch": figures.epoch,
        "recordedAt": figures.recorded_at.isoformat(),
        "bytes": str(figures.bytes),
        "categories": categories,
    }
    headings = (t("类别", "category"), t("流", "streams"), t("事件", "events"))
    show(data, table(headings, [tuple(row.values()) for row in categories]), as_json=json)
    if not json:
        note(f"position {figures.position} · {instant(figures.recorded_at)} · {figures.bytes / 1e6:.1f} MB")


async def _follow(connection: Connection, after: int, pattern: str | None, case: UUID | None, json: bool) -> None:
    if connection.settings.dsn is None:
        raise missing("ENFORCEMENT_DSN")
    async with (
        Ledger.open(connection.settings.dsn.get_secret_value()) as ledger,
        ledger.feed.subscribe(after) as pages,
    ):
        async for page in pages:
            for event in page.events:
                if (pattern is None or fnmatchcase(event.type, pattern)) and case in (None, event.correlation_id):
                    line(_json(event), _text(event), as_json=json)


def _like(pattern: str | None) -> str | None:
    """A shell pattern as one of LIKE."""
    return None if pattern is None else pattern.replace("_", r"\_").replace("*", "%")


def _is_restricted(event: Event) -> bool:
    """Whether only those on a list know of it: its service shows it to them, this command to nobody."""
    contract.load()
    return is_restricted(event.type)


def _row(event: Event) -> tuple[object, ...]:
    if _is_restricted(event):
        return (event.position, instant(event.recorded_at), "", t("受限", "restricted"), "", "")
    meta = meta_pb2.Meta.FromString(event.meta)
    actor = f"{meta.actor} ← {meta.origin.authority}" if meta.origin.authority else meta.actor
    return (
        event.position,
        instant(event.recorded_at),
        instant(from_microseconds(meta.occurred_us)),
        event.type.removeprefix("enforcement."),
        actor,
        event.stream_id,
    )


def _text(event: Event) -> str:
    return "  ".join(str(cell) for cell in _row(event))


def _json(event: Event) -> dict[str, Any]:
    if _is_restricted(event):
        shown = {"position": str(event.position), "recordedAt": event.recorded_at.isoformat()}
        return {**shown, "occurredAt": event.recorded_at.isoformat(), "hash": event.hash.hex(), "body": None}
    meta = meta_pb2.Meta.FromString(event.meta)
    body = decode(event)
    return {
        "position": str(event.position),
        "type": event.type,
        "streamId": str(event.stream_id),
        "version": event.version,
        "eventId": str(event.event_id),
        "recordedAt": event.recorded_at.isoformat(),
        "occurredAt": from_microseconds(meta.occurred_us).isoformat(),
        "correlationId": str(event.correlation_id),
        "causationId": str(event.causation_id),
        "traceparent": event.traceparent or "",
        "hash": event.hash.hex(),
        "meta": as_json(meta),
        "body": None if body is None else as_json(body),
    }
