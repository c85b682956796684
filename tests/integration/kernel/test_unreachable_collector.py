"""A process whose collector is away works and ends as if nothing were missing.

It is a process of its own, because the exporter leaves a thread behind that goes on trying.
"""

import asyncio
import sys

from services.kernel.telemetry.export import SHUTDOWN_SECONDS

PROGRAM = """
import asyncio, time
from services.kernel import telemetry
telemetry.configure(authority_id="jt-510521", service="node", otlp_endpoint="http://127.0.0.1:1")
with telemetry.span(telemetry.Spans.APPEND):
    pass
began = time.monotonic()
asyncio.run(telemetry.shutdown())
assert not telemetry.recording()
print(time.monotonic() - began, flush=True)
"""
END_SECONDS = 30
"""For the start of Python as well."""


async def test_an_unreachable_collector_does_not_hold_up_the_end() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaints = await asyncio.wait_for(process.communicate(), END_SECONDS)
    assert process.returncode == 0, complaints.decode()
    assert float(output) < SHUTDOWN_SECONDS + 1
