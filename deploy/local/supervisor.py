"""The process that keeps a local deployment up after `make up` has returned.

    STARTING ──all nodes serve──▶ READY ⇄ REVIVING a node that ended ──SIGTERM──▶ STOPPING ──▶ gone
        └──────────a part does not start──────────▶ FAILED ──▶ gone

Promise   one supervisor per folder: it holds a lock on it, and whoever asks reads its state from one file.
Not       a guard against its own SIGKILL: then nodes and Kafka die with it, and `down` stops PostgreSQL.
Bounds    a node that ends is started again after REVIVE_SECONDS, as often as it takes; START_SECONDS and STOP_SECONDS
          for everything to start and to stop.
Owns      supervisor.lock, supervisor.json, supervisor.log. Shown by tests/integration/local/test_supervisor.py
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final, Literal

from deploy.local.authorities import Authorities
from deploy.local.cluster import ROOT, Cluster, State, stop_postgres
from deploy.local.layout import Layout
from deploy.local.postgres import LocalPostgres
from deploy.local.process import ProcessEnded, tail

REVIVE_SECONDS: Final = 2.0
START_SECONDS: Final = 300.0
"""Includes the first fetch of Kafka's jars."""
STOP_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1

_spawned: Final[list[subprocess.Popen[bytes]]] = []
"""Kept on purpose: Python warns of a child that is forgotten while it runs, and these are meant to outlive us."""

Phase = Literal["starting", "ready", "stopping", "failed"]


class NotStarted(RuntimeError):
    """The deployment did not come up; the message carries why."""


@dataclass(slots=True)
class Report:
    """What a supervisor says about itself."""

    phase: Phase
    pid: int
    steps: list[str] = field(default_factory=list)
    nodes: dict[str, State] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)
    error: str = ""


# ── From outside ─────────────────────────────────────────────────────────────────────────────────────────────────────


def up(folder: Path, tell: Callable[[str], None], only: Sequence[str] = ()) -> Report:
    """Starts a supervisor unless one runs, and waits until everything serves.

    Args:
        only: authorities to start; all of them when empty.

    Raises:
        NotStarted: a part did not start; everything is stopped again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = read(folder)
    if report is not None and report.phase == "stopping":
        _gone_within(folder, STOP_SECONDS)
    child = None if running(folder) else _spawn(folder, only)
    told, deadline = 0, monotonic() + START_SECONDS
    while monotonic() < deadline:
        ended = child is not None and child.poll() is not None
        report = read(folder)
        if report is not None:
            for step in report.steps[told:]:
                tell(step)
            told = len(report.steps)
            if report.phase == "ready":
                return report
            if report.phase == "failed":
                raise NotStarted(report.error)
        if ended:
            raise NotStarted(tail(folder / "supervisor.log"))
        sleep(POLL_SECONDS)
    raise NotStarted(f"not ready within {START_SECONDS:g} s\n{tail(folder / 'supervisor.log')}")


def down(folder: Path) -> bool:
    """Stops the supervisor with everything it started, and what an earlier one left behind. Returns whether one ran."""
    report, ran = read(folder), running(folder)
    if ran and report is not None:
        _signal(report.pid, signal.SIGTERM)
        if not _gone_within(folder, STOP_SECONDS):
            _signal(report.pid, signal.SIGKILL)
            _gone_within(folder, STOP_SECONDS)
    if (folder / "postgres").exists():
        stop_postgres(LocalPostgres(folder / "postgres", 0))
    (folder / "supervisor.json").unlink(missing_ok=True)
    return ran


def clean(folder: Path) -> None:
    """Stops everything and deletes the folder."""
    down(folder)
    shutil.rmtree(folder, ignore_errors=True)


def read(folder: Path) -> Report | None:
    """What the supervisor last said; None when none ever ran or it was stopped."""
    try:
        return Report(**json.loads((folder / "supervisor.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def running(folder: Path) -> bool:
    """Whether a supervisor holds the folder."""
    try:
        _lock(folder).close()
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


# ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def supervise(folder: Path, authorities: Authorities) -> None:
    """Runs a deployment until SIGTERM or SIGINT, and tells its state in supervisor.json.

    Raises:
        Exception: whatever kept it from starting.
    """
    report = Report("starting", os.getpid())
    stop = asyncio.Event()
    whole = asyncio.current_task()

    def asked_to_stop() -> None:
        stop.set()
        if report.phase == "starting" and whole is not None:
            whole.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop)

    def tell(step: str) -> None:
        report.steps.append(step)
        _write(folder, report)

    cluster = Cluster(Layout(folder, authorities), fixed_ports=True, collects=True, tell=tell)
    try:
        async with cluster.running():
            report.addresses = {each.id: cluster.address(each.id) for each in authorities.all}
            await _watch(folder, cluster, report, stop)
    except BaseException as error:
        report.phase, report.error = "failed", _told(error)
        raise
    finally:
        _write(folder, report)


async def _watch(folder: Path, cluster: Cluster, report: Report, stop: asyncio.Event) -> None:
    report.phase = "ready"
    while not stop.is_set():
        report.nodes, report.pids = await cluster.status(), cluster.pids()
        _write(folder, report)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), REVIVE_SECONDS)
            break
        report.steps += await _revive(cluster, stop)
    report.phase = "stopping"
    _write(folder, report)


async def _revive(cluster: Cluster, stop: asyncio.Event) -> list[str]:
    """Starts what has ended, unless it is to stop meanwhile; answers what people are told."""
    reviving, stopping = asyncio.create_task(cluster.revive()), asyncio.create_task(stop.wait())
    await asyncio.wait((reviving, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not reviving.done():
        reviving.cancel()
        await asyncio.wait((reviving,))
        return []
    error = reviving.exception()
    if error is None:
        return [f"{authority_id} 已重新启动 restarted" for authority_id in reviving.result()]
    if isinstance(error, BaseExceptionGroup) and error.subgroup(ProcessEnded) is not None:
        return [f"未能重新启动，再试 not restarted, trying again: {_told(error)}"]
    raise error


def _spawn(folder: Path, only: Sequence[str]) -> subprocess.Popen[bytes]:
    (folder / "supervisor.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "deploy.local.supervisor", str(folder), *only]
    with (folder / "supervisor.log").open("wb") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True
        )
    _spawned.append(child)
    return child


def _told(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _write(folder: Path, report: Report) -> None:
    draft = folder / "supervisor.json.new"
    draft.write_text(json.dumps(asdict(report), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(draft, folder / "supervisor.json")


def _lock(folder: Path) -> IO[str]:
    """Takes the folder's lock, held while the returned file is open. Raises `BlockingIOError` when it is taken."""
    file = (folder / "supervisor.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file


def _gone_within(folder: Path, seconds: float) -> bool:
    deadline = monotonic() + seconds
    while running(folder):
        if monotonic() > deadline:
            return False
        sleep(POLL_SECONDS)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


if __name__ == "__main__":
    place, chosen = Path(sys.argv[1]), sys.argv[2:]
    authorities = Authorities.read()
    with _lock(place):
        asyncio.run(supervise(place, authorities.only(*chosen) if chosen else authorities))
