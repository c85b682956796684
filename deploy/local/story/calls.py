"""Calls to the nodes' public gRPC APIs, as an officer's application makes them: TLS, token, deadline, traceparent.

Promise   a call that found nobody, or was told to come again, is repeated with the same bytes until it is answered.
Bounds    CALL_SECONDS a call, PATIENCE_SECONDS in all; then `Surprise` with the last status.
Owns      one channel per authority.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import grpc
from enforcement.audit.v1 import events_pb2 as audit_events
from enforcement.audit.v1 import service_pb2 as audit
from enforcement.blobs.v1 import service_pb2 as blobs
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.collection.v1 import service_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import service_pb2 as cross_border
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.documents.v1 import service_pb2 as documents
from enforcement.exchange.v1 import service_pb2 as exchange
from enforcement.joint_operations.v1 import service_pb2 as joint_operations
from enforcement.non_site.v1 import service_pb2 as non_site
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.transfer.v1 import service_pb2 as transfer
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from deploy.local.cluster import Cluster
from deploy.local.story.documents import Document
from deploy.local.story.telling import Words
from services.kernel.messages import message_class, type_name

CALL_SECONDS: Final = 20.0
PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.1
CHUNK_BYTES: Final = 256 << 10
_COME_AGAIN: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
)
_CHANNEL: Final = (("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500))
"""A node that was killed is back within seconds; gRPC's default would look again after up to two minutes."""

METHODS: Final[dict[str, MethodDescriptor]] = {
    method.input_type.full_name: method
    for module in (
        audit,
        blobs,
        cases,
        collection,
        cross_border,
        deadlines,
        documents,
        exchange,
        joint_operations,
        non_site,
        officers,
        platform,
        transfer,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
"""The method that takes a request, by the request's full name."""


class Surprise(Exception):
    """The story went otherwise than it is told."""


class Refused(Exception):
    """A node said no. `reason` is the refusal's code; the sentences are those that officers read."""

    def __init__(self, reason: str, basis: str, sentence: Words) -> None:
        self.reason = reason
        self.basis = basis
        self.sentence = sentence
        super().__init__(f"{reason}: {sentence.zh}")


@dataclass(slots=True)
class Calls:
    """Channels to all authorities of a cluster."""

    cluster: Cluster
    _channels: dict[str, grpc.aio.Channel] = field(default_factory=dict)
    _tokens: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    _written: dict[str, int] = field(default_factory=dict)

    async def aclose(self) -> None:
        """Closes the channels."""
        for channel in self._channels.values():
            await channel.close(None)
        self._channels.clear()

    async def call(
        self, authority_id: str, subject: str, request: Message, *, administrator: bool = False, trace_id: str = ""
    ) -> Any:
        """The node's answer to one request, asked for until it comes.

        Raises:
            Refused: a rule said no.
            Surprise: the node did not answer in time, or failed.
        """
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return await self.attempt(
                    authority_id, subject, request, administrator=administrator, trace_id=trace_id
                )
            except grpc.aio.AioRpcError as error:
                await _pause(error, f"{authority_id} {type_name(request)}", until)

    async def attempt(
        self, authority_id: str, subject: str, request: Message, *, administrator: bool = False, trace_id: str = ""
    ) -> Any:
        """The node's answer to one call. Raises `AioRpcError` as it comes."""
        method = METHODS[type_name(request)]
        answer = message_class(method.output_type.full_name)
        assert answer is not None
        invoke = self.channel(authority_id).unary_unary(
            _path(method),
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        metadata = self._metadata(authority_id, subject, administrator, trace_id)
        answered = await invoke(self._up_to_date(authority_id, request), timeout=CALL_SECONDS, metadata=metadata)
        if isinstance(answered, common.Recorded):
            self._written[authority_id] = max(answered.position, self._written.get(authority_id, 0))
        return answered

    def _up_to_date(self, authority_id: str, request: Any) -> Any:
        """A question that names the last position with which a command of this story was answered there. A platform's
        questions are about its own log, whose positions are others."""
        asks = "min_position" in request.DESCRIPTOR.fields_by_name and not authority_id.startswith("pt-")
        if not asks or request.min_position:
            return request
        named = type(request)()
        named.CopyFrom(request)
        named.min_position = self._written.get(authority_id, 0)
        return named

    async def upload(self, authority_id: str, subject: str, document: Document) -> None:
        """Stores a file at the node, in chunks."""

        async def parts() -> AsyncIterator[blobs.UploadRequest]:
            yield blobs.UploadRequest(
                header=blobs.UploadHeader(
                    upload_id=str(uuid4()), sha256=document.ref.sha256, size=len(document.content)
                )
            )
            for offset in range(0, len(document.content), CHUNK_BYTES):
                yield blobs.UploadRequest(data=document.content[offset : offset + CHUNK_BYTES])

        invoke = self.channel(authority_id).stream_unary(
            _path(METHODS[type_name(blobs.UploadRequest)]),
            request_serializer=blobs.UploadRequest.SerializeToString,
            response_deserializer=blobs.UploadResponse.FromString,
        )
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await invoke(parts(), timeout=CALL_SECONDS, metadata=self._metadata(authority_id, subject))
                return
            except grpc.aio.AioRpcError as error:
                await _pause(error, f"{authority_id} Upload", until)

    async def download(self, authority_id: str, subject: str, sha256: bytes, named_by: str) -> bytes:
        """A file from the node, for the handling of a case; `named_by`: id of the aggregate whose event names it."""
        invoke = self.channel(authority_id).unary_stream(
            _path(METHODS[type_name(blobs.DownloadRequest)]),
            request_serializer=blobs.DownloadRequest.SerializeToString,
            response_deserializer=blobs.DownloadResponse.FromString,
        )
        metadata = self._metadata(authority_id, subject)
        wanted = blobs.DownloadRequest(sha256=sha256, purpose=audit_events.PURPOSE_CASE_HANDLING, subject_id=named_by)
        content = b""
        async for part in invoke(wanted, timeout=CALL_SECONDS, metadata=metadata):
            content += part.data
        return content

    def channel(self, authority_id: str) -> grpc.aio.Channel:
        """The channel to an authority's officers' port."""
        if authority_id not in self._channels:
            credentials = grpc.ssl_channel_credentials(self.cluster.layout.pki.ca_file.read_bytes())
            self._channels[authority_id] = grpc.aio.secure_channel(
                self.cluster.address(authority_id), credentials, options=_CHANNEL
            )
        return self._channels[authority_id]

    def _metadata(
        self, authority_id: str, subject: str, administrator: bool = False, trace_id: str = ""
    ) -> tuple[tuple[str, str], ...]:
        known = (authority_id, subject, administrator)
        if known not in self._tokens:
            self._tokens[known] = self.cluster.layout.pki.token(authority_id, subject, administrator=administrator)
        traceparent = f"00-{trace_id or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        return ("authorization", f"Bearer {self._tokens[known]}"), ("traceparent", traceparent)


def refusal_of(error: grpc.aio.AioRpcError) -> Refused | None:
    """The refusal in a gRPC error (google.rpc.Status); None when it carries none."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            info, chinese = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
            for detail in status.details:
                detail.Unpack(info) or detail.Unpack(chinese)
            return Refused(info.reason, info.metadata["basis"], Words(chinese.message, status.message))
    return None


async def _pause(error: grpc.aio.AioRpcError, what: str, until: float) -> None:
    """Waits a moment after an error that says to come again. Raises `Refused` or `Surprise` for others, or too late."""
    if error.code() not in _COME_AGAIN:
        raise refusal_of(error) or Surprise(f"{what}: {error.code().name} {error.details()}") from None
    if monotonic() > until:
        raise Surprise(f"{what}: {error.code().name} for {PATIENCE_SECONDS:g} s") from None
    await asyncio.sleep(PAUSE_SECONDS)


def _path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"
