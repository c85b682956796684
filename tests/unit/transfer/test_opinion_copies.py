"""The same opinion on paper and electronically, or twice: both stay, one is handled, and its clock is the only one."""

from datetime import UTC
from typing import Any

import pytest
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.transfer.model.opinion_arrival import COMPARED, First, number_key
from services.transfer.model.opinion_case import Stage, opinion_case, opinion_case_of
from services.transfer.model.shared import Refusal
from services.transfer.policies import policy
from tests.support.decider import CHIEF, LUXIAN, POLICY, PROCURATORATE, given, instant, on, reactions, uid
from tests.unit.transfer.opinion_acts import (
    CONTENT,
    HANDLERS,
    LETTER,
    OPINION,
    OPINION_CASE,
    RECEIVE,
    RECEIVED,
    RECEIVED_AT,
    REGISTER,
    REGISTERED_AT,
)
from tests.unit.transfer.test_opinion_clocks import Ledger

PAPER = uid("on paper")
PAPER_AT, LATER = "2025-04-03 10:00", "2025-04-14 09:00"
OF_PAPER: dict[str, Any] = {"opinion_case_id": PAPER, "opinion_id": PAPER}
ON_PAPER = pb.OpinionReceived(
    **OF_PAPER,
    reply_nominal_on="2025-06-03",
    on_paper=True,
    content=CONTENT,
    case_id=uid("case of the paper"),
    procuratorate_name=PROCURATORATE.name,
)
COPY = pb.OpinionReceived(
    opinion_case_id=OPINION_CASE,
    opinion_id=OPINION,
    procuratorate_id=PROCURATORATE.id,
    reply_nominal_on="2025-06-03",
    content=CONTENT,
    case_id=RECEIVE.case_id,
    same_as_id=PAPER,
    first_received_on="2025-04-03",
)
FIRST = First(PAPER, "2025-06-03", fallback=False, received_on="2025-04-03")
NODE: dict[str, Any] = {"opinion_id": OPINION, "procuratorate_id": PROCURATORATE.id}
NOTED = pb.OpinionCopyNoted(opinion_case_id=PAPER, copy_id=OPINION_CASE, **NODE)
NOTE = pb.NoteOpinionCopyRequest(opinion_case_id=PAPER, copy_id=OPINION_CASE, **NODE, content=CONTENT)
ENTER = pb.EnterOpinionRequest(opinion_case_id=PAPER, procuratorate_name=PROCURATORATE.name, content=CONTENT)
REGISTER_PAPER = pb.RegisterOpinionRequest(
    opinion_case_id=PAPER, registration_number="收〔2025〕12号", handler_ids=HANDLERS
)
WITHDRAWN = pb.OpinionWithdrawn(opinion_id=OPINION, bureau_id=LUXIAN.id, reason="提起公诉")


def other(**changes: Any) -> pb.OpinionContent:
    content = pb.OpinionContent()
    content.CopyFrom(CONTENT)
    for name, value in changes.items():
        setattr(content, name, value)
    return content


def test_the_electronic_copy_of_an_opinion_on_paper_keeps_the_papers_period():
    received = given(opinion_case).when(RECEIVE, actor=POLICY, at=RECEIVED_AT, found=FIRST)
    assert received.then(COPY).stage is Stage.COPY


def test_the_paper_of_an_electronic_one_is_kept_beside_it():
    first = First(OPINION_CASE, "2025-06-10", fallback=False)
    event: Any = given(opinion_case).when(ENTER, actor=CHIEF, at=LATER, found=first).events[0]
    assert (event.same_as_id, event.on_paper, event.content) == (OPINION_CASE, True, CONTENT)
    assert event.reply_nominal_on == "2025-06-10"


def test_a_copy_is_told_to_the_one_that_is_handled():
    assert reactions(policy, COPY) == [NOTE]
    assert reactions(policy, RECEIVED) == []
    given(opinion_case, ON_PAPER).when(NOTE, actor=POLICY).then(NOTED)


@pytest.mark.parametrize("field", sorted(set(COMPARED) - {"persons", "reply_period"}))
def test_what_a_copy_says_differently_is_shown(field):
    note = pb.NoteOpinionCopyRequest()
    note.CopyFrom(NOTE)
    note.content.CopyFrom(other(**{field: "另一内容"}))
    event: Any = given(opinion_case, ON_PAPER).when(note, actor=POLICY).events[0]
    assert (list(event.differs), event.HasField("content")) == ([field], False)


def test_names_count_of_the_persons_and_the_period_counts():
    content = other()
    content.persons[0].phone = "13800000000"
    same: Any = given(opinion_case, RECEIVED).when(again(content), actor=POLICY).events[0]
    assert list(same.differs) == []
    content.persons[0].name = "李四"
    content.reply_period.months = 3
    different: Any = given(opinion_case, RECEIVED).when(again(content), actor=POLICY).events[0]
    assert list(different.differs) == ["persons", "reply_period"]
    assert different.content == content  # it has no stream of its own


def again(content: pb.OpinionContent) -> pb.ReceiveOpinionRequest:
    command = pb.ReceiveOpinionRequest()
    command.CopyFrom(RECEIVE)
    command.content.CopyFrom(content)
    return command


def test_the_same_once_more_changes_nothing_and_shows():
    noted = pb.OpinionCopyNoted(opinion_case_id=OPINION_CASE, **NODE)
    twice = given(opinion_case, on(RECEIVED_AT, RECEIVED)).when(RECEIVE, actor=POLICY, at=LATER)
    assert twice.then(noted).stage is Stage.RECEIVED


def test_everything_is_done_on_the_first_one():
    withdraw = pb.EnterOpinionWithdrawalRequest(opinion_case_id=OPINION_CASE, reason="撤回", letter=LETTER)
    for command in (REGISTER, withdraw):
        given(opinion_case, on(RECEIVED_AT, COPY)).when(command, actor=CHIEF, at=REGISTERED_AT).refused(
            Refusal.OPINION_IS_COPY, original=PAPER
        )


def test_after_the_electronic_copy_the_node_is_told_how_it_goes_on():
    for history, told in (((ON_PAPER,), ""), ((ON_PAPER, NOTED), PROCURATORATE.id)):
        dated = [on(PAPER_AT, one) for one in history]
        event: Any = given(opinion_case, *dated).when(REGISTER_PAPER, actor=CHIEF, at=LATER).events[0]
        assert (event.opinion_case_id, event.procuratorate_id) == (PAPER, told)
        assert event.opinion_id == (OPINION if told else PAPER)


def test_then_it_is_withdrawn_by_the_node_and_not_on_paper():
    on_paper = pb.EnterOpinionWithdrawalRequest(opinion_case_id=PAPER, reason="撤回", letter=LETTER)
    given(opinion_case, ON_PAPER, NOTED).when(on_paper, actor=CHIEF).refused(Refusal.NOT_ON_PAPER)
    arrived = reactions(policy, WITHDRAWN, origin=PROCURATORATE.id)
    assert [command.opinion_case_id for command in arrived] == [OPINION_CASE]  # type: ignore[attr-defined]
    recorded = given(opinion_case, COPY).when(arrived[0], actor=POLICY).events[0]
    (passed_on,) = reactions(policy, recorded)
    ended = given(opinion_case, ON_PAPER, NOTED).when(passed_on, actor=POLICY)
    assert (
        ended.then(pb.OpinionWithdrawalRecorded(opinion_case_id=PAPER, **NODE, reason="提起公诉")).stage
        is Stage.WITHDRAWN
    )


def test_an_acknowledgement_reaches_the_one_that_is_handled():
    acknowledged = pb.OpinionAcknowledged(
        opinion_case_id=OPINION_CASE, **NODE, kind=pb.REPLY_KIND_RESULT, remark="同意", same_as_id=PAPER
    )
    told = pb.NoteOpinionAcknowledgedRequest(
        opinion_case_id=PAPER, procuratorate_id=PROCURATORATE.id, kind=pb.REPLY_KIND_RESULT, remark="同意"
    )
    assert reactions(policy, acknowledged) == [told]
    assert opinion_case_of(OPINION, PROCURATORATE.id) == OPINION_CASE


def test_one_clock_runs_for_both_copies_from_the_first_receipt():
    own = Ledger(LUXIAN).tell(ON_PAPER, PAPER_AT).tell(COPY, RECEIVED_AT)
    assert own["opinion.reply"].due.due_on.isoformat() == "2025-06-03"
    replied = pb.OpinionReplied(opinion_case_id=PAPER, **NODE, kind=pb.REPLY_KIND_INTERIM)
    assert own.tell(replied, "2025-06-03 17:00")["opinion.reply"].in_time


def test_the_procuratorate_waits_for_the_same_day():
    there = Ledger(PROCURATORATE).tell(COPY, RECEIVED_AT, origin=LUXIAN)
    assert there["opinion.reply_awaited"].due.due_on.isoformat() == "2025-06-03"
    replied = pb.OpinionReplied(opinion_case_id=PAPER, **NODE, kind=pb.REPLY_KIND_INTERIM)
    assert there.tell(replied, "2025-06-03 17:00", origin=LUXIAN)["opinion.reply_awaited"].in_time


REPLIED_AT = "2025-04-10 15:00"
TELL = pb.TellOpinionReplyRequest(opinion_case_id=PAPER)
REPLIED = pb.OpinionReplied(**OF_PAPER, kind=pb.REPLY_KIND_INTERIM, text="正在调查")


def test_the_node_learns_with_its_copy_what_was_replied_on_paper_before():
    history = (on(PAPER_AT, ON_PAPER), on(REPLIED_AT, REPLIED))
    [noted] = given(opinion_case, *history).when(NOTE, actor=POLICY, at=LATER).events
    assert noted.replied_at.ToDatetime(UTC) == instant(REPLIED_AT)  # type: ignore[attr-defined]
    [tell] = reactions(policy, noted)
    told = pb.OpinionReplied(opinion_case_id=PAPER, **NODE, kind=pb.REPLY_KIND_INTERIM, text="正在调查")
    copied = given(opinion_case, *history, on(LATER, noted))
    copied.when(tell, actor=POLICY, at=REPLIED_AT).then(told)
    withdrawn = pb.OpinionWithdrawalRecorded(opinion_case_id=PAPER, **NODE)
    given(opinion_case, *history, on(LATER, noted), on(LATER, withdrawn)).when(tell, actor=POLICY, at=REPLIED_AT).then()


def test_of_two_replies_on_paper_it_learns_the_result():
    result = pb.OpinionReplied(**OF_PAPER, kind=pb.REPLY_KIND_RESULT, outcome=pb.OPINION_OUTCOME_PENALTY)
    history = (on(PAPER_AT, ON_PAPER), on(REPLIED_AT, result), on("2025-04-11 09:00", REPLIED), on(LATER, NOTED))
    [told] = given(opinion_case, *history).when(TELL, actor=POLICY, at=REPLIED_AT).events
    assert (told.kind, told.procuratorate_id) == (pb.REPLY_KIND_RESULT, PROCURATORATE.id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("history", [(ON_PAPER,), (ON_PAPER, NOTED, REPLIED)], ids=["no reply", "told already"])
def test_nothing_is_told_twice_or_of_nothing(history):
    [noted] = given(opinion_case, *history).when(NOTE, actor=POLICY, at=LATER).events
    assert reactions(policy, noted) == []


def test_a_reply_on_paper_in_time_is_in_time_for_the_node_that_hears_of_it_later():
    there = Ledger(PROCURATORATE).tell(COPY, "2025-06-20 09:00", origin=LUXIAN)
    told = pb.OpinionReplied(opinion_case_id=PAPER, **NODE, kind=pb.REPLY_KIND_INTERIM)
    assert there.tell(told, REPLIED_AT, origin=LUXIAN)["opinion.reply_awaited"].in_time


@pytest.mark.parametrize(
    "typed", ["泸检意〔2025〕3号", "泸检意 [2025] 3 号", "泸检意（２０２５）３号", "泸检意【2025】3号"]
)
def test_a_number_is_the_same_however_its_brackets_and_digits_are_typed(typed):
    assert number_key(typed) == "泸检意〔2025〕3号"
