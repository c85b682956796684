"""What an opinion looks up: transfers, cases, its other copy; and who is given its files. Over real PostgreSQL."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from enforcement.cases.v1 import opinion_pb2 as case_opinions
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.documents.matter import OPINION_ROLES
from services.kernel.errors import KernelRefusal, Refused
from services.transfer import lookups, opinion_lookups
from services.transfer.opinion_api import CONTENT_ROLES, read_by
from services.transfer.service import SERVICE
from tests.support.decider import LI, MEMBERS, PROCURATORATE, WANG, ZHAO, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, changed
from tests.unit.transfer.opinion_acts import CONTENT, OPINION_CASE, RECEIVE, RECEIVED, REGISTERED

TRANSFER, OPINION = uid("transfer"), uid("opinion")
CONTEXT: Any = None
"""These look-ups read nothing of it."""


@pytest.fixture
async def bureau(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def went(bureau: Any, transfer_id: str) -> Any:
    request = pb.AnswerTransferOpinionRequest(opinion_case_id=OPINION, transfer_id=transfer_id)
    return await lookups.went_to_the_police(bureau, request, CONTEXT)


async def on_opinion(bureau: Any, case_id: str) -> Any:
    request = pb.AssessCompetenceRequest(opinion_case_id=OPINION, existing_case_id=case_id)
    return await lookups.opinion_of_the_case(bureau, request, CONTEXT)


async def test_a_transfer_went_to_the_police_when_it_was_sent_and_not_before(bureau):
    assert not await went(bureau, "")
    await bureau.record("transfer", transfers.TransferOpened(transfer_id=TRANSFER, case_id=CASE))
    assert not await went(bureau, TRANSFER)
    await bureau.record("transfer", transfers.CaseTransferred(transfer_id=TRANSFER))
    assert await went(bureau, TRANSFER)
    with pytest.raises(Refused) as unknown:
        await went(bureau, uid("no transfer"))
    assert unknown.value.code == KernelRefusal.NOT_FOUND


async def test_a_case_is_on_the_opinion_from_which_it_comes_or_that_was_linked_to_it(bureau):
    linked, begun = uid("linked"), uid("begun")
    await bureau.record("case", changed(CLUE_REGISTERED, case_id=linked))
    await bureau.record("case", changed(CLUE_REGISTERED, case_id=begun, opinion_case_id=OPINION))
    assert await on_opinion(bureau, "") == ""
    assert await on_opinion(bureau, linked) == ""
    assert await on_opinion(bureau, begun) == OPINION
    await bureau.record("case", case_opinions.OpinionNoted(case_id=linked, opinion_case_id=OPINION))
    assert await on_opinion(bureau, linked) == OPINION
    withdrawn = case_opinions.OpinionWithdrawalNoted(case_id=linked, opinion_case_id=OPINION)
    await bureau.record("case", withdrawn)
    assert await on_opinion(bureau, linked) == ""
    with pytest.raises(Refused) as unknown:
        await on_opinion(bureau, uid("no case"))
    assert unknown.value.code == KernelRefusal.NOT_FOUND


MEMBERS_ONLY: Any = SimpleNamespace(members=MEMBERS)
PAPER = uid("paper")
ON_PAPER = pb.OpinionReceived(
    opinion_case_id=PAPER,
    opinion_id=PAPER,
    on_paper=True,
    reply_nominal_on="2025-06-03",
    fallback=True,
    content=CONTENT,
    procuratorate_name=PROCURATORATE.name,
)


async def arriving(bureau: Any, number: str = CONTENT.opinion_number) -> Any:
    command = pb.ReceiveOpinionRequest()
    command.CopyFrom(RECEIVE)
    command.content.opinion_number = number
    return await opinion_lookups.first_on_paper(bureau, command, MEMBERS_ONLY)


async def entered(bureau: Any, name: str = PROCURATORATE.name, number: str = CONTENT.opinion_number) -> Any:
    command = pb.EnterOpinionRequest(procuratorate_name=name, content=CONTENT)
    command.content.opinion_number = number
    return await opinion_lookups.first_of_paper(bureau, command, MEMBERS_ONLY)


async def test_an_electronic_opinion_is_the_one_on_paper_of_its_number_and_procuratorate(bureau):
    assert await arriving(bureau) is None
    other_office = changed(ON_PAPER, opinion_case_id=uid("other office"), procuratorate_name="合江县人民检察院")
    await bureau.record("opinion_case", other_office)
    assert await arriving(bureau) is None
    await bureau.record("opinion_case", ON_PAPER)
    found = await arriving(bureau, number="泸县检行意 〔2025〕3号")
    assert (found.opinion_case_id, found.reply_nominal_on, found.fallback) == (PAPER, "2025-06-03", True)
    assert await arriving(bureau, number="泸县检行意〔2025〕4号") is None
    assert await arriving(bureau, number="") is None


async def test_what_is_over_and_what_is_a_copy_itself_is_not_the_first(bureau):
    copy = changed(ON_PAPER, opinion_case_id=uid("copy"), same_as_id=uid("elsewhere"))
    await bureau.record("opinion_case", copy)
    assert await arriving(bureau) is None
    await bureau.record("opinion_case", ON_PAPER)
    await bureau.record("opinion_case", pb.OpinionWithdrawalRecorded(opinion_case_id=PAPER))
    assert await arriving(bureau) is None


async def test_two_electronic_ones_of_one_number_are_two_and_paper_is_of_either_kind(bureau):
    await bureau.record("opinion_case", RECEIVED)
    assert await arriving(bureau) is None
    assert (await entered(bureau)).opinion_case_id == OPINION_CASE
    assert (await entered(bureau, name="泸县 人民检察院")).opinion_case_id == OPINION_CASE
    assert await entered(bureau, name="合江县人民检察院") is None
    await bureau.record("opinion_case", changed(ON_PAPER, procuratorate_name="合江县人民检察院"))
    assert (await entered(bureau, name="合江县人民检察院")).opinion_case_id == PAPER


async def test_files_of_an_opinion_are_for_who_handles_it_and_reads_its_content(bureau):
    await bureau.record("opinion_case", RECEIVED, REGISTERED)
    handled = await read_by(bureau, OPINION_CASE)
    assert (set(handled.officers), handled.roles) == ({LI.officer_id, WANG.officer_id}, CONTENT_ROLES)
    assert CONTENT_ROLES == OPINION_ROLES
    assert (await read_by(bureau, uid("no opinion"))).roles is None
    await bureau.record("opinion_case", changed(ON_PAPER, same_as_id=OPINION_CASE))
    assert set((await read_by(bureau, PAPER)).officers) == {LI.officer_id, WANG.officer_id}


async def test_what_copies_say_differently_is_shown_to_who_reads_the_content(bureau):
    await bureau.record("opinion_case", RECEIVED, REGISTERED)
    for differs in (["persons"], ["act_on", "persons"]):
        await bureau.record("opinion_case", pb.OpinionCopyNoted(opinion_case_id=OPINION_CASE, differs=differs))
    asked = pb.GetOpinionRequest(min_position=bureau.position, id=OPINION_CASE)
    handler, stranger = [await bureau.api.get_opinion(asked, call(who)) for who in (LI, ZHAO)]
    assert (handler.opinion.copies, list(handler.differs)) == (2, ["act_on", "persons"])
    assert (stranger.opinion.copies, list(stranger.differs)) == (2, [])
