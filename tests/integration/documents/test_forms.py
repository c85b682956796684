"""Every form: what it must say is asked for, what it says is on the sheet, and the sheet is always the same."""

import re
import shutil
import unicodedata
from dataclasses import replace
from io import BytesIO
from typing import Any

import hypothesis
import pytest
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from hypothesis import strategies
from pypdf import PdfReader

from services.documents.model import Refusal, document
from services.documents.present import sheet
from services.documents.registry import FORMS_DIR, Form, forms, read
from services.documents.settings import settings
from services.documents.stored import read_snapshot
from services.documents.typesetter import Typesetter
from services.documents.typesetter import typesetter as process_typesetter
from services.kernel.values import term
from tests.support.decider import given
from tests.unit.documents import samples

STATUTORY = [
    "立案登记表",
    "询问笔录",
    "勘验笔录",
    "现场笔录",
    "抽样取证凭证",
    "证据登记保存清单",
    "解除证据登记保存决定书",
    "行政强制措施决定书",
    "延长行政强制措施期限通知书",
    "解除行政强制措施决定书",
    "违法行为通知书",
    "听证通知书",
    "听证笔录",
    "当场行政处罚决定书",
    "行政处罚决定书",
    "责令改正违法行为通知书",
    "分期（延期）缴纳罚款通知书",
    "执行公告",
    "催告书",
    "行政强制执行决定书",
    "代履行决定书",
    "中止（终结、恢复）行政强制执行通知书",
    "送达回证",
    "结案报告",
]
EVERY_FORM = pytest.mark.parametrize("form", forms().values(), ids=lambda form: form.code)
REQUIRED = [(form, name) for form in forms().values() for name, field in form.fields.items() if field.required]


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(settings().fonts_dir, settings().font_family)


@pytest.fixture(scope="module")
def another() -> Typesetter:
    """A second one, which remembers nothing of the first."""
    return Typesetter(settings().fonts_dir, settings().font_family)


def printed(form: Form, number: str = "") -> dict[str, Any]:
    """What the template of a form with everything it says prints."""
    outcome = given(document).when(
        samples.issue(form), found=samples.known_for(form), officers=samples.SIGNING, at="2024-11-05 10:00"
    )
    assert outcome.refusal is None, outcome.refusal.zh
    [issued] = outcome.events
    assert isinstance(issued, pb.DocumentIssued)
    return sheet(form, read_snapshot(issued), number=number or f"川泸交{form.word}〔2024〕1号")


def shown_on(typesetter: Typesetter, form: Form, said: dict[str, Any]) -> str:
    """The text of a sheet as a reader of the PDF gets it, without white space."""
    reader = PdfReader(BytesIO(typesetter.pdf_now(form.template, said).pdf))
    return plain("".join(page.extract_text() for page in reader.pages))


def plain(text: str) -> str:
    """Without white space, and with one form of each character: a font may have two."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_the_twenty_four_statutory_forms_are_there_under_their_names():
    assert [forms()[f"F{n}"].title for n in range(1, 25)] == STATUTORY


@EVERY_FORM
def test_a_form_with_everything_it_says_is_issued(form):
    assert printed(form)["title"] == form.title


@pytest.mark.parametrize(("form", "name"), REQUIRED, ids=lambda value: getattr(value, "code", value))
def test_a_form_without_something_it_must_say_is_refused_and_says_what(form, name):
    field = form.fields[name]
    known = samples.known_for(form, without=name)
    if field.fact.startswith("authority."):
        known = replace(known, letterhead=type(known.letterhead)(prefix="川泸交"), facts={})
    command = samples.issue(form, without=name)
    outcome = given(document).when(command, found=known, officers=samples.SIGNING)
    assert outcome.refusal is not None
    assert outcome.refusal.code is Refusal.FIELDS_MISSING
    assert field.label in outcome.refusal.variables["missing"].split("；")
    assert form.title in outcome.refusal.zh


@pytest.mark.parametrize(
    ("form", "role"),
    [(form, role) for form in forms().values() for role, least in form.signers.items() if least],
    ids=lambda value: getattr(value, "code", str(value)),
)
def test_a_form_that_nobody_signs_in_a_role_it_asks_for_is_refused(form, role):
    command = samples.issue(form)
    kept = [signer for signer in command.signers if signer.role != role]
    del command.signers[:]
    command.signers.extend(kept)
    outcome = given(document).when(command, found=samples.known_for(form), officers=samples.SIGNING)
    assert outcome.refusal is not None
    assert outcome.refusal.code is Refusal.SIGNERS_MISSING
    assert term(options.Role, role) in outcome.refusal.zh


@EVERY_FORM
def test_the_same_snapshot_gives_the_same_bytes_and_another_gives_others(form, typesetter, another):
    said = printed(form)
    first, again = typesetter.pdf_now(form.template, said), typesetter.pdf_now(form.template, said)
    assert first == again
    assert another.pdf_now(form.template, said) == first
    assert first.pages == len(PdfReader(BytesIO(first.pdf)).pages)
    assert typesetter.pdf_now(form.template, {**said, "number": "川泸交〔2024〕2号"}).pdf != first.pdf


@EVERY_FORM
def test_every_word_of_the_snapshot_is_on_the_sheet(form, typesetter):
    said = printed(form)
    shown = shown_on(typesetter, form, said)
    for words in wanted(said):
        assert plain(words) in shown, words


def wanted(said: dict[str, Any]) -> list[str]:
    """Title, numbers, authority, who signs, and every text that a field of the form has."""
    own = [said["title"], said["number"], said["authority"]["name"]]
    names = [signer["name"] for signers in said["signers"].values() for signer in signers]
    return [*own, *names, *(words for value in said["fields"].values() for words in texts(value))]


def texts(value: object) -> list[str]:
    match value:
        case str():
            return re.split(r"[\n。]", re.sub(r"^涉嫌", "", value)) if len(value) < 400 else []
        case {"text": text}:
            return [str(text)]
        case list():
            return [words for one in value for words in texts(one)]
        case dict():
            return [words for key, one in value.items() if key in PRINTED_PARTS for words in texts(one)]
        case _:
            return []


PRINTED_PARTS = {"name", "description", "q", "a", "title", "due_on", "amount", "plate"}


@EVERY_FORM
def test_a_sheet_has_the_seal_the_stub_and_the_partys_line_that_its_form_declares(form, typesetter):
    shown = shown_on(typesetter, form, printed(form))
    assert ("(印章)" in shown.replace("受案公安机关(印章)", "")) == form.seal
    assert ("(回执)" in shown) == form.receipt
    assert bool(re.search(r"(签名|签收|盖章)\)?:?_*年月日", shown)) >= form.party_signs


@EVERY_FORM
def test_no_template_prints_an_article_of_the_rules_of_procedure_that_nobody_read(form):
    template = (FORMS_DIR / form.template).read_text(encoding="utf-8")
    assert "程序规定" not in template
    assert not re.search(r"(?<!办理刑事案件)程序规定", form.law)  # those of the police were read


def test_the_remedy_of_an_on_the_spot_penalty_is_reconsideration_first(typesetter):
    shown = shown_on(typesetter, forms()["F14"], printed(forms()["F14"]))
    assert "应当先自收到本决定书之日起六十日内向泸县人民政府申请行政复议" in shown
    assert "或者在六个月内依法向" not in shown


def test_the_remedy_of_a_decision_is_reconsideration_or_suit(typesetter):
    shown = shown_on(typesetter, forms()["F15"], printed(forms()["F15"]))
    assert (
        "可以在收到本决定书之日起六十日内向泸县人民政府申请行政复议,或者在六个月内依法向泸县人民法院提起行政诉讼"
        in shown
    )


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("行政强制执行决定书", "该行政强制执行"),
        ("代履行决定书", "该行政强制执行"),
        ("行政处罚决定书", "对该决定的执行"),
        ("当场行政处罚决定书", "对该决定的执行"),
        ("代履行费用决定书", "对该决定的执行"),
    ],
)
def test_a_notice_speaks_of_own_execution_only_where_there_is_one(typesetter, title, words):
    form = forms()["F22"]
    said = printed(form)
    said["fields"]["enforced"] = title
    shown = plain(shown_on(typesetter, form, said))
    assert f"《{title}》" in shown
    assert words in shown
    assert (title == "行政强制执行决定书") == ("《行政强制执行决定书》" in shown)


@pytest.mark.parametrize("code", ["F17", "F19", "X14"])
def test_a_sheet_of_a_fine_on_the_spot_calls_its_decision_by_its_title(typesetter, code):
    form = forms()[code]
    said = printed(form)
    said["fields"]["decision_title"] = "当场行政处罚决定书"
    assert "《当场行政处罚决定书》" in plain(shown_on(typesetter, form, said))


def test_amounts_stand_in_capital_numerals_beside_digits(typesetter):
    shown = shown_on(typesetter, forms()["F15"], printed(forms()["F15"]))
    assert "罚款人民币壹万元整(¥10,000.00)" in shown


def test_a_preview_is_marked_and_has_no_number(typesetter):
    said = {**printed(forms()["F15"]), "preview": True, "number": ""}
    shown = shown_on(typesetter, forms()["F15"], said)
    assert "预览" in shown
    assert "预览,未编号" in shown


def test_a_correction_says_which_version_it_is_and_which_it_replaces(typesetter):
    said = {**printed(forms()["F15"]), "version": 2, "correction": "身份证件号笔误"}
    shown = shown_on(typesetter, forms()["F15"], said)
    assert "(第2版,替代第1版)" in shown
    assert "更正说明:身份证件号笔误" in shown


@pytest.mark.parametrize("name", ["F1", "立案登记表", "立案审批表"])
def test_a_form_is_known_by_its_code_its_title_and_the_name_of_an_older_list(name):
    command = samples.issue(forms()["F1"])
    command.form = name
    [issued] = given(document).when(command, found=samples.known_for(forms()["F1"]), officers=samples.SIGNING).events
    assert isinstance(issued, pb.DocumentIssued)
    assert issued.form == "F1"


def test_no_two_forms_go_by_one_name(tmp_path):
    shutil.copytree(FORMS_DIR, tmp_path / "forms")
    file = tmp_path / "forms" / "forms.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"立案审批表"', '"询问笔录"'), encoding="utf-8")
    with pytest.raises(ValueError, match="two forms have one name: 询问笔录"):
        read(tmp_path / "forms")


def test_a_form_that_does_not_exist_is_refused():
    command = samples.issue(forms()["F1"])
    command.form = "F25"
    given(document).when(command, found=samples.known()).refused(Refusal.UNKNOWN_FORM, form="F25")


def test_a_folder_without_the_font_stops_the_start(tmp_path):
    with pytest.raises(ValueError, match="make setup"):
        Typesetter(tmp_path, settings().font_family)
    with pytest.raises(ValueError, match="no font"):
        Typesetter(settings().fonts_dir, "仿宋")


def test_what_looks_like_the_typesetters_language_is_printed_as_it_stands(typesetter):
    said = printed(forms()["F15"])
    hostile = '#read("forms.toml") *粗* $x$ <a> @b \\ // 注 #import "style.typ"'
    said["fields"]["violated"] = hostile
    assert plain(hostile) in shown_on(typesetter, forms()["F15"], said)


@hypothesis.settings(max_examples=40)
@hypothesis.given(text=strategies.text(min_size=1, max_size=120), code=strategies.sampled_from(list(forms())))
def test_whatever_somebody_writes_there_is_a_sheet(text, code):
    form = forms()[code]
    said = printed(form)
    said["fields"] = {name: written(value, text) for name, value in said["fields"].items()}
    assert process_typesetter().pdf_now(form.template, said).pages >= 1


def written(value: object, text: str) -> object:
    """The same value with another text in every place for one."""
    match value:
        case str():
            return text
        case list():
            return [written(one, text) for one in value]
        case dict():
            return {key: written(one, text) for key, one in value.items()}
        case _:
            return value


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""One transparent pixel."""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("seal.png", PNG),
        ("seal.svg", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'),
    ],
)
def test_the_seal_stands_where_the_sheet_has_its_place(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    sealed = Typesetter(settings().fonts_dir, settings().font_family, file)
    shown = shown_on(sealed, forms()["F15"], printed(forms()["F15"]))
    assert "(印章)" not in shown
    assert "泸县交通运输局2024年11月5日" in shown


@pytest.mark.parametrize(("name", "content"), [("seal.jpg", b"JFIF"), ("seal.svg", b"<svg"), ("seal.png", PNG[:20])])
def test_a_seal_that_cannot_be_printed_stops_the_start(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ValueError, match="seal"):
        Typesetter(settings().fonts_dir, settings().font_family, file)


def test_the_font_says_which_characters_it_cannot_print(typesetter):
    assert typesetter.lacking("张𠮷、龘䶮 2024年😀\n𠮷") == "𠮷😀"


def test_a_template_that_asks_for_what_is_not_there_is_an_error_with_typsts_words(typesetter):
    from services.documents.typesetter import Unrendered

    with pytest.raises(Unrendered, match="nowhere"):
        typesetter.pdf_now("nowhere.typ", printed(forms()["F1"]))
