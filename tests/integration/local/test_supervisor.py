"""`up` leaves everything running, twice is once, what dies comes back, and `down` leaves nothing."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import supervisor
from deploy.local.supervisor import NotStarted
from tests.integration.local.running import runs
from tests.support.eventually import eventually

PROSECUTORS = "jcy-510521"
START_SECONDS = 60.0


@pytest.fixture(scope="module")
def folder(place: Path) -> Iterator[Path]:
    yield place / "data"
    supervisor.clean(place / "data")


def up(folder: Path) -> supervisor.Report:
    return supervisor.up(folder, lambda step: None, (PROSECUTORS,))


def node(folder: Path) -> int:
    report = supervisor.read(folder)
    return report.pids.get(f"{PROSECUTORS}.node", 0) if report is not None else 0


async def test_up_twice_is_once(folder: Path) -> None:
    first, second = up(folder), up(folder)
    assert first.pid == second.pid
    assert supervisor.running(folder)
    await eventually(lambda: node(folder), what="the node's process id is told")


async def test_a_node_that_dies_comes_back(folder: Path) -> None:
    up(folder)
    dead: int = await eventually(lambda: node(folder))
    psutil.Process(dead).kill()
    await eventually(lambda: node(folder) not in (0, dead), within=START_SECONDS, what="another process serves")


async def test_a_node_that_does_not_start_is_tried_again_until_it_does(folder: Path) -> None:
    up(folder)
    registry = folder / "nodes" / PROSECUTORS / "members.toml"
    good, dead = registry.read_text(), await eventually(lambda: node(folder))
    registry.write_text("no registry")
    psutil.Process(dead).kill()
    await eventually(lambda: "not restarted" in str(supervisor.read(folder)), within=START_SECONDS)
    registry.write_text(good)
    await eventually(lambda: node(folder) not in (0, dead), within=START_SECONDS, what="another process serves")


async def test_down_leaves_nothing_running(folder: Path) -> None:
    report = up(folder)
    await eventually(lambda: node(folder))
    pids = [report.pid, *(supervisor.read(folder) or report).pids.values()]
    assert supervisor.down(folder) is True
    await eventually(lambda: not any(map(runs, pids)), what="everything has ended")
    assert supervisor.down(folder) is False


async def test_a_killed_supervisor_takes_its_processes_along_and_down_stops_the_rest(folder: Path) -> None:
    report = up(folder)
    await eventually(lambda: node(folder))
    pids = dict((supervisor.read(folder) or report).pids)
    psutil.Process(report.pid).kill()
    await eventually(lambda: not runs(pids[f"{PROSECUTORS}.node"]) and not runs(pids["kafka"]), what="children ended")
    supervisor.down(folder)
    assert not runs(pids["postgres"])


def test_what_does_not_start_says_why_and_leaves_nothing(place: Path) -> None:
    bad = place / "bad"
    bad.mkdir()
    (bad / "kafka").write_text("a file where a folder should be")
    with pytest.raises(NotStarted, match="kafka"):
        up(bad)
    report = supervisor.read(bad)
    supervisor.down(bad)
    assert report is not None
    assert report.phase == "failed"
    assert not supervisor.running(bad)
