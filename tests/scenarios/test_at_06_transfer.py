"""AT-06 移送公安机关，正常路径：两种“三日”的算法，各自的期限都到日到时。

涉嫌伪造道路运输证。2025-04-28成立专案组，04-29向正职负责人报告，04-30 16:00批准，05-01移送并由公安机关签收，
06-06收到立案通知，06-09移交。劳动节假期05-01至05-05。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.story import cast, chapter_7_transfer, chapter_8_filing
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.clocks import row_of
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_datetime
from tests.support.system import file_case, run_on, system

CALENDAR = {"head": ("2025-05-02 24:00", "2025-05-06 24:00"), "police": ("2025-05-04 24:00", "2025-05-06 24:00")}
WORKING = {"head": ("2025-05-07 24:00", "2025-05-07 24:00"), "police": ("2025-05-08 24:00", "2025-05-08 24:00")}


@pytest.fixture(scope="module", params=["calendar", "working"])
async def told(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Run, dict[str, tuple[str, str]]]]:
    """A case of 泸县 transferred to the police, up to the hand-over, under each reading of Order 310's days."""
    rules = {"o310_days": [["2025-01-01", request.param]]}
    async with system(LUXIAN, POLICE, PROCURATORATE, rules=rules) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        await chapter_7_transfer.tell(run)
        await chapter_8_filing.tell(run)
        await run.later(1)
        yield run, {"calendar": CALENDAR, "working": WORKING}[request.param]


async def test_every_clock_ends_on_its_exact_day(told: tuple[Run, dict[str, tuple[str, str]]]) -> None:
    run, due = told
    clocks = await _clocks(run, cast.INVESTIGATORS[0]) | await _clocks(run, cast.POLICE_TEAM[0])
    assert {rule: (row.nominal, row.effective, row.late) for rule, row in clocks.items()} == {
        "transfer.report": ("2025-05-06 24:00", "2025-05-06 24:00", False),
        "transfer.head_decision": (*due["head"], False),
        "transfer.send": ("2025-05-01 16:00", "2025-05-01 16:00", False),
        "transfer.receipt": ("2025-05-06 24:00", "2025-05-06 24:00", False),
        "transfer.filing_decision": (*due["police"], True),
        "referral.filing_decision": (*due["police"], True),
        "transfer.hand_over": ("2025-06-09 24:00", "2025-06-09 24:00", False)
        if due is CALENDAR
        else ("2025-06-11 24:00", "2025-06-11 24:00", False),
    }


async def test_the_police_may_ask_for_materials_until_ten_the_next_day(told: tuple[Run, Any]) -> None:
    run, _ = told
    asked = await run.ask(cast.POLICE_TEAM[0], transfer.GetReferralRequest(transfer_id=run.facts.transfer_id))
    until = to_datetime(asked.referral.supplement_until_at).astimezone(SHANGHAI)
    assert until.isoformat() == "2025-05-02T10:00:00+08:00"


async def test_the_seizure_ends_with_the_hand_over_and_the_party_is_told(told: tuple[Run, Any]) -> None:
    run, _ = told
    case = (await run.ask(INVESTIGATORS[0], cases.GetCaseRequest(case_id=run.facts.cases["B"]))).case
    assert [measure.state for measure in case.measures] == ["已结束"]
    shown = (await run.ask(INVESTIGATORS[0], transfer.GetTransferRequest(transfer_id=run.facts.transfer_id))).transfer
    assert shown.stage == "等待处理结果"
    assert to_datetime(shown.party_informed_at).astimezone(SHANGHAI).date().isoformat() == "2025-06-09"


async def _clocks(run: Run, officer: cast.Officer) -> dict[str, Any]:
    asked = await run.ask(officer, deadlines.ListDeadlinesRequest(subject_id=run.facts.transfer_id))
    return {clock.rule_id: row_of(clock) for clock in asked.clocks}
