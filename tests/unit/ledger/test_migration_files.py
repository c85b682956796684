"""Migration files: their names say order and stage."""

from pathlib import Path

import pytest

from services.kernel.ledger import Drift, Migrations


def folder(path: Path, *names: str) -> Migrations:
    for name in names:
        (path / name).write_text("SELECT 1")
    return Migrations("test", path)


def test_files_are_ordered_by_number(tmp_path: Path) -> None:
    files = folder(tmp_path, "0002_post_drop_old.sql", "0001_pre_first.sql").files()
    assert [(file.number, file.stage, file.name) for file in files] == [(1, "pre", "first"), (2, "post", "drop_old")]


@pytest.mark.parametrize("name", ["1_pre_short.sql", "0001_later_stage.sql", "0001_pre_Upper.sql"])
def test_a_name_outside_the_form_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Drift, match="is named"):
        folder(tmp_path, name).files()


@pytest.mark.parametrize("names", [("0002_pre_gap.sql",), ("0001_pre_one.sql", "0001_post_again.sql")])
def test_a_missing_or_doubled_number_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(Drift, match="numbers"):
        folder(tmp_path, *names).files()
