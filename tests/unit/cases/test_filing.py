"""Rows 1, 2 and 2': clue, filing, not filing (交通运输行政执法程序规定 art. 62; 行政处罚法 arts. 22, 36, 54)."""

from datetime import date

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model import Refusal, Stage, case
from services.cases.model.duplicates import OtherCases
from services.cases.model.filing import IncidentCases
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, POLICY, YONGCHUAN, given, on, uid
from tests.unit.cases.acts import (
    CASE,
    CLUE,
    CLUE_AT,
    CLUE_REGISTERED,
    FILE,
    FILED,
    FILED_AT,
    MEASURE,
    NOT_FILE,
    OPEN,
    PENALISE,
    PLACE,
    SEIZED,
    SUSPECTED,
    changed,
)

ACROSS = changed(PLACE, division_code="500118", description="吉安镇")
OTHER_CASE = acts.ActMatch(
    authority_id=YONGCHUAN.id,
    state=acts.ACT_MATCH_STATE_FILED,
    case_number="永川〔2024〕0917号",
    act_code="RTR-63-2",
    matched_by=acts.ACT_SUBJECT_KIND_VEHICLE,
)
ASKED = OtherCases((OTHER_CASE,), ("jt-500153",))
ANOTHER_ACT = acts.DUPLICATE_DECISION_ANOTHER_ACT


def test_a_clue_is_registered():
    assert given(case).when(CLUE, at=CLUE_AT).then(CLUE_REGISTERED).stage is Stage.CLUE


def test_a_clue_on_water_is_about_a_vessel():
    vessel = pb.Vessel(name="川泸货1288", mmsi="413123456", port_of_registry="泸州", operator="泸州某航运公司")
    on_water = changed(CLUE, vessel=vessel)
    given(case).when(on_water).then(changed(CLUE_REGISTERED, vessel=vessel))


def test_a_clue_that_was_handed_over_names_who_handed_it_over():
    command = changed(CLUE, handed_off_by=YONGCHUAN.id, finding_id=uid("finding"), participation_id=uid("part"))
    event = changed(
        CLUE_REGISTERED, handed_off_by=YONGCHUAN.id, finding_id=uid("finding"), participation_id=uid("part")
    )
    given(case).when(command, actor=POLICY, origin=YONGCHUAN.id, at=CLUE_AT).then(event)


@pytest.mark.parametrize("origin", [None, "jt-500153"])
def test_a_clue_names_nobody_who_did_not_hand_it_over(origin):
    given(case).when(changed(CLUE, handed_off_by=YONGCHUAN.id), origin=origin, at=CLUE_AT).refused(
        Refusal.NOT_HANDED_OFF_BY, authority="jt-500118"
    )


def test_an_act_does_not_lie_after_its_clue():
    given(case).when(changed(CLUE, act_on="2024-09-07"), at=CLUE_AT).refused(
        Refusal.ACT_AFTER_CLUE, act_on="2024-09-07", registered_on="2024-09-06"
    )


def test_the_day_of_the_act_is_a_day():
    given(case).when(changed(CLUE, act_on="2024-02-30"), at=CLUE_AT).refused(KernelRefusal.INVALID_REQUEST)


def test_a_leader_opens_the_case():
    assert given(case, *SUSPECTED).when(FILE, actor=LEADER, at=FILED_AT).then(FILED).stage is Stage.FILED


def test_whoever_handed_the_clue_over_is_told_of_the_case():
    handed = changed(CLUE_REGISTERED, handed_off_by=YONGCHUAN.id)
    given(case, on(CLUE_AT, handed)).when(FILE, actor=LEADER).then(changed(FILED, handed_off_by=YONGCHUAN.id))
    given(case, on(CLUE_AT, handed)).when(NOT_FILE, actor=LEADER).then(
        pb.CaseNotFiled(case_id=CASE, handed_off_by=YONGCHUAN.id, reason="经核实没有违法事实")
    )


@pytest.mark.parametrize("division", ["500118", "510522", "510500"])
def test_a_case_outside_the_territory_is_not_opened(division):
    elsewhere = changed(CLUE_REGISTERED, place=changed(PLACE, division_code=division))
    given(case, on(CLUE_AT, elsewhere)).when(FILE, actor=LEADER).refused(Refusal.NOT_COMPETENT, place=division)
    given(case, on(CLUE_AT, elsewhere)).when(PENALISE, actor=LEADER).refused(Refusal.NOT_COMPETENT, place=division)


@pytest.mark.parametrize(
    ("act_on", "serious_harm"),
    [("2022-09-06", False), ("2022-09-07", False), ("2019-09-06", True), ("2022-09-05", True)],
)
def test_an_act_discovered_within_the_limitation_is_prosecuted(act_on, serious_harm):
    clue = changed(CLUE_REGISTERED, act_on=act_on)
    after = given(case, on(CLUE_AT, clue)).when(changed(FILE, serious_harm=serious_harm), actor=LEADER, at=FILED_AT)
    filed = changed(FILED, act_on=act_on, serious_harm=serious_harm)
    assert after.then(filed).stage is Stage.FILED


@pytest.mark.parametrize(
    ("act_on", "serious_harm", "years"), [("2022-09-05", False, 2), ("2019-09-05", True, 5), ("2017-01-01", True, 5)]
)
def test_an_act_discovered_after_the_limitation_is_not(act_on, serious_harm, years):
    clue = changed(CLUE_REGISTERED, act_on=act_on)
    given(case, on(CLUE_AT, clue)).when(changed(FILE, serious_harm=serious_harm), actor=LEADER, at=FILED_AT).refused(
        Refusal.LIMITATION_PASSED, act_on=act_on, years=years, discovered_on="2024-09-06"
    )


def test_a_case_is_opened_once():
    given(case, *OPEN).when(FILE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已立案", allowed="线索")


def test_a_leader_decides_not_to_open_a_case():
    after = given(case, *SUSPECTED).when(NOT_FILE, actor=LEADER, at=FILED_AT)
    assert after.then(pb.CaseNotFiled(case_id=CASE, reason="经核实没有违法事实")).stage is Stage.NOT_FILED


def test_what_was_not_opened_is_not_opened_later():
    closed = (*SUSPECTED, pb.CaseNotFiled(case_id=CASE, reason="无"))
    given(case, *closed).when(FILE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="不予立案")


def test_a_case_that_was_opened_is_not_turned_down_any_more():
    given(case, *OPEN).when(NOT_FILE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已立案", allowed="线索")


def clue(**fields):
    """A history of one clue."""
    return (on(CLUE_AT, changed(CLUE_REGISTERED, **fields)),)


@pytest.mark.parametrize("source", [value for value in pb.ClueSource.values() if value])
def test_a_clue_comes_from_one_of_six_sources(source):
    given(case).when(changed(CLUE, source=source), at=CLUE_AT).then(changed(CLUE_REGISTERED, source=source))


def test_an_act_that_went_on_names_its_end():
    command = changed(CLUE, act_on="2024-08-30", act_ended_on="2024-09-05")
    event = changed(CLUE_REGISTERED, act_on="2024-08-30", act_ended_on="2024-09-05")
    given(case).when(command, at=CLUE_AT).then(event)


@pytest.mark.parametrize(
    "fields",
    [{"act_ended_on": "2024-09-01"}, {"act_ended_on": "2024-09-06", "act_continues": True}],
    ids=["before it began", "though it goes on"],
)
def test_an_act_does_not_end_before_it_began_nor_while_it_goes_on(fields):
    given(case).when(changed(CLUE, **fields), at=CLUE_AT).refused(Refusal.ACT_ENDS_BEFORE_IT_BEGINS)


def test_an_act_does_not_end_after_its_clue():
    given(case).when(changed(CLUE, act_ended_on="2024-09-07"), at=CLUE_AT).refused(
        Refusal.ACT_AFTER_CLUE, act_on="2024-09-07"
    )


@pytest.mark.parametrize(
    ("fields", "within"),
    [
        ({"act_on": "2020-01-01", "act_ended_on": "2022-09-06"}, True),
        ({"act_on": "2020-01-01", "act_ended_on": "2022-09-05"}, False),
        ({"act_on": "2020-01-01", "act_continues": True}, True),
    ],
    ids=["ended in time", "ended too early", "goes on"],
)
def test_the_limitation_of_an_act_that_went_on_counts_from_its_end(fields, within):
    outcome = given(case, *clue(**fields)).when(FILE, actor=LEADER, at=FILED_AT)
    if within:
        outcome.then(changed(FILED, act_on="2020-01-01"))
    else:
        outcome.refused(Refusal.LIMITATION_PASSED, act_on="2022-09-05", years=2)


def test_of_several_places_of_an_act_one_in_the_territory_makes_competent():
    along_the_road = clue(place=ACROSS, other_places=[PLACE])
    given(case, *along_the_road).when(FILE, actor=LEADER, at=FILED_AT).then(changed(FILED, division_code="510521"))
    elsewhere = clue(place=ACROSS, other_places=[changed(PLACE, division_code="500153")])
    given(case, *elsewhere).when(FILE, actor=LEADER).refused(Refusal.NOT_COMPETENT, place="500118、500153")


@pytest.mark.parametrize(
    ("territory", "division", "road", "opened"),
    [
        ("division", "510521", "", True),
        ("division", "510521", "G93", True),
        ("division", "510522", "", False),
        ("division,-G93", "510521", "G93", False),
        ("division,-G93", "510521", "S438", True),
        ("division,-G93:5101", "510521", "G93", True),
        ("G93:51", "510521", "G93", True),
        ("G93:510000", "510521", "G93", True),
        ("G93:51", "500118", "G93", False),
        ("G93:51", "510521", "G76", False),
        ("G93", "500118", "G93", True),
        ("510500", "510522", "", True),
        ("5105", "510681", "", False),
        ("division,510522", "510522", "", True),
    ],
)
def test_the_territory_is_divisions_and_roads_as_configured(territory, division, road, opened):
    rules = Rules({"territory": ((date(2024, 1, 1), territory),)})
    place = changed(PLACE, division_code=division, road=road)
    outcome = given(case, *clue(place=place)).when(FILE, actor=LEADER, at=FILED_AT, rules=rules)
    if opened:
        outcome.then(changed(FILED, division_code=division))
    else:
        outcome.refused(Refusal.NOT_COMPETENT, place=f"{division} {road}".strip())


@pytest.mark.parametrize("territory", ["", "泸县", "division;G93", "-division", "-G93", "G93:"])
def test_a_territory_that_nobody_can_read_is_refused_at_start(territory):
    with pytest.raises(ValueError, match="territory"):
        Rules({"territory": ((date(2024, 1, 1), territory),)})


def test_a_case_about_an_act_that_the_authority_may_not_punish_is_not_opened():
    may = {"RTR-63,HPR": True, "RTR-63-2": True, "all": True, "RTR-64": False, "HPR,WTR": False}
    for powers, opened in may.items():
        rules = Rules({"powers": ((date(2024, 1, 1), powers),)})
        outcome = given(case, *SUSPECTED).when(FILE, actor=LEADER, at=FILED_AT, rules=rules)
        if opened:
            outcome.then(FILED)
        else:
            outcome.refused(Refusal.NO_POWER, act="RTR-63-2")


def test_whom_the_common_superior_designates_is_competent():
    designated = {"designated_by": "交通运输部", "designation_number": "指定〔2024〕7号"}
    event = changed(FILED, division_code="500118", **designated)
    given(case, *clue(place=ACROSS)).when(changed(FILE, **designated), actor=LEADER, at=FILED_AT).then(event)
    nameless = changed(FILE, designated_by="交通运输部")
    given(case, *clue(place=ACROSS)).when(nameless, actor=LEADER).refused(Refusal.NOT_COMPETENT)


def test_a_report_is_filed_when_it_was_verified():
    report = clue(source=pb.CLUE_SOURCE_REPORT)
    filed = changed(FILED, source=pb.CLUE_SOURCE_REPORT)
    given(case, *report).when(FILE, actor=LEADER).refused(Refusal.REPORT_NOT_VERIFIED)
    given(case, *report).when(changed(FILE, verification="现场核实属实"), actor=LEADER, at=FILED_AT).then(filed)
    verified = clue(source=pb.CLUE_SOURCE_REPORT, verification="现场核实属实")
    given(case, *verified).when(FILE, actor=LEADER, at=FILED_AT).then(filed)


def test_whoever_reported_it_is_told_that_no_case_is_opened():
    reported = clue(source=pb.CLUE_SOURCE_REPORT, reporter="李四 13800000000")
    given(case, *reported).when(NOT_FILE, actor=LEADER).refused(Refusal.REPORTER_NOT_INFORMED)
    told = changed(NOT_FILE, reporter_informed="2024-09-09 电话告知")
    given(case, *reported).when(told, actor=LEADER).then(
        pb.CaseNotFiled(case_id=CASE, reason="经核实没有违法事实", reporter_informed="2024-09-09 电话告知")
    )


def test_what_is_held_goes_back_before_a_clue_is_turned_down():
    holding = (*SUSPECTED, on("2024-09-06 11:00", changed(SEIZED, emergency=True)))
    given(case, *holding).when(NOT_FILE, actor=LEADER).refused(Refusal.MEASURE_IN_FORCE, measures=MEASURE)


def test_a_case_may_be_numbered_after_it_was_filed():
    unnumbered = (*SUSPECTED, on(FILED_AT, changed(FILED, case_number="")))
    given(case, *SUSPECTED).when(changed(FILE, case_number=""), actor=LEADER, at=FILED_AT).then(
        changed(FILED, case_number="")
    )
    number = commands.NumberCaseRequest(case_id=CASE, case_number="川泸2024-0043")
    after = given(case, *unnumbered).when(number, actor=POLICY)
    assert after.then(pb.CaseNumbered(case_id=CASE, case_number="川泸2024-0043")).case_number == "川泸2024-0043"


def test_a_number_is_given_once():
    number = commands.NumberCaseRequest(case_id=CASE, case_number="川泸2024-0042")
    given(case, *OPEN).when(number, actor=POLICY).then()
    given(case, *OPEN).when(changed(number, case_number="川泸2024-0043"), actor=POLICY).refused(
        Refusal.NUMBERED_OTHERWISE, number="川泸2024-0042"
    )
    given(case, *SUSPECTED).when(number, actor=POLICY).refused(KernelRefusal.WRONG_STAGE)


def test_another_case_about_the_same_act_is_decided_on_and_blocks_nothing():
    given(case, *SUSPECTED).when(FILE, actor=LEADER, found=ASKED).refused(Refusal.DUPLICATE_UNDECIDED)
    silent = changed(FILE, duplicate_decision=ANOTHER_ACT, duplicate_reason=" ")
    given(case, *SUSPECTED).when(silent, actor=LEADER, found=ASKED).refused(Refusal.DUPLICATE_UNDECIDED)
    decided = changed(FILE, duplicate_decision=acts.DUPLICATE_DECISION_CONTINUE, duplicate_reason="本机关立案在先")
    review = acts.DuplicateReview(
        matches=[OTHER_CASE],
        unanswered_ids=["jt-500153"],
        decision=acts.DUPLICATE_DECISION_CONTINUE,
        reason="本机关立案在先",
    )
    given(case, *SUSPECTED).when(decided, actor=LEADER, at=FILED_AT, found=ASKED).then(
        changed(FILED, duplicates=review)
    )


def test_nothing_waits_for_an_authority_that_has_not_answered():
    waiting = OtherCases((), ("jt-500153",))
    given(case, *SUSPECTED).when(FILE, actor=LEADER, at=FILED_AT, found=waiting).then(
        changed(FILED, duplicates=acts.DuplicateReview(unanswered_ids=["jt-500153"]))
    )


INCIDENT = {"incident_id": uid("incident"), "incident_role": pb.INCIDENT_ROLE_DRIVER, "capture_id": uid("capture")}


def test_the_parties_of_one_incident_have_a_case_each():
    others = IncidentCases((pb.INCIDENT_ROLE_VEHICLE, pb.INCIDENT_ROLE_COMPANY, pb.INCIDENT_ROLE_CARGO_SOURCE))
    given(case).when(changed(CLUE, **INCIDENT), at=CLUE_AT, found=others).then(changed(CLUE_REGISTERED, **INCIDENT))
    incident = {**INCIDENT, "place": PLACE}
    given(case, *clue(**incident)).when(FILE, actor=LEADER, at=FILED_AT).then(changed(FILED, **INCIDENT))


@pytest.mark.parametrize(
    "roles",
    [(pb.INCIDENT_ROLE_DRIVER,), (0, 0, 0, 0), tuple(pb.IncidentRole.values()[1:])],
    ids=["same party", "four unnamed", "all four"],
)
def test_an_incident_has_no_fifth_case_and_no_second_about_one_party(roles):
    given(case).when(changed(CLUE, **INCIDENT), at=CLUE_AT, found=IncidentCases(roles)).refused(
        Refusal.INCIDENT_FULL, count=len(roles)
    )


def test_a_case_is_filed_against_somebody():
    for party in (pb.Party(), pb.Party(kind=pb.PARTY_KIND_PERSON, name="  ")):
        given(case, *SUSPECTED).when(changed(FILE, party=party), actor=LEADER).refused(Refusal.PARTY_NEEDED)
