"""One run of the story: officers act at their own authority's node, wait for what they need, and everything is noted.

Promise   a step that is repeated, here or after a kill, is the same command: its id follows from the run's beginning
          and the step's name alone. Nothing waits for time to pass, only for a state, and says which.
Bounds    PATIENCE_SECONDS for a state; then `Surprise` with what was awaited and what was seen.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.platform.v1.service_pb2 import GetFeedPositionRequest
from google.protobuf.message import Message

from deploy.local.cluster import Cluster
from deploy.local.story.calls import PATIENCE_SECONDS, Calls, Refused, Surprise
from deploy.local.story.cast import Officer
from deploy.local.story.documents import Document
from deploy.local.story.quiet import Watch
from deploy.local.story.telling import Chapter, Facts, Step, Telling, Words
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp

POLL_SECONDS: Final = 0.03
ADMINISTRATOR: Final = "administrator"

BEGINS: Final = datetime(2024, 12, 16, 8, tzinfo=SHANGHAI)
"""Where the nodes' clock stands before the first chapter."""

Hear = Callable[[Step | Words | str], None]
Aside = Callable[[str], Awaitable[None]]


async def _nothing(step: str) -> None:
    return None


@dataclass(slots=True)
class Run:
    """One run of the story on a running cluster.

    Args:
        beginning: the wall clock when the story was first told. Another run with the same beginning issues the same
            command ids, and on fresh ledgers every other id follows from those.
        hear: takes every step, and every line about what is awaited.
        aside: called with the name of each step that was answered, before the story goes on; the second run of the
            demo kills a node there.
    """

    cluster: Cluster
    beginning: datetime
    hear: Hear = lambda _: None
    aside: Aside = _nothing
    telling: Telling = field(default_factory=Telling)
    calls: Calls = field(init=False)
    _watch: Watch = field(init=False)
    now: datetime = BEGINS

    def __post_init__(self) -> None:
        self.calls = Calls(self.cluster)
        self._watch = Watch(self.cluster)

    async def aclose(self) -> None:
        """Closes channels and connections."""
        await self.calls.aclose()
        await self._watch.aclose()

    # ── Time, names, chapters ────────────────────────────────────────────────────────────────────────────────────────

    async def at(self, instant: str) -> None:
        """Moves the story and all nodes' clocks to an instant in Asia/Shanghai, e.g. "2024-12-18 10:12".

        What was said before has then arrived and been acted on; see `quiet`.
        """
        await self.settled()
        self.move(datetime.fromisoformat(instant).replace(tzinfo=SHANGHAI))

    async def later(self, minutes: float) -> None:
        """Moves the story and all nodes' clocks on, like `at`."""
        await self.settled()
        self.move(self.now + timedelta(minutes=minutes))

    def move(self, instant: datetime) -> None:
        """Moves the story and all nodes' clocks to an instant at once."""
        self.now = instant
        self.cluster.set_clock(instant)

    def id(self, name: str) -> str:
        """The UUIDv7 of this run with that name: command ids, and ids of what commands create."""
        return str(named_id(self.beginning, name))

    def officer_id(self, officer: Officer) -> str:
        """Id of an officer in the register."""
        return self.id(f"officer/{officer.authority_id}/{officer.key}")

    def ids(self, *team: Officer) -> list[str]:
        """Ids of several officers."""
        return [self.officer_id(officer) for officer in team]

    def name_of(self, authority_id: str) -> Words:
        """What people call an authority."""
        known = self.cluster.layout.authorities[authority_id]
        return Words(known.authority.name, known.name_en)

    @property
    def facts(self) -> Facts:
        """Ids that later chapters need."""
        return self.telling.facts

    @contextlib.contextmanager
    def chapter(self, zh: str, en: str) -> Iterator[None]:
        """Steps inside belong to one chapter."""
        chapter = Chapter(len(self.telling.chapters) + 1, Words(zh, en))
        self.telling.chapters.append(chapter)
        self.hear(Words(f"{chapter.number}. {zh}", f"{chapter.number}. {en}"))
        began = monotonic()
        try:
            yield
        finally:
            chapter.seconds = monotonic() - began

    # ── What officers do ─────────────────────────────────────────────────────────────────────────────────────────────

    async def act(self, officer: Officer, step: str, request: Any, zh: str = "", en: str = "") -> common.Recorded:
        """An officer issues a command, now. With a sentence the step is noted."""
        trace_id = self._prepare(step, request)
        recorded: common.Recorded = await self.calls.call(
            officer.authority_id, self.officer_id(officer), request, trace_id=trace_id
        )
        if zh:
            self._note(
                officer,
                Words(zh, en),
                position=recorded.position,
                command_id=request.command_id,
                trace_id=trace_id,
            )
        await self.aside(step)
        return recorded

    async def refused(self, officer: Officer, step: str, request: Any, reason: str, zh: str, en: str) -> None:
        """An officer issues a command that the rule `reason` must refuse.

        Raises:
            Surprise: it was accepted, or refused for another reason.
        """
        trace_id = self._prepare(step, request)
        try:
            await self.calls.call(officer.authority_id, self.officer_id(officer), request, trace_id=trace_id)
        except Refused as refused:
            if refused.reason != reason:
                raise Surprise(f"{step}: refused as {refused}, but {reason} was due") from None
            self.turned_away(officer, Words(zh, en), refused, trace_id=trace_id)
            await self.aside(step)
            return
        raise Surprise(f"{step}: accepted, but {reason} was due")

    def turned_away(self, officer: Officer, what: Words, refused: Refused, *, trace_id: str = "") -> None:
        """Notes what an officer, or whoever acts for their authority, was refused."""
        self._note(
            officer,
            what,
            outcome="refused",
            reason=refused.reason,
            sentence=refused.sentence,
            basis=refused.basis,
            trace_id=trace_id,
        )

    def saw(self, officer: Officer, zh: str, en: str, seen: Words | None = None) -> None:
        """Notes something that an officer saw."""
        self._note(officer, Words(zh, en), outcome="seen", sentence=seen)

    async def file(self, officer: Officer, document: Document) -> common.BlobRef:
        """An officer stores a file at their node."""
        await self.calls.upload(officer.authority_id, self.officer_id(officer), document)
        return document.ref

    async def ask(self, officer: Officer, request: Message) -> Any:
        """An officer's question."""
        return await self.calls.call(officer.authority_id, self.officer_id(officer), request)

    async def administer(self, authority_id: str, request: Message) -> Any:
        """A call of whoever operates an authority's node."""
        return await self.calls.call(authority_id, ADMINISTRATOR, request, administrator=True)

    async def until(self, officer: Officer, request: Message, holds: Callable[[Any], object], awaited: str) -> Any:
        """Asks until the answer is as awaited; a thing that is not there yet is waited for, too."""

        async def look() -> tuple[bool, Any]:
            try:
                answer = await self.ask(officer, request)
            except Refused as refused:
                if refused.reason != "NOT_FOUND":
                    raise
                return False, refused
            return bool(holds(answer)), answer

        return await self.wait(look, f"{officer.authority_id}：{awaited}")

    async def wait(self, look: Callable[[], Awaitable[tuple[bool, Any]]], awaited: str) -> Any:
        """Looks until the first value is true, and answers the second.

        Raises:
            Surprise: it was not within PATIENCE_SECONDS.
        """
        until = monotonic() + PATIENCE_SECONDS
        said = False
        while True:
            holds, seen = await look()
            if holds:
                return seen
            if monotonic() > until:
                raise Surprise(f"等待“{awaited}”{PATIENCE_SECONDS:g}秒未果；所见：{str(seen)[:600]}")
            if not said:
                self.hear(f"等待 {awaited}")
                said = True
            await asyncio.sleep(POLL_SECONDS)

    async def settled(self) -> None:
        """Waits until nothing is under way between the authorities, seen twice with nothing written in between."""
        followed = [(each.id, feed) for each in self.cluster.layout.authorities.all for feed in each.feeds]

        async def look() -> tuple[bool, Any]:
            heads: list[list[int]] = []
            for _ in range(2):
                pulses = await self._watch.pulses(self.now)
                if pending := {id_: dict(one.pending) for id_, one in pulses.items() if one.pending}:
                    return False, pending
                heads.append([one.head for one in pulses.values()])
            if heads[0] != heads[1]:
                return False, heads
            requests = [self.administer(id_, GetFeedPositionRequest(publisher_id=feed)) for id_, feed in followed]
            for (id_, feed), position in zip(followed, await asyncio.gather(*requests), strict=True):
                if position.seq < pulses[feed].fed:
                    return False, f"{id_}: {position.seq} of {pulses[feed].fed} from {feed}"
            return True, None

        await self.wait(look, "已发出的全部送达并处理完毕")

    def _prepare(self, step: str, request: Any) -> str:
        request.command_id = self.id(f"step/{step}")
        request.occurred_at.CopyFrom(to_timestamp(self.now))
        return secrets.token_hex(16)

    def _note(self, officer: Officer, what: Words, **more: Any) -> None:
        step = Step(self.now, officer.authority_id, officer, what, **{"outcome": "recorded", **more})
        self.telling.chapters[-1].steps.append(step)
        self.hear(step)


def named_id(beginning: datetime, name: str) -> UUID:
    """A UUIDv7 (RFC 9562 §5.7) with the time of `beginning` and, where random bits belong, those of SHA-256(name)."""
    milliseconds = int(beginning.timestamp() * 1000)
    bits = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    value = milliseconds << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    return UUID(int=value)
