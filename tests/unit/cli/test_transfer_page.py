"""The page of a proof: every step that one authority tells another has its name and its article on it."""

import pytest

from services.cli.transfer_page import RECEIVED_BASIS, Titles, page
from services.kernel.messages import is_restricted
from services.kernel.proof import check, compare, dump
from tests.support.members import CATALOGUE
from tests.support.proofs import transferred

TITLES = Titles.load()
TOLD = sorted(
    name
    for name, shared in CATALOGUE.shared.items()
    if name.startswith("enforcement.transfer.") and shared.addressees and not is_restricted(name)
)


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_has_a_chinese_name_and_an_article(name: str):
    assert not TITLES.of(name).isascii()
    assert RECEIVED_BASIS[name]


def test_nothing_else_has_an_article_here():
    assert sorted(RECEIVED_BASIS) == TOLD


def test_the_page_says_who_did_what_when_and_that_both_files_agree():
    bureau, police = transferred().proofs()
    first, second = check(bureau, CATALOGUE), check(police, CATALOGUE)
    made = page(dump(bureau), first, compare(first, second), TITLES)
    assert [(step["title"], step["by"]) for step in made["steps"]] == [
        ("移送公安机关", "jt-510521（jt-510521）"),
        ("签收回执", "ga-510521（ga-510521）"),
    ]
    assert {one["state"] for one in made["told"]} == {"两方文件逐字节一致"}
    assert made["findings"] == []
    alone = page(dump(bureau), first, None, TITLES)
    assert {one["state"] for one in alone["told"]} == {"回执签名成立"}
