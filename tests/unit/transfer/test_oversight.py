"""The procuratorate hears of a transfer from the bureau and the police, in any order (行刑衔接)."""

from typing import Any
from uuid import uuid4

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.facts import Fact
from services.kernel.messages import to_timestamp
from services.transfer.model import Refusal, oversight
from services.transfer.model.oversight import oversight_of
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, POLICY, PROCURATORATE, given, instant, reactions
from tests.unit.transfer.acts import CASE, COPIED, CRIMINAL_CASE, FILED_AT, REFERRAL, SENT_AT, SIGNED_AT, TRANSFER
from tests.unit.transfer.branches import but

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
        oversight_id=FROM_POLICE, step=step, reported_by=teller, taken_at=to_timestamp(instant(at)),
        transfer_id=TRANSFER, bureau_id=LUXIAN.id, police_id=POLICE.id, referral_id=REFERRAL,
    )  # fmt: skip


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


def test_a_procuratorate_that_joined_later_hears_from_the_first_step_on_that_it_is_told():
    """It was no member when the case was sent and signed for: nobody told it then, and nobody tells it again."""
    here: dict[str, Any] = {"authority": PROCURATORATE, "at": FILED_AT}
    told_of = reactions(SERVICE.policy, CRIMINAL_CASE, origin=POLICE.id, **here)
    [command] = [one for one in told_of if isinstance(one, commands.UpdateOversightRequest)]
    filed = but(OPENED, step=pb.TRANSFER_STEP_FILED, taken_at=to_timestamp(instant(FILED_AT)), referral_id=REFERRAL)
    given(oversight).when(command, authority=PROCURATORATE, actor=POLICY).then(filed)
    returned = pb.CaseReturned(transfer_id=TRANSFER, procuratorate_id=PROCURATORATE.id, case_id=CASE)
    [update] = reactions(SERVICE.policy, returned, origin=LUXIAN.id, **here)
    [opened] = given(oversight).when(update, authority=PROCURATORATE, actor=POLICY).events
    assert isinstance(opened, pb.OversightOpened)
    assert (opened.bureau_id, opened.reported_by, opened.police_id) == (LUXIAN.id, LUXIAN.id, "")


def test_the_copy_that_is_sent_again_late_still_says_whose_case_it_is():
    first = but(OPENED, oversight_id=oversight_of(TRANSFER, LUXIAN.id), reported_by=LUXIAN.id, police_id="")
    returned = but(first, step=pb.TRANSFER_STEP_RETURNED, taken_at=to_timestamp(instant(FILED_AT)))
    [command] = reactions(SERVICE.policy, COPIED, authority=PROCURATORATE, origin=LUXIAN.id, at=SENT_AT)
    [named] = given(oversight, returned).when(command, authority=PROCURATORATE, actor=POLICY).events
    assert isinstance(named, pb.OversightOpened)
    assert (named.case_number, named.police_id) == ("川泸2025-0042", POLICE.id)
    [table] = [one for one in SERVICE.views.tables if one.name == "oversight"]
    rows: dict[Any, dict[Any, Any]] = {one: {} for one in SERVICE.views.tables}
    SERVICE.views.fold([(each, _fact()) for each in (returned, named)], rows)
    [row] = rows[table].values()
    assert (row["case_number"], row["sent_at"] < row["returned_at"]) == ("川泸2025-0042", True)


def _fact() -> Fact:
    return Fact(event_id=uuid4(), occurred_at=instant(FILED_AT), actor="")
