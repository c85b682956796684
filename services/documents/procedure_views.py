"""Facts of a case that forms print, from the notice to the closing."""

from typing import Any

from enforcement.cases.v1 import decision_pb2 as decision
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import review_pb2 as legal_review

from services.documents.folding import (
    facts_of,
    fine_of,
    penalties_of,
)
from services.documents.present import penalty
from services.documents.views import NOT_ESTABLISHED, matter, of_case
from services.kernel.facts import Fact
from services.kernel.messages import to_datetime
from services.kernel.projection import Row
from services.kernel.values import day_of, term


@matter.on(cases.NoticeServed, key=of_case)
def notified(row: Row, event: cases.NoticeServed, fact: Fact) -> None:
    facts_of(row)["notice"] = {
        "facts": event.facts,
        "basis": event.basis,
        "proposed": penalties_of(event.proposed),
        "hearing": event.hearing_right,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.DefenceRecorded, key=of_case)
def defended(row: Row, event: cases.DefenceRecorded, fact: Fact) -> None:
    facts_of(row)["defence"] = {"content": event.content, "kind": term(cases.DefenceKind, event.kind)}


@matter.on(hearing.HearingNotified, key=of_case)
def hearing_notified(row: Row, event: hearing.HearingNotified, fact: Fact) -> None:
    facts_of(row)["hearing"] = {
        "at": to_datetime(event.held_at).isoformat(),
        "place": event.place,
        "chair_id": event.chair.officer_id,
        "recorder_id": event.recorder.officer_id,
        "public": not event.closed_ground,
    }


@matter.on(hearing.HearingHeld, key=of_case)
def hearing_held(row: Row, event: hearing.HearingHeld, fact: Fact) -> None:
    facts_of(row).setdefault("hearing", {}).update(held_on=day_of(fact.occurred_at).isoformat())


@matter.on(legal_review.LegalReviewCompleted, key=of_case)
def legally_reviewed(row: Row, event: legal_review.LegalReviewCompleted, fact: Fact) -> None:
    facts = facts_of(row)
    facts["review"] = {
        "opinion": event.opinion,
        "passed": event.passed,
        "major": event.major,
        "reviewer_id": event.reviewer.officer_id,
    }
    facts["handled_by"] = sorted({*facts.get("handled_by", []), event.reviewer.officer_id} - {""})


@matter.on(legal_review.CollectiveDiscussionRecorded, key=of_case)
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


@matter.on(discretion.DiscretionEvaluated, key=of_case)
def evaluated(row: Row, event: discretion.DiscretionEvaluated, fact: Fact) -> None:
    facts_of(row)["discretion"] = {"reasons": event.reasons, "basis": event.basis}


@matter.on(hearing.HearingReported, key=of_case)
def hearing_reported(row: Row, event: hearing.HearingReported, fact: Fact) -> None:
    facts_of(row).setdefault("hearing", {})["opinion"] = event.opinion


@matter.on(delivery.DeliveryAddressConfirmed, key=of_case)
def address_confirmed(row: Row, event: delivery.DeliveryAddressConfirmed, fact: Fact) -> None:
    facts_of(row)["delivery"] = {"address": event.address, "receiver": event.receiver, "electronic": event.electronic}


@matter.on(cases.PenaltyDecided, key=of_case)
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


@matter.on(decision.DecisionAmended, key=of_case)
def amended(row: Row, event: decision.DecisionAmended, fact: Fact) -> None:
    facts = facts_of(row)
    facts["decision"] = {
        **facts.get("decision", {}),
        "penalties": penalties_of(event.penalties),
        "fine_fen": fine_of(event.penalties),
    }
    _may_be_issued_again(facts, "F15")


@matter.on(decision.DecisionRevoked, key=of_case)
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


@matter.on(decision.RemedyStarted, key=of_case)
def remedy_started(row: Row, event: decision.RemedyStarted, fact: Fact) -> None:
    facts_of(row).setdefault("remedies", {}).setdefault("sought", {})[event.remedy_id] = {
        "kind": term(decision.RemedyKind, event.kind),
        "on": event.started_on or day_of(fact.occurred_at).isoformat(),
    }


@matter.on(decision.RemedyEnded, key=of_case)
def remedy_ended(row: Row, event: decision.RemedyEnded, fact: Fact) -> None:
    sought = facts_of(row).setdefault("remedies", {}).setdefault("sought", {}).setdefault(event.remedy_id, {})
    sought.update(
        kind=term(decision.RemedyKind, event.kind),
        ended_on=event.ended_on or day_of(fact.occurred_at).isoformat(),
        outcome=term(decision.RemedyOutcome, event.outcome),
    )


@matter.on(decision.CrimeTransferDecided, key=of_case)
def crime_suspected(row: Row, event: decision.CrimeTransferDecided, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "crime_transfer"
    facts["crime"] = {"basis": event.basis, "on": day_of(fact.occurred_at).isoformat()}


@matter.on(cases.NoPenaltyDecided, key=of_case)
def spared(row: Row, event: cases.NoPenaltyDecided, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "no_penalty"
    facts["no_penalty"] = {
        "reasons": event.reasons,
        "ground": term(cases.NoPenaltyGround, event.ground),
        "education": event.education,
        "guardian": event.guardian,
        "guardian_order": event.guardian_order,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.ViolationNotEstablished, key=of_case)
def not_established(row: Row, event: cases.ViolationNotEstablished, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "not_established"
    facts["no_penalty"] = {
        "reasons": event.reasons,
        "ground": NOT_ESTABLISHED,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.DecisionServed, key=of_case)
def served(row: Row, event: cases.DecisionServed, fact: Fact) -> None:
    facts_of(row)["served"] = {
        "way": term(cases.ServiceWay, event.way),
        "on": event.effective_on or day_of(fact.occurred_at).isoformat(),
    }


@matter.on(publication.PublicationProposed, key=of_case)
def publication_proposed(row: Row, event: publication.PublicationProposed, fact: Fact) -> None:
    facts_of(row)["publication"] = {"copy": event.copy, "proposed_by": fact.actor}


@matter.on(publication.PublicationChecked, key=of_case)
def publication_checked(row: Row, event: publication.PublicationChecked, fact: Fact) -> None:
    facts_of(row).setdefault("publication", {})["checked_by"] = fact.actor


@matter.on(publication.DecisionPublished, key=of_case)
def published(row: Row, event: publication.DecisionPublished, fact: Fact) -> None:
    facts = facts_of(row)
    facts["published"] = {
        **facts.get("publication", {}),
        "channel": event.channel,
        "on": day_of(fact.occurred_at).isoformat(),
    }


@matter.on(cases.CaseClosed, key=of_case)
def closed(row: Row, event: cases.CaseClosed, fact: Fact) -> None:
    row.update(closed=True, closed_at=fact.occurred_at)
    facts_of(row)["closing"] = {
        "ground": term(cases.ClosingGround, event.ground),
        "remark": event.remark,
        "by": fact.actor,
    }
