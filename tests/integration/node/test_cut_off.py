"""A process that hangs when it is told to stop is cut after its time, and says what hung."""

import subprocess
import sys

from services.kernel.stopping import CUT

DEAF = """
import asyncio, contextlib
from services.kernel.stopping import cut_off
from services.kernel.telemetry import configure_logs

configure_logs(authority_id="jt-510521", service="node")

async def deaf():
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

async def main():
    stop = asyncio.Event()
    watch = asyncio.create_task(cut_off(stop, 0.2))
    stop.set()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(deaf(), name="the deaf one")
        await asyncio.sleep(0)
        task.cancel()

asyncio.run(main())
"""


def test_a_part_that_ignores_its_cancellation_is_cut():
    ended = subprocess.run([sys.executable, "-c", DEAF], check=False, capture_output=True, text=True, timeout=30)
    assert ended.returncode == CUT
    assert "the deaf one" in ended.stdout + ended.stderr
