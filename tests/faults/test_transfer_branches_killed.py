"""SIGKILL of a node after every step of a transfer's branches changes nothing of what the ledgers say.

Told once in peace and once with a kill after each step, of the node that the step is for, or of the one that took it;
the domain content is the same (deploy/local/story/sameness.py), the clocks are, too.
"""

import asyncio
from typing import Final

import pytest

from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.sameness import content, differences
from deploy.local.story.trouble import Trouble
from tests.scenarios.transfer_branches import tell
from tests.support.system import contradictions, run_on, system

KILLED: Final = {
    "transfer/send": POLICE,
    "referral/sign": LUXIAN,
    "branch/refuse": LUXIAN,
    "branch/reconsider": POLICE,
    "branch/maintain": PROCURATORATE,
    "branch/suggest": PROCURATORATE,
    "branch/ask": POLICE,
    "branch/order": LUXIAN,
    "branch/file": PROCURATORATE,
    "branch/withdraw": POLICE,
    "branch/return": LUXIAN,
    "branch/close": PROCURATORATE,
}


@pytest.mark.timeout(300)
async def test_the_branches_end_the_same_whoever_was_killed() -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await tell(run)
        beginning, peace = run.beginning, await content(cluster, run.beginning)
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster:
        async with asyncio.TaskGroup() as restarts:
            trouble = Trouble(cluster, restarts, KILLED)
            async with run_on(cluster, beginning=beginning, aside=trouble.after) as run:
                await tell(run)
        assert set(trouble.kills) == set(KILLED)
        assert differences(peace, await content(cluster, beginning)) == []
        assert await contradictions(cluster) == []
