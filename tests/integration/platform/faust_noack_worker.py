"""A worker for `test_faust_semantics`: it cannot be stopped, so it has a process of its own.

Prints each value that it processed, and at SIGTERM whether it stopped; then ends in any case.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from services.platform.settings import PlatformSettings
from services.platform.streams import STOP_SECONDS, make_app

POISON = b"v2"


async def main(bootstrap: str, group: str, topic: str, folder: str) -> None:
    settings = PlatformSettings(session_seconds=6, commit_seconds=0.2)
    app = make_app(group, bootstrap, [topic], _nothing, settings, Path(folder))
    app.agents.clear()
    values = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    raised = False

    @app.agent(values, concurrency=1, name="under_test")
    async def read(stream: Any) -> None:
        nonlocal raised
        async for event in stream.noack().events():
            if event.message.value == POISON and not raised:
                raised = True
                raise RuntimeError("the agent raises")
            print(event.message.value.decode(), flush=True)
            await stream.ack(event)

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app.loop = asyncio.get_running_loop()
    app.finalize()
    await app.start()
    await stop.wait()
    stopping = asyncio.ensure_future(app.stop())
    done, _ = await asyncio.wait([stopping], timeout=STOP_SECONDS)
    print("stopped" if done else "hangs", flush=True)
    os._exit(0)


async def _nothing(_: object) -> None:
    return None


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
