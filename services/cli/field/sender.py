"""How a queued command reaches the node: the bytes that were signed, over an ordinary call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import grpc
from enforcement.common.v1 import common_pb2 as common

from services.cli.connection import details_of, explain
from services.cli.field.queue import Queued
from services.cli.field.sync import Accepted, Answer, Failed, NoAnswer, RefusedBy
from services.cli.language import ENGLISH, t
from services.cli.output import ExitCode, Failure
from services.kernel.devices import KEY_HEADER, SIGNATURE_HEADER
from services.kernel.ledger.ids import derive

Upload = Callable[[Path, UUID], Any]
"""Stores a file at the node; the same id goes on after a cut. Raises Failure."""
_CUT: Final = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
}
"""After these nobody knows, and the same is asked again."""
_FAILED: Final = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
"""The node came upon something that is not the command's fault, or that it does not expect."""
NOT_IDENTIFIED: Final = "kernel/NOT_IDENTIFIED"


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends over one channel, for the officer whose token is in the metadata."""

    channel: grpc.aio.Channel
    metadata: list[tuple[str, str]]
    seconds: float
    """Time limit of a call."""
    address: str
    files_of: Callable[[str], list[Path]]
    upload: Upload

    async def __call__(self, command: Queued) -> Answer:
        """Sends one command, its files before it.

        Raises:
            Failure: the node does not know the officer: nothing is judged before there is another token.
        """
        for file in self.files_of(command.command_id):
            if (problem := await self._stored(command, file)) is not None:
                return problem
        service, _, method = command.method.rpartition(".")
        call: Any = self.channel.unary_unary(f"/{service}/{method}", response_deserializer=common.Recorded.FromString)
        signed = [*self.metadata, (KEY_HEADER, command.key_id), (SIGNATURE_HEADER, command.signature)]
        try:
            answer = await call(command.request, timeout=self.seconds, metadata=signed, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            if error.code() in _CUT:
                return NoAnswer()
            if error.code() in _FAILED:
                return Failed(error.code().name, error.details() or "")
            return self._refused(error)
        except asyncio.CancelledError:  # of the call, when its channel breaks; a cancelled caller is told so
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return NoAnswer()
        return Accepted(answer.id, answer.position)

    async def _stored(self, command: Queued, file: Path) -> Answer | None:
        """Sends a file as far as it has not arrived; None when the node has it, or why it has not."""
        try:
            await self.upload(file, derive(UUID(command.command_id), f"{file.parent.name}/{file.name}"))
        except OSError as error:
            return RefusedBy(
                "field", "FILE_MISSING", f"{t('设备上没有该文件', 'not on this device')}: {error.filename}"
            )
        except Failure as failure:
            if failure.code is ExitCode.NOT_REACHABLE:
                return NoAnswer()
            if failure.reason == NOT_IDENTIFIED:
                raise
            domain, _, reason = failure.reason.partition("/")
            return RefusedBy(domain, reason, failure.sentence) if reason else Failed("UPLOAD", failure.sentence)
        return None

    def _refused(self, error: grpc.aio.AioRpcError) -> Answer:
        info, localized, _ = details_of(error)
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            raise explain(error, self.address) from error
        if not info.reason:
            return Failed(error.code().name, error.details() or "")
        sentence = (error.details() if ENGLISH else localized.message) or localized.message or info.reason
        return RefusedBy(info.domain, info.reason, sentence or "")
