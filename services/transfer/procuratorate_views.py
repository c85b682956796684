"""What the procuratorate reads: folds of the tables `oversight`, `supervision` and `prosecution`."""

from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.facts import Fact
from services.kernel.projection import Row, Views
from services.transfer.model.supervision import Stage, supervision_of

_TOLD: Final = {
    pb.TRANSFER_STEP_SENT: "sent_at",
    pb.TRANSFER_STEP_RECEIPT_SIGNED: "received_at",
    pb.TRANSFER_STEP_FORWARDED: "forwarded_at",
    pb.TRANSFER_STEP_DECLINED: "declined_at",
    pb.TRANSFER_STEP_DECISION_EXTENDED: "extended_at",
    pb.TRANSFER_STEP_FILED: "filed_at",
    pb.TRANSFER_STEP_REFUSED: "refused_at",
    pb.TRANSFER_STEP_RECONSIDERATION_RECEIVED: "reconsideration_received_at",
    pb.TRANSFER_STEP_REFUSAL_MAINTAINED: "refusal_maintained_at",
    pb.TRANSFER_STEP_HANDED_OVER: "handed_over_at",
    pb.TRANSFER_STEP_WITHDRAWN: "withdrawn_at",
    pb.TRANSFER_STEP_RETURNED: "returned_at",
}

_SUPERVISED: Final = {
    supervision.SupervisionOpened: (Stage.OPEN, "opened_at"),
    supervision.ReasonsAsked: (Stage.REASONS_ASKED, "reasons_asked_at"),
    supervision.ReasonsRequestReceiptRecorded: (None, "asked_received_at"),
    supervision.ReasonsRecorded: (None, "reasons_recorded_at"),
    supervision.RefusalUpheld: (Stage.UPHELD, "concluded_at"),
    supervision.FilingOrdered: (Stage.ORDERED, "concluded_at"),
    supervision.SupervisionEnded: (Stage.ENDED, "concluded_at"),
}


def keep_oversights(views: Views) -> None:
    """Fills the table `oversight`: one row a transfer, from two tellers."""
    table = views.table("oversight", key=("transfer_id", "bureau_id"))

    @table.on(pb.OversightOpened)
    def first_heard(row: Row, event: pb.OversightOpened, fact: Fact) -> None:
        row.setdefault("began_position", fact.position)
        row["supervision_id"] = supervision_of(event.transfer_id, event.bureau_id)
        if event.reported_by == event.bureau_id:
            row.setdefault("oversight_id", event.oversight_id)
            row.update(
                police_id=event.police_id or None,
                case_number=event.case_number,
                act_code=event.act_code,
                suspected_crime=event.suspected_crime,
                suspect_names=list(event.suspect_names),
            )
        else:
            row.update(told_by=event.reported_by, referral_id=event.referral_id, oversight_id=event.oversight_id)
        row[_TOLD[event.step]] = event.taken_at.ToJsonString()

    @table.on(pb.OversightUpdated)
    def heard(row: Row, event: pb.OversightUpdated, fact: Fact) -> None:
        row[_TOLD[event.step]] = event.taken_at.ToJsonString()


def keep_supervisions(views: Views) -> None:
    """Fills the table `supervision`: the latest round of each."""
    table = views.table("supervision", key="supervision_id")

    @table.on(supervision.SupervisionOpened)
    def opened(row: Row, event: supervision.SupervisionOpened, fact: Fact) -> None:
        row.setdefault("began_position", fact.position)
        row.update(dict.fromkeys(column for _, column in _SUPERVISED.values()))
        row.update(
            transfer_id=event.transfer_id,
            bureau_id=event.bureau_id,
            police_id=event.police_id,
            referral_id=event.referral_id,
            suggested=event.suggested,
            about=supervision.NON_FILING_UNSPECIFIED,
            reasons="",
        )

    @table.on(*_SUPERVISED)
    def moved(row: Row, event: Any, fact: Fact) -> None:
        stage, column = _SUPERVISED[type(event)]
        row["stage"] = stage or row["stage"]
        row[column] = fact.occurred_at

    @table.on(supervision.SuggestionReceived)
    def suggested(row: Row, event: supervision.SuggestionReceived, fact: Fact) -> None:
        row.setdefault("began_position", fact.position)
        row.update(transfer_id=event.transfer_id, bureau_id=event.bureau_id, grounds=event.grounds)
        row.setdefault("stage", Stage.NONE)

    @table.on(supervision.ReasonsRecorded)
    def stated(row: Row, event: supervision.ReasonsRecorded, fact: Fact) -> None:
        row.update(about=event.about, reasons=event.reasons)
        if row["stage"] == Stage.REASONS_ASKED:
            row["stage"] = Stage.REASONS_STATED


def keep_prosecutions(views: Views) -> None:
    """Fills the table `prosecution`."""
    table = views.table("prosecution", key="prosecution_id")

    @table.on(outcomes.ProsecutionOpened)
    def opened(row: Row, event: outcomes.ProsecutionOpened, fact: Fact) -> None:
        row.update(
            began_position=fact.position,
            transfer_id=event.transfer_id,
            bureau_id=event.bureau_id,
            police_id=event.police_id,
            referral_id=event.referral_id,
            criminal_case_number=event.criminal_case_number,
            outcome=outcomes.TRANSFER_OUTCOME_UNSPECIFIED,
            penalty_needed=False,
        )

    @table.on(outcomes.NonProsecutionDecided)
    def not_prosecuted(row: Row, event: outcomes.NonProsecutionDecided, fact: Fact) -> None:
        row.update(
            outcome=outcomes.TRANSFER_OUTCOME_NON_PROSECUTION,
            penalty_needed=event.penalty_needed,
            decided_at=fact.occurred_at,
        )

    @table.on(outcomes.JudgmentTold)
    def judged(row: Row, event: outcomes.JudgmentTold, fact: Fact) -> None:
        row.update(outcome=event.outcome, decided_at=fact.occurred_at)
