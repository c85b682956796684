"""Writes docs/reference, or with --check says which page is stale.

exit      0 written, or all pages say what the code says · 1 a page is stale, missing or not made here
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.reference import articles, cli, commands, deadlines, events, metrics, refusals, rules, settings, verdicts
from deploy.reference.markdown import page, table

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference"
COMMAND: Final = "make docs"
PAGES: Final[Mapping[str, tuple[str, Callable[[], str]]]] = {
    "articles.md": ("the law article by article, and where the code has it", articles.make),
    "cli.md": ("every command of `enforcement`, in both languages", cli.make),
    "commands.md": ("every gRPC method: who may call it, on which aggregate, what it does", commands.make),
    "deadlines.md": ("every statutory clock: what starts and ends it, how long it runs, who must act", deadlines.make),
    "events.md": ("every event: to whom it is told, who sees which field", events.make),
    "metrics.md": ("every metric, span and attribute", metrics.make),
    "refusals.md": ("every reason to say no, with its legal basis, in both languages", refusals.make),
    "rules.md": ("the dated switches: what no verified text settles", rules.make),
    "settings.md": ("every environment variable, with type, unit and default", settings.make),
    "verdicts.md": ("every outcome that a received envelope can have", verdicts.make),
}


def pages() -> dict[str, str]:
    """Every page by the name of its file, the index among them."""
    index = table(("Page", "Holds"), [(f"[{name}]({name})", holds) for name, (holds, _) in PAGES.items()])
    made = {"README.md": page("Reference", "`deploy/reference`", "Made from the code that runs.", index)}
    return made | {name: make() for name, (_, make) in PAGES.items()}


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Puts the pages into the folder and removes what else lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def stale(folder: Path, made: Mapping[str, str]) -> list[str]:
    """Names of pages that are missing, say something else, or are not made here."""
    found = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")}
    return sorted(name for name in found.keys() | made.keys() if found.get(name) != made.get(name))


def main(arguments: list[str]) -> int:
    """Runs one of both; returns the exit code."""
    made = pages()
    if "--check" not in arguments:
        write(FOLDER, made)
        return 0
    names = stale(FOLDER, made)
    for name in names:
        print(f"docs/reference/{name} is stale: run `{COMMAND}` and commit what it changes", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
