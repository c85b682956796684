"""metrics.md: every metric, kind of span and attribute, from services.kernel.telemetry."""

from deploy.reference.markdown import cell, code, codes, page, table
from deploy.reference.source import docstrings, path_of
from services.kernel import telemetry
from services.kernel.telemetry import Attribute, Metrics, SpanName, Spans

_CONVENTION = "As in OpenTelemetry's semantic conventions."


def make() -> str:
    """The page."""
    metrics = [
        (code(each.name), type(each).__name__.lower(), code(each.unit), codes(each.labels), cell(each.sentence))
        for each in sorted(Metrics.all(), key=lambda each: each.name)
    ]
    kinds = [each for each in vars(Spans).values() if isinstance(each, SpanName)]
    spans = [
        (code(each.with_target("<target>")), each.kind.name.lower(), cell(each.sentence))
        for each in sorted(kinds, key=lambda each: (each.operation, each.sentence))
    ]
    meanings = docstrings(Attribute)
    names = {name: value for name, value in vars(Attribute).items() if not name.startswith("_")}
    attributes = [
        (code(value), cell(meanings.get(name, "") or ("" if value.startswith("enforcement.") else _CONVENTION)))
        for name, value in sorted(names.items(), key=lambda item: item[1])
    ]
    return page(
        "Metrics, spans, attributes",
        f"`{path_of(telemetry)}`",
        "Exported by OTLP to `ENFORCEMENT_OTLP_ENDPOINT`. Every series has the resource attributes "
        "`enforcement.authority.id` and `service.name`. No name, plate or free text stands in any of them.",
        "## Metrics",
        table(("Name", "Kind", "Unit (UCUM)", "Attributes", "Meaning"), metrics),
        "## Spans",
        table(("Name", "Kind", "Meaning"), spans),
        "## Attributes of spans",
        table(("Name", "Meaning"), attributes),
    )
