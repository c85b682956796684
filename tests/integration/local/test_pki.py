"""Local keys: certificates that gRPC accepts, registries that parse, and nothing changes when it is made again."""

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from deploy.local.authorities import Authorities
from deploy.local.pki import Pki
from deploy.local.registry import write_registry
from services.kernel.envelopes.members import Registry
from services.kernel.errors import Refused
from services.kernel.identity import Tokens

BUREAU, POLICE = "jt-510521", "ga-510521"
PEERS = {each.id: f"127.0.0.1:{7200 + number}" for number, each in enumerate(Authorities.read().all)}


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    made = Pki(tmp_path)
    made.ensure([BUREAU, POLICE])
    return made


class Names(health.aio.HealthServicer):  # type: ignore[misc]
    """Remembers by which names callers came."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []

    async def Check(self, request: Any, context: Any) -> Any:
        self.seen += context.auth_context()["x509_subject_alternative_name"]
        return await super().Check(request, context)


@asynccontextmanager
async def server(pki: Pki, authority_id: str) -> AsyncIterator[tuple[str, Names]]:
    running, names = grpc.aio.server(), Names()
    health_pb2_grpc.add_HealthServicer_to_server(names, running)
    stem = pki.node(authority_id)
    credentials = grpc.ssl_server_credentials(
        [((stem / "tls.key").read_bytes(), (stem / "tls.pem").read_bytes())],
        root_certificates=pki.ca_file.read_bytes(),
        require_client_auth=True,
    )
    port = running.add_secure_port("127.0.0.1:0", credentials)
    await running.start()
    yield f"127.0.0.1:{port}", names
    await running.stop(None)


async def ask(address: str, pki: Pki, stem: Path | None) -> int:
    pair = (
        ()
        if stem is None
        else (stem.with_name(f"{stem.name}.key").read_bytes(), stem.with_name(f"{stem.name}.pem").read_bytes())
    )
    credentials = grpc.ssl_channel_credentials(pki.ca_file.read_bytes(), *pair)
    async with grpc.aio.secure_channel(address, credentials) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        return int(answer.status)


async def test_a_peer_is_known_by_the_authority_in_its_certificate(pki: Pki) -> None:
    async with server(pki, POLICE) as (address, names):
        assert await ask(address, pki, pki.node(BUREAU) / "tls") == health_pb2.HealthCheckResponse.SERVING
        assert b"xc:authority:jt-510521" in names.seen


async def test_a_service_is_known_by_its_own_name(pki: Pki) -> None:
    async with server(pki, BUREAU) as (address, names):
        await ask(address, pki, pki.service(BUREAU, "cases"))
        assert b"xc:service:jt-510521/cases" in names.seen


async def test_a_caller_without_certificate_or_from_another_authority_for_certificates_is_cut_off(
    pki: Pki, tmp_path: Path
) -> None:
    strangers = Pki(tmp_path / "strangers")
    strangers.ensure([BUREAU])
    strangers.ca_file.write_bytes(pki.ca_file.read_bytes())
    async with server(pki, POLICE) as (address, _):
        for stem in (None, strangers.node(BUREAU) / "tls"):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(address, pki, stem)
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_making_it_again_changes_no_file_and_shows_no_private_key(pki: Pki) -> None:
    before = {file: file.read_bytes() for file in pki.folder.rglob("*") if file.is_file()}
    Pki(pki.folder).ensure([BUREAU, POLICE])
    assert {file: file.read_bytes() for file in pki.folder.rglob("*") if file.is_file()} == before
    secret = [file for file in before if b"PRIVATE KEY" in file.read_bytes()]
    assert len(secret) == 8
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}


async def test_tokens_hold_at_the_authority_they_were_issued_for(pki: Pki) -> None:
    token = pki.token(BUREAU, "officer-1")
    assert await Tokens.from_jwks(BUREAU, str(pki.jwks_file)).verify(token) == ("officer-1", "officer")
    with pytest.raises(Refused):
        await Tokens.from_jwks(POLICE, str(pki.jwks_file)).verify(token)


def test_a_registry_knows_everybodys_keys_and_only_its_own_grants(tmp_path: Path) -> None:
    authorities, pki = Authorities.read(), Pki(tmp_path)
    pki.ensure([each.id for each in authorities.all])
    registry = write_registry(authorities, POLICE, pki, PEERS, tmp_path / "members.toml")
    bureau, other, own = (registry.members[each] for each in (BUREAU, "jt-500118", POLICE))
    assert len(registry.keys) == 14
    assert bureau.grants("enforcement.transfer.v1.CaseTransferred")
    assert not bureau.grants("enforcement.cases.v1.CaseFiled")
    assert not other.grants("enforcement.transfer.v1.CaseTransferred")
    assert not own.grants("enforcement.transfer.v1.CaseTransferred")
    assert [each.id for each in registry.members.values() if each.subscribes] == ["pt-510000"]


def test_a_registry_gets_a_new_version_only_when_something_changed(tmp_path: Path) -> None:
    authorities, pki, file = Authorities.read(), Pki(tmp_path), tmp_path / "members.toml"
    first = write_registry(authorities, POLICE, pki, PEERS, file)
    again = write_registry(authorities, POLICE, Pki(tmp_path), PEERS, file)
    moved = write_registry(authorities, POLICE, pki, PEERS | {BUREAU: "127.0.0.1:9"}, file)
    assert (first.digest, moved.version) == (again.digest, first.version + 1)
    assert Registry.parse(file.read_bytes()).members[BUREAU].grpc == "127.0.0.1:9"
