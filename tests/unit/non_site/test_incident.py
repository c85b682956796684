"""One incident, up to four cases (一超四罚)."""

import protovalidate
import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import incident_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.non_site.model import Refusal, incident
from services.non_site.model.incident import case_of
from tests.support.decider import NOON, POLICY, given, instant, uid
from tests.unit.non_site.acts import COMPANY, DRIVER, INCIDENT, TRUCK, opened

ROLES = (
    cases.INCIDENT_ROLE_VEHICLE,
    cases.INCIDENT_ROLE_DRIVER,
    cases.INCIDENT_ROLE_COMPANY,
    cases.INCIDENT_ROLE_CARGO_SOURCE,
)


def add(role: cases.IncidentRole.ValueType, party: cases.Party = DRIVER) -> commands.AddIncidentPartyRequest:
    return commands.AddIncidentPartyRequest(incident_id=INCIDENT, role=role, party=party)


def added(role: cases.IncidentRole.ValueType, party: cases.Party = DRIVER) -> pb.IncidentPartyAdded:
    return pb.IncidentPartyAdded(
        incident_id=INCIDENT,
        role=role,
        case_id=case_of(INCIDENT, role),
        party=party,
        vehicle=TRUCK,
        act_code="HPR-64",
        act_on="2024-12-18",
        place=opened().place,
        facts=opened().facts,
    )


def open_request(**changes: object) -> commands.OpenIncidentRequest:
    known = opened()
    request = commands.OpenIncidentRequest(
        incident_id=INCIDENT,
        act_code=known.act_code,
        place=known.place,
        vehicle=known.vehicle,
        home_division_code=known.home_division_code,
        facts=known.facts,
    )
    for name, value in changes.items():
        setattr(request, name, value)
    return request


def test_an_officer_opens_an_incident_for_what_was_found_now():
    given(incident).when(open_request()).then(opened(happened_at=to_timestamp(NOON)))


def test_nothing_is_opened_or_proceeded_with_before_it_happened():
    later = to_timestamp(instant("2024-12-18 12:01"))
    early = open_request()
    early.happened_at.CopyFrom(later)
    given(incident).when(early).refused(Refusal.OUT_OF_ORDER, since="2024-12-18 12:01")
    given(incident, opened(happened_at=later)).when(add(ROLES[0])).refused(Refusal.OUT_OF_ORDER)


def test_only_a_policy_names_the_record_it_comes_from():
    capture_id = uid("capture")
    given(incident).when(open_request(capture_id=capture_id)).then(opened())
    given(incident).when(open_request(capture_id=capture_id), actor=POLICY).then(opened(capture_id=capture_id))


def test_each_of_four_parties_has_a_case_of_its_own():
    history = [opened(), *(added(role) for role in ROLES[:3])]
    given(incident, *history).when(add(ROLES[3])).then(added(ROLES[3]))
    assert len({case_of(INCIDENT, role) for role in ROLES}) == 4


def test_no_party_is_proceeded_against_twice_in_one_role():
    for role in ROLES:
        given(incident, opened(), added(role)).when(add(role, COMPANY)).refused(Refusal.ROLE_TAKEN)


def test_who_was_turned_down_leaves_the_role_to_another_a_few_times():
    role = ROLES[1]
    first, second, third = (case_of(INCIDENT, role, nth) for nth in range(3))
    history = [opened(), added(role)]
    given(incident, *history).when(add(role, COMPANY), found=frozenset({uid("other")})).refused(Refusal.ROLE_TAKEN)
    [event] = given(incident, *history).when(add(role, COMPANY), found=frozenset({first})).events
    assert isinstance(event, pb.IncidentPartyAdded)
    assert (event.case_id, event.party) == (second, COMPANY)
    given(incident, *history, event).when(add(role), found=frozenset({first})).refused(Refusal.ROLE_TAKEN)
    [again] = given(incident, *history, event).when(add(role), found=frozenset({first, second})).events
    given(incident, *history, event, again).when(add(role), found=frozenset({first, second, third})).refused(
        Refusal.ROLE_TAKEN
    )


def test_a_party_may_answer_for_another_act_than_the_incident_s():
    ordered = commands.AddIncidentPartyRequest(
        incident_id=INCIDENT,
        role=cases.INCIDENT_ROLE_CARGO_SOURCE,
        party=COMPANY,
        act_code="HPR-68",
        facts="指使、强令车辆驾驶人超限运输",
    )
    [event] = given(incident, opened()).when(ordered).events
    assert isinstance(event, pb.IncidentPartyAdded)
    assert (event.act_code, event.facts) == ("HPR-68", "指使、强令车辆驾驶人超限运输")
    assert event.place == common.Place(division_code="510521", description="S438 得胜段")


@pytest.mark.parametrize("act_code", ["超限", "HPR 64", "x" * 41])
def test_an_act_that_no_case_would_take_is_not_taken_here(act_code: str):
    """A role that is taken while its case is never registered would let that party go."""
    wrong = add(ROLES[0])
    wrong.command_id = uid("command")
    wrong.occurred_at.CopyFrom(to_timestamp(NOON))
    assert not list(protovalidate.collect_violations(wrong))
    wrong.act_code = act_code
    assert ["act_code" in str(one.proto.field) for one in protovalidate.collect_violations(wrong)] == [True]
