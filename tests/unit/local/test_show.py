"""The demo's report: whole in both languages, and each without the other's words where it has a choice."""

import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from deploy.local.report.show import show
from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN, POLICE, SICHUAN
from deploy.local.story.telling import (
    Chapter,
    ClockRow,
    Comparison,
    Delivery,
    Figure,
    Report,
    Search,
    Step,
    Telling,
    Trail,
    Words,
)

AT = datetime(2025, 5, 1, 1, 0, tzinfo=UTC)
HEAD = cast.LUXIAN_HEAD
SENT = Step(
    AT,
    LUXIAN,
    HEAD,
    Words("批准移送", "approves the transfer"),
    "recorded",
    position=177,
    events=("TransferApproved",),
    deliveries=(Delivery(POLICE, 1, "ab" * 32, "RECORDED", AT),),
)
REFUSED = Step(
    AT,
    LUXIAN,
    HEAD,
    Words("未告知即决定罚款", "decides a fine without notice"),
    "refused",
    reason="NOTICE_BEFORE_DECISION",
    sentence=Words("未履行告知义务", "no notice before the decision"),
    basis="行政处罚法 arts. 44, 62",
)
CLOCK = ClockRow(
    "transfer.send",
    "移送",
    "国务院令第310号 art. 5",
    LUXIAN,
    AT,
    "2025-05-01",
    "2025-05-06",
    Words("已完成", "met"),
    AT,
    False,
)
INSPECTIONS = Figure(
    "joint.inspections",
    Words("检查", "inspections"),
    Words("台次", "object times"),
    60,
    ((Words("客运", "coach"), 5), (Words("其他", "other"), 55)),
    60,
)
LATE = ClockRow(
    "transfer.filing_decision",
    "立案",
    "design",
    POLICE,
    AT,
    "2025-05-04",
    "2025-05-06",
    Words("已逾期", "missed"),
    None,
    True,
)
HEADINGS = {
    "zh": (
        "报告",
        "回执",
        "案件的法定期限",
        "移送的法定期限",
        "逾期",
        "平台统计",
        "最小披露",
        "案件踪迹",
        "两遍比对",
        "用时",
    ),
    "en": (
        "Report",
        "Receipts",
        "Clocks of the case",
        "Clocks of the transfer",
        "Missed clocks",
        "Figures",
        "Minimal disclosure",
        "the case's trail",
        "The two tellings",
        "s in all",
    ),
}


def report(differences: tuple[str, ...] = ()) -> Report:
    telling = Telling(
        chapters=[Chapter(1, Words("移送", "the transfer"), [SENT, REFUSED], 1.0)],
        figures={SICHUAN: [INSPECTIONS]},
        case_clocks=[CLOCK],
        clocks={LUXIAN: [CLOCK]},
        overdue={SICHUAN: [LATE]},
        searches=[Search(SICHUAN, 10, ())],
        trail=Trail("case", 3, 2, 1, (LUXIAN, POLICE)),
    )
    return Report(telling, Comparison({LUXIAN: 385}, differences, ("transfer/approve",), 65, 100, 20.0), 66.0)


def shown(report: Report, lang: str) -> str:
    out = StringIO()
    show(report, Console(file=out, width=200), lang)
    return out.getvalue()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_part_stands_in_the_readers_language(lang: str):
    text = shown(report(), lang)
    [other] = {"zh", "en"} - {lang}
    assert [heading for heading in HEADINGS[lang] if heading not in text] == []
    assert [heading for heading in HEADINGS[other] if heading in text] == []


def test_a_figure_is_named_in_the_readers_language():
    assert "客运5 + 其他55" in shown(report(), "zh")
    english = shown(report(), "en")
    assert "5 coach + 55 other" in english
    assert [word for word in ("检查", "台次", "客运") if word in english] == []


def test_a_refusal_cites_its_law_as_the_reader_does():
    assert "未履行告知义务（行政处罚法第44、62条）" in shown(report(), "zh")
    assert "no notice before the decision (行政处罚法 arts. 44, 62)" in shown(report(), "en")


def test_the_platforms_own_rules_are_not_cited_as_law():
    assert not re.search("design|本系统规则", shown(report(), "zh") + shown(report(), "en"))


def test_a_difference_between_the_tellings_is_shown_and_nothing_is_called_the_same():
    text = shown(report(("jt-510521 case/x: PenaltyDecided twice",)), "en")
    assert "✗ jt-510521 case/x: PenaltyDecided twice" in text
    assert "is the same" not in text
