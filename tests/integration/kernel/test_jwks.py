"""The issuer's keys behind a URL: fetched once, again when a key is new or withdrawn; while it is away, UNAVAILABLE."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.pki import Pki
from services.kernel import identity
from services.kernel.errors import Unavailable
from services.kernel.identity import KeysAtUrl, Tokens, issue_token
from tests.integration.kernel.test_rpc import FILE, LEADER, Client, refused, serve
from tests.support.eventually import eventually
from tests.support.kernel import LUXIAN, command

IDENTIFIED = (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
"""The call came as far as the case, which does not exist."""
UNKNOWN = (grpc.StatusCode.UNAUTHENTICATED, "NOT_IDENTIFIED")
HELD_SECONDS = 30.0
AWAY = (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")


class Issuer:
    """An identity provider that publishes its keys by HTTPS and signs tokens with any of them, published or not."""

    def __init__(self, folder: Path) -> None:
        pki = Pki(folder)
        pki.certificate(folder / "issuer", "xc:service:issuer")
        self.ca_file = pki.ca_file
        self.published = ["first"]
        self.fetches = 0
        self.answer: bytes | None = None
        """Instead of the keys."""
        self.answers = Event()
        """Who asks is kept waiting until it is set."""
        self.answers.set()
        self._keys = {name: Ed25519PrivateKey.generate() for name in ("first", "second")}
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(folder / "issuer.pem", folder / "issuer.key")
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}/jwks.json"

    def start(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += 1
                issuer.answers.wait(HELD_SECONDS)
                body = issuer.answer if issuer.answer is not None else issuer.jwks()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.answers.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def jwks(self) -> bytes:
        rows = []
        for name in self.published:
            public = jwt.algorithms.OKPAlgorithm.to_jwk(self._keys[name].public_key(), as_dict=True)
            rows.append({**public, "kid": name, "use": "sig", "alg": "EdDSA"})
        return json.dumps({"keys": rows}).encode()

    def issue(self, key: str, *, kid: str | None = None) -> str:
        return issue_token(self._keys[key], kid or key, subject=LEADER, authority_id=LUXIAN.id)

    def token(self, key: str, *, kid: str | None = None) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.issue(key, kid=kid)}"),)


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    made = Issuer(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca_file))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield made
    made.stop()


@pytest.fixture
async def client(database: str, issuer: Issuer) -> AsyncIterator[Client]:
    async for made in serve(database, LUXIAN, Tokens.from_jwks(LUXIAN.id, issuer.url)):
        yield made


async def answer(client: Client, token: tuple[tuple[str, str], ...]) -> tuple[grpc.StatusCode, str]:
    code, reason, _ = await refused(client.stub.NotFileCase(command(FILE), timeout=10, metadata=token))
    return code, reason


async def test_the_keys_are_fetched_once_for_many_tokens(client: Client, issuer: Issuer) -> None:
    for _ in range(3):
        assert await answer(client, issuer.token("first")) == IDENTIFIED
    assert issuer.fetches == 1


async def test_a_token_under_a_key_that_the_issuer_does_not_publish_identifies_nobody(
    client: Client, issuer: Issuer
) -> None:
    assert await answer(client, issuer.token("second")) == UNKNOWN
    assert await answer(client, issuer.token("second", kid="first")) == UNKNOWN


async def test_made_up_key_ids_cause_no_fetches(client: Client, issuer: Issuer) -> None:
    for number in range(10):
        assert await answer(client, issuer.token("second", kid=f"made up {number}")) == UNKNOWN
    assert issuer.fetches == 1


async def test_a_new_key_is_fetched_and_a_withdrawn_one_counts_no_more(
    database: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "UNKNOWN_KEY_SECONDS", 0.0)
    monkeypatch.setattr(identity, "KEYS_SECONDS", 0.5)
    old = issuer.token("first")

    async for made in serve(database, LUXIAN, Tokens.from_jwks(LUXIAN.id, issuer.url)):
        assert await answer(made, old) == IDENTIFIED
        issuer.published = ["second"]
        assert await answer(made, issuer.token("second")) == IDENTIFIED

        async def withdrawn(client: Client = made) -> bool:
            return await answer(client, old) == UNKNOWN

        await eventually(withdrawn, what="the old key, and the token that was verified with it, count no more")


async def test_an_issuer_that_is_away_is_unavailable_until_it_is_back(client: Client, issuer: Issuer) -> None:
    issuer.stop()
    assert await answer(client, issuer.token("first")) == AWAY
    issuer.start()
    assert await answer(client, issuer.token("first")) == IDENTIFIED
    issuer.stop()
    assert await answer(client, issuer.token("first")) == IDENTIFIED, "the keys that were fetched still count"


async def test_who_brings_a_known_key_waits_for_nobody_while_the_issuer_keeps_another_waiting(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "UNKNOWN_KEY_SECONDS", 0.0)
    keys = KeysAtUrl(issuer.url)
    assert (await keys.key_of(issuer.issue("first"))).key_id == "first"
    issuer.answers.clear()
    waits = asyncio.create_task(keys.key_of(issuer.issue("second")))

    async def asked() -> bool:
        return issuer.fetches == 2

    await eventually(asked, what="the issuer is asked for the key that nobody knows")
    assert (await keys.key_of(issuer.issue("first"))).key_id == "first"
    assert not waits.done()
    issuer.published.append("second")
    issuer.answers.set()
    assert (await waits).key_id == "second"


async def test_who_waited_for_an_attempt_that_failed_shares_its_answer(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "FETCH_SECONDS", 0.5)
    keys = KeysAtUrl(issuer.url)
    issuer.answers.clear()
    answers = await asyncio.gather(*(keys.key_of(issuer.issue("first")) for _ in range(8)), return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert issuer.fetches == 1


@pytest.mark.parametrize("nonsense", [b"<html>", b"", b"\xff\xfe"], ids=["a page", "nothing", "no text"])
async def test_an_answer_that_is_no_json_is_unavailable(client: Client, issuer: Issuer, nonsense: bytes) -> None:
    issuer.answer = nonsense
    assert await answer(client, issuer.token("first")) == AWAY


@pytest.mark.parametrize("empty", [b"[]", b"{}", b'{"keys": []}'])
async def test_an_issuer_without_keys_identifies_nobody(client: Client, issuer: Issuer, empty: bytes) -> None:
    issuer.answer = empty
    assert await answer(client, issuer.token("first")) == UNKNOWN


async def test_an_issuer_with_a_strangers_certificate_is_unavailable(
    client: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = Pki(tmp_path / "stranger")
    stranger.certificate(tmp_path / "stranger" / "any", "xc:service:any")
    monkeypatch.setenv("SSL_CERT_FILE", str(stranger.ca_file))
    assert await answer(client, issuer.token("first")) == AWAY
