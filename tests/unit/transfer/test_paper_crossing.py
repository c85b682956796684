"""Paper and node say the same, or not, and cross on the way."""

from typing import Any

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.kernel.deadlines.clock import Status
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp, type_name
from services.transfer.model import Refusal, transfer
from services.transfer.model.referral import referral_of
from services.transfer.model.transfer import Stage
from services.transfer.paper_policies import policy
from services.transfer.service import SERVICE
from tests.support.decider import (
    LUXIAN,
    POLICE,
    POLICY,
    PROCURATORATE,
    WANG,
    given,
    instant,
    on,
    reactions,
)
from tests.unit.transfer.acts import (
    CASE,
    CONFIRMATION_RECORDED,
    DELIVERED,
    DEMAND_RECORDED,
    FILED_AT,
    FILING_RECORDED,
    HANDED_OVER,
    RECORD_CONFIRMATION,
    RECORD_DEMAND,
    RECORD_FILING,
    RECORD_RECEIPT,
    RECORD_REFUSAL,
    REFUSAL_RECORDED,
    SENT_AT,
    SIGNED_AT,
    SUPPLEMENTED,
    TRANSFER,
    VEHICLE,
)
from tests.unit.transfer.acts import RECEIVED as SIGNED_BY_NODE
from tests.unit.transfer.branches import (
    ASKED,
    CONVICTED,
    ORDER_RECEIVED,
    ORDERED,
    OTHER_POLICE,
    POLICE_FORWARDED,
    PROPERTY_BACK,
    RECONSIDERATION_RECEIVED,
    RECONSIDERATION_REQUESTED,
    RECORD_DECLINE,
    RECORD_EXTENSION,
    RECORD_MAINTAINED,
    RETURN_OF_PROPERTY,
    but,
    recorded,
)
from tests.unit.transfer.branches import told as told_step
from tests.unit.transfer.paper_acts import (
    ANSWER,
    ARRIVED_AT,
    CONFIRMED_AT,
    EXTENDED_AT,
    EXTENSION,
    LONGER,
    RECEIVED,
    clock_of,
    confirmed_as,
    confirming,
    entered_as,
    forwarded_on_paper,
    longer_answer,
    suggested_on_paper,
)
from tests.unit.transfer.test_forwarding import REDIRECTED
from tests.unit.transfer.walks import EVERYBODY

WITHDRAWN_RECORDED = outcomes.OutcomeRecorded(
    transfer_id=TRANSFER, outcome=outcomes.TRANSFER_OUTCOME_WITHDRAWN, teller_id=POLICE.id, case_id=CASE
)


@pytest.mark.parametrize(("told_at", "agrees"), [(SIGNED_AT, True), ("2025-05-01 10:02", False)])
def test_the_nodes_receipt_is_put_beside_the_papers(told_at: str, agrees: bool):
    matched = paper.PaperAnswerMatched(
        transfer_id=TRANSFER, answer_id=ANSWER, kind=paper.PAPER_ANSWER_KIND_RECEIPT, agrees=agrees,
        told_at=to_timestamp(instant(told_at)), referral_id=RECORD_RECEIPT.referral_id, answered_by=POLICE.id,
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
    history = (*RECEIVED, on(FILED_AT, confirmed_as(kind, number=number)), on(FILED_AT, filed))
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
    history = (*RECEIVED, on(FILED_AT, confirmed_as(kind, text="情节显著轻微")), on(FILED_AT, REFUSAL_RECORDED))
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


@pytest.mark.parametrize(("days", "agrees"), [(7, True), (30, False)])
def test_the_nodes_extension_lengthens_nothing_twice_and_is_compared(days: int, agrees: bool):
    told = reconsideration.RecordExtensionRequest(
        transfer_id=TRANSFER, police_id=POLICE.id, ground=reconsideration.EXTENSION_GROUND_COMPLICATED, days=days
    )
    history = (*RECEIVED, on("2025-05-07 09:30", longer_answer()), on(EXTENDED_AT, EXTENSION))
    [event] = given(transfer, *history).when(told, actor=POLICY, origin=POLICE.id, at=EXTENDED_AT).events
    assert isinstance(event, paper.PaperAnswerMatched)
    assert event.agrees is agrees


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
    answer = but(confirmed_as(kind), answered_by=PROCURATORATE.id)
    _, follows = reactions(policy, answer, at=at)
    history = (*suggested_on_paper(), on(at, answer))
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
    upheld = but(confirmed_as(paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD), answered_by=PROCURATORATE.id)
    history = [*suggested_on_paper(), on(at, upheld)]
    _, by_paper = reactions(policy, upheld, at=at)
    node_says = but(by_paper, paper_id="")
    opened = but(node_says, step=supervision.SUPERVISION_STEP_OPENED, taken_at=to_timestamp(instant(SENT_AT)))
    asked = but(node_says, step=supervision.SUPERVISION_STEP_REASONS_ASKED, taken_at=to_timestamp(instant(SENT_AT)))
    for told, origin in ((by_paper, None), (opened, PROCURATORATE.id), (asked, PROCURATORATE.id)):
        [step] = given(transfer, *history).when(told, actor=POLICY, at=at, origin=origin).events  # type: ignore[arg-type]
        assert step.moves_nothing is (origin is not None)  # type: ignore[attr-defined]
        history.append(on(at, step))
    outcome = given(transfer, *history).when(  # type: ignore[arg-type]
        node_says, actor=POLICY, at=at, origin=PROCURATORATE.id
    )
    assert [type(each) for each in outcome.events] == [paper.PaperAnswerMatched]
    assert outcome.state.stage is Stage.UPHELD


def test_a_step_that_moves_nothing_ends_no_clock_of_the_bureau():
    upheld = recorded(supervision.SUPERVISION_STEP_UPHELD, supervision.NON_FILING_REFUSED)
    asked = recorded(supervision.SUPERVISION_STEP_REASONS_ASKED)
    rule, later = "transfer.next_step", "2025-06-10 10:00"
    history = (on("2025-06-10 09:00", upheld),)
    assert clock_of(rule, later, *history, on(later, but(asked, moves_nothing=True))).status is Status.RUNNING
    assert clock_of(rule, later, *history, on(later, asked)).status is Status.CANCELLED


def _waiting_for(answer: paper.PaperAnswerConfirmed) -> Message:
    """The entry that another officer confirms so."""
    entry = entered_as(answer.kind)
    for name in ("kinds", "items", "ground", "days"):
        if value := getattr(answer, name):
            entry = but(entry, **{name: list(value) if name in ("kinds", "items") else value})
    return but(entry, signed_at=answer.signed_at)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            {"kind": paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND, "kinds": [pb.MATERIAL_KIND_EXPERT_OPINION]},
            (but(DEMAND_RECORDED, demanded_at=to_timestamp(instant(SIGNED_AT))), SUPPLEMENTED),
        ),
        ({"kind": paper.PAPER_ANSWER_KIND_EXTENSION, **LONGER}, (EXTENSION,)),
        (
            {"kind": paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION},
            (FILING_RECORDED, HANDED_OVER, CONFIRMATION_RECORDED),
        ),
        (
            {"kind": paper.PAPER_ANSWER_KIND_PROPERTY_RETURN, "items": [VEHICLE]},
            (FILING_RECORDED, HANDED_OVER, PROPERTY_BACK),
        ),
        ({"kind": paper.PAPER_ANSWER_KIND_WITHDRAWAL}, (FILING_RECORDED, WITHDRAWN_RECORDED)),
    ],
    ids=["demand", "extension", "hand-over", "property", "withdrawal"],
)
def test_what_a_node_told_is_not_told_by_paper_again(answer: dict[str, Any], told: tuple[Message, ...]):
    waiting = on(ARRIVED_AT, _waiting_for(confirmed_as(**answer)))
    history = (*SIGNED_BY_NODE, *(on(ARRIVED_AT, event) for event in told), waiting)
    again = {name: answer[name] for name in ("kind", "ground", "days") if name in answer}
    given(transfer, *history).when(confirming(**again), at=CONFIRMED_AT, actor=WANG).refused(Refusal.TOLD_ALREADY)


def test_a_step_of_a_supervision_that_is_older_than_what_is_known_is_not_told_by_paper():
    at = "2025-05-20 09:00"
    stated = but(recorded(supervision.SUPERVISION_STEP_REASONS_STATED), taken_at=to_timestamp(instant(at)))
    asked = but(entered_as(paper.PAPER_ANSWER_KIND_REASONS_ASKED), answered_by=PROCURATORATE.id)
    history = (*suggested_on_paper(), on(at, stated), on(at, asked))
    command = confirming(kind=paper.PAPER_ANSWER_KIND_REASONS_ASKED)
    given(transfer, *history).when(command, at=at, actor=WANG).refused(Refusal.TOLD_ALREADY)  # type: ignore[arg-type]


def test_a_decline_on_paper_is_a_decline():
    answer = confirmed_as(paper.PAPER_ANSWER_KIND_DECLINE, competent="监察机关", text="系职务犯罪线索")
    _, follows = reactions(policy, answer, at=CONFIRMED_AT)
    outcome = given(transfer, *RECEIVED, on(CONFIRMED_AT, answer)).when(follows, actor=POLICY, at=ARRIVED_AT)
    assert outcome.state.stage is Stage.NOT_ITS_MATTER


@pytest.mark.parametrize("overtaken", [RECORD_REFUSAL, RECORD_MAINTAINED], ids=["refusal", "maintained"])
def test_what_the_node_refused_before_a_filing_that_came_on_paper_is_over(overtaken: Message):
    filed = confirmed_as(paper.PAPER_ANSWER_KIND_FILING, number=RECORD_FILING.criminal_case_number)
    history = (*RECEIVED, on(FILED_AT, filed), on(FILED_AT, FILING_RECORDED))
    given(transfer, *history).when(overtaken, actor=POLICY, at=FILED_AT, origin=POLICE.id).then()


def test_the_receipt_of_police_that_passed_the_case_on_names_no_referral_of_the_new_ones():
    elsewhere = (*RECEIVED, on(CONFIRMED_AT, forwarded_on_paper()), POLICE_FORWARDED, REDIRECTED)
    outcome = given(transfer, *elsewhere).when(
        RECORD_RECEIPT, actor=POLICY, at=SIGNED_AT, members=EVERYBODY, origin=POLICE.id
    )
    assert [type(each) for each in outcome.events] == [paper.PaperAnswerMatched]
    assert outcome.state.referral_id == ""


@pytest.mark.parametrize(("to_id", "agrees"), [(OTHER_POLICE.id, True), ("ga-500153", False)])
def test_the_nodes_forwarding_is_compared_by_the_police_it_names(to_id: str, agrees: bool):
    elsewhere = (*RECEIVED, on(CONFIRMED_AT, forwarded_on_paper()), POLICE_FORWARDED, REDIRECTED)
    told = forwarding.RecordForwardingRequest(transfer_id=TRANSFER, police_id=POLICE.id, to_police_id=to_id, reason="-")
    [matched] = given(transfer, *elsewhere).when(told, actor=POLICY, members=EVERYBODY, origin=POLICE.id).events
    assert isinstance(matched, paper.PaperAnswerMatched)
    assert matched.agrees is agrees


@pytest.mark.parametrize("told", [RECORD_DEMAND, RECORD_EXTENSION, RECORD_DECLINE])
def test_what_police_did_before_they_forwarded_on_paper_is_over(told: Any):
    elsewhere = (*RECEIVED, on(CONFIRMED_AT, forwarded_on_paper()), POLICE_FORWARDED, REDIRECTED)
    given(transfer, *elsewhere).when(told, actor=POLICY, members=EVERYBODY, origin=POLICE.id).then()


@pytest.mark.parametrize("event", [SUPPLEMENTED, RECONSIDERATION_REQUESTED, HANDED_OVER, ASKED, ORDERED, CONVICTED])
def test_what_was_written_before_the_polices_node_had_spoken_is_about_the_referral_that_everybody_can_name(event: Any):
    here: dict[str, Any] = {"authority": POLICE, "origin": LUXIAN.id, "at": CONFIRMED_AT}
    [command] = reactions(SERVICE.policy, event, **here)
    assert (command.referral_id, command.transfer_id) == (event.referral_id, "")  # type: ignore[attr-defined]
    [command] = reactions(SERVICE.policy, but(event, referral_id=""), **here)
    meant: Any = command
    assert (meant.referral_id, meant.transfer_id, meant.bureau_id) == ("", TRANSFER, LUXIAN.id)
    assert type_name(command) in SERVICE.lookups.naming


def test_another_authority_that_names_the_transfer_reaches_a_referral_of_its_own():
    assert referral_of(TRANSFER, LUXIAN.id, POLICE.id) != referral_of(TRANSFER, "jt-500118", POLICE.id)


@pytest.mark.parametrize(
    ("rule", "starts", "node_has_it"),
    [
        (
            "transfer.reconsideration_decision_on_paper",
            but(RECONSIDERATION_REQUESTED, referral_id=""),
            RECONSIDERATION_RECEIVED,
        ),
        (
            "transfer.ordered_filing_on_paper",
            paper.PaperActNoted(
                transfer_id=TRANSFER, kind=paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED, police_id=POLICE.id
            ),
            ORDER_RECEIVED,
        ),
    ],
)
def test_police_whose_node_has_the_letter_by_then_keep_the_clock_themselves(
    rule: str, starts: Message, node_has_it: Message
):
    history = (on(ARRIVED_AT, starts),)
    assert clock_of(rule, CONFIRMED_AT, *history).status is Status.RUNNING
    assert clock_of(rule, CONFIRMED_AT, *history, told=node_has_it).status is Status.CANCELLED


def test_a_demand_of_the_node_after_the_one_on_paper_was_answered_is_another_one():
    kind = paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND
    demanded = confirmed_as(kind, kinds=[pb.MATERIAL_KIND_EXPERT_OPINION])
    history: tuple[Any, ...] = (*RECEIVED, on(CONFIRMED_AT, demanded), on(ARRIVED_AT, DEMAND_RECORDED))
    here: dict[str, Any] = {"actor": POLICY, "at": "2025-05-04 12:00", "origin": POLICE.id}
    for told_at in (SIGNED_AT, "2025-05-04 11:00"):
        [same] = given(transfer, *history).when(RECORD_DEMAND, told_at=told_at, **here).events
        assert isinstance(same, paper.PaperAnswerMatched)
        assert same.agrees
    history = (*history, on("2025-05-04 10:00", SUPPLEMENTED))
    given(transfer, *history).when(RECORD_DEMAND, told_at="2025-05-04 11:00", **here).then(DEMAND_RECORDED)


def test_what_was_taken_over_the_second_time_is_not_what_the_first_paper_says():
    kind = paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION
    history = (
        *RECEIVED,
        *DELIVERED[len(DELIVERED) - 2 :],
        on("2025-06-10 09:00", _confirmed_on("2025-06-10 09:00", kind)),
    )
    here: dict[str, Any] = {"actor": POLICY, "at": "2025-06-20 12:00", "origin": POLICE.id}
    second = given(
        transfer, *history, on("2025-06-10 09:00", CONFIRMATION_RECORDED), on("2025-06-20 09:00", HANDED_OVER)
    )
    second.when(RECORD_CONFIRMATION, told_at="2025-06-20 11:00", **here).then(CONFIRMATION_RECORDED)
    [first] = second.when(RECORD_CONFIRMATION, told_at="2025-06-10 08:00", **here).events
    assert isinstance(first, paper.PaperAnswerMatched)


def _confirmed_on(arrived_at: str, kind: paper.PaperAnswerKind.ValueType) -> paper.PaperAnswerConfirmed:
    return but(confirmed_as(kind), arrived_at=to_timestamp(instant(arrived_at)))


@pytest.mark.parametrize(
    ("answer", "told", "agrees"),
    [
        ({"kinds": [pb.MATERIAL_KIND_EXPERT_OPINION]}, RECORD_DEMAND, True),
        ({"kinds": [pb.MATERIAL_KIND_GOODS_LIST]}, RECORD_DEMAND, False),
        ({"items": [VEHICLE]}, RETURN_OF_PROPERTY, True),
        ({"items": [but(VEHICLE, quantity=2)]}, RETURN_OF_PROPERTY, False),
    ],
    ids=["same kinds", "other kinds", "same property", "more of it"],
)
def test_what_the_node_says_is_compared_with_what_the_paper_lists(answer: dict[str, object], told: Any, agrees: bool):
    kind = (
        paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND if told is RECORD_DEMAND else paper.PAPER_ANSWER_KIND_PROPERTY_RETURN
    )
    history = (*RECEIVED, on(CONFIRMED_AT, confirmed_as(kind, **answer)))
    [matched] = given(transfer, *history).when(told, actor=POLICY, at=CONFIRMED_AT, origin=POLICE.id).events
    assert isinstance(matched, paper.PaperAnswerMatched)
    assert matched.agrees is agrees


@pytest.mark.parametrize(
    ("about", "agrees"), [(supervision.NON_FILING_REFUSED, True), (supervision.NON_FILING_UNDECIDED, False)]
)
def test_reasons_that_hold_are_compared_by_what_they_are_for(about: supervision.NonFiling.ValueType, agrees: bool):
    kind = paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD
    answer = but(confirmed_as(kind), answered_by=PROCURATORATE.id, about=supervision.NON_FILING_REFUSED)
    history = (*suggested_on_paper(), on(CONFIRMED_AT, answer))
    node_says = told_step(supervision.SUPERVISION_STEP_UPHELD, about)
    here: dict[str, Any] = {"actor": POLICY, "at": CONFIRMED_AT, "origin": PROCURATORATE.id}
    matched = given(transfer, *history).when(node_says, **here).events[0]  # type: ignore[arg-type]
    assert isinstance(matched, paper.PaperAnswerMatched)
    assert matched.agrees is agrees
