"""A forked process is what a started one would be, has everything imported, and dies with whoever started it."""

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.fork_server import AVAILABLE, PythonModule, fork_server
from deploy.local.process import Process, ProcessEnded
from tests.integration.local.running import runs
from tests.support.eventually import eventually

ROOT = Path(__file__).resolve().parents[3]
MODULE = "tests.integration.local.forked"
ENVIRONMENT = {"PATH": os.environ["PATH"], "ENFORCEMENT_TOLD": "something"}
START_SECONDS = 20.0

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="pidfd and prctl are Linux's")


def module(folder: Path, *arguments: str) -> PythonModule:
    return PythonModule("forked", MODULE, *arguments, log=folder / "log", env=ENVIRONMENT)


async def told(process: Process) -> dict[str, Any]:
    """What a started process says of itself."""

    async def said() -> bool:
        return process.log.read_text().endswith("}\n")

    process.start()
    await process.ready(said, seconds=START_SECONDS)
    found: dict[str, Any] = json.loads(process.log.read_text())
    return found


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[PythonModule]:
    process = module(tmp_path, "two", "words")
    yield process
    await process.kill()


async def test_who_has_just_been_started_can_be_killed(tmp_path: Path) -> None:
    """It leads its group when `start` returns: no signal is lost in between."""
    for _ in range(20):
        process = module(tmp_path)
        process.start()
        await process.kill()
        assert not process.alive


async def test_it_has_what_it_was_given_and_its_imports_already(process: PythonModule) -> None:
    found = await told(process)
    assert found == {
        "pid": process.pid,
        "group": process.pid,
        "arguments": ["two", "words"],
        "folder": str(ROOT),
        "environment": ENVIRONMENT,
        "preloaded": True,
        "threads": [1, 1],
    }


async def test_it_stops_when_asked_and_starts_again(process: PythonModule) -> None:
    first = (await told(process))["pid"]
    assert await process.stop(grace=10) is True
    assert not process.alive
    process.log.write_text("")
    assert (await told(process))["pid"] != first


async def test_one_that_ends_early_says_why(tmp_path: Path) -> None:
    process = module(tmp_path, "fails")
    process.start()

    async def never() -> bool:
        return False

    with pytest.raises(ProcessEnded, match="no such place"):
        await process.ready(never, seconds=START_SECONDS)


async def test_it_dies_with_the_fork_server_and_the_next_start_has_another_one(process: PythonModule) -> None:
    pid = (await told(process))["pid"]
    psutil.Process(psutil.Process(pid).ppid()).kill()
    await eventually(lambda: not runs(pid), what="the child has ended")
    await eventually(lambda: not process.alive)
    process.log.write_text("")
    assert (await told(process))["preloaded"]
    assert fork_server().alive


async def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = f"""
import asyncio, os, pathlib, signal
from deploy.local.fork_server import PythonModule
folder = pathlib.Path({str(tmp_path)!r})
process = PythonModule("child", {MODULE!r}, log=folder / "child", env=dict(os.environ))
process.start()
print(process.pid, flush=True)
signal.pause()
"""
    parent = Process("parent", [sys.executable, "-c", code], log=tmp_path / "parent", env=dict(os.environ), cwd=ROOT)
    parent.start()

    async def up() -> bool:
        return parent.log.read_text().endswith("\n")

    await parent.ready(up, seconds=START_SECONDS)
    child = int(parent.log.read_text())
    server = psutil.Process(child).ppid()
    psutil.Process(parent.pid).kill()
    await eventually(lambda: not runs(child) and not runs(server), what="both have ended")
    await parent.kill()
