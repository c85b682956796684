"""The bureau's side of an opinion: receipt and period, registration, competence, case, evidence, reply."""

from datetime import timedelta
from typing import Any

import pytest
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from services.transfer.model.opinion_case import STATEMENTS, Stage, opinion_case
from services.transfer.model.shared import Refusal
from tests.support.decider import (
    CHIEF,
    LEADER,
    LI,
    POLICE,
    POLICY,
    PROCURATORATE,
    SUSPENDED,
    WANG,
    ZHAO,
    given,
    instant,
    on,
    uid,
)
from tests.unit.transfer.opinion_acts import (
    AT_HAND,
    CASE,
    CERTIFICATE,
    COMPETENT,
    CONTENT,
    FILED,
    HANDED,
    IN_CASE,
    LETTER,
    NOT_COMPETENT,
    NOT_FILED,
    OF_IT,
    OPINION_CASE,
    PENALISED,
    RECEIVE,
    RECEIVED,
    RECEIVED_AT,
    REGISTER,
    REGISTERED,
    REGISTERED_AT,
    SPARED,
    STATEMENT,
    TOLD,
    replied,
    reply,
)

RESULT, INTERIM = pb.REPLY_KIND_RESULT, pb.REPLY_KIND_INTERIM
LATER = "2025-04-14 09:00"
"""After receipt and registration."""
RETURN = pb.ReturnOpinionRequest(opinion_case_id=OPINION_CASE, reason="应由永川区交通运输委员会管辖", letter=LETTER)


def assess(competent, existing=""):
    return pb.AssessCompetenceRequest(
        opinion_case_id=OPINION_CASE,
        competent=competent,
        reason="行为发生地在本县" if competent else "行为发生地在永川区",
        existing_case_id=existing,
    )


def noted(**what):
    return pb.NoteOpinionCaseRequest(opinion_case_id=OPINION_CASE, case_id=CASE, **what)


def received(period, at=RECEIVED_AT, rules=None):
    command = pb.ReceiveOpinionRequest()
    command.CopyFrom(RECEIVE)
    command.content.ClearField("reply_period")
    if period is not None:
        command.content.reply_period.CopyFrom(period)
    event: Any = given(opinion_case).when(command, actor=POLICY, at=at, rules=rules).events[0]
    return event.reply_nominal_on, event.fallback


def test_an_opinion_that_arrives_is_received():
    given(opinion_case).when(RECEIVE, actor=POLICY, at=RECEIVED_AT).then(RECEIVED)


@pytest.mark.parametrize(
    ("period", "nominal"),
    [
        (pb.ReplyPeriod(until_on="2025-06-30"), "2025-06-30"),
        (pb.ReplyPeriod(until_on="2025-04-11"), "2025-04-11"),
        (pb.ReplyPeriod(months=2), "2025-06-10"),
        (pb.ReplyPeriod(days=90), "2025-07-09"),
    ],
    ids=["a day", "the next day", "months", "days"],
)
def test_the_period_is_the_printed_one(period, nominal):
    assert received(period) == (nominal, False)


def test_months_end_on_the_last_day_of_a_shorter_month():
    assert received(pb.ReplyPeriod(months=2), at="2024-12-31 10:00") == ("2025-02-28", False)


def test_an_opinion_without_a_period_gets_the_configured_one_and_shows_it():
    assert received(None) == ("2025-06-10", True)


def test_the_configured_period_is_a_dated_switch():
    three = Rules({"opinion_reply_months": ((instant("2025-01-01 00:00").date(), "3"),)})
    assert received(None, rules=three) == ("2025-07-10", True)


@pytest.mark.parametrize("until", ["2025-04-10", "2025-04-01"])
def test_a_period_that_was_over_on_receipt_is_replaced_and_shows_it(until):
    assert received(pb.ReplyPeriod(until_on=until)) == ("2025-06-10", True)


def test_an_opinion_on_paper_is_entered_with_its_scan():
    enter = pb.EnterOpinionRequest(opinion_case_id=OPINION_CASE, procuratorate_name="合江县人民检察院", content=CONTENT)
    event: Any = given(opinion_case).when(enter, actor=CHIEF, at=RECEIVED_AT).events[0]
    assert (event.on_paper, event.procuratorate_id, event.opinion_id) == (True, "", OPINION_CASE)
    assert (event.procuratorate_name, event.reply_nominal_on) == ("合江县人民检察院", "2025-06-10")


def test_an_opinion_on_paper_needs_its_scan():
    content = pb.OpinionContent()
    content.CopyFrom(CONTENT)
    content.ClearField("document")
    enter = pb.EnterOpinionRequest(procuratorate_name="合江县人民检察院", content=content)
    given(opinion_case).when(enter, actor=CHIEF).refused(KernelRefusal.INVALID_REQUEST)


@pytest.mark.parametrize(
    ("field", "value"),
    [("act_code", ""), ("act_code", "伪造 道路运输证"), ("act_on", ""), ("place", None), ("facts", " ")],
    ids=["no act", "no code", "no day", "no place", "no facts"],
)
def test_an_opinion_on_paper_says_what_a_case_on_it_needs(field, value):
    """Otherwise no clue could be registered on it, and the opinion would be left without a case."""
    content = pb.OpinionContent()
    content.CopyFrom(CONTENT)
    content.ClearField(field)
    if value:
        setattr(content, field, value)
    enter = pb.EnterOpinionRequest(procuratorate_name="合江县人民检察院", content=content)
    given(opinion_case).when(enter, actor=CHIEF, at=RECEIVED_AT).refused(KernelRefusal.INVALID_REQUEST)
    enter.asks_transfer = True
    assert given(opinion_case).when(enter, actor=CHIEF, at=RECEIVED_AT).events


@pytest.mark.parametrize("field", ["act_on", "decided_on"])
def test_an_opinion_on_paper_is_not_about_tomorrow(field):
    content = pb.OpinionContent()
    content.CopyFrom(CONTENT)
    setattr(content, field, "2025-04-11")
    enter = pb.EnterOpinionRequest(procuratorate_name="合江县人民检察院", content=content)
    given(opinion_case).when(enter, actor=CHIEF, at=RECEIVED_AT).refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    assert given(opinion_case).when(enter, actor=CHIEF, at="2025-04-11 09:00").events


def test_an_opinion_on_paper_is_withdrawn_on_paper_and_one_of_a_node_is_not():
    command = pb.EnterOpinionWithdrawalRequest(opinion_case_id=OPINION_CASE, reason="撤销不起诉决定", letter=LETTER)
    given(opinion_case, *AT_HAND).when(command, actor=CHIEF).refused(Refusal.NOT_ON_PAPER)
    on_paper = pb.OpinionReceived(**OF_IT, on_paper=True, reply_nominal_on="2025-06-10", content=CONTENT)
    event = pb.OpinionWithdrawalRecorded(**OF_IT, reason="撤销不起诉决定", letter=LETTER)
    assert given(opinion_case, on_paper).when(command, actor=CHIEF).then(event).stage is Stage.WITHDRAWN
    given(opinion_case, on_paper, event).when(command, actor=CHIEF).then()


def test_two_officers_handle_an_opinion():
    given(opinion_case, on(RECEIVED_AT, RECEIVED)).when(REGISTER, actor=CHIEF, at=REGISTERED_AT).then(REGISTERED)


def test_others_handle_it_from_then_on_and_who_did_before_does_not():
    ids = [LI.officer_id, ZHAO.officer_id]
    change = pb.ChangeOpinionHandlersRequest(opinion_case_id=OPINION_CASE, handler_ids=ids, reason="王某回避")
    changed = pb.OpinionHandlersChanged(opinion_case_id=OPINION_CASE, handler_ids=ids, reason="王某回避")
    given(opinion_case, *AT_HAND).when(change, actor=CHIEF, at=LATER).then(changed)
    assert given(opinion_case, *AT_HAND, changed).when(assess(True), actor=ZHAO, at=LATER).events
    given(opinion_case, *AT_HAND, changed).when(assess(True), actor=WANG, at=LATER).refused(Refusal.NOT_HANDLER)
    given(opinion_case, *AT_HAND, changed).when(change, actor=CHIEF, at=LATER).then()
    change.handler_ids.pop()
    given(opinion_case, *AT_HAND).when(change, actor=CHIEF).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    given(opinion_case, on(RECEIVED_AT, RECEIVED)).when(change, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_one_officer_or_a_suspended_one_does_not():
    for ids, refusal in (
        ([LI.officer_id], KernelRefusal.TWO_OFFICERS_NEEDED),
        ([LI.officer_id, SUSPENDED.officer_id], KernelRefusal.OFFICER_NOT_ACTIVE),
    ):
        command = pb.RegisterOpinionRequest(
            opinion_case_id=OPINION_CASE, registration_number="收〔2025〕12号", handler_ids=ids
        )
        given(opinion_case, RECEIVED).when(command, actor=CHIEF).refused(refusal)


def test_a_competent_authority_has_a_case_opened():
    given(opinion_case, *AT_HAND).when(assess(True), at=LATER).then(COMPETENT, HANDED)


def test_a_case_that_is_there_handles_the_opinion():
    linked = pb.OpinionLinkedToCase(**OF_IT, case_id=CASE)
    given(opinion_case, *AT_HAND).when(assess(True, existing=CASE), at=LATER).then(COMPETENT, linked)


def test_only_who_handles_it_or_a_leader_assesses():
    at_hand = given(opinion_case, *AT_HAND)
    at_hand.when(assess(True), actor=ZHAO, at=LATER).refused(Refusal.NOT_HANDLER)
    assert at_hand.when(assess(True), actor=WANG, at=LATER).events
    assert at_hand.when(assess(True), actor=LEADER, at=LATER).events


def test_nothing_is_assessed_before_the_registration():
    given(opinion_case, RECEIVED).when(assess(True), actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_an_authority_that_is_not_competent_returns_the_opinion_with_the_reason():
    given(opinion_case, *AT_HAND).when(assess(False), at=LATER).then(NOT_COMPETENT)
    returned = pb.OpinionReturned(**TOLD, reason="应由永川区交通运输委员会管辖", letter=LETTER)
    done = given(opinion_case, *AT_HAND, NOT_COMPETENT).when(RETURN, actor=LEADER, at=LATER)
    assert done.then(returned).stage is Stage.RETURNED


def test_that_it_is_not_competent_is_corrected_until_the_opinion_went_back():
    wrong = given(opinion_case, *AT_HAND, NOT_COMPETENT)
    assert wrong.when(assess(True), actor=LEADER).then(COMPETENT, HANDED).stage is Stage.COMPETENT
    returned = pb.OpinionReturned(**TOLD, reason="无管辖权", letter=LETTER)
    given(opinion_case, *AT_HAND, NOT_COMPETENT, returned).when(assess(True), actor=LEADER).refused(
        KernelRefusal.WRONG_STAGE
    )


def test_a_case_handles_one_opinion():
    other = given(opinion_case, *AT_HAND).when(assess(True, existing=CASE), found=uid("another opinion"), at=LATER)
    other.refused(Refusal.CASE_ON_OTHER_OPINION, case=CASE)
    assert given(opinion_case, *AT_HAND).when(assess(True, existing=CASE), found=OPINION_CASE, at=LATER).events


@pytest.mark.parametrize("history", [AT_HAND, IN_CASE], ids=["not assessed", "in a case"])
def test_an_opinion_is_not_returned_unless_the_authority_is_not_competent(history):
    given(opinion_case, *history).when(RETURN, actor=LEADER).refused(Refusal.NOT_RETURNABLE)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (AT_HAND[:1], REGISTER),
        (AT_HAND, assess(True)),
        ((*AT_HAND, on(LATER, NOT_COMPETENT)), RETURN),
        (AT_HAND, reply(INTERIM)),
        ((*IN_CASE, on("2025-06-15 10:00", PENALISED)), reply(RESULT)),
    ],
    ids=["registration", "assessment", "return", "word", "result"],
)
def test_nothing_is_done_before_what_it_rests_on(history, command):
    """A reply that is recorded late is not dated into the period, before there was anything to reply."""
    last = history[-1].at
    done = given(opinion_case, *history)
    done.when(command, actor=LEADER, at=last - timedelta(minutes=1)).refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    assert done.when(command, actor=LEADER, at=last).events


def test_how_it_goes_was_told_before_the_decision_and_is_recorded_after():
    decided = (*IN_CASE, on("2025-06-15 10:00", PENALISED))
    assert given(opinion_case, *decided).when(reply(INTERIM), actor=LEADER, at="2025-06-09 10:00").events


def test_a_returned_opinion_is_not_answered():
    returned = pb.OpinionReturned(**TOLD, reason="无管辖权", letter=LETTER)
    given(opinion_case, *AT_HAND, NOT_COMPETENT, returned).when(reply(INTERIM), actor=LEADER).refused(
        KernelRefusal.WRONG_STAGE
    )


def test_the_filing_of_the_case_is_told():
    given(opinion_case, *AT_HAND, COMPETENT, HANDED).when(
        noted(filed=True, case_number="川泸2025-0042"), actor=POLICY
    ).then(FILED)


def test_that_no_case_was_filed_is_told_with_the_reason():
    turned_down = noted(outcome=pb.OPINION_OUTCOME_NOT_FILED, reason="超过追责时效")
    given(opinion_case, *AT_HAND, COMPETENT, HANDED).when(turned_down, actor=POLICY).then(NOT_FILED)


def test_the_decision_is_told():
    decided = noted(outcome=pb.OPINION_OUTCOME_PENALTY, reason="事实清楚")
    assert given(opinion_case, *IN_CASE).when(decided, actor=POLICY).then(PENALISED).stage is Stage.DECIDED


def test_another_case_says_nothing_of_the_opinion():
    other = pb.NoteOpinionCaseRequest(opinion_case_id=OPINION_CASE, case_id=OPINION_CASE, filed=True)
    given(opinion_case, *AT_HAND, COMPETENT, HANDED).when(other, actor=POLICY).then()


def test_a_decision_that_takes_the_place_of_another_is_told_again():
    again = noted(outcome=pb.OPINION_OUTCOME_NO_PENALTY, reason="初次违法且危害后果轻微")
    known = replied(RESULT, outcome=pb.OPINION_OUTCOME_PENALTY, case_number="川泸2025-0042")
    done = given(opinion_case, *IN_CASE, PENALISED, known).when(again, actor=POLICY)
    assert done.then(SPARED).stage is Stage.DECIDED


@pytest.mark.parametrize("kind", sorted(pb.CriminalEvidenceKind.values())[1:])
def test_statements_are_confirmed_again_and_everything_else_joins_as_it_is(kind):
    assert (kind in STATEMENTS) == (
        kind
        in (
            pb.CRIMINAL_EVIDENCE_KIND_WITNESS,
            pb.CRIMINAL_EVIDENCE_KIND_VICTIM,
            pb.CRIMINAL_EVIDENCE_KIND_SUSPECT,
        )
    )


def converted(item, reconfirm):
    return pb.OpinionEvidenceConverted(
        opinion_case_id=OPINION_CASE,
        case_id=CASE,
        item=item,
        reconfirm_required=reconfirm,
        gathered_by=PROCURATORATE.id,
    )


def convert(*items):
    return pb.ConvertEvidenceRequest(opinion_case_id=OPINION_CASE, item_ids=[item.item_id for item in items])


def test_evidence_of_the_criminal_file_joins_the_case_once():
    joined = given(opinion_case, *IN_CASE).when(convert(STATEMENT, CERTIFICATE))
    joined.then(converted(STATEMENT, reconfirm=True), converted(CERTIFICATE, reconfirm=False))
    again = given(opinion_case, *IN_CASE, converted(STATEMENT, reconfirm=True))
    again.when(convert(STATEMENT, CERTIFICATE)).then(converted(CERTIFICATE, reconfirm=False))


def test_what_the_opinion_does_not_have_does_not_join():
    other = pb.OpinionEvidence(item_id=CASE)
    given(opinion_case, *IN_CASE).when(convert(other)).refused(Refusal.NO_SUCH_ITEM)


def test_evidence_needs_a_case_and_a_handler():
    given(opinion_case, *AT_HAND).when(convert(STATEMENT)).refused(KernelRefusal.WRONG_STAGE)
    given(opinion_case, *IN_CASE).when(convert(STATEMENT), actor=ZHAO).refused(Refusal.NOT_HANDLER)


def test_the_result_is_told_with_documents_and_execution():
    answer = reply(RESULT, execution=pb.EXECUTION_STATE_PERFORMED)
    done = given(opinion_case, *IN_CASE, PENALISED).when(answer, actor=LEADER, at=LATER)
    event = replied(
        RESULT,
        outcome=pb.OPINION_OUTCOME_PENALTY,
        execution=pb.EXECUTION_STATE_PERFORMED,
        case_number="川泸2025-0042",
    )
    assert done.then(event).stage is Stage.REPLIED


def test_there_is_no_result_before_the_decision_but_an_interim_reply():
    handled = given(opinion_case, *IN_CASE)
    handled.when(reply(RESULT), actor=LEADER, at=LATER).refused(Refusal.NO_RESULT_YET)
    interim = replied(INTERIM, case_number="川泸2025-0042")
    assert handled.when(reply(INTERIM), actor=LEADER, at=LATER).then(interim).stage is Stage.CASE_FILED


@pytest.mark.parametrize(
    "history",
    [
        (*IN_CASE, SPARED),
        (*AT_HAND, COMPETENT, HANDED, NOT_FILED),
        (*IN_CASE, pb.OpinionDecided(**TOLD, outcome=pb.OPINION_OUTCOME_TRANSFERRED)),
        (*IN_CASE, PENALISED, pb.OpinionDecided(**TOLD, outcome=pb.OPINION_OUTCOME_REVOKED)),
    ],
    ids=["no penalty", "no case", "transferred", "revoked"],
)
def test_a_result_without_a_penalty_gives_reasons(history):
    without = given(opinion_case, *history)
    without.when(reply(RESULT), actor=LEADER, at=LATER).refused(Refusal.REASONS_NEEDED)
    without.when(reply(RESULT, reason="  "), actor=LEADER, at=LATER).refused(Refusal.REASONS_NEEDED)
    assert without.when(reply(RESULT, reason="初次违法"), actor=LEADER, at=LATER).events


def test_nothing_is_answered_before_the_registration():
    given(opinion_case, RECEIVED).when(reply(INTERIM), actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_a_result_that_the_procuratorate_acknowledged_ends_the_matter():
    note = pb.NoteOpinionAcknowledgedRequest(
        opinion_case_id=OPINION_CASE, procuratorate_id=PROCURATORATE.id, kind=RESULT, remark="同意"
    )
    result = replied(RESULT, outcome=pb.OPINION_OUTCOME_PENALTY)
    ended = given(opinion_case, *IN_CASE, PENALISED, result).when(note, actor=POLICY)
    assert ended.then(pb.OpinionAcknowledged(**TOLD, kind=RESULT, remark="同意")).stage is Stage.ACKNOWLEDGED


def test_nobody_else_acknowledges_or_withdraws():
    for command in (
        pb.NoteOpinionAcknowledgedRequest(opinion_case_id=OPINION_CASE, procuratorate_id=POLICE.id, kind=RESULT),
        pb.NoteOpinionWithdrawnRequest(opinion_case_id=OPINION_CASE, procuratorate_id=POLICE.id, reason="撤销"),
    ):
        given(opinion_case, *IN_CASE).when(command, actor=POLICY).refused(Refusal.NOT_ITS_TRANSFER)


def test_a_withdrawn_opinion_is_over_and_its_case_says_nothing_more():
    note = pb.NoteOpinionWithdrawnRequest(
        opinion_case_id=OPINION_CASE, procuratorate_id=PROCURATORATE.id, reason="撤销不起诉决定"
    )
    withdrawn = pb.OpinionWithdrawalRecorded(**TOLD, reason="撤销不起诉决定", case_id=CASE)
    assert given(opinion_case, *IN_CASE).when(note, actor=POLICY).then(withdrawn).stage is Stage.WITHDRAWN
    decided = noted(outcome=pb.OPINION_OUTCOME_PENALTY, reason="事实清楚")
    given(opinion_case, *IN_CASE, withdrawn).when(decided, actor=POLICY).then()
    given(opinion_case, *IN_CASE, withdrawn).when(reply(INTERIM), actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


# ---- an opinion that asks for a transfer -------------------------------------------------------------------------

ASKED = pb.OpinionReceived()
ASKED.CopyFrom(RECEIVED)
ASKED.asks_transfer = True
WANTED = (on(RECEIVED_AT, ASKED), on(REGISTERED_AT, REGISTERED), COMPETENT)


def answer(transfer_id="", reason=""):
    return pb.AnswerTransferOpinionRequest(opinion_case_id=OPINION_CASE, transfer_id=transfer_id, reason=reason)


def test_what_asks_for_a_transfer_opens_no_case():
    given(opinion_case, *WANTED[:2]).when(assess(True), at=LATER).then(COMPETENT)


def test_a_transfer_answers_it_and_the_result_needs_no_reason():
    told = pb.OpinionDecided(**TOLD, outcome=pb.OPINION_OUTCOME_CRIME_TRANSFERRED)
    assert (
        given(opinion_case, *WANTED).when(answer(transfer_id=CASE), found=True, at=LATER).then(told).stage
        is Stage.DECIDED
    )
    assert given(opinion_case, *WANTED, told).when(reply(RESULT), actor=LEADER, at=LATER).events


def test_a_transfer_that_did_not_go_to_the_police_answers_nothing():
    given(opinion_case, *WANTED).when(answer(transfer_id=CASE), found=False).refused(
        Refusal.NO_SUCH_TRANSFER, transfer=CASE
    )


def test_that_it_is_no_crime_needs_reasons_in_answer_and_reply():
    given(opinion_case, *WANTED).when(answer(reason=" ")).refused(Refusal.REASONS_NEEDED)
    told = pb.OpinionDecided(**TOLD, outcome=pb.OPINION_OUTCOME_NO_CRIME, reason="数额未达标准")
    given(opinion_case, *WANTED).when(answer(reason="数额未达标准")).then(told)
    given(opinion_case, *WANTED, told).when(reply(RESULT), actor=LEADER).refused(Refusal.REASONS_NEEDED)


def test_it_is_answered_once_the_authority_is_competent_and_by_who_handles_it():
    given(opinion_case, *WANTED[:2]).when(answer(transfer_id=CASE)).refused(KernelRefusal.WRONG_STAGE)
    given(opinion_case, *WANTED).when(answer(transfer_id=CASE), actor=ZHAO).refused(Refusal.NOT_HANDLER)
    given(opinion_case, *WANTED).when(convert(STATEMENT)).refused(KernelRefusal.WRONG_STAGE)


def test_an_opinion_for_a_penalty_is_not_answered_by_a_transfer():
    given(opinion_case, *AT_HAND, COMPETENT).when(answer(transfer_id=CASE)).refused(Refusal.NOT_ABOUT_TRANSFER)
