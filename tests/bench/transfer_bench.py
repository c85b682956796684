"""Whole transfers through bureau, police and procuratorate, a node each, on one machine with Kafka and PostgreSQL.

Every officer acts as soon as the ledger of the own authority knows what the act rests on, so what is measured is the
system and nobody's deliberation. A transfer is complete when the bureau has the police's confirmation of the hand-over:
eight commands, and five envelopes to another authority that it waits for, beside those to the procuratorate.

Receipt    from the acknowledged approval to the police's signed receipt in the bureau's ledger: sent, sealed, brought,
           opened as a referral, signed, delivered, recorded.
"""

import asyncio
import contextlib
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import service_pb2 as pb
from google.protobuf.message import Message

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, CRIME, CRIME_FACTS, FACTS, SUSPECT
from deploy.local.story.posts import B
from deploy.local.story.run import BEGINS, Run
from services.kernel.ledger import Ledger
from services.kernel.messages import type_name
from tests.bench.report import Figure
from tests.support.system import run_on

TRANSFERS: Final = 240
AT_ONCE: Final = 16
ALONE: Final = 30


class Known:
    """What one ledger records, to be waited for by type and by the id of transfer or referral."""

    def __init__(self, ledger: Ledger, *types: type[Message]) -> None:
        self._ledger = ledger
        self._types = {type_name(one): one for one in types}
        self._seen: defaultdict[tuple[type[Message], str], asyncio.Future[Any]] = defaultdict(asyncio.Future)

    async def watch(self, after: int) -> None:
        """Follows the ledger until it is cancelled."""
        async with self._ledger.feed.subscribe(after) as pages:
            async for page in pages:
                for event in page.events:
                    if kind := self._types.get(event.type):
                        said: Any = kind.FromString(event.body)
                        key = said.transfer_id if "transfer_id" in kind.DESCRIPTOR.fields_by_name else said.referral_id
                        self._seen[kind, key].set_result(said)

    async def of(self, kind: type[Message], key: str) -> Any:
        """The event, once the ledger has it."""
        return await asyncio.wait_for(self._seen[kind, key], 60)


class Bench:
    """Officers of bureau and police, and what their ledgers know."""

    def __init__(self, run: Run, bureau: Known, police: Known, file: Any) -> None:
        self.run, self.bureau, self.police, self.file = run, bureau, police, file
        self.receipts: list[float] = []

    async def filed(self, number: int) -> str:
        """A case in which a crime may be suspected."""
        step = f"bench/{number}"
        clue = cases.RegisterClueRequest(
            source=case_events.CLUE_SOURCE_INSPECTION,
            act_code=ACT,
            act_on=self.run.now.date().isoformat(),
            place=B.place,
            facts=FACTS[B],
        )
        case_id = (await self.run.act(cast.LUXIAN_CHIEF, f"{step}/clue", clue)).id
        filing = cases.FileCaseRequest(
            case_id=case_id,
            case_number=f"泸县交罚〔2024〕{number}号",
            party=case_events.Party(kind=case_events.PARTY_KIND_PERSON, name=f"当事人{number}"),
            basis="行政处罚法 art. 54",
        )
        await self.run.act(cast.LUXIAN_DEPUTY, f"{step}/filing", filing)
        return case_id

    async def opened(self, number: int, case_id: str) -> str:
        """A transfer with its report, up to the head's desk."""
        step = f"bench/{number}"
        opened = pb.OpenTransferRequest(
            case_id=case_id,
            case_number=f"泸县交罚〔2024〕{number}号",
            act_code=ACT,
            suspected_crime=CRIME,
            facts=CRIME_FACTS,
            suspects=[SUSPECT],
            team_ids=self.run.ids(*INVESTIGATORS),
        )
        transfer_id = (await self.run.act(INVESTIGATORS[0], f"{step}/open", opened)).id
        report = pb.SubmitReportRequest(transfer_id=transfer_id, summary=CRIME_FACTS, report=self.file)
        await self.run.act(INVESTIGATORS[0], f"{step}/report", report)
        return transfer_id

    async def transfer(self, number: int, case_id: str) -> None:
        """One transfer from the suspicion to the confirmed hand-over."""
        step, team, run = f"bench/{number}", INVESTIGATORS[0], self.run
        transfer_id = await self.opened(number, case_id)
        await run.act(cast.LUXIAN_HEAD, f"{step}/approve", pb.ApproveTransferRequest(transfer_id=transfer_id))
        approved = time.perf_counter()
        materials = [
            events.Material(kind=kind, title="材料", file=self.file)
            for kind in (
                events.MATERIAL_KIND_TRANSFER_LETTER,
                events.MATERIAL_KIND_INVESTIGATION_REPORT,
                events.MATERIAL_KIND_GOODS_LIST,
            )
        ]
        package = pb.SendTransferRequest(transfer_id=transfer_id, police_id=POLICE, materials=materials)
        await run.act(team, f"{step}/send", package)
        referral_id = (await self.police.of(events.ReferralReceived, transfer_id)).referral_id
        await run.act(cast.POLICE_TEAM[0], f"{step}/sign", pb.SignReceiptRequest(referral_id=referral_id))
        await self.bureau.of(events.PoliceReceiptRecorded, transfer_id)
        self.receipts.append(time.perf_counter() - approved)
        filing = pb.DecideFilingRequest(
            referral_id=referral_id,
            outcome=pb.FILING_OUTCOME_FILED,
            criminal_case_number=f"泸公（刑）立字〔2024〕{number}号",
            notice=self.file,
        )
        await run.act(cast.POLICE_LEADER, f"{step}/file", filing)
        await self.bureau.of(events.PoliceFilingRecorded, transfer_id)
        property_ = pb.HandOverPropertyRequest(
            transfer_id=transfer_id,
            items=[events.Property(description="伪造的道路运输证", quantity=1)],
            record=self.file,
            officer_ids=run.ids(*INVESTIGATORS),
        )
        await run.act(team, f"{step}/hand-over", property_)
        await self.police.of(events.HandOverNoted, referral_id)
        confirmation = pb.ConfirmHandOverRequest(referral_id=referral_id)
        await run.act(cast.POLICE_TEAM[1], f"{step}/confirm", confirmation)
        await self.bureau.of(events.HandOverConfirmationRecorded, transfer_id)

    async def many(self, numbers: range, at_once: int) -> float:
        """Transfers a second."""
        waiting = iter([(number, await self.filed(number)) for number in numbers])

        async def officer() -> None:
            for number, case_id in waiting:
                await self.transfer(number, case_id)

        self.receipts.clear()
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(officer())
        return len(numbers) / (time.perf_counter() - began)


@contextlib.asynccontextmanager
async def _bench(folder: str) -> AsyncIterator[Bench]:
    layout = Layout(Path(folder), Authorities.read().only(LUXIAN, POLICE, PROCURATORATE))
    cluster = Cluster(layout, clock=BEGINS, exports=False)
    async with (
        cluster.running(),
        run_on(cluster) as run,
        Ledger.open(cluster.dsn(LUXIAN)) as ours,
        Ledger.open(cluster.dsn(POLICE)) as theirs,
    ):
        paper = pdf("材料", CRIME_FACTS)
        await run.file(cast.POLICE_LEADER, paper)
        bureau = Known(
            ours, events.PoliceReceiptRecorded, events.PoliceFilingRecorded, events.HandOverConfirmationRecorded
        )
        police = Known(theirs, events.ReferralReceived, events.HandOverNoted)
        watching = [
            asyncio.create_task(bureau.watch(await ours.head())),
            asyncio.create_task(police.watch(await theirs.head())),
        ]
        try:
            yield Bench(run, bureau, police, await run.file(INVESTIGATORS[0], paper))
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)


async def run() -> list[Figure]:
    """The rate and the latencies; about a minute."""
    with tempfile.TemporaryDirectory(prefix="enforcement-bench-") as folder:
        async with _bench(folder) as bench:
            await bench.many(range(AT_ONCE), AT_ONCE)
            rate = await bench.many(range(1_000, 1_000 + TRANSFERS), AT_ONCE)
            loaded = sorted(bench.receipts)
            await bench.many(range(2_000, 2_000 + ALONE), 1)
            alone = sorted(bench.receipts)
    return [
        Figure("transfer", f"complete, {AT_ONCE} at once", rate, "transfers/s"),
        Figure("transfer", f"approval to the police's receipt, {AT_ONCE} at once, p50", _ms(loaded, 50), "ms"),
        Figure("transfer", f"approval to the police's receipt, {AT_ONCE} at once, p99", _ms(loaded, 99), "ms"),
        Figure("transfer", "approval to the police's receipt, alone, p50", _ms(alone, 50), "ms"),
        Figure("transfer", "approval to the police's receipt, alone, p99", _ms(alone, 99), "ms"),
    ]


def _ms(waits: list[float], percent: int) -> float:
    return waits[len(waits) * percent // 100] * 1000
