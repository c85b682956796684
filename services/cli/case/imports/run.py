"""The import: rows, in chunks, checked and then written one command a row.

    read ──chunk of CHUNK rows──▶ translate ──▶ CheckImports ──new──▶ ImportCase, PARALLEL at a time ──▶ counted
                                     │ faults        │ imported before, changed, refused
                                     └───────────────┴──────────────────────────────────────────────▶ report

Promise   a row is one command: it is imported whole or not at all. A repeat, after a kill or on another day, goes over
          what is there and imports the rest: ids follow from system and external id, and each chunk is looked up first.
          A row that changed since it was imported is reported and not written.
Not       order: rows of a chunk are written in parallel, and cases depend on no other case.
Bounds    CHUNKS chunks in hand. Of each row 16 bytes are remembered, to find an external id or a number twice in a
          file: about 20 MB for 100,000 rows.
Failing   a node that is busy or away is asked again for PATIENCE_SECONDS, with the same command; then the import stops.
Shown by tests/integration/cases/test_import.py
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from time import monotonic
from typing import IO, Any, Final

from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from google.protobuf.message import Message

from services.cli.case.imports.mapping import CaseMapping, Fault
from services.cli.case.imports.rows import Row
from services.cli.output import ExitCode, Failure

CHUNK: Final = 200
CHUNKS: Final = 3
PARALLEL: Final = 48
PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.2

Ask = Callable[[Any, str, Message], Awaitable[Any]]
"""Calls a method of a stub; raises `Failure`."""

NEW: Final = "imported"
WOULD: Final = "would_import"
UNCHANGED: Final = "unchanged"
CHANGED: Final = "changed"
REFUSED: Final = "refused"
_VERDICTS: Final = {
    imports.IMPORT_VERDICT_UNCHANGED: UNCHANGED,
    imports.IMPORT_VERDICT_CHANGED: CHANGED,
    imports.IMPORT_VERDICT_REFUSED: REFUSED,
}
_SETTLED_BEFORE: Final = ("ALREADY_EXISTS", "COMMAND_MISMATCH")
"""Another run was faster: looked up once more, the row is unchanged or changed."""
_CHANGED_FAULT: Final = Fault(
    "",
    "ROW_CHANGED",
    "该案此前已导入，源数据此后有变化，未写入",
    "imported before; the row has changed since, nothing was written",
)


@dataclass(slots=True)
class Importing:
    """One run over a file.

    Args:
        ask: how the node is called.
        report: takes one JSON object a line for every row that is not imported or unchanged; None for nobody.
        advance: hears of rows as they are done with.
    """

    mapping: CaseMapping
    ask: Ask
    dry_run: bool
    report: IO[str] | None = None
    advance: Callable[[int], None] = lambda rows: None
    counts: Counter[str] = field(default_factory=Counter)
    _ids: set[bytes] = field(default_factory=set)
    _numbers: set[bytes] = field(default_factory=set)

    async def run(self, rows: Iterable[Row]) -> None:
        """Goes over all rows.

        Raises:
            Failure: the node refuses the caller, or is not reachable for PATIENCE_SECONDS.
        """
        remaining = iter(rows)
        turn = asyncio.Lock()
        writing = asyncio.Semaphore(PARALLEL)

        async def work() -> None:
            while True:
                async with turn:
                    chunk = await asyncio.to_thread(lambda: list(islice(remaining, CHUNK)))
                if not chunk:
                    return
                await self._chunk(chunk, writing)
                self.advance(len(chunk))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(CHUNKS):
                tasks.create_task(work())

    async def _chunk(self, chunk: list[Row], writing: asyncio.Semaphore) -> None:
        commands = [(row, command) for row in chunk if (command := self._translated(row)) is not None]
        if not commands:
            return
        checks = await self._checked([command for _, command in commands])
        new = []
        for (row, command), check in zip(commands, checks, strict=True):
            if check.verdict == imports.IMPORT_VERDICT_NEW:
                new.append((row, command))
            else:
                self._settle(row, command, check)
        if self.dry_run:
            self.counts[WOULD] += len(new)
            return
        async with asyncio.TaskGroup() as tasks:
            for row, command in new:
                tasks.create_task(self._write(row, command, writing))

    def _translated(self, row: Row) -> imports.ImportCaseRequest | None:
        command = self.mapping.command(row, datetime.now(UTC))
        if isinstance(command, list):
            self._tell(row, str(row.values.get(self.mapping.external_id, "")), REFUSED, command)
            return None
        faults = list(self._twice(command.imported))
        if faults:
            self._tell(row, command.imported.external_id, REFUSED, faults)
            return None
        return command

    def _twice(self, case: imports.ImportedCase) -> Iterator[Fault]:
        if _known(self._ids, case.external_id):
            zh, en = (
                f"外部编号{case.external_id}在文件中重复",
                f"the external id {case.external_id} stands twice in the file",
            )
            yield Fault("external_id", "TWICE_IN_FILE", zh, en, self.mapping.external_id)
        elif case.case_number and _known(self._numbers, case.case_number):
            zh, en = f"案号{case.case_number}在文件中重复", f"the number {case.case_number} stands twice in the file"
            yield Fault("case_number", "TWICE_IN_FILE", zh, en, self.mapping.columns.get("case_number", ""))

    async def _checked(self, commands: list[imports.ImportCaseRequest]) -> list[imports.ImportCheck]:
        request = imports.CheckImportsRequest(cases=commands)
        answer: imports.CheckImportsResponse = await self._insist("CheckImports", request)
        return list(answer.checks)

    async def _write(self, row: Row, command: imports.ImportCaseRequest, writing: asyncio.Semaphore) -> None:
        try:
            async with writing:
                await self._insist("ImportCase", command)
        except Failure as failure:
            reason = failure.last.partition(" ")[0].rpartition("/")[2]
            if reason in _SETTLED_BEFORE:
                [check] = await self._checked([command])
                return self._settle(row, command, check)
            if failure.code is not ExitCode.REFUSED:
                raise
            self._tell(
                row, command.imported.external_id, REFUSED, [Fault("", reason, failure.sentence, failure.sentence)]
            )
        else:
            self.counts[NEW] += 1

    async def _insist(self, method: str, request: Message) -> Any:
        """Asks until it is answered; the same command again is harmless."""
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return await self.ask(grpc_pb.CasesServiceStub, method, request)
            except Failure as failure:
                if failure.code is not ExitCode.NOT_REACHABLE or monotonic() > until:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)

    def _settle(self, row: Row, command: imports.ImportCaseRequest, check: imports.ImportCheck) -> None:
        outcome = _VERDICTS[check.verdict]
        faults = [
            Fault(one.field, one.reason, one.zh, one.en, self.mapping.columns.get(one.field, ""))
            for one in check.faults
        ]
        self._tell(row, command.imported.external_id, outcome, [_CHANGED_FAULT] if outcome == CHANGED else faults)

    def _tell(self, row: Row, external_id: str, outcome: str, faults: list[Fault]) -> None:
        self.counts[outcome] += 1
        if self.report is None or outcome == UNCHANGED:
            return
        entry = {"row": row.number, "external_id": external_id, "outcome": outcome, "faults": list(map(asdict, faults))}
        self.report.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _known(seen: set[bytes], text: str) -> bool:
    """Whether a text was seen before; 16 bytes of it are remembered."""
    digest = hashlib.sha256(text.encode()).digest()[:16]
    if digest in seen:
        return True
    seen.add(digest)
    return False
