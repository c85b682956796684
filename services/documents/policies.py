"""What the documents service does when something is in the ledger.

CaseFiled without a number              ──▶ TakeNumber for the case
DocumentIssued without a number         ──▶ TakeNumber for the document
DocumentIssued with one (a correction)  ──▶ RenderDocument under it
NumberTaken for a document              ──▶ RenderDocument
"""

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.shared import CASE_SERIES, numbering_id, year_of
from services.kernel.policy import Policy, PolicyContext

policy = Policy("documents")


@policy.on(cases.CaseFiled, received=False)
def number_case(event: cases.CaseFiled, context: PolicyContext) -> commands.TakeNumberRequest | None:
    """A case that was filed without a number gets one; the cases service records it on the case."""
    if event.case_number:
        return None
    return _take(CASE_SERIES, event.case_id, context)


@policy.on(pb.DocumentIssued, received=False)
def number_document(
    event: pb.DocumentIssued, context: PolicyContext
) -> commands.TakeNumberRequest | commands.RenderDocumentRequest:
    """A document gets its number when it is issued; what has one, a correction above all, needs a sheet only."""
    if event.number:
        return commands.RenderDocumentRequest(document_id=event.document_id, version=event.version, number=event.number)
    return _take(event.form, event.document_id, context)


@policy.on(pb.NumberTaken, received=False)
def render_document(event: pb.NumberTaken, context: PolicyContext) -> commands.RenderDocumentRequest | None:
    """A numbered document gets its sheet. A failure is parked with its reason and tried again."""
    if event.series == CASE_SERIES:
        return None
    return commands.RenderDocumentRequest(document_id=event.for_id, version=1, number=event.text)


def _take(series: str, for_id: str, context: PolicyContext) -> commands.TakeNumberRequest:
    year = year_of(context.occurred_at)
    return commands.TakeNumberRequest(
        numbering_id=numbering_id(context.authority.id, series, year), series=series, year=year, for_id=for_id
    )
