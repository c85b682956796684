"""What each side does with what another signed: the same event means something else on each node."""

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.transfer.model.oversight import oversight_of
from services.transfer.model.referral import referral_of
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE, instant, reactions
from tests.unit.transfer.acts import (
    CONFIRMED,
    COPIED,
    CRIMINAL_CASE,
    DEMANDED,
    FILED_AT,
    FILING_REFUSED,
    HANDED_OVER,
    HANDED_OVER_AT,
    NOTE_SUPPLEMENT,
    RECORD_CONFIRMATION,
    RECORD_DEMAND,
    RECORD_FILING,
    RECORD_RECEIPT,
    RECORD_REFUSAL,
    REFERRAL,
    RETURNED,
    SENT,
    SENT_AT,
    SIGNED,
    SIGNED_AT,
    SUPPLEMENTED,
    TRANSFER,
    VEHICLE,
)
from tests.unit.transfer.branches import but

policy = SERVICE.policy


def heard(step: pb.TransferStep.ValueType, at: str, teller: str) -> commands.UpdateOversightRequest:
    command = commands.UpdateOversightRequest(
        oversight_id=oversight_of(TRANSFER, teller), step=step, reported_by=teller, taken_at=to_timestamp(instant(at)),
        transfer_id=TRANSFER, bureau_id=LUXIAN.id,
    )  # fmt: skip
    if teller == POLICE.id:
        command.police_id, command.referral_id = POLICE.id, REFERRAL
    return command


def test_the_police_open_a_referral_for_what_a_bureau_sends():
    opened = reactions(policy, SENT, authority=POLICE, origin=LUXIAN.id, at=SENT_AT)
    assert opened == [
        commands.OpenReferralRequest(
            referral_id=referral_of(TRANSFER, LUXIAN.id, POLICE.id),
            transfer_id=TRANSFER,
            bureau_id=LUXIAN.id,
            case_number="川泸2025-0042",
            suspected_crime="刑法 art. 280",
            materials=SENT.materials,
        )
    ]


def test_the_bureau_does_not_react_to_its_own_sending():
    assert reactions(policy, SENT) == []


def test_the_receipt_keeps_the_instant_at_which_the_police_signed():
    expected = commands.RecordPoliceReceiptRequest()
    expected.CopyFrom(RECORD_RECEIPT)
    expected.signer.CopyFrom(SIGNED.signer)
    expected.occurred_at.CopyFrom(to_timestamp(instant(SIGNED_AT)))
    assert reactions(policy, SIGNED, origin=POLICE.id, at=SIGNED_AT) == [expected]


def test_the_bureau_records_what_the_police_signed():
    for event, command in (
        (DEMANDED, but(RECORD_DEMAND, demanded_at=to_timestamp(instant(FILED_AT)))),
        (CRIMINAL_CASE, RECORD_FILING),
        (FILING_REFUSED, RECORD_REFUSAL),
        (CONFIRMED, RECORD_CONFIRMATION),
    ):
        assert reactions(policy, event, origin=POLICE.id, at=FILED_AT) == [command]


def test_the_police_take_in_what_the_bureau_sends_later():
    supplement = reactions(policy, SUPPLEMENTED, authority=POLICE, origin=LUXIAN.id)
    assert supplement == [NOTE_SUPPLEMENT]
    hand_over = reactions(policy, HANDED_OVER, authority=POLICE, origin=LUXIAN.id, at=HANDED_OVER_AT)
    expected = commands.NoteHandOverRequest(referral_id=REFERRAL, bureau_id=LUXIAN.id, items=[VEHICLE])
    expected.handed_over_at.CopyFrom(to_timestamp(instant(HANDED_OVER_AT)))
    assert hand_over == [expected]


def test_the_procuratorate_opens_its_oversight_with_the_bureaus_copy():
    assert reactions(policy, COPIED, authority=PROCURATORATE, origin=LUXIAN.id, at=SENT_AT) == [
        commands.OpenOversightRequest(
            oversight_id=oversight_of(TRANSFER, LUXIAN.id),
            transfer_id=TRANSFER,
            bureau_id=LUXIAN.id,
            police_id=POLICE.id,
            reported_by=LUXIAN.id,
            step=pb.TRANSFER_STEP_SENT,
            taken_at=to_timestamp(instant(SENT_AT)),
            case_number="川泸2025-0042",
            act_code="RTR-63-2",
            suspected_crime="刑法 art. 280",
            suspect_names=["张三"],
        )
    ]


def test_the_procuratorate_opens_another_stream_with_the_polices_receipt():
    assert reactions(policy, SIGNED, authority=PROCURATORATE, origin=POLICE.id, at=SIGNED_AT) == [
        commands.OpenOversightRequest(
            oversight_id=oversight_of(TRANSFER, POLICE.id),
            transfer_id=TRANSFER,
            bureau_id=LUXIAN.id,
            police_id=POLICE.id,
            reported_by=POLICE.id,
            step=pb.TRANSFER_STEP_RECEIPT_SIGNED,
            taken_at=to_timestamp(instant(SIGNED_AT)),
            referral_id=REFERRAL,
        )
    ]


def test_the_procuratorate_hears_each_later_step_from_whoever_took_it():
    for event, step, teller in (
        (CRIMINAL_CASE, pb.TRANSFER_STEP_FILED, POLICE.id),
        (FILING_REFUSED, pb.TRANSFER_STEP_REFUSED, POLICE.id),
        (CONFIRMED, pb.TRANSFER_STEP_HANDED_OVER, POLICE.id),
        (RETURNED, pb.TRANSFER_STEP_RETURNED, LUXIAN.id),
    ):
        found = reactions(policy, event, authority=PROCURATORATE, origin=teller, at=FILED_AT)
        assert [command for command in found if isinstance(command, commands.UpdateOversightRequest)] == [
            heard(step, FILED_AT, teller)
        ]


def test_the_procuratorate_gets_no_file_and_no_facts():
    told = {field.name for field in COPIED.DESCRIPTOR.fields}
    assert told == {
        "transfer_id",
        "procuratorate_id",
        "police_id",
        "case_number",
        "act_code",
        "suspected_crime",
        "suspect_names",
        "material_kinds",
    }
