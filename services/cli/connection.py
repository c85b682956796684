"""How the command line reaches a node: settings, token, channel, database; and how errors become sentences."""

import asyncio
import hashlib
import io
import mimetypes
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar
from uuid import UUID

import asyncpg
import grpc
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.blobs.v1 import service_pb2 as blobs
from enforcement.blobs.v1.service_pb2_grpc import BlobsServiceStub
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from pydantic import Field, SecretStr, ValidationError

from services.cli import uploads
from services.cli.language import ENGLISH, cited, t
from services.cli.output import ExitCode, Failure
from services.kernel.citation import OWN_RULE
from services.kernel.config import Settings
from services.kernel.ledger import uuid7
from services.kernel.ledger.errors import Unavailable

T = TypeVar("T")
LOCAL_NODES: Final = Path(".data/nodes")
"""Where `make up` keeps the settings of its nodes."""
CONNECT_SECONDS: Final = 5.0

_EXITS: Final = {
    grpc.StatusCode.UNAVAILABLE: ExitCode.NOT_REACHABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExitCode.NOT_REACHABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExitCode.NOT_REACHABLE,
    grpc.StatusCode.ABORTED: ExitCode.NOT_REACHABLE,
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.WRONG_USE,
}
_HINTS: Final = {
    "NOT_IDENTIFIED": t("用 enforcement token 取得令牌，置于 ENFORCEMENT_TOKEN", "get one with: enforcement token"),
    "CALLER_NOT_ALLOWED": t("换用具有该角色的人员的令牌", "use the token of somebody who holds that role"),
    "NOT_FOUND": t("编号是否属于本单位？用 --node 选择单位", "is it this authority's? choose one with --node"),
    "VIEW_BEHIND": t("稍后重试", "try again in a moment"),
}


class CliSettings(Settings):
    """What the command line needs of a node's settings; nothing is required until a command needs it."""

    authority_id: str = ""
    """Authority whose node is called."""
    api_address: str = ""
    """host:port of its officers' port."""
    tls_ca_file: Path | None = None
    """Certificate authority of that port."""
    api_tls: bool = True
    """False for a port without TLS, on loopback only."""
    dsn: SecretStr | None = None
    """Database of the authority, for commands that read the ledger itself."""
    traces_dsn: SecretStr | None = None
    """Trace store."""
    token: SecretStr | None = None
    """Bearer token of whoever asks."""
    issuer_key_file: Path | None = None
    """Private key of a local token issuer; absent where an identity provider issues tokens."""
    keys_dir: Path | None = None
    """The node's private seal and box keys."""
    registry_file: Path | None = None
    """The node's member registry."""
    rules_file: Path | None = None
    """The node's switches and local amounts."""
    field_dir: Path | None = None
    """Key and queue of a device on which an officer records without a network; by default `.enforcement/field` in the
    officer's home folder."""
    field_keep_days: int = Field(default=30, ge=0, le=3650)
    """How long a device keeps what the node has accepted, for the officer to look at; it holds plates and names. Files
    leave it as soon as they are accepted."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A node, as one invocation of the command line sees it."""

    settings: CliSettings
    seconds: float
    """Time limit of a call."""

    async def ask(self, stub: Any, method: str, request: Message) -> Any:
        """Calls one method. Raises `Failure` with the server's own sentence, hint, reason and legal basis."""
        async with self._channel() as channel:
            call = getattr(stub(channel), method)
            token = self.settings.token.get_secret_value() if self.settings.token else ""
            metadata = [("authorization", f"Bearer {token}")] if token else []
            try:
                return await call(request, timeout=self.seconds, metadata=metadata)
            except grpc.aio.AioRpcError as error:
                raise explain(error, self._address) from error

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[tuple[grpc.aio.Channel, list[tuple[str, str]]]]:
        """A channel with the metadata of whoever asks, for calls that stream."""
        token = self.settings.token.get_secret_value() if self.settings.token else ""
        async with self._channel() as channel:
            yield channel, [("authorization", f"Bearer {token}")] if token else []

    async def upload(self, path: Path, upload_id: UUID | None = None) -> common.BlobRef:
        """Stores a file at the node; answers how events refer to it. Raises `Failure`.

        Args:
            upload_id: the same one goes on where an earlier call was cut; without one it begins anew.
        """
        async with self.channel() as (channel, metadata):
            try:
                digest, size = await uploads.upload(channel, metadata, path, upload_id or uuid7(), self.seconds)
            except grpc.aio.AioRpcError as error:
                raise explain(error, self._address) from error
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return common.BlobRef(sha256=digest, size=size, media_type=media_type, file_name=path.name)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Callable[[Any, str, Message], Awaitable[Any]]]:
        """The same as `ask` over one channel, for many calls."""
        token = self.settings.token.get_secret_value() if self.settings.token else ""
        metadata = [("authorization", f"Bearer {token}")] if token else []
        async with self._channel() as channel:

            async def ask(stub: Any, method: str, request: Message) -> Any:
                try:
                    return await getattr(stub(channel), method)(request, timeout=self.seconds, metadata=metadata)
                except grpc.aio.AioRpcError as error:
                    raise explain(error, self._address) from error

            yield ask

    async def download(self, sha256: bytes, *, subject_id: str, purpose: audit.Purpose.ValueType) -> bytes:
        """A file of the node by its digest, checked against it. Raises `Failure`.

        Args:
            subject_id: of the case, document or other aggregate whose event names the file.
        """
        content = io.BytesIO()
        await self._fetch(content, sha256, subject_id, purpose, self.seconds)
        return content.getvalue()

    async def save(self, file: Path, sha256: bytes, *, subject_id: str, purpose: audit.Purpose.ValueType) -> None:
        """The same into a file, which appears whole or not at all: films do not fit into memory."""
        part = file.with_name(f".{file.name}.part")
        try:
            with part.open("wb") as opened:
                await self._fetch(opened, sha256, subject_id, purpose, uploads.FILE_SECONDS)
            part.replace(file)
        except OSError as error:
            raise Failure(f"{t('不能写入', 'cannot be written:')} {file}: {error}", code=ExitCode.WRONG_USE) from error
        finally:
            part.unlink(missing_ok=True)

    async def _fetch(
        self, into: BinaryIO, sha256: bytes, subject_id: str, purpose: audit.Purpose.ValueType, seconds: float
    ) -> None:
        wanted = blobs.DownloadRequest(sha256=sha256, purpose=purpose, subject_id=subject_id)
        digest = hashlib.sha256()
        async with self.channel() as (channel, metadata):
            call = BlobsServiceStub(channel).Download(wanted, timeout=seconds, metadata=metadata)
            try:
                async for piece in call:
                    digest.update(piece.data)
                    into.write(piece.data)
            except grpc.aio.AioRpcError as error:
                raise explain(error, self._address) from error
        if digest.digest() != sha256:
            raise Failure(t("收到的文件与其摘要不符", "the file that came does not have its digest"))

    @asynccontextmanager
    async def database(self, *, traces: bool = False) -> AsyncIterator[asyncpg.Connection]:
        """A connection to the authority's database that cannot write, or to the trace store. Raises `Failure`."""
        dsn = self.settings.traces_dsn if traces else self.settings.dsn
        if dsn is None:
            name = "ENFORCEMENT_TRACES_DSN" if traces else "ENFORCEMENT_DSN"
            raise missing(name)
        try:
            connection = await asyncpg.connect(
                dsn.get_secret_value(),
                timeout=CONNECT_SECONDS,
                server_settings={"default_transaction_read_only": "on", "application_name": "enforcement.cli"},
            )
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
            raise unreachable(t("数据库", "the database")) from error
        except asyncpg.PostgresError as error:
            raise _database_refuses(error) from error
        try:
            yield connection
        finally:
            await connection.close(timeout=CONNECT_SECONDS)

    @property
    def _address(self) -> str:
        if not self.settings.api_address:
            raise missing("ENFORCEMENT_API_ADDRESS")
        return self.settings.api_address

    def _channel(self) -> grpc.aio.Channel:
        if not self.settings.api_tls:
            return grpc.aio.insecure_channel(self._address)
        ca = self.settings.tls_ca_file
        credentials = grpc.ssl_channel_credentials(ca.read_bytes() if ca else None)
        return grpc.aio.secure_channel(self._address, credentials)


def settings_of(env_file: Path | None, node: str | None) -> CliSettings:
    """Settings from a file of a node, over those of the environment. Raises `Failure` when there is no such file."""
    file = env_file if env_file is not None else LOCAL_NODES / node / "env" if node else None
    if file is not None:
        if not file.exists():
            hint = t("make up 启动本机部署；make status 显示各单位", "start a local deployment with make up")
            raise Failure(f"{t('没有设置文件', 'no settings file')} {file}", hint=hint, code=ExitCode.WRONG_USE)
        os.environ.update(_settings_in(file))
    try:
        return CliSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"ENFORCEMENT_{'_'.join(map(str, first['loc'])).upper()}"
        raise Failure(f"{t('设置有误：', 'not valid:')} {name}: {first['msg']}", code=ExitCode.WRONG_USE) from error


def _settings_in(file: Path) -> dict[str, str]:
    """NAME=value a line; blank lines and those that begin with # say nothing."""
    try:
        rows = [row.strip() for row in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{t('不能读取', 'cannot be read:')} {file}", code=ExitCode.WRONG_USE) from error
    pairs = [row.partition("=") for row in rows if row and not row.startswith("#")]
    if not all(equals and name.isidentifier() for name, equals, _ in pairs):
        raise Failure(
            f"{file} {t('不是设置文件', 'is no settings file')}",
            hint=t("每行一项 ENFORCEMENT_名称=值", "one ENFORCEMENT_NAME=value a line"),
            code=ExitCode.WRONG_USE,
        )
    return {name: value for name, _, value in pairs}


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; a database that is lost, or refuses, becomes a `Failure`."""
    try:
        return asyncio.run(work)
    except (Unavailable, asyncpg.PostgresConnectionError, ConnectionError, TimeoutError) as error:
        raise unreachable(t("数据库", "the database")) from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise _database_refuses(error, t("换用有权限的DSN", "use a DSN that may do this")) from error
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError, asyncpg.InvalidSchemaNameError) as error:
        raise _database_refuses(error, "enforcement migrate") from error
    except asyncpg.PostgresError as error:
        raise _database_refuses(error) from error


def _database_refuses(error: asyncpg.PostgresError, hint: str = "") -> Failure:
    return Failure(f"{t('数据库拒绝：', 'the database refuses:')} {error}", hint=hint)


def details_of(
    error: grpc.aio.AioRpcError,
) -> tuple[error_details_pb2.ErrorInfo, error_details_pb2.LocalizedMessage, error_details_pb2.BadRequest]:
    """What the server says about a refusal; empty messages where it says nothing."""
    status = rpc_status.from_call(error)
    info, localized = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    bad = error_details_pb2.BadRequest()
    for detail in status.details if status is not None else ():
        for known in (info, localized, bad):
            if detail.Is(known.DESCRIPTOR):
                detail.Unpack(known)
    return info, localized, bad


def explain(error: grpc.aio.AioRpcError, address: str) -> Failure:
    """The server's answer as sentence, hint, reason and legal basis."""
    code = _EXITS.get(error.code(), ExitCode.REFUSED)
    info, localized, bad = details_of(error)
    if not info.reason:
        if code is ExitCode.NOT_REACHABLE:
            return unreachable(address)
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return Failure(
                t("该单位的节点不提供这项服务", "this authority's node does not offer that"),
                hint=t("用 --node 选择另一单位", "choose another authority with --node"),
            )
        return Failure(f"{error.code().name}: {error.details()}", code=code)
    sentence = (error.details() if ENGLISH else localized.message) or localized.message or info.reason
    wrong = [f"{violation.field}: {violation.description}" for violation in bad.field_violations]
    variables = [f"{key}={value}" for key, value in sorted(info.metadata.items()) if key != "basis"]
    basis = info.metadata.get("basis", "")
    law = "" if basis == OWN_RULE else cited(basis)
    last = " · ".join(part for part in (f"{info.domain}/{info.reason}", law, *variables) if part)
    hint = "; ".join(wrong) or _HINTS.get(info.reason, "")
    if code is ExitCode.NOT_REACHABLE and not hint:
        hint = t("以同一指令编号重试", "try again with the same command id")
    return Failure(sentence or "", hint=hint, last=last, code=code, reason=f"{info.domain}/{info.reason}")


def missing(name: str) -> Failure:
    """A setting that the command needs is not set."""
    return Failure(
        f"{t('缺少设置', 'not set:')} {name}",
        hint=t("用 --node 单位编号 或 --env 文件 选择节点", "choose a node with --node ID or --env FILE"),
        code=ExitCode.WRONG_USE,
    )


def unreachable(what: str) -> Failure:
    """Something does not answer."""
    return Failure(
        f"{what} {t('无法连接', 'is not reachable')}",
        hint=t("节点是否在运行？make status；稍后重试", "is the node running? make status; try again"),
        code=ExitCode.NOT_REACHABLE,
    )


def term(enum: Any, number: int) -> str:
    """The word for an enum's value: its Chinese term, or its name without the prefix."""
    value = enum.DESCRIPTOR.values_by_number.get(number)
    if value is None:
        return str(number)
    words = value.name.split("_")
    prefix = enum.DESCRIPTOR.values_by_number[0].name.removesuffix("UNSPECIFIED")
    name = value.name.removeprefix(prefix) if words else value.name
    zh: str = value.GetOptions().Extensions[options.zh]
    return t(zh or name, name)
