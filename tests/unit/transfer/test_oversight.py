"""The procuratorate hears of a transfer from the bureau and the police, in any order (行刑衔接)."""

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.transfer.model import Refusal, oversight
from services.transfer.model.oversight import oversight_of
from tests.support.decider import LUXIAN, POLICE, POLICY, PROCURATORATE, given, instant
from tests.unit.transfer.acts import FILED_AT, SIGNED_AT, TRANSFER

FROM_POLICE = oversight_of(TRANSFER, POLICE.id)
OPEN = commands.OpenOversightRequest(
    oversight_id=FROM_POLICE,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    reported_by=POLICE.id,
    step=pb.TRANSFER_STEP_RECEIPT_SIGNED,
    taken_at=to_timestamp(instant(SIGNED_AT)),
)
OPENED = pb.OversightOpened(
    oversight_id=FROM_POLICE,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    reported_by=POLICE.id,
    step=pb.TRANSFER_STEP_RECEIPT_SIGNED,
    taken_at=to_timestamp(instant(SIGNED_AT)),
)


def told(
    step: pb.TransferStep.ValueType, teller: str = POLICE.id, at: str = FILED_AT
) -> commands.UpdateOversightRequest:
    return commands.UpdateOversightRequest(
        oversight_id=FROM_POLICE, step=step, reported_by=teller, taken_at=to_timestamp(instant(at))
    )


def test_what_is_told_first_opens_the_stream_of_that_teller():
    given(oversight).when(OPEN, authority=PROCURATORATE, actor=POLICY).then(OPENED)


def test_bureau_and_police_each_have_a_stream_of_their_own():
    assert oversight_of(TRANSFER, LUXIAN.id) != FROM_POLICE


def test_a_later_step_keeps_the_instant_at_which_it_was_taken():
    given(oversight, OPENED).when(told(pb.TRANSFER_STEP_FILED), authority=PROCURATORATE, actor=POLICY).then(
        pb.OversightUpdated(
            oversight_id=FROM_POLICE,
            transfer_id=TRANSFER,
            bureau_id=LUXIAN.id,
            reported_by=POLICE.id,
            step=pb.TRANSFER_STEP_FILED,
            taken_at=to_timestamp(instant(FILED_AT)),
        )
    )


def test_a_step_that_is_told_again_changes_nothing():
    again = told(pb.TRANSFER_STEP_RECEIPT_SIGNED, at=SIGNED_AT)
    given(oversight, OPENED).when(again, authority=PROCURATORATE, actor=POLICY).then()


def test_nobody_else_tells_in_the_name_of_the_police():
    given(oversight, OPENED).when(
        told(pb.TRANSFER_STEP_FILED, LUXIAN.id), authority=PROCURATORATE, actor=POLICY
    ).refused(Refusal.NOT_ITS_TRANSFER, authority="jt-510521", expected="ga-510521")
