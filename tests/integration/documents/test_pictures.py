"""Every form looked at as a picture: nothing outside the margins, rules of the table, the seal in its place; and a few
against a small picture of how they look, which `ENFORCEMENT_GOLDEN=write` draws anew."""

import os
from pathlib import Path
from typing import Final

import pytest

from services.documents.registry import FORMS_DIR, Form, forms
from services.documents.settings import settings
from services.documents.typesetter import Typesetter
from tests.integration.documents.test_forms import printed
from tests.support.pictures import Picture, difference

PPI: Final = 36
CM: Final = PPI / 2.54
A4: Final = (21.0, 29.7)
MARGIN: Final = {"left": 2.6, "right": 2.4, "top": 2.0}
FOOT: Final = 1.0
"""Centimetres at the foot of a page that stay empty under its number."""
SLACK: Final = 2
"""Pixels that a line at the margin, and the shade around it, may reach beyond it."""
RULE: Final = 235
"""A ruled line of half a point is a light grey at this size."""
SEAL_CM: Final = 3.8
GOLDEN: Final = Path(__file__).with_name("pictures")
LOOKED_AT: Final = ("F1", "F11", "F14", "F15", "F23")
SMALLER: Final = 3
MEAN, MOST = 1.0, 60
"""How far a picture may be from the one that is kept: shades of a letter, and no line of text."""
EVERY_FORM = pytest.mark.parametrize("form", forms().values(), ids=lambda form: form.code)
RED = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#ff0000"/></svg>'


@pytest.fixture(scope="module")
def sealed(tmp_path_factory) -> Typesetter:
    """Prints a red square where the seal goes."""
    file = tmp_path_factory.mktemp("seal") / "seal.svg"
    file.write_bytes(RED)
    return Typesetter(settings().fonts_dir, settings().font_family, file)


def pages(typesetter: Typesetter, form: Form, **changes: object) -> list[Picture]:
    said = {**printed(form), **changes}
    return [Picture.read(page) for page in typesetter.png_now(form.template, said, ppi=PPI)]


def ruled(form: Form) -> bool:
    return "table(" in (FORMS_DIR / form.template).read_text(encoding="utf-8")


@EVERY_FORM
def test_a_sheet_keeps_its_margins_and_shows_its_rules_and_its_seal(form, sealed):
    seals = []
    across = down = 0
    for page in pages(sealed, form):
        assert (page.width, page.height) == (round(A4[0] * CM), round(A4[1] * CM))
        assert page.ink(right=int(MARGIN["left"] * CM) - SLACK) == 0, "left"
        assert page.ink(left=page.width - int(MARGIN["right"] * CM) + SLACK) == 0, "right"
        assert page.ink(bottom=int(MARGIN["top"] * CM) - SLACK) == 0, "top"
        assert page.ink(top=page.height - int(FOOT * CM)) == 0, "foot"
        lines = page.longest_lines(darker_than=RULE)
        across, down = max(across, lines[0]), max(down, lines[1])
        if box := page.red_box():
            seals.append(box)
            left, top, right, bottom = box
            assert right - left == pytest.approx(SEAL_CM * CM, abs=SLACK)
            assert bottom - top == pytest.approx(SEAL_CM * CM, abs=SLACK), "the seal is cut"
            assert (left + right) / 2 > page.width / 2, "the seal stands at the right"
    assert len(seals) == form.seal
    if ruled(form):
        assert across == pytest.approx(16 * CM, abs=2 * SLACK), "a rule from margin to margin"
        assert down >= CM, "a rule from row to row"


def kept(code: str) -> Path:
    return GOLDEN / f"{code}.png"


@pytest.mark.parametrize("code", LOOKED_AT)
def test_a_sheet_looks_as_it_did(code, sealed):
    [first, *_] = pages(sealed, forms()[code])
    small = first.smaller(SMALLER)
    if os.environ.get("ENFORCEMENT_GOLDEN") == "write":
        kept(code).write_bytes(small.png())
    mean, most = difference(small, Picture.read(kept(code).read_bytes()))
    assert mean < MEAN
    assert most < MOST


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("F15", {"authority": {"name": "荣昌区交通运输委员会执法支队"}}),
        ("F1", {"title": "登记表"}),
        ("F23", {"preview": True}),
    ],
)
def test_a_sheet_that_looks_otherwise_is_found(code, changes, sealed):
    [first, *_] = pages(sealed, forms()[code], **changes)
    mean, most = difference(first.smaller(SMALLER), Picture.read(kept(code).read_bytes()))
    assert mean >= MEAN or most >= MOST


def test_a_small_picture_is_read_as_it_was_written():
    picture = Picture((bytes([0, 128, 255]), bytes([255, 7, 9])))
    assert Picture.read(picture.png()) == picture
    assert Picture((bytes([0, 100, 9]), bytes([100, 200, 9]), bytes([9, 9, 9]))).smaller(2).grey == (bytes([100]),)
