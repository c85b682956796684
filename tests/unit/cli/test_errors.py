"""What goes wrong is one sentence, a hint, the reason with its legal basis, and an exit code of the closed list."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import grpc
import pytest
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.cli.connection import CliSettings, Connection, settings_of
from services.cli.main import run
from services.cli.output import ExitCode, Failure

NOT_FOUND = (
    error_details_pb2.ErrorInfo(
        reason="NOT_FOUND", domain="kernel", metadata={"id": "x", "basis": "国务院令第310号 art. 5"}
    ),
    error_details_pb2.LocalizedMessage(locale="zh-CN", message="未找到：x"),
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings in the environment, and none that the command line put there afterwards."""
    monkeypatch.chdir(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENFORCEMENT_")}
    with patch.dict(os.environ, kept, clear=True):
        yield


@asynccontextmanager
async def answering(code: int, *details: Any) -> AsyncIterator[Connection]:
    """A connection to a server that answers every GetCase with this status."""
    packed = [AnyMessage() for _ in details]
    for slot, detail in zip(packed, details, strict=True):
        slot.Pack(detail)

    async def get_case(request: bytes, context: Any) -> bytes:
        status = status_pb2.Status(code=code, message="in English", details=packed)
        await context.abort_with_status(rpc_status.to_status(status))
        return b""

    methods: Any = {"GetCase": grpc.unary_unary_rpc_method_handler(get_case)}
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("enforcement.cases.v1.CasesService", methods),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield Connection(CliSettings(api_address=f"127.0.0.1:{port}", api_tls=False), seconds=5)
    finally:
        await server.stop(None)


async def failure_of(code: int, *details: Any) -> Failure:
    async with answering(code, *details) as connection:
        with pytest.raises(Failure) as failed:
            await connection.ask(grpc_pb.CasesServiceStub, "GetCase", pb.GetCaseRequest())
    return failed.value


async def test_a_refusal_is_told_in_the_servers_own_words() -> None:
    failure = await failure_of(code_pb2.NOT_FOUND, *NOT_FOUND)
    assert failure.sentence == "未找到：x"
    assert "--node" in failure.hint
    assert failure.last == "kernel/NOT_FOUND · 国务院令第310号第5条 · id=x"
    assert failure.code is ExitCode.REFUSED


async def test_a_bad_request_names_the_field() -> None:
    violation = error_details_pb2.BadRequest.FieldViolation(field="case_id", description="must be a UUID")
    info = error_details_pb2.ErrorInfo(reason="INVALID_REQUEST", domain="kernel")
    failure = await failure_of(
        code_pb2.INVALID_ARGUMENT, info, error_details_pb2.BadRequest(field_violations=[violation])
    )
    assert failure.hint == "case_id: must be a UUID"
    assert failure.code is ExitCode.WRONG_USE


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"])
async def test_what_may_pass_says_try_again(code: str) -> None:
    assert (await failure_of(code_pb2.Code.Value(code))).code is ExitCode.NOT_REACHABLE


@pytest.mark.parametrize("code", ["INTERNAL", "UNIMPLEMENTED", "PERMISSION_DENIED", "FAILED_PRECONDITION"])
async def test_what_does_not_pass_does_not(code: str) -> None:
    assert (await failure_of(code_pb2.Code.Value(code))).code is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["no-such-noun"], "no-such-noun"),
        (["case", "show"], "CASE"),
        (["case", "show", "x", "--no-such-option"], "--no-such-option"),
        (["ledger", "show", "x"], "position"),
        (["ledger", "show", "0"], "position"),
        (["case", "show", "x"], "ENFORCEMENT_API_ADDRESS"),
        (["ledger", "stats"], "ENFORCEMENT_DSN"),
        (["trace", "0193d5a0-0000-7000-8000-000000000042"], "ENFORCEMENT_TRACES_DSN"),
        (["token", "o-1"], "ENFORCEMENT_ISSUER_KEY_FILE"),
        (["keys", "card"], "ENFORCEMENT_AUTHORITY_ID"),
        (["keys", "check", "missing.toml"], "missing.toml"),
        (["migrate"], "ENFORCEMENT_DSN"),
        (["node", "run"], "ENFORCEMENT_AUTHORITY_ID"),
        (["-n", "jt-999999", "ledger", "stats"], "jt-999999"),
        (["exchange", "resend", "ga-510521", "--position", "3"], "--reason"),
    ],
)
def test_wrong_use_is_told_on_stderr_with_exit_code_2(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == ExitCode.WRONG_USE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert word in shown.err


def test_a_node_that_is_not_there_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORCEMENT_API_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("ENFORCEMENT_API_TLS", "false")
    assert run(["case", "list"]) == ExitCode.NOT_REACHABLE
    assert "make status" in capsys.readouterr().err


def test_a_database_that_is_not_there_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFORCEMENT_DSN", "postgresql://nobody@127.0.0.1:1/none")
    assert run(["ledger", "stats"]) == ExitCode.NOT_REACHABLE


def test_with_json_the_error_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "stats", "--json"]) == ExitCode.WRONG_USE
    error = json.loads(capsys.readouterr().err)
    assert error["exit"] == 2
    assert "ENFORCEMENT_DSN" in error["error"]


def test_settings_of_a_file_stand_over_those_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORCEMENT_AUTHORITY_ID", "jt-500118")
    file = tmp_path / "env"
    file.write_text("ENFORCEMENT_AUTHORITY_ID=jt-510521\nENFORCEMENT_API_ADDRESS=127.0.0.1:7101\n")
    assert settings_of(file, None).authority_id == "jt-510521"


@pytest.mark.parametrize(
    "content",
    [b"# a readme\n\nEnforcement.\n", b"\xff\xfe", b"=value\n", b"ENFORCEMENT_API_TLS=perhaps\n"],
    ids=["prose", "no text", "no name", "no boolean"],
)
def test_a_file_that_holds_no_settings_is_wrong_use(content: bytes, capsys: Any, tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(content)
    assert run(["--env", "env", "case", "list"]) == ExitCode.WRONG_USE
    assert "错误" in capsys.readouterr().err


def test_blank_lines_and_comments_in_settings_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("# where it listens\n\nENFORCEMENT_AUTHORITY_ID=jt-510521\n")
    assert settings_of(tmp_path / "env", None).authority_id == "jt-510521"


@pytest.mark.parametrize("name", ["../../x", "", "a b", "-x"])
def test_a_key_is_not_written_outside_its_folder(name: str, capsys: Any, tmp_path: Path) -> None:
    (tmp_path / "env").write_text(f"ENFORCEMENT_KEYS_DIR={tmp_path / 'keys'}\nENFORCEMENT_AUTHORITY_ID=jt-510521\n")
    assert run(["--env", "env", "keys", "new", "--", name]) == ExitCode.WRONG_USE
    assert not (tmp_path / "keys").exists()


def test_a_file_that_is_not_there_is_named(capsys: Any, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("ENFORCEMENT_ISSUER_KEY_FILE=nowhere.pem\nENFORCEMENT_AUTHORITY_ID=jt-510521\n")
    assert run(["--env", "env", "token", "o-1"]) == ExitCode.WRONG_USE
    assert "nowhere.pem" in capsys.readouterr().err


async def test_a_service_that_a_node_has_not_is_told_without_grpc_words() -> None:
    async with answering(code_pb2.UNIMPLEMENTED) as connection:
        with pytest.raises(Failure, match="不提供"):
            await connection.ask(grpc_pb.CasesServiceStub, "ListCases", pb.ListCasesRequest())
