"""Read models of acts: which of them this authority knows (一事不再罚), and what others answered about them."""

from typing import Any

from enforcement.cases.v1 import act_inquiry_pb2 as inquiries
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.non_site.v1 import capture_pb2 as captures

from services.cases.model import Stage
from services.cases.model.act_inquiry import Subjects
from services.cases.model.importing import clue_of
from services.cases.model.on_spot import fine_of
from services.cases.views import act_answer, act_record, begins, device_record
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import DELETE, Row
from services.kernel.values import day_of


def _case(event: Any, fact: Fact) -> str:
    return str(event.case_id)


def _on_spot(event: Any, fact: Fact) -> str:
    return str(event.on_spot_id)


def _identifiers(party: pb.Party, vehicle: pb.Vehicle) -> dict[str, str | int | None]:
    """By what others recognise a party or a vehicle."""
    known = Subjects.of(party, vehicle)
    buckets = known.buckets
    return {
        "party_number": known.party_number,
        "plate": known.plate,
        "plate_colour": known.plate_colour,
        "party_bucket": buckets.get(inquiries.ACT_SUBJECT_KIND_PARTY),
        "plate_bucket": buckets.get(inquiries.ACT_SUBJECT_KIND_VEHICLE),
    }


@act_record.on(pb.ClueRegistered, key=_case)
def act_known(row: Row, event: pb.ClueRegistered, fact: Fact) -> None:
    ended = day_of(fact.occurred_at).isoformat() if event.act_continues else event.act_ended_on or event.act_on
    row.update(
        began_position=fact.position,
        act_code=event.act_code,
        from_on=event.act_on,
        to_on=ended,
        **_identifiers(event.party, event.vehicle),
        number="",
        fined=False,
        closed=False,
        turned_down=False,
        incident_id=event.incident_id,
        incident_role=event.incident_role,
    )


@act_record.on(imports.CaseImported, key=_case)
def act_imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    act_known(row, clue_of(event), fact)
    row.update(
        number=event.imported.case_number,
        filed_at=begins(event.filed_on),
        fined=fine_of(event.imported.penalties) > 0,
        closed=bool(event.closed_on),
        turned_down=event.imported.stage == Stage.NOT_FILED,
    )


@act_record.on(pb.CaseFiled, key=_case)
def act_filed(row: Row, event: pb.CaseFiled, fact: Fact) -> None:
    row.update(number=event.case_number, filed_at=fact.occurred_at)
    filed_against = _identifiers(event.party, event.vehicle)
    if filed_against["party_number"]:
        row.update({column: filed_against[column] for column in ("party_number", "party_bucket")})


@act_record.on(pb.CaseNotFiled, key=_case)
def act_turned_down(row: Row, event: pb.CaseNotFiled, fact: Fact) -> None:
    row["turned_down"] = True


@act_record.on(pb.CaseNumbered, key=_case)
def act_numbered(row: Row, event: pb.CaseNumbered, fact: Fact) -> None:
    row["number"] = event.case_number


@act_record.on(pb.PenaltyDecided, decisions.DecisionAmended, key=_case)
def act_penalised(row: Row, event: pb.PenaltyDecided | decisions.DecisionAmended, fact: Fact) -> None:
    row["fined"] = fine_of(event.penalties) > 0


@act_record.on(decisions.DecisionRevoked, key=_case)
@act_record.on(on_spot.OnSpotRevoked, key=_on_spot)
def act_unpunished(row: Row, event: Any, fact: Fact) -> None:
    row["fined"] = False


@act_record.on(side.AdministrativeTransferNoted, key=_case)
def act_handed_on(row: Row, event: side.AdministrativeTransferNoted, fact: Fact) -> None:
    row["closed"] = event.accepted


@act_record.on(pb.CaseClosed, key=_case)
def act_closed(row: Row, event: pb.CaseClosed, fact: Fact) -> None:
    row["closed"] = True


@act_record.on(on_spot.OnSpotObserved, key=_on_spot)
def act_seen(row: Row, event: on_spot.OnSpotObserved, fact: Fact) -> None:
    day = day_of(fact.occurred_at).isoformat()
    row.update(
        began_position=fact.position,
        act_code=event.act_code,
        from_on=day,
        to_on=day,
        **_identifiers(event.party, event.vehicle),
        number="",
        fined=False,
        closed=False,
        turned_down=False,
        incident_id=event.incident_id,
        incident_role=0,
    )


@act_record.on(on_spot.OnSpotPenaltyDecided, key=_on_spot)
def act_decided_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row.update(number=event.form_number, filed_at=fact.occurred_at, fined=fine_of(event.penalties) > 0)


@act_record.on(on_spot.OnSpotReferred, key=_on_spot)
def act_referred(row: Row, event: on_spot.OnSpotReferred, fact: Fact) -> None:
    row["turned_down"] = True


@act_record.on(on_spot.OnSpotClosed, key=_on_spot)
def act_closed_on_spot(row: Row, event: on_spot.OnSpotClosed, fact: Fact) -> None:
    row["closed"] = True


@device_record.on(captures.CaptureRecorded)
def captured(row: Row, event: captures.CaptureRecorded, fact: Fact) -> None:
    row.update(files=[picture.file.sha256.hex() for picture in event.pictures], adopted=False)


@device_record.on(captures.CaptureChecked)
def violates(row: Row, event: captures.CaptureChecked, fact: Fact) -> Any:
    return None if event.assessment.violation else DELETE


@device_record.on(captures.CaptureAdopted)
def adopted(row: Row, event: captures.CaptureAdopted, fact: Fact) -> None:
    row["adopted"] = True


@act_answer.on(
    inquiries.ActInquirySent, key=lambda event, fact: [(event.matter_id, one) for one in event.recipient_ids]
)
def asked(row: Row, event: inquiries.ActInquirySent, fact: Fact) -> None:
    row.update(inquiry_id=event.inquiry_id, act_codes=list(event.act_codes), answered=False)


@act_answer.on(inquiries.ActAnswerRecorded)
def answer_recorded(row: Row, event: inquiries.ActAnswerRecorded, fact: Fact) -> None:
    if row.get("inquiry_id") == event.inquiry_id:
        row["answered"] = True
    row.update(
        matches=[as_dict(match) for match in event.matches],
        complete=event.complete,
        offences=[as_dict(offence) for offence in event.offences],
        offences_known=event.offences_known,
    )


@act_record.on(pb.PenaltyDecided, key=_case)
def offence_established(row: Row, event: pb.PenaltyDecided, fact: Fact) -> None:
    row["established_on"] = day_of(fact.occurred_at).isoformat()


@act_record.on(pb.NoPenaltyDecided, key=_case)
def offence_unpunished(row: Row, event: pb.NoPenaltyDecided, fact: Fact) -> None:
    if event.ground in (pb.NO_PENALTY_GROUND_MINOR, pb.NO_PENALTY_GROUND_FIRST):
        row["established_on"] = day_of(fact.occurred_at).isoformat()


@act_record.on(decisions.DecisionRevoked, key=_case)
@act_record.on(on_spot.OnSpotRevoked, key=_on_spot)
def offence_struck(row: Row, event: Any, fact: Fact) -> None:
    row["established_on"] = None


@act_record.on(on_spot.OnSpotPenaltyDecided, key=_on_spot)
def offence_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row["established_on"] = day_of(fact.occurred_at).isoformat()
