"""The text of a decision is what its sheet says: nothing else, and nothing less."""

import re

import pytest

from services.documents.registry import forms
from services.documents.typesetter import typesetter
from services.documents.wording import text_of
from tests.integration.documents.test_forms import plain, printed, shown_on
from tests.unit.documents import samples

FOOTER = re.compile(r"[FX]\d+·[0-9a-f]{12}第\d+页共\d+页")
LAYOUT = re.compile(
    r"(\(印章\)|当事人|个人|单位|性别、年龄|联系电话|姓名|身份证件号|住址|名称|地址|法定代表人|统一社会信用代码"
    r"|本文书一式两份:一份存根,一份交当事人或者其代理人。)"
)
"""What a sheet has besides: labels of empty rows, seal, how many copies."""


@pytest.mark.parametrize("party", [samples.PARTY, samples.COMPANY], ids=["person", "organisation"])
@pytest.mark.parametrize("code", ["F15", "X7"])
def test_every_line_is_on_the_sheet_and_the_sheet_says_nothing_else(code, party):
    form = forms()[code]
    said = printed(form)
    blank = dict.fromkeys(("sex", "age", "representative"), "")
    said["fields"]["party"] = {**blank, **party, "organisation": party is samples.COMPANY}
    rest = FOOTER.sub("", shown_on(typesetter(), form, said))
    for line in sorted(text_of(said).split("\n"), key=len, reverse=True):
        assert plain(line) in rest, line
        rest = rest.replace(plain(line), "", 1)
    assert LAYOUT.sub("", rest) == ""


@pytest.mark.parametrize("name", ["vehicle", "defence_review", "discretion", "notice_number", "performance"])
def test_what_a_decision_need_not_say_is_in_the_text_when_it_does(name):
    said = printed(forms()["F15"])
    without = {**said, "fields": {key: value for key, value in said["fields"].items() if key != name}}
    missing = set(text_of(said).split("\n")) - set(text_of(without).split("\n"))
    assert len(missing) == 1
    assert plain(missing.pop()) not in shown_on(typesetter(), forms()["F15"], without)


@pytest.mark.parametrize("code", [code for code in forms() if code not in ("F15", "X7")])
def test_a_form_that_is_not_published_has_no_text(code):
    assert text_of(printed(forms()[code])) == ""


def test_a_corrected_decision_says_so():
    said = {**printed(forms()["F15"]), "version": 2, "correction": "身份证件号笔误"}
    assert text_of(said).endswith("更正说明：身份证件号笔误")
