"""Read models of documents, and the facts of each matter that their forms print.

A matter's facts come from the events of the services that own them: a document prints what the ledger says, not what
somebody typed a second time. Each fold names the facts as forms/forms.toml names them.

    matter   the case or on-the-spot penalty itself
    part     a stream that belongs to a matter, with facts of its own: its collection, an execution, its transfer …

Here are the tables; topics register what fills them: case_views, evidence_views and procedure_views for the case,
on_spot_views, money_views and criminal_views for what goes beside it, part_views for the files that events carry,
document_views for what documents themselves are.
"""

from pathlib import Path
from typing import Any, Final

from enforcement.documents.v1 import events_pb2 as pb

from services.documents.model import archive as archives
from services.documents.model import document as documents
from services.documents.model import numbering as numberings
from services.documents.model import review as reviews
from services.kernel.facts import Fact
from services.kernel.projection import Views
from services.kernel.timeline import keep_timeline

views = Views("documents", version=16, sql=Path(__file__).with_name("views.sql"))

matter = views.table("matter", key="matter_id")
part = views.table("part", key="stream_id")
officer = views.table("officer", key="officer_id")
document = views.table("document", key="document_id")
number_taken = views.table("number_taken", key=("numbering_id", "number"))
archive = views.table("archive", key="archive_id")
case_review = views.table("case_review", key="review_id")

CASE: Final = "case"
NOT_ESTABLISHED: Final = "违法事实不能成立"


def of_case(event: Any, fact: Fact) -> str | None:
    """The case that an event is about; None for others."""
    return event.case_id or None


keep_timeline(
    views,
    {
        pb.NumberTaken: "取号",
        pb.DocumentIssued: "制作文书",
        pb.DocumentRendered: "生成文书",
        pb.ArchivePackageBuilt: "生成归档包",
        pb.ReviewOpened: "开始案卷评查",
        pb.ReviewCompleted: "作出评查结果",
        pb.ReworkReported: "报告整改情况",
        pb.ReworkAccepted: "整改验收",
        pb.ReworkReturned: "退回整改",
    },
    [numberings, documents, archives, reviews],
)
