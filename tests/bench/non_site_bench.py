"""Records of devices a second: RecordCapture through TLS, token, validation, gates, check and commit.

One device with its whole history, 32 callers in one client process, every record with four pictures by their digests,
one vehicle in OVERLOADED too heavy; each appends two events, and the views and clocks follow in the same node. Client,
node and PostgreSQL share the cores.
"""

import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import grpc
from enforcement.blobs.v1 import service_pb2 as blobs
from enforcement.blobs.v1.service_pb2_grpc import BlobsServiceStub
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp
from services.kernel.values import day_of
from services.non_site.model.shared import capture_of
from tests.bench.ledger_bench import drive
from tests.bench.report import Figure

BUREAU: Final = "jt-510521"
CALLERS: Final = 32
OVERLOADED: Final = 100
"""One vehicle in so many is too heavy: about what a province reports of its ordinary roads."""
_PREFIX: Final = "/enforcement.non_site.v1.NonSiteService/"
_KINDS: Final = captures.PictureKind.values()[1:5]
_CONTENTS: Final = [b"\xff\xd8" + bytes([kind]) + b"\xff\xd9" for kind in _KINDS]
_FILES: Final = [
    common.BlobRef(sha256=sha256(content).digest(), size=len(content), media_type="image/jpeg", file_name="图")
    for content in _CONTENTS
]


async def run(seconds: float, rounds: int) -> list[Figure]:
    """Everything; about half a minute with the defaults."""
    with tempfile.TemporaryDirectory(prefix="enforcement-bench-") as folder:
        cluster = Cluster(Layout(Path(folder), Authorities.read().only(BUREAU)), exports=False)
        async with cluster.running(), cluster.channel(BUREAU) as channel:
            device_id = await _equip(cluster, channel)
            return await _record(cluster, channel, device_id, seconds, rounds)


async def _equip(cluster: Cluster, channel: grpc.aio.Channel) -> str:
    """A device all of whose gates hold since yesterday."""
    pki, now = cluster.layout.pki, datetime.now(UTC)
    officer = officers.RegisterOfficerRequest(
        command_id=str(uuid7()),
        occurred_at=to_timestamp(now - timedelta(days=2)),
        late_reason="测试",
        name="测试人员",
        credential_number="川51052100001",
        issuing_body="四川省司法厅",
        valid_from_on="2024-01-01",
        valid_to_on="2099-12-31",
        roles=[options.ROLE_CASE_MANAGER, options.ROLE_LEGAL_REVIEWER],
    )
    admin = pki.token(BUREAU, "bench", administrator=True)
    registered = await _call(channel, admin, officer, "/enforcement.officers.v1.OfficersService/RegisterOfficer")
    token = pki.token(BUREAU, registered.id)
    await _upload(channel, token)
    start = now - timedelta(days=1)
    device_id = (
        await _call(
            channel,
            token,
            pb.RegisterDeviceRequest(
                **_head(start),
                kind=devices.DEVICE_KIND_WEIGH_IN_MOTION,
                name="测试",
                model="测试",
                serial_number="1",
                place=devices.RoadSection(division_code="510521", road="S438", section="K12"),
            ),
        )
    ).id
    first, last = day_of(start - timedelta(days=20)), day_of(start - timedelta(days=1))
    technical = pb.ReviewDeviceRequest(
        kind=devices.DEVICE_REVIEW_KIND_TECHNICAL,
        passed=True,
        meets_standards=True,
        placed_reasonably=True,
        opinion="通过",
    )
    for step in (
        pb.RecordCertificateRequest(
            number="1", issuer="测试", valid_from_on=str(first), valid_to_on="2099-12-31", file=_FILES[0]
        ),
        pb.ReviewDeviceRequest(kind=devices.DEVICE_REVIEW_KIND_LEGAL, passed=True, opinion="通过"),
        technical,
        pb.RecordSignRequest(visible=True, distance_metres=1000),
        pb.PublishLocationRequest(
            notice_from_on=str(first), notice_to_on=str(last), starts_at=to_timestamp(start), channel="测试"
        ),
    ):
        step.MergeFrom(type(step)(**_head(start), device_id=device_id))  # type: ignore[arg-type]
        await _call(channel, token, step)
    return str(device_id)


async def _record(
    cluster: Cluster, channel: grpc.aio.Channel, device_id: str, seconds: float, rounds: int
) -> list[Figure]:
    metadata = (("authorization", f"Bearer {cluster.layout.pki.token(BUREAU, device_id, scope='device')}"),)
    method: Any = channel.unary_unary(f"{_PREFIX}RecordCapture")
    numbers = itertools.count()

    async def call(_: int) -> None:
        number = next(numbers)
        record_id = str(number)
        request = pb.RecordCaptureRequest(
            command_id=str(uuid7()),
            capture_id=capture_of(device_id, record_id),
            occurred_at=to_timestamp(datetime.now(UTC)),
            device_id=device_id,
            record_id=record_id,
            plate="川E·A0001",
            plate_colour="黄",
            measured=captures.Measured(axles=6, gross_kg=48_000 if number % OVERLOADED else 55_300),
            pictures=[captures.Picture(kind=kind, file=file) for kind, file in zip(_KINDS, _FILES, strict=True)],
        )
        await method(request.SerializeToString(), timeout=10, metadata=metadata)

    await drive(call, CALLERS, seconds / 4)
    samples = [await drive(call, CALLERS, seconds) for _ in range(rounds)]
    rates = sorted(sample.operations / sample.seconds for sample in samples)
    slowest = sorted(latency for sample in samples for latency in sample.latencies)
    return [
        Figure("non-site", f"records of a device, {CALLERS} callers", rates[len(rates) // 2], "captures/s"),
        Figure("non-site", "record p99", 1000 * slowest[int(len(slowest) * 0.99)], "ms"),
    ]


async def _upload(channel: grpc.aio.Channel, token: str) -> None:
    metadata = (("authorization", f"Bearer {token}"),)
    for file, content in zip(_FILES, _CONTENTS, strict=True):
        header = blobs.UploadHeader(upload_id=str(uuid7()), sha256=file.sha256, size=file.size)
        parts = iter([blobs.UploadRequest(header=header), blobs.UploadRequest(data=content)])
        await BlobsServiceStub(channel).Upload(parts, timeout=10, metadata=metadata)


def _head(at: datetime) -> dict[str, Any]:
    return {"command_id": str(uuid7()), "occurred_at": to_timestamp(at), "late_reason": "测试"}


async def _call(channel: grpc.aio.Channel, token: str, request: Message, path: str = "") -> common.Recorded:
    name = request.DESCRIPTOR.name.removesuffix("Request")
    method: Any = channel.unary_unary(path or f"{_PREFIX}{name}", response_deserializer=common.Recorded.FromString)
    answer: common.Recorded = await method(
        request.SerializeToString(), timeout=10, metadata=(("authorization", f"Bearer {token}"),)
    )
    return answer
