"""What each kind of request carries, and with what it is answered (请求内容、材料、证明).

kind             beside purpose, legal basis and classification                     a whole answer
CLUE             the clue, registered here; facts, why not competent, contact       what was made of it
CASE_TRANSFER    the same of a filed case; letter, file, lists of evidence, things  what was made of it
ASSIST           questions or fields                                                words, fields or evidence
EVIDENCE_SHARE   questions, fields or hashes                                        words, fields or evidence
SERVICE          the document, to whom and where                                    the receipt (送达回证)
EXECUTION_ASSIST the document, and what is to be done                               words, fields or evidence
CONSULT          questions                                                          words

Who asks for fields names whose. Help is asked for and given within one's powers (行政处罚法 art. 26).
"""

from collections.abc import Iterable
from typing import Final

from enforcement.cross_border.v1 import content_pb2 as content
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.shared import Refusal
from services.cross_border.personal import personal, terms
from services.kernel.errors import Refused
from services.kernel.values import term

PAPERS: Final = {
    pb.REQUEST_TYPE_CASE_TRANSFER: (
        content.MATERIAL_KIND_LETTER,
        content.MATERIAL_KIND_CASE_FILE,
        content.MATERIAL_KIND_EVIDENCE_LIST,
        content.MATERIAL_KIND_PROPERTY_LIST,
    ),
    pb.REQUEST_TYPE_SERVICE: (content.MATERIAL_KIND_DOCUMENT,),
    pb.REQUEST_TYPE_EXECUTION_ASSIST: (content.MATERIAL_KIND_DOCUMENT,),
}
"""Papers without which a request of the kind does not leave."""

_SHA256_BYTES: Final = 32


def require_content(asked: pb.RequestSent) -> None:
    """Returns when a request carries what its kind needs.

    Raises:
        Refused: PERSONAL_FIELDS_WITHOUT_PURPOSE, PURPOSE_MISSING, NOTHING_ASKED, SUBJECT_MISSING, CASE_NEEDED,
            CONTENT_MISSING, MATERIALS_MISSING.
    """
    kind = term(pb.RequestType, asked.request_type)
    if not asked.purpose.strip():
        if found := personal(asked.fields):
            raise Refused(Refusal.PERSONAL_FIELDS_WITHOUT_PURPOSE, fields=terms(found))
        raise Refused(Refusal.PURPOSE_MISSING)
    if asked.fields and not (asked.subject.plate or asked.subject.licence_number or asked.subject.name):
        raise Refused(Refusal.SUBJECT_MISSING)
    if asked.request_type in HAND_OVERS and not asked.case_id:
        raise Refused(Refusal.CASE_NEEDED)
    if missing := _missing(asked):
        raise Refused(Refusal.CONTENT_MISSING, type=kind, missing="、".join(missing))
    if not _asks(asked):
        raise Refused(Refusal.NOTHING_ASKED)
    if papers := _missing_papers(asked):
        raise Refused(Refusal.MATERIALS_MISSING, type=kind, materials="、".join(papers))


def require_answer(received: pb.TaskReceived, command: commands.AnswerTaskRequest) -> None:
    """Returns when an answer is one to what was asked.

    Raises:
        Refused: FIELD_NOT_ASKED, UNABLE_WITH_CONTENT, ANSWER_EMPTY, PROOF_MISSING, RECEIPT_WITHOUT_SERVICE.
    """
    asked = set(received.fields)
    if beyond := [one.field for one in command.fields if one.field not in asked]:
        raise Refused(Refusal.FIELD_NOT_ASKED, fields=terms(beyond))
    proved = command.HasField("receipt")
    if proved and received.request_type != pb.REQUEST_TYPE_SERVICE:
        raise Refused(Refusal.RECEIPT_WITHOUT_SERVICE)
    gives = bool(command.fields or command.items or proved)
    if command.completeness == pb.COMPLETENESS_UNABLE and gives:
        raise Refused(Refusal.UNABLE_WITH_CONTENT)
    if not gives and not command.text.strip():
        raise Refused(Refusal.ANSWER_EMPTY)
    whole = command.completeness == pb.COMPLETENESS_FULL
    if received.request_type == pb.REQUEST_TYPE_SERVICE and whole and not (proved and _is_file(command.receipt)):
        raise Refused(Refusal.PROOF_MISSING)


def _missing(asked: pb.RequestSent) -> list[str]:
    matter, order = asked.matter, asked.service
    present: dict[str, bool] = {}
    if asked.request_type in HAND_OVERS:
        present = {
            "违法事实": bool(matter.facts.strip()),
            "无管辖权的理由": bool(matter.reason.strip()),
            "联系人": bool(asked.contact.strip()),
        }
    elif asked.request_type == pb.REQUEST_TYPE_SERVICE:
        present = {
            "受送达人": bool(order.recipient_name.strip()),
            "送达地点": bool(order.place.description.strip()),
        }
    elif asked.request_type in (pb.REQUEST_TYPE_EXECUTION_ASSIST, pb.REQUEST_TYPE_CONSULT):
        present = {"请求事项": bool(asked.questions)}
    return [name for name, there in present.items() if not there]


def _asks(asked: pb.RequestSent) -> bool:
    """A clue, a case and a document ask by themselves."""
    speaks = asked.request_type in (*HAND_OVERS, pb.REQUEST_TYPE_SERVICE)
    return bool(speaks or asked.questions or asked.fields or asked.evidence_sha256)


def _missing_papers(asked: pb.RequestSent) -> list[str]:
    there = {one.kind for one in asked.materials if _is_file(one)}
    without = [one.title or term(content.MaterialKind, one.kind) for one in asked.materials if not _is_file(one)]
    needed = PAPERS.get(asked.request_type, ())
    return [*_terms(kind for kind in needed if kind not in there), *without]


def _terms(kinds: Iterable[content.MaterialKind.ValueType]) -> list[str]:
    return [term(content.MaterialKind, kind) for kind in kinds]


def _is_file(holder: content.Material | content.ServiceReceipt) -> bool:
    return len(holder.file.sha256) == _SHA256_BYTES
