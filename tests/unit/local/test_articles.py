"""The law article by article: what a basis names, and that every decision of the law's chapters is found under it."""

import pytest

from deploy.reference.articles import by_article, cited


@pytest.mark.parametrize(
    ("basis", "named"),
    [
        ("行政处罚法 art. 42", [("行政处罚法", 42)]),
        ("行政处罚法 arts. 22, 25-27; design", [("行政处罚法", n) for n in (22, 25, 26, 27)]),
        ("拍卖法 art. 50; 行政强制法 arts. 46, 48", [("拍卖法", 50), ("行政强制法", 46), ("行政强制法", 48)]),
        ("行政处罚法 art. 60; 交通运输行政执法程序规定 (number of days: switch)", [("行政处罚法", 60)]),
        ("design", []),
        (
            "design, after 重庆市长寿区行政执法机关协同协作工作办法 art. 5",
            [("重庆市长寿区行政执法机关协同协作工作办法", 5)],
        ),
        ("design: 市场监督管理行政处罚信息公示规定 art. 13", [("市场监督管理行政处罚信息公示规定", 13)]),
        ("交通运输行政执法文书式样 form 1", []),
    ],
)
def test_a_basis_names_laws_and_articles(basis, named):
    assert list(cited(basis)) == named


@pytest.mark.parametrize(
    ("law", "articles", "without"),
    [
        # Art. 39 asks what an authority publishes of itself; 53 says that 67-69 hold for the simplified procedure.
        ("行政处罚法", range(22, 77), {39, 53}),
        # Art. 20 is about persons, 29-33 and 47 about accounts, which a transport authority does not freeze; 23 and 26
        # ask for judgement and care with what is seized, 59 is the court's.
        ("行政强制法", range(16, 60), {20, 23, 26, 29, 30, 31, 32, 33, 47, 59}),
        ("民事诉讼法", range(87, 96), set()),
    ],
    ids=["penalties", "compulsion", "service"],
)
def test_a_lawyer_finds_each_article_of_a_chapter(law, articles, without):
    found = by_article()[law]
    assert {article for article in articles if article not in found} == without
    held = [found[article] for article in articles if article in found]
    assert all(one.decisions or one.clocks or one.refusals for one in held)
