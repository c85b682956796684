"""A mapping and a row give a command, or everything that is wrong with the row."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import import_pb2 as imports

from services.cases.import_ids import case_id_of, command_id_of
from services.cli.case.imports import mapping as mappings
from services.cli.case.imports import rows
from services.cli.case.imports.mapping import BadMapping, CaseMapping

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MAPPING = """
[source]
system = "old-system"
external_id = "ID"
as_of = 2024-12-15T18:00:00+08:00
[columns]
stage = "状态"
case_number = "案号"
"party.name" = "当事人"
"party.kind" = "类型"
filed_on = "立案日期"
"penalties.fine" = "罚款"
"penalties.warning" = "警告"
officer_ids = "承办人"
evidence = "证据"
performed = "已缴款"
[constants]
source = "检查发现"
"place.division_code" = "510521"
[codes.stage]
"办理中" = "调查中"
[codes.officer_ids]
"001" = "officer-1"
"002" = "officer-2"
[formats]
days = ["%Y-%m-%d", "%Y年%m月%d日"]
"""
ROW = {
    "ID": " A-1 ",
    "状态": "办理中",
    "案号": "旧〔2020〕1号",
    "当事人": "张三",
    "类型": "个人",
    "立案日期": "2020年3月1日",
    "罚款": "1,200.50",
    "警告": "是",
    "承办人": "001、002",
    "证据": "现场笔录、询问笔录：旧档第3页",
    "已缴款": "",
}


@pytest.fixture
def mapping(tmp_path: Path) -> CaseMapping:
    return load(tmp_path, MAPPING)


def load(folder: Path, text: str) -> CaseMapping:
    file = folder / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return mappings.load(file)


def row(**values: object) -> rows.Row:
    return rows.Row(2, {**ROW, **values}, b"\x01" * 32)


def command(mapping: CaseMapping, **values: object) -> imports.ImportCaseRequest:
    made = mapping.command(row(**values), NOW)
    assert isinstance(made, imports.ImportCaseRequest), made
    return made


def faults(mapping: CaseMapping, **values: object) -> list[tuple[str, str, str]]:
    found = mapping.command(row(**values), NOW)
    assert isinstance(found, list)
    return [(one.field, one.reason, one.column) for one in found]


def test_a_row_becomes_a_command_with_values_of_the_contract(mapping):
    case = command(mapping, 证据="现场笔录：第1页、旧档第3页").imported
    assert (case.external_id, case.stage, case.filed_on, case.source) == ("A-1", "调查中", "2020-03-01", 1)
    assert (case.party.name, case.party.kind) == ("张三", events.PARTY_KIND_PERSON)
    assert [(one.kind, one.amount_fen) for one in case.penalties] == [
        (events.PENALTY_KIND_FINE, 120_050),
        (events.PENALTY_KIND_WARNING, 0),
    ]
    assert list(case.officer_ids) == ["officer-1", "officer-2"]
    assert case.place.division_code == "510521"
    assert not case.performed


def test_ids_follow_from_system_and_external_id_alone(mapping):
    one, other = command(mapping, 证据=""), command(mapping, 证据="", 当事人="李四")
    assert (one.case_id, one.command_id) == (other.case_id, other.command_id)
    assert one.case_id == str(case_id_of("old-system", "A-1"))
    assert command_id_of("old-system", "A-1", NOW) != command_id_of("old-system", "A-1", NOW.replace(month=12))
    assert command_id_of("old-system", "A-1", NOW) != command_id_of("old-system", "A-2", NOW)


def test_the_number_zero_is_an_id_like_any_other(mapping):
    assert command(mapping, ID=0, 证据="").imported.external_id == "0"


def test_evidence_names_its_kind_or_is_a_document(mapping):
    case = command(mapping, 证据="书证：合同、旧档第3页").imported
    assert [(one.kind, one.description) for one in case.evidence] == [
        (events.EVIDENCE_KIND_DOCUMENT, "合同"),
        (events.EVIDENCE_KIND_DOCUMENT, "旧档第3页"),
    ]
    assert len({one.evidence_id for one in case.evidence}) == 2


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"立案日期": "2020-02-30"}, ("filed_on", "NOT_A_DAY", "立案日期")),
        ({"状态": "不明"}, ("stage", "NOT_IN_CODE_TABLE", "状态")),
        ({"类型": "组织"}, ("party.kind", "UNKNOWN_TERM", "类型")),
        ({"罚款": "壹仟"}, ("penalties.fine", "NOT_AN_AMOUNT", "罚款")),
        ({"罚款": "0.001"}, ("penalties.fine", "NOT_AN_AMOUNT", "罚款")),
        ({"罚款": "-5"}, ("penalties.fine", "NOT_AN_AMOUNT", "罚款")),
        ({"警告": "也许"}, ("penalties.warning", "NOT_YES_OR_NO", "警告")),
        ({"承办人": "001、009"}, ("officer_ids", "NOT_IN_CODE_TABLE", "承办人")),
        ({"证据": "传说：听说"}, ("evidence", "UNKNOWN_TERM", "证据")),
        ({"ID": " "}, ("external_id", "NO_EXTERNAL_ID", "ID")),
    ],
)
def test_a_value_that_does_not_translate_is_told_with_its_column(mapping, values, fault):
    assert faults(mapping, **{"证据": "", **values}) == [fault]


def test_everything_that_is_wrong_with_a_row_is_told_at_once(mapping):
    assert [one[0] for one in faults(mapping, 证据="", 状态="不明", 罚款="x")] == ["stage", "penalties.fine"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("[source]", "[sauce]"), "system"),
        (("as_of = 2024-12-15T18:00:00+08:00", "as_of = 2024-12-15"), "as_of"),
        (('stage = "状态"', 'stages = "状态"'), "stages"),
        (('source = "检查发现"', 'stage = "调查中"'), "stage"),
        (("[formats]", '[formats]\nmoney = "jiao"'), "money"),
        (("[columns]", "[columns"), "TOML"),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(tmp_path, change, what):
    with pytest.raises(BadMapping) as refused:
        load(tmp_path, MAPPING.replace(*change))
    assert what == "TOML" or what in str(refused.value)


def test_csv_and_json_lines_give_the_same_rows_whatever_the_order_of_columns(tmp_path):
    (tmp_path / "a.csv").write_bytes('ID,当事人\n1,张三\n\n2,"李\n四"\n3,王五\n'.encode("gb18030"))
    (tmp_path / "b.jsonl").write_text(
        '{"当事人": "张三", "ID": "1"}\n{"ID": "2", "当事人": "李\\n四"}\n', encoding="utf-8"
    )
    of_csv = list(rows.read(tmp_path / "a.csv", encoding="gb18030", delimiter=","))
    of_json = list(rows.read(tmp_path / "b.jsonl", encoding="utf-8", delimiter=","))
    assert [one.number for one in of_csv] == [2, 4, 6]
    assert [one.sha256 for one in of_csv][:2] == [one.sha256 for one in of_json]


def test_nested_json_is_read_by_path(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"party": {"name": "张三"}, "evidence": ["一", "二"]}\n', encoding="utf-8")
    [one] = rows.read(tmp_path / "a.jsonl", encoding="utf-8", delimiter=",")
    assert one.values == {"party.name": "张三", "evidence": ["一", "二"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"ID,ID\n1,2\n"),
        ("a.csv", "ID,当事人\n1\n".encode()),
        ("a.csv", "ID,当事人\n1,张三\n".encode("gb18030")),
        ("a.jsonl", b"[1]\n"),
        ("a.jsonl", b"{\n"),
        ("a.xlsx", b""),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(rows.BadFile):
        list(rows.read(tmp_path / name, encoding="utf-8", delimiter=","))


def test_penalties_without_an_amount_and_what_was_paid_come_over(tmp_path):
    columns = '"penalties.suspend_licence" = "暂扣"\n"paid.fine" = "已缴罚款"\nnot_established = "不成立"\n[constants]'
    mapping = load(tmp_path, MAPPING.replace("[constants]", columns))
    case = command(mapping, 证据="", 暂扣="暂扣道路运输证三个月", 已缴罚款="200.50", 不成立="否").imported
    assert (case.penalties[-1].kind, case.penalties[-1].extent) == (
        events.PENALTY_KIND_SUSPEND_LICENCE,
        "暂扣道路运输证三个月",
    )
    assert (case.paid_fine_fen, case.not_established) == (20_050, False)
    assert faults(mapping, 证据="", 已缴罚款="贰佰") == [("paid.fine", "NOT_AN_AMOUNT", "已缴罚款")]


def test_whatever_the_contract_says_of_a_party_in_words_may_come_over(tmp_path):
    """What an identity document is counts: only a resident identity card tells a day of birth."""
    words = [field.name for field in events.Party.DESCRIPTOR.fields if field.type == field.TYPE_STRING]
    assert [name for name in words if f"party.{name}" not in mappings.FIELDS] == []
    foreign = load(tmp_path, MAPPING.replace('"party.kind" = "类型"', '"party.id_type" = "类型"'))
    assert command(foreign, 类型="护照", 证据="现场笔录：第1页").imported.party.id_type == "护照"
