"""Every step of the story with a node killed (SIGKILL) as soon as it was answered, one authority after the other.

    ENFORCEMENT_KILL_EVERY=1 ENFORCEMENT_KILL_FIRST=3 pytest -s tests/faults/test_killed_everywhere.py

kills after every step, beginning with the fourth authority; seven such runs kill every node after every step. By
default it is every twelfth step; `test_node_killed.py` has those that were chosen.
"""

import asyncio
import os
from dataclasses import dataclass, field

import pytest

from deploy.local.cluster import Cluster
from deploy.local.story.cast import CHONGQING, LUXIAN, POLICE, PROCURATORATE, RONGCHANG, SICHUAN, YONGCHUAN
from deploy.local.story.sameness import content, differences
from tests.faults.test_node_killed import Peace, peace, tell
from tests.support.system import contradictions, run_on, system

__all__ = ["peace"]

EVERY = int(os.environ.get("ENFORCEMENT_KILL_EVERY", "12"))
FIRST = int(os.environ.get("ENFORCEMENT_KILL_FIRST", "0"))
NODES = (LUXIAN, YONGCHUAN, RONGCHANG, POLICE, PROCURATORATE, SICHUAN, CHONGQING)


@dataclass(slots=True)
class Everywhere:
    """Kills the next node in turn that is not just starting again."""

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
        node = NODES[self.turn % len(NODES)]
        self.turn += 1
        if node in self.starting:
            await self.starting[node]
        await self.cluster.kill(node)
        self.kills.append((step, node))
        self.starting[node] = self.tasks.create_task(self.cluster.start(node))


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
    print(f"\n{len(trouble.kills)} kills after {trouble.steps} steps, by turns from {NODES[FIRST % len(NODES)]}")
