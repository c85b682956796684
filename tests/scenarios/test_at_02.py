"""AT-02 一般程序跨中秋、国庆：立案、告知、听证、法制审核、决定、送达、公开、缴款、归档；期限到日，违法即拒。

2024-09-09立案，09-27告知，10-09申请听证，10-11通知，10-21听证，11-05决定，11-12送达，11-13公开，11-20缴清，11-21归档。
"""

from collections.abc import AsyncIterator

import pytest
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.collection.v1 import service_pb2 as collection
from enforcement.deadlines.v1 import service_pb2 as deadlines

from deploy.local.story.cast import INVESTIGATORS, LUXIAN
from deploy.local.story.run import Run
from tests.scenarios import at_02
from tests.support.system import run_on, system

DUE = {
    "cases.filing": ("2024-09-19", "2024-09-19"),
    "cases.decision": ("2024-12-08", "2024-12-09"),
    "cases.preservation": ("2024-09-24", "2024-09-24"),
    "cases.seizure": ("2024-11-09", "2024-11-11"),
    "cases.defence": ("2024-10-10", "2024-10-10"),
    "cases.hearing_request": ("2024-10-10", "2024-10-10"),
    "cases.correction": ("2024-09-26", "2024-09-26"),
    "cases.legal_review": ("2024-10-31", "2024-10-31"),
    "cases.service": ("2024-11-14", "2024-11-14"),
    "cases.publication": ("2024-11-14", "2024-11-14"),
    "cases.public_short": ("2025-02-13", "2025-02-13"),
    "cases.reconsideration": ("2025-01-11", "2025-01-13"),
    "cases.suit": ("2025-05-12", "2025-05-12"),
}
"""Nominal and effective last day of every clock of the case."""
HISTORY = [
    *("登记线索", "立案", "指派办案人员", "批准采取措施", "扣押", "批准采取措施", "先行登记保存证据", "收集证据"),
    *("责令改正违法行为", "作出登记保存处理决定", "复查改正情况", "调查终结", "批准案件调查报告"),
    *("送达违法行为通知书", "记录陈述申辩"),
    *("延长扣押期限", "当事人申请听证", "通知听证", "举行听证", "提交听证报告", "送法制审核", "完成法制审核"),
    *("作出行政处罚决定", "解除扣押", "送达决定书", "拟定公开文本", "核对公开文本", "公开处罚决定", "结案", "归档"),
]
PUBLIC = {"publication_end": [["2024-01-01", "period"]]}
"""What is published is taken down after its period."""
MONEY = ["罚没收缴立账", "决定书送达生效，确定缴纳期限", "开具缴款单", "银行受理缴款单", "收到缴款", "履行完毕"]
"""What the collection service did in the same matter stands between them."""
NOTED = "履行情况"
"""What the collection service tells of the money comes when it comes."""


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Run]:
    """The case at 泸县 from clue to archive; every act that the law forbids was refused on the way."""
    async with (
        system(LUXIAN, collects=True, rules=PUBLIC) as cluster,
        run_on(cluster, registered_at="2024-09-02 09:00") as run,
    ):
        await at_02.tell(run)
        yield run


async def test_every_clock_ends_on_its_exact_day(told: Run) -> None:
    question = deadlines.ListDeadlinesRequest(subject_id=told.facts.cases["B"])
    clocks = (await told.ask(INVESTIGATORS[0], question)).clocks
    assert {one.rule_id: (one.nominal_due_on, one.due_on) for one in clocks} == DUE
    assert [one.rule_id for one in clocks if one.HasField("missed_due_at")] == []


async def test_the_fine_is_due_fifteen_days_after_the_service(told: Run) -> None:
    answer = await told.ask(INVESTIGATORS[0], collection.GetCollectionRequest(case_id=told.facts.cases["B"]))
    assert [one.due_on for one in answer.collection.dues] == ["2024-11-27"]
    assert answer.collection.summary.open_fen == 0


async def test_the_case_shows_each_of_its_steps(told: Run) -> None:
    shown = (await told.ask(INVESTIGATORS[0], cases.GetCaseRequest(case_id=told.facts.cases["B"]))).case
    steps = shown.procedure
    assert (shown.summary.stage, list(shown.summary.side_states)) == ("已归档", [])
    assert (steps.told_on, steps.hearing_right, steps.hearing_state) == ("2024-09-27", True, "已结束")
    assert (steps.review_state, steps.review_mandatory, steps.served_on) == ("已通过", True, "2024-11-12")
    assert (steps.publication_state, steps.outcome) == ("已公开", cases.OUTCOME_PENALTY)
    assert [penalty.amount_fen for penalty in shown.penalties] == [1_000_000]


async def test_its_history_reads_in_the_order_of_the_law(told: Run) -> None:
    question = cases.GetCaseTimelineRequest(case_id=told.facts.cases["B"])
    question.page.size = 500
    entries = (await told.ask(INVESTIGATORS[0], question)).entries
    titles = [entry.title_zh for entry in entries if entry.type.startswith("enforcement.cases.")]
    assert [title for title in titles if title != NOTED] == HISTORY
    assert titles.count(NOTED) == 2
    others = [entry.title_zh for entry in entries if not entry.type.startswith("enforcement.cases.")]
    assert [title for title in others if title in MONEY] == MONEY
    assert [entry.title_zh for entry in entries if not entry.basis] == []


async def test_the_partys_windows_close_and_nobody_missed_anything(told: Run) -> None:
    await told.at("2025-05-13 00:30")
    question = deadlines.ListDeadlinesRequest(rule_id="cases.suit", subject_id=told.facts.cases["B"])
    closed = deadlines.STATUS_CANCELLED
    await told.until(
        INVESTIGATORS[0], question, lambda answer: [one.status for one in answer.clocks] == [closed], "起诉期限届满"
    )
    all_of_it = deadlines.ListDeadlinesRequest(subject_id=told.facts.cases["B"])
    clocks = (await told.ask(INVESTIGATORS[0], all_of_it)).clocks
    ended = {one.rule_id: one.status for one in clocks if one.rule_id in ("cases.reconsideration", "cases.suit")}
    assert ended == {"cases.reconsideration": closed, "cases.suit": closed}
    assert [one.rule_id for one in clocks if one.HasField("missed_due_at")] == ["cases.public_short"]


async def test_what_was_public_for_three_months_is_taken_down(told: Run) -> None:
    question = cases.GetCaseRequest(case_id=told.facts.cases["B"])
    await told.until(
        INVESTIGATORS[0], question, lambda answer: answer.case.procedure.publication_state == "公示期满", "公示期满"
    )
