"""What a case looks like to those who ask, over real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import recusal_pb2 as recusals
from enforcement.cases.v1 import service_pb2 as rpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import events_pb2 as clocks

from services.cases.service import SERVICE
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from tests.support.decider import LEADER, LI, YONGCHUAN, ZHAO, instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles
from tests.unit.cases import acts
from tests.unit.cases import test_emergency_seizure as urgent
from tests.unit.cases import test_evidence as chain
from tests.unit.cases import test_on_spot as spots

PURPOSE = audit.PURPOSE_CASE_HANDLING
TAKEN = (on("2024-09-10 10:00", acts.SEIZURE_APPROVED), on("2024-09-10 10:30", acts.SEIZED))


@pytest.fixture
async def cases(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def the_case(cases: Reading) -> rpc.Case:
    request = rpc.GetCaseRequest(case_id=acts.CASE, min_position=cases.position, purpose=PURPOSE)
    return (await cases.api.get_case(request, call())).case  # type: ignore[no-any-return]


async def test_a_case_shows_its_file_its_evidence_and_its_measures(cases):
    await cases.record("case", *acts.PROVEN, *TAKEN)
    shown = await the_case(cases)
    assert shown.summary == rpc.CaseSummary(
        case_id=acts.CASE,
        case_number="川泸2024-0042",
        stage="调查中",
        act_code="RTR-63-2",
        registered_at=to_timestamp(instant(acts.CLUE_AT)),
        filed_at=to_timestamp(instant(acts.FILED_AT)),
    )
    assert (shown.party, shown.place, shown.act_on) == (acts.PARTY, acts.PLACE, "2024-09-06")
    assert list(shown.officer_ids) == acts.TWO
    assert [(one.evidence_id, one.file) for one in shown.evidence] == [(acts.EVIDENCE, acts.file("现场笔录"))]
    assert [(one.measure_id, one.state, one.item_count) for one in shown.measures] == [(acts.MEASURE, "实施中", 1)]


async def test_a_case_shows_what_was_proposed_and_what_was_decided(cases):
    await cases.record("case", *acts.DELIVERED)
    shown = await the_case(cases)
    assert (shown.summary.stage, list(shown.proposed), list(shown.penalties)) == ("已送达", [acts.FINE], [acts.FINE])


@pytest.mark.parametrize(
    ("history", "stage"),
    [
        (acts.SUSPECTED, "线索"),
        ((*acts.SUSPECTED, pb.CaseNotFiled(case_id=acts.CASE)), "不予立案"),
        (acts.OPEN, "已立案"),
        (acts.REPORTED, "调查终结"),
        (acts.NOTIFIED, "已告知"),
        (acts.DECIDED, "已决定"),
        ((*acts.REPORTED, acts.SPARED), "已决定"),
        ((*acts.REPORTED, acts.ACQUITTED), "已决定"),
        ((*acts.DELIVERED, acts.CLOSED), "已结案"),
    ],
)
async def test_the_stage_that_is_shown_is_the_stage_it_is_in(cases, history, stage):
    await cases.record("case", *history)
    assert (await the_case(cases)).summary.stage == stage


async def test_a_case_is_found_by_its_number(cases):
    await cases.record("case", *acts.OPEN)
    request = rpc.GetCaseRequest(case_number="川泸2024-0042", min_position=cases.position)
    assert (await cases.api.get_case(request, call())).case.summary.case_id == acts.CASE


async def test_an_open_transfer_shows_and_a_returned_one_no_longer(cases):
    await cases.record("case", *acts.INVESTIGATING, acts.transfer_noted(pb.TRANSFER_PHASE_RECEIVED))
    shown = await the_case(cases)
    assert (shown.summary.transferred, shown.transfer_phase) == (True, pb.TRANSFER_PHASE_RECEIVED)
    await cases.record("case", acts.transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False))
    assert not (await the_case(cases)).summary.transferred


JUDGED = sanctions.CriminalOutcomeNoted(
    case_id=acts.CASE,
    transfer_id=acts.TRANSFER,
    outcome=sanctions.CRIMINAL_OUTCOME_CONVICTED,
    criminal_fine_fen=2_000_000,
)
SET_OFF = sanctions.FineSetOffComputed(
    case_id=acts.CASE, transfer_id=acts.TRANSFER, paid_fen=1_000_000, questions=[sanctions.SET_OFF_QUESTION_UNPAID]
)


async def test_what_the_court_did_is_shown_to_those_who_handle_or_decide_the_case_and_to_nobody_else(cases):
    suspected = sanctions.SuspicionNoted(case_id=acts.CASE, suspicion_id=uid("suspicion"), open=True)
    await cases.record("case", *acts.INVESTIGATING, suspected, JUDGED, SET_OFF)
    request = rpc.GetCaseRequest(case_id=acts.CASE, min_position=cases.position, purpose=PURPOSE)
    shown = [(await cases.api.get_case(request, call(who))).case for who in (LI, LEADER, ZHAO)]
    assert [one.HasField("sanctions") for one in shown] == [True, True, False]
    found = shown[0].sanctions
    assert (found.criminal_fine_fen, found.fine, found.HasField("decided")) == (2_000_000, SET_OFF, False)
    assert list(found.open_suspicion_ids) == [uid("suspicion")]


async def test_a_set_off_that_is_computed_again_is_undecided_and_an_answered_suspicion_is_gone(cases):
    decided = sanctions.FineSetOffDecided(case_id=acts.CASE, unpaid=sanctions.UNPAID_FINE_COUNTS)
    suspicion = sanctions.SuspicionNoted(case_id=acts.CASE, suspicion_id=uid("suspicion"), open=True)
    custody = sanctions.CustodySetOffComputed(case_id=acts.CASE, remaining_days=50)
    await cases.record("case", *acts.INVESTIGATING, suspicion, JUDGED, SET_OFF, decided, custody)
    assert (await the_case(cases)).sanctions.decided == decided
    await cases.record("case", SET_OFF, acts.changed(suspicion, open=False))
    shown = (await the_case(cases)).sanctions
    assert (shown.HasField("decided"), list(shown.open_suspicion_ids), shown.custody) == (False, [], custody)


async def test_a_case_of_another_authority_is_none_of_ours(cases):
    await cases.record("received", *acts.OPEN, origin=YONGCHUAN.id)
    with pytest.raises(Refused) as refused:
        await the_case(cases)
    assert refused.value.code is KernelRefusal.NOT_FOUND


async def test_cases_are_listed_by_stage_and_page_the_newest_clue_first(cases):
    for n in range(5):
        clue = acts.changed(acts.CLUE_REGISTERED, case_id=uid(f"case {n}"))
        filed = acts.changed(acts.FILED, case_id=uid(f"case {n}"), case_number=f"川泸2024-{n:04}")
        await cases.record("case", on(acts.CLUE_AT, clue), *([on(acts.FILED_AT, filed)] if n % 2 else []))
    seen, token = [], ""
    for _ in range(2):
        page = common.PageRequest(size=2, token=token)
        request = rpc.ListCasesRequest(min_position=cases.position, page=page, stage="线索")
        answer = await cases.api.list_cases(request, call())
        seen += [one.case_id for one in answer.cases]
        token = answer.next_token
    assert (seen, token) == ([uid("case 4"), uid("case 2"), uid("case 0")], "")


async def test_a_page_token_that_nobody_gave_out_is_refused(cases):
    with pytest.raises(Refused) as refused:
        await cases.api.list_cases(rpc.ListCasesRequest(page=common.PageRequest(token="x")), call())
    assert refused.value.code is KernelRefusal.BAD_PAGE_TOKEN


async def test_the_history_of_a_case_reads_in_order_with_the_instants_of_the_acts(cases):
    await cases.record("case", *acts.INVESTIGATING)
    request = rpc.GetCaseTimelineRequest(case_id=acts.CASE, min_position=cases.position)
    answer = await cases.api.get_case_timeline(request, call())
    assert titles(answer.entries) == ["登记线索", "立案", "指派办案人员"]
    assert answer.entries[1].occurred_at == to_timestamp(instant(acts.FILED_AT))


async def test_evidence_shows_from_hand_to_hand_who_had_it_and_what_is_excluded(cases):
    handed = on("2024-09-10 15:00", chain.HANDED_ON)
    await cases.record("case", *acts.PROVEN, handed, chain.SAMPLED, chain.EXCLUDED)
    shown = {one.evidence_id: one for one in (await the_case(cases)).evidence}
    first, sample = shown[acts.EVIDENCE], shown[chain.SAMPLED.evidence_id]
    assert (first.holder, first.excluded, sample.kind) == ("证物室", True, pb.EVIDENCE_KIND_PHYSICAL)
    assert list(first.custody) == [
        rpc.CustodyStep(
            from_holder=acts.TWO[0],
            to_holder="证物室",
            place="泸县交通运输局证物室",
            seal="封-02",
            seal_intact=True,
            at=to_timestamp(instant("2024-09-10 15:00")),
        )
    ]


async def test_a_seizure_shows_its_emergency_its_approval_and_its_extension(cases):
    taken = on("2024-09-10 10:00", urgent.TAKEN)
    await cases.record("case", *acts.INVESTIGATING, taken)
    (shown,) = (await the_case(cases)).measures
    assert (shown.state, shown.emergency, shown.approved, shown.law_basis) == (
        "实施中",
        True,
        False,
        "道路运输条例 art. 62",
    )
    await cases.record("case", urgent.REPORTED, urgent.APPROVED, acts.EXTENDED)
    (shown,) = (await the_case(cases)).measures
    assert (shown.approved, shown.extended) == (True, True)


async def test_a_case_shows_its_incident_its_number_and_who_stands_back(cases):
    incident = {"incident_id": uid("incident"), "incident_role": pb.INCIDENT_ROLE_DRIVER, "capture_id": uid("capture")}
    await cases.record(
        "case",
        acts.changed(acts.CLUE_REGISTERED, **incident),
        acts.changed(acts.FILED, case_number=""),
        pb.CaseNumbered(case_id=acts.CASE, case_number="川泸2024-0043"),
        acts.ASSIGNED,
        recusals.RecusalDecided(case_id=acts.CASE, officer_id=acts.TWO[0], recused=True),
    )
    shown = await the_case(cases)
    assert (shown.summary.case_number, shown.incident_role) == ("川泸2024-0043", pb.INCIDENT_ROLE_DRIVER)
    assert (shown.incident_id, shown.capture_id) == (uid("incident"), uid("capture"))
    assert (list(shown.officer_ids), list(shown.recused_ids)) == ([acts.TWO[1]], [acts.TWO[0]])


async def test_an_on_the_spot_penalty_shows_its_money_and_its_copy(cases):
    await cases.record(
        "on_spot", spots.OBSERVED, on("2024-09-27 10:00", spots.COLLECTED), on("2024-09-29 10:00", spots.HANDED_IN)
    )
    request = rpc.GetOnSpotRequest(on_spot_id=spots.ID, min_position=cases.position, purpose=PURPOSE)
    shown = (await cases.api.get_on_spot(request, call())).on_spot
    assert (shown.summary.stage, shown.summary.fine_fen, shown.summary.collected_fen) == ("已当场收缴", 20_000, 20_000)
    assert shown.handed_in_at == to_timestamp(instant("2024-09-29 10:00"))
    assert (shown.party, list(shown.officer_ids), shown.remedies) == (acts.PARTY, acts.TWO, spots.DECIDED.remedies)
    await cases.record("on_spot", spots.COPIED, spots.CLOSED)
    listed = await cases.api.list_on_spot(rpc.ListOnSpotRequest(min_position=cases.position, stage="已结案"), call())
    assert [one.form_number for one in listed.on_spots] == [spots.DECIDED.form_number]


async def test_what_is_not_there_is_not_found(cases):
    for ask, request in (
        (cases.api.get_on_spot, rpc.GetOnSpotRequest(on_spot_id=uid("none"))),
        (cases.api.get_act_warnings, rpc.GetActWarningsRequest(matter_id=uid("none"))),
    ):
        with pytest.raises(Refused) as refused:
            await ask(request, call())
        assert refused.value.code is KernelRefusal.NOT_FOUND


async def test_what_the_investigation_found_is_found_too(cases):
    await cases.record(
        "case", *acts.INVESTIGATING, pb.InvestigationClosed(case_id=acts.CASE, facts="查明系网约车平台派单")
    )
    async with cases.reader.at(cases.position) as connection:
        row = await connection.fetchrow("SELECT content, pairs FROM case_search")
    assert "网约车平台派单" in row["content"]
    assert {"网约", "派单", "川泸"} <= set(row["pairs"])


async def test_a_correction_that_is_late_lies_over_the_case_until_it_was_checked(cases):
    await cases.record("case", *acts.PROVEN)
    missed = clocks.DeadlineMissed(deadline_id=uid("clock"), rule_id="cases.correction", subject_id=acts.CASE)
    await cases.record("deadline", missed)
    assert list((await the_case(cases)).summary.side_states) == ["逾期未改正"]
    await cases.record("case", pb.CorrectionChecked(case_id=acts.CASE))
    assert list((await the_case(cases)).summary.side_states) == ["逾期未改正"]
    await cases.record("case", pb.CorrectionChecked(case_id=acts.CASE, corrected=True))
    assert list((await the_case(cases)).summary.side_states) == []


async def test_a_case_that_is_back_from_the_police_has_no_outcome_yet(cases):
    decided = decisions.CrimeTransferDecided(case_id=acts.CASE)
    returned = acts.transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)
    await cases.record("case", *acts.REPORTED, decided, returned)
    shown = await the_case(cases)
    assert (shown.summary.stage, shown.procedure.outcome) == ("调查终结", rpc.OUTCOME_UNSPECIFIED)
