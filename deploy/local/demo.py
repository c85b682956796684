"""`make demo`: the story told twice on real nodes, the second time under kills and duplicates, and a report.

    first telling ──▶ content of its ledgers ──▶ second telling ──▶ content of its ledgers ──▶ the same? ──▶ report

Both tellings begin on empty databases with the same beginning, so they issue the same command ids; every other id in a
ledger derives from those or stands for the same thing, and the domain content must be the same (story/sameness.py says
what counts). Positions, receipts and the times of recording differ, and are not compared.

Promise   everything that was started is stopped when this ends, also by Ctrl-C and by a failure.
Failing   exit 1 and the reason when anything differs from what the story tells; 3 when a part did not start; 130 when
          it was interrupted.
Owns      <data>/first and <data>/second, which it deletes before it begins.
"""

import asyncio
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import typer
from enforcement.platform.v1.service_pb2 import ListFeedsRequest
from rich.console import Console

from deploy.local.authorities import Authorities
from deploy.local.cluster import DEFAULT_FOLDER, Cluster
from deploy.local.layout import Layout
from deploy.local.postgres import LocalPostgres
from deploy.local.process import ProcessEnded
from deploy.local.report.progress import Progress
from deploy.local.report.show import as_json, show
from deploy.local.story import whole
from deploy.local.story.calls import Refused, Surprise
from deploy.local.story.duplicates import doubling
from deploy.local.story.ledgers import repeats
from deploy.local.story.run import BEGINS, Run
from deploy.local.story.sameness import Content, content, differences
from deploy.local.story.telling import Comparison, Report, Telling
from deploy.local.story.trouble import Trouble

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
FOLDER: Final = DEFAULT_FOLDER / "demo"
WIDTH: Final = 160
"""Columns of a report that goes to a file."""
Publish = Callable[[Report], None]


@app.command()
def demo(
    lang: Annotated[str, typer.Option(help="报告语言 Language of the report: zh, en.")] = "zh",
    json: Annotated[bool, typer.Option("--json", help="以JSON输出报告 Print the report as JSON.")] = False,
    once: Annotated[bool, typer.Option("--once", help="只讲一遍 Skip the second telling.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="讲完后保持运行，直到Ctrl-C Keep running until Ctrl-C.")] = False,
    data: Annotated[Path, typer.Option(help="数据目录 Data folder.")] = FOLDER,
) -> None:
    """讲一遍故事，再在断电与重复投递之下讲一遍，比对两遍账本。Tell the story twice and compare the ledgers."""
    progress = Progress(Console(stderr=True, highlight=False), lang)
    terminal = Console(highlight=False)
    output = terminal if terminal.is_terminal else Console(highlight=False, width=WIDTH)

    def publish(report: Report) -> None:
        progress.pause()
        if json:
            output.print_json(as_json(report))
        else:
            show(report, output, lang)

    try:
        report = asyncio.run(_demo(data.resolve(), progress, publish, once=once, keep=keep))
    except ProcessEnded as error:
        raise _ended(progress, data, 3, str(error)) from None
    except (Surprise, Refused, LookupError) as error:
        raise _ended(progress, data, 1, str(error)) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise _ended(progress, data, 130, "已中断 interrupted") from None
    if report.comparison is not None and report.comparison.differences:
        raise typer.Exit(1)


def _ended(progress: Progress, data: Path, code: int, sentence: str) -> typer.Exit:
    progress.failed(sentence, data)
    return typer.Exit(code)


async def _demo(folder: Path, progress: Progress, publish: Publish, *, once: bool, keep: bool) -> Report:
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    began, beginning = monotonic(), datetime.now(UTC)
    with progress:
        try:
            async with _cluster(folder / "first", progress).running() as cluster:
                progress.part("第一遍", "First telling")
                report = Report(await _tell(Run(cluster, beginning, progress.hear)))
                if once:
                    await _finish(report, began, publish, keep=keep)
                    return report
                before = await content(cluster, beginning)
            async with _cluster(folder / "second", progress).running() as cluster:
                progress.part("第二遍：断电与重复投递", "Second telling: kills and duplicates")
                report.comparison = await _suffer(cluster, beginning, progress, before)
                await _finish(report, began, publish, keep=keep)
        except BaseExceptionGroup as group:
            raise _first(group) from group
    return report


def _cluster(folder: Path, progress: Progress) -> Cluster:
    """A cluster on empty ground: whatever an earlier run left there is stopped and deleted."""
    if (folder / "postgres").exists():
        LocalPostgres(folder / "postgres", 0).stop(at_once=True)
    shutil.rmtree(folder, ignore_errors=True)
    layout = Layout(folder, Authorities.read())
    return Cluster(layout, clock=BEGINS, collects=True, disposable=True, tell=progress.hear)


async def _tell(run: Run) -> Telling:
    try:
        await whole.tell(run)
    finally:
        await run.aclose()
    return run.telling


async def _suffer(cluster: Cluster, beginning: datetime, progress: Progress, before: Content) -> Comparison:
    """Tells the story under kills and duplicates, and compares what the ledgers say with the first telling."""
    began = monotonic()
    topics = cluster.layout.authorities.topics()
    async with doubling(cluster.broker.bootstrap, topics) as relay, asyncio.TaskGroup() as tasks:
        trouble = Trouble(cluster, tasks)
        await _tell(Run(cluster, beginning, progress.hear, trouble.after))
    after = await content(cluster, beginning)
    return Comparison(
        events=dict(after.events),
        differences=tuple(differences(before, after)),
        kills=tuple(trouble.kills),
        doubled=relay.doubled,
        recognised=await _recognised(Run(cluster, beginning)),
        seconds=monotonic() - began,
    )


async def _recognised(run: Run) -> int:
    """Envelopes that came again and were noticed, in mailboxes and, at the platforms, in feeds."""
    known = run.cluster.layout.authorities.all
    found = [await repeats(run.cluster, each.id) for each in known]
    for each in known:
        if each.feeds:
            found += [feed.duplicates for feed in (await run.administer(each.id, ListFeedsRequest())).feeds]
    await run.aclose()
    return sum(found)


async def _finish(report: Report, began: float, publish: Publish, *, keep: bool) -> None:
    report.seconds = monotonic() - began
    publish(report)
    if keep:
        await asyncio.Event().wait()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first, out of the groups that tasks put around it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


if __name__ == "__main__":
    app(prog_name="python -m deploy.local.demo")
