"""Read model of public copies: the newest proposal of each case, for whoever compares it with the file."""

from enforcement.cases.v1 import publication_pb2 as pb

from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row, Views


def keep_publications(views: Views) -> None:
    """Fills the table `publication` of the cases' views."""
    publication = views.table("publication", key="case_id")

    @publication.on(pb.PublicationProposed)
    def proposed(row: Row, event: pb.PublicationProposed, fact: Fact) -> None:
        row.update(
            publication_id=event.publication_id,
            text_sha256=event.text_sha256.hex(),
            redactions=[as_dict(one) for one in event.redactions],
            copy=event.copy,
            proposed_by=fact.actor,
            proposed_at=fact.occurred_at,
            checked_by=None,
            checked_at=None,
            remark=None,
        )

    @publication.on(pb.PublicationChecked)
    def checked(row: Row, event: pb.PublicationChecked, fact: Fact) -> None:
        row.update(checked_by=fact.actor, checked_at=fact.occurred_at, remark=event.remark)
