"""From a row of an older system to the command that imports its case. Pure: mapping and row give a command, or faults.

    [source]                       system = "sc-lz-2019"   external_id = "ID"   as_of = 2025-01-01T00:00:00+08:00
                                   encoding = "gb18030"    delimiter = ","      (of CSV; utf-8-sig and "," if silent)
                                   officers = "id" | "credential_number"        (what `officer_ids` holds; id if silent)
    [columns]                      field = "column", e.g. "party.name" = "当事人"; fields are those of `FIELDS`
    [constants]                    field = "value" for all rows
    [codes.<field>]                "value in the file" = "value here"; a value that is not in the table is a fault
    [formats]                      days = ["%Y-%m-%d", "%Y年%m月%d日"]   money = "yuan" | "fen"   separator = "、"

A value goes through its code table first. Then a day becomes an ISO date, a term of the law its enum value, an amount
fen, a list its parts. An empty value is an absent one.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.options.v1 import options_pb2 as options

from services.cases.import_ids import case_id_of, command_id_of, evidence_id_of
from services.cli.case.imports.rows import Row
from services.cli.language import t
from services.kernel.messages import to_timestamp


class BadMapping(Exception):
    """The mapping file contradicts itself, or the contract."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be sent, or was refused."""

    field: str
    reason: str
    """Name, e.g. NOT_A_DAY, or the refusal's."""
    zh: str
    en: str
    column: str = ""


class _Wrong(Exception):
    """A value does not translate."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason, self.zh, self.en = reason, zh, en


Put = Callable[["CaseMapping", imports.ImportedCase, str, Any], None]


def _text(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    owner, part = _owner(case, name)
    setattr(owner, part, str(value))


def _day(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    for form in mapping.days:
        try:
            setattr(case, name, datetime.strptime(str(value), form).date().isoformat())  # noqa: DTZ007  only the day
        except ValueError:
            continue
        return
    forms = "、".join(mapping.days)
    raise _Wrong("NOT_A_DAY", f"“{value}”不是日期（{forms}）", f"{value!r} is no day ({forms})")


def _term(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    owner, part = _owner(case, name)
    terms = _terms(owner.DESCRIPTOR.fields_by_name[part].enum_type)
    if str(value) not in terms:
        allowed = "、".join(terms)
        raise _Wrong("UNKNOWN_TERM", f"“{value}”不在：{allowed}", f"{value!r} is none of {allowed}")
    setattr(owner, part, terms[str(value)])


_YES: Final = {"是", "有", "1", "true", "y", "yes", "√"}
_NO: Final = {"否", "无", "0", "false", "n", "no"}


def _is_so(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise _Wrong("NOT_YES_OR_NO", f"“{value}”不是是/否", f"{value!r} is neither yes nor no")
    return word in _YES


def _flag(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    setattr(case, name, _is_so(value))


def _list(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    getattr(case, name).extend(mapping.coded(name, part) for part in mapping.parts(value))


def _evidence(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    """Each "kind：what it is"; without a kind a document."""
    terms = _terms(pb.EvidenceKind.DESCRIPTOR)
    kinds = {word: kind for term, kind in terms.items() for word in term.split("、")}
    case_id = case_id_of(case.source_system, case.external_id)
    for number, part in enumerate(mapping.parts(value), 1):
        kind, colon, what = part.replace("：", ":").partition(":")
        if colon and kind not in kinds:
            raise _Wrong("UNKNOWN_TERM", f"“{kind}”不是证据种类", f"{kind!r} is no kind of evidence")
        case.evidence.add(
            evidence_id=str(evidence_id_of(case_id, number)),
            kind=kinds[kind] if colon else pb.EVIDENCE_KIND_DOCUMENT,
            description=what.strip() if colon else part,
        )


_AMOUNTS: Final = {"fine": pb.PENALTY_KIND_FINE, "confiscated": pb.PENALTY_KIND_CONFISCATE_INCOME}


_PAID: Final = {"fine": "paid_fine_fen", "confiscated": "paid_confiscation_fen"}
_OTHERS: Final = {
    "criticism": pb.PENALTY_KIND_CRITICISM,
    "confiscated_goods": pb.PENALTY_KIND_CONFISCATE_GOODS,
    "suspend_licence": pb.PENALTY_KIND_SUSPEND_LICENCE,
    "lower_qualification": pb.PENALTY_KIND_LOWER_QUALIFICATION,
    "revoke_licence": pb.PENALTY_KIND_REVOKE_LICENCE,
    "restrict_business": pb.PENALTY_KIND_RESTRICT_BUSINESS,
    "stop_business": pb.PENALTY_KIND_STOP_BUSINESS,
    "close": pb.PENALTY_KIND_CLOSE,
    "bar_from_trade": pb.PENALTY_KIND_BAR_FROM_TRADE,
}
"""Penalties without an amount; the value of their column is the extent, as the older system words it."""


def _amount(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    """A fine or confiscated income; zero is none."""
    owner, _, what = name.rpartition(".")
    if whole := _fen(mapping, value):
        getattr(case, owner).add(kind=_AMOUNTS[what], amount_fen=whole)


def _paid(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    """What was paid of it until the export."""
    setattr(case, _PAID[name.rpartition(".")[2]], _fen(mapping, value))


def _fen(mapping: "CaseMapping", value: Any) -> int:
    try:
        fen = Decimal(str(value).replace(",", "")) * (100 if mapping.money == "yuan" else 1)
        whole = int(fen)
    except (InvalidOperation, ValueError, OverflowError):
        raise _Wrong("NOT_AN_AMOUNT", f"“{value}”不是金额", f"{value!r} is no amount") from None
    if whole != fen or whole < 0 or whole > 10**15:
        raise _Wrong("NOT_AN_AMOUNT", f"“{value}”不是整数分", f"{value!r} is not a whole number of fen")
    return whole


def _extent(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    owner, _, what = name.rpartition(".")
    getattr(case, owner).add(kind=_OTHERS[what], extent=str(value))


def _warning(mapping: "CaseMapping", case: imports.ImportedCase, name: str, value: Any) -> None:
    if _is_so(value):
        getattr(case, name.rpartition(".")[0]).add(kind=pb.PENALTY_KIND_WARNING)


_PENALTIES: Final = ("proposed", "concluded", "penalties")
FIELDS: Final[Mapping[str, Put]] = {
    "stage": _text,
    "case_number": _text,
    "act_code": _text,
    "facts": _text,
    **{
        f"party.{name}": _text
        for name in (
            "name",
            "id_type",
            "id_number",
            "phone",
            "address",
            "representative",
            "licence_number",
            "driving_licence_number",
        )
    },
    **{f"vehicle.{name}": _text for name in ("plate", "plate_colour", "type", "transport_certificate_number", "owner")},
    **{
        f"vessel.{name}": _text
        for name in (
            "name",
            "identification_number",
            "mmsi",
            "type",
            "port_of_registry",
            "operating_certificate_number",
            "owner",
            "operator",
        )
    },
    **{f"place.{name}": _text for name in ("division_code", "description", "road")},
    **{
        f"{name}_on": _day
        for name in (
            "act",
            "act_ended",
            "registered",
            "filed",
            "told",
            "reviewed",
            "discussed",
            "decided",
            "served",
            "closed",
        )
    },
    **dict.fromkeys(("source", "party.kind", "defence", "no_penalty_ground", "closing_ground"), _term),
    **dict.fromkeys(("hearing_right", "not_established", "performed"), _flag),
    **dict.fromkeys(("officer_ids", "officer_names"), _list),
    "evidence": _evidence,
    **{f"{owner}.{what}": _amount for owner in _PENALTIES for what in _AMOUNTS},
    **{f"{owner}.warning": _warning for owner in _PENALTIES},
    **{f"{owner}.{what}": _extent for owner in _PENALTIES for what in _OTHERS},
    **{f"paid.{what}": _paid for what in _PAID},
}
"""What a mapping may fill, and how."""


@dataclass(frozen=True, slots=True)
class CaseMapping:
    """How one older system's rows are read. Made by `load`."""

    system: str
    as_of: datetime
    """Instant of the export."""
    external_id: str
    encoding: str
    delimiter: str
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    days: Sequence[str]
    money: str
    separator: str
    officers_by_credential: bool
    """`officer_ids` are credential numbers (执法证号), which the register of the node knows."""

    def coded(self, name: str, value: Any) -> Any:
        """The value after its code table."""
        table = self.codes.get(name)
        if table is None:
            return value
        if str(value) not in table:
            raise _Wrong("NOT_IN_CODE_TABLE", f"代码表中没有“{value}”", f"{value!r} is not in the code table")
        return table[str(value)]

    def parts(self, value: Any) -> list[str]:
        """The parts of a list: of JSON as it is, of a text at the separator."""
        found = value if isinstance(value, list) else str(value).split(self.separator)
        return [text for part in found if (text := str(part).strip())]

    def missing(self, row: Row) -> list[str]:
        """Columns that the mapping names and the row lacks; of JSON a row may lack what is empty."""
        return [column for column in (self.external_id, *self.columns.values()) if column not in row.values]

    def command(self, row: Row, now: datetime) -> imports.ImportCaseRequest | list[Fault]:
        """The command that imports a row, or everything for which it cannot be made."""
        value = row.values.get(self.external_id)
        external_id = "" if value is None else str(value).strip()
        if not external_id:
            zh, en = "外部编号为空", "the external id is empty"
            return [Fault("external_id", "NO_EXTERNAL_ID", zh, en, self.external_id)]
        case = imports.ImportedCase(source_system=self.system, external_id=external_id, row_sha256=row.sha256)
        faults = list(self._fill(case, row))
        if faults:
            return faults
        request = imports.ImportCaseRequest(
            command_id=str(command_id_of(self.system, external_id, now)),
            case_id=str(case_id_of(self.system, external_id)),
            occurred_at=to_timestamp(self.as_of),
            late_reason=f"历史案件导入：{self.system}",
            imported=case,
        )
        return request

    def _fill(self, case: imports.ImportedCase, row: Row) -> Iterator[Fault]:
        given: list[tuple[str, Any, str]] = [(name, value, "") for name, value in self.constants.items()]
        given += [(name, row.values.get(column), column) for name, column in self.columns.items()]
        for name, value, column in given:
            if value in (None, "", []):
                continue
            put = FIELDS[name]
            try:
                put(self, case, name, value if put is _list or not column else self.coded(name, value))
            except _Wrong as wrong:
                yield Fault(name, wrong.reason, wrong.zh, wrong.en, column)


def load(path: Path) -> CaseMapping:
    """Reads a mapping file.

    Raises:
        BadMapping: with the line of TOML, or the name of what is missing or unknown.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path}: {error}") from error
    source, formats = content.get("source", {}), content.get("formats", {})
    columns, constants, codes = (dict(content.get(name, {})) for name in ("columns", "constants", "codes"))
    for name in ("system", "external_id", "as_of"):
        if name not in source:
            raise BadMapping(f"[source] {t('缺少', 'lacks')} {name}")
    if not isinstance(source["as_of"], datetime) or source["as_of"].tzinfo is None:
        raise BadMapping(f"[source] as_of: {t('须为带时区的时刻', 'must be an instant with its zone')}")
    for section, named in (("columns", columns), ("constants", constants), ("codes", codes)):
        if unknown := [name for name in named if name not in FIELDS]:
            raise BadMapping(f"[{section}] {t('没有字段', 'no such field:')} {', '.join(unknown)}")
    if both := columns.keys() & constants.keys():
        raise BadMapping(f"{t('既是列又是常量：', 'both column and constant:')} {', '.join(sorted(both))}")
    if formats.get("money", "yuan") not in ("yuan", "fen"):
        raise BadMapping(f'[formats] money: "yuan" {t("或", "or")} "fen"')
    return CaseMapping(
        system=source["system"],
        as_of=source["as_of"],
        external_id=source["external_id"],
        encoding=source.get("encoding", "utf-8-sig"),
        delimiter=source.get("delimiter", ","),
        columns=columns,
        constants=constants,
        codes=codes,
        days=tuple(formats.get("days", ("%Y-%m-%d",))),
        money=formats.get("money", "yuan"),
        separator=formats.get("separator", "、"),
        officers_by_credential=source.get("officers", "id") == "credential_number",
    )


def _owner(case: imports.ImportedCase, name: str) -> tuple[Any, str]:
    owner, _, part = name.rpartition(".")
    return (getattr(case, owner) if owner else case), part


def _terms(enum: Any) -> dict[str, int]:
    """Values of an enum by their Chinese terms."""
    found = ((value.GetOptions().Extensions[options.zh], value.number) for value in enum.values)
    return {term: number for term, number in found if term}
