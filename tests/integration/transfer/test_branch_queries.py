"""What each side reads of the branches of a transfer, over real PostgreSQL."""

from typing import Any

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import service_pb2 as rpc
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.messages import to_timestamp
from services.transfer.model.oversight import oversight_of
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE, instant, on
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles
from tests.unit.transfer import acts, branches
from tests.unit.transfer.branches import OTHER_POLICE, but

REFUSED = (*acts.RECEIVED, on("2025-06-06 11:00", acts.REFUSAL_RECORDED))


def at(text: str) -> Any:
    return to_timestamp(instant(text))


async def the_transfer(transfers: Reading) -> rpc.GetTransferResponse:
    request = rpc.GetTransferRequest(transfer_id=acts.TRANSFER, min_position=transfers.position)
    return await transfers.api.get_transfer(request, call())  # type: ignore[no-any-return]


async def test_the_bureau_sees_its_objections_and_how_far_the_supervision_is(databases: Databases) -> None:
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *REFUSED, on("2025-06-07 09:00", branches.RECONSIDERATION_REQUESTED))
        asked = (await the_transfer(transfers)).transfer
        await transfers.record("transfer", on("2025-06-09 09:00", branches.MAINTAINED_RECORDED))
        await transfers.record("transfer", on("2025-06-10 09:00", branches.SUGGESTED))
        await transfers.record("transfer", branches.recorded(supervision.SUPERVISION_STEP_REASONS_ASKED))
        supervised = await the_transfer(transfers)
        await transfers.record("transfer", branches.recorded(supervision.SUPERVISION_STEP_ORDERED))
        ordered = (await the_transfer(transfers)).transfer
    assert (asked.stage, asked.reconsideration_requested_at) == ("公安机关复议中", at("2025-06-07 09:00"))
    assert supervised.transfer.stage == "检察机关立案监督中"
    assert supervised.transfer.supervision_suggested_at == at("2025-06-10 09:00")
    assert supervised.transfer.supervision_step == supervision.SUPERVISION_STEP_REASONS_ASKED
    assert supervised.content.reasons == "维持原决定"
    assert (ordered.stage, ordered.supervision_id) == ("通知公安机关立案", branches.SUPERVISION)


async def test_the_bureau_sees_which_police_have_the_case(databases: Databases) -> None:
    redirected = forwarding.TransferRedirected(
        transfer_id=acts.TRANSFER, police_id=OTHER_POLICE.id, forwarder_ids=[POLICE.id]
    )
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.RECEIVED, branches.POLICE_FORWARDED, redirected)
        shown = (await the_transfer(transfers)).transfer
    assert (shown.stage, shown.police_id, shown.referral_id) == ("已移送", OTHER_POLICE.id, "")


async def test_the_bureau_sees_the_outcome_and_the_team_its_fine(databases: Databases) -> None:
    convicted = but(
        branches.outcome_recorded(outcomes.TRANSFER_OUTCOME_CONVICTED), criminal_fine_fen=500_000, custody_days=180
    )
    async with reading(databases, SERVICE) as transfers:
        await transfers.record("transfer", *acts.DELIVERED, on("2025-12-02 09:00", convicted))
        await transfers.record(
            "transfer", on("2025-12-03 09:00", branches.PROPERTY_BACK), acts.RETURNED, branches.CLOSED
        )
        shown = await the_transfer(transfers)
    assert (shown.transfer.stage, shown.transfer.outcome) == ("已办结", outcomes.TRANSFER_OUTCOME_CONVICTED)
    assert shown.transfer.outcome_at == at("2025-12-02 09:00")
    assert shown.transfer.property_returned_at == at("2025-12-03 09:00")
    assert shown.transfer.HasField("returned_at")
    assert shown.transfer.HasField("closed_at")
    assert (shown.content.criminal_fine_fen, shown.content.custody_days) == (500_000, 180)


async def test_the_police_see_what_they_must_answer_and_what_became_of_it(databases: Databases) -> None:
    async with reading(databases, SERVICE, POLICE) as referrals:
        await referrals.record("referral", *acts.ACCEPTED, on("2025-06-06 10:00", acts.FILING_REFUSED))
        await referrals.record("referral", on("2025-06-09 10:00", branches.RECONSIDERATION_RECEIVED))
        await referrals.record("referral", on("2025-06-10 10:00", branches.ASKED_RECEIVED))
        await referrals.record("referral", on("2025-06-11 10:00", branches.stated(supervision.NON_FILING_REFUSED)))
        await referrals.record("referral", on("2025-06-12 10:00", branches.ORDER_RECEIVED))
        request = rpc.GetReferralRequest(transfer_id=acts.TRANSFER, min_position=referrals.position)
        ordered = (await referrals.api.get_referral(request, call())).referral
        await referrals.record("referral", on("2025-06-13 10:00", acts.CRIMINAL_CASE), branches.WITHDRAWN)
        request = rpc.GetReferralRequest(transfer_id=acts.TRANSFER, min_position=referrals.position)
        withdrawn = (await referrals.api.get_referral(request, call())).referral
    assert ordered.stage == "检察机关通知立案"
    assert ordered.reconsideration_received_at == at("2025-06-09 10:00")
    assert ordered.reasons_asked_at == at("2025-06-10 10:00")
    assert ordered.reasons_stated_at == at("2025-06-11 10:00")
    assert ordered.filing_ordered_at == at("2025-06-12 10:00")
    assert (withdrawn.stage, withdrawn.outcome) == ("已撤销案件", outcomes.TRANSFER_OUTCOME_WITHDRAWN)


async def test_the_police_see_where_a_referral_came_from_and_went(databases: Databases) -> None:
    received = but(acts.REFERRAL_RECEIVED, forwarder_ids=["ga-510502"])
    async with reading(databases, SERVICE, POLICE) as referrals:
        await referrals.record("referral", received, *acts.ACCEPTED[1:], on("2025-05-01 20:00", branches.FORWARDED))
        request = rpc.ListReferralsRequest(min_position=referrals.position)
        (shown,) = (await referrals.api.list_referrals(request, call())).referrals
    assert (shown.stage, list(shown.forwarder_ids), shown.to_police_id) == (
        "已转送有管辖权的公安机关",
        ["ga-510502"],
        OTHER_POLICE.id,
    )
    assert shown.passed_on_at == at("2025-05-01 20:00")


async def test_the_procuratorate_sees_its_supervision_from_the_suggestion_to_the_order(databases: Databases) -> None:
    async with reading(databases, SERVICE, PROCURATORATE) as supervisions:
        opened = (
            on("2025-06-09 10:00", branches.SUGGESTION_RECEIVED),
            on("2025-06-09 10:00", branches.SUGGESTED_SUPERVISION),
        )
        await supervisions.record("supervision", *opened, on("2025-06-10 09:00", branches.ASKED))
        await supervisions.record("supervision", on("2025-06-10 10:00", branches.ASKED_RECEIVED_RECORDED))
        await supervisions.record("supervision", on("2025-06-12 09:00", branches.REASONS_RECORDED))
        request = rpc.ListSupervisionsRequest(min_position=supervisions.position)
        (stated,) = (await supervisions.api.list_supervisions(request, call())).supervisions
        await supervisions.record("supervision", on("2025-06-13 09:00", branches.ORDERED))
        request = rpc.ListSupervisionsRequest(min_position=supervisions.position)
        (ordered,) = (await supervisions.api.list_supervisions(request, call())).supervisions
        history = await supervisions.api.get_transfer_timeline(
            rpc.GetTransferTimelineRequest(transfer_id=branches.SUPERVISION, min_position=supervisions.position), call()
        )
    assert stated == rpc.Supervision(
        supervision_id=branches.SUPERVISION,
        transfer_id=acts.TRANSFER,
        bureau_id=LUXIAN.id,
        police_id=POLICE.id,
        referral_id=acts.REFERRAL,
        stage="公安机关已说明理由",
        suggested=True,
        opened_at=at("2025-06-09 10:00"),
        reasons_asked_at=at("2025-06-10 09:00"),
        asked_received_at=at("2025-06-10 10:00"),
        reasons_recorded_at=at("2025-06-12 09:00"),
        about=supervision.NON_FILING_REFUSED,
        grounds="数额已达追诉标准",
        reasons="情节显著轻微",
    )
    assert (ordered.stage, ordered.concluded_at) == ("已通知立案", at("2025-06-13 09:00"))
    assert titles(history.entries) == [
        "收到立案监督建议",
        "启动立案监督",
        "要求说明不立案理由",
        "公安机关收到通知",
        "收到不立案理由说明",
        "通知公安机关立案",
    ]


async def test_a_supervision_that_is_opened_again_shows_its_new_round(databases: Databases) -> None:
    async with reading(databases, SERVICE, PROCURATORATE) as supervisions:
        first = (branches.OWN_SUPERVISION, branches.ASKED, branches.REASONS_RECORDED, branches.UPHELD)
        await supervisions.record("supervision", *first, branches.SUGGESTION_RECEIVED, branches.SUGGESTED_SUPERVISION)
        request = rpc.ListSupervisionsRequest(min_position=supervisions.position)
        (shown,) = (await supervisions.api.list_supervisions(request, call())).supervisions
    assert (shown.stage, shown.suggested, shown.reasons) == ("已启动", True, "")
    assert not shown.HasField("concluded_at")


@pytest.mark.parametrize("step", [pb.TRANSFER_STEP_FORWARDED, pb.TRANSFER_STEP_DECLINED], ids=["forwarded", "declined"])
async def test_the_procuratorate_sees_whether_a_case_was_sent_on_or_was_no_matter_of_the_police(
    databases: Databases, step: pb.TransferStep.ValueType
) -> None:
    oversight_id = oversight_of(acts.TRANSFER, POLICE.id)
    known = {
        "oversight_id": oversight_id,
        "transfer_id": acts.TRANSFER,
        "bureau_id": LUXIAN.id,
        "reported_by": POLICE.id,
    }
    signed = pb.OversightOpened(
        **known, police_id=POLICE.id, step=pb.TRANSFER_STEP_RECEIPT_SIGNED, taken_at=at(acts.SIGNED_AT)
    )
    passed_on = pb.OversightUpdated(**known, step=step, taken_at=at("2025-05-01 20:00"))
    async with reading(databases, SERVICE, PROCURATORATE) as oversights:
        await oversights.record("oversight", signed, passed_on)
        request = rpc.ListOversightsRequest(min_position=oversights.position)
        (shown,) = (await oversights.api.list_oversights(request, call())).oversights
    assert (shown.step, shown.passed_on_at) == (step, at("2025-05-01 20:00"))


async def test_the_procuratorate_sees_the_criminal_cases_that_may_come_to_it(databases: Databases) -> None:
    async with reading(databases, SERVICE, PROCURATORATE) as prosecutions:
        await prosecutions.record(
            "prosecution", branches.PROSECUTION_OPENED, on("2025-12-01 09:00", branches.NOT_PROSECUTED)
        )
        request = rpc.ListProsecutionsRequest(min_position=prosecutions.position)
        (shown,) = (await prosecutions.api.list_prosecutions(request, call())).prosecutions
    assert (shown.outcome, shown.penalty_needed, shown.decided_at) == (
        outcomes.TRANSFER_OUTCOME_NON_PROSECUTION,
        True,
        at("2025-12-01 09:00"),
    )
