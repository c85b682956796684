"""SIGKILL of a node after every step of a transfer's branches changes nothing of what the ledgers say.

Told once in peace and once with a kill after each step, of the node that the step is for, or of the one that took it;
the domain content is the same (deploy/local/story/sameness.py), the clocks are, too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest

from deploy.local.authorities import LocalAuthority
from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.run import Run
from deploy.local.story.sameness import content, differences
from deploy.local.story.trouble import Trouble
from tests.scenarios import paper_between_others, transfer_branches, transfer_endings
from tests.scenarios.test_transfer_forwarding import OTHERS, YONGCHUAN_POLICE
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
KILLED_NEAR_THE_END: Final = {
    "judged/letter": LUXIAN,
    "judged/enter": LUXIAN,
    "judged/confirm": LUXIAN,
    "judged/sign": LUXIAN,
    "judged/demand": LUXIAN,
    "judged/supplement": POLICE,
    "judged/file": PROCURATORATE,
    "judged/judgment": LUXIAN,
    "spared/hand-over": POLICE,
    "spared/non-prosecution": PROCURATORATE,
    "spared/property": LUXIAN,
    "upheld/ask": POLICE,
    "upheld/state": PROCURATORATE,
    "upheld/uphold": POLICE,
    "forwarded/forward": LUXIAN,
    "forwarded/sign-there": OTHERS,
    "forwarded/decline": LUXIAN,
}
KILLED_ON_PAPER: Final = {
    "incoming/refuse": LUXIAN,
    "incoming/suggest": LUXIAN,
    "incoming/enter-question": POLICE,
    "incoming/question": POLICE,
    "incoming/state": POLICE,
    "incoming/enter-order": POLICE,
    "incoming/order": POLICE,
    "incoming/node-asks": POLICE,
}
Tell = Callable[[Run], Awaitable[None]]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("tell", "also", "killed"),
    [
        (transfer_branches.tell, [], KILLED),
        (transfer_endings.tell, [YONGCHUAN_POLICE], KILLED_NEAR_THE_END),
        (paper_between_others.tell, [], KILLED_ON_PAPER),
    ],
    ids=["branches", "endings", "on paper"],
)
async def test_the_branches_end_the_same_whoever_was_killed(
    tell: Tell, also: list[LocalAuthority], killed: Mapping[str, str]
) -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE, also=also) as cluster, run_on(cluster) as run:
        await tell(run)
        beginning, peace = run.beginning, await content(cluster, run.beginning)
    async with system(LUXIAN, POLICE, PROCURATORATE, also=also) as cluster:
        async with asyncio.TaskGroup() as restarts:
            trouble = Trouble(cluster, restarts, killed)
            async with run_on(cluster, beginning=beginning, aside=trouble.after) as run:
                await tell(run)
        assert set(trouble.kills) == set(killed)
        assert differences(peace, await content(cluster, beginning)) == []
        assert await contradictions(cluster) == []
