"""What follows from an answer on paper: the same as from a node, and who hears of it."""

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.transfer.model import Refusal, oversight, transfer
from services.transfer.model.oversight import oversight_of
from services.transfer.model.paper import TOLD_ON
from services.transfer.model.transfer import Stage
from services.transfer.paper_policies import policy
from tests.support.decider import (
    LEADER,
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
    DELIVERED,
    RETURN,
    SENT_AT,
    SIGNED_AT,
    TRANSFER,
    file,
)
from tests.unit.transfer.branches import (
    OTHER_POLICE,
)
from tests.unit.transfer.paper_acts import (
    ANSWER,
    ARRIVED_AT,
    BY_PAPER,
    CONFIRMED_AT,
    LONGER,
    POSTED,
    RECEIPT,
    RECEIVED,
    confirmed_as,
    confirming,
    entered_as,
    entering,
    forwarded_on_paper,
    suggested_on_paper,
)
from tests.unit.transfer.walks import EVERYBODY


def test_the_transfer_goes_on_by_the_paper_and_the_act_is_of_when_it_was_signed():
    act, receipt = reactions(policy, confirmed_as(), at=CONFIRMED_AT)
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
    _, follows = reactions(policy, confirmed_as(kind, **more), at=CONFIRMED_AT)  # type: ignore[arg-type]
    assert isinstance(follows, command)
    assert follows.occurred_at == to_timestamp(instant(ARRIVED_AT))  # type: ignore[attr-defined]


def test_the_procuratorates_receipt_is_evidence_and_nothing_more():
    signed = confirmed_as(paper.PAPER_ANSWER_KIND_COPY_RECEIPT)
    assert [type(each) for each in reactions(policy, signed, at=CONFIRMED_AT)] == [paper.NotePaperActRequest]


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
    waiting = (*POSTED, on(ARRIVED_AT, entered_as(kind, **more)))
    again = {name: more[name] for name in ("number", "ground", "days") if name in more}
    command = confirming(kind=kind, **again)
    given(transfer, *waiting).when(command, at=CONFIRMED_AT, actor=WANG).refused(KernelRefusal.WRONG_STAGE)


def test_a_receipt_is_confirmed_once_for_the_transfer():
    again = (*RECEIVED, on(ARRIVED_AT, entered_as()))
    given(transfer, *again).when(confirming(), at=CONFIRMED_AT, actor=WANG).refused(KernelRefusal.WRONG_STAGE)


def test_a_case_does_not_come_back_before_the_police_signed_whenever_their_letter_is_said_to_have_arrived():
    refused = pb.PoliceRefusalRecorded(transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, reasons="情节轻微")
    history = (*RECEIVED, on("2025-05-01 09:30", refused))
    given(transfer, *history).when(RETURN, actor=LEADER, at="2025-05-01 09:45").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_the_receipt_of_another_letter_is_evidence_and_moves_nothing():
    kind = paper.PAPER_ANSWER_KIND_LETTER_RECEIPT
    waiting = (*RECEIVED, on(ARRIVED_AT, entered_as(kind)))
    after = given(transfer, *waiting).when(confirming(kind=kind), at=CONFIRMED_AT, actor=WANG).then(confirmed_as(kind))
    assert after.stage is Stage.RECEIVED


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
    entry = entering(kind, text="理由成立")
    entry.letter_number = "川泸交建监〔2025〕1号"  # type: ignore[attr-defined]
    history = suggested_on_paper()
    [entered] = given(transfer, *history).when(entry, at=at).events  # type: ignore[arg-type]
    confirm = confirming(kind=kind, letter_number="川泸交建监〔2025〕1号", answer_id=entered.answer_id)  # type: ignore
    waiting = (*history, on(at, entered))
    [answer] = given(transfer, *waiting).when(confirm, at=at, actor=WANG).events  # type: ignore[arg-type]
    assert isinstance(answer, paper.PaperAnswerConfirmed)
    _, follows = reactions(policy, answer, at=at)
    outcome = given(transfer, *waiting, on(at, answer)).when(follows, actor=POLICY, at=at)  # type: ignore[arg-type]
    assert outcome.state.stage is stage


def test_police_that_send_a_case_on_say_so_on_paper_and_the_others_get_the_package():
    _, follows = reactions(policy, forwarded_on_paper(), at=CONFIRMED_AT)
    here = {"actor": POLICY, "at": ARRIVED_AT, "members": EVERYBODY}
    outcome = given(transfer, *RECEIVED, on(CONFIRMED_AT, forwarded_on_paper())).when(follows, **here)  # type: ignore
    assert [type(each) for each in outcome.events][:2] == [forwarding.PoliceForwarded, forwarding.TransferRedirected]
    assert (outcome.state.stage, outcome.state.police_id) == (Stage.SENT, OTHER_POLICE.id)


def test_property_comes_back_with_a_list_on_paper():
    kind, items = paper.PAPER_ANSWER_KIND_PROPERTY_RETURN, [pb.Property(description="车辆", quantity=1)]
    history = (*RECEIVED, *DELIVERED[len(DELIVERED) - 2 :])
    given(transfer, *history).when(entering(kind), at="2025-07-01 09:00").refused(
        Refusal.PAPER_ANSWER_INCOMPLETE, missing="退还的财物"
    )
    _, follows = reactions(policy, confirmed_as(kind, items=items), at=CONFIRMED_AT)
    [back] = given(transfer, *history).when(follows, actor=POLICY, at="2025-07-01 09:00").events
    assert isinstance(back, outcomes.PropertyReturnRecorded)
    assert (list(back.items), back.record) == (items, file("回执扫描件"))


def test_a_criminal_case_is_withdrawn_on_paper_and_the_case_can_come_back():
    kind = paper.PAPER_ANSWER_KIND_WITHDRAWAL
    history = (*RECEIVED, *DELIVERED[len(DELIVERED) - 2 :], on("2025-07-01 09:00", confirmed_as(kind)))
    _, follows = reactions(policy, confirmed_as(kind), at=CONFIRMED_AT)
    outcome = given(transfer, *history).when(follows, actor=POLICY, at="2025-07-01 09:00")
    assert outcome.state.stage is Stage.WITHDRAWN
    node_says = given(transfer, *history).when(follows, actor=POLICY, at="2025-07-01 09:00", origin=POLICE.id)
    assert [type(each) for each in node_says.events] == [paper.PaperAnswerMatched]


@pytest.mark.parametrize(("kind", "step"), TOLD_ON.items(), ids=str)
def test_their_procuratorate_hears_from_the_bureau_what_police_without_a_node_answered(kind: int, step: int):
    answer = confirmed_as(kind)  # type: ignore[arg-type]
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
    receipt = confirmed_as(paper.PAPER_ANSWER_KIND_COPY_RECEIPT)
    assert receipt.procuratorate_id == ""
    assert reactions(policy, receipt, authority=PROCURATORATE, origin=LUXIAN.id, at=CONFIRMED_AT) == []
