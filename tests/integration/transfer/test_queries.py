"""What a transfer looks like to each side, over real PostgreSQL."""

import pytest
from enforcement.documents.v1 import events_pb2 as documents
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as rpc

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from services.transfer import lookups
from services.transfer.model.materials import Sheet
from services.transfer.model.oversight import oversight_of
from services.transfer.model.supervision import supervision_of
from services.transfer.service import SERVICE
from tests.support.decider import HEAD, LI, LUXIAN, POLICE, PROCURATORATE, WANG, ZHAO, instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles
from tests.unit.transfer import acts


async def the_transfer(transfers: Reading, actor=LI) -> rpc.GetTransferResponse:
    request = rpc.GetTransferRequest(transfer_id=acts.TRANSFER, min_position=transfers.position)
    return await transfers.api.get_transfer(request, call(actor))  # type: ignore[no-any-return]


async def test_the_bureau_sees_stage_and_dates(databases: Databases):
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.DELIVERED, on("2025-06-10 09:00", acts.INFORMED))
        await transfers.record("received", on(acts.FILED_AT, acts.CRIMINAL_CASE), origin=POLICE.id)
        shown = await the_transfer(transfers)
    assert shown.transfer == rpc.TransferSummary(
        transfer_id=acts.TRANSFER,
        case_id=acts.CASE,
        stage="已移交涉案财物",
        police_id=POLICE.id,
        opened_at=to_timestamp(instant(acts.OPENED_AT)),
        reported_at=to_timestamp(instant(acts.REPORTED_AT)),
        decided_at=to_timestamp(instant(acts.APPROVED_AT)),
        sent_at=to_timestamp(instant(acts.SENT_AT)),
        received_at=to_timestamp(instant(acts.SIGNED_AT)),
        filing_decided_at=to_timestamp(instant(acts.FILED_AT)),
        handed_over_at=to_timestamp(instant(acts.HANDED_OVER_AT)),
        party_informed_at=to_timestamp(instant("2025-06-10 09:00")),
        referral_id=acts.REFERRAL,
    )


async def test_only_the_team_and_the_principal_head_see_the_content(databases: Databases):
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.RECEIVED, acts.DEMAND_RECORDED, acts.SUPPLEMENTED)
        await transfers.record("transfer", acts.FILING_RECORDED)
        for_team, for_head = await the_transfer(transfers, LI), await the_transfer(transfers, HEAD)
        for_others = await the_transfer(transfers, ZHAO)
    assert for_team.content == for_head.content
    assert for_team.content.facts == acts.OPENED.facts
    assert list(for_team.content.materials) == [acts.LETTER, acts.REPORT, acts.GOODS, acts.OPINION]
    assert for_team.content.criminal_case_number == acts.FILING_RECORDED.criminal_case_number
    assert (for_others.transfer.stage, for_others.HasField("content")) == ("公安机关已立案", False)


async def test_the_content_is_for_the_team_that_there_is(databases: Databases):
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.RECEIVED, acts.TEAM_CHANGED)
        former, new = await the_transfer(transfers, WANG), await the_transfer(transfers, ZHAO)
    assert list(new.content.team_ids) == [LI.officer_id, ZHAO.officer_id]
    assert not former.HasField("content")


async def test_the_letter_is_known_by_its_file_if_it_was_made_here(databases: Databases):
    sheet = documents.DocumentRendered(
        document_id=uid("letter"), number="川泸移〔2025〕3号", file=acts.LETTER.file, form="X11", matter_id=acts.CASE
    )
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("document", sheet)
        found = await lookups.printed_here(transfers, acts.SEND, None)  # type: ignore[arg-type]
    assert found == {acts.LETTER.file.sha256.hex(): Sheet("X11", acts.CASE, "川泸移〔2025〕3号")}


async def test_the_list_shows_no_content(databases: Databases):
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.PENDING)
        answer = await transfers.api.list_transfers(
            rpc.ListTransfersRequest(min_position=transfers.position), call(ZHAO)
        )
    assert [one.stage for one in answer.transfers] == ["待正职负责人决定"]


async def test_the_history_of_a_transfer_reads_in_order(databases: Databases):
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.ON_ITS_WAY)
        answer = await transfers.api.get_transfer_timeline(
            rpc.GetTransferTimelineRequest(transfer_id=acts.TRANSFER, min_position=transfers.position), call()
        )
    assert titles(answer.entries) == ["成立专案组", "提交移送报告", "批准移送", "移送公安机关", "抄送人民检察院"]


async def test_an_unknown_transfer_is_not_found(databases: Databases):
    async with reading(databases, SERVICE) as transfers:
        with pytest.raises(Refused) as refused:
            await the_transfer(transfers)
    assert refused.value.code is KernelRefusal.NOT_FOUND


async def test_the_police_see_the_referral_until_when_they_may_ask_and_what_came_later(databases: Databases):
    async with reading(databases, SERVICE, POLICE) as referrals:
        await referrals.record("received", on(acts.SENT_AT, acts.SENT), origin=LUXIAN.id)
        await referrals.record("referral", *acts.ACCEPTED, acts.DEMANDED, acts.SUPPLEMENT_NOTED)
        request = rpc.GetReferralRequest(transfer_id=acts.TRANSFER, min_position=referrals.position)
        shown = (await referrals.api.get_referral(request, call())).referral
        listed = await referrals.api.list_referrals(rpc.ListReferralsRequest(), call())
        transfers = await referrals.api.list_transfers(rpc.ListTransfersRequest(), call())
    assert (shown.referral_id, shown.stage, shown.bureau_id) == (acts.REFERRAL, "已受理", LUXIAN.id)
    assert shown.received_at == to_timestamp(instant("2025-05-01 10:00"))
    assert shown.supplement_until_at == to_timestamp(instant("2025-05-02 10:00"))
    assert list(shown.materials) == [acts.LETTER, acts.REPORT, acts.GOODS, acts.OPINION]
    assert list(listed.referrals) == [shown]
    assert list(transfers.transfers) == []


def opened(teller: str, step: pb.TransferStep.ValueType, at: str) -> pb.OversightOpened:
    told_by_bureau = teller == LUXIAN.id
    return pb.OversightOpened(
        oversight_id=oversight_of(acts.TRANSFER, teller),
        transfer_id=acts.TRANSFER,
        bureau_id=LUXIAN.id,
        police_id=POLICE.id if told_by_bureau else teller,
        reported_by=teller,
        step=step,
        taken_at=to_timestamp(instant(at)),
        case_number="川泸2025-0042" if told_by_bureau else "",
        suspect_names=["张三"] if told_by_bureau else [],
        referral_id="" if told_by_bureau else acts.REFERRAL,
    )


BUREAU_TOLD = opened(LUXIAN.id, pb.TRANSFER_STEP_SENT, acts.SENT_AT)
POLICE_TOLD = opened(POLICE.id, pb.TRANSFER_STEP_RECEIPT_SIGNED, acts.SIGNED_AT)
IMPOSTOR_TOLD = opened("ga-500118", pb.TRANSFER_STEP_RECEIPT_SIGNED, acts.SIGNED_AT)


@pytest.mark.parametrize("order", [(BUREAU_TOLD, POLICE_TOLD), (POLICE_TOLD, BUREAU_TOLD)], ids=["bureau", "police"])
async def test_the_procuratorate_puts_two_tellers_together_whoever_comes_first(databases: Databases, order):
    async with reading(databases, SERVICE, PROCURATORATE) as oversights:
        for event in order:
            await oversights.record("oversight", event)
        request = rpc.ListOversightsRequest(min_position=oversights.position)
        (shown,) = (await oversights.api.list_oversights(request, call())).oversights
    assert shown == rpc.Oversight(
        transfer_id=acts.TRANSFER,
        bureau_id=LUXIAN.id,
        police_id=POLICE.id,
        case_number="川泸2025-0042",
        suspect_names=["张三"],
        step=pb.TRANSFER_STEP_RECEIPT_SIGNED,
        sent_at=to_timestamp(instant(acts.SENT_AT)),
        received_at=to_timestamp(instant(acts.SIGNED_AT)),
        referral_id=acts.REFERRAL,
        oversight_id=oversight_of(acts.TRANSFER, POLICE.id),
        supervision_id=supervision_of(acts.TRANSFER, LUXIAN.id),
    )


async def test_what_other_police_tell_is_left_out(databases: Databases):
    async with reading(databases, SERVICE, PROCURATORATE) as oversights:
        for event in (IMPOSTOR_TOLD, BUREAU_TOLD):
            await oversights.record("oversight", event)
        request = rpc.ListOversightsRequest(min_position=oversights.position)
        (shown,) = (await oversights.api.list_oversights(request, call())).oversights
    assert (shown.police_id, shown.step, shown.HasField("received_at")) == (POLICE.id, pb.TRANSFER_STEP_SENT, False)
