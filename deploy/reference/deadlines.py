"""deadlines.md: every statutory clock, from the declarations."""

from collections.abc import Iterable
from typing import assert_never

from enforcement.deadlines.v1 import events_pb2 as pb

from deploy.reference.markdown import cell, code, page
from deploy.reference.source import expression, instances, link
from services.kernel.deadlines import Deadline, Deadlines
from services.kernel.deadlines.rules import Role, Trigger, own
from services.kernel.deadlines.units import Choice, Length, Limit, Until, Within
from services.kernel.rules import SWITCHES

_LABELS = {
    Role.START: "Starts with",
    Role.END: "Ends with",
    Role.CANCEL: "Cancelled by",
    Role.PAUSE: "Paused by",
    Role.RESUME: "Resumed by",
    Role.EXTEND: "Extended by",
}


def make() -> str:
    """The page."""
    declared = {each.rule_id: each for deadlines in instances(Deadlines) for each in deadlines}
    found = [declared[rule_id] for rule_id in sorted(declared)]
    return page(
        "Statutory clocks",
        "`services/*/deadlines.py`",
        "A clock runs on the node whose ledger has the event that starts it. What the units mean: "
        "[domain](../domain.md#clocks-期限); the switches: [rules](rules.md); the events: [events](events.md).",
        *(block for deadline in found for block in (f"## {deadline.rule_id}", _clock(deadline))),
    )


def limit(within: Within) -> str:
    """How long a clock runs, in words."""
    match within:
        case Limit():
            name = pb.Unit.Name(within.unit).removeprefix("UNIT_").lower().replace("_", " ")
            rolls = ", rolls to the next working day" if within.roll else ""
            return f"{within.length} {name}{rolls}"
        case Choice():
            default = SWITCHES[within.switch].default
            chosen = [f"`{value}`: {limit(each)}" for value, each in sorted(within.choices)]
            return f"by the switch `{within.switch}`, by default `{default}` — {'; '.join(chosen)}"
        case Length():
            default = SWITCHES[within.switch].default
            return f"{limit(within.limit(default))}; the number by the switch `{within.switch}`"
        case Until():
            return f"to the day that the starting event names in `{within.field}`"
    assert_never(within)


def _from(deadline: Deadline) -> str:
    named = [f"`{deadline.counts_from}`"] if deadline.counts_from else []
    named += [f"`{name}` of `{event.DESCRIPTOR.name}`" for event, name in deadline.counts_from_in.items()]
    return f", counted from {', '.join(named)}" if named else ""


def _clock(deadline: Deadline) -> str:
    lines = [
        f"**{deadline.title}**",
        f"Basis: {cell(deadline.basis)}",
        f"Limit: {limit(deadline.within)}{_from(deadline)}",
    ]
    for role, label in _LABELS.items():
        triggers = [trigger for each, trigger in deadline.triggers if each is role]
        if triggers:
            lines.append(f"{label}: {_events(triggers)}")
    if deadline.extension:
        by = expression(deadline.extension) if callable(deadline.extension) else str(deadline.extension)
        lines.append(f"Longer by: {code(by)} of the limit's unit")
    responsible = "this authority" if deadline.responsible is own else code(expression(deadline.responsible))
    lines.append(f"Who must act: {responsible}")
    lines.append(f"One clock per {code(deadline.key if isinstance(deadline.key, str) else expression(deadline.key))}")
    if deadline.mirrors:
        lines.append(f"Mirrors {code(deadline.mirrors)}, which the responsible body keeps itself")
    lines.append(f"Version {deadline.version}")
    first, *rest = lines
    return "\n".join([first, "", *(f"- {line}" for line in rest)])


def _events(triggers: Iterable[Trigger]) -> str:
    return ", ".join(map(_event, triggers))


def _event(trigger: Trigger) -> str:
    conditions = []
    if trigger.received is not None:
        conditions.append("received" if trigger.received else "own")
    if trigger.switch is not None:
        conditions.append(f"while {code('='.join(trigger.switch))}")
    if trigger.condition is not None:
        conditions.append(f"if {code(expression(trigger.condition))}")
    return link(trigger.event.DESCRIPTOR.full_name, "events.md") + (f" ({', '.join(conditions)})" if conditions else "")
