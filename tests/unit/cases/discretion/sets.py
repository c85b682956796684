"""Rule sets made for tests: what they say is invented, and stands in no official list."""

from datetime import date
from typing import Any, Final

from services.cases.discretion.facts import Answer, Chosen, EvidenceRef, Facts, Value
from services.cases.discretion.register import PriorOffence, Register
from services.cases.discretion.rule_set_file import read_rule_set
from services.cases.discretion.rule_sets import RuleSet

LUXIAN: Final = "510521"
YONGCHUAN: Final = "500118"
ACT_ON: Final = date(2024, 9, 6)
DECISION_ON: Final = date(2024, 11, 5)
PHOTO: Final = EvidenceRef("00000000-0000-4000-8000-000000000001", "SCENE_RECORD")
PAPER: Final = EvidenceRef("00000000-0000-4000-8000-000000000002", "DOCUMENT")

HEAD: Final = """
id = "{id}"
version = {version}
title = "测试规则"
doc_no = "测〔2024〕1号"
issuers = ["500000", "510000"]
jurisdictions = {jurisdictions}
effective_from = {effective_from}
{more}
precedence = {precedence}
source = "made for tests"
"""

LISTS: Final = """
[[fact]]
code = "obstructs"
kind = "flag"
zh = "阻碍执法"

[[entry]]
list = "EXEMPT"
item = "1"
act = "RTR-64"
text = "初次违法且及时改正的，免予处罚"
basis = "行政处罚法第三十三条"
conditions = [
  { fact = "first_violation", within_months = 24 },
  { fact = "corrected_in_time", evidence = ["SCENE_RECORD"], text = "在责令期限内改正" },
]

[[entry]]
list = "NO_COMPULSION"
item = "1"
act = "RTR-63-2"
text = "当场提供有效证明的，不予扣押"
conditions = [{ fact = "corrected_in_time" }]

[[entry]]
list = "REDUCE"
item = "1"
act = "RTR-63-2"
text = "乘客五人以下的首次违法，减轻处罚"
conditions = [{ fact = "meritorious" }, { fact = "slight_harm" }]
to_percent = [20, 80]

[[entry]]
list = "LIGHTER"
item = "1"
act = "RTR-63-2"
text = "积极配合调查的，从轻处罚"
conditions = [{ fact = "slight_harm" }]

[[entry]]
list = "HEAVIER"
item = "1"
act = "RTR-63-2"
text = "阻碍执法的，从重处罚"
conditions = [{ fact = "obstructs" }]
"""

BENCHMARK: Final = """
[[fact]]
code = "passengers"
kind = "number"
zh = "载客人数"

[[tier]]
act = "RTR-63-2"
bracket = "base"
tier = "轻微"
when = [{ fact = "passengers", op = "le", value = 4 }]
fine_fen = [1_000_000, 3_000_000]

[[tier]]
act = "RTR-63-2"
bracket = "base"
tier = "一般"
when = [{ fact = "passengers", op = "gt", value = 4 }, { fact = "serious", op = "not" }]
fine_fen = [3_000_000, 6_000_000]

[[tier]]
act = "RTR-63-2"
bracket = "base"
tier = "严重"
when = [{ fact = "passengers", op = "gt", value = 4 }, { fact = "serious" }]
fine_fen = [6_000_000, 10_000_000]

[[tier]]
act = "RTR-63-2"
bracket = "gains"
tier = "一般"
when = [{ fact = "serious", op = "not" }]
fine_percent = [200, 500]

[[tier]]
act = "RTR-63-2"
bracket = "gains"
tier = "严重"
when = [{ fact = "serious" }]
fine_percent = [500, 1000]
"""


def content(
    body: str = LISTS,
    *,
    id: str = "test-lists",
    version: int = 1,
    jurisdictions: str = '["500000", "510000"]',
    effective_from: str = '"2023-11-08"',
    precedence: int = 100,
    more: str = "",
) -> bytes:
    """A rule set's file."""
    head = HEAD.format(
        id=id, version=version, jurisdictions=jurisdictions, effective_from=effective_from, precedence=precedence,
        more=more,
    )  # fmt: skip
    return (head + body).encode()


def rule_set(body: str = LISTS, **head: Any) -> RuleSet:
    """A rule set that reads without findings."""
    return read_rule_set(content(body, **head), "test.toml")


SETS: Final = (rule_set(), rule_set(BENCHMARK, id="test-benchmark", precedence=90))
NOBODY: Final = Register()
"""Everybody was asked and knows nothing."""


def known(*offences: PriorOffence, unanswered: tuple[str, ...] = ()) -> Register:
    return Register(offences, unanswered)


def offence(act_code: str = "RTR-64", on: str = "2024-01-10", division: str = LUXIAN) -> PriorOffence:
    return PriorOffence(act_code, date.fromisoformat(on), date.fromisoformat(on), division, "川泸2024-0001")


def facts(
    *, register: Register | None = NOBODY, chosen: Chosen | None = None, unproven: tuple[str, ...] = (), **values: Value
) -> Facts:
    """Answers with the values named, each proven by a scene record unless it is `unproven`."""
    answers = {code: Answer(value, () if code in unproven else (PHOTO,)) for code, value in values.items()}
    return Facts(answers, register=register, chosen=chosen)
