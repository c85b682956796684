"""Rules that the three sides share."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from enforcement.transfer.v1 import events_pb2 as pb

from services.kernel.decider import Context
from services.kernel.errors import Refused, refusals
from services.kernel.values import local, term

Refusal = refusals("enforcement.transfer.v1")

O310_5: Final = "国务院令第310号 art. 5"
O310_7: Final = "国务院令第310号 art. 7"
O310_8: Final = "国务院令第310号 art. 8"
O310_12: Final = "国务院令第310号 art. 12"
MPS_180: Final = "公安机关办理刑事案件程序规定 art. 180"

REQUIRED: Final = (
    pb.MATERIAL_KIND_TRANSFER_LETTER,
    pb.MATERIAL_KIND_INVESTIGATION_REPORT,
    pb.MATERIAL_KIND_GOODS_LIST,
)
"""Without these a package is not one (国务院令第310号 art. 6)."""


def missing_from(materials: Iterable[pb.Material], wanted: Iterable[pb.MaterialKind.ValueType]) -> str:
    """The wanted kinds that no material has, in Chinese; empty when nothing is missing."""
    there = {material.kind for material in materials}
    return "、".join(term(pb.MaterialKind, kind) for kind in wanted if kind not in there)


def require_files(materials: Iterable[pb.Material]) -> None:
    """A material is a file, or the other side would get a title and nothing to read."""
    for material in materials:
        if not material.file.sha256:
            raise Refused(Refusal.MATERIAL_WITHOUT_FILE, title=material.title or term(pb.MaterialKind, material.kind))


def require_told_by(expected: str, authority_id: str) -> None:
    """Only the other side of a transfer speaks for it, whoever else may sign something about it."""
    if authority_id != expected:
        raise Refused(Refusal.NOT_ITS_TRANSFER, authority=authority_id, expected=expected)


def require_not_before(cause_at: datetime | None, context: Context) -> None:
    """An act does not take place before what it presupposes."""
    if cause_at is not None and context.occurred_at < cause_at:
        raise Refused(Refusal.ACT_BEFORE_ITS_CAUSE, occurred_at=local(context.occurred_at), cause_at=local(cause_at))


def procuratorate_of(context: Context) -> str:
    """The procuratorate of the same level, which is told how a transfer goes; empty while it is no member.

    To tell it is a duty from policy documents and local rules: a transfer does not wait for its node.
    """
    procuratorate_id = context.authority.procuratorate_id
    return procuratorate_id if procuratorate_id in context.members else ""
