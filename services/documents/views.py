"""Read models of documents, and the facts of each matter that their forms print.

A matter's facts come from the events of the services that own them: a document prints what the ledger says, not what
somebody typed a second time. Each fold names the facts as forms/forms.toml names them.

    matter   the case or on-the-spot penalty itself
    part     a stream that belongs to a matter, with facts of its own: its collection, an execution, its transfer …

Here is the case; further topics register theirs: on_spot_views, money_views, criminal_views.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as decision
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import evidence_pb2 as custody
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import recusal_pb2 as recusal
from enforcement.cases.v1 import review_pb2 as legal_review
from enforcement.cases.v1 import side_states_pb2 as side_states
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.officers.v1 import events_pb2 as officers
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import team_pb2 as team

from services.documents.folding import (
    facts_of,
    fine_of,
    json_of,
    of_kind,
    of_stream,
    penalties_of,
    people_of,
    vessel_of,
)
from services.documents.model import archive as archives
from services.documents.model import document as documents
from services.documents.model import numbering as numberings
from services.documents.model import review as reviews
from services.documents.model.review import Stage as ReviewStage
from services.documents.papers import OF_MATTER, OF_PARTS, papers_of
from services.documents.present import penalty
from services.kernel.deadlines.units import start_of
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import Row, Views
from services.kernel.timeline import keep_timeline
from services.kernel.values import day_of, term

views = Views("documents", version=10, sql=Path(__file__).with_name("views.sql"))

matter = views.table("matter", key="matter_id")
part = views.table("part", key="stream_id")
officer = views.table("officer", key="officer_id")
document = views.table("document", key="document_id")
number_taken = views.table("number_taken", key=("numbering_id", "number"))
archive = views.table("archive", key="archive_id")
case_review = views.table("case_review", key="review_id")

CASE: Final = "case"
NOT_ESTABLISHED: Final = "违法事实不能成立"
TO_BE_NUMBERED: Final = "待取号"
TO_BE_RENDERED: Final = "待生成"
RENDERED: Final = "已生成"


def _of_case(event: Any, fact: Fact) -> str | None:
    return event.case_id or None


def _of_any(event: Any, fact: Fact) -> str | None:
    return getattr(event, "case_id", "") or getattr(event, "on_spot_id", "") or None


# ── The case ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@matter.on(cases.ClueRegistered, key=_of_case)
def clue(row: Row, event: cases.ClueRegistered, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=CASE, closed=False)
    facts_of(row).update(
        act_code=event.act_code,
        source=term(cases.ClueSource, event.source),
        received_at=fact.occurred_at.isoformat(),
        act_on=event.act_on,
        place=event.place.description,
        found=event.facts,
        reporter=event.reporter or event.handed_off_by,
        party=json_of(event.party),
        vehicle=json_of(event.vehicle),
        vessel=vessel_of(event.vessel),
        **({"capture": event.capture_id} if event.capture_id else {}),
    )


@matter.on(cases.CaseFiled, key=_of_case)
def filed(row: Row, event: cases.CaseFiled, fact: Fact) -> None:
    row["number"] = event.case_number or None
    facts = facts_of(row)
    facts.update(
        filed_at=fact.occurred_at.isoformat(),
        filed_by=fact.actor,
        filing_basis=event.basis,
        case_number=event.case_number,
    )
    if event.HasField("party"):
        facts["party"] = json_of(event.party)
    if event.HasField("vehicle"):
        facts["vehicle"] = json_of(event.vehicle)
    if event.facts:
        facts["found"] = event.facts


@matter.on(imports.CaseImported, key=_of_case)
def imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    known = event.imported
    row.update(began_position=fact.position, kind=CASE, closed=bool(event.closed_on), number=known.case_number or None)
    facts_of(row).update(
        act_code=known.act_code,
        source=term(cases.ClueSource, known.source),
        received_at=start_of(date.fromisoformat(known.registered_on)).isoformat(),
        act_on=known.act_on,
        place=known.place.description,
        found=known.facts,
        party=json_of(known.party),
        vehicle=json_of(known.vehicle),
        vessel=vessel_of(known.vessel),
        **({"filed_at": start_of(date.fromisoformat(known.filed_on)).isoformat()} if known.filed_on else {}),
        case_number=known.case_number,
        handlers=[{"officer_id": one, "credential_number": ""} for one in known.officer_ids],
        handled_by=sorted(known.officer_ids),
        evidence=[
            {
                "evidence_id": one.evidence_id,
                "kind": term(cases.EvidenceKind, one.kind),
                "description": one.description,
                "at": fact.occurred_at.isoformat(),
            }
            for one in known.evidence
        ],
        **_imported_outcome(known),
    )


def _imported_outcome(known: imports.ImportedCase) -> dict[str, Any]:
    """What the older system decided and how it ended, as far as it says so."""
    found: dict[str, Any] = {}
    if known.told_on:
        found["notice"] = {
            "proposed": penalties_of(known.proposed),
            "hearing": known.hearing_right,
            "on": known.told_on,
        }
    if known.decided_on and known.penalties:
        found["outcome"] = "penalty"
        found["decision"] = {
            "penalties": penalties_of(known.penalties),
            "fine_fen": fine_of(known.penalties),
            "on": known.decided_on,
        }
    elif known.decided_on and known.no_penalty_ground:
        ground = term(cases.NoPenaltyGround, known.no_penalty_ground)
        found |= {"outcome": "no_penalty", "no_penalty": {"ground": ground, "on": known.decided_on}}
    elif known.decided_on:
        found |= {"outcome": "not_established", "no_penalty": {"ground": NOT_ESTABLISHED, "on": known.decided_on}}
    if known.served_on:
        found["served"] = {"on": known.served_on}
    if known.closing_ground:
        found["closing"] = {"ground": term(cases.ClosingGround, known.closing_ground)}
    return found


@matter.on(cases.CaseNumbered, key=_of_case)
def numbered(row: Row, event: cases.CaseNumbered, fact: Fact) -> None:
    row["number"] = event.case_number
    facts_of(row)["case_number"] = event.case_number


@matter.on(cases.OfficersAssigned, key=_of_case)
def assigned(row: Row, event: cases.OfficersAssigned, fact: Fact) -> None:
    facts = facts_of(row)
    facts["handlers"] = people_of(event.officers)
    facts["handled_by"] = sorted({*facts.get("handled_by", []), *(one.officer_id for one in event.officers)})


@matter.on(cases.EvidenceAdded, key=_of_case)
def evidence_added(row: Row, event: cases.EvidenceAdded, fact: Fact) -> None:
    facts_of(row).setdefault("evidence", []).append(
        {
            "evidence_id": event.evidence_id,
            "kind": term(cases.EvidenceKind, event.kind),
            "description": event.description,
            "at": fact.occurred_at.isoformat(),
            **({"file": as_dict(event.file)} if event.HasField("file") else {}),
        }
    )


@matter.on(custody.SampleTaken, key=_of_case)
def sampled(row: Row, event: custody.SampleTaken, fact: Fact) -> None:
    """A sample is a piece of evidence; its receipt is a paper."""
    facts_of(row)["samples"] = True
    facts_of(row).setdefault("evidence", []).append(
        {
            "evidence_id": event.evidence_id,
            "kind": term(cases.EvidenceKind, cases.EVIDENCE_KIND_PHYSICAL),
            "description": f"抽样：{event.description}（{event.sample_count}份）",
            "at": fact.occurred_at.isoformat(),
        }
    )


@matter.on(custody.TestResultRecorded, key=_of_case)
def tested(row: Row, event: custody.TestResultRecorded, fact: Fact) -> None:
    """What an expert says is evidence of its own kind; the seizure that stood still runs again."""
    facts_of(row).setdefault("evidence", []).append(
        {
            "evidence_id": event.evidence_id,
            "kind": term(cases.EvidenceKind, cases.EVIDENCE_KIND_EXPERT_OPINION),
            "description": event.opinion,
            "at": fact.occurred_at.isoformat(),
            "file": as_dict(event.file),
        }
    )
    _testing_ended(row, event.measure_id, event.test_id, fact)


@matter.on(custody.TestCommissioned, key=_of_case)
def testing_began(row: Row, event: custody.TestCommissioned, fact: Fact) -> None:
    """Time of which the party was told in writing does not count towards the seizure (行政强制法 art. 25)."""
    if event.measure_id and event.HasField("told"):
        tests = _measure(row, "seizure", event.measure_id).setdefault("tests", {})
        tests[event.test_id] = {"at": fact.occurred_at.isoformat(), "until_on": event.until_on}


@matter.on(custody.TestProlonged, key=_of_case)
def testing_prolonged(row: Row, event: custody.TestProlonged, fact: Fact) -> None:
    tests = _measure(row, "seizure", event.measure_id).get("tests", {}) if event.measure_id else {}
    if event.test_id in tests:
        tests[event.test_id]["until_on"] = event.until_on


@matter.on(custody.TestingTimeEnded, key=_of_case)
def testing_time_ended(row: Row, event: custody.TestingTimeEnded, fact: Fact) -> None:
    _testing_ended(row, event.measure_id, event.test_id, fact)


def _testing_ended(row: Row, measure_id: str, test_id: str, fact: Fact) -> None:
    tests = _measure(row, "seizure", measure_id).get("tests", {}) if measure_id else {}
    if test_id in tests:
        tests[test_id].setdefault("ended_at", fact.occurred_at.isoformat())


@matter.on(custody.EvidenceExcluded, key=_of_case)
def evidence_excluded(row: Row, event: custody.EvidenceExcluded, fact: Fact) -> None:
    facts = facts_of(row)
    facts["evidence"] = [
        {**one, "excluded": True} if one.get("evidence_id") == event.evidence_id else one
        for one in facts.get("evidence", [])
    ]


@matter.on(recusal.RecusalDecided, key=_of_case)
def recusal_decided(row: Row, event: recusal.RecusalDecided, fact: Fact) -> None:
    if event.recused:
        facts = facts_of(row)
        facts["recused"] = sorted({*facts.get("recused", []), event.officer_id})


@matter.on(cases.MeasureApproved, key=_of_case)
def measure_approved(row: Row, event: cases.MeasureApproved, fact: Fact) -> None:
    facts_of(row).setdefault("measures", {})[event.measure_id] = {"law_basis": event.law_basis, "reason": event.reason}


def _every(row: Row, what: str) -> list[dict[str, Any]]:
    """Everything of a kind that there may be several of, oldest first; forms print the newest unless told otherwise."""
    found: list[dict[str, Any]] = facts_of(row).setdefault("every", {}).setdefault(what, [])
    return found


def _measure(row: Row, what: str, measure_id: str) -> dict[str, Any]:
    """One measure; an import may begin after it was taken."""
    for one in _every(row, what):
        if one["measure_id"] == measure_id:
            return one
    _every(row, what).append({"measure_id": measure_id})
    return _every(row, what)[-1]


@matter.on(cases.EvidencePreserved, key=_of_case)
def preserved(row: Row, event: cases.EvidencePreserved, fact: Fact) -> None:
    _measure(row, "preservation", event.measure_id).update(
        at=fact.occurred_at.isoformat(),
        on=day_of(fact.occurred_at).isoformat(),
        items=[json_of(item) for item in event.items],
        kept_at=event.kept_at,
    )


@matter.on(cases.PreservationDecided, key=_of_case)
def preservation_decided(row: Row, event: cases.PreservationDecided, fact: Fact) -> None:
    _measure(row, "preservation", event.measure_id).update(
        ended_on=day_of(fact.occurred_at).isoformat(), outcome=term(cases.PreservationOutcome, event.outcome)
    )


@matter.on(cases.ItemsSeized, key=_of_case)
def seized(row: Row, event: cases.ItemsSeized, fact: Fact) -> None:
    approved = facts_of(row).get("measures", {}).get(event.measure_id, {})
    _measure(row, "seizure", event.measure_id).update(
        at=fact.occurred_at.isoformat(),
        on=day_of(fact.occurred_at).isoformat(),
        items=[json_of(item) for item in event.items],
        law_basis=event.law_basis or approved.get("law_basis", ""),
        extended=False,
    )


@matter.on(cases.SeizureExtended, key=_of_case)
def seizure_extended(row: Row, event: cases.SeizureExtended, fact: Fact) -> None:
    _measure(row, "seizure", event.measure_id).update(extended=True, extension_reason=event.reason)


@matter.on(cases.SeizureReleased, key=_of_case)
def seizure_released(row: Row, event: cases.SeizureReleased, fact: Fact) -> None:
    _measure(row, "seizure", event.measure_id).update(
        ended_on=day_of(fact.occurred_at).isoformat(), release_reason=event.reason
    )


@matter.on(cases.CorrectionOrdered, key=_of_case)
def correction_ordered(row: Row, event: cases.CorrectionOrdered, fact: Fact) -> None:
    facts_of(row)["correction"] = {"content": event.content, "due_on": event.due_on}


@matter.on(cases.InvestigationClosed, key=_of_case)
def investigated(row: Row, event: cases.InvestigationClosed, fact: Fact) -> None:
    facts_of(row)["investigation"] = {"facts": event.facts, "closed_on": day_of(fact.occurred_at).isoformat()}


@matter.on(cases.NoticeServed, key=_of_case)
def notified(row: Row, event: cases.NoticeServed, fact: Fact) -> None:
    facts_of(row)["notice"] = {
        "facts": event.facts,
        "basis": event.basis,
        "proposed": penalties_of(event.proposed),
        "hearing": event.hearing_right,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.DefenceRecorded, key=_of_case)
def defended(row: Row, event: cases.DefenceRecorded, fact: Fact) -> None:
    facts_of(row)["defence"] = {"content": event.content, "kind": term(cases.DefenceKind, event.kind)}


@matter.on(hearing.HearingNotified, key=_of_case)
def hearing_notified(row: Row, event: hearing.HearingNotified, fact: Fact) -> None:
    facts_of(row)["hearing"] = {
        "at": to_datetime(event.held_at).isoformat(),
        "place": event.place,
        "chair_id": event.chair.officer_id,
        "recorder_id": event.recorder.officer_id,
        "public": not event.closed_ground,
    }


@matter.on(hearing.HearingHeld, key=_of_case)
def hearing_held(row: Row, event: hearing.HearingHeld, fact: Fact) -> None:
    facts_of(row).setdefault("hearing", {}).update(held_on=day_of(fact.occurred_at).isoformat())


@matter.on(legal_review.LegalReviewCompleted, key=_of_case)
def legally_reviewed(row: Row, event: legal_review.LegalReviewCompleted, fact: Fact) -> None:
    facts = facts_of(row)
    facts["review"] = {
        "opinion": event.opinion,
        "passed": event.passed,
        "major": event.major,
        "reviewer_id": event.reviewer.officer_id,
    }
    facts["handled_by"] = sorted({*facts.get("handled_by", []), event.reviewer.officer_id} - {""})


@matter.on(legal_review.CollectiveDiscussionRecorded, key=_of_case)
def discussed(row: Row, event: legal_review.CollectiveDiscussionRecorded, fact: Fact) -> None:
    facts_of(row)["discussion"] = {
        "on": day_of(fact.occurred_at).isoformat(),
        "conclusion": _concluded(event),
        "attendee_ids": [one.officer_id for one in event.participants],
        "opinions": [[one.officer_id, one.opinion] for one in event.opinions],
    }


def _concluded(event: legal_review.CollectiveDiscussionRecorded) -> str:
    """The conclusion with the penalties that it agrees on."""
    penalties = "；".join(penalty(one) for one in penalties_of(event.penalties))
    conclusion = term(legal_review.DiscussionConclusion, event.conclusion)
    return f"{conclusion}：{penalties}" if penalties else conclusion


@matter.on(discretion.DiscretionEvaluated, key=_of_case)
def evaluated(row: Row, event: discretion.DiscretionEvaluated, fact: Fact) -> None:
    facts_of(row)["discretion"] = {"reasons": event.reasons, "basis": event.basis}


@matter.on(hearing.HearingReported, key=_of_case)
def hearing_reported(row: Row, event: hearing.HearingReported, fact: Fact) -> None:
    facts_of(row).setdefault("hearing", {})["opinion"] = event.opinion


@matter.on(delivery.DeliveryAddressConfirmed, key=_of_case)
def address_confirmed(row: Row, event: delivery.DeliveryAddressConfirmed, fact: Fact) -> None:
    facts_of(row)["delivery"] = {"address": event.address, "receiver": event.receiver, "electronic": event.electronic}


@matter.on(side_states.CaseTransferredToAuthority, key=_of_case)
def transferred_to_authority(row: Row, event: side_states.CaseTransferredToAuthority, fact: Fact) -> None:
    facts_of(row)["transferred"] = {
        "receiver": event.receiver_name,
        "receiver_id": event.receiver_id,
        "reason": event.reason,
    }


@matter.on(cases.PenaltyDecided, key=_of_case)
def penalised(row: Row, event: cases.PenaltyDecided, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "penalty"
    facts["decision"] = {
        "penalties": penalties_of(event.penalties),
        "fine_fen": fine_of(event.penalties),
        "reasons": event.reasons,
        "basis": event.basis,
        "defence_review": event.defence_review,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(decision.DecisionAmended, key=_of_case)
def amended(row: Row, event: decision.DecisionAmended, fact: Fact) -> None:
    facts = facts_of(row)
    facts["decision"] = {
        **facts.get("decision", {}),
        "penalties": penalties_of(event.penalties),
        "fine_fen": fine_of(event.penalties),
    }
    _may_be_issued_again(facts, "F15")


@matter.on(decision.DecisionRevoked, key=_of_case)
def revoked(row: Row, event: decision.DecisionRevoked, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "revoked"
    facts["revocation"] = {"reason": event.reason, "on": day_of(fact.occurred_at).isoformat()}
    if event.anew:  # notice and all after it begin anew: no form prints the former ones
        for what in ("decision", "notice", "served", "discretion"):
            facts.pop(what, None)
        _may_be_issued_again(facts, "F15", "X7")


def _may_be_issued_again(facts: dict[str, Any], *forms: str) -> None:
    for form in forms:
        if before := facts.get("issued", {}).pop(form, None):
            facts.setdefault("issued_before", {})[form] = before


@matter.on(decision.RemedyStarted, key=_of_case)
def remedy_started(row: Row, event: decision.RemedyStarted, fact: Fact) -> None:
    facts_of(row).setdefault("remedies", {}).setdefault("sought", {})[event.remedy_id] = {
        "kind": term(decision.RemedyKind, event.kind),
        "on": event.started_on or day_of(fact.occurred_at).isoformat(),
    }


@matter.on(decision.RemedyEnded, key=_of_case)
def remedy_ended(row: Row, event: decision.RemedyEnded, fact: Fact) -> None:
    sought = facts_of(row).setdefault("remedies", {}).setdefault("sought", {}).setdefault(event.remedy_id, {})
    sought.update(
        kind=term(decision.RemedyKind, event.kind),
        ended_on=event.ended_on or day_of(fact.occurred_at).isoformat(),
        outcome=term(decision.RemedyOutcome, event.outcome),
    )


@matter.on(decision.CrimeTransferDecided, key=_of_case)
def crime_suspected(row: Row, event: decision.CrimeTransferDecided, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "crime_transfer"
    facts["crime"] = {"basis": event.basis, "on": day_of(fact.occurred_at).isoformat()}


@matter.on(cases.NoPenaltyDecided, key=_of_case)
def spared(row: Row, event: cases.NoPenaltyDecided, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "no_penalty"
    facts["no_penalty"] = {
        "reasons": event.reasons,
        "ground": term(cases.NoPenaltyGround, event.ground),
        "education": event.education,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.ViolationNotEstablished, key=_of_case)
def not_established(row: Row, event: cases.ViolationNotEstablished, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "not_established"
    facts["no_penalty"] = {
        "reasons": event.reasons,
        "ground": NOT_ESTABLISHED,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.DecisionServed, key=_of_case)
def served(row: Row, event: cases.DecisionServed, fact: Fact) -> None:
    facts_of(row)["served"] = {
        "way": term(cases.ServiceWay, event.way),
        "on": event.effective_on or day_of(fact.occurred_at).isoformat(),
    }


@matter.on(publication.PublicationProposed, key=_of_case)
def publication_proposed(row: Row, event: publication.PublicationProposed, fact: Fact) -> None:
    facts_of(row)["publication"] = {"copy": event.copy, "proposed_by": fact.actor}


@matter.on(publication.PublicationChecked, key=_of_case)
def publication_checked(row: Row, event: publication.PublicationChecked, fact: Fact) -> None:
    facts_of(row).setdefault("publication", {})["checked_by"] = fact.actor


@matter.on(publication.DecisionPublished, key=_of_case)
def published(row: Row, event: publication.DecisionPublished, fact: Fact) -> None:
    facts = facts_of(row)
    facts["published"] = {
        **facts.get("publication", {}),
        "channel": event.channel,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.CaseClosed, key=_of_case)
def closed(row: Row, event: cases.CaseClosed, fact: Fact) -> None:
    row.update(closed=True, closed_at=fact.occurred_at)
    facts_of(row)["closing"] = {
        "ground": term(cases.ClosingGround, event.ground),
        "remark": event.remark,
        "by": fact.actor,
    }


# ── Files that events carry ──────────────────────────────────────────────────────────────────────────────────────────


@matter.on(*OF_MATTER, key=_of_any)
def carried(row: Row, event: Any, fact: Fact) -> None:
    facts_of(row).setdefault("papers", []).extend(papers_of(event, day_of(fact.occurred_at).isoformat()))


# ── Streams that belong to a matter ──────────────────────────────────────────────────────────────────────────────────


def _of_matter(event: Any) -> str:
    return getattr(event, "matter_id", "") or getattr(event, "case_id", "") or getattr(event, "on_spot_id", "")


@part.on(
    cases.ClueRegistered,
    imports.CaseImported,
    on_spot.OnSpotObserved,
    collection.CollectionOpened,
    collection.ExecutionDemanded,
    collection.ImmediateClearingDone,
    cross_border.RequestSent,
    transfer.TransferOpened,
    pb.DocumentIssued,
    pb.ArchivePackageBuilt,
    pb.ReviewOpened,
    key=lambda event, fact: str(fact.stream_id) if _of_matter(event) else None,
)
def began(row: Row, event: Any, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row["matter_id"] = _of_matter(event)


@part.on(*OF_PARTS, key=of_stream)
def carried_by_part(row: Row, event: Any, fact: Fact) -> None:
    facts_of(row).setdefault("papers", []).extend(papers_of(event, day_of(fact.occurred_at).isoformat()))


# ── Transfer to the police ───────────────────────────────────────────────────────────────────────────────────────────


@part.on(transfer.TransferOpened, key=of_stream)
def transfer_opened(row: Row, event: transfer.TransferOpened, fact: Fact) -> None:
    of_kind(row, "transfer").update(
        transfer_id=event.transfer_id,
        suspects=[json_of(suspect) for suspect in event.suspects],
        facts=event.facts,
        suspected_crime=event.suspected_crime,
        team=[one.officer_id for one in event.team],
    )


@part.on(team.TeamChanged, key=of_stream)
def team_changed(row: Row, event: team.TeamChanged, fact: Fact) -> None:
    of_kind(row, "transfer")["team"] = [one.officer_id for one in event.team]


@part.on(transfer.TransferApproved, key=of_stream)
def transfer_approved(row: Row, event: transfer.TransferApproved, fact: Fact) -> None:
    of_kind(row, "transfer").update(approved_by=fact.actor, approved_on=day_of(fact.occurred_at).isoformat())


# ── Documents of the matter ──────────────────────────────────────────────────────────────────────────────────────────


@matter.on(pb.DocumentRendered, key=lambda event, fact: event.matter_id)
def document_made(row: Row, event: pb.DocumentRendered, fact: Fact) -> None:
    made = {"number": event.number, "on": day_of(fact.occurred_at).isoformat()}
    every = _every(row, f"documents.{event.form}")
    if event.version == 1:
        every.append(made)


@matter.on(pb.DocumentIssued, key=lambda event, fact: event.matter_id)
def document_issued(row: Row, event: pb.DocumentIssued, fact: Fact) -> None:
    """What a document says first of the cause (案由), later ones say unless an officer words it otherwise."""
    facts = facts_of(row)
    facts.setdefault("issued", {})[event.form] = event.document_id
    cause = json.loads(event.snapshot or b"{}").get("values", {}).get("cause")
    if cause:
        facts.setdefault("cause", cause)


@officer.on(officers.OfficerRegistered)
def registered(row: Row, event: officers.OfficerRegistered, fact: Fact) -> None:
    row.update(name=event.name, credential_number=event.credential_number)


@document.on(pb.DocumentIssued)
def issued(row: Row, event: pb.DocumentIssued, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    version = {
        "version": event.version,
        "snapshotSha256": event.snapshot_sha256.hex(),
        "correction": event.correction,
        "templateVersion": event.template_version,
        "issuedAt": fact.occurred_at.isoformat(),
    }
    row.update(
        form=event.form,
        matter_id=event.matter_id,
        version=event.version,
        state=TO_BE_RENDERED if event.number else TO_BE_NUMBERED,
        issued_at=fact.occurred_at,
        signers=[as_dict(signer) for signer in event.signers],
        versions=[*row.get("versions", []), version],
    )


@document.on(pb.NumberTaken, key=lambda event, fact: event.for_id if event.series != CASE else None)
def document_numbered(row: Row, event: pb.NumberTaken, fact: Fact) -> None:
    row.update(number=event.text, state=TO_BE_RENDERED)


@document.on(pb.DocumentRendered)
def rendered(row: Row, event: pb.DocumentRendered, fact: Fact) -> None:
    made = {"file": as_dict(event.file), "pages": event.pages}
    row.update(
        state=RENDERED,
        number=event.number,
        versions=[
            {**version, **made} if version["version"] == event.version else version for version in row["versions"]
        ],
    )


@number_taken.on(pb.NumberTaken)
def taken(row: Row, event: pb.NumberTaken, fact: Fact) -> None:
    row.update(series=event.series, year=event.year, text=event.text, for_id=event.for_id, taken_at=fact.occurred_at)


@archive.on(pb.ArchivePackageBuilt)
def archived(row: Row, event: pb.ArchivePackageBuilt, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        matter_id=event.matter_id,
        built=as_dict(event),
        built_at=fact.occurred_at,
    )


@case_review.on(pb.ReviewOpened)
def review_opened(row: Row, event: pb.ReviewOpened, fact: Fact) -> None:
    row.update(began_position=fact.position, matter_id=event.matter_id, stage=ReviewStage.OPEN, opened=as_dict(event))


@case_review.on(pb.ReviewCompleted)
def review_completed(row: Row, event: pb.ReviewCompleted, fact: Fact) -> None:
    row.update(stage=ReviewStage.REWORK if event.rework else ReviewStage.DONE, completed=as_dict(event))


@case_review.on(pb.ReworkReported)
def rework_reported(row: Row, event: pb.ReworkReported, fact: Fact) -> None:
    row["stage"] = ReviewStage.REPORTED


@case_review.on(pb.ReworkAccepted)
def rework_accepted(row: Row, event: pb.ReworkAccepted, fact: Fact) -> None:
    row["stage"] = ReviewStage.DONE


@case_review.on(pb.ReworkReturned)
def rework_returned(row: Row, event: pb.ReworkReturned, fact: Fact) -> None:
    row["stage"] = ReviewStage.REWORK


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
