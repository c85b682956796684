"""Which decision a sheet means: that of the matter, with number and title, and the one that is being executed. Pure.

of the matter    行政处罚决定书 with the number of its sheet, 当场行政处罚决定书 with the number of its form
executed         行政强制执行决定书 or 代履行决定书 of an own execution; where money is collected the decision itself;
                 for the cost of a substitute performance 代履行费用决定书
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

PENALTY: Final = "行政处罚决定书"
ON_SPOT: Final = "当场行政处罚决定书"
EXECUTION: Final[Mapping[str, str]] = {"F20": "行政强制执行决定书", "F21": "代履行决定书"}
COST: Final = "代履行费用决定书"


def with_decisions(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts in which the decision has number and title, and with what may be executed, one beside the other."""
    known = dict(facts)
    if "decision" in known:
        known["decision"] = {**known["decision"], **_named(known)}
    if executed := list(_executed(known)):
        known["every"] = {**known.get("every", {}), "enforced": executed}
        known["enforced"] = executed[-1]
    return known


def _named(facts: Mapping[str, Any]) -> dict[str, str]:
    """Number and title of the decision; a number that no sheet and no form has yet is for the officer to say."""
    if on_spot := facts.get("on_spot"):
        number, title = on_spot.get("form_number", ""), ON_SPOT
    else:
        number, title = facts.get("documents", {}).get("F15", {}).get("number", ""), PENALTY
    return {"number": number, "title": title}


def _executed(facts: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if "collection" in facts and "decision" in facts:
        decision = facts["decision"]
        yield {name: decision.get(name, "") for name in ("title", "number", "on")}
    if "cost" in facts:
        yield {"title": COST}
    if "execution" in facts:
        for form, title in EXECUTION.items():
            for made in facts.get("every", {}).get(f"documents.{form}", []):
                yield {"title": title, **{name: made[name] for name in ("number", "on") if name in made}}
