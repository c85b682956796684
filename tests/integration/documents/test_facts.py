"""What forms print of a matter is what the events of its services say, with names and last days beside them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decision
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import evidence_pb2 as custody
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import side_states_pb2 as side_states
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.officers.v1 import events_pb2 as officers
from enforcement.transfer.v1 import events_pb2 as transfer

from services.documents import matter
from services.documents.model import Refusal
from services.documents.registry import forms
from services.documents.service import SERVICE
from services.documents.snapshot import compose
from services.kernel.errors import Refused
from services.kernel.messages import to_timestamp
from tests.support.decider import LI, WANG, instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.cases import acts
from tests.unit.documents.samples import LETTERHEAD

SPOT = uid("on the spot")
ITEM = cases.Item(description="小型客车", quantity=1)


@pytest.fixture
async def documents(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        for snapshot, name in ((LI, "李明"), (WANG, "王强")):
            registered = officers.OfficerRegistered(officer_id=snapshot.officer_id, name=name)
            await opened.record("officer", registered)
        yield opened


async def facts_of(documents: Reading, matter_id: str = acts.CASE) -> Any:
    async with documents.views("documents").at(documents.position) as connection:
        found, _ = await matter.read(connection, matter_id)
    return found


async def test_a_case_gives_its_forms_what_its_events_say(documents):
    await documents.record("case", *acts.DELIVERED)
    found = await facts_of(documents)
    facts = found.facts
    assert (found.kind, found.number, found.closed) == ("case", "川泸2024-0042", False)
    assert facts["source"] == "检查发现"
    assert facts["party"] == {"kind": 1, "name": "张三", "id_number": "510521199001011234"}
    assert [one["name"] for one in facts["handlers"]] == ["李明", "王强"]
    assert facts["notice"]["proposed"] == [{"kind": 3, "amount_fen": 1_000_000}]
    assert facts["decision"]["penalties"] == [{"kind": 3, "amount_fen": 1_000_000}]
    assert facts["decision"]["fine_fen"] == 1_000_000
    assert facts["outcome"] == "penalty"


async def test_a_decision_needs_from_the_officer_only_what_no_event_says(documents):
    await documents.record("case", *acts.DELIVERED)
    facts = (await facts_of(documents)).facts
    assert compose(forms()["F15"], facts, {}, LETTERHEAD).missing == ("证据", "违反的规定")


async def test_a_number_taken_later_is_the_cases_number(documents):
    filed = cases.CaseFiled()
    filed.CopyFrom(acts.FILED)
    filed.case_number = ""
    numbered = cases.CaseNumbered(case_id=acts.CASE, case_number="川泸交案〔2024〕1号")
    await documents.record("case", acts.CLUE_REGISTERED, filed, numbered)
    found = await facts_of(documents)
    assert (found.number, found.facts["case_number"]) == ("川泸交案〔2024〕1号", "川泸交案〔2024〕1号")


async def test_the_last_days_of_measures_are_those_of_the_calendar(documents):
    preserved = cases.EvidencePreserved(case_id=acts.CASE, measure_id=uid("p"), items=[cases.Item(description="账本")])
    seized = cases.ItemsSeized(case_id=acts.CASE, measure_id=uid("s"), items=[cases.Item(description="车", quantity=1)])
    await documents.record(
        "case", acts.CLUE_REGISTERED, on("2024-09-12 10:00", preserved), on("2024-09-10 10:00", seized)
    )
    facts = (await facts_of(documents)).facts
    assert (facts["preservation"]["on"], facts["preservation"]["due_on"]) == ("2024-09-12", "2024-09-24")
    assert (facts["seizure"]["due_on"], facts["seizure"]["extended_until"]) == ("2024-10-10", "2024-11-11")


async def test_of_two_seizures_a_form_prints_the_newest_or_the_one_that_is_meant(documents):
    first, second = (
        cases.ItemsSeized(case_id=acts.CASE, measure_id=uid(name), items=[cases.Item(description=name, quantity=1)])
        for name in ("第一辆车", "第二辆车")
    )
    await documents.record(
        "case", acts.CLUE_REGISTERED, on("2024-09-10 10:00", first), on("2024-09-20 10:00", second),
        on("2024-10-01 10:00", cases.SeizureReleased(case_id=acts.CASE, measure_id=uid("第一辆车"), reason="查清")),
    )  # fmt: skip
    facts = (await facts_of(documents)).facts
    release = forms()["F10"]
    assert compose(release, facts, {}, LETTERHEAD).values["held_from"] == "2024-09-20"
    meant = compose(release, facts, {"held_from": "2024-09-10", "released_on": "2024-10-01"}, LETTERHEAD).values
    assert (meant["held_from"], meant["ground"]) == ("2024-09-10", "查清")
    assert [item["description"] for item in meant["items"]] == ["第一辆车"]
    with pytest.raises(Refused) as refused:
        compose(release, facts, {"held_from": "2024-09-11"}, LETTERHEAD)
    assert refused.value.code is Refusal.FIELD_IN_LEDGER


async def test_excluded_evidence_is_no_longer_printed_and_stays_in_the_file(documents):
    excluded = custody.EvidenceExcluded(case_id=acts.CASE, evidence_id=acts.EVIDENCE, reason="取证违法")
    await documents.record("case", *acts.PROVEN, excluded)
    facts = (await facts_of(documents)).facts
    assert facts["evidence"] == []
    assert [piece["evidence_id"] for piece in facts["pieces"]] == [acts.EVIDENCE]


async def test_an_on_the_spot_penalty_is_a_matter_of_its_own(documents):
    party = cases.Party(kind=cases.PARTY_KIND_PERSON, name="张三")
    place = common.Place(division_code="510521", description="泸永桥")
    observed = on_spot.OnSpotObserved(on_spot_id=SPOT, act_code="RTR-68", place=place, party=party, officers=[LI, WANG])
    fine = cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=20_000)
    decided = on_spot.OnSpotPenaltyDecided(
        on_spot_id=SPOT, penalties=[fine], facts="未携带营运证", basis="道路运输条例"
    )
    await documents.record("on_spot", on("2024-12-18 10:05", observed), decided)
    found = await facts_of(documents, SPOT)
    assert found.kind == "on_spot"
    assert found.facts["on_spot"]["acted_at"] == "2024-12-18T02:05:00+00:00"
    missing = compose(forms()["F14"], found.facts, {}, LETTERHEAD).missing
    assert missing == ("罚款缴纳方式",)


async def test_a_demand_prints_what_the_collection_says_is_due(documents):
    demanded = collection.DemandServed(
        collection_id=uid("collection"), case_id=acts.CASE, demand_id=uid("demand"), served_on="2024-12-20",
        fine_fen=1_000_000, surcharge_fen=330_000,
    )  # fmt: skip
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", demanded)
    facts = (await facts_of(documents)).facts
    values = compose(forms()["F19"], facts, {}, LETTERHEAD).values
    assert (values["fine"], values["surcharge"], values["total"]) == (1_000_000, 330_000, 1_330_000)


async def test_a_transfer_letter_prints_the_suspects_of_the_transfer(documents):
    opened = transfer.TransferOpened(
        transfer_id=uid("transfer"), case_id=acts.CASE, suspected_crime="刑法 art. 280",
        suspects=[transfer.Suspect(name="张三")],
    )  # fmt: skip
    await documents.record("case", *acts.OPEN)
    await documents.record("transfer", opened)
    values = compose(forms()["X11"], (await facts_of(documents)).facts, {}, LETTERHEAD).values
    assert (values["suspects"], values["suspected_crime"]) == ([{"name": "张三"}], "刑法 art. 280")


async def test_later_documents_refer_to_earlier_ones_by_their_numbers(documents):
    rendered = pb.DocumentRendered(
        document_id=uid("d"), form="F15", matter_id=acts.CASE, number="川泸交罚〔2024〕1号", version=1
    )
    issued = pb.DocumentIssued(document_id=uid("d"), form="F15", matter_id=acts.CASE, version=1)
    await documents.record("case", *acts.DELIVERED)
    await documents.record("document", issued, rendered)
    values = compose(forms()["F19"], (await facts_of(documents)).facts, {}, LETTERHEAD).values
    assert values["decision_number"] == "川泸交罚〔2024〕1号"


async def test_the_streams_of_a_matter_are_known(documents):
    await documents.record("case", *acts.OPEN)
    opened = collection.CollectionOpened(collection_id=uid("collection"), case_id=acts.CASE)
    await documents.record("collection", opened)
    await documents.record("request", cross_border.RequestSent(request_id=uid("request"), case_id=acts.CASE))
    await documents.record("execution", collection.ExecutionDemanded(execution_id=uid("execution"), case_id=acts.CASE))
    streams = [acts.CASE, *(uid(name) for name in ("collection", "request", "execution"))]
    assert (await facts_of(documents)).facts["streams"] == streams


async def test_what_belongs_to_no_case_is_no_matter(documents):
    await documents.record("request", cross_border.RequestSent(request_id=uid("request")))
    with pytest.raises(Refused):
        await facts_of(documents, uid("request"))


WITH_VEHICLE = acts.changed(acts.FILED, vehicle=cases.Vehicle(plate="川E·D5678"))
EVERYTHING = (
    acts.CLUE_REGISTERED,
    WITH_VEHICLE,
    *acts.PROVEN[2:],
    cases.MeasureApproved(case_id=acts.CASE, measure_id=uid("s"), law_basis="道路运输条例 art. 62"),
    cases.EvidencePreserved(case_id=acts.CASE, measure_id=uid("p"), items=[ITEM], kept_at="停车场"),
    cases.PreservationDecided(case_id=acts.CASE, measure_id=uid("p"), outcome=cases.PRESERVATION_OUTCOME_RELEASED),
    cases.ItemsSeized(case_id=acts.CASE, measure_id=uid("s"), items=[ITEM]),
    cases.SeizureExtended(case_id=acts.CASE, measure_id=uid("s"), reason="案情复杂"),
    cases.SeizureReleased(case_id=acts.CASE, measure_id=uid("s"), reason="已作出处理决定"),
    cases.CorrectionOrdered(case_id=acts.CASE, content="停止违法行为", due_on="2024-12-20"),
    cases.InvestigationClosed(case_id=acts.CASE, facts="查明的事实"),
    discretion.DiscretionEvaluated(case_id=acts.CASE, reasons="初次违法"),
    cases.NoticeServed(case_id=acts.CASE, facts="事实", basis="条例", proposed=[acts.FINE], hearing_right=True),
    cases.DefenceRecorded(case_id=acts.CASE, kind=cases.DEFENCE_KIND_STATED, content="请求从轻"),
    delivery.DeliveryAddressConfirmed(case_id=acts.CASE, address="立石镇", receiver="张三", electronic=True),
    hearing.HearingNotified(
        case_id=acts.CASE, place="听证室", chair=LI, recorder=WANG, held_at=to_timestamp(instant("2024-10-21 09:00"))
    ),
    hearing.HearingReported(case_id=acts.CASE, opinion="维持"),
    review.LegalReviewCompleted(case_id=acts.CASE, opinion="同意", passed=True, major=True, reviewer=WANG),
    review.CollectiveDiscussionRecorded(
        case_id=acts.CASE, conclusion=review.DISCUSSION_CONCLUSION_PENALTY, penalties=[acts.FINE],
        participants=[LI, WANG],
        opinions=[review.Opinion(officer_id=LI.officer_id, opinion="同意")],
    ),
    cases.PenaltyDecided(
        case_id=acts.CASE, penalties=[acts.FINE], reasons="事实", basis="条例", defence_review="不采纳"
    ),
    cases.DecisionServed(case_id=acts.CASE, way=cases.SERVICE_WAY_DIRECT, effective_on="2024-12-18"),
    side_states.CaseTransferredToAuthority(case_id=acts.CASE, receiver_name="永川区交通运输委员会", reason="无管辖权"),
)  # fmt: skip


async def test_every_fact_that_a_form_names_is_one_that_some_event_gives(documents):
    """But for those of the letterhead, of the rules, and of documents that were issued before."""
    await documents.record("case", *EVERYTHING)
    given = (await facts_of(documents)).facts
    spared = {"no_penalty": {"reasons": "x", "ground": "x", "education": "x", "on": "x"}}
    spot = {"on_spot": dict.fromkeys(("acted_at", "facts", "basis", "penalties", "defence"), "x")}
    due = {"collection": {"surcharge_fen": 1, "due_fen": 1}}
    moved = {"transfer": {"suspects": ["x"], "facts": "x", "suspected_crime": "x"}}
    known = {**given, **spared, **spot, **due, **moved, "reporter": "x"}
    named = {field.fact for form in forms().values() for field in form.fields.values() if field.fact}
    elsewhere = ("authority.", "documents.", "rules.")
    assert [path for path in sorted(named) if not path.startswith(elsewhere) and not at(known, path)] == []


def at(facts: Any, path: str) -> Any:
    for part in path.split("."):
        facts = facts.get(part) if isinstance(facts, dict) else None
    return facts


async def test_the_result_of_a_case_is_put_into_words(documents):
    await documents.record("case", *acts.DELIVERED)
    assert (await facts_of(documents)).facts["result"] == "作出行政处罚决定：罚款人民币壹万元整（¥10,000.00）"


async def test_an_amended_decision_prints_its_new_amount(documents):
    lower = cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=500_000)
    amended = decision.DecisionAmended(case_id=acts.CASE, penalties=[lower])
    await documents.record("case", *acts.DELIVERED, amended)
    facts = (await facts_of(documents)).facts
    assert (facts["decision"]["fine_fen"], facts["decision"]["on"]) == (500_000, "2024-11-05")


async def test_a_matter_that_nobody_recorded_is_unknown(documents):
    with pytest.raises(Refused) as refused:
        await facts_of(documents, uid("nobody"))
    assert refused.value.code is Refusal.UNKNOWN_MATTER
