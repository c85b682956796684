"""一事不再罚与简易程序：永川当场罚过的，泸县立案时看得到，决定时不得再罚；当场收缴的罚款两个工作日内上缴、缴库。

同一车辆同一天先后被永川、泸县查获。永川的答复只有状态、编号、案由和时间，没有姓名、证件号码和号牌。
"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.deadlines.v1 import service_pb2 as deadlines
from google.protobuf.json_format import MessageToDict

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import LUXIAN, YONGCHUAN
from deploy.local.story.clocks import row_of
from deploy.local.story.parties import ACT, FACTS, PARTIES, VEHICLES
from deploy.local.story.posts import A, B
from deploy.local.story.run import Run
from tests.support.system import run_on, system

TEAM = cast.YONGCHUAN_TEAM[:2]
FINE = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=20_000)
FORM = "渝永川当罚2024-0007"


@pytest.fixture(scope="module")
async def day() -> AsyncIterator[Run]:
    """永川 fines the driver on the spot at 09:30; at 14:00 泸县 finds the same vehicle and has a clue."""
    async with system(LUXIAN, YONGCHUAN) as cluster, run_on(cluster) as run:
        await run.at("2024-12-18 09:30")
        observed = observation(run, TEAM, PARTIES[B], VEHICLES[B])
        run.facts.cases["spot"] = (await run.act(TEAM[0], "observe", observed)).id
        await run.act(TEAM[0], "on-the-spot", decision(run))
        await run.at("2024-12-18 14:00")
        clue = cases.RegisterClueRequest(
            source=events.CLUE_SOURCE_INSPECTION,
            act_code=ACT,
            act_on="2024-12-18",
            place=B.place,
            facts=FACTS[B],
            vehicle=VEHICLES[B],
            party=PARTIES[B],
        )
        run.facts.cases["B"] = (await run.act(cast.LUXIAN_CHIEF, "clue", clue)).id
        yield run


def observation(
    run: Run, team: tuple[cast.Officer, ...], party: events.Party, vehicle: events.Vehicle
) -> on_spot.ObserveOnSpotRequest:
    return on_spot.ObserveOnSpotRequest(
        act_code=ACT,
        place=(A if team == TEAM else B).place,
        facts=FACTS[A],
        party=party,
        vehicle=vehicle,
        evidence=[on_spot.OnSpotEvidence(kind=events.EVIDENCE_KIND_AUDIOVISUAL, description="执法记录")],
        officer_ids=run.ids(*team),
        credentials_shown=True,
        identity_verified=True,
    )


def decision(run: Run, **fields: Any) -> on_spot.DecideOnSpotRequest:
    lawful = on_spot.DecideOnSpotRequest(
        on_spot_id=run.facts.cases["spot"],
        penalties=[FINE],
        told_penalties=[FINE],
        reasons=FACTS[A],
        basis="道路运输条例",
        facts_told=True,
        rights_told=True,
        defence=events.DEFENCE_KIND_WAIVED,
        correction="立即改正",
        form_number=FORM,
        handed_over=True,
        signature=on_spot.SIGNATURE_KIND_SIGNED,
        officer_ids=run.ids(*TEAM),
        collected_fen=20_000,
        collection_ground=on_spot.COLLECTION_GROUND_HARD_TO_EXECUTE,
        collection_reason="当事人系外地过境人员",
        receipt_number="渝财票00017",
    )
    lawful.MergeFrom(on_spot.DecideOnSpotRequest(**fields))
    return lawful


async def warnings(run: Run, matter_id: str) -> Any:
    """What 泸县 knows of other cases once 永川 has answered."""
    question = cases.GetActWarningsRequest(matter_id=matter_id)
    return await run.until(
        cast.LUXIAN_CHIEF,
        question,
        lambda answer: any(match.authority_id == YONGCHUAN for match in answer.matches) and not answer.unanswered_ids,
        "一事不再罚查询的答复",
    )


async def test_yongchuan_answers_with_state_number_act_and_time_and_nothing_else(day: Run) -> None:
    (match,) = (await warnings(day, day.facts.cases["B"])).matches
    assert MessageToDict(match) == {
        "state": "ACT_MATCH_STATE_FINED",
        "caseNumber": FORM,
        "actCode": ACT,
        "filedAt": "2024-12-18T01:30:00Z",
        "matchedBy": "ACT_SUBJECT_KIND_PARTY",
        "authorityId": YONGCHUAN,
    }


async def test_neither_plate_nor_number_nor_name_reached_yongchuan(day: Run) -> None:
    await warnings(day, day.facts.cases["B"])
    connection = await asyncpg.connect(day.cluster.postgres.dsn(YONGCHUAN))
    try:
        rows = await connection.fetch("SELECT body FROM ledger.event WHERE type LIKE '%ActInquirySent'")
    finally:
        await connection.close()
    assert rows
    secrets = (PARTIES[B].id_number, PARTIES[B].name, VEHICLES[B].plate)
    assert not [secret for row in rows for secret in secrets if secret.encode() in bytes(row["body"])]


async def test_another_case_blocks_no_filing_but_a_leader_decides_on_it(day: Run) -> None:
    await warnings(day, day.facts.cases["B"])
    filing = cases.FileCaseRequest(
        case_id=day.facts.cases["B"], case_number="泸县交罚〔2024〕1301号", party=PARTIES[B], basis="行政处罚法 art. 54"
    )
    assert await refusal(day, cast.LUXIAN_DEPUTY, "file-silently", filing) == "DUPLICATE_UNDECIDED"
    filing.duplicate_decision = acts.DUPLICATE_DECISION_CONTINUE
    filing.duplicate_reason = "核实是否同一违法行为"
    await day.act(cast.LUXIAN_DEPUTY, "file", filing)
    case = (await day.ask(cast.LUXIAN_DEPUTY, cases.GetCaseRequest(case_id=day.facts.cases["B"]))).case
    assert case.summary.stage == "已立案"


async def test_luxian_does_not_fine_a_second_time_for_what_yongchuan_fined(day: Run) -> None:
    observed = observation(day, cast.INVESTIGATORS, PARTIES[B], VEHICLES[B])
    spot = (await day.act(cast.INVESTIGATORS[0], "luxian/observe", observed)).id
    await warnings(day, spot)
    own = {"on_spot_id": spot, "form_number": "川泸当罚2024-0001"}
    fine = decision(day, **own)
    fine.officer_ids[:] = day.ids(*cast.INVESTIGATORS)
    assert await refusal(day, cast.INVESTIGATORS[0], "second-fine", fine) == "SECOND_FINE"
    fine.duplicate_decision, fine.duplicate_reason = acts.DUPLICATE_DECISION_CONTINUE, "继续办理"
    assert await refusal(day, cast.INVESTIGATORS[0], "second-fine-again", fine) == "SECOND_FINE"
    fine.duplicate_decision, fine.duplicate_reason = acts.DUPLICATE_DECISION_ANOTHER_ACT, "另一趟次，时间地点均不同"
    await day.act(cast.INVESTIGATORS[0], "luxian/another-act", fine)


async def test_the_same_form_is_not_used_twice(day: Run) -> None:
    other = (await day.act(TEAM[0], "observe-again", observation(day, TEAM, PARTIES[A], VEHICLES[A]))).id
    reused = decision(day)
    reused.on_spot_id = other
    assert await refusal(day, TEAM[0], "reused-form", reused) == "FORM_NUMBER_USED"
    alone = decision(day)
    alone.on_spot_id, alone.officer_ids[:] = other, day.ids(TEAM[0])
    assert await refusal(day, TEAM[0], "alone", alone) == "TWO_OFFICERS_NEEDED"


async def test_collected_money_is_handed_in_banked_and_the_copy_filed_on_time(day: Run) -> None:
    spot = day.facts.cases["spot"]
    await day.at("2024-12-19 10:00")
    receiver = day.officer_id(cast.YONGCHUAN_CHIEF)
    handing = on_spot.HandInOnSpotFineRequest(on_spot_id=spot, amount_fen=20_000, receiver_id=receiver)
    await day.act(TEAM[0], "hand-in", handing)
    await day.act(TEAM[0], "copy", on_spot.FileOnSpotCopyRequest(on_spot_id=spot, receiver_id=receiver))
    close = on_spot.CloseOnSpotRequest(on_spot_id=spot, ground=on_spot.ON_SPOT_CLOSING_PERFORMED)
    assert await refusal(day, cast.YONGCHUAN_CHIEF, "close-early", close) == "FINE_NOT_PERFORMED"
    question = deadlines.ListDeadlinesRequest(subject_id=spot)
    clocks = await day.until(
        cast.YONGCHUAN_CHIEF,
        question,
        lambda answer: sum(one.rule_id.startswith("cases.on_spot") for one in answer.clocks) == 4,
        "当场处罚的期限",
    )
    shown = {one.rule_id: row_of(one).effective for one in clocks.clocks if one.rule_id.startswith("cases.on_spot")}
    assert shown == {
        "cases.on_spot_copy": "2024-12-25 24:00",
        "cases.on_spot_hand_in": "2024-12-20 24:00",
        "cases.on_spot_bank": "2024-12-23 24:00",
        "cases.on_spot_reconsideration": "2025-02-17 24:00",
    }
    got = (await day.ask(cast.YONGCHUAN_CHIEF, cases.GetOnSpotRequest(on_spot_id=spot))).on_spot
    assert (got.summary.stage, got.summary.form_number, got.summary.collected_fen) == ("已备案", FORM, 20_000)
    assert "先向本级人民政府申请行政复议" in got.remedies


async def refusal(run: Run, officer: cast.Officer, step: str, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, f"refused/{step}", request)
    return refused.value.reason
