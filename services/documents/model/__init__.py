"""Numbers, documents, archive packages and reviews: four aggregates, in this order.

numbering     one stream an authority, series and year: numbers without a gap
document      what a sheet says, fixed when it is issued; number and sheet follow
archive       a package of the whole file, once the matter is closed
case_review   whether the file was made as it should be
"""

from services.documents.model.archive import Archive, archive
from services.documents.model.document import Document, document
from services.documents.model.numbering import Numbering, numbering
from services.documents.model.review import Review, review
from services.documents.shared import CASE_SERIES, Refusal, numbering_id

__all__ = [
    "CASE_SERIES",
    "Archive",
    "Document",
    "Numbering",
    "Refusal",
    "Review",
    "archive",
    "document",
    "numbering",
    "numbering_id",
    "review",
]
