"""What the steps from the notice to the archive look like to those who ask, over real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as rpc
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.service import SERVICE
from services.kernel.messages import to_timestamp
from tests.support.decider import instant
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases import acts, procedure
from tests.unit.cases import test_closing as closing
from tests.unit.cases import test_remedies as remedies
from tests.unit.cases import test_side_states as side_states

SENT = acts.transfer_noted(pb.TRANSFER_PHASE_SENT)


@pytest.fixture
async def cases(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def shown(cases: Reading, *history: object) -> rpc.Case:
    await cases.record("case", *history)  # type: ignore[arg-type]
    request = rpc.GetCaseRequest(case_id=acts.CASE, min_position=cases.position)
    return (await cases.api.get_case(request, call())).case  # type: ignore[no-any-return]


async def test_a_case_that_was_heard_and_reviewed_shows_each_step(cases):
    case = await shown(cases, *procedure.REVIEWED)
    assert case.summary.stage == "已法制审核"
    assert case.procedure == rpc.Procedure(
        told_on="2024-09-27",
        hearing_right=True,
        hearing_state="已结束",
        hearing_at=to_timestamp(instant(procedure.HELD_AT)),
        review_state="已通过",
        review_mandatory=True,
    )


async def test_a_case_that_was_served_published_and_paid_shows_when_and_how(cases):
    paid = acts.performance(side.PERFORMANCE_PHASE_PERFORMED)
    steps = (await shown(cases, *procedure.PUBLIC, paid, acts.CLOSED, closing.ARCHIVED)).procedure
    assert (steps.outcome, steps.decided_at) == (rpc.OUTCOME_PENALTY, to_timestamp(instant("2024-11-05 10:00")))
    assert (steps.served_on, steps.publication_state) == ("2024-11-12", "已公开")
    assert steps.performance == side.PERFORMANCE_PHASE_PERFORMED


async def test_a_new_notice_shows_the_steps_after_it_as_not_taken(cases):
    renewed = acts.changed(acts.NOTICE_SERVED, notice_id=procedure.COPY, new_facts="又", effective_on="2024-10-28")
    steps = (await shown(cases, *procedure.REVIEWED, renewed)).procedure
    assert (steps.told_on, steps.hearing_state, steps.review_state) == ("2024-10-28", "", "")


@pytest.mark.parametrize(
    ("history", "stage", "over"),
    [
        ((*acts.NOTIFIED, side_states.SUSPENDED), "已告知", ["中止"]),
        ((*acts.NOTIFIED, side_states.SUSPENDED, side_states.RESUMED), "已告知", []),
        ((*acts.NOTIFIED, side_states.DISPUTED), "已告知", ["管辖争议"]),
        ((*acts.NOTIFIED, side_states.TRANSFERRED), "已移送管辖", []),
        ((*acts.NOTIFIED, side_states.TRANSFERRED, side_states.noted(False)), "已告知", []),
        ((*acts.DELIVERED, procedure.APPEALED), "已送达", ["行政复议"]),
        ((*acts.DELIVERED, procedure.APPEALED, procedure.APPEAL_ENDED), "已送达", []),
        ((*acts.DELIVERED, remedies.AMENDED), "已送达", ["已变更"]),
        ((*acts.DELIVERED, remedies.REVOKED), "决定已撤销", []),
        (
            (*acts.NOTIFIED, closing.SENT, acts.transfer_noted(pb.TRANSFER_PHASE_SENT)),
            "已移送司法机关",
            ["移送公安机关"],
        ),
    ],
)
async def test_what_lies_over_the_stage_shows_beside_it(cases, history, stage, over):
    summary = (await shown(cases, *history)).summary
    assert (summary.stage, list(summary.side_states)) == (stage, over)


async def test_an_amended_penalty_is_the_one_that_shows(cases):
    case = await shown(cases, *acts.DELIVERED, remedies.AMENDED)
    assert [penalty.amount_fen for penalty in case.penalties] == [800_000]
