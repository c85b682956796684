"""Child processes end when they are told to, whole, and say why when they fail."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from deploy.local.process import Process, ProcessEnded
from tests.integration.local.running import runs
from tests.support.eventually import eventually

FOREVER = "import signal; print('up', flush=True); signal.pause()"
DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
)
PARENT = (
    "import subprocess, sys, signal\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "print('up', child.pid, flush=True); signal.pause()"
)


def python(code: str, folder: Path) -> Process:
    return Process("python", [sys.executable, "-c", code], log=folder / "log")


async def up(process: Process) -> None:
    async def said_so() -> bool:
        return process.log.exists() and "up" in process.log.read_text()

    process.start()
    await process.ready(said_so, seconds=20)


@pytest.fixture
async def forever(tmp_path: Path) -> AsyncIterator[Process]:
    process = python(FOREVER, tmp_path)
    await up(process)
    yield process
    await process.kill()


async def test_a_process_stops_when_asked(forever: Process) -> None:
    assert await forever.stop(grace=10) is True
    assert not forever.alive


async def test_starting_what_runs_changes_nothing(forever: Process) -> None:
    pid = forever.pid
    forever.start()
    assert forever.pid == pid


async def test_a_paused_process_stops_when_asked(forever: Process) -> None:
    forever.pause()
    await eventually(lambda: psutil.Process(forever.pid).status() == psutil.STATUS_STOPPED, what="paused")
    assert await forever.stop(grace=10) is True


async def test_a_deaf_process_is_killed_after_its_grace(tmp_path: Path) -> None:
    process = python(DEAF, tmp_path)
    await up(process)
    assert await process.stop(grace=0.2) is False
    assert not process.alive


async def test_children_end_with_their_process(tmp_path: Path) -> None:
    process = python(PARENT, tmp_path)
    await up(process)
    child = int(process.log.read_text().split()[1])
    await process.kill()
    await eventually(lambda: not runs(child), what="the child has ended")


async def test_a_process_that_ends_early_says_why(tmp_path: Path) -> None:
    process = python("raise SystemExit('no such place')", tmp_path)
    process.start()

    async def never() -> bool:
        return False

    with pytest.raises(ProcessEnded, match="no such place"):
        await process.ready(never, seconds=20)


@pytest.mark.skipif(sys.platform != "linux", reason="the tether is Linux's setpriv")
async def test_a_process_dies_with_the_one_that_started_it(tmp_path: Path) -> None:
    code = f"""
import asyncio, os, pathlib, signal, sys
from deploy.local.process import Process
log = pathlib.Path({str(tmp_path)!r}) / "child"
process = Process("child", [sys.executable, "-c", "import signal; signal.pause()"], log=log)
process.start()
print("up", process.pid, flush=True)
signal.pause()
"""
    parent = Process("parent", [sys.executable, "-c", code], log=tmp_path / "parent", env=dict(os.environ))
    await up(parent)
    child = int(parent.log.read_text().split()[1])
    psutil.Process(parent.pid).kill()
    await eventually(lambda: not runs(child), what="the child has ended")
    await parent.kill()
