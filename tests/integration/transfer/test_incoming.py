"""Papers between police and procuratorate over real PostgreSQL: what their entry looks up, and what people read."""

from typing import Any

import pytest
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import incoming_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as rpc

from services.kernel.errors import KernelRefusal, Refused
from services.transfer import incoming_lookups
from services.transfer.model import referral, supervision
from services.transfer.model.oversight import oversight_of
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.transfer.acts import REFERRAL, TRANSFER
from tests.unit.transfer.branches import SUPERVISION, but
from tests.unit.transfer.test_incoming import PAPER, QUESTION, SIGNED_FOR, SUPERVISED, confirmed, entered
from tests.unit.transfer.test_supervision import AT_THE_POLICE

CONTEXT: Any = None
"""The look-up reads nothing of it."""


async def _about(node: Any, matter_id: str) -> Any:
    return await incoming_lookups.about(node, pb.EnterPaperRequest(matter_id=matter_id), CONTEXT)


async def _standing(node: Reading, matter_id: str) -> list[str]:
    request = pb.ListPapersRequest(matter_id=matter_id, min_position=node.position)
    answer = await node.api.list_papers(request, call())
    return [one.standing for one in answer.papers]


async def test_a_paper_is_about_a_referral_or_a_supervision_as_the_ledger_has_it(databases: Databases) -> None:
    async with reading(databases, SERVICE, POLICE) as police:
        await police.record("referral", *AT_THE_POLICE)
        aggregate, state, _ = await _about(police, REFERRAL)
        assert (aggregate, state.stage, state.bureau_id) == (referral, PoliceStage.REFUSED, LUXIAN.id)
        with pytest.raises(Refused) as unknown:
            await _about(police, uid("nothing"))
        assert unknown.value.code == KernelRefusal.NOT_FOUND
    async with reading(databases, SERVICE, PROCURATORATE) as jcy:
        await jcy.record("supervision", *SUPERVISED)
        aggregate, state, _ = await _about(jcy, SUPERVISION)
        assert (aggregate, state.stage) == (supervision, SupervisionStage.REASONS_ASKED)


async def test_the_second_entry_finds_the_matter_by_the_paper_and_what_was_confirmed_before(
    databases: Databases,
) -> None:
    async with reading(databases, SERVICE, PROCURATORATE) as jcy:
        node: Any = jcy
        await jcy.record("supervision", *SUPERVISED)
        confirm = pb.ConfirmPaperRequest(paper_id=PAPER)
        assert await incoming_lookups.still_about(node, confirm, CONTEXT) is None
        await jcy.record("paper", entered(SIGNED_FOR))
        found = await incoming_lookups.still_about(node, confirm, CONTEXT)
        assert found is not None
        assert (found.aggregate, found.confirmed) == (supervision, frozenset())
        await jcy.record("paper", confirmed(SIGNED_FOR))
        assert (await _about(jcy, SUPERVISION)).confirmed == {SIGNED_FOR}


@pytest.mark.parametrize(
    ("authority", "kind", "matter_id", "category", "matched"),
    [
        (POLICE, QUESTION, REFERRAL, "referral", pb.ReferralPaperMatched(referral_id=REFERRAL)),
        (PROCURATORATE, SIGNED_FOR, SUPERVISION, "supervision", pb.SupervisionPaperMatched(supervision_id=SUPERVISION)),
    ],
    ids=["police", "procuratorate"],
)
async def test_a_paper_is_weak_until_a_node_says_the_same(
    databases: Databases, authority: Any, kind: Any, matter_id: str, category: str, matched: Any
) -> None:
    async with reading(databases, SERVICE, authority) as node:
        await node.record("paper", entered(kind))
        assert await _standing(node, matter_id) == ["录入待复核"]
        await node.record("paper", confirmed(kind))
        assert await _standing(node, matter_id) == ["证据较弱：纸质"]
        matched.paper_id, matched.agrees = PAPER, False
        await node.record(category, matched)
        assert await _standing(node, matter_id) == ["与节点回执不一致"]
        await node.record("paper", but(entered(kind), paper_id=uid("another")))
        await node.record("paper", pb.PaperDiscarded(paper_id=uid("another"), transfer_id=TRANSFER, reason="看错"))
        assert await _standing(node, matter_id) == ["与节点回执不一致", "已作废"]
        assert await _standing(node, uid("another matter")) == []


async def test_police_without_a_node_can_be_supervised_by_the_bureaus_copy(databases: Databases) -> None:
    copy = events.OversightOpened(
        oversight_id=oversight_of(TRANSFER, LUXIAN.id), transfer_id=TRANSFER, bureau_id=LUXIAN.id, police_id=POLICE.id,
        reported_by=LUXIAN.id, step=events.TRANSFER_STEP_SENT,
    )  # fmt: skip
    async with reading(databases, SERVICE, PROCURATORATE) as jcy:
        await jcy.record("oversight", on("2025-04-30 09:00", copy))
        request = rpc.ListOversightsRequest(min_position=jcy.position)
        [known] = (await jcy.api.list_oversights(request, call())).oversights
    assert (known.oversight_id, known.referral_id) == (copy.oversight_id, "")
    assert known.supervision_id == SUPERVISION
