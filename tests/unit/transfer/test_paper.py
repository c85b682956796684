"""Police without a node: a printed letter, and an answer that two officers enter."""

from datetime import timedelta

import pytest
from enforcement.transfer.v1 import paper_pb2 as paper

from services.kernel.errors import KernelRefusal
from services.kernel.letter_code import letter_code, read_letter_code
from services.kernel.messages import to_timestamp
from services.transfer.model import Refusal, transfer
from services.transfer.model.transfer import Stage
from tests.support.decider import (
    HEAD,
    POLICE,
    PROCURATORATE,
    WANG,
    ZHAO,
    given,
    instant,
    on,
    uid,
)
from tests.unit.transfer.acts import (
    ON_ITS_WAY,
    READY,
    SENT_AT,
    SIGNED_AT,
    TRANSFER,
)
from tests.unit.transfer.branches import (
    OTHER_POLICE,
    OTHER_PROCURATORATE,
    POLICE_FORWARDED,
    but,
)
from tests.unit.transfer.paper_acts import (
    ANSWER,
    ARRIVED_AT,
    BY_PAPER,
    CODE,
    CONFIRMED_AT,
    LETTER,
    LONGER,
    NUMBER,
    POSTED,
    RECEIVED,
    SEND,
    WAITING,
    confirmed_as,
    confirming,
    entered_as,
    entering,
)
from tests.unit.transfer.test_forwarding import REDIRECTED
from tests.unit.transfer.walks import EVERYBODY


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
    order = but(entering(paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED), letter_number="2号")
    [entered] = given(transfer, *elsewhere, on(ARRIVED_AT, letter)).when(order, **here).events  # type: ignore
    assert entered.answered_by == OTHER_PROCURATORATE.id  # type: ignore[attr-defined]


def test_the_procuratorate_of_the_first_police_still_says_that_it_has_its_copy():
    copied = on(SENT_AT, but(LETTER, to_id=PROCURATORATE.id, number="2号"))
    elsewhere = (*RECEIVED, copied, on(ARRIVED_AT, POLICE_FORWARDED), on(ARRIVED_AT, REDIRECTED))
    receipt = but(entering(paper.PAPER_ANSWER_KIND_COPY_RECEIPT), letter_number="2号")
    [entered] = given(transfer, *elsewhere).when(receipt, at=ARRIVED_AT, members=EVERYBODY).events
    assert entered.answered_by == PROCURATORATE.id  # type: ignore[attr-defined]


def test_what_one_officer_enters_waits():
    outcome = given(transfer, *POSTED).when(entering(), at=ARRIVED_AT)
    [event] = outcome.events
    assert isinstance(event, paper.PaperAnswerEntered)
    event.answer_id = ANSWER
    assert event == entered_as()
    assert given(transfer, *POSTED, on(ARRIVED_AT, event)).state.stage is Stage.SENT


def test_an_answer_answers_a_letter_that_was_sent():
    given(transfer, *ON_ITS_WAY).when(entering(), at=ARRIVED_AT).refused(Refusal.NO_SUCH_LETTER, number=NUMBER)


def test_the_code_of_another_transfer_is_not_taken():
    wrong = entering()
    wrong.code = letter_code(uid("another"))  # type: ignore[attr-defined]
    given(transfer, *POSTED).when(wrong, at=ARRIVED_AT).refused(Refusal.WRONG_LETTER_CODE)


def test_nobody_outside_the_team_enters_or_confirms():
    given(transfer, *POSTED).when(entering(), at=ARRIVED_AT, actor=ZHAO).refused(Refusal.NOT_IN_TEAM)
    given(transfer, *WAITING).when(confirming(), at=CONFIRMED_AT, actor=HEAD).refused(Refusal.NOT_IN_TEAM)


def test_an_answer_is_not_signed_after_it_arrived():
    given(transfer, *POSTED).when(entering(), at="2025-05-01 09:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


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
    given(transfer, *POSTED).when(entering(kind), at=ARRIVED_AT).refused(
        Refusal.PAPER_ANSWER_INCOMPLETE, missing=missing
    )


def test_another_officer_confirms_by_entering_the_same():
    after = given(transfer, *WAITING).when(confirming(), at=CONFIRMED_AT, actor=WANG).then(confirmed_as())
    assert (after.paper.waiting, len(after.paper.confirmed)) == ((), 1)


def test_nobody_confirms_what_he_entered():
    given(transfer, *WAITING).when(confirming(), at=CONFIRMED_AT).refused(Refusal.NEEDS_ANOTHER_OFFICER)


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
    outcome = given(transfer, *WAITING).when(confirming(**changes), at=CONFIRMED_AT, actor=WANG)
    outcome.refused(Refusal.PAPER_ENTRIES_DIFFER, fields=fields)


def test_an_answer_is_confirmed_once():
    given(transfer, *BY_PAPER).when(confirming(), at=CONFIRMED_AT, actor=WANG).refused(Refusal.NO_OPEN_ENTRY)


def test_a_wrong_entry_is_discarded_with_the_reason_and_a_confirmed_one_is_not():
    wrong = paper.DiscardPaperAnswerRequest(transfer_id=TRANSFER, answer_id=ANSWER, reason="看错日期")
    gone = paper.PaperAnswerDiscarded(transfer_id=TRANSFER, answer_id=ANSWER, reason="看错日期")
    after = given(transfer, *WAITING).when(wrong, at=CONFIRMED_AT).then(gone)
    assert after.paper.waiting == ()
    given(transfer, *BY_PAPER).when(wrong, at=CONFIRMED_AT).refused(Refusal.NO_OPEN_ENTRY)


@pytest.mark.parametrize("typed", ["{}", "{} ", "lower", "no hyphen"])
def test_a_code_is_read_as_people_type_it(typed: str):
    forms = {"{}": CODE, "{} ": CODE, "lower": CODE.lower(), "no hyphen": CODE.replace("-", "")}
    assert read_letter_code(forms[typed]) == CODE


def test_a_misread_character_is_another_code():
    digits = CODE.replace("-", "")
    for at, digit in enumerate(digits):
        other = "7" if digit != "7" else "8"
        assert read_letter_code(digits[:at] + other + digits[at + 1 :]) != CODE


def test_both_entries_name_the_same_days():
    waiting = (*POSTED, on(ARRIVED_AT, entered_as(paper.PAPER_ANSWER_KIND_EXTENSION, **LONGER)))
    command = confirming(kind=paper.PAPER_ANSWER_KIND_EXTENSION, **(LONGER | {"days": 30}))
    given(transfer, *waiting).when(command, at=CONFIRMED_AT, actor=WANG).refused(
        Refusal.PAPER_ENTRIES_DIFFER, fields="延长的天数"
    )


def test_only_the_procuratorate_answers_for_a_supervision():
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED
    given(transfer, *POSTED).when(entering(kind), at=ARRIVED_AT).refused(
        Refusal.NOT_ITS_TRANSFER, authority=POLICE.id, expected=PROCURATORATE.id
    )


def test_a_letter_goes_to_a_procuratorate_that_no_registry_lists():
    nobody = {key: one for key, one in EVERYBODY.items() if key != PROCURATORATE.id}
    letter = but(LETTER, to_id=PROCURATORATE.id)
    given(transfer, *ON_ITS_WAY).when(but(SEND, to_id=PROCURATORATE.id), at=SENT_AT, members=nobody).then(letter)


def test_both_entries_name_the_same_other_police():
    kind = paper.PAPER_ANSWER_KIND_FORWARDING
    given(transfer, *POSTED).when(entering(kind), at=ARRIVED_AT).refused(
        Refusal.PAPER_ANSWER_INCOMPLETE, missing="转往的公安机关"
    )
    waiting = (*POSTED, on(ARRIVED_AT, entered_as(kind, to_police_id=OTHER_POLICE.id)))
    given(transfer, *waiting).when(confirming(kind=kind), at=CONFIRMED_AT, actor=WANG).refused(
        Refusal.PAPER_ENTRIES_DIFFER, fields="转往的公安机关"
    )


def test_what_police_and_procuratorate_write_to_each_other_the_bureau_does_not_enter():
    kind = paper.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT
    given(transfer, *POSTED).when(entering(kind), at=ARRIVED_AT).refused(Refusal.PAPER_KIND_NOT_HERE)
