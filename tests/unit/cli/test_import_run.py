"""A run over a file tells how far it is: every row once, whatever became of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from enforcement.cases.v1 import import_pb2 as imports
from google.protobuf.message import Message

from services.cli.case.imports import run
from services.cli.case.imports.rows import Row
from services.cli.case.imports.run import CHUNK, Importing
from tests.unit.cli.test_import_mapping import MAPPING, ROW, load

LAST = 2 * CHUNK + 7
"""Rows of the file: two whole chunks and a rest."""
UNREADABLE, TWICE = 3, CHUNK + 1


def rows() -> list[Row]:
    """A file with a row that the mapping cannot read, and one whose external id stands in it before."""
    values = [{**ROW, "证据": "", "ID": f"A-{number}", "案号": f"旧〔2020〕{number}号"} for number in range(LAST)]
    values[UNREADABLE]["立案日期"] = "昨天"
    values[TWICE]["ID"] = "A-0"
    return [Row(number + 2, one, number.to_bytes(32, "big")) for number, one in enumerate(values)]


def verdict(command: imports.ImportCaseRequest) -> imports.ImportVerdict.ValueType:
    """What a node knows of a case: by turns it is new, imported before, changed since, refused."""
    return list(imports.ImportVerdict.values())[1:][int(command.imported.external_id.removeprefix("A-")) % 4]


async def answer(stub: Any, method: str, request: Message) -> Message:
    """The node's side, which answers later than it is asked."""
    await asyncio.sleep(0)
    if isinstance(request, imports.CheckImportsRequest):
        return imports.CheckImportsResponse(checks=[imports.ImportCheck(verdict=verdict(one)) for one in request.cases])
    return Message()


@pytest.mark.parametrize(("dry_run", "written"), [(False, run.NEW), (True, run.WOULD)], ids=["import", "dry run"])
async def test_the_progress_and_the_counts_both_add_up_to_the_rows(tmp_path: Path, dry_run: bool, written: str):
    told: list[int] = []
    importing = Importing(load(tmp_path, MAPPING), answer, dry_run=dry_run, advance=told.append)
    await importing.run(rows())
    assert sum(told) == LAST
    assert sorted(told) == [LAST - 2 * CHUNK, CHUNK, CHUNK]
    verdicts = [number % 4 for number in range(LAST) if number not in (UNREADABLE, TWICE)]
    assert importing.counts == {
        written: verdicts.count(0),
        run.UNCHANGED: verdicts.count(1),
        run.CHANGED: verdicts.count(2),
        run.REFUSED: verdicts.count(3) + 2,
    }
    assert importing.counts.total() == LAST


async def test_rows_of_which_the_node_hears_nothing_are_done_with_as_well(tmp_path: Path):
    told: list[int] = []
    importing = Importing(load(tmp_path, MAPPING), answer, dry_run=False, advance=told.append)
    await importing.run([rows()[UNREADABLE]])
    assert (told, importing.counts) == ([1], {run.REFUSED: 1})
