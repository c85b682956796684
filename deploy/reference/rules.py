"""rules.md: the dated switches, from services.kernel.rules."""

import ast
from functools import cache
from pathlib import Path

from deploy.reference.markdown import cell, code, codes, page, table
from deploy.reference.source import instances, modules, path_of
from services.kernel import rules
from services.kernel.deadlines import Deadlines
from services.kernel.deadlines.units import Choice, Length

_HEADINGS = (
    "Switch",
    "Default",
    "Values",
    "What it decides, and what is not verified",
    "Clocks it changes",
    "Read by",
)


def make() -> str:
    """The page."""
    users: dict[str, set[str]] = {}
    for declared in instances(Deadlines):
        for deadline in declared:
            switches = {trigger.switch[0] for _, trigger in deadline.triggers if trigger.switch is not None}
            if isinstance(deadline.within, Choice | Length):
                switches.add(deadline.within.switch)
            for switch in switches:
                users.setdefault(switch, set()).add(deadline.rule_id)
    rows = [
        (
            code(switch.name),
            code(switch.default),
            codes(switch.choices) or _shape(switch),
            cell(switch.why),
            codes(sorted(users.get(switch.name, ()))),
            codes(_readers(switch.name)) or "nothing yet",
        )
        for switch in sorted(rules.SWITCHES.values(), key=lambda each: each.name)
    ]
    return page(
        "Dated switches",
        f"`{Path(path_of(rules)).parent}`",
        "A switch is a reading of the law that no verified text settles. An authority changes one from a day on, in "
        "the file that `ENFORCEMENT_RULES_FILE` names; what was decided before keeps the value of its day:",
        '```json\n{"o310_days": [["2025-01-01", "working"]]}\n```',
        table(_HEADINGS, rows),
        "## Amounts of local law",
        "What a province sets has no default: a service that needs it does not start on a node whose province lacks an "
        "amount. The values stand under the province's division code and the kind, each from a day on:",
        '```json\n{"hearing_threshold_fen": {"510000/person": [["2021-07-15", "…"]]}}\n```',
        table(
            ("Amount", "Kinds", "What it decides", "Needed by"),
            [
                (code(rule.name), codes(rule.kinds), cell(rule.why), codes(_readers(rule.name)) or "nothing yet")
                for rule in sorted(rules.LOCAL_RULES.values(), key=lambda each: each.name)
            ],
        ),
    )


def _shape(switch: rules.Switch) -> str:
    """What a value without a list looks like."""
    return "whole number" if switch.pattern == r"\d+" else code(switch.pattern)


@cache
def _texts() -> dict[str, set[str]]:
    """String constants of every module but the switches' own, by file; docstrings are no exact match for a name."""
    found = {}
    for module in modules():
        if not f"{module.__name__}.".startswith(f"{rules.__name__}."):
            tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
            constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found[path_of(module)] = {value.split("=")[0] for value in constants if isinstance(value, str)}
    return found


def _readers(switch: str) -> list[str]:
    """Files that name the switch; one that nothing names is a promise that nobody keeps yet."""
    return [file for file, texts in _texts().items() if switch in texts]
