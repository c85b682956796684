"""gRPC: from the protos' options to running methods.

    deadline ──▶ who calls ──▶ may they ──▶ valid? ──▶ signed? ──▶ command or query ──▶ answer, or google.rpc.Status

One wrapper per method does all of it, instead of a chain of interceptors: the order is in one place, and the cost is
one function call (docs/performance.md, command path).

Promise   a method without `access` is refused at start; a call without deadline, identity, role or valid content is
          refused before it reaches the domain; every error carries reason, basis and both sentences.
Not       limits on how often somebody calls.
Bounds    CALLS_MAX at a time, beyond it RESOURCE_EXHAUSTED at once; messages up to MESSAGE_BYTES_MAX.
Failing   anything unexpected is INTERNAL with the trace id, and logged with its stack.
Shown by tests/integration/kernel/test_rpc.py
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

import grpc
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.any_pb2 import Any as AnyProto
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.kernel import ledger, telemetry
from services.kernel.authority import Authority
from services.kernel.clock import Clock
from services.kernel.command_specs import CommandSpec
from services.kernel.commands import Commands
from services.kernel.deadlines import NoCalendar
from services.kernel.decider import require_active
from services.kernel.devices import KEY_HEADER, SIGNATURE_HEADER, DeviceSignature, verified
from services.kernel.errors import Busy, Conflict, KernelRefusal, Refused, Unavailable
from services.kernel.identity import Actor, OfficerRegister, Tokens
from services.kernel.messages import message_class, to_datetime
from services.kernel.telemetry import Log
from services.kernel.values import term

log = Log(__name__)

ServicerContext = grpc.aio.ServicerContext[Any, Any]

CALLS_MAX: Final = 512
MESSAGE_BYTES_MAX: Final = 4 << 20
"""A whole form with its parts; files go by hash and in chunks."""
AUTHORITY_SAN: Final = "xc:authority:"
SERVICE_SAN: Final = "xc:service:"


@dataclass(frozen=True, slots=True)
class Call:
    """What a query may know about the call."""

    actor: Actor
    now: datetime
    seconds_left: float


class Identifier(Protocol):
    """Decides who a caller is; one for the officers' port, one for the peers' port."""

    peers: bool
    """Callers are other authorities: their trace is linked, never continued."""

    async def identify(self, context: ServicerContext, act_at: datetime) -> Actor:
        """The caller.

        Raises:
            Refused: NOT_IDENTIFIED.
        """
        ...

    async def device_key(self, officer_id: str, key_id: bytes, act_at: datetime) -> bytes | None:
        """The public key of an officer's device, if it was in force at the time of the act."""
        ...


class TokenIdentifier:
    """Officers, administrators, the collecting side, devices and the platform for parties, by bearer token."""

    peers = False

    def __init__(
        self,
        tokens: Tokens,
        officers: OfficerRegister,
        caught_up: Callable[[], Awaitable[None]],
        caught_up_with_head: Callable[[], Awaitable[None]],
    ) -> None:
        self._tokens = tokens
        self._officers = officers
        self._caught_up = caught_up
        self._caught_up_with_head = caught_up_with_head

    async def identify(self, context: ServicerContext, act_at: datetime) -> Actor:
        """The token's subject, with the register's entry for the time of the act."""
        scheme, _, token = _metadata(context).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(KernelRefusal.NOT_IDENTIFIED, detail="no bearer token")
        subject, kind = await self._tokens.verify(token)
        if kind != "officer":
            return Actor(subject, kind)
        await self._caught_up()
        snapshot = self._officers.at(subject, act_at)
        if snapshot is None:  # another process may have registered the officer a moment ago
            await self._caught_up_with_head()
            snapshot = self._officers.at(subject, act_at)
        if snapshot is None:
            raise Refused(KernelRefusal.OFFICER_UNKNOWN, officer=subject)
        return Actor(subject, "officer", snapshot)

    async def device_key(self, officer_id: str, key_id: bytes, act_at: datetime) -> bytes | None:
        """As the register has it; another process may have registered the key a moment ago."""
        public = self._officers.device_key(officer_id, key_id, act_at)
        if public is None:
            await self._caught_up_with_head()
            public = self._officers.device_key(officer_id, key_id, act_at)
        return public


class CertificateIdentifier:
    """Other authorities and own services, by the name in their certificate."""

    peers = True

    async def identify(self, context: ServicerContext, act_at: datetime) -> Actor:
        """The authority or service in the certificate's URI name."""
        for name in context.auth_context().get("x509_subject_alternative_name", ()):
            text = name.decode(errors="replace")
            if text.startswith(AUTHORITY_SAN):
                return Actor(text.removeprefix(AUTHORITY_SAN), "authority")
            if text.startswith(SERVICE_SAN):
                return Actor(text.removeprefix(SERVICE_SAN), "service")
        raise Refused(KernelRefusal.NOT_IDENTIFIED, detail="the certificate names no authority")

    async def device_key(self, officer_id: str, key_id: bytes, act_at: datetime) -> bytes | None:
        """None: officers do not call here."""
        return None


_CALLERS: Final = {
    "officer": options.CALLER_OFFICER,
    "administrator": options.CALLER_ADMINISTRATOR,
    "service": options.CALLER_SERVICE,
    "authority": options.CALLER_AUTHORITY,
    "collector": options.CALLER_COLLECTOR,
    "device": options.CALLER_DEVICE,
    "portal": options.CALLER_PORTAL,
}


class Methods:
    """The methods of one node, ready for a gRPC server."""

    def __init__(self, *, authority: Authority, clock: Clock, commands: Commands, identifier: Identifier) -> None:
        self._authority = authority
        self._clock = clock
        self._commands = commands
        self._identifier = identifier

    def handler(
        self, service: ServiceDescriptor, specs: Mapping[str, CommandSpec], api: object
    ) -> grpc.GenericRpcHandler:
        """Binds every method of a service: commands to deciders, the rest to `api` by the method's snake_case name.

        Raises:
            ValueError: a method has no access option, or `api` lacks it.
        """
        handlers = {method.name: self._method(method, specs, api) for method in service.methods}
        return grpc.method_handlers_generic_handler(service.full_name, handlers)

    def _method(
        self, method: MethodDescriptor, specs: Mapping[str, CommandSpec], api: object
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        if not method.GetOptions().Extensions[options.access].callers:
            raise ValueError(f"{method.full_name} says nobody may call it: the access option is missing")
        if method.input_type.full_name in specs:
            function: Any = self._command
        else:
            function = getattr(api, _snake(method.name), None)
            if function is None:
                raise ValueError(f"{type(api).__name__} lacks {_snake(method.name)} for {method.full_name}")
        request_class = message_class(method.input_type.full_name)
        assert request_class is not None
        make = _HANDLERS[method.client_streaming, method.server_streaming]
        wrap = self._streaming if method.server_streaming else self._unary
        return make(
            wrap(method, function), request_deserializer=request_class.FromString, response_serializer=_serialize
        )

    async def _command(self, request: Message, call: Call) -> Message:
        return await self._commands.execute(request, call.actor)

    def _unary(self, method: MethodDescriptor, function: Callable[..., Awaitable[Message]]) -> Callable[..., Any]:
        access = method.GetOptions().Extensions[options.access]
        name = f"{method.containing_service.full_name}/{method.name}"
        restricted = method.input_type.GetOptions().Extensions[options.restricted]
        streamed = method.client_streaming

        async def run(request: Any, context: ServicerContext) -> Message:
            caller = _metadata(context).get("traceparent")
            with (
                telemetry.unseen(restricted),
                telemetry.server_span(name, caller, peer=self._identifier.peers) as span,
            ):
                try:
                    call = await self._admit(request, context, access, method.full_name)
                    return await function(self._validated(request) if streamed else request, call)
                except Exception as error:
                    status = status_of(error, name)
                    telemetry.fail(span, error, status.code)
                    await context.abort_with_status(rpc_status.to_status(status))

        return run

    def _streaming(
        self, method: MethodDescriptor, function: Callable[..., AsyncIterator[Message]]
    ) -> Callable[..., Any]:
        access = method.GetOptions().Extensions[options.access]
        name = f"{method.containing_service.full_name}/{method.name}"
        restricted = method.input_type.GetOptions().Extensions[options.restricted]

        async def run(request: Any, context: ServicerContext) -> AsyncIterator[Message]:
            caller = _metadata(context).get("traceparent")
            with (
                telemetry.unseen(restricted),
                telemetry.server_span(name, caller, peer=self._identifier.peers) as span,
            ):
                try:
                    async for answer in function(
                        request, await self._admit(request, context, access, method.full_name)
                    ):
                        yield answer
                except Exception as error:
                    status = status_of(error, name)
                    telemetry.fail(span, error, status.code)
                    await context.abort_with_status(rpc_status.to_status(status))

        return run

    async def _admit(self, request: Any, context: ServicerContext, access: options.Access, method: str) -> Call:
        seconds_left = context.time_remaining()
        if seconds_left is None:
            raise Refused(KernelRefusal.NO_DEADLINE)
        now = self._clock.now()
        streamed = not isinstance(request, Message)
        act_at = now
        if not streamed and "occurred_at" in request.DESCRIPTOR.fields_by_name and request.HasField("occurred_at"):
            act_at = to_datetime(request.occurred_at)
        actor = await self._identifier.identify(context, act_at)
        if access.kinds and self._authority.kind not in access.kinds:
            raise Refused(KernelRefusal.WRONG_AUTHORITY_KIND, authority=self._authority.name)
        if _CALLERS[actor.kind] not in access.callers:
            raise Refused(KernelRefusal.CALLER_NOT_ALLOWED, needed=_needed(access))
        if actor.officer is not None:
            if access.roles and not actor.holds(*access.roles):
                raise Refused(KernelRefusal.CALLER_NOT_ALLOWED, needed=_needed(access))
            require_active(actor.officer)
        if not streamed:
            self._commands.validate(request)
            if signed := _signed(context):
                device = await self._device_of(actor, request, act_at, method, signed)
                actor = replace(actor, device=device)
        return Call(actor, now, seconds_left)

    async def _device_of(
        self, actor: Actor, request: Message, act_at: datetime, method: str, signed: tuple[bytes, bytes]
    ) -> DeviceSignature:
        """Who sends what a device signed is the officer whose device it is."""
        named = signed[0]
        public = await self._identifier.device_key(actor.id, named, act_at)
        if public is None:
            raise Refused(KernelRefusal.DEVICE_KEY_NOT_IN_FORCE, key=named.hex(), officer=actor.id)
        device = verified(public, self._authority.id, method, request, signed)
        if device is None:
            raise Refused(KernelRefusal.DEVICE_SIGNATURE_WRONG, key=named.hex())
        return device

    async def _validated(self, requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
        async for request in requests:
            self._commands.validate(request)
            yield request


def status_of(error: Exception, method: str) -> status_pb2.Status:
    """The one table from errors to google.rpc.Status; see services.kernel.errors for what each asks of the caller."""
    match error:
        case Refused():
            return _status(error)
        case Conflict() | ledger.Conflict():
            return _status(Refused(KernelRefusal.CONFLICT))
        case Busy() | ledger.QueueFull():
            return _status(Refused(KernelRefusal.BUSY))
        case Unavailable() | ledger.Unavailable():
            return _status(Refused(KernelRefusal.UNAVAILABLE))
        case ledger.Mismatch():
            return _status(Refused(KernelRefusal.COMMAND_MISMATCH))
        case ledger.TooLarge():
            return _status(Refused(KernelRefusal.TOO_LARGE, detail=error))
        case ledger.Invalid():
            return _status(Refused(KernelRefusal.BAD_COMMAND_ID, detail=error))
        case NoCalendar():
            return _status(Refused(KernelRefusal.NO_CALENDAR, year=error.year))
        case _:
            log.exception("a method failed", method=method)
            return status_pb2.Status(code=code_pb2.INTERNAL, message="internal error; see the log by its trace id")


def _status(refused: Refused) -> status_pb2.Status:
    code = refused.code
    status = status_pb2.Status(code=code.status.value[0], message=refused.en)
    for detail in (
        error_details_pb2.ErrorInfo(
            reason=code.name, domain=code.domain, metadata={**refused.variables, "basis": code.basis}
        ),
        error_details_pb2.LocalizedMessage(locale="zh-CN", message=refused.zh),
    ):
        packed = AnyProto()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def server(*handlers: grpc.GenericRpcHandler) -> grpc.aio.Server:
    """A server with this node's limits; the caller adds its ports."""
    made = grpc.aio.server(
        maximum_concurrent_rpcs=CALLS_MAX,
        options=[
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
        ],
    )
    made.add_generic_rpc_handlers(handlers)
    return made


_HANDLERS: Final = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _metadata(context: ServicerContext) -> dict[str, str]:
    return dict(context.invocation_metadata() or ())  # type: ignore[arg-type]


def _signed(context: ServicerContext) -> tuple[bytes, bytes] | None:
    """Key id and signature of a device; None when the call has neither."""
    sent: dict[str, Any] = dict(context.invocation_metadata() or ())
    if KEY_HEADER not in sent and SIGNATURE_HEADER not in sent:
        return None
    return bytes(sent.get(KEY_HEADER, b"")), bytes(sent.get(SIGNATURE_HEADER, b""))


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _needed(access: options.Access) -> str:
    """Who may call, in Chinese terms."""
    roles = [term(options.Role, role) for role in access.roles]
    return "、".join(roles or [term(options.Caller, caller) for caller in access.callers])
