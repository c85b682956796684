"""Any command or query by the words of the contract: what is typed becomes the request, or a sentence says why not."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as transfer
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.cli import fill
from services.cli.contract import kebab, methods
from services.cli.main import run
from services.cli.output import ExitCode, Failure
from services.cli.transfer import paper as on_paper

SUGGEST = supervision.SuggestSupervisionRequest.DESCRIPTOR
ENTER = incoming.EnterPaperRequest.DESCRIPTOR
ID = "0198f3a2-0000-7000-8000-000000000001"


def _request(of: Any, words: str) -> Any:
    made = of._concrete_class()
    fill.parsed(made, fill.filled(of, fill.given(words.split(), of), lambda path: {"fileName": path}))
    return made


def test_options_become_fields() -> None:
    words = "--kind reasons-asked --signed-at 2025-06-09T16:00 --signer=章检 --text 为何不立案 --scan 通知.pdf"
    made = _request(ENTER, words)
    assert (made.kind, made.signer, made.text) == (paper.PAPER_ANSWER_KIND_REASONS_ASKED, "章检", "为何不立案")
    assert made.signed_at.ToJsonString() == "2025-06-09T08:00:00Z"
    assert made.scan.file_name == "通知.pdf"


@pytest.mark.parametrize("typed", ["reasons-asked", "REASONS_ASKED", "PAPER_ANSWER_KIND_REASONS_ASKED"])
def test_a_choice_is_named_as_people_know_it(typed: str) -> None:
    assert _request(ENTER, f"--kind {typed}").kind == paper.PAPER_ANSWER_KIND_REASONS_ASKED
    assert _request(ENTER, "--kind 要求说明不立案理由通知书").kind == paper.PAPER_ANSWER_KIND_REASONS_ASKED


def test_an_option_may_come_several_times() -> None:
    made = _request(SUGGEST, "--enclosures 一.pdf --enclosures 二.pdf")
    assert [one.file_name for one in made.enclosures] == ["一.pdf", "二.pdf"]


def test_yes_and_no() -> None:
    of = supervision.EndSupervisionRequest.DESCRIPTOR
    assert fill.given(["--filed"], of) == {"filed": True}
    assert fill.given(["--no-filed"], of) == {"filed": False}
    assert _request(of, "--filed=是").filed
    assert not _request(of, "--filed=no").filed


def test_a_form_follows_the_same_rules_inside() -> None:
    material = {"kind": "transfer-letter", "file": "移送书.pdf"}
    words = f"--materials {json.dumps(material, separators=(',', ':'))}"
    [made] = _request(transfer.SendTransferRequest.DESCRIPTOR, words).materials
    assert (made.file.file_name, made.kind) == ("移送书.pdf", events.MATERIAL_KIND_TRANSFER_LETTER)


@pytest.mark.parametrize(
    ("words", "sentence", "hint"),
    [
        ("--grunds a", "没有这个字段: grunds", "--grounds"),
        ("--grounds", "--grounds 缺少取值", ""),
        ("理由", "多余的参数：理由", ""),
        ("--no-grounds a", "没有这个字段: no-grounds", "--grounds"),
    ],
)
def test_what_no_field_takes_is_said(words: str, sentence: str, hint: str) -> None:
    with pytest.raises(Failure) as failed:
        _request(SUGGEST, words)
    assert failed.value.code is ExitCode.WRONG_USE
    assert failed.value.sentence == sentence
    assert hint in failed.value.hint


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--kind 复印件", "--kind: 没有这个取值 复印件"),
        ("--signed-at 昨天", "--signed-at: 应为时间，如 2025-05-01 10:00"),
    ],
)
def test_what_a_field_cannot_have_is_said(words: str, sentence: str) -> None:
    with pytest.raises(Failure) as failed:
        _request(ENTER, words)
    assert failed.value.sentence == sentence


def test_every_broken_rule_is_told_with_its_field() -> None:
    made = _request(ENTER, "--number 3号")
    with pytest.raises(Failure) as failed:
        fill.require_valid(made)
    for said in ("--matter-id 应为UUID", "--kind 必填", "--signed-at 必填", "--signer 不能为空", "--scan 必填"):
        assert said in failed.value.hint


def test_a_file_is_known_by_its_digest_before_it_is_stored(tmp_path: Path) -> None:
    file = tmp_path / "建议书.pdf"
    file.write_bytes(b"%PDF")
    assert fill.paths_in(SUGGEST, {"letter": str(file), "enclosures": [str(file)]}) == [str(file)]
    assert fill.reference(str(file)) == {
        "sha256": b64encode(sha256(b"%PDF").digest()).decode(), "size": "4", "mediaType": "application/pdf",
        "fileName": "建议书.pdf",
    }  # fmt: skip
    with pytest.raises(Failure, match=r"没有.pdf"):
        fill.reference(str(tmp_path / "没有.pdf"))


def test_every_command_of_the_contract_can_be_called_by_its_words() -> None:
    known = methods()
    assert len(known) > 400
    assert len({(kebab(each.service), each.name) for each in known.values()}) == len(known)
    for each in known.values():
        if each.command is not None:
            assert each.command.id in each.descriptor.input_type.fields_by_name


def test_the_words_of_the_law_stand_beside_the_english() -> None:
    suggest = methods()["transfer", "suggest-supervision"]
    assert (suggest.zh, suggest.en.partition(" (")[0]) == (
        "建议立案监督",
        "Suggests to the procuratorate to supervise the police",
    )


def test_a_node_lists_what_its_kind_of_authority_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "env").write_text("ENFORCEMENT_AUTHORITY_ID=ga-510521\n")
    monkeypatch.delenv("ENFORCEMENT_TOKEN", raising=False)
    monkeypatch.setenv("ENFORCEMENT_AUTHORITY_ID", "")
    assert run(["--env", "env", "do", "transfer", "--json"]) == ExitCode.DONE
    names = {each["method"] for each in json.loads(capsys.readouterr().out)["methods"]}
    assert {"sign-receipt", "decide-filing", "enter-paper"} <= names
    assert not {"suggest-supervision", "note-reasons-asked"} & names


def test_the_fields_of_a_method_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["do", "transfer", "suggest-supervision", "--help", "--json"]) == ExitCode.DONE
    told = json.loads(capsys.readouterr().out)
    assert [each["field"] for each in told["fields"]] == ["--grounds", "--letter", "--enclosures"]


def test_what_is_no_method_is_said_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["do", "transfer", "suggest"]) == ExitCode.WRONG_USE
    assert "enforcement do transfer" in capsys.readouterr().err


def test_fields_come_from_a_file_too_and_nothing_is_sent_that_is_not_whole(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    form = tmp_path / "字段.json"
    form.write_text(json.dumps({"grounds": "数额已达追诉标准"}), encoding="utf-8")
    assert run(["do", "transfer", "suggest-supervision", ID, "--json-file", str(form)]) == ExitCode.WRONG_USE
    told = capsys.readouterr().err
    assert "--letter 必填" in told
    assert "--grounds" not in told


@pytest.mark.parametrize(("typed", "expected"), [("车辆=2", ("车辆", 2)), ("车辆", ("车辆", 1)), ("A=B=3", ("A=B", 3))])
def test_property_on_paper_is_named_with_its_number(typed: str, expected: tuple[str, int]) -> None:
    made = on_paper._property(typed)
    assert (made.description, made.quantity) == expected


def test_property_without_a_number_after_the_sign_is_refused() -> None:
    with pytest.raises(Failure, match="名称=数量"):
        on_paper._property("车辆=两")


def test_every_answer_on_paper_that_the_bureau_enters_has_its_word() -> None:
    between_others = {"REASONS_REQUEST_RECEIPT", "FILING_ORDER_RECEIPT", "OUTCOME", "UNSPECIFIED"}
    known = {name.removeprefix("PAPER_ANSWER_KIND_") for name in paper.PaperAnswerKind.keys()}  # noqa: SIM118
    assert {each.name for each in on_paper.Kind} == known - between_others
