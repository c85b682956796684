"""The authorities of the demo, read from authorities.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.kernel.authority import Authority

FILE: Final = Path(__file__).with_name("authorities.toml")
MAILBOX_PARTITIONS: Final = 6
"""Fixed: the sender is the key, so another count would reorder pairs."""
FEED_PARTITIONS: Final = 1
"""One: a feed is ordered as a whole."""


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """One authority with what the demo knows about it."""

    authority: Authority
    name_en: str
    feeds: tuple[str, ...]
    """Authorities whose feeds it reads."""

    @property
    def id(self) -> str:
        """Kind and division code."""
        return self.authority.id


@dataclass(frozen=True, slots=True)
class Grant:
    """What authorities of one kind take from those of another."""

    receiver: str
    sender: str
    types: tuple[str, ...]
    same_division: bool

    def covers(self, receiver: Authority, sender: Authority) -> bool:
        """Whether the grant holds for this pair."""
        kinds = (receiver.id.partition("-")[0], sender.id.partition("-")[0])
        return kinds == (self.receiver, self.sender) and (
            not self.same_division or receiver.division == sender.division
        )


@dataclass(frozen=True, slots=True)
class Authorities:
    """All authorities of a local deployment."""

    all: tuple[LocalAuthority, ...]
    grants: tuple[Grant, ...]
    local_rules: Mapping[str, Any]
    """Amounts of local law, and what the authorities chose otherwise than the default, as a rules file holds them."""

    @classmethod
    def read(cls, file: Path = FILE) -> "Authorities":
        """Reads the file. Raises `ValueError` for an id that is none, or a feed of an authority that is not listed."""
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        authorities = tuple(
            LocalAuthority(Authority(row["id"], row["zh"]), row["en"], tuple(row.get("feeds", ())))
            for row in data["authority"]
        )
        known = {each.id for each in authorities}
        unknown = {feed for each in authorities for feed in each.feeds} - known
        if unknown:
            raise ValueError(f"{file}: feeds of authorities that are not listed: {sorted(unknown)}")
        grants = tuple(
            Grant(row["receiver"], row["sender"], tuple(row["types"]), row.get("level") == "same")
            for row in data["grant"]
        )
        return cls(authorities, grants, data["local_rules"])

    def only(self, *ids: str) -> "Authorities":
        """The same with these authorities only, for tests. Raises `KeyError` for an unknown id."""
        chosen = tuple(self[each] for each in ids)
        feeds = set(ids)
        return Authorities(
            tuple(
                LocalAuthority(each.authority, each.name_en, tuple(f for f in each.feeds if f in feeds))
                for each in chosen
            ),
            self.grants,
            self.local_rules,
        )

    def __getitem__(self, authority_id: str) -> LocalAuthority:
        for each in self.all:
            if each.id == authority_id:
                return each
        raise KeyError(authority_id)

    def accepted(self, receiver: str, sender: str) -> tuple[str, ...]:
        """Event types that `receiver` takes from `sender`, with `*` at the end of a package."""
        pair = self[receiver].authority, self[sender].authority
        return tuple(kind for grant in self.grants if grant.covers(*pair) for kind in grant.types)

    def subscribers(self, publisher: str) -> tuple[str, ...]:
        """Authorities that read the publisher's feed."""
        return tuple(each.id for each in self.all if publisher in each.feeds)

    def topics(self) -> dict[str, int]:
        """Kafka topics by name with their partition counts."""
        mailboxes = {f"mailbox.{each.id}": MAILBOX_PARTITIONS for each in self.all}
        return mailboxes | {f"feed.{each.id}": FEED_PARTITIONS for each in self.all}
