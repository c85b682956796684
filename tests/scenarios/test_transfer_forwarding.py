"""转送有管辖权的公安机关：永川警方从泸县交通局凭授权取得全部材料，自行签收、立案；期限各算各的。"""

import hashlib
from collections.abc import AsyncIterator

import pytest
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.exchange.v1 import service_pb2 as exchange
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.authorities import LocalAuthority
from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.clocks import row_of
from deploy.local.story.documents import pdf
from deploy.local.story.ledgers import told as told_by
from deploy.local.story.peers import try_to_fetch
from deploy.local.story.run import Run
from services.kernel.authority import Authority
from services.kernel.messages import to_timestamp, type_name
from tests.support.system import contradictions, file_case, run_on, system

TEAM = INVESTIGATORS[0]
OTHERS = "ga-500118"
YONGCHUAN_POLICE = LocalAuthority(Authority(OTHERS, "重庆市公安局永川区分局"), "Yongchuan Police", ())
SIGNER = cast.Officer(OTHERS, "officer-1", "邱岭", "民警", (options.ROLE_INVESTIGATOR,))
CHIEF = cast.Officer(OTHERS, "leader", "严松", "副局长", (options.ROLE_LEADER,))


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[tuple[Run, transfer.Referral]]:
    """A case that 泸县's police sent on within 24 hours, and that 永川's police filed."""
    async with system(LUXIAN, POLICE, PROCURATORATE, also=[YONGCHUAN_POLICE]) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await register_yongchuan_police(run)
        await file_case(run)
        await chapter_7_transfer.tell(run)
        await run.at("2025-05-02 09:00")
        forward = forwarding.ForwardReferralRequest(
            referral_id=run.facts.referral_id,
            to_police_id=OTHERS,
            reason="伪造地在永川",
            notice=await run.file(cast.POLICE_LEADER, pdf("转送通知书", "伪造地在永川")),
        )
        await run.act(cast.POLICE_LEADER, "forward", forward)
        question = transfer.GetReferralRequest(transfer_id=run.facts.transfer_id)
        referral = (await run.until(SIGNER, question, lambda answer: answer.referral.stage, "收到转送")).referral
        await run.act(SIGNER, "other/sign", transfer.SignReceiptRequest(referral_id=referral.referral_id))
        decision = transfer.DecideFilingRequest(
            referral_id=referral.referral_id,
            outcome=transfer.FILING_OUTCOME_FILED,
            criminal_case_number="永公(刑)立字〔2025〕17号",
            notice=await run.file(CHIEF, pdf("立案通知书", "永公(刑)立字〔2025〕17号")),
        )
        await run.act(CHIEF, "other/file", decision)
        asked = transfer.GetTransferRequest(transfer_id=run.facts.transfer_id)
        await run.until(TEAM, asked, lambda answer: answer.transfer.stage == "公安机关已立案", "永川警方立案")
        yield run, referral
        assert await contradictions(cluster) == []


async def register_yongchuan_police(run: Run) -> None:
    """Two officers of a police that the demo does not have."""
    for number, officer in enumerate((SIGNER, CHIEF), 1):
        await run.administer(
            OTHERS,
            officers.RegisterOfficerRequest(
                command_id=run.id(f"register/{officer.key}"),
                officer_id=run.officer_id(officer),
                occurred_at=to_timestamp(run.now),
                name=officer.name,
                credential_number=f"{OTHERS}-{number:04}",
                issuing_body="发证机关",
                valid_from_on="2023-01-01",
                valid_to_on="2027-12-31",
                roles=officer.roles,
            ),
        )


async def test_the_new_police_get_every_file_from_the_bureau_and_the_old_ones_none_by_that_grant(
    told: tuple[Run, transfer.Referral],
) -> None:
    run, referral = told
    assert list(referral.forwarder_ids) == [POLICE]
    assert len(referral.materials) == len(chapter_7_transfer.MATERIALS)
    grant = await told_by(run.cluster, OTHERS, type_name(forwarding.TransferRedirected), LUXIAN)
    for material in referral.materials:
        digest = material.file.sha256
        await run.ask(SIGNER, exchange.PullBlobRequest(position=grant.position, sha256=digest))
        content = await run.calls.download(OTHERS, run.officer_id(SIGNER), digest, referral.referral_id)
        assert hashlib.sha256(content).digest() == digest
    await try_to_fetch(run, POLICE, LUXIAN, grant.env_hash, referral.materials[0].file.sha256)


async def test_the_bureau_follows_the_new_police(told: tuple[Run, transfer.Referral]) -> None:
    run, referral = told
    asked = transfer.GetTransferRequest(transfer_id=run.facts.transfer_id)
    shown = (await run.ask(TEAM, asked)).transfer
    assert (shown.police_id, shown.referral_id) == (OTHERS, referral.referral_id)
    old = transfer.GetReferralRequest(referral_id=run.facts.referral_id)
    assert (await run.ask(cast.POLICE_TEAM[0], old)).referral.stage == "已转送有管辖权的公安机关"


async def test_each_police_has_its_own_clock(told: tuple[Run, transfer.Referral]) -> None:
    run, _ = told
    asked = deadlines.ListDeadlinesRequest(subject_id=run.facts.transfer_id)
    clocks = {
        (clock.rule_id, clock.responsible_id): row_of(clock)
        for clock in (await run.ask(TEAM, asked)).clocks
        if clock.rule_id in ("transfer.forward", "transfer.filing_decision")
    }
    assert {key: (row.effective, row.late) for key, row in clocks.items()} == {
        ("transfer.forward", POLICE): ("2025-05-02 10:00", False),
        ("transfer.filing_decision", POLICE): ("2025-05-06 24:00", False),
        ("transfer.filing_decision", OTHERS): ("2025-05-06 24:00", False),
    }
