"""What discretion reads over real PostgreSQL: rule sets, the offence register, matters without compulsion."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import lookups
from services.cases.discretion.rule_sets import stream_of
from services.cases.discretion_api import DiscretionApi
from services.cases.model import Refusal
from services.cases.model.act_inquiry import Subjects
from services.cases.model.measures import CompulsionList
from services.cases.register import compulsion_list, known_of_rules, offences_of
from services.cases.service import SERVICE
from services.kernel.authority import Authority
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.rules import Rules
from tests.integration.cases.test_lookups import Deciding
from tests.support.decider import LUXIAN, MEMBERS, POLICE, RONGCHANG, YONGCHUAN, on, uid
from tests.support.kernel import StandingClock
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases import acts as known
from tests.unit.cases import test_on_spot as spots
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, EVIDENCE, FILED, PARTY, changed
from tests.unit.cases.discretion import sets

OTHER, INQUIRY = uid("other"), uid("inquiry")


@pytest.fixture
async def cases(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


class Node:
    """A node of 泸县 around the views."""

    def __init__(self, cases: Reading) -> None:
        self.views, self.authority, self.members, self.rules = cases.views, LUXIAN, MEMBERS, Rules()
        self.clock = StandingClock()


class Api(DiscretionApi):
    def __init__(self, cases: Reading) -> None:
        self._node = Node(cases)  # type: ignore[assignment]


def adopted(text: bytes, code: str = "test-lists", version: int = 1) -> pb.RuleSetAdopted:
    return pb.RuleSetAdopted(
        rule_set_id=str(stream_of(code)), rule_set_code=code, version=version, content=text.decode()
    )


async def the_case(cases: Reading, party: events.Party = PARTY) -> None:
    await cases.record("case", *_filed(CASE, party), on(known.FILED_AT, known.EVIDENCE_ADDED))


async def earlier(cases: Reading, *then: Any, party: events.Party = PARTY, case_id: str = OTHER) -> None:
    """An earlier case, and what came of it."""
    await cases.record(
        "case", *_filed(case_id, party), *(on(known.FILED_AT, changed(e, case_id=case_id)) for e in then)
    )


def _filed(case_id: str, party: events.Party) -> tuple[Any, ...]:
    clue = changed(CLUE_REGISTERED, case_id=case_id, party=party)
    return on(known.CLUE_AT, clue), on(known.FILED_AT, changed(FILED, case_id=case_id, party=party))


async def looked_up(cases: Reading, members: dict[str, Authority] | None = None, act_code: str = "") -> Any:
    async with cases.views("cases").at(cases.position) as connection:
        return await known_of_rules(connection, CASE, LUXIAN, MEMBERS if members is None else members, act_code)


async def register(cases: Reading) -> Any:
    return (await looked_up(cases)).register


REVOKED = decisions.DecisionRevoked(case_id=OTHER)
SPARED = known.SPARED
NO_FAULT = changed(SPARED, ground=events.NO_PENALTY_GROUND_NO_FAULT)


@pytest.mark.parametrize(
    ("then", "count"),
    [
        ((), 0),
        ((known.PENALISED,), 1),
        ((known.PENALISED, known.SERVED, known.CLOSED), 1),
        ((known.PENALISED, REVOKED), 0),
        ((SPARED,), 1),
        ((NO_FAULT,), 0),
        ((known.ACQUITTED,), 0),
    ],
    ids=["open", "penalised", "closed", "revoked", "spared as the first", "without fault", "not established"],
)
async def test_the_register_knows_violations_that_a_standing_decision_established(cases, then, count):
    await earlier(cases, *then)
    await the_case(cases)
    found = await register(cases)
    assert [(one.act_code, one.act_on, one.division) for one in found.offences] == [
        ("RTR-63-2", date(2024, 9, 6), "510521")
    ] * count
    assert found.unanswered == ("500118", "500153")


async def test_a_penalty_on_the_spot_is_a_violation_too(cases):
    spot = changed(spots.OBSERVED, act_code="RTR-64")
    await cases.record("on_spot", on("2024-09-06 09:00", spot), on("2024-09-06 09:10", spots.DECIDED))
    await the_case(cases)
    assert [one.act_code for one in (await register(cases)).offences] == ["RTR-64"]


async def test_of_another_party_the_register_does_not_tell(cases):
    await earlier(cases, known.PENALISED, party=changed(PARTY, id_number="510521199001019999"))
    await the_case(cases)
    assert (await register(cases)).offences == ()
    assert (await register(cases)).party_known


async def test_who_has_no_number_and_no_vehicle_cannot_be_looked_up(cases):
    await earlier(cases, known.PENALISED)
    await the_case(cases, events.Party(name="某人"))
    assert not (await register(cases)).party_known


async def test_what_others_answered_counts_and_who_answered_in_full_is_waited_for_no_more(cases):
    await the_case(cases)
    asked = acts.ActInquirySent(
        inquiry_id=INQUIRY, recipient_ids=[YONGCHUAN.id, RONGCHANG.id], matter_id=CASE, act_codes=["RTR-63-2"]
    )
    there = acts.ActOffence(act_code="RTR-63-2", act_on="2024-01-10", decided_on="2024-02-10")
    full = acts.ActAnswerRecorded(
        inquiry_id=INQUIRY, responder_id=YONGCHUAN.id, matter_id=CASE, offences=[there], offences_known=True
    )
    partial = acts.ActAnswerRecorded(inquiry_id=INQUIRY, responder_id=RONGCHANG.id, matter_id=CASE, complete=True)
    await cases.record("act_inquiry", asked, full, partial)
    found = await register(cases)
    assert [(one.act_on, one.division) for one in found.offences] == [(date(2024, 1, 10), "500118")]
    assert found.unanswered == ("500153",)
    assert (await looked_up(cases, act_code="RTR-64")).register.unanswered == ("500118", "500153")
    assert (await looked_up(cases, {POLICE.id: POLICE})).register.unanswered == ()


def asked_by_another(party: events.Party = PARTY, **fields: Any) -> acts.AnswerActInquiryRequest:
    subjects = Subjects.of(party, events.Vehicle(plate="川E12345", plate_colour="蓝")).digests(INQUIRY)
    return changed(
        acts.AnswerActInquiryRequest(inquiry_id=INQUIRY, subjects=subjects, act_codes=["RTR-63-2"]), **fields
    )


@pytest.mark.parametrize(
    ("question", "days", "complete"),
    [
        (asked_by_another(), ["2024-09-06"], True),
        (asked_by_another(act_codes=["RTR-64"]), [], True),
        (asked_by_another(changed(PARTY, id_number="510521199001019999")), [], True),
        (asked_by_another(events.Party(name="某人")), [], False),
    ],
    ids=["the same party", "another act", "another party", "no party named"],
)
async def test_an_answer_to_another_authority_tells_act_and_days_and_nothing_else(cases, question, days, complete):
    await earlier(cases, known.PENALISED)
    async with cases.views("cases").at(cases.position) as connection:
        offences, all_of_them = await offences_of(connection, question)
    assert ([one.act_on for one in offences], all_of_them) == (days, complete)
    assert set(acts.ActOffence.DESCRIPTOR.fields_by_name) == {"act_code", "act_on", "decided_on"}


async def test_evidence_has_its_kind_unless_it_is_excluded(cases):
    await the_case(cases)
    assert (await looked_up(cases)).kinds == {EVIDENCE: "SCENE_RECORD"}
    await cases.record("case", evidence.EvidenceExcluded(case_id=CASE, evidence_id=EVIDENCE))
    assert (await looked_up(cases)).kinds == {}


async def test_the_newest_version_of_each_rule_set_is_listed_and_which_are_in_force(cases):
    benchmark = sets.content(sets.BENCHMARK, id="test-benchmark", precedence=90, effective_from='"2030-01-01"')
    await cases.record("rule_set", adopted(sets.content()), adopted(sets.content(version=2), version=2))
    await cases.record("rule_set", adopted(benchmark, "test-benchmark"))
    api = Api(cases)
    answer = await api.list_rule_sets(pb.ListRuleSetsRequest(min_position=cases.position), call())
    assert [(one.rule_set_code, one.version, one.in_force) for one in answer.rule_sets] == [
        ("test-lists", 2, True), ("test-benchmark", 1, False)
    ]  # fmt: skip
    later = await api.list_rule_sets(pb.ListRuleSetsRequest(min_position=cases.position, on="2030-01-01"), call())
    assert [one.in_force for one in later.rule_sets] == [True, True]


async def test_a_decision_looks_up_the_rule_sets_that_hold_now(cases):
    await the_case(cases)
    await cases.record("rule_set", adopted(sets.content()), adopted(sets.content(version=2), version=2))
    found = await lookups.before_decision(cases, commands.DecideRequest(case_id=CASE), Deciding)  # type: ignore[arg-type]
    assert [one.name for one in found.rule_sets] == ["test-lists v2"]


async def test_a_case_shows_its_last_evaluation_and_what_came_of_it(cases):
    await the_case(cases)
    with pytest.raises(Refused) as refused:
        await Api(cases).get_discretion(pb.GetDiscretionRequest(case_id=CASE, min_position=cases.position), call())
    assert refused.value.code is KernelRefusal.NOT_FOUND
    evaluated = pb.DiscretionEvaluated(case_id=CASE, evaluation_id=uid("evaluation"), reasons="说理", hash=b"0" * 32)
    departed = pb.DiscretionDeparted(case_id=CASE, evaluation_id=uid("evaluation"), amount_fen=7_000_000)
    await cases.record("case", evaluated, departed)
    shown = await Api(cases).get_discretion(pb.GetDiscretionRequest(case_id=CASE, min_position=cases.position), call())
    assert (shown.evaluation, shown.departure, shown.reduction_approved) == (evaluated, departed, False)
    await cases.record("case", evaluated)
    shown = await Api(cases).get_discretion(pb.GetDiscretionRequest(case_id=CASE, min_position=cases.position), call())
    assert not shown.HasField("departure")


async def ask_about_compulsion(cases: Reading, *answers: pb.FactAnswer) -> Any:
    request = pb.AskAboutCompulsionRequest(case_id=CASE, answers=answers, min_position=cases.position)
    return await Api(cases).ask_about_compulsion(request, call())


async def test_whether_a_matter_is_without_compulsion_is_answered_as_measures_take_it(cases):
    await the_case(cases)
    corrected = pb.FactAnswer(fact_code="corrected_in_time", flag=True, evidence_ids=[EVIDENCE])
    nobody = (await ask_about_compulsion(cases)).answer
    assert (nobody.ruleset, nobody.applies, nobody.reason) == ("无现行清单", False, "清单未列入RTR-63-2")
    await cases.record("rule_set", adopted(sets.content()))
    applies = await ask_about_compulsion(cases, corrected)
    assert applies.answer == events.NoCompulsionAnswer(
        ruleset="测〔2024〕1号（test-lists v1）", applies=True, item_code="1", reason="当场提供有效证明的，不予扣押"
    )
    assert [(one.state, list(one.evidence_ids)) for one in applies.conditions] == [
        (pb.CONDITION_STATE_HOLDS, [EVIDENCE])
    ]
    assert not (await ask_about_compulsion(cases)).answer.applies
    async with cases.views("cases").at(cases.position) as connection:
        assert await compulsion_list(connection, CASE, LUXIAN, date(2024, 9, 10)) == CompulsionList("test-lists v1")
        assert await compulsion_list(connection, CASE, LUXIAN, date(2023, 11, 7)) is None
    foreign = changed(corrected, evidence_ids=[uid("elsewhere")])
    with pytest.raises(Refused) as refused:
        await ask_about_compulsion(cases, foreign)
    assert refused.value.code is Refusal.EVIDENCE_UNKNOWN
