"""The second person sees the proposed copy beside the decision on file; nobody else, and nobody without a purpose."""

from collections.abc import AsyncIterator

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import publication_pb2 as pb

from services.cases.service import SERVICE
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from tests.integration.cases.test_file_lookups import SHEET
from tests.support.decider import CHIEF, LI, NOON, On, officer
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases.acts import CASE, DECIDED, changed
from tests.unit.cases.procedure import CHECKED, COPY, PUBLISHED, TEXT, proposed

PURPOSE = audit.PURPOSE_PUBLICATION
ON_FILE = changed(SHEET, text=TEXT)
STRANGER = officer("陌")


@pytest.fixture
async def cases(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        await opened.record("case", *DECIDED)
        await opened.record("document", ON_FILE)
        await opened.record("case", On(NOON, proposed()))
        yield opened


async def asked(cases: Reading, who=CHIEF, purpose=PURPOSE) -> pb.GetPublicationResponse:
    request = pb.GetPublicationRequest(case_id=CASE, min_position=cases.position, purpose=purpose)
    return await cases.api.get_publication(request, call(who))  # type: ignore[no-any-return]


async def accesses(cases: Reading) -> list[audit.PersonalDataAccessed]:
    page = await cases.ledger.read(0, 1_000, types=("enforcement.audit.v1.PersonalDataAccessed",))
    return [audit.PersonalDataAccessed.FromString(event.body) for event in page.events]


@pytest.mark.parametrize("officer", [CHIEF, LI], ids=["a role that sees all cases", "an officer of the case"])
async def test_the_copy_stands_beside_the_decision_on_file_with_what_it_hides(cases, officer):
    shown = await asked(cases, officer)
    assert not shown.masked
    assert shown.publication == pb.Publication(
        publication_id=COPY,
        state="待核对",
        number=SHEET.number,
        text=TEXT,
        redactions=proposed().redactions,
        copy=proposed().copy,
        proposed_by=LI.officer_id,
        proposed_at=to_timestamp(NOON),
    )


async def test_the_look_is_on_record_with_its_purpose_and_basis(cases):
    await asked(cases)
    [access] = await accesses(cases)
    assert (access.officer_id, access.method, access.purpose) == (CHIEF.officer_id, "cases.GetPublication", PURPOSE)
    assert (list(access.subject_ids), list(access.fields)) == ([CASE], ["publication.text"])
    assert access.legal_basis == "行政处罚法 arts. 48, 50"


@pytest.mark.parametrize(("officer", "purpose"), [(CHIEF, audit.PURPOSE_UNSPECIFIED), (STRANGER, PURPOSE)])
async def test_nothing_is_shown_without_a_purpose_or_to_whoever_has_no_part(cases, officer, purpose):
    shown = await asked(cases, officer, purpose)
    said = shown.publication
    assert (shown.masked, said.state, said.text, said.copy, list(said.redactions)) == (True, "待核对", "", "", [])
    assert await accesses(cases) == []


async def test_what_is_public_is_shown_to_everybody(cases):
    await cases.record("case", CHECKED, PUBLISHED)
    shown = await asked(cases, STRANGER, audit.PURPOSE_UNSPECIFIED)
    assert (shown.publication.state, shown.publication.copy, shown.publication.text) == ("已公开", proposed().copy, "")


async def test_the_second_persons_verdict_stands_with_it(cases):
    await cases.record("case", changed(CHECKED, passed=False, remark="第三人未隐去"))
    said = (await asked(cases)).publication
    assert (said.state, said.checked_by, said.remark) == ("已退回", LI.officer_id, "第三人未隐去")


@pytest.mark.parametrize(
    "other", [changed(ON_FILE, version=2, text="更正后的决定"), None], ids=["corrected", "amended"]
)
async def test_a_text_that_is_no_longer_on_file_is_not_compared_with(cases, other):
    if other is None:
        await cases.record("case", decisions.DecisionAmended(case_id=CASE))
    else:
        await cases.record("document", other)
    assert (await asked(cases)).publication.text == ""


async def test_a_case_without_a_proposal_has_none(databases: Databases):
    async with reading(databases, SERVICE) as opened:
        await opened.record("case", *DECIDED)
        with pytest.raises(Refused) as refused:
            await asked(opened)
    assert refused.value.code is KernelRefusal.NOT_FOUND
