"""SIGKILL of a node after steps of opinions and of a clue changes nothing of what the ledgers say.

Told once in peace and once with kills; the domain content is the same (deploy/local/story/sameness.py), the clocks are,
too. The tie of a case to the opinion that was withdrawn is gone in both, and the opinion on paper was withdrawn by the
node of its electronic copy.
"""

import asyncio
from typing import Final

import pytest
from enforcement.cases.v1 import opinion_pb2 as of_case
from enforcement.transfer.v1 import opinion_pb2 as pb

from deploy.local.story.cast import LUXIAN, PROCURATORATE
from deploy.local.story.ledgers import latest
from deploy.local.story.sameness import content, differences
from deploy.local.story.trouble import Trouble
from services.kernel.messages import type_name
from tests.scenarios.opinions_and_clues import HANDLER, tell
from tests.support.system import contradictions, run_on, system

KILLED: Final = {
    "clue/send": PROCURATORATE,
    "clue/outcome": LUXIAN,
    "opinion/copy/issue": LUXIAN,
    "opinion/withdrawn/assess": LUXIAN,
    "opinion/answered/reply": PROCURATORATE,
    "opinion/copy/withdraw": LUXIAN,
}


@pytest.mark.timeout(300)
async def test_opinions_and_clues_end_the_same_whoever_was_killed() -> None:
    async with system(LUXIAN, PROCURATORATE) as cluster, run_on(cluster) as run:
        await tell(run)
        beginning, peace = run.beginning, await content(cluster, run.beginning)
    async with system(LUXIAN, PROCURATORATE) as cluster:
        async with asyncio.TaskGroup() as restarts:
            trouble = Trouble(cluster, restarts, KILLED)
            async with run_on(cluster, beginning=beginning, aside=trouble.after) as run:
                await tell(run)
                paper = pb.GetOpinionRequest(id=run.id("opinion/paper"))
                assert (await run.ask(HANDLER, paper)).opinion.stage == "检察意见已撤回"
        assert set(trouble.kills) == set(KILLED)
        assert differences(peace, await content(cluster, beginning)) == []
        assert await contradictions(cluster) == []
        assert await latest(cluster, LUXIAN, type_name(of_case.OpinionWithdrawalNoted))
