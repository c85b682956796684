"""What officers do at the command line with devices and their records, against a node."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import service_pb2 as commands
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from services.kernel.values import term
from services.non_site.model.shared import capture_of
from tests.support.system import run_on, system

NOW = "2024-12-17T10:00:00"
KINDS = captures.PictureKind.values()[1:5]


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    async with system(LUXIAN) as cluster, run_on(cluster) as started:
        await started.at(NOW.replace("T", " ")[:16])
        yield started


async def said(run: Run, *arguments: str, token: str = "") -> tuple[int, str, str]:
    """What a command prints to stdout and stderr, after its exit code."""
    layout = run.cluster.layout
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "--env", str(layout.env_file(LUXIAN)), *arguments),
        env=os.environ | {"ENFORCEMENT_TOKEN": token or layout.pki.token(LUXIAN, run.officer_id(cast.LUXIAN_CHIEF))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), errors.decode()


async def asked(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, errors = await said(run, *arguments, "--json")
    assert code == 0, errors
    answer: dict[str, Any] = json.loads(out)
    return answer


async def registered(run: Run, name: str, *more: str) -> dict[str, Any]:
    return await asked(
        run,
        *("non-site", "device", "register", "--kind", "weigh-in-motion", "--name", name, "--model", "DWS-6"),
        *("--serial", "1", "--division", "510521", "--road", "S438", "--section", "K12+300", "--lane", "1"),
        *("--at", NOW, *more),
    )


async def recorded(run: Run, device_id: str, record_id: str) -> str:
    """A record of the device, handed in with a token that the command line issued."""
    _, token, _ = await said(run, "token", device_id, "--scope", "device")
    request = commands.RecordCaptureRequest(
        command_id=run.id(f"step/{record_id}"),
        capture_id=capture_of(device_id, record_id),
        occurred_at=to_timestamp(run.now),
        device_id=device_id,
        record_id=record_id,
        plate="渝C·A5530",
        plate_colour="黄",
        measured=captures.Measured(axles=6, gross_kg=55_300),
    )
    for kind in KINDS:
        file = await run.file(cast.LUXIAN_CHIEF, pdf(term(captures.PictureKind, kind)))
        request.pictures.append(captures.Picture(kind=kind, file=file))
    stub = grpc_pb.NonSiteServiceStub(run.calls.channel(LUXIAN))
    answer: common.Recorded = await stub.RecordCapture(
        request, timeout=20, metadata=(("authorization", f"Bearer {token.strip()}"),)
    )
    return answer.id


async def test_a_device_is_registered_once_and_listed_with_the_gates_that_are_closed(run: Run):
    command_id = run.id("step/register")
    first = await registered(run, "得胜段甲", "--command-id", command_id)
    assert await registered(run, "得胜段甲", "--command-id", command_id) == first
    seen = await asked(run, "non-site", "device", "list", "--min-position", first["position"])
    (device,) = [one for one in seen["devices"] if one["registered"]["deviceId"] == first["id"]]
    assert (device["stage"], device["counts"]) == ("在用", False)
    code, shown, _ = await said(run, "non-site", "device", "show", first["id"], "--as-of", NOW)
    assert code == 0
    assert all(text in shown for text in ("得胜段甲", "无检定证书", "未登记标志"))


async def test_devices_come_in_pages(run: Run):
    ids = {(await registered(run, f"得胜段{n}"))["id"] for n in range(3)}
    found: list[str] = []
    token = ""
    while True:
        page = await asked(run, "non-site", "device", "list", "--count", "2", *(("--page", token) if token else ()))
        assert len(page["devices"]) <= 2
        found += [one["registered"]["deviceId"] for one in page["devices"]]
        if not (token := page["nextToken"]):
            break
    assert ids <= set(found)
    assert len(found) == len(set(found))


async def test_a_record_is_listed_shown_and_not_reviewed_when_the_device_was_not_fit(run: Run):
    device_id = (await registered(run, "得胜段乙"))["id"]
    capture_id = await recorded(run, device_id, "WIM-1")
    listed = await asked(run, "non-site", "capture", "list", "--stage", "技术校验未通过", "--device", device_id)
    assert [one["captureId"] for one in listed["captures"]] == [capture_id]
    assert "渝C·A5530" not in json.dumps(listed, ensure_ascii=False)
    _, shown, _ = await said(run, "non-site", "capture", "show", capture_id, "--purpose", "case_handling")
    assert all(text in shown for text in ("渝C·A5530", "55300", "3000.00", "计量检定证书有效"))
    code, _, errors = await said(run, "non-site", "capture", "review", capture_id, "--accept", "--at", NOW)
    assert code == 1
    assert "WRONG_STAGE" in errors


async def test_a_review_accepts_or_rejects(run: Run):
    for verdict in ((), ("--accept", "--reject", "号牌模糊")):
        code, _, _ = await said(run, "non-site", "capture", "review", run.id("no record"), *verdict)
        assert code == 2


async def test_a_search_by_plate_without_a_purpose_is_wrong_use(run: Run):
    for noun in ("capture", "incident"):
        assert (await said(run, "non-site", noun, "list", "--plate", "渝CA5530"))[0] == 2


async def test_what_nothing_is_known_of_is_an_empty_list(run: Run):
    for question, answer in (
        (("incident", "list"), "incidents"),
        (("subject", "list", "--kind", "vehicle"), "subjects"),
        (("item", "list", "--open"), "items"),
        (("follow-up", "list", "--stage", "待抄告"), "followUps"),
        (("notice", "list", "--received"), "notices"),
        (("mismatched", "--from", "2024-12-01", "--to", "2024-12-31"), "vehicles"),
    ):
        assert (await asked(run, "non-site", *question))[answer] == []
    shown = await asked(
        run,
        *("non-site", "subject", "show", "--kind", "vehicle", "--plate", "渝CA5530", "--colour", "黄"),
        *("--purpose", "case_handling"),
    )
    assert shown["subject"]["violations"] == 0
