"""Whether two tellings left the same domain content in all ledgers.

Compared is what officers and authorities said: category, stream, type, time of the act and body of every event, in the
order of its stream; of received events, whose order between matters is no promise, the same by sender; and of what
several authorities answered one after the other in one stream, the same in any order. Not compared is how it came:
positions, recording times, receipts, audit of the couriers.

Ids. Both tellings issue the same command ids, and what derives from them is the same. What a node makes up itself when
a message arrives is not: the id of the received event, and all that derives from it. Such an id is replaced by what it
means: a hash of every place where it stands, refined ROUNDS times so that ids which stand beside it count, too (colour
refinement). Two ledgers that differ in more than the choice of these ids differ afterwards. Ids of signing keys, which
a deployment makes itself, too, are replaced by whose they are.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final

from enforcement.ledger.v1 import meta_pb2 as meta

from deploy.local.cluster import Cluster
from deploy.local.story.ledgers import database
from services.kernel.envelopes.keys import KeyRing

BOOKKEEPING: Final = frozenset({"exchange", "kernel"})
"""Categories without domain content: receipts, audit and node facts, of which a retry may leave more than one."""
RECEIVED: Final = "received"
ROUNDS: Final = 4
_ID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EVENTS: Final = """
SELECT s.category, e.stream_id, e.event_id, e.type, e.meta, e.body,
       EXISTS (SELECT FROM ledger.event c JOIN ledger.stream r USING (stream_id)
                WHERE c.event_id = e.causation_id AND r.category = 'received') AS answers
FROM ledger.event e JOIN ledger.stream s USING (stream_id) ORDER BY e.position
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one ledger, as far as it is compared."""

    authority_id: str
    category: str
    stream_id: bytes
    event_id: bytes
    origin: str
    """Authority that signed a received event; empty for an own one."""
    type: str
    occurred_us: int
    body: bytes
    answers: bool = False
    """Recorded because of a received event."""


@dataclass(frozen=True, slots=True)
class Content:
    """The domain content of all ledgers after one telling, ids of chance replaced by what they mean."""

    streams: Mapping[str, Sequence[tuple[str, int, bytes]]]
    """By authority, category and stream: type, time of the act and body of each event, in order."""
    received: Mapping[str, Counter[tuple[str, int, bytes]]]
    """By receiver and sender."""
    events: Mapping[str, int]
    """How many, by authority."""


async def content(cluster: Cluster, beginning: datetime) -> Content:
    """The domain content of a cluster's ledgers after one telling, which began then."""
    owners = _owners(cluster)
    events = [event for each in cluster.layout.authorities.all for event in await _read(cluster, each.id, owners)]
    digits = f"{int(beginning.timestamp() * 1000):012x}".encode()
    named = digits[:8] + b"-" + digits[8:]
    return compared(events, named)


def compared(events: Sequence[Event], named: bytes) -> Content:
    """What is compared of events in the order of their ledgers; ids that do not begin with `named` become meanings."""
    meanings = _meanings(events, named)
    streams: dict[str, list[tuple[bool, tuple[str, int, bytes]]]] = defaultdict(list)
    received: dict[str, Counter[tuple[str, int, bytes]]] = defaultdict(Counter)
    for event in events:
        fact = (event.type, event.occurred_us, _told(event.body, meanings))
        if event.origin:
            received[f"{event.authority_id} ◀ {event.origin}"][fact] += 1
        else:
            stream = _told(event.stream_id, meanings).decode()
            streams[f"{event.authority_id} {event.category} {stream}"].append((event.answers, fact))
    told = {name: _in_any_order(facts) for name, facts in streams.items()}
    return Content(told, received, Counter(event.authority_id for event in events))


def _in_any_order(facts: Iterable[tuple[bool, tuple[str, int, bytes]]]) -> list[tuple[str, int, bytes]]:
    """The facts of a stream, those sorted that answers to it left one after the other."""
    ordered: list[tuple[str, int, bytes]] = []
    for answers, run in groupby(facts, key=itemgetter(0)):
        told = [fact for _, fact in run]
        ordered += sorted(told) if answers else told
    return ordered


def differences(before: Content, after: Content) -> list[str]:
    """What differs, one line each; empty when the domain content is the same."""
    found = []
    for name in sorted(before.streams.keys() | after.streams.keys()):
        one, other = list(before.streams.get(name, ())), list(after.streams.get(name, ()))
        if one != other:
            found.append(f"{name}: {_types(one)} ≠ {_types(other)}")
    for pair in sorted(before.received.keys() | after.received.keys()):
        told, told_again = before.received.get(pair, Counter()), after.received.get(pair, Counter())
        if told != told_again:
            found.append(f"{pair}: {_types((told - told_again).elements())} ≠ {_types((told_again - told).elements())}")
    return found


def _owners(cluster: Cluster) -> dict[bytes, bytes]:
    """What stands for each authority's signing keys, as long as their ids."""
    rings = [
        KeyRing.load(cluster.layout.pki.node(each.id) / "keys", each.id) for each in cluster.layout.authorities.all
    ]
    return {
        seal.id: hashlib.sha256(f"{ring.authority} {number}".encode()).digest()[: len(seal.id)]
        for ring in rings
        for number, seal in enumerate(ring.seals)
    }


async def _read(cluster: Cluster, authority_id: str, owners: Mapping[bytes, bytes]) -> list[Event]:
    async with database(cluster, authority_id) as connection:
        rows = await connection.fetch(_EVENTS)
    key = re.compile(b"|".join(map(re.escape, owners)), re.DOTALL)
    events = []
    for row in rows:
        if row["category"] not in BOOKKEEPING:
            about = meta.Meta.FromString(row["meta"])
            origin = about.origin.authority if row["category"] == RECEIVED else ""
            events.append(
                Event(
                    authority_id,
                    row["category"],
                    str(row["stream_id"]).encode(),
                    str(row["event_id"]).encode(),
                    origin,
                    row["type"],
                    about.occurred_us,
                    key.sub(lambda match: owners[match[0]], row["body"]),
                    row["answers"],
                )
            )
    return events


def _meanings(events: Sequence[Event], named: bytes) -> dict[bytes, bytes]:
    """What each id that does not begin with `named` means, from where it stands."""
    places = [(event, [event.event_id, event.stream_id, *_ID.findall(event.body)]) for event in events]
    chance = {each for _, found in places for each in found if not each.startswith(named)}
    meanings = dict.fromkeys(chance, b"?")
    for _ in range(ROUNDS):
        contexts: dict[bytes, list[bytes]] = defaultdict(list)
        for event, found in places:
            about = f"{event.authority_id} {event.category} {event.origin} {event.type} {event.occurred_us}".encode()
            context = hashlib.sha256(about + _told(event.body, meanings)).digest()
            for place, each in enumerate(found):
                if each in chance:
                    contexts[each].append(context + place.to_bytes(2, "big"))
        meanings = {each: _hash(sorted(stands)) for each, stands in contexts.items()}
    return meanings


def _told(body: bytes, meanings: Mapping[bytes, bytes]) -> bytes:
    """Bytes with every id of chance replaced by its meaning."""
    return _ID.sub(lambda match: meanings.get(match[0], match[0]), body)


def _hash(parts: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:36].encode()


def _types(facts: Iterable[tuple[str, int, bytes]]) -> str:
    return ", ".join(
        f"{kind.rpartition('.')[2]}@{occurred_us // 1_000_000}#{hashlib.sha256(body).hexdigest()[:6]}"
        for kind, occurred_us, body in facts
    )
