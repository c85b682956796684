"""The end of a process that was told to stop: in time, whatever hangs."""

import asyncio
import os
from typing import Final

from services.kernel.telemetry import Log

log = Log(__name__)

CUT: Final = 3
"""Exit code of a process that did not end by itself."""


async def cut_off(stop: asyncio.Event, seconds: float) -> None:
    """Ends the process when it has not ended `seconds` after `stop` was set.

    Nothing is lost that was acknowledged: it is committed, and every reader goes on from its checkpoint next time.
    """
    await stop.wait()
    await asyncio.sleep(seconds)
    log.error("the process did not end in time and is cut", tasks=[task.get_name() for task in asyncio.all_tasks()])
    os._exit(CUT)
