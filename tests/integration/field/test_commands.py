"""`enforcement field` on a device without a network."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from enforcement.joint_operations.v1 import events_pb2 as events
from enforcement.joint_operations.v1 import service_pb2 as joint

from services.cli.field.commands import LATE_REASON
from services.cli.field.device import Device, drop
from services.cli.field.queue import Queue, Queued
from services.cli.field.sender import Sender
from services.cli.field.sync import Answer, NoAnswer, RefusedBy
from services.cli.main import run
from services.cli.output import ExitCode, Failure
from services.kernel.devices import verified
from services.kernel.ledger import uuid7

OFFICER, PART = str(uuid7()), str(uuid7())
INSPECTION = [
    "joint-operations", "record-inspection", PART, "--checkpoint-id", "B", "--inspection-class", "passenger",
    "--object", '{"kind": "vehicle", "plate": "川E·A0001", "plate_colour": "yellow"}', "--result", "finding",
    "--officer-ids", OFFICER,
]  # fmt: skip
Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENFORCEMENT_FIELD_DIR", str(tmp_path / "field"))
    monkeypatch.setenv("ENFORCEMENT_AUTHORITY_ID", "jt-510521")
    return tmp_path / "field"


@pytest.fixture
def field(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `enforcement field …` and answers with its JSON."""

    def ran(*words: str, code: ExitCode = ExitCode.DONE) -> Any:
        assert run(["field", *words, "--json"]) == code
        told = capsys.readouterr()
        return json.loads(told.out) if code is ExitCode.DONE else json.loads(told.err)

    return ran


def test_a_device_makes_one_key_for_its_owner_only(folder, field):
    made = field("key", "new", OFFICER, "--device", "执法终端3号")
    assert field("key", "show") == made
    assert (made["officerId"], made["authorityId"]) == (OFFICER, "jt-510521")
    assert (folder / "device.pem").stat().st_mode & 0o777 == 0o600
    field("key", "new", OFFICER, "--device", "另一台", code=ExitCode.WRONG_USE)
    assert field("key", "show") == made


def test_what_is_recorded_is_whole_signed_and_waits_with_its_files(folder, field, tmp_path):
    field("key", "new", OFFICER, "--device", "执法终端3号")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"a photograph")
    told = field("record", *INSPECTION, "--evidence", str(photo), "--at", "2024-12-18 10:00")
    photo.unlink()
    with Queue(folder / "queue.sqlite") as queue:
        [queued] = queue.all()
        [kept] = queue.files(queued.command_id)
    assert kept.read_bytes() == b"a photograph"
    request = joint.RecordInspectionRequest.FromString(queued.request)
    assert (request.command_id, request.inspection_id) == (told["commandId"], told["inspection_id"])
    assert (request.late_reason, request.result) == (LATE_REASON, events.INSPECTION_RESULT_FINDING)
    assert request.occurred_at.ToJsonString() == "2024-12-18T02:00:00Z"
    assert request.evidence[0].sha256 == sha256(b"a photograph").digest()
    public = Device.load(folder).public
    assert verified(public, "jt-510521", queued.method, request, (queued.key_id, queued.signature)) is not None
    [listed] = field("list")["commands"]
    assert (listed["commandId"], listed["state"]) == (told["commandId"], "waiting")


def test_an_id_that_was_used_for_something_else_is_refused_on_the_device(field):
    field("key", "new", OFFICER, "--device", "执法终端3号")
    same = ["--command-id", str(uuid7()), "--at", "2024-12-18 10:00"]
    assert field("record", *INSPECTION, *same) == field("record", *INSPECTION, *same)
    field("record", *INSPECTION, "--evidence", __file__, *same, code=ExitCode.WRONG_USE)
    assert len(field("list")["commands"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        INSPECTION[:-2],
        ["joint-operations", "list-operations"],
        ["joint-operations", "note-participant-joined", PART],
        ["joint-operations", "no-such-thing"],
    ],
    ids=["not whole", "a query", "what policies do", "nothing"],
)
def test_what_the_node_could_not_take_is_not_recorded(field, words):
    field("key", "new", OFFICER, "--device", "执法终端3号")
    field("record", *words, code=ExitCode.WRONG_USE)
    assert field("list")["commands"] == []


def test_without_a_key_nothing_is_recorded(field):
    assert field("record", *INSPECTION, code=ExitCode.WRONG_USE)["hint"] == "enforcement field key new"


def test_conflicts_are_what_the_node_refused_and_what_waits_for_something(folder, field):
    field("key", "new", OFFICER, "--device", "执法终端3号")
    first, second, _ = (field("record", *INSPECTION)["commandId"] for _ in range(3))
    with Queue(folder / "queue.sqlite") as queue:
        queue.refuse(first, "joint_operations/INSPECTION_TWICE", "检查已记录", final=True)
        queue.refuse(second, "kernel/NOT_FOUND", "未找到", final=False)
    shown = field("conflicts")["commands"]
    assert [(each["commandId"], each["state"], each["sentence"]) for each in shown] == [
        (first, "conflict", "检查已记录"),
        (second, "waiting", "未找到"),
    ]


async def test_a_command_is_not_sent_before_its_files_are_stored():
    assert await sent_with(Failure("cannot be sent", code=ExitCode.NOT_REACHABLE)) == NoAnswer()


async def sent_with(problem: Exception) -> Answer:
    """The answer to a command whose file the node does not take."""

    async def fails(path: Path, upload_id: UUID) -> None:
        raise problem

    async with grpc.aio.insecure_channel("127.0.0.1:1") as nowhere:
        send = Sender(nowhere, [], 0.1, "nowhere", lambda command_id: [Path("photo.jpg")], fails)
        return await send(Queued(str(uuid7()), "now", "a.B.C", b"", b"", b""))


async def test_a_file_that_the_node_refuses_is_its_own_commands_conflict_and_no_others():
    refused = Failure("文件过大", reason="blobs/BLOB_TOO_LARGE")
    assert await sent_with(refused) == RefusedBy("blobs", "BLOB_TOO_LARGE", "文件过大")
    gone = await sent_with(FileNotFoundError(2, "gone", "photo.jpg"))
    assert isinstance(gone, RefusedBy)
    assert gone.reason == "FILE_MISSING"
    with pytest.raises(Failure):  # nobody is judged before there is another token
        await sent_with(Failure("无有效令牌", reason="kernel/NOT_IDENTIFIED"))


def test_what_the_node_accepted_leaves_the_device_its_files_at_once(folder, field, tmp_path, monkeypatch):
    field("key", "new", OFFICER, "--device", "执法终端3号")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"a photograph")
    both = [field("record", *INSPECTION, "--evidence", str(photo))["commandId"] for _ in range(2)]
    with Queue(folder / "queue.sqlite") as queue:
        [kept] = queue.files(both[0])
        queue.accept(both[0], "id", 7)
        assert queue.forget(datetime.now(UTC) - timedelta(days=1), drop) == 0
        assert kept.exists()  # the other command still needs it
        queue.accept(both[1], "id", 8)
        assert queue.forget(datetime.now(UTC) - timedelta(days=1), drop) == 0
        assert not kept.parent.exists()
        assert queue.forget(datetime.now(UTC) + timedelta(seconds=1), drop) == 2
        assert queue.all() == []
