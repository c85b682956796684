"""The search for what must not be there finds what is there, in every form in which it is stored."""

import pytest

from deploy.local.story.search import Finder

NAME = "贺德全"


@pytest.mark.parametrize(
    "pieces",
    [
        [f"a row with {NAME} in it".encode()],
        [b"\\\\x0a" + NAME.encode().hex().encode() + b"00"],
        [NAME.encode()[:4], NAME.encode()[4:]],
        [*(bytes([byte]) for byte in NAME.encode())],
    ],
    ids=["text", "bytes as COPY writes them", "across two pieces", "byte by byte"],
)
def test_a_word_is_found(pieces: list[bytes]) -> None:
    finder = Finder([NAME, "川E·0Q618"])
    for piece in pieces:
        finder.read(piece)
    assert finder.result("here").found == (NAME,)


def test_what_is_not_there_is_not_found() -> None:
    finder = Finder([NAME])
    finder.read("贺德、全".encode() * 1000)
    assert finder.result("here").found == ()
