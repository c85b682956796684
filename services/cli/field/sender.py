"""How a queued command reaches the node: the bytes that were signed, over an ordinary call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from enforcement.common.v1 import common_pb2 as common

from services.cli.connection import details_of, explain
from services.cli.field.queue import Queued
from services.cli.field.sync import Accepted, Answer, NoAnswer, RefusedBy
from services.cli.language import ENGLISH
from services.cli.output import ExitCode, Failure
from services.kernel.devices import KEY_HEADER, SIGNATURE_HEADER

Upload = Callable[[Path], Any]
_UNKNOWN: Final = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
}
"""Answers after which nobody knows, or the same may be asked again."""


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
            try:
                await self.upload(file)
            except Failure as failure:
                if failure.code is ExitCode.NOT_REACHABLE:
                    return NoAnswer()
                raise
        service, _, method = command.method.rpartition(".")
        call: Any = self.channel.unary_unary(f"/{service}/{method}", response_deserializer=common.Recorded.FromString)
        signed = [*self.metadata, (KEY_HEADER, command.key_id), (SIGNATURE_HEADER, command.signature)]
        try:
            answer = await call(command.request, timeout=self.seconds, metadata=signed, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            if error.code() in _UNKNOWN:
                return NoAnswer()
            return self._refused(error)
        except asyncio.CancelledError:  # of the call, when its channel breaks; a cancelled caller is told so
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return NoAnswer()
        return Accepted(answer.id, answer.position)

    def _refused(self, error: grpc.aio.AioRpcError) -> RefusedBy:
        info, localized, _ = details_of(error)
        if error.code() is grpc.StatusCode.UNAUTHENTICATED or not info.reason:
            raise explain(error, self.address) from error
        sentence = (error.details() if ENGLISH else localized.message) or localized.message or info.reason
        return RefusedBy(info.domain, info.reason, sentence or "")
