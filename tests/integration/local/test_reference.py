"""Reference pages say what the code says, and nothing in them is without a meaning."""

import re
from pathlib import Path

import pytest
from enforcement.transfer.v1 import events_pb2 as transfer

from deploy.reference import deadlines, events, metrics, rules, settings, source
from deploy.reference.__main__ import main, stale, write
from deploy.reference.markdown import cell, table
from services.cli.contract import comments
from services.kernel.deadlines import by_number, by_policy, calendar_days, hours, working_days
from services.kernel.envelopes.disclosure import Catalogue


@pytest.fixture(scope="module")
def events_page() -> str:
    return events.make()


def section(page: str, heading: str) -> str:
    """What stands below a heading, to the next one."""
    return page.split(f"\n{heading}\n", maxsplit=1)[1].split("\n#", maxsplit=1)[0]


def heading(view: str) -> str:
    """Heading of the event that a line of the disclosed views begins with."""
    return f"### {source.short(view.split(maxsplit=1)[0])}"


def rows(text: str) -> list[list[str]]:
    """Cells of every row of every table, without headings."""
    lines = re.sub(r"^\|.*\n\|( --- \|)+$", "", text, flags=re.MULTILINE).splitlines()
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]


def test_a_page_that_says_something_else_is_stale(tmp_path: Path):
    made = {"a.md": "as made", "b.md": "as made", "c.md": "as made"}
    write(tmp_path, made)
    (tmp_path / "a.md").write_text("changed by hand")
    (tmp_path / "b.md").unlink()
    (tmp_path / "d.md").write_text("not made here")
    assert stale(tmp_path, made) == ["a.md", "b.md", "d.md"]


def test_writing_leaves_nothing_stale(tmp_path: Path):
    (tmp_path / "d.md").write_text("not made here")
    made = {"a.md": "as made"}
    write(tmp_path, made)
    assert stale(tmp_path, made) == []


def test_the_check_names_the_page_and_the_command(monkeypatch, capsys, tmp_path: Path):
    monkeypatch.setattr("deploy.reference.__main__.FOLDER", tmp_path)
    monkeypatch.setattr("deploy.reference.__main__.pages", lambda: {"a.md": "as made"})
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/reference/a.md is stale: run `make docs` and commit what it changes\n"


@pytest.mark.parametrize(
    ("make", "meaning"),
    [(settings.make, -1), (metrics.make, -1), (rules.make, 3)],
    ids=["settings", "metrics", "rules"],
)
def test_everything_has_a_meaning(make, meaning: int):
    found = rows(make())
    assert len(found) > 10
    assert [row[0] for row in found if not row[meaning].strip()] == []


def test_the_events_page_calls_private_what_disclosure_keeps(events_page: str):
    for line in Catalogue.load().views():
        if not line.startswith(" "):
            said = {row[0].strip(" `"): row[2].strip() for row in rows(section(events_page, heading(line)))}
        elif "." not in (path := line.split()[1]):
            assert (said[path] == "private") == (line.split()[0] == "private"), path


def test_a_field_is_told_with_its_comment_and_its_part(events_page: str):
    said = section(events_page, "### transfer.CaseTransferred")
    assert "| `police_id` | string | feed |" in said
    assert "[transfer.Suspect](#transfersuspect), repeated | addressees |" in said


def test_comments_come_from_the_protos():
    assert comments()[f"{transfer.TransferOpened.DESCRIPTOR.full_name}.case_number"].startswith("Private:")


@pytest.mark.parametrize(
    ("within", "words"),
    [
        (hours(24), "24 hours"),
        (working_days(7), "7 working days"),
        (calendar_days(3), "3 calendar days, rolls to the next working day"),
        (by_number("request_ack_working_days", working_days), "2 working days; the number by the switch"),
        (by_policy("o310_days", calendar=calendar_days(3), working=working_days(3)), "by default `calendar`"),
    ],
)
def test_a_limit_is_told_in_words(within, words: str):
    assert words in deadlines.limit(within)


def test_a_condition_is_told_as_it_is_written():
    assert source.expression(lambda event: event.phase > 3) == "event.phase > 3"


def test_an_unlucky_text_stays_in_its_cell():
    assert table(("a",), [(cell("x | y\n<z> `a|<b>` *"),)]).splitlines()[2] == "| x \\| y &lt;z> `a\\|<b>` \\* |"
