"""The queue of a device: what was answered is on the disk, whole, whenever the process dies."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.cli.field.queue import COMMAND_BYTES_MAX, Queue, Queued, State, Taken

ONE = Queued("c-1", "2024-12-18T02:00:00.000+00:00", "m", b"request", b"key", b"signature")
WRITER = """
import sys
from pathlib import Path
from services.cli.field.queue import Queue, Queued
queue = Queue(Path(sys.argv[1]))
n = 0
while True:
    n += 1
    queue.add(Queued(f"c-{n}", "now", "m", n.to_bytes(4, "big") * 5000, b"key", b"signature"), [Path(f"f-{n}")])
    print(n, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


def test_a_recorded_command_waits_with_its_files(file):
    with Queue(file) as queue:
        queue.add(ONE, [Path("photo.jpg")])
    with Queue(file) as queue:
        assert queue.all() == [ONE]
        assert queue.files("c-1") == [Path("photo.jpg")]


def test_the_same_command_again_changes_nothing(file):
    with Queue(file) as queue:
        queue.add(ONE)
        queue.accept("c-1", "a-1", 7)
        queue.add(replace(ONE, signature=b"another"))
        assert queue.all() == [replace(ONE, state=State.ACCEPTED, tries=1, answer_id="a-1", position=7)]


def test_a_queue_of_an_older_client_opens(file):
    with Queue(file) as queue:
        queue.add(ONE)
        queue.accept("c-1", "a-1", 7)
    with closing(sqlite3.connect(file)) as older:
        older.execute("ALTER TABLE command DROP COLUMN accepted_at")
    with Queue(file) as queue:
        assert queue.forget(datetime(2024, 12, 1, tzinfo=UTC), Path.unlink) == 0
        assert queue.forget(datetime(2024, 12, 31, tzinfo=UTC), Path.unlink) == 1


def test_what_waits_is_never_forgotten(file):
    with Queue(file) as queue:
        queue.add(ONE, [Path("photo.jpg")])
        queue.refuse("c-1", "kernel/NOT_FOUND", "未找到", final=True)
        assert queue.forget(datetime.now(UTC), Path.unlink) == 0
        assert queue.files("c-1") == [Path("photo.jpg")]


@pytest.mark.parametrize("other", [replace(ONE, request=b"another"), replace(ONE, method="another")])
def test_an_id_holds_one_content(file, other):
    with Queue(file) as queue:
        queue.add(ONE)
        with pytest.raises(Taken):
            queue.add(other)
        assert queue.all() == [ONE]


def test_a_command_larger_than_the_node_takes_is_not_queued(file):
    with Queue(file) as queue:
        with pytest.raises(ValueError, match="at most"):
            queue.add(replace(ONE, request=bytes(COMMAND_BYTES_MAX + 1)))
        assert queue.all() == []


def test_a_refused_command_stays_with_what_the_node_said_and_is_asked_again(file):
    with Queue(file) as queue:
        queue.add(ONE)
        queue.refuse("c-1", "joint_operations/INSPECTION_TWICE", "已记录", final=True)
        refused = queue.get("c-1")
        assert refused == replace(
            ONE, state=State.CONFLICT, tries=1, reason="joint_operations/INSPECTION_TWICE", sentence="已记录"
        )
        assert queue.all(State.WAITING) == []
        assert queue.ask_again() == 1
        assert queue.all(State.WAITING) == [replace(refused, state=State.WAITING)]


def test_what_was_accepted_stays_so(file):
    with Queue(file) as queue:
        queue.add(ONE)
        queue.accept("c-1", "a-1", 7)
        queue.refuse("c-1", "kernel/NOT_FOUND", "未找到", final=True)
        found = queue.get("c-1")
    assert found is not None
    assert (found.state, found.position, found.reason) == (State.ACCEPTED, 7, "")


@pytest.mark.parametrize("after", [1, 9])
def test_a_process_killed_while_it_writes_loses_nothing_that_it_answered(file, after):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    with writer.stdout as told:
        for _ in range(after):
            last = int(told.readline())
        writer.send_signal(signal.SIGKILL)  # it is somewhere within the next ones
        last = max([last, *(int(line) for line in told if line.endswith("\n"))])
    writer.wait(10)
    with Queue(file) as queue:
        found = queue.all()
        assert [command.command_id for command in found[:last]] == [f"c-{n}" for n in range(1, last + 1)]
        assert len(found) <= last + 1
        for n, command in enumerate(found, 1):
            assert command.request == n.to_bytes(4, "big") * 5000
            assert queue.files(command.command_id) == [Path(f"f-{n}")]
    assert sqlite3.connect(file).execute("PRAGMA integrity_check").fetchone() == ("ok",)
