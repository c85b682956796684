"""SIGKILL of any process at any step, and messages delivered twice, change nothing of what the ledgers say.

The story is told once in peace; each other telling has troubles of its own, and must leave the same domain content
(deploy/local/story/sameness.py). Its steps check themselves on the way: figures, dates, refusals. Each is told to
authorities that know nothing of the others: the same act again would be a second case of it (行政处罚法 art. 29).

    ENFORCEMENT_KILL_EVERY=1 ENFORCEMENT_KILL_FIRST=3 pytest -s tests/faults/test_node_killed.py -k whichever

kills after every step, one authority's node after the other, then Kafka and PostgreSQL, beginning with the fourth;
nine such runs kill every one of them after every step. By default it is every twelfth step.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pytest

from deploy.local.cluster import Cluster
from deploy.local.story import chapter_9_platform, clocks, whole
from deploy.local.story.cast import CHONGQING, LUXIAN, PLATFORMS, POLICE, PROCURATORATE, RONGCHANG, SICHUAN, YONGCHUAN
from deploy.local.story.duplicates import doubling
from deploy.local.story.run import Run
from deploy.local.story.sameness import Content, content, differences
from deploy.local.story.trouble import Servers, Trouble, kill
from tests.support.system import contradictions, run_on, system

LEAD: Final = (
    "plan",
    f"invite/{RONGCHANG}",
    f"accept/{YONGCHUAN}",
    "roster",
    "inspection/B/7",
    "finding/B/hand-off",
    "case/B/seize",
    "propose",
    "assist/send",
    "transfer/approve",
    "transfer/send",
    "referral/sign",
    "referral/file",
    "transfer/hand-over",
)
PARTNERS: Final = {
    f"invite/{RONGCHANG}": RONGCHANG,
    "roster": YONGCHUAN,
    "inspection/A/7": YONGCHUAN,
    "inspection/D/3": RONGCHANG,
    "finding/A/hand-off": YONGCHUAN,
    f"report/{RONGCHANG}": RONGCHANG,
    "case/A/decide": YONGCHUAN,
    "assist/send": YONGCHUAN,
    "assist/answer": YONGCHUAN,
}
JUSTICE: Final = {
    "transfer/approve": POLICE,
    "transfer/send": PROCURATORATE,
    "referral/sign": POLICE,
    "case/B/fine": PROCURATORATE,
    "referral/file": POLICE,
    "transfer/hand-over": POLICE,
    "referral/confirm": PROCURATORATE,
}
SUPERVISORS: Final = {
    "roster": SICHUAN,
    "inspection/C/5": CHONGQING,
    "case/B/seize": SICHUAN,
    "publish": CHONGQING,
    "assist/answer": SICHUAN,
}
SERVERS: Final = {
    "propose": Servers.KAFKA,
    "case/B/seize": Servers.POSTGRES,
    "transfer/send": Servers.POSTGRES,
    "referral/sign": Servers.KAFKA,
}
KILLED: Final[Mapping[str, Mapping[str, str]]] = {
    "the lead": dict.fromkeys(LEAD, LUXIAN),
    "its partners, PostgreSQL and Kafka": PARTNERS | SERVERS,
}
EVERY: Final = int(os.environ.get("ENFORCEMENT_KILL_EVERY", "12"))
FIRST: Final = int(os.environ.get("ENFORCEMENT_KILL_FIRST", "0"))
VICTIMS: Final = (LUXIAN, YONGCHUAN, RONGCHANG, POLICE, PROCURATORATE, SICHUAN, CHONGQING, *Servers)


@dataclass(frozen=True, slots=True)
class Peace:
    """When the story without troubles began, and what the ledgers say after it."""

    beginning: datetime
    content: Content


@pytest.fixture(scope="module")
async def peace() -> Peace:
    """The story without troubles."""
    async with system() as cluster, run_on(cluster) as run:
        await tell(run)
        said = await content(cluster, run.beginning)
    assert sum(said.events.values()) > 250
    return Peace(run.beginning, said)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("who", KILLED)
async def test_the_ledgers_say_the_same_whoever_was_killed(peace: Peace, who: str) -> None:
    async with system() as cluster:
        async with asyncio.TaskGroup() as restarts:
            trouble = Trouble(cluster, restarts, KILLED[who])
            async with run_on(cluster, beginning=peace.beginning, aside=trouble.after) as run:
                await tell(run)
        assert set(trouble.kills) == set(KILLED[who])
        assert differences(peace.content, await content(cluster, peace.beginning)) == []
        assert await contradictions(cluster) == []


@pytest.mark.timeout(300)
async def test_the_ledgers_say_the_same_when_messages_come_twice_and_those_who_get_them_are_killed(
    peace: Peace,
) -> None:
    async with system() as cluster:
        topics, killed = cluster.layout.authorities.topics(), JUSTICE | SUPERVISORS
        async with (
            doubling(cluster.broker.bootstrap, topics, every=2) as relay,
            asyncio.TaskGroup() as restarts,
        ):
            trouble = Trouble(cluster, restarts, killed)
            async with run_on(cluster, beginning=peace.beginning, aside=trouble.after) as run:
                await tell(run)
        assert relay.doubled > 50
        assert set(trouble.kills) == set(killed)
        assert differences(peace.content, await content(cluster, peace.beginning)) == []
        assert await contradictions(cluster) == []


@dataclass(slots=True)
class Everywhere:
    """Kills the next in turn, as soon as it has started again from the last time."""

    cluster: Cluster
    tasks: asyncio.TaskGroup
    steps: int = 0
    turn: int = FIRST
    kills: list[tuple[str, str]] = field(default_factory=list)
    starting: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def after(self, step: str) -> None:
        self.steps += 1
        if self.steps % EVERY:
            return
        victim = VICTIMS[self.turn % len(VICTIMS)]
        self.turn += 1
        # A node that finds no PostgreSQL when it starts ends, and is started again by whoever runs it.
        awaited = self.starting if isinstance(victim, Servers) else self.starting.keys() & {victim, *Servers}
        await asyncio.gather(*(self.starting[one] for one in awaited))
        again = await kill(self.cluster, victim)
        self.kills.append((step, victim))
        self.starting[victim] = self.tasks.create_task(again)


@pytest.mark.timeout(180 + 3600 // EVERY)
async def test_the_ledgers_say_the_same_after_whichever_step_whoever_was_killed(peace: Peace) -> None:
    async with system() as cluster:
        async with asyncio.TaskGroup() as restarts:
            trouble = Everywhere(cluster, restarts)
            async with run_on(cluster, beginning=peace.beginning, aside=trouble.after) as run:
                await tell(run)
        assert len(trouble.kills) == trouble.steps // EVERY > 0
        assert differences(peace.content, await content(cluster, peace.beginning)) == []
        assert await contradictions(cluster) == []
    print(f"\n{len(trouble.kills)} kills after {trouble.steps} steps, by turns from {VICTIMS[FIRST % len(VICTIMS)]}")


async def tell(run: Run) -> None:
    """The story up to the platforms' figures; its search for leaks belongs to tests/scenarios."""
    for chapter in whole.CHAPTERS[1:-1]:
        await chapter.tell(run)
    await run.later(60)
    for platform_id in PLATFORMS:
        await chapter_9_platform.count(run, platform_id)
    await clocks.transfer(run)
