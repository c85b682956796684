"""The page of a proof: every step that one authority tells another has its name and its article on it."""

import pytest
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.ledger.v1 import meta_pb2
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper
from google.protobuf.message import Message

from services.kernel.messages import encode, is_restricted, to_timestamp, type_name
from services.kernel.proof import check, compare, dump
from services.transfer.proof_basis import RECEIVED_BASIS
from services.transfer.proof_page import Titles, page
from tests.support.decider import instant
from tests.support.members import CATALOGUE
from tests.support.proofs import TRANSFER, transferred

TITLES = Titles.load()
TOLD = sorted(
    name
    for name, shared in CATALOGUE.shared.items()
    if name.startswith("enforcement.transfer.") and shared.addressees and not is_restricted(name)
)


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_has_a_chinese_name_and_an_article(name: str):
    assert not TITLES.of(name).isascii()
    assert RECEIVED_BASIS[name]


def test_nothing_else_has_an_article_here():
    assert sorted(RECEIVED_BASIS) == TOLD


def test_the_page_says_who_did_what_when_and_that_both_files_agree():
    bureau, police = transferred().proofs()
    first, second = check(bureau, CATALOGUE), check(police, CATALOGUE)
    made = page(dump(bureau), first, compare(first, second), TITLES)
    assert [(step["title"], step["by"], step["at"], step["basis"]) for step in made["steps"]] == [
        ("移送公安机关", "jt-510521（jt-510521）", "2026-11-02 16:00:00", "国务院令第310号第4至6条；刑事诉讼法第54条"),
        ("签收回执", "ga-510521（ga-510521）", "2026-11-02 16:00:01", "国务院令第310号第7条"),
    ]
    assert {one["state"] for one in made["told"]} == {"两方文件逐字节一致"}
    assert made["findings"] == []
    alone = page(dump(bureau), first, None, TITLES)
    assert {one["state"] for one in alone["told"]} == {"回执签名成立"}


CLOCK = "0192f0c1-0000-7000-8000-0000000000f3"
STARTED = clocks.DeadlineStarted(
    deadline_id=CLOCK,
    rule_id="transfer.filing_decision",
    title="公安机关决定是否立案",
    basis="国务院令第310号 art. 8",
    responsible_id="ga-510521",
    subject_id=TRANSFER,
    started_at=to_timestamp(instant("2025-05-01 10:00")),
    effective_due_at=to_timestamp(instant("2025-05-07 00:00")),
    unit=clocks.UNIT_CALENDAR_DAYS,
)
PAUSED = clocks.DeadlinePaused(deadline_id=CLOCK, paused_at=to_timestamp(instant("2025-05-02 09:30")))
RESUMED = clocks.DeadlineResumed(deadline_id=CLOCK, effective_due_at=to_timestamp(instant("2025-05-09 00:00")))
EXTENDED = clocks.DeadlineExtended(deadline_id=CLOCK, effective_due_at=to_timestamp(instant("2025-05-14 00:00")))
MISSED = clocks.DeadlineMissed(deadline_id=CLOCK)


@pytest.mark.parametrize(
    ("events", "due_at", "outcome"),
    [
        ([STARTED], "2025-05-06 24:00:00", "进行中"),
        ([STARTED, PAUSED], "2025-05-06 24:00:00", "自2025-05-02 09:30:00起暂停"),
        ([STARTED, PAUSED, RESUMED], "2025-05-08 24:00:00", "进行中"),
        ([STARTED, MISSED], "2025-05-06 24:00:00", "逾期未完成"),
        ([STARTED, MISSED, EXTENDED], "2025-05-13 24:00:00", "进行中"),
    ],
    ids=["running", "paused", "resumed", "missed", "extended after all"],
)
def test_a_clock_shows_whether_it_runs_or_since_when_it_stands_still(
    events: list[Message], due_at: str, outcome: str
) -> None:
    pair = transferred()
    for event in events:
        pair.bureau.record(encode(event), type_name(event), meta_pb2.Meta(actor="transfer"))
    bureau, _ = pair.proofs()
    (row,) = page(dump(bureau), check(bureau, CATALOGUE), None, TITLES)["clocks"]
    assert (row["due_at"], row["outcome"]) == (due_at, outcome)


def test_a_clock_shows_what_it_is_on_which_article_and_who_must_act() -> None:
    pair = transferred()
    met = clocks.DeadlineMet(deadline_id=CLOCK, met_at=to_timestamp(instant("2025-05-06 17:00")), in_time=True)
    for event in (STARTED, met):
        pair.bureau.record(encode(event), type_name(event), meta_pb2.Meta(actor="transfer"))
    bureau, _ = pair.proofs()
    (row,) = page(dump(bureau), check(bureau, CATALOGUE), None, TITLES)["clocks"]
    assert row["title"] == "公安机关决定是否立案"
    assert row["basis"] == "国务院令第310号第8条"
    assert row["responsible"] == "ga-510521（ga-510521）"
    assert row["started_at"] == "2025-05-01 10:00:00"
    assert row["outcome"] == "按期完成：2025-05-06 17:00:00"


PAPER = "0192f0c1-0000-7000-8000-0000000000f4"
ENTERED = incoming.PaperConfirmed(
    paper_id=PAPER,
    transfer_id=TRANSFER,
    paper=incoming.PaperEntered(
        paper_id=PAPER,
        kind=paper.PAPER_ANSWER_KIND_REASONS_ASKED,
        from_id="jcy-510521",
        number="泸检立监〔2025〕3号",
        signed_at=to_timestamp(instant("2025-05-09 09:00")),
    ),
)


@pytest.mark.parametrize(
    ("later", "state"),
    [
        ([], "未与节点回执核对"),
        ([incoming.ReferralPaperMatched(transfer_id=TRANSFER, paper_id=PAPER, agrees=True)], "与节点回执一致"),
        ([incoming.SupervisionPaperMatched(transfer_id=TRANSFER, paper_id=PAPER)], "与节点回执不一致"),
    ],
    ids=["paper alone", "the node agrees", "the node does not"],
)
def test_what_came_on_paper_shows_as_paper(later: list[Message], state: str) -> None:
    pair = transferred()
    for event in (ENTERED, *later):
        pair.police.record(encode(event), type_name(event), meta_pb2.Meta(actor="transfer"))
    _, police = pair.proofs()
    (row,) = page(dump(police), check(police, CATALOGUE), None, TITLES)["papers"]
    assert (row["title"], row["number"], row["state"]) == ("要求说明不立案理由通知书", "泸检立监〔2025〕3号", state)
