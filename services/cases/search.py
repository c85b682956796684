"""Words of a case as search compares them, and the pairs of characters that its index holds.

Chinese has no blanks between words, so a text is indexed by every pair of neighbours: 泸永桥 by 泸永 and 永桥.
A case is a candidate when it has all pairs of what is looked for; then its text must hold the words as they are.

Why pairs in an array column: they need no extension and no dictionary, a name of two characters is one pair (trigrams,
as pg_trgm makes them, find no index for it), and the fold that makes them is plain code with tests.
"""

import unicodedata
from typing import Final

from services.kernel.errors import KernelRefusal, Refused

WORD_MIN: Final = 2
"""Characters of the shortest word that can be looked for."""
_BETWEEN: Final = "\n"
"""Stands between parts: no pair and no word reaches over it."""


def normal(text: str) -> str:
    """Letters, digits and characters only, in one width and case: "川Ｅ·12345" is "川e12345"."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def content(*parts: str) -> str:
    """The parts of a case as they are searched."""
    return _BETWEEN.join(filter(None, map(normal, parts)))


def pairs(text: str) -> list[str]:
    """Every pair of neighbouring characters of a content or a word, each once, in order."""
    found = {text[at : at + 2] for at in range(len(text) - 1)}
    return sorted(pair for pair in found if _BETWEEN not in pair)


def words(query: str) -> list[str]:
    """What somebody typed, word by word.

    Raises:
        Refused: INVALID_REQUEST; one character alone is in too many texts.
    """
    found = [word for word in map(normal, query.split()) if word]
    if short := [word for word in found if len(word) < WORD_MIN]:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=f"{'、'.join(short)}: 至少{WORD_MIN}个字")
    return found
