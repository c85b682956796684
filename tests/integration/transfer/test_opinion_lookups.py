"""What the handling of an opinion looks up of transfers and of cases, over real PostgreSQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import opinion_pb2 as case_opinions
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.transfer import lookups
from services.transfer.service import SERVICE
from tests.support.decider import uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, changed

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
