"""Read models of the case's file as documents keep it: what its decision says, and the package that was built last."""

from typing import Any

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.documents.v1 import events_pb2 as documents

from services.kernel.facts import Fact
from services.kernel.projection import Row, Views

DECISION_FORMS = ("F15", "X7")
"""行政处罚决定书, 不予行政处罚决定书."""


def _matter(event: Any, fact: Fact) -> str | None:
    return str(event.matter_id) or None


def _decision(event: documents.DocumentRendered, fact: Fact) -> str | None:
    return _matter(event, fact) if event.form in DECISION_FORMS else None


def keep_files(views: Views) -> None:
    """Fills the tables `decision_sheet` and `archive_package` of the cases' views."""
    sheet = views.table("decision_sheet", key="case_id")
    package = views.table("archive_package", key="case_id")

    @sheet.on(documents.DocumentRendered, key=_decision)
    def made(row: Row, event: documents.DocumentRendered, fact: Fact) -> None:
        row.update(number=event.number, text=event.text)

    @sheet.on(decisions.DecisionAmended, decisions.DecisionRevoked)
    def no_longer_holds(row: Row, event: Any, fact: Fact) -> None:
        """What was decided is another decision now, of which there is no sheet yet."""
        row.update(number="", text="")

    @package.on(documents.ArchivePackageBuilt, key=_matter)
    def built(row: Row, event: documents.ArchivePackageBuilt, fact: Fact) -> None:
        row["sha256"] = event.package.sha256.hex()

    @package.on(cases.CaseClosed)
    def closed(row: Row, event: cases.CaseClosed, fact: Fact) -> None:
        """What was built before a case was closed anew is not the file of this closing."""
        row["sha256"] = ""
