"""A full disk: callers are told at once, nothing is half written; with room again the same ids get their answers."""

import asyncio

import pytest

from services.kernel.ledger import Ledger, Unavailable
from tests.integration.ledger.conftest import findings
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases, own_server
from tests.support.shim import FULL_DISK, preloaded


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
