"""A second process on a ledger, for tests: appends until the time is over, reads all the while, and says what it did.

python -m tests.support.ledger_process DSN SECONDS STREAM…        prints one JSON object
"""

import asyncio
import json
import random
import sys
import time
from uuid import UUID

from services.kernel.ledger import Append, Conflict, Ledger
from tests.support.ledgers import an_append, new_event


async def append_often(ledger: Ledger, streams: list[UUID], end: float, stored: list[tuple[str, int]]) -> None:
    """Append to shared streams, most of the time in vain, until `end`."""
    while time.time() < end:
        stream_id = random.choice(streams)
        version = (await ledger.read_stream(stream_id, after_version=1 << 30)).version
        one: Append = an_append(stream_id, *(new_event(),) * random.randint(1, 10), expected=version)
        try:
            answer = await ledger.append(one)
        except Conflict:
            continue
        stored.append((str(one.command_id), answer.position))


async def follow(ledger: Ledger, seen: list[int]) -> None:
    """Follow the feed from its start."""
    async with ledger.feed.subscribe(0) as pages:
        async for page in pages:
            seen.extend(event.position for event in page.events)


async def main(dsn: str, seconds: float, streams: list[UUID]) -> None:
    """Two writers and a reader."""
    stored: list[tuple[str, int]] = []
    seen: list[int] = []
    end = time.time() + seconds
    async with Ledger.open(dsn) as ledger:
        reader = asyncio.create_task(follow(ledger, seen))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(append_often(ledger, streams, end, stored))
        print(json.dumps({"stored": stored}), flush=True)
        head = int(await asyncio.to_thread(sys.stdin.readline))  # the writers of all processes are done
        async with asyncio.timeout(30):
            while not seen or seen[-1] < head:
                await ledger.feed.wait_beyond(seen[-1] if seen else 0, 0.1)
                await asyncio.sleep(0.01)
        reader.cancel()
        print(json.dumps({"seen": seen}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), [UUID(text) for text in sys.argv[3:]]))
