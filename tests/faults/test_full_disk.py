"""A full disk: callers are told at once, nothing is half written; with room again the same ids get their answers."""

import asyncio
import secrets

import grpc
import pytest
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN
from deploy.local.story.parties import ACT
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.kernel.ledger import Ledger, Unavailable
from services.kernel.messages import to_timestamp
from tests.integration.ledger.conftest import findings
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases, own_server
from tests.support.shim import FULL_DISK, preloaded
from tests.support.system import contradictions, run_on, system


async def test_a_full_disk_is_unavailable_and_nothing_is_half_written() -> None:
    with preloaded(FULL_DISK) as (environment, flag), own_server(environment=environment) as server:
        dsn = await Databases(server).make()
        async with Ledger.open(dsn) as ledger:
            before = (await ledger.append(an_append())).position
            flag.touch()
            large = [an_append(None, new_event(bytes(200_000))) for _ in range(20)]
            answers = await asyncio.gather(*(ledger.append(one) for one in large), return_exceptions=True)
            refused = [answer for answer in answers if isinstance(answer, Unavailable)]
            assert len(refused) == len(large)
            assert "no room" in str(refused[0])
            with pytest.raises(Unavailable):
                async with ledger.transaction() as connection:
                    await ledger.append_in(connection, large)
            assert await ledger.head() == before
            assert await findings(ledger) == []

            flag.unlink()
            positions = [(await ledger.append(one)).position for one in large]
            assert positions == list(range(before + 1, before + 21))
            assert await findings(ledger) == []


@pytest.mark.timeout(240)
async def test_an_officer_is_told_unavailable_and_the_same_command_is_taken_when_there_is_room() -> None:
    with preloaded(FULL_DISK) as (environment, flag):
        async with system(LUXIAN) as cluster, run_on(cluster) as run:
            await run.settled()
            await asyncio.to_thread(cluster.postgres.stop)
            cluster.postgres.environment = environment
            await asyncio.to_thread(cluster.postgres.up)
            first = await run.act(cast.LUXIAN_CHIEF, "before", clue(run, 0))
            await run.settled()
            processes = cluster.pids()

            flag.touch()
            commands = [clue(run, number) for number in range(1, 41)]
            answers = await asyncio.gather(*(attempt(run, one) for one in commands), return_exceptions=True)
            refused = [one for one, answer in zip(commands, answers, strict=True) if isinstance(answer, Exception)]
            assert len(refused) > len(commands) / 2  # what lay free in the tables' last pages took some
            assert {answer.code() for answer in answers if isinstance(answer, grpc.aio.AioRpcError)} == {
                grpc.StatusCode.UNAVAILABLE
            }
            assert await contradictions(cluster) == []
            shown = await run.ask(cast.LUXIAN_CHIEF, cases.GetCaseRequest(case_id=first.id))
            assert shown.case.summary.case_id == first.id

            flag.unlink()
            taken = [answer for answer in answers if not isinstance(answer, BaseException)]
            taken += [await run.calls.call(LUXIAN, run.officer_id(cast.LUXIAN_CHIEF), one) for one in refused]
            assert len({answer.id for answer in taken}) == len(commands)
            await run.settled()
            listed = await run.ask(cast.LUXIAN_CHIEF, cases.ListCasesRequest(page=common.PageRequest(size=100)))
            assert {one.case_id for one in listed.cases} == {first.id, *(answer.id for answer in taken)}
            assert await contradictions(cluster) == []
            assert {name: pid for name, pid in cluster.pids().items() if name != "postgres"} == {
                name: pid for name, pid in processes.items() if name != "postgres"
            }


def clue(run: Run, number: int) -> cases.RegisterClueRequest:
    """A clue of several thousand characters that do not compress."""
    return cases.RegisterClueRequest(
        command_id=run.id(f"clue/{number}"),
        occurred_at=to_timestamp(run.now),
        source=case_events.CLUE_SOURCE_INSPECTION,
        act_code=ACT,
        act_on=run.now.date().isoformat(),
        place=B.place,
        facts=secrets.token_hex(2_000),
    )


async def attempt(run: Run, request: cases.RegisterClueRequest) -> common.Recorded:
    recorded: common.Recorded = await run.calls.attempt(LUXIAN, run.officer_id(cast.LUXIAN_CHIEF), request)
    return recorded
