"""What forms print of a matter is what the events of its services say, with names and last days beside them."""

import json
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
from enforcement.transfer.v1 import opinion_pb2 as opinion
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from enforcement.transfer.v1 import team_pb2 as team

from services.documents import matter
from services.documents.dossier import lacking
from services.documents.model import Refusal
from services.documents.registry import forms
from services.documents.service import SERVICE
from services.documents.snapshot import compose
from services.kernel.authority import Authority
from services.kernel.errors import Refused
from services.kernel.messages import to_timestamp
from tests.support.decider import LI, MEMBERS, WANG, instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.cases import acts, procedure
from tests.unit.documents.samples import LETTERHEAD

SPOT = uid("on the spot")
COLLECTION = uid("collection")
COLLECTION_OPENED = collection.CollectionOpened(collection_id=COLLECTION, case_id=acts.CASE, fine_fen=1_000_000)
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
    assert compose(forms()["F15"], facts, {}, LETTERHEAD).missing == ("违反的规定",)


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


async def test_a_second_seizure_is_printed_before_it_is_recorded_and_says_nothing_of_the_first(documents):
    first = cases.ItemsSeized(case_id=acts.CASE, measure_id=uid("first"), items=[ITEM], law_basis="条例第六十二条")
    await documents.record("case", acts.CLUE_REGISTERED, on("2024-09-10 10:00", first))
    facts = (await facts_of(documents)).facts
    new = {"items": [{"description": "货车", "quantity": 1}], "held_from": "2024-09-20", "held_until": "2024-10-20"}
    values = compose(forms()["F8"], facts, new, LETTERHEAD).values
    assert (values["held_from"], values["items"][0]["description"]) == ("2024-09-20", "货车")
    assert "law_basis" not in values


async def test_a_notice_about_new_facts_is_printed_before_it_is_served(documents):
    served = cases.NoticeServed(case_id=acts.CASE, facts="事实", basis="条例", proposed=[acts.FINE])
    await documents.record("case", *acts.OPEN, served)
    facts = (await facts_of(documents)).facts
    lower = [{"kind": 3, "amount_fen": 500_000}]
    assert compose(forms()["F11"], facts, {"proposed": lower}, LETTERHEAD).values["proposed"] == lower


async def test_of_two_lists_an_officer_says_which_is_meant(documents):
    preserved = [
        cases.EvidencePreserved(
            case_id=acts.CASE, measure_id=uid(name), items=[cases.Item(description=name, quantity=1)]
        )
        for name in ("账本", "发票")
    ]
    lists = [
        pb.DocumentRendered(document_id=uid(f"list {n}"), form="F6", matter_id=acts.CASE, number=f"{n}号", version=1)
        for n in (1, 2)
    ]
    await documents.record("case", *acts.OPEN, *preserved)
    for one in lists:
        issued = pb.DocumentIssued(document_id=one.document_id, form="F6", matter_id=acts.CASE, version=1)
        await documents.record("document", issued, one)
    facts = (await facts_of(documents)).facts
    assert "list_number" not in compose(forms()["F7"], facts, {}, LETTERHEAD).values
    assert compose(forms()["F7"], facts, {"list_number": "1号"}, LETTERHEAD).values["list_number"] == "1号"


async def test_testing_time_of_which_the_party_was_told_does_not_count(documents):
    seized = cases.ItemsSeized(case_id=acts.CASE, measure_id=uid("s"), items=[ITEM])
    told = custody.TestCommissioned(
        case_id=acts.CASE, test_id=uid("t"), measure_id=uid("s"), until_on="2024-09-20", told=acts.file("告知书")
    )
    result = custody.TestResultRecorded(
        case_id=acts.CASE, test_id=uid("t"), measure_id=uid("s"), evidence_id=uid("opinion"), opinion="系伪造",
        file=acts.file("鉴定意见"),
    )  # fmt: skip
    await documents.record(
        "case", *acts.OPEN, on("2024-09-10 10:00", seized), on("2024-09-11 10:00", told),
        on("2024-09-15 10:00", result),
    )  # fmt: skip
    facts = (await facts_of(documents)).facts
    # 30 days from 10 September end on 10 October; five days of testing (11 to 15 September) more: 15 October.
    assert (facts["seizure"]["due_on"], facts["seizure"]["extended_from"]) == ("2024-10-15", "2024-10-16")
    assert facts["pieces"][-1]["kind"] == "鉴定意见"
    assert {"检测鉴定期间告知书"} == {paper.get("title") for paper in facts["papers"]}


async def test_a_last_day_in_a_year_without_calendar_is_not_printed(documents):
    preserved = cases.EvidencePreserved(case_id=acts.CASE, measure_id=uid("p"), items=[ITEM])
    await documents.record("case", *acts.OPEN, on("2099-12-28 10:00", preserved))
    facts = (await facts_of(documents)).facts
    assert "due_on" not in facts["preservation"]
    assert "登记保存届满日" in compose(forms()["F6"], facts, {}, LETTERHEAD).missing


async def test_what_one_document_says_of_the_cause_the_next_says_too(documents):
    snapshot = json.dumps({"values": {"cause": "未经许可从事客运"}}).encode()
    issued = pb.DocumentIssued(document_id=uid("d"), form="F1", matter_id=acts.CASE, version=1, snapshot=snapshot)
    await documents.record("case", *acts.OPEN)
    await documents.record("document", issued)
    facts = (await facts_of(documents)).facts
    assert compose(forms()["F24"], facts, {}, LETTERHEAD).values["cause"] == "未经许可从事客运"
    assert facts["issued"] == {"F1": uid("d")}


async def test_a_decision_that_is_to_be_made_anew_is_printed_no_more(documents):
    revoked = decision.DecisionRevoked(case_id=acts.CASE, reason="程序违法", anew=True)
    await documents.record("case", *acts.DELIVERED, revoked)
    facts = (await facts_of(documents)).facts
    assert (facts["outcome"], "decision" in facts, facts["result"]) == (
        "revoked", False, "撤销行政处罚决定：程序违法",
    )  # fmt: skip


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
    composed = compose(forms()["F14"], found.facts, {}, LETTERHEAD)
    assert composed.missing == ()
    assert composed.values["payment"].startswith("自收到决定书之日起十五日内")


async def test_what_becomes_of_a_fine_on_the_spot_calls_for_its_sheets_and_the_notice_of_its_end_is_one(documents):
    observed = on_spot.OnSpotObserved(on_spot_id=SPOT, act_code="RTR-68", officers=[LI, WANG])
    opened = collection.CollectionOpened(collection_id=COLLECTION, on_spot_id=SPOT, fine_fen=20_000)
    demanded = collection.DemandServed(collection_id=COLLECTION, fine_fen=20_000, served_on="2025-06-03")
    await documents.record("on_spot", observed)
    notice = acts.file("终结执行通知书")
    ended = collection.ExecutionEnded(
        collection_id=COLLECTION, on_spot_id=SPOT, ground=collection.END_GROUND_PERSON_DIED, document=notice
    )
    await documents.record("collection", opened, demanded, ended)
    facts = (await facts_of(documents, SPOT)).facts
    assert [paper["form"] for paper in facts["papers"]] == ["F22"]
    assert facts["collection"]["demand"] == {"fine_fen": 20_000, "total_fen": 20_000, "on": "2025-06-03"}
    assert {"催告书", "中止（终结、恢复）行政强制执行通知书"} <= set(lacking("on_spot", facts, []))
    composed = compose(forms()["F19"], facts, {}, LETTERHEAD)
    assert (composed.values["fine"], composed.values["total"]) == (20_000, 20_000)


async def test_the_sheets_of_a_fine_on_the_spot_name_its_decision_as_the_ledger_has_it(documents):
    observed = on_spot.OnSpotObserved(on_spot_id=SPOT, act_code="RTR-68", officers=[LI, WANG])
    fine = cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=20_000)
    decided = on_spot.OnSpotPenaltyDecided(on_spot_id=SPOT, penalties=[fine], form_number="川泸交当罚〔2024〕9号")
    opened = collection.CollectionOpened(collection_id=COLLECTION, on_spot_id=SPOT, fine_fen=20_000)
    await documents.record("on_spot", observed, on("2024-12-18 10:05", decided))
    await documents.record("collection", opened)
    facts = (await facts_of(documents, SPOT)).facts
    for form in ("F17", "F19", "X14"):
        values = compose(forms()[form], facts, {}, LETTERHEAD).values
        assert (values["decision_number"], values["decision_title"]) == ("川泸交当罚〔2024〕9号", "当场行政处罚决定书")
        assert values.get("served_on", "2024-12-18") == "2024-12-18"
    due = collection.PaymentDueSet(collection_id=COLLECTION, due_on="2025-01-02")
    await documents.record("collection", due)
    notice = compose(forms()["F22"], (await facts_of(documents, SPOT)).facts, {}, LETTERHEAD).values
    assert (notice["enforced"], notice["enforced_on"]) == ("当场行政处罚决定书", "2024-12-18")


async def test_an_on_the_spot_penalty_has_its_evidence_and_says_how_it_is_paid(documents):
    photo = on_spot.OnSpotEvidence(kind=cases.EVIDENCE_KIND_AUDIOVISUAL, description="照片", file=acts.file("照片"))
    observed = on_spot.OnSpotObserved(on_spot_id=SPOT, act_code="RTR-68", evidence=[photo], officers=[LI, WANG])
    fine = cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=10_000)
    decided = on_spot.OnSpotPenaltyDecided(
        on_spot_id=SPOT, penalties=[fine], form_number="川泸交当罚〔2024〕9号", correction="随车携带",
        collected_on_spot_fen=10_000, defence_content="忘带了。", defence_review="不影响认定。",
    )  # fmt: skip
    await documents.record("on_spot", observed, decided)
    facts = (await facts_of(documents, SPOT)).facts
    assert [piece["description"] for piece in facts["pieces"]] == ["照片"]
    assert (facts["on_spot"]["payment"], facts["on_spot"]["form_number"]) == ("当场缴纳", "川泸交当罚〔2024〕9号")
    assert facts["on_spot"]["defence"] == "忘带了。复核情况：不影响认定。"


async def test_a_demand_prints_what_the_collection_says_is_due(documents):
    demanded = collection.DemandServed(
        collection_id=uid("collection"), case_id=acts.CASE, demand_id=uid("demand"), served_on="2024-12-20",
        fine_fen=1_000_000, surcharge_fen=330_000,
    )  # fmt: skip
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED, demanded)
    facts = (await facts_of(documents)).facts
    values = compose(forms()["F19"], facts, {}, LETTERHEAD).values
    assert (values["fine"], values["surcharge"], values["total"]) == (1_000_000, 330_000, 1_330_000)


async def test_a_demand_is_printed_before_it_is_served_with_the_surcharge_of_that_day(documents):
    overdue = collection.FineOverdue(collection_id=COLLECTION, case_id=acts.CASE, open_fen=1_000_000)
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED, overdue)
    facts = (await facts_of(documents)).facts
    owed = {"fine": 1_000_000, "surcharge": 330_000, "total": 1_330_000}
    assert compose(forms()["F19"], facts, owed, LETTERHEAD).values["total"] == 1_330_000
    with pytest.raises(Refused) as refused:
        compose(forms()["F19"], facts, {**owed, "total": 1_000_000}, LETTERHEAD)
    assert refused.value.code is Refusal.FIELD_INVALID


async def test_approved_instalments_are_printed_as_they_were_set(documents):
    approved = collection.InstalmentsApproved(collection_id=COLLECTION, case_id=acts.CASE, count=2)
    rows = [
        collection.InstalmentSet(collection_id=COLLECTION, number=n, amount_fen=500_000, due_on=due_on)
        for n, due_on in ((1, "2024-12-27"), (2, "2025-01-27"))
    ]
    requested = collection.InstalmentsRequested(collection_id=COLLECTION, reason="家庭困难")
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED, on("2024-11-20 09:00", requested), approved, *rows)
    facts = (await facts_of(documents)).facts
    values = compose(forms()["F17"], facts, {}, LETTERHEAD).values
    assert (values["kind"], values["applied_on"], values["ground"]) == ("分期缴纳", "2024-11-20", "家庭困难")
    assert values["instalments"] == [
        {"due_on": "2024-12-27", "amount_fen": 500_000},
        {"due_on": "2025-01-27", "amount_fen": 500_000},
    ]


async def test_a_refused_application_says_why(documents):
    refused = collection.InstalmentsRefused(collection_id=COLLECTION, reason="收入稳定")
    requested = collection.InstalmentsRequested(collection_id=COLLECTION, reason="家庭困难")
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED, requested, refused)
    values = compose(forms()["F17"], (await facts_of(documents)).facts, {}, LETTERHEAD).values
    assert (values["kind"], values["refused_for"], "instalments" in values) == ("不予批准", "收入稳定", False)


async def test_how_a_decision_was_performed_is_put_into_words(documents):
    performed = collection.CollectionPerformed(
        collection_id=COLLECTION, case_id=acts.CASE, performed_on="2024-12-18", fine_fen=1_000_000
    )
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED, performed)
    facts = (await facts_of(documents)).facts
    assert facts["execution_result"] == "罚款人民币壹万元整（¥10,000.00）已于2024年12月18日全部缴清"


async def test_an_application_to_the_court_says_which_remedies_were_sought(documents):
    started = decision.RemedyStarted(
        case_id=acts.CASE, remedy_id=uid("r"), kind=decision.REMEDY_KIND_LITIGATION, started_on="2024-12-02"
    )
    ended = decision.RemedyEnded(
        case_id=acts.CASE, remedy_id=uid("r"), kind=decision.REMEDY_KIND_LITIGATION, ended_on="2025-02-20",
        outcome=decision.REMEDY_OUTCOME_MAINTAINED,
    )  # fmt: skip
    await documents.record("case", *acts.DELIVERED, started)
    pending = (await facts_of(documents)).facts["remedies"]["words"]
    await documents.record("case", ended)
    over = compose(forms()["X14"], (await facts_of(documents)).facts, {}, LETTERHEAD).values["remedies"]
    assert pending == "被申请人于2024年12月2日提起行政诉讼，尚未办结"
    assert over == "被申请人于2024年12月2日提起行政诉讼，2025年2月20日结果为维持或者驳回请求"


async def test_own_execution_prints_the_duty_that_was_demanded(documents):
    demanded = collection.ExecutionDemanded(
        execution_id=uid("execution"), case_id=acts.CASE, duty="清除遗洒物", law_basis="公路法第四十六条",
        perform_by_on="2024-12-25", document=acts.file("催告书"),
    )  # fmt: skip
    decided = collection.ExecutionDecided(
        execution_id=uid("execution"), case_id=acts.CASE, kind=collection.EXECUTION_KIND_SUBSTITUTE,
        law_basis="公路法第四十六条", manner="机械清除", performer="某养护公司", cost_estimate_fen=200_000,
        document=acts.file("代履行决定书"),
    )  # fmt: skip
    await documents.record("case", *acts.DELIVERED)
    await documents.record("execution", demanded, decided)
    facts = (await facts_of(documents)).facts
    values = compose(forms()["F21"], facts, {}, LETTERHEAD).values
    assert (values["unperformed"], values["performer"], values["cost"]) == ("清除遗洒物", "某养护公司", 200_000)
    assert [paper["form"] for paper in facts["papers"]][-2:] == ["F19", "F21"]


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


async def test_a_clue_that_is_not_filed_has_a_sheet_of_that(documents):
    not_filed = cases.CaseNotFiled(case_id=acts.CASE, reason="经核实没有违法事实", reporter_informed="9月12日电话告知")
    await documents.record("case", acts.CLUE_REGISTERED, on("2024-09-12 10:00", not_filed))
    facts = (await facts_of(documents)).facts
    values = compose(forms()["X35"], facts, {"leader_opinion": "同意不予立案。"}, LETTERHEAD)
    assert values.missing == ()
    shown = [values.values[name] for name in ("not_filed_reason", "not_filed_on", "reporter_informed")]
    assert shown == ["经核实没有违法事实", "2024-09-12", "9月12日电话告知"]
    assert lacking("case", facts, []) == ["不予立案审批表"]


async def test_the_streams_of_a_matter_are_known(documents):
    await documents.record("case", *acts.INVESTIGATING)
    opened = collection.CollectionOpened(collection_id=uid("collection"), case_id=acts.CASE)
    await documents.record("collection", opened)
    await documents.record("request", cross_border.RequestSent(request_id=uid("request"), case_id=acts.CASE))
    await documents.record("execution", collection.ExecutionDemanded(execution_id=uid("execution"), case_id=acts.CASE))
    streams = [acts.CASE, *(uid(name) for name in ("collection", "request", "execution"))]
    assert list((await facts_of(documents)).streams) == streams
    for stream in streams:
        handled = await given_to(documents, stream)
        assert (set(handled.officers), handled.closed) == ({LI.officer_id, WANG.officer_id}, False)
    assert not (await given_to(documents, uid("nothing"))).officers


async def given_to(documents: Reading, subject_id: str) -> Any:
    """Who is given the files of an aggregate, once everything recorded is seen."""
    async with documents.views("documents").at(documents.position):
        return await matter.given_to(documents, subject_id)  # type: ignore[arg-type]


async def test_what_is_about_a_suspected_crime_is_given_to_the_team_alone(documents):
    opened = transfer.TransferOpened(transfer_id=uid("transfer"), case_id=acts.CASE, team=[WANG])
    letter = pb.DocumentIssued(document_id=uid("letter"), form="X11", matter_id=acts.CASE, version=1)
    report = pb.DocumentIssued(document_id=uid("report"), form="X2", matter_id=acts.CASE, version=1)
    await documents.record("case", *acts.INVESTIGATING)
    await documents.record("transfer", opened)
    for issued in (letter, report):
        await documents.record("document", issued)
    for criminal in (uid("transfer"), uid("letter")):
        handled = await given_to(documents, criminal)
        assert (list(handled.officers), handled.closed) == ([WANG.officer_id], True)
    assert not (await given_to(documents, uid("report"))).closed


async def test_it_is_given_to_the_team_that_there_is(documents):
    opened = transfer.TransferOpened(transfer_id=uid("transfer"), case_id=acts.CASE, team=[WANG])
    changed = team.TeamChanged(transfer_id=uid("transfer"), team=[LI], reason="王某回避")
    letter = pb.DocumentIssued(document_id=uid("letter"), form="X11", matter_id=acts.CASE, version=1)
    await documents.record("case", *acts.INVESTIGATING)
    await documents.record("transfer", opened, changed)
    await documents.record("document", letter)
    for criminal in (uid("transfer"), uid("letter")):
        assert list((await given_to(documents, criminal)).officers) == [LI.officer_id]


async def test_what_is_about_an_opinion_is_for_who_reads_its_content(documents):
    await documents.record("opinion", opinion.OpinionReviewOpened(opinion_id=uid("opinion"), bureau_id="jt-510521"))
    sheet = pb.DocumentIssued(document_id=uid("sheet"), form="X31", matter_id=uid("opinion"), version=1)
    await documents.record("document", sheet)
    for subject in (uid("opinion"), uid("sheet")):
        handled = await given_to(documents, subject)
        assert (list(handled.officers), handled.roles) == ([], matter.OPINION_ROLES)


async def test_what_belongs_to_no_case_is_no_matter(documents):
    await documents.record("request", cross_border.RequestSent(request_id=uid("request")))
    with pytest.raises(Refused):
        await facts_of(documents, uid("request"))


WITH_VEHICLE = acts.changed(acts.FILED, vehicle=cases.Vehicle(plate="川E·D5678"))
ON_WATER = acts.changed(acts.CLUE_REGISTERED, vessel=cases.Vessel(name="川泸货1288", port_of_registry="泸州"))
EVERYTHING = (
    ON_WATER,
    procedure.proposed(),
    procedure.CHECKED,
    procedure.PUBLISHED,
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
    decision.RemedyStarted(case_id=acts.CASE, remedy_id=uid("r"), kind=decision.REMEDY_KIND_RECONSIDERATION),
    cases.CaseClosed(case_id=acts.CASE),
)  # fmt: skip


OWED: dict[str, Any] = {"fine_fen": 1_000_000, "confiscation_fen": 20_000, "surcharge_fen": 330_000}
MONEY = (
    collection.InstalmentsRequested(collection_id=COLLECTION, reason="困难"),
    collection.InstalmentsApproved(collection_id=COLLECTION, case_id=acts.CASE, count=1),
    collection.InstalmentSet(collection_id=COLLECTION, number=1, amount_fen=1_000_000, due_on="2024-12-27"),
    collection.DemandServed(collection_id=COLLECTION, case_id=acts.CASE, served_on="2025-01-20", **OWED),
    collection.CourtApplied(collection_id=COLLECTION, case_id=acts.CASE, applied_on="2025-02-20", **OWED),
    collection.CollectionPerformed(collection_id=COLLECTION, case_id=acts.CASE, performed_on="2025-03-01", **OWED),
)
EXECUTED = uid("execution")
EXECUTION = (
    collection.ExecutionDemanded(
        execution_id=EXECUTED, case_id=acts.CASE, duty="清除", law_basis="公路法", perform_by_on="2024-12-25"
    ),
    collection.ExecutionDecided(
        execution_id=EXECUTED, case_id=acts.CASE, law_basis="公路法", manner="机械", performer="某公司",
        cost_estimate_fen=1,
    ),
    collection.ExecutionNoticePosted(execution_id=EXECUTED, perform_by_on="2024-12-30"),
    collection.OwnExecutionSuspended(execution_id=EXECUTED, reason="困难"),
)  # fmt: skip
TRANSFER = (
    transfer.TransferOpened(
        transfer_id=uid("transfer"), case_id=acts.CASE, facts="事实", suspected_crime="刑法 art. 280",
        suspects=[transfer.Suspect(name="张三")],
    ),
    transfer.TransferApproved(transfer_id=uid("transfer"), case_id=acts.CASE),
    transfer.PoliceReceiptRecorded(
        transfer_id=uid("transfer"), case_id=acts.CASE, key_id=bytes(range(16)),
        signer=common.OfficerSnapshot(credential_number="51-孙"),
    ),
    transfer.SupplementRequested(transfer_id=uid("transfer"), detail="缺少鉴定意见"),
    transfer.PoliceRefusalRecorded(transfer_id=uid("transfer"), case_id=acts.CASE, reasons="情节显著轻微"),
    reconsideration.PoliceRefusalMaintained(transfer_id=uid("transfer"), case_id=acts.CASE),
    transfer.PropertyHandedOver(transfer_id=uid("transfer"), case_id=acts.CASE),
)  # fmt: skip
REFERRAL, SUPERVISION, OPINION = uid("referral"), uid("supervision"), uid("opinion")
ELSEWHERE: dict[str, tuple[str, tuple[Any, ...]]] = {
    REFERRAL: (
        "referral",
        (
            transfer.ReferralReceived(
                referral_id=REFERRAL, bureau_id="jt-510521", case_number="川泸2024-0042",
                suspected_crime="刑法 art. 280",
            ),
            transfer.ReferralReceiptSigned(referral_id=REFERRAL),
            reconsideration.ReconsiderationReceived(referral_id=REFERRAL, grounds="已达到追诉标准"),
        ),
    ),
    SUPERVISION: (
        "supervision",
        (
            supervision.SupervisionOpened(
                supervision_id=SUPERVISION, bureau_id="jt-510521", police_id="ga-510521", reason="移送机关建议"
            ),
            supervision.ReasonsRecorded(supervision_id=SUPERVISION, reasons="证据不足"),
        ),
    ),
    OPINION: (
        "opinion",
        (
            opinion.OpinionReviewOpened(
                opinion_id=OPINION, bureau_id="jt-510521", decision_number="泸检不诉〔2024〕12号",
                decided_on="2024-11-05", persons=[opinion.OpinionPerson(name="张三")],
            ),
        ),
    ),
}  # fmt: skip
"""Matters of the police and of the procuratorate, with the events of each."""
CAUSED = pb.DocumentIssued(
    document_id=uid("d"), form="F1", matter_id=acts.CASE, version=1, snapshot=b'{"values":{"cause":"x"}}'
)


async def test_a_receipt_says_who_signed_when_and_with_which_key(documents):
    await documents.record("case", *EVERYTHING)
    await documents.record("transfer", *TRANSFER)
    given = (await facts_of(documents)).facts["transfer"]
    assert (given["receipt_signer"], given["receipt_kind"]) == ("证件号51-孙", "公安机关节点电子签名")
    assert given["receipt_key"] == "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f"
    assert "receipt_at" in given


async def test_a_receipt_on_paper_has_no_key(documents):
    await documents.record("case", *EVERYTHING)
    signed = paper.PaperAnswerConfirmed(
        transfer_id=uid("transfer"), kind=paper.PAPER_ANSWER_KIND_RECEIPT, signer="石坚",
        signed_at=to_timestamp(instant("2024-12-18 10:00")),
    )  # fmt: skip
    receipt = transfer.PoliceReceiptRecorded(transfer_id=uid("transfer"), case_id=acts.CASE)
    await documents.record("transfer", *TRANSFER[:2], signed, receipt)
    given = (await facts_of(documents)).facts["transfer"]
    assert (given["receipt_signer"], given["receipt_kind"]) == ("石坚", "纸质签收，经两人录入")
    assert "receipt_key" not in given


async def test_every_fact_that_a_form_names_is_one_that_some_event_gives(documents):
    """But for those of the letterhead, of the rules, and of documents that were issued before."""
    await documents.record("case", *EVERYTHING)
    await documents.record("collection", COLLECTION_OPENED, *MONEY)
    await documents.record("execution", *EXECUTION)
    await documents.record("transfer", *TRANSFER)
    made = [
        event
        for form in ("F15", "F20")
        for event in (
            pb.DocumentIssued(document_id=uid(form), form=form, matter_id=acts.CASE, version=1),
            pb.DocumentRendered(document_id=uid(form), form=form, matter_id=acts.CASE, number="x", version=1),
        )
    ]
    await documents.record("document", CAUSED, *made)
    given = (await facts_of(documents)).facts
    for matter_id, (category, events) in ELSEWHERE.items():
        await documents.record(category, *events)
        given |= matter.with_authorities((await facts_of(documents, matter_id)).facts, MEMBERS)
    spared = {"no_penalty": {"reasons": "x", "ground": "x", "education": "x", "on": "x"}}
    spared["not_filed"] = {"reason": "x", "on": "x", "told": "x", "by": "x"}
    spared["no_penalty"] |= {"guardian": "x", "guardian_order": "x"}
    names = ("acted_at", "facts", "basis", "penalties", "defence", "payment", "correction")
    known = {**given, **spared, "on_spot": dict.fromkeys(names, "x"), "reporter": "x"}
    named = {field.fact for form in forms().values() for field in form.fields.values() if field.fact}
    named |= {fact for form in forms().values() for fact in form.signed_by.values()}
    elsewhere = ("authority.", "documents.", "rules.", "collection.instalments.refused_for")
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


def test_authorities_stand_by_their_names():
    facts = {"reporter": "jt-500118", "transferred": {"receiver": "", "receiver_id": "jt-500153", "reason": "x"}}
    members = {id_: Authority(id_, name) for id_, name in (("jt-500118", "永川区"), ("jt-500153", "荣昌区"))}
    named = matter.with_authorities(facts, members)
    assert (named["reporter"], named["transferred"]["receiver"]) == ("永川区", "荣昌区")
    assert matter.with_authorities({"reporter": "李四"}, members)["reporter"] == "李四"


async def test_a_matter_that_nobody_recorded_is_unknown(documents):
    with pytest.raises(Refused) as refused:
        await facts_of(documents, uid("nobody"))
    assert refused.value.code is Refusal.UNKNOWN_MATTER


async def test_a_payment_without_its_fiscal_receipt_is_one_that_the_file_lacks(documents):
    paid = collection.PaymentRecorded(collection_id=COLLECTION, case_id=acts.CASE, transaction_id="T1", amount_fen=1)
    receipted = collection.PaymentRecorded(
        collection_id=COLLECTION, case_id=acts.CASE, transaction_id="T2", amount_fen=1, receipt_number="财票T2"
    )
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED, receipted)
    assert not (await facts_of(documents)).facts.get("collection", {}).get("without_receipt")
    await documents.record("collection", paid)
    assert (await facts_of(documents)).facts["collection"]["without_receipt"] == ["T1"]
    found = collection.FiscalReceiptRecorded(collection_id=COLLECTION, transaction_id="T1", receipt_number="财票T1")
    await documents.record("collection", found)
    assert (await facts_of(documents)).facts["collection"]["without_receipt"] == []
    await documents.record("collection", paid)
    reversed_ = collection.PaymentReversed(collection_id=COLLECTION, case_id=acts.CASE, transaction_id="T1")
    await documents.record("collection", reversed_)
    assert (await facts_of(documents)).facts["collection"]["without_receipt"] == []


async def test_the_cost_of_an_execution_is_in_the_file_of_its_case_beside_the_money_of_the_decision(documents):
    cost = uid("cost")
    await documents.record("case", *acts.DELIVERED)
    await documents.record("collection", COLLECTION_OPENED)
    opened = collection.CollectionOpened(
        collection_id=cost, execution_id=uid("execution"), cost_fen=280_000, of_case_id=acts.CASE
    )
    paper = common.BlobRef(sha256=b"1" * 32, size=1, media_type="application/pdf")
    demanded = collection.DemandServed(
        collection_id=cost, served_on="2025-06-03", cost_fen=280_000, document=paper, proof=paper
    )
    paid = collection.PaymentRecorded(collection_id=cost, transaction_id="T9", amount_fen=280_000)
    await documents.record("collection", opened, demanded, paid)
    facts = (await facts_of(documents)).facts
    assert [one.get("form") for one in facts["papers"]][-2:] == ["F19", "F23"]
    assert "demand" not in facts.get("collection", {})
    assert facts["cost"]["without_receipt"] == ["T9"]


async def test_facts_say_what_calls_for_the_sheets_of_sampling_capture_and_publication(documents):
    clue = acts.changed(acts.CLUE_REGISTERED, capture_id=uid("capture"))
    sample = custody.SampleTaken(case_id=acts.CASE, evidence_id=uid("sample"), description="油样", sample_count=1)
    await documents.record("case", clue, acts.FILED, sample, acts.PENALISED)
    facts = (await facts_of(documents)).facts
    assert (facts["capture"], facts["samples"], facts.get("published")) == (uid("capture"), True, None)
    await documents.record("case", procedure.proposed(), procedure.CHECKED, procedure.PUBLISHED)
    shown = (await facts_of(documents)).facts["published"]
    assert (shown["copy"], shown["channel"]) == (procedure.proposed().copy, "门户网站")
