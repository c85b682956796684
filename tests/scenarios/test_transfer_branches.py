"""移送的分支：不予立案、复议、立案监督、逾期说明理由、通知立案、撤案、退回行政处理、办结，三家各记各的账。"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import service_pb2 as transfer
from google.protobuf.message import Message

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.clocks import row_of
from deploy.local.story.run import Run
from tests.scenarios.transfer_branches import TEAM, tell
from tests.support.system import contradictions, run_on, system


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[tuple[Run, list[str]]]:
    """The branches, told; and what is wrong with the ledgers afterwards."""
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await tell(run)
        yield run, await contradictions(cluster)


async def test_every_side_has_its_own_history_of_it(told: tuple[Run, list[str]]) -> None:
    run, _ = told
    shown = (await run.ask(TEAM, transfer.GetTransferRequest(transfer_id=run.facts.transfer_id))).transfer
    assert (shown.stage, shown.outcome) == ("已办结", outcomes.TRANSFER_OUTCOME_WITHDRAWN)
    assert await _titles(run, TEAM, run.facts.transfer_id, "收到不予立案通知书") == [
        "收到不予立案通知书",
        "提请公安机关复议",
        "收到维持不予立案的复议决定",
        "建议立案监督",
        "检察机关立案监督进展",
        "检察机关立案监督进展",
        "检察机关立案监督进展",
        "收到立案通知书",
        "检察机关立案监督进展",
        "收到刑事处理结果",
        "退回行政处理",
        "移送办结",
    ]
    assert await _titles(run, cast.POLICE_TEAM[0], run.facts.referral_id, "决定不予立案") == [
        "决定不予立案",
        "收到复议申请",
        "复议维持不予立案",
        "收到要求说明不立案理由的通知",
        "收到通知立案书",
        "决定立案",
        "撤销案件",
    ]


async def test_each_clock_ends_on_its_day_and_names_the_police(told: tuple[Run, list[str]]) -> None:
    run, _ = told
    asked = deadlines.ListDeadlinesRequest(subject_id=run.facts.transfer_id)
    found = {}
    for officer in (TEAM, cast.POLICE_TEAM[0], cast.PROSECUTOR):
        for clock in (await run.ask(officer, asked)).clocks:
            row = row_of(clock)
            found[clock.rule_id] = (row.effective, row.late, clock.responsible_id)
    expected = {
        "reconsideration_decision": ("2025-05-12 24:00", False, POLICE),  # 11 May is a Sunday
        "reasons": ("2025-05-19 24:00", True, POLICE),
        "ordered_filing": ("2025-06-04 24:00", False, POLICE),
    }
    for rule, verdict in expected.items():
        kept = {
            found[f"{side}.{rule}"] for side in ("referral", "transfer", "supervision") if f"{side}.{rule}" in found
        }
        assert kept == {verdict}, rule
    assert {"supervision.reasons", "supervision.ordered_filing", "transfer.ordered_filing"} <= set(found)


async def test_the_case_goes_on_and_the_procuratorate_knows(told: tuple[Run, list[str]]) -> None:
    run, faults = told
    case = (await run.ask(TEAM, cases.GetCaseRequest(case_id=run.facts.cases["B"]))).case
    assert not case.summary.transferred
    oversights = (await run.ask(cast.PROSECUTOR, transfer.ListOversightsRequest())).oversights
    (known,) = [one for one in oversights if one.transfer_id == run.facts.transfer_id]
    assert known.HasField("withdrawn_at")
    assert known.HasField("returned_at")
    (supervised,) = (await run.ask(cast.PROSECUTOR, transfer.ListSupervisionsRequest())).supervisions
    assert supervised.stage == "已终结"
    assert faults == []


async def _titles(run: Run, officer: Any, id_: str, first: str) -> list[str]:
    """The history of one aggregate from a step on."""
    request: Message = transfer.GetTransferTimelineRequest(transfer_id=id_)
    titles = [entry.title_zh for entry in (await run.ask(officer, request)).entries]
    return titles[titles.index(first) :]
