"""The report at the end of the demo: what happened, in whose ledger, with which receipts, clocks and traces."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.local.authorities import Authorities
from deploy.local.story.cast import LUXIAN
from deploy.local.story.telling import ClockRow, Delivery, Report, Step, Telling, Words
from services.kernel.citation import OWN_RULE, in_chinese
from services.kernel.clock import SHANGHAI

Translate = Callable[[str, str], str]


def as_json(report: Report) -> str:
    """The whole report as one object, instants in ISO form."""
    return json.dumps(asdict(report), ensure_ascii=False, default=_plain)


def show(report: Report, console: Console, lang: str) -> None:
    """The report for people."""

    def in_(zh: str, en: str) -> str:
        return Words(zh, en).of(lang)

    console.rule(in_("报告", "Report"))
    for chapter in report.telling.chapters:
        console.print(f"\n[bold]{chapter.number}. {chapter.title.of(lang)}[/] [dim]{chapter.seconds:.1f} s[/]")
        console.print(_steps(chapter.steps, lang, in_))
    _receipts(report.telling, console, in_)
    _clocks(report.telling, console, in_)
    _figures(report.telling, console, in_)
    _disclosure(report.telling, console, in_)
    _trail(report.telling, console, in_)
    _comparison(report, console, in_)
    console.print(in_(f"\n用时 {report.seconds:.1f} 秒", f"\n{report.seconds:.1f} s in all"))


def _steps(steps: Iterable[Step], lang: str, in_: Translate) -> Table:
    table = _table("", in_("时间", "time"), in_("单位", "authority"), in_("何人", "who"))
    table.add_column(in_("何事", "what"), ratio=1, overflow="fold")
    table.add_column(in_("账本位置", "ledger"), justify="right", no_wrap=True)
    table.add_column(in_("踪迹", "trace"), no_wrap=True)
    for step in steps:
        what = escape(step.what.of(lang))
        if step.sentence:
            law = _law(step.basis, in_)
            cited = in_(f"（{law}）", f" ({law})") if law else ""
            what += f"\n[dim]{escape(step.sentence.of(lang))}{cited}[/]"
        mark = {"recorded": "✓", "refused": "✗", "seen": "·"}[step.outcome]
        position = f"#{step.position}" if step.position else ""
        table.add_row(
            mark, _at(step.occurred_at), step.authority_id, step.officer.name, what, position, step.trace_id[:8]
        )
    return table


def _receipts(telling: Telling, console: Console, in_: Translate) -> None:
    console.print(f"\n[bold]{in_('回执：告知他方的每件信封，对方签了什么', 'Receipts: what others answered')}[/]")
    table = _table(
        in_("单位", "authority"),
        in_("告知", "told"),
        in_("序号", "place"),
        in_("信封哈希", "envelope"),
        in_("回执", "receipt"),
        in_("对方收到", "received"),
    )
    table.add_column(in_("事件", "event"), ratio=1, overflow="fold")
    for step in _told(telling):
        for one in step.deliveries:
            if one.recipient_id != "feed":
                table.add_row(step.authority_id, *_delivery(one), "、".join(step.events))
    console.print(table)


def _told(telling: Telling) -> Iterable[Step]:
    return (step for chapter in telling.chapters for step in chapter.steps if step.deliveries)


def _delivery(one: Delivery) -> tuple[str, str, str, str, str]:
    received = _at(one.received_at) if one.received_at else ""
    return one.recipient_id, str(one.seq), f"{one.env_hash[:16]}…", one.status, received


def _clocks(telling: Telling, console: Console, in_: Translate) -> None:
    names = _names(in_)
    console.print(f"\n[bold]{in_('案件的法定期限', 'Clocks of the case')}[/] {names(LUXIAN)}")
    console.print(_clock_table(telling.case_clocks, in_, names))
    for where, rows in telling.clocks.items():
        console.print(f"\n[bold]{in_('移送的法定期限', 'Clocks of the transfer')}[/] {names(where)}")
        console.print(_clock_table(rows, in_, names))
    for where, rows in telling.overdue.items():
        console.print(f"\n[bold]{in_('逾期', 'Missed clocks')}[/] {names(where)}")
        console.print(_clock_table(rows, in_, names))


def _law(basis: str, in_: Translate) -> str:
    """What a law gives; the platform's own rules need no citation."""
    return "" if basis == OWN_RULE else in_(in_chinese(basis), basis)


def _clock_table(rows: Iterable[ClockRow], in_: Translate, names: Callable[[str], str]) -> Table:
    table = _table(
        in_("起算", "started"),
        in_("名义届满", "nominal"),
        in_("实际届满", "effective"),
        in_("状态", "status"),
        in_("完成", "met"),
    )
    for heading in (in_("期限", "clock"), in_("责任单位", "responsible"), in_("依据", "basis")):
        table.add_column(heading, ratio=1, overflow="fold")
    for row in rows:
        status = f"[red]{in_('逾期', 'late')}[/]" if row.late else in_(row.status.zh, row.status.en)
        met = _at(row.met_at) if row.met_at else ""
        title, basis = in_(f"{row.title}\n[dim]{row.rule_id}[/]", row.rule_id), _law(row.basis, in_)
        table.add_row(
            _at(row.started_at), row.nominal, row.effective, status, met, title, names(row.responsible_id), basis
        )
    return table


def _figures(telling: Telling, console: Console, in_: Translate) -> None:
    names = _names(in_)
    for where, figures in telling.figures.items():
        console.print(f"\n[bold]{in_('平台统计', 'Figures')}[/] {names(where)}")
        table = _table(in_("口径", "definition"), in_("名称", "name"))
        table.add_column(in_("数", "number"), justify="right")
        table.add_column(in_("分项", "parts"))
        table.add_column(in_("所据事件", "events"), justify="right")
        for figure in figures:
            parts = " + ".join(_counted(count, name, in_) for name, count in figure.parts)
            value = in_(f"{figure.value}{figure.unit.zh}", f"{figure.value} {figure.unit.en}")
            table.add_row(figure.definition_id, in_(figure.name.zh, figure.name.en), value, parts, str(figure.events))
        console.print(table)


def _counted(count: int, name: Words, in_: Translate) -> str:
    return in_(f"{name.zh}{count}", f"{count} {name.en}")


def _disclosure(telling: Telling, console: Console, in_: Translate) -> None:
    console.print(
        f"\n[bold]{in_('最小披露：同一检索在何处找到多少项', 'Minimal disclosure: what one search found where')}[/]"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(in_("检索字节", "bytes"), justify="right", no_wrap=True)
    table.add_column(in_("找到", "found"), justify="right", no_wrap=True)
    table.add_column(in_("何处", "place"), ratio=1, overflow="fold")
    table.add_column(in_("内容", "words"), ratio=2, overflow="fold")
    for search in telling.searches:
        words = "、".join(search.found[:3]) + ("…" if len(search.found) > 3 else "")
        table.add_row(f"{search.bytes_read:,}", str(len(search.found)), search.place, words)
    console.print(table)


def _trail(telling: Telling, console: Console, in_: Translate) -> None:
    trail = telling.trail
    if trail is None:
        return
    where = "、".join(map(_names(in_), trail.authorities))
    zh = f"案件踪迹：{where}，{trail.traces}条踪迹、{trail.spans}个跨度、{trail.links}个链接"
    en = f"the case's trail: {where}; {trail.traces} traces, {trail.spans} spans, {trail.links} links"
    console.print(f"\n[bold]{in_(zh, en)}[/]\n[dim]enforcement trace {trail.case_id}[/]")


def _comparison(report: Report, console: Console, in_: Translate) -> None:
    found = report.comparison
    if found is None:
        return
    total = sum(found.events.values())
    zh = (
        f"第二遍：泸县节点被强制终止{len(found.kills)}次（{'、'.join(found.kills)}之后），"
        f"{found.doubled}件消息投递两次，各接收方共识别重复{found.recognised}次，用时{found.seconds:.1f}秒"
    )
    en = (
        f"second telling: Luxian's node killed {len(found.kills)} times (after {', '.join(found.kills)}), "
        f"{found.doubled} messages delivered twice, repeats noticed {found.recognised} times, {found.seconds:.1f} s"
    )
    console.print(f"\n[bold]{in_('两遍比对', 'The two tellings')}[/]\n{in_(zh, en)}")
    if not found.differences:
        zh, en = (
            f"七个账本的业务内容相同：{total}个事件",
            f"the domain content of all ledgers is the same: {total} events",
        )
        console.print(f"[green]✓[/] {in_(zh, en)}")
    for line in found.differences:
        console.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _names(in_: Translate) -> Callable[[str], str]:
    known = {each.id: each for each in Authorities.read().all}
    return lambda id_: in_(known[id_].authority.name, known[id_].name_en) if id_ in known else id_


def _at(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat(timespec="seconds")
    raise TypeError(f"a report holds no {type(value).__name__}")
