"""A basis is read in Chinese as people cite it."""

import re

import pytest

from services.kernel.citation import in_chinese
from services.node.composition import SERVICES

ENGLISH = re.compile(r"[A-Za-z]{3,}")
SERVED = {service.name: service for services in SERVICES.values() for service in services}


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("国务院令第310号 art. 7", "国务院令第310号第7条"),
        ("国务院令第310号 arts. 5, 6", "国务院令第310号第5、6条"),
        ("国务院令第310号 arts. 4-6; 刑事诉讼法 art. 54", "国务院令第310号第4至6条；刑事诉讼法第54条"),
        ("行政处罚法 art. 41; number of days: design", "行政处罚法第41条；天数：本系统规则"),
    ],
)
def test_articles_are_written_as_a_court_writes_them(basis: str, words: str):
    assert in_chinese(basis) == words


@pytest.mark.parametrize("service", SERVED)
def test_whoever_reads_chinese_reads_every_basis_of_a_step_and_of_a_clock_in_it(service: str):
    bases = {basis for aggregate in SERVED[service].aggregates for basis in aggregate.bases.values()}
    bases |= {clock.basis for clock in SERVED[service].deadlines}
    assert {basis for basis in bases if ENGLISH.search(in_chinese(basis))} == set()
