"""Whole systems for tests: real nodes as processes, on real Kafka and PostgreSQL, and officers who act on them.

A test tells a part of the story with a `Run` of its own. Several runs may share a cluster: each begins at another
millisecond, so all its ids are its own, and it moves the cluster's clock to where it needs it.
"""

import itertools
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as joint

from deploy.local.authorities import Authorities, LocalAuthority
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from deploy.local.story import cast, chapter_0_register
from deploy.local.story.cast import AT_B, LUXIAN
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.parties import ACT, FACTS, PARTIES
from deploy.local.story.posts import DAY, B
from deploy.local.story.run import BEGINS, Run
from services.joint_operations.model.participation import participation_of
from services.kernel.ledger.verify import verify

_numbers = itertools.count()


@asynccontextmanager
async def system(
    *authority_ids: str,
    rules: Mapping[str, Any] | None = None,
    collects: bool = False,
    also: Iterable[LocalAuthority] = (),
) -> AsyncIterator[Cluster]:
    """A cluster of these authorities, or of all; everything of it is gone afterwards.

    Args:
        also: authorities that the demo does not have.
        rules: dated switches for every node, e.g. {"o310_days": [["2025-01-01", "working"]]}.
        collects: the simulated bank runs, too.
    """
    layout = _layout(authority_ids, rules, tuple(also))
    try:
        async with Cluster(layout, clock=BEGINS, collects=collects, disposable=True).running() as cluster:
            yield cluster
    finally:
        shutil.rmtree(layout.folder, ignore_errors=True)


@asynccontextmanager
async def run_on(
    cluster: Cluster, *, registered_at: str = "2024-12-16 09:00", beginning: datetime | None = None, **more: Any
) -> AsyncIterator[Run]:
    """A run of the story on a cluster, its officers registered on that day; a run with the beginning of another one
    issues the same command ids."""
    now = datetime.fromtimestamp(time.time(), UTC) + timedelta(milliseconds=next(_numbers))
    run = Run(cluster, beginning or now, **more)
    try:
        run.move(BEGINS)
        await chapter_0_register.tell(run, registered_at)
        yield run
    finally:
        await run.aclose()


async def file_case(run: Run) -> None:
    """A case of 泸县 that did not begin in a joint operation: clue, filing, two officers."""
    clue = cases.RegisterClueRequest(
        source=case_events.CLUE_SOURCE_INSPECTION,
        act_code=ACT,
        act_on=run.now.date().isoformat(),
        place=B.place,
        facts=FACTS[B],
    )
    case_id = run.facts.cases["B"] = (await run.act(cast.LUXIAN_CHIEF, "clue", clue)).id
    filing = cases.FileCaseRequest(
        case_id=case_id, case_number=HANDLERS[B].case_number, party=PARTIES[B], basis="行政处罚法 art. 54"
    )
    await run.act(cast.LUXIAN_DEPUTY, "file", filing)
    officers = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*cast.INVESTIGATORS))
    await run.act(cast.LUXIAN_CHIEF, "officers", officers)


async def at_the_roadside(run: Run) -> str:
    """泸县 leads an operation of its own, with four officers at checkpoint B; id of its participation."""
    await run.at("2024-12-17 09:00")
    checkpoint = joint.CheckpointPlan(checkpoint_id="B", place=B.place, competent_id=LUXIAN)
    plan = joint.PlanOperationRequest(
        name="打击非法营运行动",
        operation_type=pb.OPERATION_TYPE_CAMPAIGN,
        purpose="整治非法营运",
        starts_on=DAY,
        ends_on=DAY,
        checkpoints=[checkpoint],
    )
    operation_id = (await run.act(cast.LUXIAN_CHIEF, "plan", plan)).id
    invite = joint.InviteParticipantRequest(operation_id=operation_id, participant_id=LUXIAN)
    await run.act(cast.LUXIAN_CHIEF, "invite", invite)
    part = participation_of(operation_id, LUXIAN, LUXIAN)
    asked = joint.GetParticipationRequest(operation_id=operation_id)
    await run.until(cast.LUXIAN_CHIEF, asked, lambda found: found.participation.stage == "已受邀", "受邀")
    accept = joint.AcceptInvitationRequest(participation_id=part, officer_ids=run.ids(*AT_B))
    await run.act(cast.LUXIAN_CHIEF, "accept", accept)
    led = joint.GetOperationRequest(operation_id=operation_id)
    await run.until(cast.LUXIAN_CHIEF, led, lambda found: found.participants[0].standing == "已应邀", "应邀")
    posts = [
        joint.RosterAssignment(participant_id=LUXIAN, officer_id=one, checkpoint_id="B", duty=pb.DUTY_INSPECT)
        for one in run.ids(*AT_B)
    ]
    roster = joint.PublishRosterRequest(operation_id=operation_id, assignments=posts)
    await run.act(cast.LUXIAN_CHIEF, "roster", roster)
    await run.until(cast.LUXIAN_CHIEF, asked, lambda found: found.participation.stage == "执行中", "编组")
    return part


async def contradictions(cluster: Cluster) -> list[str]:
    """What is wrong with any ledger of a cluster: hashes, holes, versions, answers; empty when nothing is."""
    found = []
    for each in cluster.layout.authorities.all:
        connection = await asyncpg.connect(cluster.postgres.dsn(each.id))
        try:
            found += [f"{each.id}: {finding}" async for finding in verify(connection)]
        finally:
            await connection.close()
    return found


def _layout(
    authority_ids: tuple[str, ...], rules: Mapping[str, Any] | None, also: tuple[LocalAuthority, ...]
) -> Layout:
    folder = Path(tempfile.mkdtemp(prefix="enforcement-system-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user when the tests run as root
    known = Authorities.read()
    chosen = known.only(*authority_ids) if authority_ids else known
    layout = Layout(folder, replace(chosen, all=(*chosen.all, *also)))
    for each in layout.authorities.all if rules else ():
        layout.node(each.id).mkdir(parents=True)
        layout.rules_file(each.id).write_text(json.dumps(rules))
    return layout
