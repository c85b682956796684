"""Answers on paper, and papers that came in, as people read them: what each says, and where it stands as evidence."""

from typing import Any

from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as pb

from services.kernel.facts import Fact
from services.kernel.messages import to_datetime
from services.kernel.projection import Row
from services.transfer.model.letters import AGREED, DISAGREED, DISCARDED, ENTERED, WEAK
from services.transfer.views import views

answer = views.table("paper_answer", key="answer_id")


@answer.on(pb.PaperAnswerEntered)
def entered(row: Row, event: pb.PaperAnswerEntered, fact: Fact) -> None:
    row.update(
        transfer_id=event.transfer_id,
        began_position=fact.position,
        kind=event.kind,
        answered_by=event.answered_by,
        signed_at=to_datetime(event.signed_at),
        confirmed=False,
        standing=ENTERED,
    )


def _paper(event: Any, fact: Fact) -> str:
    return str(event.paper_id)


@answer.on(incoming.PaperEntered, key=_paper)
def paper_entered(row: Row, event: incoming.PaperEntered, fact: Fact) -> None:
    row.update(
        transfer_id=event.transfer_id,
        matter_id=event.matter_id,
        began_position=fact.position,
        kind=event.kind,
        answered_by=event.from_id,
        signed_at=to_datetime(event.signed_at),
        confirmed=False,
        standing=ENTERED,
    )


@answer.on(pb.PaperAnswerConfirmed)
@answer.on(incoming.PaperConfirmed, key=_paper)
def confirmed(row: Row, event: Any, fact: Fact) -> None:
    row.update(confirmed=True, standing=WEAK)


@answer.on(pb.PaperAnswerDiscarded)
@answer.on(incoming.PaperDiscarded, key=_paper)
def discarded(row: Row, event: Any, fact: Fact) -> None:
    row["standing"] = DISCARDED


@answer.on(pb.PaperAnswerMatched)
@answer.on(incoming.ReferralPaperMatched, incoming.SupervisionPaperMatched, key=_paper)
def matched(row: Row, event: Any, fact: Fact) -> None:
    row["standing"] = AGREED if event.agrees else DISAGREED


def shown(row: Any) -> pb.PaperAnswer:
    """A row as the query answers it."""
    made = pb.PaperAnswer(
        answer_id=str(row["answer_id"]),
        kind=row["kind"],
        answered_by=row["answered_by"],
        confirmed=row["confirmed"],
        standing=row["standing"],
    )
    made.signed_at.FromDatetime(row["signed_at"])
    return made
