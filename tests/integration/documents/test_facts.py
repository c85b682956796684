"""What forms print of a matter is what the events of its services say, with names and last days beside them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import evidence_pb2 as custody
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.officers.v1 import events_pb2 as officers
from enforcement.transfer.v1 import events_pb2 as transfer

from services.documents import matter
from services.documents.model import Refusal
from services.documents.registry import forms
from services.documents.service import SERVICE
from services.documents.snapshot import compose
from services.kernel.errors import Refused
from tests.support.decider import LI, WANG, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.cases import acts
from tests.unit.documents.samples import LETTERHEAD

SPOT = uid("on the spot")


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
    assert (await facts_of(documents)).facts["streams"] == [acts.CASE, uid("collection")]


async def test_a_matter_that_nobody_recorded_is_unknown(documents):
    with pytest.raises(Refused) as refused:
        await facts_of(documents, uid("nobody"))
    assert refused.value.code is Refusal.UNKNOWN_MATTER
