"""What the values of a form must be to each other: amounts that add up, periods that the law allows. Pure.

Where the ledger has a value it is right by itself; here is what an officer gives before the ledger knows: the sheet of
a seizure, of a demand, of instalments is handed over first and recorded with the act.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from services.documents.periods import PRESERVATION, SEIZURE, last_day
from services.documents.values import digits

Wrong = Iterator[tuple[str, str]]
"""Name of a field and what is wrong with it, in Chinese."""


def wrong_in(form: str, values: Mapping[str, Any]) -> Wrong:
    """What does not fit in the values of a form; what is not there fits."""
    if form in _CHECKS:
        yield from _CHECKS[form](values)


def _preservation(values: Mapping[str, Any]) -> Wrong:
    yield from _period(values, "kept_from", "kept_until", "先行登记保存不得超过七个工作日", PRESERVATION)


def _seizure(values: Mapping[str, Any]) -> Wrong:
    yield from _period(values, "held_from", "held_until", "查封、扣押不得超过三十日", SEIZURE)


def _period(values: Mapping[str, Any], first: str, last: str, rule: str, limit: Any) -> Wrong:
    """A period ends no earlier than it begins, and no later than the law lets it, if the year's calendar is known."""
    if first not in values or last not in values:
        return
    begins, ends = date.fromisoformat(values[first]), date.fromisoformat(values[last])
    if ends < begins:
        yield last, "早于起始日"
    latest = last_day(limit, begins)
    if latest is not None and ends > latest:
        yield last, f"{rule}，最迟为{latest}"


def _instalments(values: Mapping[str, Any]) -> Wrong:
    rows, kind = values.get("instalments", []), values.get("kind")
    if kind == "不予批准":
        if rows:
            yield "instalments", "不予批准的，不列缴纳期次"
        if "refused_for" not in values:
            yield "refused_for", "不予批准的，应当写明理由"
        return
    if kind and not rows:
        yield "instalments", "应当列明各期期限和数额"
    total = sum(row["amount_fen"] for row in rows)
    if "fine" in values and total > values["fine"]:
        yield "instalments", f"各期合计{digits(total)}元，超过罚款数额{digits(values['fine'])}元"
    days = [row["due_on"] for row in rows]
    if days != sorted(set(days)):
        yield "instalments", "各期期限应当依次向后"
    if rows and kind and (len(rows) == 1) != (kind == "延期缴纳"):
        yield "instalments", "延期缴纳为一期，分期缴纳为两期以上"


def _demand(values: Mapping[str, Any]) -> Wrong:
    parts = [values.get(name, 0) for name in ("fine", "confiscation", "surcharge")]
    if "total" in values and values["total"] != sum(parts):
        yield "total", f"应为罚款、没收款、加处罚款之和{digits(sum(parts))}元"


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any]], Wrong]]] = {
    "F6": _preservation,
    "F8": _seizure,
    "F17": _instalments,
    "F19": _demand,
}
