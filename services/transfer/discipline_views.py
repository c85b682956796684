"""Read model of clues on officials (纪检监察线索): a table that no query shows but to those on the list of a row.

Nothing of it stands in the timeline.
"""

from datetime import timedelta
from typing import Any

from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.transfer.v1 import discipline_pb2 as pb

from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import Row
from services.kernel.values import day_of
from services.transfer.discipline_deadlines import FORWARDING
from services.transfer.model.discipline import ReceivedStage, Stage
from services.transfer.views import views

clue = views.table("restricted_clue", key="clue_id")


def _of_a_clue(event: clocks.RestrictedClock, fact: Fact) -> str | None:
    return event.subject_id if event.rule_id == FORWARDING.rule_id else None


@clue.on(clocks.RestrictedClock, key=_of_a_clue)
def clock_went(row: Row, event: clocks.RestrictedClock, fact: Fact) -> None:
    match event.WhichOneof("event"):
        case "started":
            row["due_on"] = _last_day(event.started.effective_due_at)
        case "recomputed":
            row["due_on"] = _last_day(event.recomputed.effective_due_at)
        case "missed":
            row["overdue"] = True
        case "met":
            row["overdue"] = not event.met.in_time


def _last_day(end: Any) -> str:
    return day_of(to_datetime(end) - timedelta(microseconds=1)).isoformat()


@clue.on(pb.ClueNoted)
def noted(row: Row, event: pb.ClueNoted, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        stage=Stage.NOTED,
        content=as_dict(event.content),
        reader_ids=list(event.reader_ids),
        noted_at=fact.occurred_at,
    )


@clue.on(pb.ClueReaderAdmitted)
def admitted(row: Row, event: pb.ClueReaderAdmitted, fact: Fact) -> None:
    row["reader_ids"] = [*row["reader_ids"], event.officer_id]


@clue.on(pb.ClueReaderRemoved)
def removed(row: Row, event: pb.ClueReaderRemoved, fact: Fact) -> None:
    row["reader_ids"] = [reader for reader in row["reader_ids"] if reader != event.officer_id]


@clue.on(pb.RestrictedLetter)
def letter_written(row: Row, event: pb.RestrictedLetter, fact: Fact) -> None:
    match event.WhichOneof("content"):
        case "clue":
            row.update(stage=Stage.SENT, receiver=event.addressee_id, sent_at=fact.occurred_at)
        case "outcome":
            row.update(stage=ReceivedStage.TOLD, outcome=event.outcome, outcome_at=fact.occurred_at)


@clue.on(pb.ClueHandedOver)
def handed_over(row: Row, event: pb.ClueHandedOver, fact: Fact) -> None:
    row.update(
        stage=Stage.RECEIVED,
        receiver=event.receiver_name,
        sent_at=fact.occurred_at,
        received_at=fact.occurred_at,
        register_number=event.receipt_number,
    )


@clue.on(pb.ClueAnswered)
def answered(row: Row, event: pb.ClueAnswered, fact: Fact) -> None:
    if event.outcome:
        row.update(stage=Stage.ANSWERED, outcome=event.outcome, outcome_at=fact.occurred_at)
        return
    row.update(received_at=fact.occurred_at, register_number=event.register_number)
    if row["stage"] == Stage.SENT:
        row["stage"] = Stage.RECEIVED


@clue.on(pb.ClueArrived)
def arrived(row: Row, event: pb.ClueArrived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        sender_id=event.sender_id,
        stage=ReceivedStage.ARRIVED,
        content=as_dict(event.content),
        noted_at=fact.occurred_at,
    )


@clue.on(pb.ClueReceiptSigned)
def receipt_signed(row: Row, event: pb.ClueReceiptSigned, fact: Fact) -> None:
    row.update(
        stage=ReceivedStage.SIGNED,
        received_at=fact.occurred_at,
        register_number=event.register_number,
        reader_ids=list(event.reader_ids),
    )
