"""Thirty-two officers on one case at the same time: nothing is lost, who comes too late is told so. Through gRPC."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.run import Run
from services.kernel.ledger import Ledger
from services.kernel.messages import to_timestamp
from tests.integration.cases.conftest import BUREAU, imported

OFFICERS = 32
MANY = tuple(
    cast.Officer(
        BUREAU, f"many-{number}", f"人员{number}", "执法人员", (options.ROLE_INVESTIGATOR, options.ROLE_LEADER)
    )
    for number in range(OFFICERS)
)
PLACE = common.Place(division_code="510521", description="国道G246")


@pytest.fixture(scope="module")
async def many(bureau: Run) -> Run:
    """A bureau with thirty-two officers who investigate and lead."""
    for number, officer in enumerate(MANY):
        await bureau.administer(
            BUREAU,
            officers.RegisterOfficerRequest(
                command_id=bureau.id(f"step/register/{officer.key}"),
                officer_id=bureau.officer_id(officer),
                occurred_at=to_timestamp(bureau.now),
                name=officer.name,
                credential_number=f"jt-510521-8{number:03}",
                issuing_body="故事中的发证机关",
                valid_from_on="2023-01-01",
                valid_to_on="2027-12-31",
                roles=officer.roles,
            ),
        )
    return bureau


def evidence(run: Run, case_id: str, number: int) -> cases.AddEvidenceRequest:
    two = [MANY[number], MANY[(number + 1) % OFFICERS]]
    return cases.AddEvidenceRequest(
        case_id=case_id,
        evidence_id=run.id(f"evidence/{case_id}/{number}"),
        kind=events.EVIDENCE_KIND_PHYSICAL,
        description=f"物证{number}",
        place=PLACE,
        collector_ids=run.ids(*two),
    )


async def test_what_each_of_them_adds_is_there(many: Run):
    command = imported("many-add", stage="调查中", officer_ids=many.ids(*MANY[:2]))
    await many.administer(BUREAU, command)
    case_id = command.case_id
    answers = await asyncio.gather(
        *(many.act(one, f"many/{number}", evidence(many, case_id, number)) for number, one in enumerate(MANY))
    )
    assert sorted(answer.version for answer in answers) == list(range(2, OFFICERS + 2))
    got = await many.ask(MANY[0], cases.GetCaseRequest(case_id=case_id))
    assert len({one.evidence_id for one in got.case.evidence}) == OFFICERS
    async with Ledger.open(many.cluster.dsn(BUREAU)) as ledger:
        stream = await ledger.read_stream(UUID(case_id))
    assert [event.version for event in stream.events] == list(range(1, OFFICERS + 2))


async def test_one_of_them_files_the_case_and_the_others_are_told_that_it_is_filed(many: Run):
    clue = cases.RegisterClueRequest(
        source=events.CLUE_SOURCE_INSPECTION,
        act_code="RTR-63",
        act_on=many.now.date().isoformat(),
        place=PLACE,
        facts="同时立案",
    )
    case_id = (await many.act(MANY[0], "many/clue", clue)).id

    async def file(number: int) -> str:
        party = events.Party(kind=events.PARTY_KIND_PERSON, name=f"当事人{number}")
        request = cases.FileCaseRequest(
            case_id=case_id, case_number=f"同时〔2024〕{number}号", party=party, basis="依据"
        )
        try:
            await many.act(MANY[number], f"many/file/{number}", request)
        except Refused as refused:
            return refused.reason
        return f"filed by {number}"

    outcomes = Counter(await asyncio.gather(*map(file, range(OFFICERS))))
    assert outcomes.pop("WRONG_STAGE") == OFFICERS - 1
    [(winner, once)] = outcomes.items()
    assert once == 1
    got = await many.ask(MANY[0], cases.GetCaseRequest(case_id=case_id))
    assert got.case.summary.case_number == f"同时〔2024〕{winner.removeprefix('filed by ')}号"


async def test_the_same_command_sent_by_all_is_done_once(many: Run):
    command = imported("many-once", stage="调查中", officer_ids=many.ids(*MANY[:2]))
    await many.administer(BUREAU, command)
    request = evidence(many, command.case_id, 0)
    answers = await asyncio.gather(*(many.act(MANY[0], "many/once", request) for _ in range(OFFICERS)))
    assert {(answer.version, answer.position) for answer in answers} == {(2, answers[0].position)}
