"""What decisions of non-site enforcement look up, over real PostgreSQL: the incident of a case, and its parties."""

from collections.abc import AsyncIterator

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.non_site import lookups
from services.non_site.model.incident import case_of
from services.non_site.model.shared import follow_up_of
from services.non_site.service import SERVICE
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.non_site.acts import COMPANY, DRIVER, INCIDENT, TRUCK, followed, handled, opened
from tests.unit.non_site.acts import decided as decided_event
from tests.unit.non_site.test_incident import added

DRIVER_ROLE, COMPANY_ROLE = cases.INCIDENT_ROLE_DRIVER, cases.INCIDENT_ROLE_COMPANY


@pytest.fixture
async def non_site(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened_views:
        await opened_views.record("incident", opened(), added(DRIVER_ROLE, DRIVER), added(COMPANY_ROLE, COMPANY))
        yield opened_views


async def decided(non_site: Reading, role: cases.IncidentRole.ValueType, *outcomes: pb.CaseOutcome.ValueType) -> str:
    """The follow-up of a party's case, with what it came to, one after the other."""
    case_id = case_of(INCIDENT, role)
    follow_up_id = follow_up_of(case_id)
    ids = {"case_id": case_id, "follow_up_id": follow_up_id}
    party = DRIVER if role == DRIVER_ROLE else COMPANY
    events = [decided_event(outcome=outcome, subjects=[], **ids) for outcome in outcomes]
    await non_site.record("follow_up", followed(incident_role=role, party=party, **ids), *events)
    return follow_up_id


@pytest.mark.parametrize(
    ("outcomes", "stands"),
    [
        ((), True),
        ((pb.CASE_OUTCOME_PENALTY,), True),
        ((pb.CASE_OUTCOME_NOT_ESTABLISHED,), False),
        ((pb.CASE_OUTCOME_NOT_ESTABLISHED, pb.CASE_OUTCOME_UNSPECIFIED), True),
    ],
    ids=["not decided", "punished", "not established", "revoked since"],
)
async def test_the_parties_of_an_incident_are_found_without_those_whose_case_came_to_nothing(
    non_site: Reading, outcomes: tuple[pb.CaseOutcome.ValueType, ...], stands: bool
):
    await decided(non_site, DRIVER_ROLE, *outcomes)
    company = await decided(non_site, COMPANY_ROLE)
    for request in (
        commands.NoteCaseDecidedRequest(follow_up_id=company),
        commands.NoteIncidentChangedRequest(follow_up_id=company),
    ):
        found = await lookups.incident_of(non_site, request, None)  # type: ignore[arg-type]
        assert found is not None
        assert found.opened.vehicle == TRUCK
        assert [party.role for party in found.parties] == [*([DRIVER_ROLE] if stands else []), COMPANY_ROLE]


async def test_a_clue_that_is_not_filed_is_found_by_its_incident_and_its_role_is_free(non_site: Reading):
    case_id = case_of(INCIDENT, DRIVER_ROLE)
    request = commands.NoteCaseNotFiledRequest(follow_up_id=follow_up_of(case_id), case_id=case_id)
    assert await lookups.incident_of_clue(non_site, request, None) == INCIDENT  # type: ignore[arg-type]
    request.case_id = case_of(INCIDENT, cases.INCIDENT_ROLE_VEHICLE)
    assert await lookups.incident_of_clue(non_site, request, None) == ""  # type: ignore[arg-type]
    add = commands.AddIncidentPartyRequest(incident_id=INCIDENT, role=DRIVER_ROLE)
    assert await lookups.turned_down(non_site, add, None) == frozenset()  # type: ignore[arg-type]
    event = pb.PartyTurnedDown(follow_up_id=follow_up_of(case_id), case_id=case_id, incident_id=INCIDENT)
    await non_site.record("follow_up", event)
    assert await lookups.turned_down(non_site, add, None) == {case_id}  # type: ignore[arg-type]
    company = commands.NoteCaseDecidedRequest(follow_up_id=await decided(non_site, COMPANY_ROLE))
    found = await lookups.incident_of(non_site, company, None)  # type: ignore[arg-type]
    assert found is not None
    assert [party.role for party in found.parties] == [COMPANY_ROLE]


async def test_a_case_that_is_alone_has_no_incident(non_site: Reading):
    await non_site.record("follow_up", followed(incident_id=""))
    alone = commands.NoteCaseDecidedRequest(follow_up_id=followed().follow_up_id)
    assert await lookups.incident_of(non_site, alone, None) is None  # type: ignore[arg-type]
    nobody = commands.NoteCaseDecidedRequest(follow_up_id=INCIDENT)
    assert await lookups.incident_of(non_site, nobody, None) is None  # type: ignore[arg-type]


async def test_a_notice_is_shown_as_it_was_told_and_a_decision_anew_as_it_is_to_be_told(non_site: Reading):
    told = pb.HomeNoticeIssued(
        follow_up_id=followed().follow_up_id,
        notice_id=INCIDENT,
        home_division_code="500153",
        notice=decided_event().notice,
    )
    again = decided_event(decision="罚款2000元")
    again.notice.decision = "罚款2000元"
    request = commands.ListFollowUpsRequest(case_id=followed().case_id)
    steps = (
        ((followed(),), "已立案", "", ""),
        ((decided_event(),), "已处理", "", "500118"),
        ((handled(),), "待抄告", "罚款3000元", "500118"),
        ((told,), "已抄告", "罚款3000元", "500153"),
        ((again, handled()), "待抄告", "罚款2000元", "500118"),
    )
    for events, stage, decision, home in steps:
        await non_site.record("follow_up", *events)
        request.min_position = non_site.position
        (row,) = (await non_site.api.list_follow_ups(request, call())).follow_ups
        assert (row.stage, row.notice.decision, row.home_division_code) == (stage, decision, home)
