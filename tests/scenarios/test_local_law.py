"""地方规定没有默认值：未配置本省听证标准的交通运输局节点拒绝启动，并指明缺少哪一项。"""

from traceback import format_exception

import pytest

from deploy.local.story.cast import LUXIAN
from tests.support.system import system

PERSONS_ONLY = {"510000/person": [["2021-07-15", "1000000"]]}


async def test_a_node_without_its_provinces_amount_does_not_start_and_says_which() -> None:
    with pytest.raises(ExceptionGroup) as failed:
        async with system(LUXIAN, rules={"hearing_threshold_fen": PERSONS_ONLY}):
            pass
    told = "".join(format_exception(failed.value))
    assert "hearing_threshold_fen of 510000/organisation is local law without a default" in told
