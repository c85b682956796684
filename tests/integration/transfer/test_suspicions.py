"""What an examination reads of cases and of earlier penalties, and how suspicions are listed, over real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.messages import to_timestamp
from services.transfer import suspicion_lookups
from services.transfer.crime_thresholds import CaseKnown
from services.transfer.model.suspicion import suspicion_of
from services.transfer.service import SERVICE
from tests.support.decider import POLICE, YONGCHUAN, instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases import acts
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, FILED, NOTICE_SERVED, PARTY, PENALISED, changed

INCOME = cases.Penalty(kind=cases.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=1_200_000)
OTHER = uid("other")
RAISED = pb.SuspicionRaised(
    suspicion_id=suspicion_of(CASE),
    case_id=CASE,
    act_code="CL-280",
    findings=[pb.SuspicionFinding(threshold_id="cl-280-forged-documents", ground=pb.SUSPICION_GROUND_ACT)],
)


@pytest.fixture
async def bureau(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


class Deciding:
    """What a look-up reads of the context."""

    occurred_at: datetime = instant("2024-12-18 12:00")


async def examined(bureau: Reading, case_id: str = CASE) -> CaseKnown | None:
    request = pb.ExamineCaseRequest(suspicion_id=suspicion_of(case_id), case_id=case_id)
    found: Any = await suspicion_lookups.examined(bureau, request, Deciding)  # type: ignore[arg-type]
    return found.case if found else None


async def test_a_case_is_examined_as_the_ledger_has_it(bureau):
    await bureau.record(
        "case",
        on(acts.CLUE_AT, CLUE_REGISTERED),
        on(acts.FILED_AT, FILED),
        changed(NOTICE_SERVED, proposed=[INCOME]),
        discretion.DiscretionEvaluated(case_id=CASE, act_code="RTR-63-2", outcome=discretion.DISCRETION_OUTCOME_CRIME),
        decisions.CrimeTransferDecided(case_id=CASE),
    )
    assert await examined(bureau) == CaseKnown(
        act_code="RTR-63-2",
        act_on=date(2024, 9, 6),
        party_kind=cases.PARTY_KIND_PERSON,
        income_fen=1_200_000,
        crimes_found=("RTR-63-2",),
        transfer_decisions=1,
    )


async def test_an_unknown_case_is_not_and_an_act_that_went_on_counts_from_its_end(bureau):
    assert await examined(bureau) is None
    went_on = changed(CLUE_REGISTERED, act_on="2024-07-01", act_ended_on="2024-09-06")
    await bureau.record("case", on(acts.CLUE_AT, went_on), on(acts.FILED_AT, changed(FILED, act_on="2024-07-01")))
    known = await examined(bureau)
    assert known is not None
    assert known.act_on == date(2024, 9, 6)


@pytest.mark.parametrize(
    "ended",
    [
        [transfers.TransferRejected(transfer_id=uid("transfer"), case_id=CASE, reason="证据不足")],
        [
            transfers.TransferApproved(transfer_id=uid("transfer"), case_id=CASE),
            transfers.CaseTransferred(transfer_id=uid("transfer"), case_id=CASE, police_id=POLICE.id),
            transfers.CaseReturned(transfer_id=uid("transfer"), case_id=CASE),
        ],
    ],
    ids=["rejected", "returned"],
)
async def test_a_transfer_of_the_case_is_seen_while_it_goes_on(bureau, ended):
    await bureau.record("case", on(acts.CLUE_AT, CLUE_REGISTERED))
    going_on = (
        transfers.TransferOpened(transfer_id=uid("transfer"), case_id=CASE),
        transfers.ReportSubmitted(transfer_id=uid("transfer")),
    )
    seen = []
    for events in ([going_on[0]], [going_on[1]], ended):
        await bureau.record("transfer", *events)
        known = await examined(bureau)
        assert known is not None
        seen.append(known.pursued_in)
    assert seen == [uid("transfer"), uid("transfer"), ""]


async def test_earlier_penalties_of_the_party_are_those_that_stand_in_cases_and_on_the_spot(bureau):
    async def punished(case_id: str, *after: Any, **party: Any) -> None:
        filed = changed(FILED, case_id=case_id, party=changed(PARTY, **party))
        decided = on("2024-03-01 10:00", changed(PENALISED, case_id=case_id))
        await bureau.record("case", changed(CLUE_REGISTERED, case_id=case_id), filed, decided, *after)

    await punished(OTHER)
    await punished(uid("revoked"), decisions.DecisionRevoked(case_id=uid("revoked")))
    await punished(uid("somebody else"), id_number="510521199001019999")
    observed = on_spot.OnSpotObserved(on_spot_id=uid("spot"), act_code="RTR-63-1", party=PARTY)
    fined = on_spot.OnSpotPenaltyDecided(on_spot_id=uid("spot"))
    await bureau.record("on_spot", on("2024-04-01 10:00", observed), on("2024-04-01 10:30", fined))
    await bureau.record("received", on_spot.OnSpotObserved(on_spot_id=uid("theirs"), party=PARTY), origin=YONGCHUAN.id)
    await bureau.record("case", on(acts.CLUE_AT, CLUE_REGISTERED), on(acts.FILED_AT, FILED))
    known = await examined(bureau)
    assert known is not None
    assert set(known.penalised_on) == {("RTR-63-2", date(2024, 3, 1)), ("RTR-63-1", date(2024, 4, 1))}


async def test_an_answer_names_a_transfer_that_this_bureau_has(bureau):
    await bureau.record("transfer", transfers.TransferOpened(transfer_id=uid("transfer"), case_id=OTHER))
    for transfer_id, known in ((uid("transfer"), True), (uid("theirs"), False), ("", False)):
        request = pb.AnswerSuspicionRequest(suspicion_id=suspicion_of(CASE), transfer_id=transfer_id)
        assert await suspicion_lookups.pursued(bureau, request, Deciding) is known  # type: ignore[arg-type]


async def test_what_a_transfer_covers_is_listed_only_once_somebody_is_asked(bureau):
    covered = pb.SuspicionCovered(
        suspicion_id=suspicion_of(CASE), case_id=CASE, pursuing_transfer_id=uid("transfer"), findings=RAISED.findings
    )
    listed = []
    for event in (covered, changed(RAISED, findings=[pb.SuspicionFinding(ground=pb.SUSPICION_GROUND_EVALUATION)])):
        await bureau.record("suspicion", event)
        answer = await bureau.api.list_suspicions(pb.ListSuspicionsRequest(min_position=bureau.position), call())
        listed.append([len(one.findings) for one in answer.suspicions])
    assert listed == [[], [2]]


async def test_suspicions_are_listed_with_what_was_found_and_how_they_were_answered(bureau):
    more = pb.SuspicionFinding(ground=pb.SUSPICION_GROUND_EVALUATION)
    await bureau.record(
        "suspicion",
        on("2024-12-18 10:00", RAISED),
        pb.SuspicionGrew(suspicion_id=suspicion_of(CASE), case_id=CASE, findings=[more]),
        on(
            "2024-12-19 10:00",
            pb.SuspicionAnswered(
                suspicion_id=suspicion_of(CASE), answer=pb.SUSPICION_ANSWER_NO_CRIME, case_id=CASE, reason="证件真实"
            ),
        ),
    )
    await bureau.record("suspicion", changed(RAISED, suspicion_id=suspicion_of(OTHER), case_id=OTHER))

    async def listed(**fields: Any) -> list[pb.Suspicion]:
        request = pb.ListSuspicionsRequest(min_position=bureau.position, **fields)
        return list((await bureau.api.list_suspicions(request, call())).suspicions)

    assert [one.case_id for one in await listed()] == [OTHER, CASE]
    assert [one.case_id for one in await listed(open=True)] == [OTHER]
    assert await listed(case_id=CASE) == [
        pb.Suspicion(
            suspicion_id=suspicion_of(CASE),
            case_id=CASE,
            act_code="CL-280",
            findings=[*RAISED.findings, more],
            raised_at=to_timestamp(instant("2024-12-18 10:00")),
            answer=pb.SUSPICION_ANSWER_NO_CRIME,
            answered_at=to_timestamp(instant("2024-12-19 10:00")),
            reason="证件真实",
        )
    ]
