"""Casework on a small and on a large ledger: commands, searches, and the import of an older system's cases.

The cases service runs as a process of its own, with PostgreSQL; everything else is killed, so that what grows is the
ledger, the views and nothing beside them.

Fill       cases as the import records them, written in batches straight into the ledger; then the views catch up.
Command    AddEvidence through TLS, token, validation, decision and commit, 32 callers in one client process, on 1,000
           cases that are the oldest of the ledger at both sizes.
Search     one caller; a party by name, three words of a text, a plate: each among all cases.
Import     rows of JSON Lines through the command line's importer: translated, checked in chunks, one command a row.
"""

import asyncio
import hashlib
import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import grpc
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import queries_pb2 as queries
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from enforcement.options.v1 import options_pb2 as options

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from services.cases.import_ids import case_id_of
from services.cli.case.imports import rows
from services.cli.case.imports.mapping import load
from services.cli.case.imports.run import NEW, UNCHANGED, Importing
from services.kernel.ledger import Append, Ledger, NewEvent, uuid7
from services.kernel.messages import encode, microseconds, to_timestamp, type_name
from tests.bench.ledger_bench import drive
from tests.bench.report import Figure

BUREAU: Final = "jt-510521"
CALLERS: Final = 32
SMALL: Final = 1_000
LARGE: Final = 100_000
BATCH: Final = 500
IMPORTED_ROWS: Final = int(os.environ.get("ENFORCEMENT_IMPORT_ROWS", "100000"))
SYSTEM: Final = "bench"
_SURNAMES: Final = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
_WORDS: Final = "泸永荣昌桥路段货车客超限经营许可未取得运输证检查发现载人货物收取费用行驶至交界处"

MAPPING: Final = """
[source]
system = "bench-import"
external_id = "id"
as_of = 2024-12-15T18:00:00+08:00
[columns]
case_number = "number"
facts = "facts"
"party.name" = "party"
closed_on = "closed"
[constants]
stage = "已结案"
closing_ground = "处罚决定执行完毕"
act_code = "RTR-63"
act_on = "2024-01-01"
registered_on = "2024-01-02"
filed_on = "2024-01-03"
source = "检查发现"
"party.kind" = "个人"
"place.division_code" = "510521"
"""


@dataclass(slots=True)
class Bench:
    """The cases service of a bureau, and a client that knows two officers."""

    cluster: Cluster
    stub: Any
    officer_ids: list[str]
    metadata: list[tuple[str, str]]
    leader: list[tuple[str, str]]
    administrator: list[tuple[str, str]]
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    async def ask(self, method: str, request: Any, metadata: list[tuple[str, str]] | None = None) -> Any:
        """One call."""
        return await getattr(self.stub, method)(request, timeout=30, metadata=metadata or self.metadata)

    def case(self, number: int) -> imports.CaseImported:
        """A case of the older system: the first thousand are investigated, the others are closed."""
        dice = self.dice
        facts = "".join(dice.choices(_WORDS, k=60))
        name = dice.choice(_SURNAMES) + "".join(dice.choices(_WORDS, k=2))
        open_ = number < SMALL
        case_id = str(case_id_of(SYSTEM, str(number)))
        case = imports.ImportedCase(
            source_system=SYSTEM,
            external_id=str(number),
            row_sha256=hashlib.sha256(str(number).encode()).digest(),
            stage="调查中" if open_ else "已结案",
            case_number=f"旧〔2024〕{number}号",
            act_code="RTR-63",
            act_on="2024-01-01",
            place=common.Place(division_code="510521", description="国道G246"),
            facts=facts,
            party=events.Party(kind=events.PARTY_KIND_PERSON, name=name),
            vehicle=events.Vehicle(plate=f"川E{number:05}", plate_colour="蓝"),
            source=events.CLUE_SOURCE_INSPECTION,
            registered_on="2024-01-02",
            filed_on="2024-01-03",
            officer_ids=self.officer_ids if open_ else (),
            closed_on="" if open_ else "2024-06-01",
            closing_ground=events.CLOSING_GROUND_UNSPECIFIED if open_ else events.CLOSING_GROUND_PERFORMED,
        )
        return imports.CaseImported(
            case_id=case_id,
            source_system=SYSTEM,
            act_code=case.act_code,
            source=case.source,
            registered_on=case.registered_on,
            filed_on=case.filed_on,
            closed_on=case.closed_on,
            imported=case,
        )

    async def fill(self, ledger: Ledger, numbers: Iterator[int]) -> None:
        """Appends cases, and waits until the views have them and PostgreSQL has tidied up after them.

        The load takes seconds, where years of work would have been vacuumed, analysed and written to disk on the way:
        what autovacuum and the checkpointer do a minute later would run beside what is measured.
        """
        while batch := list(itertools.islice(numbers, BATCH)):
            async with ledger.transaction() as connection:
                await ledger.append_in(connection, [_append(self.case(number)) for number in batch])
        await self._caught_up(await ledger.head())
        admin = await asyncpg.connect(self.cluster.postgres.dsn(BUREAU))
        try:
            await admin.execute("VACUUM (ANALYZE)")
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()

    async def _caught_up(self, head: int) -> None:
        while True:
            try:
                await self.ask("ListCases", pb.ListCasesRequest(min_position=head))
            except grpc.aio.AioRpcError as behind:
                if behind.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
            else:
                return

    async def commands(self, seconds: float) -> tuple[float, float]:
        """AddEvidence to one of the oldest cases: commands a second, and p99 in ms."""

        async def add(_: int) -> None:
            case_id = case_id_of(SYSTEM, str(self.dice.randrange(SMALL)))
            request = pb.AddEvidenceRequest(
                command_id=str(uuid7()),
                case_id=str(case_id),
                occurred_at=to_timestamp(datetime.now(UTC)),
                evidence_id=str(uuid7()),
                kind=events.EVIDENCE_KIND_PHYSICAL,
                description="物证",
                place=common.Place(division_code="510521", description="国道G246"),
                collector_ids=self.officer_ids,
            )
            await self.ask("AddEvidence", request)

        await drive(add, CALLERS, seconds / 4)
        sample = await drive(add, CALLERS, seconds)
        return sample.operations / sample.seconds, 1000 * sorted(sample.latencies)[int(len(sample.latencies) * 0.99)]

    async def searches(self, seconds: float, upto: int) -> dict[str, float]:
        """p99 in ms of three kinds of search."""

        def party() -> queries.SearchCasesRequest:
            name = self.dice.choice(_SURNAMES) + "".join(self.dice.choices(_WORDS, k=2))
            return queries.SearchCasesRequest(party=name, purpose=audit.PURPOSE_SUPERVISION)

        def text() -> queries.SearchCasesRequest:
            return queries.SearchCasesRequest(
                text="".join(self.dice.choices(_WORDS, k=3)), purpose=audit.PURPOSE_SUPERVISION
            )

        def plate() -> queries.SearchCasesRequest:
            return queries.SearchCasesRequest(
                plate=f"川E{self.dice.randrange(upto):05}", purpose=audit.PURPOSE_SUPERVISION
            )

        found = {}
        for name, make in (("party by name", party), ("three characters of a text", text), ("plate", plate)):
            latencies = (await drive(self._search(make), 1, seconds)).latencies
            found[name] = 1000 * sorted(latencies)[int(len(latencies) * 0.99)]
        return found

    def _search(self, make: Callable[[], queries.SearchCasesRequest]) -> Callable[[int], Awaitable[None]]:
        async def search(_: int) -> None:
            await self.ask("SearchCases", make(), self.leader)

        return search

    async def imported(self, folder: Path) -> tuple[float, float]:
        """Rows a second through the importer, and when it goes over them again."""
        (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
        file = folder / "cases.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for number in range(IMPORTED_ROWS):
                facts = "".join(self.dice.choices(_WORDS, k=60))
                row = {"id": number, "number": f"入{number}", "facts": facts, "party": "某人", "closed": "2024-06-01"}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")

        async def ask(stub: Any, method: str, request: Any) -> Any:
            return await self.ask(method, request, self.administrator)

        async def once(outcome: str) -> float:
            importing = Importing(load(folder / "mapping.toml"), ask, dry_run=False)
            began = time.perf_counter()
            await importing.run(rows.read(file, encoding="utf-8", delimiter=","))
            taken = time.perf_counter() - began
            if importing.counts[outcome] != IMPORTED_ROWS:
                raise RuntimeError(f"not all rows are {outcome}: {importing.counts}")
            return IMPORTED_ROWS / taken

        return await once(NEW), await once(UNCHANGED)


async def run(seconds: float) -> list[Figure]:
    """Everything; about a minute and a half with the defaults."""
    with tempfile.TemporaryDirectory(prefix="enforcement-bench-") as folder:
        await asyncio.to_thread(Path(folder).chmod, 0o755)  # PostgreSQL runs as another user
        layout = Layout(Path(folder), Authorities.read().only(BUREAU))
        cluster = Cluster(layout, separate=(BUREAU,), exports=False)
        async with cluster.running():
            officer_ids = await _register(cluster)
            for service in cluster.pids():
                name = service.removeprefix(f"{BUREAU}.")
                if service.startswith(f"{BUREAU}.") and name != "cases":
                    await cluster.kill(BUREAU, name)
            async with cluster.channel(BUREAU, "cases") as channel, Ledger.open(cluster.dsn(BUREAU)) as ledger:
                token = layout.pki.token
                bench = Bench(
                    cluster,
                    grpc_pb.CasesServiceStub(channel),
                    officer_ids[:2],
                    _bearer(token(BUREAU, officer_ids[0])),
                    _bearer(token(BUREAU, officer_ids[2])),
                    _bearer(token(BUREAU, "bench", administrator=True)),
                )
                return await _measure(bench, ledger, seconds, Path(folder))


async def _measure(bench: Bench, ledger: Ledger, seconds: float, folder: Path) -> list[Figure]:
    await bench.fill(ledger, iter(range(SMALL)))
    small_rate, small_p99 = await bench.commands(seconds)
    await bench.fill(ledger, iter(range(SMALL, LARGE)))
    rate, p99 = await bench.commands(seconds)
    searches = await bench.searches(seconds / 2, LARGE)
    imported, again = await bench.imported(folder)
    return [
        Figure("cases", f"command, {CALLERS} callers, {SMALL:,} cases", small_rate, "calls/s"),
        Figure("cases", f"command p99, {SMALL:,} cases", small_p99, "ms"),
        Figure("cases", f"command, {CALLERS} callers, {LARGE:,} cases", rate, "calls/s"),
        Figure("cases", f"command p99, {LARGE:,} cases", p99, "ms"),
        Figure("cases", f"rate at {LARGE:,} of that at {SMALL:,}", 100 * rate / small_rate, "%", target=85),
        Figure("cases", f"p99 at {LARGE:,} of that at {SMALL:,}", 100 * p99 / small_p99, "%", target=150, at_most=True),
        *(Figure("cases", f"search p99, {name}, {LARGE:,} cases", worst, "ms") for name, worst in searches.items()),
        Figure("cases", f"import, {IMPORTED_ROWS:,} rows into {LARGE:,} cases", imported, "rows/s"),
        Figure("cases", "import, the same rows again", again, "rows/s"),
    ]


async def _register(cluster: Cluster) -> list[str]:
    """Two officers who investigate, and a leader."""
    metadata = _bearer(cluster.layout.pki.token(BUREAU, "bench", administrator=True))
    roles = (options.ROLE_INVESTIGATOR, options.ROLE_INVESTIGATOR, options.ROLE_LEADER)
    found = []
    async with cluster.channel(BUREAU, "officers") as channel:
        for number, role in enumerate(roles):
            request = officers.RegisterOfficerRequest(
                command_id=str(uuid7()),
                occurred_at=to_timestamp(datetime(2024, 1, 1, tzinfo=UTC)),
                late_reason="测量",
                name=f"人员{number}",
                credential_number=f"川51052100{number}",
                issuing_body="四川省司法厅",
                valid_from_on="2024-01-01",
                valid_to_on="2030-12-31",
                roles=[role],
            )
            stub = officers_grpc.OfficersServiceStub(channel)
            found.append((await stub.RegisterOfficer(request, timeout=30, metadata=metadata)).id)
    return found


def _append(event: imports.CaseImported) -> Append:
    command_id, case_id = uuid7(), UUID(event.case_id)
    noted = meta.Meta(
        actor="bench",
        actor_kind=meta.ACTOR_KIND_ADMINISTRATOR,
        command_type=type_name(imports.ImportCaseRequest),
        occurred_us=microseconds(datetime(2024, 12, 15, tzinfo=UTC)),
    )
    return Append(
        command_id=command_id,
        digest=hashlib.sha256(command_id.bytes).digest(),
        stream_id=case_id,
        category="case",
        expected_version=0,
        events=(NewEvent(type_name(event), encode(event), encode(noted)),),
        correlation_id=case_id,
        causation_id=command_id,
    )


def _bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


def main() -> None:
    """Run and print."""
    from tests.bench.report import table

    began = time.perf_counter()
    print(table(asyncio.run(run(3.0))))
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
