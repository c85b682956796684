"""refusals.md: why a service says no, from the `Refusal` enums."""

from deploy.reference.markdown import cell, code, page, table
from deploy.reference.source import PROTOS, files, first_paragraph
from services.cli.contract import comments
from services.kernel.errors import refusals


def make() -> str:
    """The page."""
    blocks = []
    for file in files():
        if "Refusal" not in file.enum_types_by_name:
            continue
        found = sorted(refusals(file.package), key=lambda refusal: refusal.name)
        rows = [
            (code(each.name), code(each.status.name), cell(each.basis), cell(each.zh), cell(each.en)) for each in found
        ]
        domain = found[0].domain
        blocks += [
            f"## {domain}",
            cell(first_paragraph(comments().get(file.name, ""))),
            table(("Reason", "gRPC status", "Basis", "中文", "English"), rows),
        ]
    return page(
        "Refusals",
        f"`{PROTOS}/*/v1/refusals.proto`",
        "A refusal is a `google.rpc.Status`: ErrorInfo has the reason, the service as domain, and the variables in "
        "braces as metadata; LocalizedMessage has the Chinese sentence, the status message the English one. The basis "
        "is the article behind the rule; `design` where no law says so.",
        *blocks,
    )
