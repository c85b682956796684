"""Police without a node: a printed letter, an answer that two officers enter, and later the node's word beside it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.errors import KernelRefusal
from services.kernel.facts import Fact
from services.kernel.letter_code import letter_code, read_letter_code
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.transfer.model import Refusal, oversight, transfer
from services.transfer.model.oversight import oversight_of
from services.transfer.model.paper import TOLD_ON
from services.transfer.model.transfer import Stage
from services.transfer.paper_policies import policy
from services.transfer.service import SERVICE
from tests.support.decider import (
    HEAD,
    LEADER,
    LI,
    LUXIAN,
    POLICE,
    POLICY,
    PROCURATORATE,
    WANG,
    ZHAO,
    On,
    given,
    instant,
    on,
    reactions,
    uid,
)
from tests.unit.transfer.acts import (
    CASE,
    DELIVERED,
    FILED_AT,
    FILING_RECORDED,
    HANDED_OVER,
    ON_ITS_WAY,
    READY,
    RECORD_DEMAND,
    RECORD_FILING,
    RECORD_RECEIPT,
    REFUSAL_RECORDED,
    RETURN,
    SENT_AT,
    SIGNED_AT,
    SUPPLEMENTED,
    TRANSFER,
    file,
)
from tests.unit.transfer.branches import (
    ASKED,
    CONVICTED,
    ORDERED,
    OTHER_POLICE,
    OTHER_PROCURATORATE,
    POLICE_FORWARDED,
    RECONSIDERATION_REQUESTED,
    RECORD_DECLINE,
    RECORD_EXTENSION,
    but,
)
from tests.unit.transfer.test_forwarding import REDIRECTED
from tests.unit.transfer.walks import EVERYBODY

NUMBER, CODE = "川泸交涉移〔2025〕1号", letter_code(TRANSFER)
ARRIVED_AT, CONFIRMED_AT = "2025-05-04 09:00", "2025-05-04 09:30"
SEND = paper.SendPrintedLetterRequest(
    transfer_id=TRANSFER, to_id=POLICE.id, number=NUMBER, code=CODE, letter=file("移送书"), way="直接送达",
    officer_ids=[LI.officer_id, WANG.officer_id],
)  # fmt: skip
LETTER = paper.PrintedLetterSent(
    transfer_id=TRANSFER, to_id=POLICE.id, number=NUMBER, code=CODE, letter=file("移送书"), way="直接送达",
    officers=[LI, WANG],
)  # fmt: skip
ANSWER = uid("answer")


def _enter(kind: paper.PaperAnswerKind.ValueType = paper.PAPER_ANSWER_KIND_RECEIPT, **more: object) -> Message:
    return paper.EnterPaperAnswerRequest(
        transfer_id=TRANSFER, kind=kind, letter_number=NUMBER, code=CODE, signed_at=to_timestamp(instant(SIGNED_AT)),
        signer="石坚", scan=file("回执扫描件"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _entered(kind: paper.PaperAnswerKind.ValueType = paper.PAPER_ANSWER_KIND_RECEIPT, **more: object) -> Message:
    return paper.PaperAnswerEntered(
        transfer_id=TRANSFER, answer_id=ANSWER, kind=kind, answered_by=POLICE.id, letter_number=NUMBER,
        signed_at=to_timestamp(instant(SIGNED_AT)), signer="石坚", scan=file("回执扫描件"), entered_by=LI.officer_id,
        arrived_at=to_timestamp(instant(ARRIVED_AT)), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _confirm(**changes: object) -> Message:
    values = {
        "transfer_id": TRANSFER, "answer_id": ANSWER, "kind": paper.PAPER_ANSWER_KIND_RECEIPT,
        "letter_number": NUMBER, "code": CODE, "signed_at": to_timestamp(instant(SIGNED_AT)),
    }  # fmt: skip
    return paper.ConfirmPaperAnswerRequest(**(values | changes))  # type: ignore[arg-type]


def _confirmed(
    kind: paper.PaperAnswerKind.ValueType = paper.PAPER_ANSWER_KIND_RECEIPT, **more: object
) -> paper.PaperAnswerConfirmed:
    return paper.PaperAnswerConfirmed(
        transfer_id=TRANSFER, answer_id=ANSWER, kind=kind, answered_by=POLICE.id, letter_number=NUMBER,
        signed_at=to_timestamp(instant(SIGNED_AT)), arrived_at=to_timestamp(instant(ARRIVED_AT)), signer="石坚",
        scan=file("回执扫描件"), entered_by=LI.officer_id, confirmed_by=WANG.officer_id, police_id=POLICE.id,
        procuratorate_id=PROCURATORATE.id if kind in TOLD_ON else "", **more,  # type: ignore[arg-type]
    )  # fmt: skip


LONGER: dict[str, object] = {"ground": reconsideration.EXTENSION_GROUND_COMPLICATED, "days": 7}
POSTED = (*ON_ITS_WAY, on(SENT_AT, LETTER))
WAITING = (*POSTED, on(ARRIVED_AT, _entered()))
BY_PAPER = (*POSTED, on(ARRIVED_AT, _entered()), on(CONFIRMED_AT, _confirmed()))
RECEIPT = pb.PoliceReceiptRecorded(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE)
RECEIVED = (*BY_PAPER, on(SIGNED_AT, RECEIPT))


def test_two_officers_bring_a_letter_with_number_and_code():
    given(transfer, *ON_ITS_WAY).when(SEND, at=SENT_AT).then(LETTER)


def test_a_letter_goes_after_the_transfer_itself():
    given(transfer, *READY).when(SEND, at=SENT_AT).refused(KernelRefusal.WRONG_STAGE)


def test_one_officer_alone_brings_no_letter():
    alone = paper.SendPrintedLetterRequest()
    alone.CopyFrom(SEND)
    del alone.officer_ids[1:]
    given(transfer, *ON_ITS_WAY).when(alone, at=SENT_AT).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_a_number_is_given_to_one_letter():
    given(transfer, *POSTED).when(SEND, at=SENT_AT).refused(Refusal.LETTER_SENT_ALREADY, number=NUMBER)


@pytest.mark.parametrize("to_id", ["jt-500118", "ga-500118"])
def test_a_letter_goes_to_the_police_or_the_procuratorate_of_the_transfer(to_id: str):
    other = paper.SendPrintedLetterRequest()
    other.CopyFrom(SEND)
    other.to_id = to_id
    given(transfer, *ON_ITS_WAY).when(other, at=SENT_AT).refused(Refusal.NOT_ITS_TRANSFER)
    other.to_id = PROCURATORATE.id
    assert given(transfer, *ON_ITS_WAY).when(other, at=SENT_AT).events[0].to_id == PROCURATORATE.id  # type: ignore


def test_after_a_forwarding_letters_go_to_the_procuratorate_of_the_police_that_have_the_case():
    here = {"at": ARRIVED_AT, "members": EVERYBODY}
    elsewhere = (*RECEIVED, on(ARRIVED_AT, POLICE_FORWARDED), on(ARRIVED_AT, REDIRECTED))
    letter = but(LETTER, to_id=OTHER_PROCURATORATE.id, number="2号")
    given(transfer, *elsewhere).when(but(SEND, to_id=letter.to_id, number="2号"), **here).then(letter)  # type: ignore
    order = but(_enter(paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED), letter_number="2号")
    [entered] = given(transfer, *elsewhere, on(ARRIVED_AT, letter)).when(order, **here).events  # type: ignore
    assert entered.answered_by == OTHER_PROCURATORATE.id  # type: ignore[attr-defined]


def test_the_procuratorate_of_the_first_police_still_says_that_it_has_its_copy():
    copied = on(SENT_AT, but(LETTER, to_id=PROCURATORATE.id, number="2号"))
    elsewhere = (*RECEIVED, copied, on(ARRIVED_AT, POLICE_FORWARDED), on(ARRIVED_AT, REDIRECTED))
    receipt = but(_enter(paper.PAPER_ANSWER_KIND_COPY_RECEIPT), letter_number="2号")
    [entered] = given(transfer, *elsewhere).when(receipt, at=ARRIVED_AT, members=EVERYBODY).events
    assert entered.answered_by == PROCURATORATE.id  # type: ignore[attr-defined]


def test_what_one_officer_enters_waits():
    outcome = given(transfer, *POSTED).when(_enter(), at=ARRIVED_AT)
    [event] = outcome.events
    assert isinstance(event, paper.PaperAnswerEntered)
    event.answer_id = ANSWER
    assert event == _entered()
    assert given(transfer, *POSTED, on(ARRIVED_AT, event)).state.stage is Stage.SENT


def test_an_answer_answers_a_letter_that_was_sent():
    given(transfer, *ON_ITS_WAY).when(_enter(), at=ARRIVED_AT).refused(Refusal.NO_SUCH_LETTER, number=NUMBER)


def test_the_code_of_another_transfer_is_not_taken():
    wrong = _enter()
    wrong.code = letter_code(uid("another"))  # type: ignore[attr-defined]
    given(transfer, *POSTED).when(wrong, at=ARRIVED_AT).refused(Refusal.WRONG_LETTER_CODE)


def test_nobody_outside_the_team_enters_or_confirms():
    given(transfer, *POSTED).when(_enter(), at=ARRIVED_AT, actor=ZHAO).refused(Refusal.NOT_IN_TEAM)
    given(transfer, *WAITING).when(_confirm(), at=CONFIRMED_AT, actor=HEAD).refused(Refusal.NOT_IN_TEAM)


def test_an_answer_is_not_signed_after_it_arrived():
    given(transfer, *POSTED).when(_enter(), at="2025-05-01 09:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (paper.PAPER_ANSWER_KIND_FILING, "案号"),
        (paper.PAPER_ANSWER_KIND_REFUSAL, "理由"),
        (paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED, "理由"),
        (paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND, "需补充的材料"),
        (paper.PAPER_ANSWER_KIND_DECLINE, "有管辖权的机关"),
        (paper.PAPER_ANSWER_KIND_EXTENSION, "延长的事由和天数"),
    ],
)
def test_an_answer_says_what_its_kind_must_say(kind: paper.PaperAnswerKind.ValueType, missing: str):
    given(transfer, *POSTED).when(_enter(kind), at=ARRIVED_AT).refused(Refusal.PAPER_ANSWER_INCOMPLETE, missing=missing)


def test_another_officer_confirms_by_entering_the_same():
    after = given(transfer, *WAITING).when(_confirm(), at=CONFIRMED_AT, actor=WANG).then(_confirmed())
    assert (after.paper.waiting, len(after.paper.confirmed)) == ((), 1)


def test_nobody_confirms_what_he_entered():
    given(transfer, *WAITING).when(_confirm(), at=CONFIRMED_AT).refused(Refusal.NEEDS_ANOTHER_OFFICER)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": paper.PAPER_ANSWER_KIND_FILING}, "种类"),
        ({"letter_number": "川泸交涉移〔2025〕2号"}, "函件编号"),
        ({"signed_at": to_timestamp(instant(SIGNED_AT) + timedelta(seconds=1))}, "签署时间"),
        ({"number": "88号"}, "文号或者案号"),
    ],
)
def test_entries_that_differ_confirm_nothing(changes: dict[str, object], fields: str):
    outcome = given(transfer, *WAITING).when(_confirm(**changes), at=CONFIRMED_AT, actor=WANG)
    outcome.refused(Refusal.PAPER_ENTRIES_DIFFER, fields=fields)


def test_an_answer_is_confirmed_once():
    given(transfer, *BY_PAPER).when(_confirm(), at=CONFIRMED_AT, actor=WANG).refused(Refusal.NO_OPEN_ENTRY)


def test_a_wrong_entry_is_discarded_with_the_reason_and_a_confirmed_one_is_not():
    wrong = paper.DiscardPaperAnswerRequest(transfer_id=TRANSFER, answer_id=ANSWER, reason="看错日期")
    gone = paper.PaperAnswerDiscarded(transfer_id=TRANSFER, answer_id=ANSWER, reason="看错日期")
    after = given(transfer, *WAITING).when(wrong, at=CONFIRMED_AT).then(gone)
    assert after.paper.waiting == ()
    given(transfer, *BY_PAPER).when(wrong, at=CONFIRMED_AT).refused(Refusal.NO_OPEN_ENTRY)


def test_the_transfer_goes_on_by_the_paper_and_the_act_is_of_when_it_was_signed():
    act, receipt = reactions(policy, _confirmed(), at=CONFIRMED_AT)
    assert isinstance(act, paper.NotePaperActRequest)
    assert isinstance(receipt, commands.RecordPoliceReceiptRequest)
    assert act.occurred_at == receipt.occurred_at == to_timestamp(instant(SIGNED_AT))
    after = given(transfer, *BY_PAPER).when(receipt, actor=POLICY, at=SIGNED_AT).then(RECEIPT)
    assert after.stage is Stage.RECEIVED
    noted = paper.PaperActNoted(
        transfer_id=TRANSFER,
        answer_id=ANSWER,
        kind=paper.PAPER_ANSWER_KIND_RECEIPT,
        answered_by=POLICE.id,
        police_id=POLICE.id,
    )
    given(transfer, *BY_PAPER).when(act, actor=POLICY, at=SIGNED_AT).then(noted)


@pytest.mark.parametrize(
    ("kind", "more", "command"),
    [
        (
            paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND,
            {"kinds": [pb.MATERIAL_KIND_EXPERT_OPINION]},
            commands.RecordSupplementDemandRequest,
        ),
        (paper.PAPER_ANSWER_KIND_FILING, {"number": "88号"}, commands.RecordPoliceFilingRequest),
        (paper.PAPER_ANSWER_KIND_REFUSAL, {"text": "情节轻微"}, commands.RecordPoliceRefusalRequest),
        (paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION, {}, commands.RecordHandOverConfirmationRequest),
    ],
)
def test_the_bureaus_times_begin_when_the_paper_arrived(kind: int, more: dict[str, object], command: type[Message]):
    _, follows = reactions(policy, _confirmed(kind, **more), at=CONFIRMED_AT)  # type: ignore[arg-type]
    assert isinstance(follows, command)
    assert follows.occurred_at == to_timestamp(instant(ARRIVED_AT))  # type: ignore[attr-defined]


def test_the_procuratorates_receipt_is_evidence_and_nothing_more():
    signed = _confirmed(paper.PAPER_ANSWER_KIND_COPY_RECEIPT)
    assert [type(each) for each in reactions(policy, signed, at=CONFIRMED_AT)] == [paper.NotePaperActRequest]


@pytest.mark.parametrize(("told_at", "agrees"), [(SIGNED_AT, True), ("2025-05-01 10:02", False)])
def test_the_nodes_receipt_is_put_beside_the_papers(told_at: str, agrees: bool):
    matched = paper.PaperAnswerMatched(
        transfer_id=TRANSFER, answer_id=ANSWER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, agrees=agrees,
        told_at=to_timestamp(instant(told_at)), referral_id=RECORD_RECEIPT.referral_id,
    )  # fmt: skip
    outcome = given(transfer, *RECEIVED).when(RECORD_RECEIPT, actor=POLICY, at=told_at, origin=POLICE.id)
    after = outcome.then(matched)
    assert (after.stage, after.referral_id) == (Stage.RECEIVED, RECORD_RECEIPT.referral_id)


@pytest.mark.parametrize(("number", "agrees"), [(RECORD_FILING.criminal_case_number, True), ("99号", False)])
def test_the_nodes_filing_is_compared_by_the_number_of_the_case(number: str, agrees: bool):
    kind = paper.PAPER_ANSWER_KIND_FILING
    filed = pb.PoliceFilingRecorded(
        transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, criminal_case_number=number
    )
    history = (*RECEIVED, on(FILED_AT, _confirmed(kind, number=number)), on(FILED_AT, filed))
    outcome = given(transfer, *history).when(RECORD_FILING, actor=POLICY, at=FILED_AT, origin=POLICE.id)
    [matched] = outcome.events
    assert isinstance(matched, paper.PaperAnswerMatched)
    assert matched.agrees is agrees
    assert outcome.state.stage is Stage.FILED


@pytest.mark.parametrize(
    "overtaken", [RECORD_DEMAND, RECORD_EXTENSION, RECORD_DECLINE], ids=["demand", "extension", "decline"]
)
def test_what_the_node_told_before_a_decision_that_came_on_paper_is_over(overtaken: Message):
    kind = paper.PAPER_ANSWER_KIND_REFUSAL
    history = (*RECEIVED, on(FILED_AT, _confirmed(kind, text="情节显著轻微")), on(FILED_AT, REFUSAL_RECORDED))
    given(transfer, *history).when(overtaken, actor=POLICY, at=FILED_AT, origin=POLICE.id).then()
    matched = on(FILED_AT, paper.PaperAnswerMatched(transfer_id=TRANSFER, answer_id=ANSWER, kind=kind, agrees=True))
    given(transfer, *history, matched).when(overtaken, actor=POLICY, at=FILED_AT, origin=POLICE.id).refused(
        KernelRefusal.WRONG_STAGE
    )


def test_what_the_node_tells_after_it_was_matched_is_judged_as_ever():
    matched = paper.PaperAnswerMatched(transfer_id=TRANSFER, answer_id=ANSWER, agrees=True)
    history = (*RECEIVED, on(SIGNED_AT, matched))
    given(transfer, *history).when(RECORD_RECEIPT, actor=POLICY, at=SIGNED_AT, origin=POLICE.id).refused(
        KernelRefusal.WRONG_STAGE
    )


@pytest.mark.parametrize("typed", ["{}", "{} ", "lower", "no hyphen"])
def test_a_code_is_read_as_people_type_it(typed: str):
    forms = {"{}": CODE, "{} ": CODE, "lower": CODE.lower(), "no hyphen": CODE.replace("-", "")}
    assert read_letter_code(forms[typed]) == CODE


def test_a_misread_character_is_another_code():
    digits = CODE.replace("-", "")
    for at, digit in enumerate(digits):
        other = "7" if digit != "7" else "8"
        assert read_letter_code(digits[:at] + other + digits[at + 1 :]) != CODE


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (paper.PAPER_ANSWER_KIND_FILING, {"number": "88号"}),
        (paper.PAPER_ANSWER_KIND_REFUSAL, {"text": "情节轻微"}),
        (paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED, {"text": "维持"}),
        (paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION, {}),
        (paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND, {"kinds": [pb.MATERIAL_KIND_EXPERT_OPINION]}),
        (paper.PAPER_ANSWER_KIND_DECLINE, {"competent": "监察机关"}),
        (paper.PAPER_ANSWER_KIND_EXTENSION, LONGER),
    ],
)
def test_what_the_transfer_is_not_ready_for_is_not_confirmed(
    kind: paper.PaperAnswerKind.ValueType, more: dict[str, object]
):
    waiting = (*POSTED, on(ARRIVED_AT, _entered(kind, **more)))
    again = {name: more[name] for name in ("number", "ground", "days") if name in more}
    command = _confirm(kind=kind, **again)
    given(transfer, *waiting).when(command, at=CONFIRMED_AT, actor=WANG).refused(KernelRefusal.WRONG_STAGE)


def test_a_receipt_is_confirmed_once_for_the_transfer():
    again = (*RECEIVED, on(ARRIVED_AT, _entered()))
    given(transfer, *again).when(_confirm(), at=CONFIRMED_AT, actor=WANG).refused(KernelRefusal.WRONG_STAGE)


def test_a_case_does_not_come_back_before_the_police_signed_whenever_their_letter_is_said_to_have_arrived():
    refused = pb.PoliceRefusalRecorded(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, reasons="情节轻微")
    history = (*RECEIVED, on("2025-05-01 09:30", refused))
    given(transfer, *history).when(RETURN, actor=LEADER, at="2025-05-01 09:45").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def _clock(rule_id: str, now: str, *history: On, told: Message | None = None) -> Clock:
    """The bureau's clock of that rule after what is in its ledger, and after what the police's node told it now."""
    keeper = Keeper("transfer", SERVICE.deadlines, LUXIAN, Rules())
    book = Book(keeper, published())
    for one in (*history, *((on(now, told),) if told is not None else ())):
        origin = POLICE.id if told is not None and one.event is told else None
        fact = Fact(event_id=UUID(uid(f"{one.at}")), occurred_at=one.at, actor="", origin=origin)
        book.take(one.event, fact, impacts(keeper, one.event, fact))
    for clock in list(book.touched.values()):
        book.fire(clock, instant(now), None)
    [found] = [clock for clock in book.touched.values() if clock.rule_id == rule_id]
    return found


@pytest.mark.parametrize("gone", [forwarding.ReferralForwarded, forwarding.ReferralDeclined])
def test_the_polices_clock_on_paper_ends_when_their_node_says_that_it_is_not_theirs(gone: type[Message]):
    signed = paper.PaperActNoted(
        transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, answered_by=POLICE.id, police_id=POLICE.id
    )
    history = (on(SIGNED_AT, signed),)
    assert _clock("transfer.filing_decision_on_paper", "2025-05-07 09:00", *history).status is Status.MISSED
    after = _clock("transfer.filing_decision_on_paper", "2025-05-02 09:00", *history, told=gone(transfer_id=TRANSFER))
    assert after.status is Status.CANCELLED


EXTENDED_AT = "2025-05-06 17:00"
EXTENSION = reconsideration.PoliceExtensionRecorded(
    transfer_id=TRANSFER, police_id=POLICE.id, ground=reconsideration.EXTENSION_GROUND_COMPLICATED, days=7
)


def _longer() -> paper.PaperAnswerConfirmed:
    signed_at = to_timestamp(instant(EXTENDED_AT))
    return but(_confirmed(paper.PAPER_ANSWER_KIND_EXTENSION, **LONGER), signed_at=signed_at)


def test_police_that_extend_on_paper_have_the_longer_time_from_when_they_signed_it():
    act, follows = reactions(policy, _longer(), at="2025-05-07 09:30")
    assert isinstance(act, paper.NotePaperActRequest)
    assert follows.occurred_at == to_timestamp(instant(EXTENDED_AT))  # type: ignore[attr-defined]
    history = (*RECEIVED, on("2025-05-07 09:30", _longer()))
    given(transfer, *history).when(follows, actor=POLICY, at=EXTENDED_AT).then(EXTENSION)


@pytest.mark.parametrize(
    ("extended_at", "status", "due_on"),
    [(EXTENDED_AT, Status.RUNNING, date(2025, 5, 12)), ("2025-05-07 00:00", Status.MISSED, date(2025, 5, 6))],
    ids=["in time", "over"],
)
def test_the_clock_on_paper_knows_the_extension_that_was_signed_in_time(extended_at: str, status: Status, due_on: date):
    rule = "transfer.filing_decision_on_paper"
    signed = paper.PaperActNoted(
        transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, answered_by=POLICE.id, police_id=POLICE.id
    )
    history = (on(SIGNED_AT, signed), on(extended_at, EXTENSION))
    found = _clock(rule, "2025-05-09 09:00", *history)
    assert (found.status, found.due.due_on, found.responsible_id) == (status, due_on, POLICE.id)
    assert _clock(rule, "2025-05-13 00:00", *history).status is Status.MISSED


@pytest.mark.parametrize(("days", "agrees"), [(7, True), (30, False)])
def test_the_nodes_extension_lengthens_nothing_twice_and_is_compared(days: int, agrees: bool):
    told = reconsideration.RecordExtensionRequest(
        transfer_id=TRANSFER, police_id=POLICE.id, ground=reconsideration.EXTENSION_GROUND_COMPLICATED, days=days
    )
    history = (*RECEIVED, on("2025-05-07 09:30", _longer()), on(EXTENDED_AT, EXTENSION))
    [event] = given(transfer, *history).when(told, actor=POLICY, origin=POLICE.id, at=EXTENDED_AT).events
    assert isinstance(event, paper.PaperAnswerMatched)
    assert event.agrees is agrees


def test_both_entries_name_the_same_days():
    waiting = (*POSTED, on(ARRIVED_AT, _entered(paper.PAPER_ANSWER_KIND_EXTENSION, **LONGER)))
    command = _confirm(kind=paper.PAPER_ANSWER_KIND_EXTENSION, **(LONGER | {"days": 30}))
    given(transfer, *waiting).when(command, at=CONFIRMED_AT, actor=WANG).refused(
        Refusal.PAPER_ENTRIES_DIFFER, fields="延长的天数"
    )


def test_police_that_reconsider_on_paper_have_three_days_from_the_letter():
    rule = "transfer.reconsideration_decision_on_paper"
    asked = reconsideration.ReconsiderationRequested(transfer_id=TRANSFER, police_id=POLICE.id)
    history = (on("2025-05-14 09:00", asked),)
    found = _clock(rule, "2025-05-20 00:00", *history)
    assert (found.due.due_on, found.status, found.responsible_id) == (date(2025, 5, 19), Status.MISSED, POLICE.id)
    kept = paper.PaperActNoted(transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED)
    assert _clock(rule, "2025-05-20 00:00", *history, on("2025-05-19 15:00", kept)).in_time


def test_the_receipt_of_another_letter_is_evidence_and_moves_nothing():
    kind = paper.PAPER_ANSWER_KIND_LETTER_RECEIPT
    waiting = (*RECEIVED, on(ARRIVED_AT, _entered(kind)))
    after = given(transfer, *waiting).when(_confirm(kind=kind), at=CONFIRMED_AT, actor=WANG).then(_confirmed(kind))
    assert after.stage is Stage.RECEIVED


def _suggested() -> tuple[object, ...]:
    refused = pb.PoliceRefusalRecorded(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, reasons="情节轻微")
    suggested = supervision.SupervisionSuggested(transfer_id=TRANSFER, procuratorate_id=PROCURATORATE.id)
    letter = paper.PrintedLetterSent()
    letter.CopyFrom(LETTER)
    letter.to_id, letter.number = PROCURATORATE.id, "川泸交建监〔2025〕1号"
    return (
        *RECEIVED,
        on("2025-05-05 09:00", refused),
        on("2025-05-06 09:00", suggested),
        on("2025-05-06 10:00", letter),
    )


@pytest.mark.parametrize(
    ("kind", "stage"),
    [
        (paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED, Stage.ORDERED_TO_FILE),
        (paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD, Stage.UPHELD),
    ],
)
def test_a_procuratorate_without_a_node_ends_a_supervision_on_paper(
    kind: paper.PaperAnswerKind.ValueType, stage: Stage
):
    at = "2025-05-20 09:00"
    entry = _enter(kind, text="理由成立")
    entry.letter_number = "川泸交建监〔2025〕1号"  # type: ignore[attr-defined]
    history = _suggested()
    [entered] = given(transfer, *history).when(entry, at=at).events  # type: ignore[arg-type]
    confirm = _confirm(kind=kind, letter_number="川泸交建监〔2025〕1号", answer_id=entered.answer_id)  # type: ignore
    waiting = (*history, on(at, entered))
    [answer] = given(transfer, *waiting).when(confirm, at=at, actor=WANG).events  # type: ignore[arg-type]
    assert isinstance(answer, paper.PaperAnswerConfirmed)
    _, follows = reactions(policy, answer, at=at)
    outcome = given(transfer, *waiting, on(at, answer)).when(follows, actor=POLICY, at=at)  # type: ignore[arg-type]
    assert outcome.state.stage is stage


def test_only_the_procuratorate_answers_for_a_supervision():
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED
    given(transfer, *POSTED).when(_enter(kind), at=ARRIVED_AT).refused(
        Refusal.NOT_ITS_TRANSFER, authority=POLICE.id, expected=PROCURATORATE.id
    )


def test_a_letter_goes_to_a_procuratorate_that_no_registry_lists():
    nobody = {key: one for key, one in EVERYBODY.items() if key != PROCURATORATE.id}
    letter = but(LETTER, to_id=PROCURATORATE.id)
    given(transfer, *ON_ITS_WAY).when(but(SEND, to_id=PROCURATORATE.id), at=SENT_AT, members=nobody).then(letter)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (paper.PAPER_ANSWER_KIND_REASONS_ASKED, supervision.SUPERVISION_STEP_REASONS_ASKED),
        (paper.PAPER_ANSWER_KIND_REASONS_STATED, supervision.SUPERVISION_STEP_REASONS_STATED),
    ],
)
def test_each_step_of_a_supervision_comes_on_paper_and_a_node_says_it_again(
    kind: paper.PaperAnswerKind.ValueType, step: supervision.SupervisionStep.ValueType
):
    at = "2025-05-20 09:00"
    answer = but(_confirmed(kind), answered_by=PROCURATORATE.id)
    _, follows = reactions(policy, answer, at=at)
    history = (*_suggested(), on(at, answer))
    outcome = given(transfer, *history).when(follows, actor=POLICY, at=at)  # type: ignore[arg-type]
    [recorded] = outcome.events
    assert isinstance(recorded, supervision.SupervisionStepRecorded)
    assert (recorded.step, outcome.state.stage) == (step, Stage.SUPERVISION)
    node_says = given(transfer, *history, on(at, recorded)).when(  # type: ignore[arg-type]
        follows, actor=POLICY, at=at, origin=PROCURATORATE.id
    )
    assert [type(each) for each in node_says.events] == [paper.PaperAnswerMatched]


def test_a_supervision_that_paper_ended_is_over_when_the_nodes_earlier_steps_have_come_after_it():
    at = "2025-05-20 09:00"
    upheld = but(_confirmed(paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD), answered_by=PROCURATORATE.id)
    history = [*_suggested(), on(at, upheld)]
    _, by_paper = reactions(policy, upheld, at=at)
    opened = but(by_paper, step=supervision.SUPERVISION_STEP_OPENED)
    asked = but(by_paper, step=supervision.SUPERVISION_STEP_REASONS_ASKED)
    for told, origin in ((by_paper, None), (opened, PROCURATORATE.id), (asked, PROCURATORATE.id)):
        outcome = given(transfer, *history).when(told, actor=POLICY, at=at, origin=origin)  # type: ignore[arg-type]
        history += [on(at, event) for event in outcome.events]
    node_says = given(transfer, *history).when(  # type: ignore[arg-type]
        by_paper, actor=POLICY, at=at, origin=PROCURATORATE.id
    )
    assert [type(each) for each in node_says.events] == [
        paper.PaperAnswerMatched,
        supervision.SupervisionStepRecorded,
    ]
    assert node_says.state.stage is Stage.UPHELD


def _forwarded_on_paper() -> paper.PaperAnswerConfirmed:
    kind = paper.PAPER_ANSWER_KIND_FORWARDING
    return but(_confirmed(kind, text="犯罪地在永川"), to_police_id=OTHER_POLICE.id)


def test_police_that_send_a_case_on_say_so_on_paper_and_the_others_get_the_package():
    _, follows = reactions(policy, _forwarded_on_paper(), at=CONFIRMED_AT)
    here = {"actor": POLICY, "at": ARRIVED_AT, "members": EVERYBODY}
    outcome = given(transfer, *RECEIVED, on(CONFIRMED_AT, _forwarded_on_paper())).when(follows, **here)  # type: ignore
    assert [type(each) for each in outcome.events][:2] == [forwarding.PoliceForwarded, forwarding.TransferRedirected]
    assert (outcome.state.stage, outcome.state.police_id) == (Stage.SENT, OTHER_POLICE.id)


@pytest.mark.parametrize(("to_id", "agrees"), [(OTHER_POLICE.id, True), ("ga-500153", False)])
def test_the_nodes_forwarding_is_compared_by_the_police_it_names(to_id: str, agrees: bool):
    elsewhere = (*RECEIVED, on(CONFIRMED_AT, _forwarded_on_paper()), POLICE_FORWARDED, REDIRECTED)
    told = forwarding.RecordForwardingRequest(transfer_id=TRANSFER, police_id=POLICE.id, to_police_id=to_id, reason="-")
    [matched] = given(transfer, *elsewhere).when(told, actor=POLICY, members=EVERYBODY, origin=POLICE.id).events
    assert isinstance(matched, paper.PaperAnswerMatched)
    assert matched.agrees is agrees


@pytest.mark.parametrize("told", [RECORD_DEMAND, RECORD_EXTENSION, RECORD_DECLINE])
def test_what_police_did_before_they_forwarded_on_paper_is_over(told: Any):
    elsewhere = (*RECEIVED, on(CONFIRMED_AT, _forwarded_on_paper()), POLICE_FORWARDED, REDIRECTED)
    given(transfer, *elsewhere).when(told, actor=POLICY, members=EVERYBODY, origin=POLICE.id).then()


def test_both_entries_name_the_same_other_police():
    kind = paper.PAPER_ANSWER_KIND_FORWARDING
    given(transfer, *POSTED).when(_enter(kind), at=ARRIVED_AT).refused(
        Refusal.PAPER_ANSWER_INCOMPLETE, missing="转往的公安机关"
    )
    waiting = (*POSTED, on(ARRIVED_AT, _entered(kind, to_police_id=OTHER_POLICE.id)))
    given(transfer, *waiting).when(_confirm(kind=kind), at=CONFIRMED_AT, actor=WANG).refused(
        Refusal.PAPER_ENTRIES_DIFFER, fields="转往的公安机关"
    )


def test_property_comes_back_with_a_list_on_paper():
    kind, items = paper.PAPER_ANSWER_KIND_PROPERTY_RETURN, [pb.Property(description="车辆", quantity=1)]
    history = (*RECEIVED, *DELIVERED[len(DELIVERED) - 2 :])
    given(transfer, *history).when(_enter(kind), at="2025-07-01 09:00").refused(
        Refusal.PAPER_ANSWER_INCOMPLETE, missing="退还的财物"
    )
    _, follows = reactions(policy, _confirmed(kind, items=items), at=CONFIRMED_AT)
    [back] = given(transfer, *history).when(follows, actor=POLICY, at="2025-07-01 09:00").events
    assert isinstance(back, outcomes.PropertyReturnRecorded)
    assert (list(back.items), back.record) == (items, file("回执扫描件"))


def test_a_criminal_case_is_withdrawn_on_paper_and_the_case_can_come_back():
    kind = paper.PAPER_ANSWER_KIND_WITHDRAWAL
    history = (*RECEIVED, *DELIVERED[len(DELIVERED) - 2 :], on("2025-07-01 09:00", _confirmed(kind)))
    _, follows = reactions(policy, _confirmed(kind), at=CONFIRMED_AT)
    outcome = given(transfer, *history).when(follows, actor=POLICY, at="2025-07-01 09:00")
    assert outcome.state.stage is Stage.WITHDRAWN
    node_says = given(transfer, *history).when(follows, actor=POLICY, at="2025-07-01 09:00", origin=POLICE.id)
    assert [type(each) for each in node_says.events] == [paper.PaperAnswerMatched]


@pytest.mark.parametrize(("kind", "step"), TOLD_ON.items(), ids=str)
def test_their_procuratorate_hears_from_the_bureau_what_police_without_a_node_answered(kind: int, step: int):
    answer = _confirmed(kind)  # type: ignore[arg-type]
    [told] = reactions(policy, answer, authority=PROCURATORATE, origin=LUXIAN.id, at=CONFIRMED_AT)
    assert isinstance(told, commands.UpdateOversightRequest)
    assert (told.step, told.reported_by, told.paper_id) == (step, LUXIAN.id, ANSWER)
    assert told.taken_at == to_timestamp(instant(SIGNED_AT))
    from_bureau = oversight_of(TRANSFER, LUXIAN.id)
    opened = pb.OversightOpened(
        oversight_id=from_bureau, transfer_id=TRANSFER, bureau_id=LUXIAN.id, reported_by=LUXIAN.id,
        step=pb.TRANSFER_STEP_SENT, taken_at=to_timestamp(instant(SENT_AT)),
    )  # fmt: skip
    kept = pb.OversightUpdated(
        oversight_id=from_bureau, transfer_id=TRANSFER, bureau_id=LUXIAN.id, reported_by=LUXIAN.id,
        step=step, taken_at=to_timestamp(instant(SIGNED_AT)), paper_id=ANSWER,  # type: ignore[arg-type]
    )  # fmt: skip
    given(oversight, opened).when(told, authority=PROCURATORATE, actor=POLICY).then(kept)


def test_what_is_no_step_of_the_police_goes_to_no_procuratorate():
    receipt = _confirmed(paper.PAPER_ANSWER_KIND_COPY_RECEIPT)
    assert receipt.procuratorate_id == ""
    assert reactions(policy, receipt, authority=PROCURATORATE, origin=LUXIAN.id, at=CONFIRMED_AT) == []


def test_what_police_and_procuratorate_write_to_each_other_the_bureau_does_not_enter():
    kind = paper.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT
    given(transfer, *POSTED).when(_enter(kind), at=ARRIVED_AT).refused(Refusal.PAPER_KIND_NOT_HERE)


def test_police_with_a_node_keep_the_clock_of_an_order_themselves():
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED
    order = paper.PaperActNoted(transfer_id=TRANSFER, kind=kind, police_id=POLICE.id)
    rule = "transfer.ordered_filing_on_paper"
    assert _clock(rule, "2025-05-17 00:00", on(SIGNED_AT, order)).status is Status.MISSED
    order.referral_id = uid("referral")
    with pytest.raises(ValueError, match="not enough values"):
        _clock(rule, "2025-05-17 00:00", on(SIGNED_AT, order))


@pytest.mark.parametrize("filed", [False, True])
def test_an_order_that_is_entered_after_the_filing_gives_no_time_to_file(filed: bool):
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED
    order = but(_confirmed(kind), answer_id=uid("order"), answered_by=PROCURATORATE.id)
    noted, _ = reactions(policy, order, at=CONFIRMED_AT)
    history = (*RECEIVED, *((on(ARRIVED_AT, FILING_RECORDED),) if filed else ()), on(CONFIRMED_AT, order))
    outcome = given(transfer, *history).when(noted, actor=POLICY, at=SIGNED_AT)
    assert [type(each) for each in outcome.events] == ([] if filed else [paper.PaperActNoted])


@pytest.mark.parametrize("event", [SUPPLEMENTED, RECONSIDERATION_REQUESTED, HANDED_OVER, ASKED, ORDERED, CONVICTED])
def test_what_was_written_to_police_without_a_node_is_no_riddle_to_the_node_they_get(event: Any):
    here: dict[str, Any] = {"authority": POLICE, "origin": LUXIAN.id, "at": CONFIRMED_AT}
    [command] = reactions(SERVICE.policy, event, **here)
    assert command.referral_id == event.referral_id  # type: ignore[attr-defined]
    assert reactions(SERVICE.policy, but(event, referral_id=""), **here) == []
