"""The little Markdown that reference pages need: headings, paragraphs, tables whose cells are one line each."""

from collections.abc import Iterable, Sequence
from typing import Final

HEADER: Final = "<!-- Made from {source} by `make docs`; changes made here are lost. -->"


def page(title: str, source: str, *blocks: str) -> str:
    """A whole page. `source` names what it is made from, so that a reader knows where to change it."""
    return "\n\n".join([HEADER.format(source=source), f"# {title}", *filter(None, blocks)]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty text for no rows. Cells are taken as they are: `cell` makes them of text."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(headings)} |", "|" + " --- |" * len(headings), *lines])


def cell(text: str) -> str:
    """Text as one line that means itself: only what stands between backticks is code, nothing is markup."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["'".join(parts[-2:])]
    plain = [part if n % 2 else _plain(part) for n, part in enumerate(parts)]
    return "`".join(plain).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code; nothing for nothing."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several pieces of code in one cell."""
    return ", ".join(map(code, texts))


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")
