"""What the file of a matter must hold, and on which pages it is."""

import pytest

from services.documents.dossier import Entry, catalogue, lacking, needs


def sheet(form: str, pages: int = 1, **more: str) -> Entry:
    return Entry(form, form=form, pages=pages, file={"sha256": form, "size": "1"}, **more)  # type: ignore[arg-type]


PIECE = Entry("书证：经营许可证复印件", evidence=True, pages=2, file={"sha256": "e", "size": "1"})
THING = Entry("物证：道路运输证一本", evidence=True)
PAPER = Entry("听证申请书", pages=1, file={"sha256": "p", "size": "1"})
PENALISED = {
    "investigation": {"facts": "…"},
    "outcome": "penalty",
    "notice": {"on": "2024-09-27"},
    "served": {"on": "x"},
}
COMPLETE = [sheet(form) for form in ("F1", "X2", "F11", "F15", "F23", "F24")]


def test_a_penalty_case_with_everything_lacks_nothing():
    assert lacking("case", PENALISED, [*COMPLETE, PIECE]) == []


@pytest.mark.parametrize("entry", COMPLETE, ids=lambda entry: entry.form)
def test_each_document_that_a_penalty_case_must_have_is_missed(entry):
    there = [one for one in COMPLETE if one is not entry]
    assert len(lacking("case", PENALISED, [*there, PIECE])) == 1


def test_of_a_clue_that_became_no_case_the_file_needs_the_record_of_that():
    turned_down = {"not_filed": {"reason": "经核实没有违法事实", "on": "2024-09-12"}}
    assert lacking("case", turned_down, []) == ["不予立案审批表"]
    assert lacking("case", turned_down, [sheet("X35")]) == []


def test_a_case_without_evidence_lacks_it():
    assert lacking("case", PENALISED, COMPLETE) == ["证据材料（至少1件）"]


def test_physical_evidence_counts():
    assert lacking("case", PENALISED, [*COMPLETE, THING]) == []


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"preservation": {"on": "x", "outcome": "送交鉴定"}}, ["证据登记保存清单"]),
        (
            {"preservation": {"on": "x", "outcome": "解除登记保存"}},
            ["证据登记保存清单", "解除证据登记保存决定书"],
        ),
        ({"seizure": {"on": "x", "extended": False}}, ["行政强制措施决定书", "现场笔录"]),
        (
            {"preservation": {"on": "x", "outcome": "采取证据保全措施后退还"}},
            ["证据登记保存清单", "解除证据登记保存决定书"],
        ),
        (
            {"seizure": {"on": "x", "extended": False, "ended_on": "y", "ended": "没收"}},
            ["行政强制措施决定书", "现场笔录"],
        ),
        (
            {"seizure": {"on": "x", "extended": True, "ended_on": "y", "ended": "退还"}},
            ["行政强制措施决定书", "现场笔录", "延长行政强制措施期限通知书", "解除行政强制措施决定书"],
        ),
        ({"defence": {"kind": "提出陈述申辩"}}, ["陈述申辩笔录或者放弃陈述申辩、听证声明"]),
        ({"hearing": {"at": "x"}}, ["听证通知书"]),
        ({"hearing": {"at": "x", "held_on": "y"}}, ["听证通知书", "听证笔录", "听证报告"]),
        ({"review": {"major": True}}, ["法制审核意见书"]),
        ({"review": {"major": False}}, []),
        ({"discussion": {"on": "x"}}, ["集体讨论记录"]),
        ({"correction": {"content": "x"}}, ["责令改正违法行为通知书"]),
        ({"collection": {"demand": {"total_fen": 1}}}, ["催告书"]),
        ({"collection": {"instalments": {"rows": []}}}, ["分期（延期）缴纳罚款通知书"]),
        ({"collection": {"applied": {"total_fen": 1}}}, ["强制执行申请书"]),
        ({"execution": {"decided_on": "x"}}, ["行政强制执行决定书或者代履行决定书"]),
        ({"transferred": {"reason": "x"}}, ["案件移送函"]),
        ({"transfer": {"transfer_id": "x"}}, []),
        (
            {"transfer": {"approved_on": "x"}},
            ["涉嫌犯罪案件移送书", "涉嫌犯罪案件情况的调查报告", "涉案物品清单"],
        ),
        ({"outcome": "no_penalty"}, ["不予行政处罚决定书"]),
        ({"capture": "x"}, ["非现场执法记录审核告知表"]),
        ({"samples": True}, ["抽样取证凭证"]),
        ({"delivery": {"address": "x", "electronic": True}}, ["送达地址确认书"]),
        ({"delivery": {"address": "x", "electronic": False}}, []),
        ({"published": {"on": "x"}}, ["行政处罚决定公开记录表"]),
        ({"collection": {"without_receipt": ["T1"]}}, ["缴款的财政票据号码"]),
        ({"collection": {"without_receipt": []}}, []),
        ({"execution": {"notice": {"perform_by_on": "x"}}}, ["执行公告"]),
        ({"execution": {"change": {"kind": "中止"}}}, ["中止（终结、恢复）行政强制执行通知书"]),
        ({"collection": {"ended": {"ground": "x", "notice": True}}}, ["中止（终结、恢复）行政强制执行通知书"]),
        ({"collection": {"ended": {"ground": "人民法院终结执行", "notice": False}}}, []),
    ],
)
def test_what_happened_in_a_case_calls_for_its_documents(facts, missing):
    there = [entry for entry in COMPLETE if not (facts.get("outcome") and entry.form in ("F11", "F15"))]
    assert lacking("case", {**PENALISED, **facts}, [*there, PIECE]) == missing


def test_an_on_the_spot_penalty_needs_its_decision_and_evidence():
    assert lacking("on_spot", {}, []) == ["当场行政处罚决定书", "证据材料（至少1件）"]
    assert lacking("on_spot", {}, [sheet("F14"), THING]) == []


@pytest.mark.parametrize(
    ("facts", "form", "missing"),
    [
        ({"instalments": {"rows": []}}, "F17", "分期（延期）缴纳罚款通知书"),
        ({"demand": {"total_fen": 1}}, "F19", "催告书"),
        ({"applied": {"total_fen": 1}}, "X14", "强制执行申请书"),
        ({"ended": {"ground": "x", "notice": True}}, "F22", "中止（终结、恢复）行政强制执行通知书"),
    ],
)
def test_what_happened_with_its_fine_calls_for_the_documents_that_a_case_needs_too(facts, form, missing):
    there = [sheet("F14"), THING]
    assert lacking("on_spot", {"collection": facts}, there) == [missing]
    assert lacking("on_spot", {"collection": facts}, [*there, sheet(form)]) == []


def test_of_several_seizures_each_calls_for_its_documents():
    extended, fresh = {"on": "x", "extended": True}, {"on": "y", "extended": False}
    there = [*COMPLETE, PIECE, sheet("F8"), sheet("F4")]
    facts = {**PENALISED, "seizure": fresh, "every": {"seizure": [extended, fresh]}}
    assert lacking("case", facts, there) == ["延长行政强制措施期限通知书"]


def test_a_file_that_the_store_has_lost_is_missed():
    lost = Entry("视听资料：执法记录仪视频", evidence=True, file={"sha256": "v", "size": "1"}, lost=True)
    assert lacking("case", PENALISED, [*COMPLETE, lost]) == ["目录第7项的文件"]


def test_another_paper_is_no_evidence():
    assert lacking("case", PENALISED, [*COMPLETE, PAPER]) == ["证据材料（至少1件）"]


def test_the_file_is_in_the_order_of_the_procedure_and_its_pages_have_no_gap():
    placed = catalogue(
        [PIECE, THING, PAPER, sheet("F24", 2), sheet("F15", 3), sheet("F1"), sheet("F4", made_on="2024-09-06")]
    )
    assert [entry.form or entry.title for entry in placed] == [
        "F1", "F4", "F15", "F24", "听证申请书", "书证：经营许可证复印件", "物证：道路运输证一本",
    ]  # fmt: skip
    assert [(entry.first_page, entry.last_page) for entry in placed] == [
        (1, 1), (2, 2), (3, 5), (6, 7), (8, 8), (9, 10), (0, 0),
    ]  # fmt: skip


def test_every_need_names_a_form_that_there_is():
    assert all(need.title for need in needs())
