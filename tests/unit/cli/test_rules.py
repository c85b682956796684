"""`enforcement rules check`: what is wrong with files of rule sets is said, and ends with exit code 4."""

import json
from pathlib import Path

import pytest

from services.cli.main import run
from services.cli.output import ExitCode
from tests.unit.cases.discretion import sets


def written(folder: Path, name: str, content: bytes) -> str:
    file = folder / name
    file.write_bytes(content)
    return str(file)


def test_good_files_are_listed_with_their_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    benchmark = sets.content(sets.BENCHMARK, id="test-benchmark", precedence=90)
    files = [written(tmp_path, "lists.toml", sets.content()), written(tmp_path, "benchmark.toml", benchmark)]
    assert run(["rules", "check", *files, "--json"]) == ExitCode.DONE
    shown = json.loads(capsys.readouterr().out)["ruleSets"]
    assert [(one["code"], one["digest"], one["entries"], one["tiers"]) for one in shown] == [
        ("test-lists", sets.SETS[0].content_hash, 5, 0),
        ("test-benchmark", sets.SETS[1].content_hash, 0, 5),
    ]
    assert run(["rules", "check", *files]) == ExitCode.DONE
    assert "test-lists, test-benchmark" in capsys.readouterr().err


def test_every_mistake_of_every_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = written(tmp_path, "a.toml", sets.content(sets.LISTS.replace('"RTR-64"', '"RTR-99"')))
    heavy = sets.content(sets.BENCHMARK.replace("6_000_000, 10_000_000", "6_000_000, 10_000_001"), id="b-set")
    assert run(["rules", "check", unknown, written(tmp_path, "b.toml", heavy)]) == ExitCode.FOUND
    told = capsys.readouterr()
    assert not told.out
    assert "a.toml, entry EXEMPT 1: act RTR-99 is not in the catalogue" in told.err
    assert "b.toml, benchmark of RTR-63-2, bracket base, 严重: fine_fen [6000000, 10000001] leaves" in told.err


def test_ties_between_files_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [written(tmp_path, f"{one}.toml", sets.content(id=one)) for one in ("one-set", "other-set")]
    assert run(["rules", "check", *files]) == ExitCode.FOUND
    assert "one-set and other-set have precedence 100 both" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert run(["rules", "check", str(tmp_path / "none.toml")]) == ExitCode.WRONG_USE
