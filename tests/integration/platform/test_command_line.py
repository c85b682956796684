"""What an operator of a platform sees and does from the command line."""

import asyncio
import json
import os
import sys
from pathlib import Path

from enforcement.joint_operations.v1 import events_pb2 as joint

from deploy.local.kafka import Broker
from services.kernel.envelopes.codec import Link
from tests.integration.platform.site import Site, Supervisor
from tests.support.eventually import eventually
from tests.support.postgres import Databases
from tests.unit.platform.feeds import OPERATION, Tale


async def enforcement(supervisor: Supervisor, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `enforcement`."""
    settings = {
        "ENFORCEMENT_API_ADDRESS": supervisor.api,
        "ENFORCEMENT_API_TLS": "false",
        "ENFORCEMENT_TOKEN": supervisor.token,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *arguments,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_stopped_feed_is_seen_and_let_go_on(kafka: Broker, databases: Databases, tmp_path: Path) -> None:
    async with Site.open(kafka, tmp_path) as site, site.platform(databases) as supervisor:
        (publisher,) = site.publishers
        tale = Tale(publisher.party.id, joint.EducationRecorded(operation_id=OPERATION, head_count=1))
        await site.send(site.publish([tale]))
        resume = ("feed", "resume", publisher.party.id, "--reason", "由该单位更正")

        async def known() -> bool:
            return publisher.party.id in await supervisor.feeds()

        await eventually(known, within=30)
        code, _, err = await enforcement(supervisor, *resume)
        assert code == 1
        assert "FEED_NOT_STOPPED" in err
        truth = publisher.party.link
        publisher.party.link = Link(1, 1, b"\x01" * 32)
        await site.send(site.publish([tale]))
        publisher.party.link = truth

        async def stopped() -> bool:
            return (await supervisor.feeds())[publisher.party.id].stopped_code == "CHAIN_BROKEN"

        await eventually(stopped, within=30)
        code, out, _ = await enforcement(supervisor, "feed", "list")
        assert code == 0
        assert "CHAIN_BROKEN" in out
        # What the publisher said wrong is still there: asked for again, it stops the feed again.
        code, out, _ = await enforcement(supervisor, *resume, "--json")
        assert (code, json.loads(out)["recorded"]["position"]) == (0, "1")
