"""What a batch of judged envelopes does to the feeds and to the log. Pure; `store` writes it down.

Within a batch: first what is not believed, then each feed's entries in its order, then the publishers' words on where
their feeds end. A feed that was stopped takes nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.kernel.envelopes.codec import Link
from services.kernel.envelopes.verdicts import Code
from services.platform.chain import BEGINNING, Place, Position, walk
from services.platform.judge import Bad, Ending, Entry, Judged

STOPPED: Final = "STOPPED"
"""Outcome of an envelope of a feed that was stopped before; it is not looked at."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed as stored."""

    publisher: str
    end: Link = BEGINNING
    seen: Position = BEGINNING[:2]
    gap_since: datetime | None = None
    stopped_code: str = ""
    last_seen_at: datetime | None = None
    recorded_at: datetime | None = None
    stored_at: datetime | None = None
    duplicates: int = 0
    quarantined: int = 0
    overdisclosed: int = 0
    refetched: int = 0

    @property
    def behind(self) -> bool:
        """Whether a place after the end is known to exist."""
        return self.seen > self.end[:2]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Feed":
        """The feed of a chain row."""
        return cls(
            publisher=row["publisher"],
            end=Link(row["epoch"], row["seq"], row["hash"]),
            seen=(row["seen_epoch"], row["seen_seq"]),
            gap_since=row["gap_since"],
            stopped_code=row["stopped_code"],
            last_seen_at=row["last_seen_at"],
            recorded_at=row["recorded_at"],
            stored_at=row["stored_at"],
            duplicates=row["duplicates"],
            quarantined=row["quarantined"],
            overdisclosed=row["overdisclosed"],
            refetched=row["refetched"],
        )


@dataclass(slots=True)
class Recorded:
    """What became of a batch."""

    position: int
    """Head of the log after it."""
    stored: list[tuple[int, Entry]] = field(default_factory=list)
    """Entries that are in the log now, with their positions."""
    early: list[Entry] = field(default_factory=list)
    """Entries whose predecessors are missing."""
    feeds: dict[str, Feed] = field(default_factory=dict)
    """The feeds of the batch after it."""
    verdicts: list[tuple[Judged, str]] = field(default_factory=list)
    """Outcome of everything in the batch, by code."""


@dataclass(slots=True)
class Change:
    """What a batch does to one feed."""

    feed: Feed
    end: Link
    seen: Position
    stopped_code: str
    recorded_at: datetime | None = None
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    overdisclosed: int = 0
    refetched: int = 0


@dataclass(slots=True)
class Plan:
    """What a batch does."""

    recorded: Recorded
    changes: dict[str, Change]
    quarantine: list[tuple[Judged, str]]
    """What is kept as evidence, with its code."""


def plan_of(
    position: int, feeds: Mapping[str, Feed], batch: Sequence[Judged], stored: Mapping[str, Mapping[Position, bytes]]
) -> Plan:
    """What a batch does.

    Args:
        position: head of the log.
        feeds: those of the batch, as stored.
        batch: in the order in which it came.
        stored: hashes at those of its places that the log has, by publisher.
    """
    changes = {name: Change(feed, feed.end, feed.seen, feed.stopped_code) for name, feed in feeds.items()}
    plan = Plan(Recorded(position), changes, [])
    for bad in batch:
        if isinstance(bad, Bad):
            _set_aside(plan, bad)
    for name, change in changes.items():
        entries = [each for each in batch if isinstance(each, Entry) and each.publisher == name]
        _follow(plan, change, entries, stored.get(name, {}))
    for ending in batch:
        if isinstance(ending, Ending):
            _end(plan, changes[ending.publisher], ending)
    return plan


def _set_aside(plan: Plan, bad: Bad) -> None:
    change = plan.changes[bad.arrival.carrier]
    change.quarantined += 1
    if bad.waits_for is not None:
        change.seen = max(change.seen, bad.waits_for)
    if bad.stops:
        change.stopped_code = change.stopped_code or bad.code
    plan.quarantine.append((bad, bad.code))
    plan.recorded.verdicts.append((bad, bad.code))


def _follow(plan: Plan, change: Change, entries: list[Entry], stored: Mapping[Position, bytes]) -> None:
    recorded = plan.recorded
    for entry, step in walk(change.end, entries, stored):
        if change.stopped_code:
            recorded.verdicts.append((entry, STOPPED))
            continue
        change.end = step.end
        code: str = step.place.value or Code.RECORDED
        match step.place:
            case Place.NEXT if entry.refused is None:
                recorded.position += 1
                recorded.stored.append((recorded.position, entry))
                change.recorded_at = entry.recorded_at
                change.stored += 1
                change.overdisclosed += entry.cut
                change.refetched += entry.arrival.way == "grpc"
            case Place.NEXT | Place.STALE if entry.refused is not None:
                code = entry.refused
                change.quarantined += 1
                plan.quarantine.append((entry, code))
            case Place.REPEAT:
                change.duplicates += 1
            case Place.EARLY:
                recorded.early.append(entry)
                change.seen = max(change.seen, entry.link[:2])
            case _:
                change.quarantined += 1
                plan.quarantine.append((entry, code))
                if step.place is Place.BROKEN:
                    change.stopped_code = code
        recorded.verdicts.append((entry, code))
    change.seen = max(change.seen, change.end[:2])


def _end(plan: Plan, change: Change, ending: Ending) -> None:
    """A head names a place; where that is the stored end, it names its hash too."""
    link = ending.link
    code: str = Code.RECORDED
    if link[:2] == change.end[:2] and link.hash != change.end.hash and link.seq > 0:
        code = change.stopped_code = Code.CHAIN_BROKEN
        change.quarantined += 1
        plan.quarantine.append((ending, code))
    change.seen = max(change.seen, link[:2])
    plan.recorded.verdicts.append((ending, code))


def park(position: int, feed: Feed, entry: Entry, code: str) -> Plan:
    """What it does that an entry cannot be stored: it is evidence, and its feed waits for it, or stops."""
    stops = code == Code.ENVELOPE_EQUIVOCATION
    change = Change(feed, feed.end, max(feed.seen, entry.link[:2]), code if stops else feed.stopped_code)
    change.quarantined = 1
    return Plan(Recorded(position), {entry.publisher: change}, [(entry, code)])
