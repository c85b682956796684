"""From what a template prints to a PDF, by Typst in this process.

Promise   the same sheet, template, style and fonts give the same bytes: no clock, no random, no font of the system.
Not       bytes that outlive a new compiler: what was rendered is kept as a file, and never rendered again to compare.
Bounds    one sheet at a time: a compiler keeps its fonts and is no faster in two threads on one core.
Failing   a template that does not compile: Unrendered, with Typst's words. A character that the font lacks is no error
          to Typst, which prints a box: `lacking` is asked before a document is issued.
Owns      one compiler and one thread.
"""

import asyncio
import base64
import json
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import typst
import uharfbuzz

from services.documents.registry import FORMS_DIR
from services.documents.settings import settings
from services.kernel.errors import EnforcementError

MAIN: Final = "main.typ"
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")


class Unrendered(EnforcementError):
    """Typst could not make the sheet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rendered document."""

    pdf: bytes
    pages: int


class Typesetter:
    """One compiler with its fonts.

    Args:
        fonts_dir: folder with font files.
        family: family that everything is set in.
        seal_file: picture of the seal; None leaves its place empty.

    Raises:
        ValueError: the folder has no such family, for which Typst would take another without a word; or the seal cannot
            be printed.
    """

    def __init__(self, fonts_dir: Path, family: str, seal_file: Path | None = None) -> None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts_dir])
        if family not in fonts.families():
            raise ValueError(
                f"no font {family!r} in {fonts_dir}; there: {', '.join(fonts.families()) or 'none'}."
                " Run `make setup`, or set ENFORCEMENT_DOCUMENTS_FONTS_DIR"
            )
        self._family = family
        self._glyphs = _glyphs(font for font in fonts.fonts() if font.family == family)
        self._seal = _seal(seal_file)
        self._compiler = typst.Compiler(
            FORMS_DIR / MAIN, root=FORMS_DIR, font_paths=[fonts_dir], ignore_system_fonts=True
        )
        if seal_file is not None:
            self._require_seal(seal_file)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="typst")

    def _require_seal(self, file: Path) -> None:
        """A seal that does not print is found at the start, not on the first decision."""
        try:
            self._compile("seal.typ", {}, "pdf")
        except Unrendered as error:
            raise ValueError(f"the seal's picture {file} cannot be printed: {error}") from error

    def lacking(self, text: str) -> str:
        """Characters of a text that the font has no glyph for, each once: rare names (生僻字) would print as boxes."""
        return "".join(dict.fromkeys(c for c in text if ord(c) not in self._glyphs and not c.isspace()))

    async def pdf(self, template: str, printed: Mapping[str, Any]) -> Sheet:
        """Renders a sheet.

        Raises:
            Unrendered: Typst's words.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.pdf_now, template, printed)

    def pdf_now(self, template: str, printed: Mapping[str, Any]) -> Sheet:
        """The same, in the caller's thread.

        Raises:
            Unrendered: Typst's words.
        """
        made = self._compile(template, printed, "pdf")
        assert isinstance(made, bytes)
        return Sheet(made, len(_PAGE.findall(made)))

    def png_now(self, template: str, printed: Mapping[str, Any], *, ppi: float = 96) -> list[bytes]:
        """Pictures of the pages, to look at.

        Raises:
            Unrendered: Typst's words.
        """
        made = self._compile(template, printed, "png", ppi)
        return [made] if isinstance(made, bytes) else list(made)

    def _compile(
        self, template: str, printed: Mapping[str, Any], kind: Literal["pdf", "png"], ppi: float | None = None
    ) -> Any:
        inputs = {
            "template": template,
            "data": json.dumps(printed, ensure_ascii=False),
            "family": self._family,
            "seal": self._seal,
        }
        try:
            return self._compiler.compile(format=kind, sys_inputs=inputs, ppi=ppi)
        except typst.TypstError as error:
            raise Unrendered(str(error)) from error


def _glyphs(fonts: Iterable[typst.FontInfo]) -> frozenset[int]:
    """Code points that every weight of the family has."""
    covered: frozenset[int] | None = None
    for info in fonts:
        here = frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(info.path), info.index).unicodes)
        covered = here if covered is None else covered & here
    return covered or frozenset()


def _seal(file: Path | None) -> str:
    """The seal's picture as SVG, which a template takes as text; empty for none.

    Raises:
        ValueError: it is neither PNG nor SVG, or cannot be read.
    """
    if file is None:
        return ""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ValueError(f"the seal's picture cannot be read: {error}") from error
    if file.suffix.lower() == ".svg":
        return content.decode()
    if not content.startswith(b"\x89PNG"):
        raise ValueError(f"the seal's picture {file} is neither SVG nor PNG")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    picture = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/png;base64,{picture}"/></svg>'
    )


@cache
def typesetter() -> Typesetter:
    """The typesetter of this process.

    Raises:
        ValueError: the font is not there, or the seal's file.
    """
    from services.documents.settings import letterhead

    configured = settings()
    seal = letterhead().seal_file
    beside = configured.letterhead_file.parent / seal if seal and configured.letterhead_file else None
    return Typesetter(configured.fonts_dir, configured.font_family, beside)
