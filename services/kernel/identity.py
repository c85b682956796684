"""Who calls, and what they were allowed to do on the day of the act.

A token says who the officer is, and nothing more: roles and credential come from the register in this authority's own
ledger, as of the time of the act (行政处罚法 art. 42). Authorities and services identify by certificate.
"""

import asyncio
import json
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import events_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel.clock import SHANGHAI
from services.kernel.devices import DeviceSignature
from services.kernel.errors import KernelRefusal, Refused, Unavailable
from services.kernel.telemetry import Log
from services.kernel.values import day_of

log = Log(__name__)

ADMINISTRATOR_SCOPE: Final = "administrator"
COLLECTOR_SCOPE: Final = "collector"
DEVICE_SCOPE: Final = "device"
PORTAL_SCOPE: Final = "portal"
TOKENS_KEPT: Final = 4096
"""Verified tokens kept: an Ed25519 verification costs about as much as the rest of a small command."""
KEYS_SECONDS: Final = 300.0
"""How long keys from a URL are used, and a verified token believed, before both are looked at again: a key that its
issuer withdrew counts for no longer."""
UNKNOWN_KEY_SECONDS: Final = 30.0
"""An unknown key id has the keys fetched again at most this often: a new key may have to wait for it, and whoever makes
up key ids causes no more fetches."""
FETCH_SECONDS: Final = 5.0

_T = TypeVar("_T")
ActorKind = Literal["officer", "administrator", "service", "authority", "collector", "device", "portal"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts."""

    id: str
    """Officer id, administrator's name, service name, authority id, or name of collecting side, device or portal."""
    kind: ActorKind
    officer: common.OfficerSnapshot | None = None
    """The officer at the time of the act; None for everybody else."""
    device: DeviceSignature | None = None
    """What the officer's device signed, when the act was recorded on one without a network."""

    def holds(self, *roles: options.Role.ValueType) -> bool:
        """Whether the officer held one of the roles at the time of the act."""
        return self.officer is not None and any(role in self.officer.roles for role in roles)


class KeysAtUrl:
    """An issuer's keys behind a JWKS URL.

    Promise   whoever brings a key that was fetched and still counts waits for nobody, also while the issuer is away.
    Bounds    one caller at a time asks the issuer: threads are few, and others need them. Whoever waited for an attempt
              that failed shares its answer, so nobody waits longer than two, FETCH_SECONDS each.
    """

    def __init__(self, url: str) -> None:
        self._client = jwt.PyJWKClient(
            url, lifespan=KEYS_SECONDS, cooldown_duration=UNKNOWN_KEY_SECONDS, timeout=FETCH_SECONDS
        )
        self._turn = asyncio.Lock()
        self._failed = 0
        """Attempts without an answer."""

    async def key_of(self, token: str) -> jwt.PyJWK:
        """The key that a token names.

        Raises:
            Unavailable: the issuer does not answer, or not with JSON.
            jwt.PyJWTError: it has no such key.
        """
        kid, failed_before = jwt.get_unverified_header(token).get("kid", ""), self._failed
        if (known := self._known(kid)) is not None:
            return known
        async with self._turn:
            if (known := self._known(kid)) is not None:
                return known
            if self._failed > failed_before:
                raise Unavailable("the issuer's keys cannot be fetched")
            try:
                return await asyncio.to_thread(self._client.get_signing_key, kid)
            except (jwt.PyJWKClientConnectionError, OSError, ValueError) as error:
                self._failed += 1
                log.warning("the issuer's keys cannot be fetched", reason=str(error))
                raise Unavailable("the issuer's keys cannot be fetched") from error

    def _known(self, kid: str) -> jwt.PyJWK | None:
        """The key among those that were fetched and still count."""
        kept = self._client.jwk_set_cache.get() if self._client.jwk_set_cache is not None else None
        for key in kept.keys if kept is not None else ():
            if key.key_id == kid and key.public_key_use in ("sig", None):
                return key
        return None


Keys = Mapping[str, jwt.PyJWK] | KeysAtUrl
"""An issuer's keys by key id, or where they are fetched."""


class Tokens:
    """Verifies tokens: JWT, EdDSA, audience = this authority.

    A token with the scope `collector` verifies with the collecting side's keys and with no others, and every other
    token with the officers' keys alone: neither issuer can speak for the other (行政处罚法 art. 67).

    Args:
        keys: of the issuer of officers' and administrators' tokens.
        collectors: of the issuer of the collecting side's tokens; without them nobody acts as the collecting side.

    Raises:
        ValueError: the two issuers share a key.
    """

    def __init__(self, authority_id: str, keys: Keys, collectors: Keys | None = None) -> None:
        self._authority_id = authority_id
        self._keys = keys
        self._collectors: Keys = collectors if collectors is not None else {}
        if shared := _material(keys) & _material(self._collectors):
            raise ValueError(f"the issuers of officers and of the collecting side share {len(shared)} key(s)")
        self._verified: OrderedDict[str, tuple[str, ActorKind, float]] = OrderedDict()

    @classmethod
    def from_jwks(cls, authority_id: str, source: str, collectors: str = "") -> "Tokens":
        """Keys from JWKS files, or from URLs that begin with https://; `collectors` may be empty."""
        return cls(authority_id, _keys_from(source), _keys_from(collectors) if collectors else None)

    async def verify(self, token: str) -> tuple[str, ActorKind]:
        """Subject and kind of caller.

        Raises:
            Refused: NOT_IDENTIFIED with the reason.
            Unavailable: the issuer's keys are behind a URL, and nobody answers there.
        """
        now = datetime.now(UTC).timestamp()
        known = self._verified.get(token)
        if known is not None and known[2] > now:
            self._verified.move_to_end(token)
            return known[0], known[1]
        try:
            claimed = jwt.decode(token, options={"verify_signature": False})
            collects = COLLECTOR_SCOPE in _scopes(claimed)
            claims = jwt.decode(
                token,
                await _key_of(token, self._collectors if collects else self._keys),
                algorithms=["EdDSA"],
                audience=self._authority_id,
                options={"require": ["sub", "exp", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Refused(KernelRefusal.NOT_IDENTIFIED, detail=str(error)) from error
        kind: ActorKind = "collector" if collects else _kind_of(_scopes(claims))
        self._verified[token] = (claims["sub"], kind, min(claims["exp"], now + KEYS_SECONDS))
        while len(self._verified) > TOKENS_KEPT:
            self._verified.popitem(last=False)
        return claims["sub"], kind


def _kind_of(scopes: list[str]) -> ActorKind:
    """What the officers' issuer says that a subject is: an officer unless it says otherwise."""
    if ADMINISTRATOR_SCOPE in scopes:
        return "administrator"
    if DEVICE_SCOPE in scopes:
        return "device"
    return "portal" if PORTAL_SCOPE in scopes else "officer"


def _keys_from(source: str) -> Keys:
    if source.startswith("https://"):
        return KeysAtUrl(source)
    keyset = jwt.PyJWKSet.from_dict(json.loads(Path(source).read_text()))
    return {str(key.key_id): key for key in keyset.keys}


def _material(keys: Keys) -> set[bytes]:
    """Public keys as bytes; none for keys behind a URL, which are not known at start."""
    if isinstance(keys, KeysAtUrl):
        return set()
    return {key.key.public_bytes_raw() for key in keys.values() if isinstance(key.key, Ed25519PublicKey)}


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    scope = claims.get("scope", "")
    return scope.split() if isinstance(scope, str) else []


async def _key_of(token: str, keys: Keys) -> jwt.PyJWK:
    if isinstance(keys, KeysAtUrl):
        return await keys.key_of(token)
    key = keys.get(jwt.get_unverified_header(token).get("kid", ""))
    if key is None:
        raise jwt.InvalidKeyError("unknown key id")
    return key


def issue_token(
    private_key: object,
    key_id: str,
    *,
    subject: str,
    authority_id: str,
    administrator: bool = False,
    collector: bool = False,
    scope: str = "",
    minutes: int = 480,
) -> str:
    """A token as the authority's identity provider would issue it; for the local issuer of demos and tests."""
    now = datetime.now(UTC)
    claims = {"sub": subject, "aud": authority_id, "iat": now, "exp": now + timedelta(minutes=minutes)}
    if administrator or collector:
        scope = COLLECTOR_SCOPE if collector else ADMINISTRATOR_SCOPE
    if scope:
        claims["scope"] = scope
    return jwt.encode(claims, private_key, algorithm="EdDSA", headers={"kid": key_id})  # type: ignore[arg-type]


@dataclass(slots=True)
class _Record:
    """One officer's history: parallel lists in order of the day from which each entry holds."""

    registered: officers.OfficerRegistered
    statuses: list[tuple[datetime, common.CredentialStatus.ValueType]] = field(default_factory=list)
    roles: list[tuple[datetime, tuple[options.Role.ValueType, ...]]] = field(default_factory=list)
    legally_qualified_on: str = ""
    reviewing_since_on: str = ""
    device_keys: dict[bytes, "_DeviceKey"] = field(default_factory=dict)


@dataclass(slots=True)
class _DeviceKey:
    """The key of a device, and from when until when it counts."""

    public: bytes
    since: datetime
    until: datetime | None = None


class OfficerRegister:
    """The officers of one authority at any instant, folded from its own ledger.

    Promise   an answer for an instant uses every credential and role event with an earlier `occurred_at` that was
              applied; recording one late changes answers for the past, never what was decided on them.
    Not       officers of other authorities: their snapshots come in their authority's signed events.
    """

    EVENTS: Final = tuple(
        f"enforcement.officers.v1.{name}"
        for name in (
            "OfficerRegistered",
            "RolesAssigned",
            "CredentialSuspended",
            "CredentialRestored",
            "CredentialRecalled",
            "CredentialCancelled",
            "LegalQualificationRecorded",
            "DeviceKeyRegistered",
            "DeviceKeyRevoked",
        )
    )
    _STATUS: Final = {
        "CredentialSuspended": common.CREDENTIAL_STATUS_SUSPENDED,
        "CredentialRestored": common.CREDENTIAL_STATUS_ACTIVE,
        "CredentialRecalled": common.CREDENTIAL_STATUS_RECALLED,
        "CredentialCancelled": common.CREDENTIAL_STATUS_CANCELLED,
    }

    def __init__(self, authority_id: str) -> None:
        self._authority_id = authority_id
        self._records: dict[str, _Record] = {}

    def apply(self, event: Message, occurred_at: datetime) -> None:
        """Takes one event of the officers service."""
        if isinstance(event, officers.OfficerRegistered):
            self._records[event.officer_id] = _Record(event, roles=[(occurred_at, tuple(event.roles))])
        elif isinstance(event, officers.RolesAssigned):
            roles = self._records[event.officer_id].roles
            roles.append((occurred_at, tuple(event.roles)))
            roles.sort(key=lambda entry: entry[0])
        elif isinstance(event, officers.LegalQualificationRecorded):
            record = self._records[event.officer_id]
            record.legally_qualified_on = event.obtained_on or record.legally_qualified_on
            record.reviewing_since_on = event.reviewing_since_on or record.reviewing_since_on
        elif isinstance(event, officers.DeviceKeyRegistered):
            self._records[event.officer_id].device_keys[event.key_id] = _DeviceKey(event.public_key, occurred_at)
        elif isinstance(event, officers.DeviceKeyRevoked):
            self._records[event.officer_id].device_keys[event.key_id].until = occurred_at
        else:
            statuses = self._records[event.officer_id].statuses  # type: ignore[attr-defined]
            statuses.append((occurred_at, self._STATUS[event.DESCRIPTOR.name]))
            statuses.sort(key=lambda entry: entry[0])

    def at(self, officer_id: str, instant: datetime) -> common.OfficerSnapshot | None:
        """The officer as the register has them for an instant; None when nobody registered that id."""
        record = self._records.get(officer_id)
        if record is None:
            return None
        return common.OfficerSnapshot(
            officer_id=officer_id,
            authority_id=self._authority_id,
            credential_number=record.registered.credential_number,
            status=self._status(record, instant),
            roles=_in_force(record.roles, instant) or (),
            legally_qualified_on=_by_then(record.legally_qualified_on, instant),
            reviewing_since_on=_by_then(record.reviewing_since_on, instant),
        )

    def device_key(self, officer_id: str, key_id: bytes, instant: datetime) -> bytes | None:
        """The public key of an officer's device, if it was registered and not revoked at an instant."""
        record = self._records.get(officer_id)
        key = record.device_keys.get(key_id) if record is not None else None
        if key is None or instant < key.since or (key.until is not None and instant >= key.until):
            return None
        return key.public

    @staticmethod
    def _status(record: _Record, instant: datetime) -> common.CredentialStatus.ValueType:
        registered = record.registered
        day = instant.astimezone(SHANGHAI).date()
        if registered.valid_from_on and day < date.fromisoformat(registered.valid_from_on):
            return common.CREDENTIAL_STATUS_EXPIRED
        if registered.valid_to_on and day > date.fromisoformat(registered.valid_to_on):
            return common.CREDENTIAL_STATUS_EXPIRED
        return _in_force(record.statuses, instant) or common.CREDENTIAL_STATUS_ACTIVE


def _by_then(on: str, instant: datetime) -> str:
    """A day that an event names, if it had come by then; whenever that was recorded."""
    return on if on and on <= day_of(instant).isoformat() else ""


def _in_force(entries: list[tuple[datetime, _T]], instant: datetime) -> _T | None:
    index = bisect_right(entries, instant, key=lambda entry: entry[0])
    return entries[index - 1][1] if index else None
