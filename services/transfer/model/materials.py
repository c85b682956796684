"""What a package is made of (移送材料): complete, or not sent (国务院令第310号 arts. 4, 6; 刑事诉讼法 art. 54)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import materials_pb2 as materials
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context
from services.kernel.errors import Refused
from services.kernel.values import term
from services.transfer.model.shared import Refusal

REQUIRED: Final = (
    pb.MATERIAL_KIND_TRANSFER_LETTER,
    pb.MATERIAL_KIND_INVESTIGATION_REPORT,
    pb.MATERIAL_KIND_GOODS_LIST,
)
"""Without these a package is not one (国务院令第310号 art. 6)."""


LETTER_FORM: Final = "X11"
"""Form of the letter of transfer (涉嫌犯罪案件移送书)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document that this authority made."""

    form: str
    matter_id: str
    number: str


def require_letter(package: commands.SendTransferRequest, case_id: str, sheets: Mapping[str, Sheet]) -> None:
    """What is given as letter of transfer is no other document of this authority, and none of another case.

    A file that no document here has, such as the scan of the sealed sheet, is taken as what the officers say it is.

    Args:
        sheets: documents of this authority by the SHA-256 of their file, in hexadecimal digits.

    Raises:
        Refused: NOT_THE_TRANSFER_LETTER.
    """
    for material in package.materials:
        sheet = sheets.get(material.file.sha256.hex())
        if material.kind != pb.MATERIAL_KIND_TRANSFER_LETTER or sheet is None:
            continue
        if (sheet.form, sheet.matter_id) != (LETTER_FORM, case_id):
            raise Refused(Refusal.NOT_THE_TRANSFER_LETTER, document=f"{sheet.form} {sheet.number}".strip())


def require_complete(package: commands.SendTransferRequest) -> None:
    """A package has its required materials, the evidence and tests that its goods need, and a decision made before.

    Raises:
        Refused: PACKAGE_INCOMPLETE with everything that is missing, MATERIAL_WITHOUT_FILE.
    """
    if missing := "、".join(_missing_from_package(package)):
        raise Refused(Refusal.PACKAGE_INCOMPLETE, missing=missing)
    require_files(package.materials)


def missing_from(given: Iterable[pb.Material], wanted: Iterable[pb.MaterialKind.ValueType]) -> list[str]:
    """The wanted kinds that no material has, in Chinese."""
    there = {material.kind for material in given}
    return [term(pb.MaterialKind, kind) for kind in wanted if kind not in there]


def require_files(given: Iterable[pb.Material]) -> None:
    """A material is a file, or the other side would get a title and nothing to read."""
    for material in given:
        if not material.file.sha256:
            raise Refused(Refusal.MATERIAL_WITHOUT_FILE, title=material.title or term(pb.MaterialKind, material.kind))


def marked(evidence: Iterable[materials.EvidenceItem], context: Context) -> Iterator[materials.EvidenceItem]:
    """Each item with whether it may be used in criminal proceedings as it is (刑事诉讼法 art. 54).

    Statements are not: the police take them again. What the article's 等 includes is the switch
    `criminal_admissible_kinds`.
    """
    admissible = context.rules.get("criminal_admissible_kinds", context.today).split(",")
    for item in evidence:
        copy = materials.EvidenceItem()
        copy.CopyFrom(item)
        name = materials.EvidenceKind.Name(item.kind).removeprefix("EVIDENCE_KIND_").lower()
        copy.criminal_admissible = name in admissible
        yield copy


def _missing_from_package(package: commands.SendTransferRequest) -> Iterator[str]:
    yield from missing_from(package.materials, REQUIRED)
    if package.prior_decision_number:
        yield from missing_from(package.materials, [pb.MATERIAL_KIND_PENALTY_DECISION])
    for goods in package.goods:
        if goods.perishable and not goods.evidence_record.sha256:
            yield f"易腐物品“{goods.description}”的取证记录"
        if goods.needs_test and not (goods.test.body and goods.test.report.sha256):
            yield f"“{goods.description}”的法定检验、鉴定机构的报告"
