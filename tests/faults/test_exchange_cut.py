"""Kafka or PostgreSQL away: commands go on, envelopes wait in the database, and flow when it is back."""

import asyncio

import pytest

from tests.faults.test_exchange_killed import SETTLE_SECONDS, prepared
from tests.support.eventually import eventually
from tests.support.kafka import own_broker
from tests.support.postgres import Databases, own_server


async def built(two) -> bool:
    statement = "SELECT count(*) FROM exchange.sent WHERE recipient <> 'feed'"
    async with two.ledger_a.connection() as connection:
        return bool(await connection.fetchval(statement) == two.told)


@pytest.mark.parametrize("how", ["stopped", "killed", "frozen"])
async def test_kafka_away_for_a_while(databases, tmp_path, how):
    async with own_broker() as broker, prepared(broker, databases, tmp_path) as two:
        processes = [two.a.process(), two.b.process()]
        for process in processes:
            process.start()
        try:
            await two.tell(10)
            await eventually(two.settled, within=SETTLE_SECONDS)
            match how:
                case "stopped":
                    await broker.stop()
                case "killed":
                    await broker.kill()
                case "frozen":
                    broker.pause()
            await two.tell(20)
            await eventually(lambda: built(two), within=SETTLE_SECONDS, what="envelopes are stored without Kafka")
            assert not await two.settled()
            if how == "frozen":
                broker.resume()
            else:
                await broker.start()
            await two.tell(10)
            await eventually(two.settled, within=2 * SETTLE_SECONDS, what="everything receipted")
        finally:
            broker.resume() if how == "frozen" else None
            for process in processes:
                await process.stop(grace=10)
        await two.audit()


async def test_postgresql_restarts_under_both(kafka, tmp_path):
    with own_server() as server:
        databases = Databases(server)
        async with prepared(kafka, databases, tmp_path) as two:
            processes = [two.a.process(), two.b.process()]
            for process in processes:
                process.start()
            try:
                await two.tell(10)
                await eventually(two.settled, within=SETTLE_SECONDS)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.up)
                await two.tell(20)
                await eventually(two.settled, within=2 * SETTLE_SECONDS, what="everything receipted")
                assert all(process.alive for process in processes)
            finally:
                for process in processes:
                    await process.stop(grace=10)
            await two.audit()
