"""检察院没有节点：公安机关由两名民警分别录入来文，说明不立案理由、依通知立案；节点接通后与其核对。"""

import pytest

from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE
from tests.scenarios import paper_between_others
from tests.support.system import contradictions, run_on, system


@pytest.mark.timeout(300)
async def test_police_are_supervised_on_paper_and_the_procuratorates_node_says_the_same_later() -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await paper_between_others.tell(run)
        assert await contradictions(cluster) == []
