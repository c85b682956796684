"""The code on printed letters (核对码): by it people match an answer on paper with the matter that it answers.

    code   the first 40 bits of SHA-256("xl/letter/v1" LF ‖ id of the matter), in Crockford's base 32, e.g. "7K2M-Q9XD"

Not a secret and no signature: whoever knows the id can compute it. It catches the wrong letter and the misread one.
"""

import hashlib
from typing import Final

__all__ = ["letter_code", "read_letter_code"]

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE: Final = str.maketrans("OILU", "011V")
"""What people read as another character; U is none of the digits, and in a hurry V."""


def letter_code(matter_id: str) -> str:
    """The code of a matter's letters."""
    bits = int.from_bytes(hashlib.sha256(b"xl/letter/v1\n" + matter_id.encode()).digest()[:5])
    digits = "".join(_DIGITS[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{digits[:4]}-{digits[4:]}"


def read_letter_code(typed: str) -> str:
    """A code as somebody typed it, in the form that `letter_code` gives: case, hyphen and look-alikes do not count."""
    digits = typed.upper().replace("-", "").translate(_ALIKE)
    return f"{digits[:4]}-{digits[4:]}"
