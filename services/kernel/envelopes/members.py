"""The member registry: whom this authority talks to, by which keys, and what it takes from each.

Every authority keeps its own file (TOML), filled at onboarding from offline key cards whose fingerprints were compared
by a second channel. Nobody can add a key to another authority's file.

    version = 7
    [[member]]
    id = "jt-500118"
    name = "重庆市永川区交通运输综合行政执法支队"
    grpc = "exchange.yongchuan.example:8443"
    accepts = ["enforcement.transfer.v1.*"]     # types taken from it; default none
    subscribes = false                          # whether it may read my feed
      [[member.key]]
      role = "seal"                             # seal, box, tls
      suite = 1
      public = "base64"
      nonce = "base64"                          # of the onboarding ceremony
      proof = "base64"                          # of possession; a box key's is signed by a seal key of the member
      not_before = 2026-11-01T00:00:00+08:00    # later also: retired, compromised_since

Promise   a registry that parsed has no weak, copied or unproven key, and `digest` names exactly these bytes.
Not       that the file is true: fingerprints are compared by people.
Bounds    FILE_MAX bytes, MEMBERS_MAX members, KEYS_MAX keys of one member; beyond: RegistryFault.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final

from services.kernel.envelopes.keys import (
    BoxPublic,
    KeyFault,
    KeyRing,
    KeyRole,
    SealKey,
    check_public,
    key_id,
    verify_possession,
)

__all__ = ["FEED", "Key", "Member", "Registry", "RegistryFault", "is_authority"]

FEED: Final = "feed"
"""Recipient of the chain that everybody who is permitted may read."""
FILE_MAX: Final = 1 << 20
MEMBERS_MAX: Final = 512
KEYS_MAX: Final = 64
NOT_BEFORE_SKEW: Final = timedelta(minutes=5)
"""A peer whose clock runs ahead may use its new key this much early."""
_ID: Final = re.compile(r"[a-z0-9-]{3,40}")


class RegistryFault(Exception):
    """The file is not a registry. `code`: NOT_TOML, BAD_FORM, DUPLICATE_MEMBER, DUPLICATE_KEY or one of `KeyFault`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def is_authority(name: str) -> bool:
    """Tells whether `name` has the form of an authority id, the same in topics, certificates and headers."""
    return name != FEED and _ID.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Key:
    """A registered public key with its validity; instants are aware."""

    id: bytes
    member: str
    role: KeyRole
    suite: int
    public: bytes
    not_before: datetime
    retired: datetime | None = None
    """Signs nothing from then on; what it signed before stays acceptable."""
    compromised_since: datetime | None = None
    """Nothing by it is newly accepted, whenever it was signed; what was recorded before stays."""

    def admitted(self, now: datetime) -> bool:
        """Tells whether anything by this key may be accepted at `now` (wall clock)."""
        return self.not_before - NOT_BEFORE_SKEW <= now and not self.compromised(now)

    def compromised(self, now: datetime) -> bool:
        """Tells whether the owner gave it up as stolen."""
        return self.compromised_since is not None and self.compromised_since <= now

    def signed_in_time(self, at: datetime) -> bool:
        """Tells whether something that it signed at `at` was signed before its retirement."""
        return self.retired is None or at < self.retired

    def usable(self, now: datetime) -> bool:
        """Tells whether its owner may use it at `now`."""
        return self.not_before <= now and not self.compromised(now) and self.signed_in_time(now)


@dataclass(frozen=True, slots=True)
class Member:
    """One member as this authority's file knows it."""

    id: str
    name: str
    grpc: str
    """host:port of its peer API; empty when it has none."""
    accepts: tuple[str, ...] = ()
    """Glob patterns of full message names that are taken from it."""
    subscribes: bool = False
    suspended: bool = False
    """Nothing new is said to it, nothing new is taken from it; its old evidence stays verifiable."""
    groups: tuple[str, ...] = ()
    keys: tuple[Key, ...] = field(default=(), repr=False)

    def grants(self, type_name: str) -> bool:
        """Tells whether events of this type are taken from the member; the default is to refuse."""
        return not self.suspended and any(fnmatchcase(type_name, pattern) for pattern in self.accepts)

    def box(self, now: datetime) -> BoxPublic | None:
        """Returns the newest box key that is in use at `now`."""
        usable = [key for key in self.keys if key.role is KeyRole.BOX and key.usable(now)]
        newest = max(usable, key=lambda key: (key.not_before, key.id), default=None)
        return BoxPublic.of(newest.id, newest.public) if newest else None


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """The member registry in force: one parsed file."""

    version: int
    digest: bytes
    """SHA-256 of the file's bytes; in every receipt."""
    file: bytes = field(repr=False)
    members: Mapping[str, Member] = field(repr=False)
    keys: Mapping[bytes, Key] = field(repr=False)

    @classmethod
    def parse(cls, file: bytes) -> Registry:
        """Reads and checks a registry file.

        Raises:
            RegistryFault: with the first thing that is wrong.
        """
        if len(file) > FILE_MAX:
            raise RegistryFault("BAD_FORM", f"{len(file)} bytes, at most {FILE_MAX}")
        try:
            document = tomllib.loads(file.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise RegistryFault("NOT_TOML", str(error)) from error
        except (ValueError, OverflowError) as error:  # dates out of range pass tomllib's grammar
            raise RegistryFault("NOT_TOML", str(error)) from error
        top = _Table(document, "registry")
        version = top.take("version", int)
        rows = top.take("member", list, [])
        top.done()
        if version < 1 or len(rows) > MEMBERS_MAX:
            raise RegistryFault("BAD_FORM", f"version {version}, {len(rows)} members")
        members: dict[str, Member] = {}
        keys: dict[bytes, Key] = {}
        owners: dict[bytes, str] = {}
        for row in rows:
            member = _member(_Table(row, "member"))
            if member.id in members:
                raise RegistryFault("DUPLICATE_MEMBER", member.id)
            members[member.id] = member
            for key in member.keys:
                # A key stands for one member and one role: a second owner could disown what the first one signed.
                if key.public in owners:
                    raise RegistryFault("DUPLICATE_KEY", f"{member.id} and {owners[key.public]} share a key")
                owners[key.public] = member.id
                keys[key.id] = key
        return cls(version, hashlib.sha256(file).digest(), file, MappingProxyType(members), MappingProxyType(keys))

    def member(self, authority: str) -> Member | None:
        """Returns the member, also when it is suspended."""
        return self.members.get(authority)

    def reachable(self, authority: str) -> Member | None:
        """Returns the member if something may be said to it."""
        member = self.members.get(authority)
        return member if member and not member.suspended else None

    def signer(self, ring: KeyRing, now: datetime) -> SealKey | None:
        """Returns the ring's newest seal key that this file has in use at `now`, or None."""
        for seal in ring.seals:
            key = self.keys.get(seal.id)
            if key and key.member == ring.authority and key.usable(now):
                return seal
        return None


_REQUIRED: Final = object()


class _Table:
    """A TOML table that is read field by field; what nobody read is a mistake, not a remark."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise RegistryFault("BAD_FORM", f"{where} is not a table")
        self._left = dict(value)
        self._where = where

    def take(self, name: str, kind: type, default: Any = _REQUIRED) -> Any:
        value = self._left.pop(name, default)
        if value is _REQUIRED:
            raise RegistryFault("BAD_FORM", f"{self._where} lacks {name}")
        if value is not default and type(value) is not kind:
            raise RegistryFault("BAD_FORM", f"{self._where}.{name} is not a {kind.__name__}")
        return value

    def strings(self, name: str) -> tuple[str, ...]:
        values = self.take(name, list, [])
        if not all(isinstance(value, str) for value in values):
            raise RegistryFault("BAD_FORM", f"{self._where}.{name} holds something that is not a string")
        return tuple(values)

    def base64(self, name: str, default: Any = _REQUIRED) -> bytes:
        try:
            return base64.b64decode(self.take(name, str, default), validate=True)
        except (binascii.Error, ValueError) as error:
            raise RegistryFault("BAD_FORM", f"{self._where}.{name} is not base64") from error

    def instant(self, name: str, default: Any = _REQUIRED) -> Any:
        value = self.take(name, datetime, default)
        if value is not None and value.tzinfo is None:
            raise RegistryFault("BAD_FORM", f"{self._where}.{name} has no zone")
        return value

    def done(self) -> None:
        if self._left:
            raise RegistryFault("BAD_FORM", f"{self._where} has unknown fields {sorted(self._left)}")


def _member(table: _Table) -> Member:
    identity = table.take("id", str)
    if not is_authority(identity):
        raise RegistryFault("BAD_FORM", f"not an authority id: {identity!r}")
    rows = table.take("key", list, [])
    if len(rows) > KEYS_MAX:
        raise RegistryFault("BAD_FORM", f"{identity} has {len(rows)} keys, at most {KEYS_MAX}")
    raw = [_RawKey.read(_Table(row, f"key of {identity}")) for row in rows]
    seals = [key.public for key in raw if key.role is KeyRole.SEAL]
    member = Member(
        id=identity,
        name=table.take("name", str),
        grpc=table.take("grpc", str, ""),
        accepts=table.strings("accepts"),
        subscribes=table.take("subscribes", bool, False),
        suspended=table.take("suspended", bool, False),
        groups=table.strings("groups"),
        keys=tuple(key.judge(identity, seals) for key in raw),
    )
    table.done()
    return member


@dataclass(frozen=True, slots=True)
class _RawKey:
    role: KeyRole
    suite: int
    public: bytes
    nonce: bytes
    proof: bytes
    not_before: datetime
    retired: datetime | None
    compromised_since: datetime | None

    @classmethod
    def read(cls, table: _Table) -> _RawKey:
        name = table.take("role", str)
        try:
            role = KeyRole(name)
        except ValueError as error:
            raise RegistryFault("BAD_FORM", f"unknown key role {name!r}") from error
        # A certificate authority vouches for the TLS key, so its card carries no proof.
        default = "" if role is KeyRole.TLS else _REQUIRED
        key = cls(
            role=role,
            suite=table.take("suite", int),
            public=table.base64("public"),
            nonce=table.base64("nonce", default),
            proof=table.base64("proof", default),
            not_before=table.instant("not_before"),
            retired=table.instant("retired", None),
            compromised_since=table.instant("compromised_since", None),
        )
        table.done()
        return key

    def judge(self, member: str, seals: list[bytes]) -> Key:
        try:
            check_public(self.role, self.suite, self.public)
        except KeyFault as fault:
            raise RegistryFault(fault.code, f"{member}: {fault.detail}") from fault
        signers = {KeyRole.SEAL: [self.public], KeyRole.BOX: seals, KeyRole.TLS: []}[self.role]
        if self.role is not KeyRole.TLS and not any(
            verify_possession(signer, member, self.role, self.public, nonce=self.nonce, proof=self.proof)
            for signer in signers
        ):
            raise RegistryFault("NO_POSSESSION", f"{member}: the {self.role} key's proof does not hold")
        return Key(
            key_id(member, self.role, self.suite, self.public),
            member,
            self.role,
            self.suite,
            self.public,
            self.not_before,
            self.retired,
            self.compromised_since,
        )
