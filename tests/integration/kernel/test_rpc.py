"""The order in which a call is admitted, and what each refusal says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import service_pb2_grpc as cases_grpc
from enforcement.officers.v1 import events_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_status import rpc_status

from services.cases.service import SERVICE as CASES
from services.kernel.authority import Authority
from services.kernel.command_specs import specs_of
from services.kernel.identity import OfficerRegister, Tokens, issue_token
from services.kernel.ledger import uuid7
from services.kernel.rpc import MESSAGE_BYTES_MAX, Methods, TokenIdentifier, server
from tests.support.kernel import LUXIAN, NOON, command, open_bus

LEADER, INVESTIGATOR, SUSPENDED = (str(uuid7()) for _ in range(3))
PLATFORM = Authority("pt-510000", "四川省平台")
FILE = cases.NotFileCaseRequest(case_id=str(uuid7()), reason="不在本机关管辖")


class Answers:
    """Queries that fail in a way nobody foresaw."""

    def __getattr__(self, name: str) -> Any:
        async def answer(request: object, call: object) -> object:
            raise ZeroDivisionError("a secret of the inside")

        return answer


@dataclass(slots=True)
class Client:
    stub: Any
    issuer: Ed25519PrivateKey

    def token(self, subject: str, *, administrator: bool = False) -> tuple[tuple[str, str], ...]:
        issued = issue_token(self.issuer, "k", subject=subject, authority_id=LUXIAN.id, administrator=administrator)
        return (("authorization", f"Bearer {issued}"),)


def register() -> OfficerRegister:
    found = OfficerRegister(LUXIAN.id)
    for officer_id, role in (
        (LEADER, options.ROLE_LEADER),
        (INVESTIGATOR, options.ROLE_INVESTIGATOR),
        (SUSPENDED, options.ROLE_LEADER),
    ):
        found.apply(officers.OfficerRegistered(officer_id=officer_id, roles=[role]), NOON - timedelta(days=100))
    found.apply(officers.CredentialSuspended(officer_id=SUSPENDED), NOON - timedelta(days=1))
    return found


async def serve(database: str, authority: Authority, tokens: Tokens | None = None) -> AsyncIterator[Client]:
    issuer = Ed25519PrivateKey.generate()
    key = jwt.PyJWK.from_json(jwt.algorithms.OKPAlgorithm.to_jwk(issuer.public_key()), "EdDSA")
    async with open_bus(database) as bus:
        specs = specs_of(CASES.descriptor, list(CASES.aggregates))
        bus.commands.add(specs, bus.commands.officers_caught_up)
        now = bus.commands.officers_caught_up
        identifier = TokenIdentifier(tokens or Tokens(LUXIAN.id, {"k": key}), register(), now, now)
        methods = Methods(authority=authority, clock=bus.clock, commands=bus.commands, identifier=identifier)
        running = server(methods.handler(CASES.descriptor, specs, Answers()))
        port = running.add_insecure_port("127.0.0.1:0")
        await running.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Client(cases_grpc.CasesServiceStub(channel), issuer)
        await running.stop(None)


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async for made in serve(database, LUXIAN):
        yield made


@pytest.fixture
async def platform(database: str) -> AsyncIterator[Client]:
    async for made in serve(database, PLATFORM):
        yield made


async def refused(call: Any) -> tuple[grpc.StatusCode, str, str]:
    """Status, reason and Chinese sentence of the refusal."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)
    assert status is not None
    info, sentence = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(sentence)
    return caught.value.code(), info.reason, sentence.message


async def test_a_call_without_a_deadline_is_refused(client):
    code, reason, _ = await refused(client.stub.NotFileCase(command(FILE), metadata=client.token(LEADER)))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "NO_DEADLINE")


async def test_a_call_without_a_token_identifies_nobody(client):
    code, reason, _ = await refused(client.stub.NotFileCase(command(FILE), timeout=5))
    assert (code, reason) == (grpc.StatusCode.UNAUTHENTICATED, "NOT_IDENTIFIED")


async def test_an_officer_without_the_role_is_told_which_role_it_takes(client):
    code, reason, sentence = await refused(
        client.stub.NotFileCase(command(FILE), timeout=5, metadata=client.token(INVESTIGATOR))
    )
    assert (code, reason) == (grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")
    assert "执法部门负责人" in sentence


async def test_an_officer_whose_credential_is_suspended_may_not_act(client):
    code, reason, sentence = await refused(
        client.stub.NotFileCase(command(FILE), timeout=5, metadata=client.token(SUSPENDED))
    )
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "OFFICER_NOT_ACTIVE")
    assert "SUSPENDED" in sentence


async def test_an_act_before_the_suspension_is_judged_by_its_own_day(client):
    early = command(FILE, at=NOON - timedelta(days=2))
    early.late_reason = "网络中断"
    code, reason, _ = await refused(client.stub.NotFileCase(early, timeout=5, metadata=client.token(SUSPENDED)))
    assert (code, reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


async def test_an_administrator_is_no_officer(client):
    administrator = client.token("ops", administrator=True)
    _, reason, _ = await refused(client.stub.NotFileCase(command(FILE), timeout=5, metadata=administrator))
    assert reason == "CALLER_NOT_ALLOWED"


async def test_what_policies_do_is_not_for_officers(client):
    note = command(cases.NoteCriminalTransferRequest(case_id=str(uuid7())))
    _, reason, _ = await refused(client.stub.NoteCriminalTransfer(note, timeout=5, metadata=client.token(LEADER)))
    assert reason == "CALLER_NOT_ALLOWED"


async def test_an_authority_of_another_kind_has_no_such_power(platform):
    code, reason, sentence = await refused(
        platform.stub.NotFileCase(command(FILE), timeout=5, metadata=platform.token(LEADER))
    )
    assert (code, reason) == (grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUTHORITY_KIND")
    assert "四川省平台" in sentence


async def test_a_malformed_request_names_the_field(client):
    broken = command(FILE)
    broken.case_id = "not a uuid"
    code, reason, sentence = await refused(client.stub.NotFileCase(broken, timeout=5, metadata=client.token(LEADER)))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    assert "case_id" in sentence


async def test_an_oversized_request_is_cut_before_it_is_read(client):
    huge = command(FILE)
    huge.reason = "长" * MESSAGE_BYTES_MAX
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.stub.NotFileCase(huge, timeout=5, metadata=client.token(LEADER))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_what_nobody_foresaw_tells_the_caller_nothing_of_the_inside(client):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.stub.ListCases(cases.ListCasesRequest(), timeout=5, metadata=client.token(LEADER))
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(caught.value.details())


async def test_a_service_whose_query_nobody_answers_does_not_start(database):
    async with open_bus(database) as bus:
        specs = specs_of(CASES.descriptor, list(CASES.aggregates))
        methods: Any = Methods(authority=LUXIAN, clock=bus.clock, commands=bus.commands, identifier=None)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"object lacks [a-z_]+ for enforcement\.cases\.v1\.CasesService"):
            methods.handler(CASES.descriptor, specs, object())


async def test_a_service_with_a_method_that_names_no_callers_does_not_start(database):
    """Nobody may call what says nothing of who may: the methods of this service have no access option."""
    unsaid = health_pb2.DESCRIPTOR.services_by_name["Health"]
    async with open_bus(database) as bus:
        methods: Any = Methods(authority=LUXIAN, clock=bus.clock, commands=bus.commands, identifier=None)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"grpc\.health\.v1\.Health\.Check says nobody may call it"):
            methods.handler(unsaid, {}, Answers())
