"""AT-06 移送公安机关，正常路径：两种“三日”的算法，各自的期限都到日到时。

涉嫌伪造道路运输证。2025-04-28成立专案组，04-29向正职负责人报告，04-30 16:00批准，05-01移送并由公安机关签收，
06-06收到立案通知，06-09移交。劳动节假期05-01至05-05。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.transfer.v1 import service_pb2 as transfer
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.local.story import cast, chapter_7_transfer, chapter_8_filing
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE, SICHUAN
from deploy.local.story.clocks import row_of
from deploy.local.story.parties import CRIME, CRIMINAL_CASE_NUMBER, PARTIES, SECRETS
from deploy.local.story.posts import SUSPECTS, B
from deploy.local.story.run import Run
from deploy.local.story.search import search_database, search_topics
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_datetime
from tests.scenarios.test_collection import Matter
from tests.scenarios.test_criminal_sanctions import sent_to_the_police
from tests.support.system import file_case, run_on, system

CALENDAR = {"head": ("2025-05-02 24:00", "2025-05-06 24:00"), "police": ("2025-05-04 24:00", "2025-05-06 24:00")}
STEPS = {
    "TransferApproved": "2025-04-30",
    "CaseTransferred": "2025-05-01",
    "ReferralReceiptSigned": "2025-05-01",
    "CriminalCaseFiled": "2025-06-06",
    "PropertyHandedOver": "2025-06-09",
    "HandOverConfirmed": "2025-06-09",
    "PartyInformed": "2025-06-09",
}
PLATFORM_CLOCKS = ("transfer.head_decision", "transfer.send", "referral.filing_decision")
SUSPENSION = case_events.Penalty(
    kind=case_events.PENALTY_KIND_SUSPEND_LICENCE, extent="暂扣道路运输证三个月", extent_days=90
)
WORKING = {"head": ("2025-05-07 24:00", "2025-05-07 24:00"), "police": ("2025-05-08 24:00", "2025-05-08 24:00")}


@pytest.fixture(scope="module", params=["calendar", "working"])
async def told(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Run, dict[str, tuple[str, str]]]]:
    """A case of 泸县 transferred to the police, up to the hand-over, under each reading of Order 310's days."""
    rules = {"o310_days": [["2025-01-01", request.param]]}
    async with system(LUXIAN, POLICE, PROCURATORATE, SICHUAN, rules=rules) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        with run.chapter("移送", "transfer"):
            await chapter_7_transfer.suspect(run)
            await chapter_7_transfer.report_and_approve(run)
            await incomplete(run)
            await chapter_7_transfer.send(run)
            await chapter_7_transfer.sign(run)
            await chapter_7_transfer.fine_meanwhile(run)
        await chapter_8_filing.tell(run)
        await run.later(1)
        yield run, {"calendar": CALENDAR, "working": WORKING}[request.param]


async def incomplete(run: Run) -> None:
    """Without the letter, without the report, without the list of goods: none of the three goes out."""
    await run.at("2025-05-01 08:30")
    materials = await chapter_7_transfer.package(run)
    for lacking in (1, 2, 3):
        package = transfer.SendTransferRequest(
            transfer_id=run.facts.transfer_id,
            police_id=POLICE,
            materials=[one for number, one in enumerate(materials, 1) if number != lacking],
        )
        title = materials[lacking - 1].title
        zh, en = f"移送，缺少{title}", f"sends the case without {title}"
        await run.refused(INVESTIGATORS[0], f"transfer/without-{lacking}", package, "PACKAGE_INCOMPLETE", zh, en)


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


async def test_the_platform_sees_every_state_and_date(told: tuple[Run, dict[str, tuple[str, str]]]) -> None:
    run, due = told
    question = platform.GetTransferRequest(transfer_id=run.facts.transfer_id)
    view = (
        await run.until(
            cast.SICHUAN_SUPERVISOR,
            question,
            lambda answer: any(one.type.endswith(".PartyInformed") for one in answer.transfer.steps),
            "平台获知告知当事人",
        )
    ).transfer
    assert (view.bureau_id, view.police_id) == (LUXIAN, POLICE)
    days = {one.type.rpartition(".")[2]: _day(one.occurred_at) for one in view.steps}
    assert {step: days.get(step) for step in STEPS} == STEPS
    clocks = {one.clock.rule_id: row_of(one.clock) for one in view.clocks}
    assert {rule: (row.nominal, row.effective) for rule, row in clocks.items() if rule in PLATFORM_CLOCKS} == {
        "transfer.head_decision": due["head"],
        "transfer.send": ("2025-05-01 16:00", "2025-05-01 16:00"),
        "referral.filing_decision": due["police"],
    }


async def test_the_platform_has_no_name_no_plate_and_no_content(told: tuple[Run, Any]) -> None:
    run, _ = told
    transfer_id = run.facts.transfer_id
    held = {PARTIES[B].name, PARTIES[B].id_number, SUSPECTS[B], CRIME, CRIMINAL_CASE_NUMBER, transfer_id}
    assert held <= set((await search_database(run.cluster, LUXIAN, [*SECRETS, transfer_id])).found)
    assert (await search_database(run.cluster, SICHUAN, [*SECRETS, transfer_id])).found == (transfer_id,)
    assert (await search_topics(run.cluster, [*SECRETS, transfer_id])).found == (transfer_id,)


async def test_a_licence_that_was_suspended_earlier_stays_suspended_and_no_fine_joins_it(
    told: tuple[Run, Any],
) -> None:
    cluster = told[0].cluster
    async with run_on(cluster) as run:
        with run.chapter("暂扣在先", "a suspension decided earlier"):
            matter = Matter(run, cluster, None)
            await matter.decide(SUSPENSION)
            await sent_to_the_police(run, matter.case_id)
            await run.settled()
            await matter.serve()
            fine = cases.DecideRequest(
                case_id=matter.case_id,
                outcome=cases.OUTCOME_PENALTY,
                penalties=[case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=3_000_000)],
                reasons="以罚代刑的尝试",
                basis="道路运输条例 art. 63",
            )
            await matter.refused(cast.LUXIAN_DEPUTY, fine, "FINE_WHILE_TRANSFERRED")
            shown = (await run.ask(INVESTIGATORS[0], cases.GetCaseRequest(case_id=matter.case_id))).case
            assert (shown.summary.stage, shown.summary.transferred) == ("已送达", True)


def _day(at: Timestamp) -> str:
    return to_datetime(at).astimezone(SHANGHAI).date().isoformat()


async def _clocks(run: Run, officer: cast.Officer) -> dict[str, Any]:
    asked = await run.ask(officer, deadlines.ListDeadlinesRequest(subject_id=run.facts.transfer_id))
    return {clock.rule_id: row_of(clock) for clock in asked.clocks}
