"""A process that makes one append and prints what came of it; tests kill it at every step.

python -m tests.support.ledger_appender DSN COMMAND_ID STREAM_ID MARKER MODE       MODE: group | own | own-then-wait
"""

import asyncio
import sys
from uuid import UUID

from services.kernel.ledger import Ledger
from tests.support.ledgers import an_append, new_event


async def main(dsn: str, command_id: UUID, stream_id: UUID, marker: str, mode: str) -> None:
    """One command, its body is the marker."""
    one = an_append(stream_id, new_event(marker.encode()), command_id=command_id)
    async with Ledger.open(dsn) as ledger:
        print("open", flush=True)
        if mode == "group":
            answer = await ledger.append(one)
        else:
            async with ledger.transaction() as connection:
                (outcome,) = await ledger.append_in(connection, [one])
                answer = outcome.appended()
                if mode == "own-then-wait":
                    print("appended, not committed", flush=True)
                    await asyncio.Event().wait()
        print(f"{answer.position} {answer.repeated}", flush=True)


if __name__ == "__main__":
    _, dsn, command_id, stream_id, marker, mode = sys.argv
    asyncio.run(main(dsn, UUID(command_id), UUID(stream_id), marker, mode))
