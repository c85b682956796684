"""Papers between police and procuratorate while one of them has no node: two officers enter each (来文登记)."""

from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID

import pytest
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import incoming_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as kinds
from enforcement.transfer.v1 import supervision_pb2 as supervisions
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Status
from services.kernel.errors import KernelRefusal
from services.kernel.facts import Fact
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.transfer.incoming_policies import policy
from services.transfer.model import Refusal, referral, supervision
from services.transfer.model.incoming import Matter, paper
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, POLICY, PROCURATORATE, On, given, instant, officer, on, reactions, uid
from tests.unit.transfer.acts import ACCEPTED, CRIMINAL_CASE, REFERRAL, TRANSFER, file
from tests.unit.transfer.branches import (
    ASKED,
    ASKED_RECEIVED,
    ASKED_RECEIVED_RECORDED,
    ENDED,
    NOTE_ASKED,
    NOTE_ORDER,
    NOTE_OUTCOME,
    NOTE_UPHELD,
    ORDER,
    ORDER_RECEIVED,
    ORDERED,
    OUTCOME_NOTED,
    REASONS_RECORDED,
    RECORD_ASKED_RECEIVED,
    RECORD_REASONS,
    STATE,
    SUPERVISION,
    UPHELD_RECEIVED,
    but,
    stated,
)
from tests.unit.transfer.test_supervision import AT_JCY, AT_THE_POLICE, OPENED, QUESTIONED

SIGNED_AT, ARRIVED_AT, CONFIRMED_AT = "2025-06-09 16:00", "2025-06-10 10:00", "2025-06-10 10:30"
PAPER, SCAN = uid("paper"), file("扫描件")
FIRST, SECOND = officer("甲", authority=POLICE), officer("乙", authority=POLICE)
JCY_FIRST = officer("检", options.ROLE_PROSECUTOR, authority=PROCURATORATE)
JCY_SECOND = officer("察", options.ROLE_PROSECUTOR, authority=PROCURATORATE)
AT_POLICE: Final[dict[str, Any]] = {"authority": POLICE, "officers": (FIRST, SECOND)}
AT_PROCURATORATE: Final[dict[str, Any]] = {"authority": PROCURATORATE, "officers": (JCY_FIRST, JCY_SECOND)}
SUPERVISED = (*OPENED, on("2025-06-09 11:00", ASKED))
FILED_AT_POLICE = (*ACCEPTED, on("2025-06-06 10:00", CRIMINAL_CASE))
Kind: TypeAlias = kinds.PaperAnswerKind.ValueType


def _enter(kind: Kind, matter_id: str = REFERRAL, **more: Any) -> pb.EnterPaperRequest:
    return pb.EnterPaperRequest(
        matter_id=matter_id, kind=kind, signed_at=to_timestamp(instant(SIGNED_AT)), signer="章检",
        number="泸检立监〔2025〕3号", scan=SCAN, **more,
    )  # fmt: skip


def entered(kind: Kind, **more: Any) -> pb.PaperEntered:
    at_police = kind in (
        kinds.PAPER_ANSWER_KIND_REASONS_ASKED,
        kinds.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
        kinds.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
        kinds.PAPER_ANSWER_KIND_OUTCOME,
    )
    return pb.PaperEntered(
        paper_id=PAPER, transfer_id=TRANSFER, matter_id=REFERRAL if at_police else SUPERVISION, bureau_id=LUXIAN.id,
        supervision_id=SUPERVISION, kind=kind, from_id=(PROCURATORATE if at_police else POLICE).id,
        signed_at=to_timestamp(instant(SIGNED_AT)), arrived_at=to_timestamp(instant(ARRIVED_AT)), signer="章检",
        number="泸检立监〔2025〕3号", scan=SCAN, entered_by=(FIRST if at_police else JCY_FIRST).officer_id, **more,
    )  # fmt: skip


def _confirm(said: Kind, **changes: Any) -> pb.ConfirmPaperRequest:
    values: dict[str, Any] = {
        "paper_id": PAPER, "kind": said, "signed_at": to_timestamp(instant(SIGNED_AT)), "number": "泸检立监〔2025〕3号",
    }  # fmt: skip
    return pb.ConfirmPaperRequest(**(values | changes))


def confirmed(kind: Kind, **more: Any) -> pb.PaperConfirmed:
    return pb.PaperConfirmed(
        paper_id=PAPER, transfer_id=TRANSFER, paper=entered(kind, **more), confirmed_by=SECOND.officer_id
    )


def _about(aggregate: Any, *history: Any) -> Matter:
    return Matter(aggregate, given(aggregate, *history).state)


def _follows(kind: Kind, **more: Any) -> Message:
    noted, command = reactions(policy, confirmed(kind, **more), at=CONFIRMED_AT)
    assert isinstance(noted, pb.NotePaperRequest)
    assert noted.occurred_at == to_timestamp(instant(SIGNED_AT))
    return command


QUESTION = kinds.PAPER_ANSWER_KIND_REASONS_ASKED
SIGNED_FOR = kinds.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT
ORDER_SIGNED_FOR = kinds.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT
STATED = kinds.PAPER_ANSWER_KIND_REASONS_STATED


# ---- two officers ------------------------------------------------------------------------------------------------


def test_what_one_officer_enters_waits_and_says_whose_it_is_by_the_matter() -> None:
    outcome = given(paper).when(
        _enter(QUESTION, text="为何不立案"),
        at=ARRIVED_AT,
        actor=FIRST,
        found=_about(referral, *AT_THE_POLICE),
        **AT_POLICE,
    )
    [event] = outcome.events
    assert isinstance(event, pb.PaperEntered)
    event.paper_id = PAPER
    assert event == entered(QUESTION, text="为何不立案")


def test_another_officer_confirms_by_entering_the_same() -> None:
    waiting = on(ARRIVED_AT, entered(QUESTION, text="为何不立案"))
    alone = given(paper, waiting).when(_confirm(QUESTION), at=CONFIRMED_AT, actor=FIRST, **AT_POLICE)
    alone.refused(Refusal.NEEDS_ANOTHER_OFFICER)
    here: dict[str, Any] = {"actor": SECOND, "found": _about(referral, *AT_THE_POLICE), **AT_POLICE}
    given(paper, waiting).when(_confirm(QUESTION), at=CONFIRMED_AT, **here).then(confirmed(QUESTION, text="为何不立案"))


def test_what_a_node_told_between_the_two_entries_is_not_confirmed() -> None:
    waiting = on(ARRIVED_AT, entered(QUESTION, text="为何不立案"))
    here: dict[str, Any] = {"actor": SECOND, "found": _about(referral, *QUESTIONED), **AT_POLICE}
    given(paper, waiting).when(_confirm(QUESTION), at=CONFIRMED_AT, **here).refused(Refusal.TOLD_ALREADY)


def test_a_receipt_is_not_confirmed_when_the_supervision_has_gone_on_and_parks_nothing() -> None:
    stated = (*SUPERVISED, on("2025-06-10 10:15", REASONS_RECORDED))
    waiting = on(ARRIVED_AT, entered(SIGNED_FOR))
    here: dict[str, Any] = {"actor": JCY_SECOND, "found": _about(supervision, *stated), **AT_PROCURATORATE}
    given(paper, waiting).when(_confirm(SIGNED_FOR), at=CONFIRMED_AT, **here).refused(KernelRefusal.WRONG_STAGE)
    given(supervision, *stated).when(_follows(SIGNED_FOR), actor=POLICY, at=SIGNED_AT, authority=PROCURATORATE).then()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": STATED}, "种类"),
        ({"number": "4号"}, "文号"),
        ({"signed_at": to_timestamp(instant(ARRIVED_AT))}, "签署时间"),
        ({"about": supervisions.NON_FILING_REFUSED}, "是否已决定不予立案"),
        ({"outcome": outcomes.TRANSFER_OUTCOME_ACQUITTED}, "处理结果"),
    ],
)
def test_entries_that_differ_confirm_nothing(changes: dict[str, Any], fields: str) -> None:
    waiting = on(ARRIVED_AT, entered(QUESTION, text="为何不立案"))
    outcome = given(paper, waiting).when(_confirm(QUESTION, **changes), at=CONFIRMED_AT, actor=SECOND, **AT_POLICE)
    outcome.refused(Refusal.PAPER_ENTRIES_DIFFER, fields=fields)


def test_a_wrong_entry_is_discarded_and_a_confirmed_one_is_not() -> None:
    wrong = pb.DiscardPaperRequest(paper_id=PAPER, reason="看错日期")
    waiting = on(ARRIVED_AT, entered(QUESTION, text="为何不立案"))
    gone = pb.PaperDiscarded(paper_id=PAPER, transfer_id=TRANSFER, reason="看错日期")
    given(paper, waiting).when(wrong, at=CONFIRMED_AT, actor=SECOND, **AT_POLICE).then(gone)
    done = on(CONFIRMED_AT, confirmed(QUESTION))
    given(paper, waiting, done).when(wrong, at=CONFIRMED_AT, actor=SECOND, **AT_POLICE).refused(Refusal.NO_OPEN_ENTRY)


def test_a_side_enters_what_the_other_writes_to_it() -> None:
    here: dict[str, Any] = {"at": ARRIVED_AT, "actor": FIRST, "found": _about(referral, *AT_THE_POLICE), **AT_POLICE}
    given(paper).when(_enter(STATED), **here).refused(Refusal.PAPER_KIND_NOT_HERE, kind="不立案理由说明书")


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (QUESTION, "要求说明的事项"),
        (kinds.PAPER_ANSWER_KIND_SUPERVISION_UPHELD, "是否已决定不予立案"),
        (kinds.PAPER_ANSWER_KIND_OUTCOME, "处理结果"),
    ],
)
def test_a_paper_says_what_its_kind_must_say(kind: Kind, missing: str) -> None:
    here: dict[str, Any] = {"at": ARRIVED_AT, "actor": FIRST, "found": _about(referral, *AT_THE_POLICE), **AT_POLICE}
    given(paper).when(_enter(kind), **here).refused(Refusal.PAPER_ANSWER_INCOMPLETE, missing=missing)


def test_only_prosecutors_enter_papers_of_a_supervision() -> None:
    clerk = officer("文", authority=PROCURATORATE)
    here: dict[str, Any] = {
        "authority": PROCURATORATE,
        "actor": clerk,
        "officers": (clerk,),
        "found": _about(supervision, *SUPERVISED),
    }
    given(paper).when(_enter(SIGNED_FOR, SUPERVISION), at=ARRIVED_AT, **here).refused(KernelRefusal.CALLER_NOT_ALLOWED)


def test_what_a_node_told_is_not_entered_again() -> None:
    here: dict[str, Any] = {"at": ARRIVED_AT, "actor": FIRST, "found": _about(referral, *QUESTIONED), **AT_POLICE}
    given(paper).when(_enter(QUESTION, text="为何不立案"), **here).refused(Refusal.TOLD_ALREADY)


@pytest.mark.parametrize(
    "history",
    [OPENED, (*SUPERVISED, on("2025-06-09 12:00", ORDERED), on("2025-06-09 13:00", ENDED))],
    ids=["nothing ordered", "over"],
)
def test_nobody_signs_for_an_order_that_was_not_given_or_is_over(history: tuple[Any, ...]) -> None:
    here: dict[str, Any] = {"actor": JCY_FIRST, "found": _about(supervision, *history), **AT_PROCURATORATE}
    given(paper).when(_enter(ORDER_SIGNED_FOR, SUPERVISION), at=ARRIVED_AT, **here).refused(KernelRefusal.WRONG_STAGE)


def test_an_order_is_signed_for_after_it_was_given_and_once() -> None:
    matter = _about(supervision, *SUPERVISED, on("2025-06-09 12:00", ORDERED))
    here: dict[str, Any] = {"actor": JCY_FIRST, **AT_PROCURATORATE}
    receipt = _enter(ORDER_SIGNED_FOR, SUPERVISION)
    [first] = given(paper).when(receipt, at=ARRIVED_AT, found=matter, **here).events
    assert isinstance(first, pb.PaperEntered)
    again = matter._replace(confirmed=frozenset({ORDER_SIGNED_FOR}))
    given(paper).when(receipt, at=ARRIVED_AT, found=again, **here).refused(Refusal.TOLD_ALREADY)
    here["actor"] = JCY_SECOND
    waiting = on(ARRIVED_AT, entered(ORDER_SIGNED_FOR))
    given(paper, waiting).when(_confirm(ORDER_SIGNED_FOR), at=CONFIRMED_AT, found=again, **here).refused(
        Refusal.TOLD_ALREADY
    )
    receipt.signed_at.CopyFrom(to_timestamp(instant("2025-06-09 11:30")))
    early = given(paper).when(receipt, at=ARRIVED_AT, found=matter, **here)
    early.refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_nobody_signs_for_a_question_before_it_was_asked() -> None:
    receipt = _enter(SIGNED_FOR, SUPERVISION)
    here: dict[str, Any] = {"actor": JCY_FIRST, "found": _about(supervision, *SUPERVISED), **AT_PROCURATORATE}
    [made] = given(paper).when(receipt, at=ARRIVED_AT, **here).events
    assert isinstance(made, pb.PaperEntered)
    receipt.signed_at.CopyFrom(to_timestamp(instant("2025-05-09 10:00")))
    given(paper).when(receipt, at=ARRIVED_AT, **here).refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    follows = but(RECORD_ASKED_RECEIVED, paper_id=PAPER)
    early = given(supervision, *SUPERVISED).when(follows, actor=POLICY, at="2025-05-09 10:00", authority=PROCURATORATE)
    early.refused(Refusal.ACT_BEFORE_ITS_CAUSE)


# ---- police whose procuratorate has no node -----------------------------------------------------------------------


def test_police_state_their_reasons_to_a_question_that_came_on_paper() -> None:
    command = _follows(QUESTION, text="为何不立案")
    on_paper = but(ASKED_RECEIVED, paper_id=PAPER, letter=SCAN, asked_at=to_timestamp(instant(SIGNED_AT)))
    after = given(referral, *AT_THE_POLICE).when(command, actor=POLICY, at=ARRIVED_AT, authority=POLICE).then(on_paper)
    assert after.asked_by == SUPERVISION
    asked = (*AT_THE_POLICE, on(ARRIVED_AT, on_paper))
    stated = given(referral, *asked).when(STATE, at="2025-06-11 09:00", actor=FIRST, **AT_POLICE)
    assert [type(each) for each in stated.events] == [supervisions.ReasonsStated]


def test_a_question_that_was_answered_is_not_entered_from_paper_again() -> None:
    asked = on(ARRIVED_AT, but(ASKED_RECEIVED, asked_at=to_timestamp(instant(SIGNED_AT))))
    answered = (*AT_THE_POLICE, asked, on(CONFIRMED_AT, stated(supervisions.NON_FILING_REFUSED)))
    here: dict[str, Any] = {"at": "2025-06-11 09:00", "actor": FIRST, "found": _about(referral, *answered), **AT_POLICE}
    given(paper).when(_enter(QUESTION, text="为何不立案"), **here).refused(Refusal.TOLD_ALREADY)
    later = but(_enter(QUESTION, text="为何仍不立案"), signed_at=to_timestamp(instant("2025-06-11 08:00")))
    assert [type(each) for each in given(paper).when(later, **here).events] == [pb.PaperEntered]


def test_reasons_of_an_earlier_round_answer_no_question_of_the_next_one() -> None:
    asked_later = (*OPENED, on("2025-06-11 09:00", ASKED))
    here: dict[str, Any] = {"at": "2025-06-12 09:00", "actor": JCY_FIRST, **AT_PROCURATORATE}
    paper_of = _enter(STATED, SUPERVISION, text="情节显著轻微", about=supervisions.NON_FILING_REFUSED)
    for history in (OPENED, asked_later):
        found = _about(supervision, *history)
        given(paper).when(paper_of, found=found, **here).refused(Refusal.TOLD_ALREADY)
    [entered_] = given(paper).when(paper_of, found=_about(supervision, *SUPERVISED), **here).events
    assert isinstance(entered_, pb.PaperEntered)


def test_police_file_when_the_notice_came_on_paper() -> None:
    command = _follows(kinds.PAPER_ANSWER_KIND_SUPERVISION_ORDERED)
    order = but(ORDER_RECEIVED, paper_id=PAPER, notice=SCAN)
    after = given(referral, *AT_THE_POLICE).when(command, actor=POLICY, at=ARRIVED_AT, authority=POLICE).then(order)
    assert after.stage is PoliceStage.ORDERED_TO_FILE


def test_a_question_that_comes_after_the_notice_on_paper_asks_for_nothing() -> None:
    ordered = (*AT_THE_POLICE, on(ARRIVED_AT, but(ORDER_RECEIVED, paper_id=PAPER)))
    here: dict[str, Any] = {"actor": POLICY, "at": CONFIRMED_AT, "authority": POLICE, "origin": PROCURATORATE.id}
    given(referral, *ordered).when(NOTE_ASKED, **here).then()


def test_police_give_property_back_after_an_outcome_that_came_on_paper() -> None:
    command = _follows(kinds.PAPER_ANSWER_KIND_OUTCOME, outcome=NOTE_OUTCOME.outcome)
    noted = but(OUTCOME_NOTED, paper_id=PAPER)
    after = given(referral, *FILED_AT_POLICE).when(command, actor=POLICY, at=ARRIVED_AT, authority=POLICE).then(noted)
    assert after.stage is PoliceStage.ENDED


@pytest.mark.parametrize(
    ("told", "kind", "node_says"),
    [
        (but(ASKED_RECEIVED, paper_id=PAPER), QUESTION, NOTE_ASKED),
        (but(ORDER_RECEIVED, paper_id=PAPER), kinds.PAPER_ANSWER_KIND_SUPERVISION_ORDERED, NOTE_ORDER),
    ],
)
def test_what_the_procuratorates_node_says_later_is_put_beside_the_paper(
    told: Message, kind: Kind, node_says: Message
) -> None:
    history = (*AT_THE_POLICE, on(ARRIVED_AT, told))
    here: dict[str, Any] = {"actor": POLICY, "at": CONFIRMED_AT, "authority": POLICE, "origin": PROCURATORATE.id}
    matched = pb.ReferralPaperMatched(
        referral_id=REFERRAL, transfer_id=TRANSFER, paper_id=PAPER, kind=kind, agrees=True
    )
    given(referral, *history).when(node_says, **here).then(matched)
    again = given(referral, *history, on(CONFIRMED_AT, matched)).when(node_says, **here)
    assert [type(each) for each in again.events] == [type(told)]


def test_another_outcome_than_the_papers_shows() -> None:
    history = (*FILED_AT_POLICE, on(ARRIVED_AT, but(OUTCOME_NOTED, paper_id=PAPER)))
    other = but(NOTE_OUTCOME, outcome=outcomes.TRANSFER_OUTCOME_ACQUITTED)
    here: dict[str, Any] = {"actor": POLICY, "authority": POLICE, "origin": PROCURATORATE.id}
    outcome = given(referral, *history).when(other, at=CONFIRMED_AT, **here)
    matched, noted = outcome.events
    assert isinstance(matched, pb.ReferralPaperMatched)
    assert not matched.agrees
    assert noted == but(OUTCOME_NOTED, outcome=outcomes.TRANSFER_OUTCOME_ACQUITTED)  # the node's word is kept, too
    assert outcome.state.told == (outcomes.TRANSFER_OUTCOME_CONVICTED, outcomes.TRANSFER_OUTCOME_ACQUITTED)


def test_a_judgment_after_a_paper_that_did_not_prosecute_on_conditions_contradicts_nothing() -> None:
    not_prosecuted = outcomes.TRANSFER_OUTCOME_NON_PROSECUTION
    history = (*FILED_AT_POLICE, on(ARRIVED_AT, but(OUTCOME_NOTED, paper_id=PAPER, outcome=not_prosecuted)))
    judged = but(NOTE_OUTCOME, outcome=outcomes.TRANSFER_OUTCOME_CONVICTED)
    here: dict[str, Any] = {"actor": POLICY, "authority": POLICE, "origin": PROCURATORATE.id}
    later = given(referral, *history).when(judged, at=CONFIRMED_AT, **here)
    later.then(but(OUTCOME_NOTED, outcome=outcomes.TRANSFER_OUTCOME_CONVICTED))
    same = but(NOTE_OUTCOME, outcome=not_prosecuted)
    [matched] = given(referral, *history).when(same, at=CONFIRMED_AT, **here).events
    assert isinstance(matched, pb.ReferralPaperMatched)
    assert matched.agrees


def test_the_question_of_a_second_round_is_not_what_the_paper_of_the_first_one_asked() -> None:
    asked = on(ARRIVED_AT, but(ASKED_RECEIVED, paper_id=PAPER))
    answered = (*AT_THE_POLICE, asked, on("2025-06-11 09:00", stated(supervisions.NON_FILING_REFUSED)))
    first_round = (*answered, on("2025-06-16 09:00", UPHELD_RECEIVED))
    here: dict[str, Any] = {"actor": POLICY, "at": "2025-06-20 10:00", "authority": POLICE, "origin": PROCURATORATE.id}
    late = given(referral, *first_round).when(NOTE_ASKED, told_at="2025-06-09 17:00", **here)
    assert [type(each) for each in late.events] == [pb.ReferralPaperMatched]
    late = given(referral, *answered).when(NOTE_ASKED, told_at="2025-06-20 09:00", **here)
    assert [type(each) for each in late.events] == [pb.ReferralPaperMatched]  # a node that only says it late
    again = given(referral, *first_round).when(NOTE_ASKED, told_at="2025-06-20 09:00", **here).then(ASKED_RECEIVED)
    assert again.asked_by == SUPERVISION


@pytest.mark.parametrize("about", [supervisions.NON_FILING_REFUSED, supervisions.NON_FILING_UNDECIDED])
def test_reasons_and_what_is_found_of_them_are_compared_by_what_they_are_about(
    about: supervisions.NonFiling.ValueType,
) -> None:
    agrees = about == supervisions.NON_FILING_REFUSED
    upheld = but(UPHELD_RECEIVED, paper_id=PAPER, about=supervisions.NON_FILING_REFUSED)
    here: dict[str, Any] = {"actor": POLICY, "at": CONFIRMED_AT, "authority": POLICE, "origin": PROCURATORATE.id}
    told = but(NOTE_UPHELD, about=about)
    [matched] = given(referral, *AT_THE_POLICE, on(ARRIVED_AT, upheld)).when(told, **here).events
    assert matched.agrees is agrees  # type: ignore[attr-defined]
    kept = but(REASONS_RECORDED, paper_id=PAPER, about=supervisions.NON_FILING_REFUSED)
    here = {**here, "authority": PROCURATORATE, "origin": POLICE.id}
    said = but(RECORD_REASONS, about=about)
    [matched] = given(supervision, *SUPERVISED, on(ARRIVED_AT, kept)).when(said, **here).events
    assert matched.agrees is agrees  # type: ignore[attr-defined]


# ---- a procuratorate whose police have no node --------------------------------------------------------------------


def test_seven_days_after_the_receipt_on_paper_silent_police_are_told_to_file() -> None:
    early = given(supervision, *SUPERVISED).when(ORDER, at="2025-06-17 09:00", **AT_JCY)
    early.refused(Refusal.REASONS_NOT_STATED)  # nobody knows when the question reached them
    receipt = but(ASKED_RECEIVED_RECORDED, paper_id=PAPER)
    command = _follows(SIGNED_FOR)
    given(supervision, *SUPERVISED).when(command, actor=POLICY, at=SIGNED_AT, authority=PROCURATORATE).then(receipt)
    signed = (*SUPERVISED, on(SIGNED_AT, receipt))
    given(supervision, *signed).when(ORDER, at="2025-06-16 23:59", **AT_JCY).refused(Refusal.REASONS_STILL_DUE)
    assert given(supervision, *signed).when(ORDER, at="2025-06-17 00:00", **AT_JCY).then(ORDERED)


def test_reasons_on_paper_are_what_the_procuratorate_decides_on() -> None:
    command = _follows(STATED, about=REASONS_RECORDED.about, text=REASONS_RECORDED.reasons)
    reasons = but(REASONS_RECORDED, paper_id=PAPER, document=SCAN)
    after = given(supervision, *SUPERVISED).when(command, actor=POLICY, at=ARRIVED_AT, authority=PROCURATORATE)
    assert after.then(reasons).stage is SupervisionStage.REASONS_STATED


@pytest.mark.parametrize("kind", [kinds.PAPER_ANSWER_KIND_FILING, kinds.PAPER_ANSWER_KIND_FORWARDING])
def test_a_supervision_ends_when_paper_says_that_the_police_filed_or_sent_the_case_on(kind: Kind) -> None:
    history = (*SUPERVISED, on("2025-06-20 09:00", ORDERED))
    after = given(supervision, *history).when(_follows(kind), actor=POLICY, at="2025-06-25 09:00")
    [event] = after.events
    assert isinstance(event, supervisions.SupervisionEnded)
    assert event.filed is (kind == kinds.PAPER_ANSWER_KIND_FILING)
    assert after.state.stage is SupervisionStage.ENDED


@pytest.mark.parametrize(("told_at", "agrees"), [(SIGNED_AT, True), (ARRIVED_AT, False)])
def test_the_polices_node_says_later_when_it_had_the_question(told_at: str, agrees: bool) -> None:
    history = (*SUPERVISED, on(SIGNED_AT, but(ASKED_RECEIVED_RECORDED, paper_id=PAPER)))
    here: dict[str, Any] = {"actor": POLICY, "authority": PROCURATORATE, "origin": POLICE.id}
    matched = pb.SupervisionPaperMatched(
        supervision_id=SUPERVISION, transfer_id=TRANSFER, paper_id=PAPER, kind=SIGNED_FOR, agrees=agrees
    )
    after = given(supervision, *history).when(RECORD_ASKED_RECEIVED, at=told_at, **here).then(matched)
    assert after.asked_received_at == instant(SIGNED_AT)


def test_the_polices_node_says_the_reasons_again() -> None:
    history = (*SUPERVISED, on(ARRIVED_AT, but(REASONS_RECORDED, paper_id=PAPER)))
    here: dict[str, Any] = {"actor": POLICY, "authority": PROCURATORATE, "origin": POLICE.id, "at": CONFIRMED_AT}
    [matched] = given(supervision, *history).when(RECORD_REASONS, **here).events
    assert isinstance(matched, pb.SupervisionPaperMatched)


# ---- clocks ------------------------------------------------------------------------------------------------------


def _noted(kind: Kind) -> Message:
    return pb.PaperNoted(paper_id=PAPER, transfer_id=TRANSFER, kind=kind, from_id=POLICE.id)


def _clock(rule_id: str, now: str, *history: On, at: Authority = PROCURATORATE) -> Any:
    keeper = Keeper("transfer", SERVICE.deadlines, at, Rules())
    book = Book(keeper, published())
    for one in history:
        fact = Fact(event_id=UUID(uid(f"{one.at}")), occurred_at=one.at, actor="", origin=None)
        book.take(one.event, fact, impacts(keeper, one.event, fact))
    for clock in list(book.touched.values()):
        book.fire(clock, instant(now), None)
    [found] = [clock for clock in book.touched.values() if clock.rule_id == rule_id]
    return found


@pytest.mark.parametrize(
    ("rule_id", "begins", "ends", "due_on"),
    [
        ("supervision.reasons_on_paper", SIGNED_FOR, STATED, date(2025, 6, 16)),
        (
            "supervision.ordered_filing_on_paper",
            kinds.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT,
            kinds.PAPER_ANSWER_KIND_FILING,
            date(2025, 6, 24),
        ),
    ],
)
def test_police_on_paper_are_judged_by_what_they_signed(rule_id: str, begins: Kind, ends: Kind, due_on: date) -> None:
    began = on(SIGNED_AT, _noted(begins))
    late = _clock(rule_id, "2025-06-25 00:00", began)
    assert (late.due.due_on, late.status, late.responsible_id) == (due_on, Status.MISSED, POLICE.id)
    assert _clock(rule_id, "2025-06-25 00:00", began, on(f"{due_on} 15:00", _noted(ends))).in_time
