"""Read models of rule sets at partners, and of circulars."""

from typing import Any

from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets

from services.cross_border.views import views
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row

comparison = views.table("rule_set_comparison", key=("comparison_id", "partner_id"))
circular = views.table("circular", key="id")
designation = views.table("designation", key="designation_id")


def _compared(event: Any, fact: Fact) -> tuple[str, str]:
    return event.comparison_id, event.partner_id


@comparison.on(rule_sets.PartnerRuleSetNoted, key=_compared)
def partner_noted(row: Row, event: rule_sets.PartnerRuleSetNoted, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.update(
        rule_set_code=event.rule_set_code,
        own_version=event.version,
        partner_version=event.version,
        same=True,
        since=fact.occurred_at,
    )


@comparison.on(rule_sets.RuleSetMismatchFound, key=_compared)
def apart(row: Row, event: rule_sets.RuleSetMismatchFound, fact: Fact) -> None:
    row.update(
        rule_set_code=event.rule_set_code,
        own_version=event.own.version,
        partner_version=event.theirs.version,
        same=False,
        since=fact.occurred_at,
    )


@comparison.on(rule_sets.RuleSetMismatchEnded, key=_compared)
def same_again(row: Row, event: rule_sets.RuleSetMismatchEnded, fact: Fact) -> None:
    row.update(own_version=event.version, partner_version=event.version, same=True, since=fact.occurred_at)


@circular.on(circulars.CircularShared, key=lambda event, fact: event.circular_id)
def shared(row: Row, event: circulars.CircularShared, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        received=False,
        kind=int(event.kind),
        sender_id=event.sender_id,
        recipient_ids=list(event.recipient_ids),
        content=as_dict(event.content),
        revision=1,
        told_at=fact.occurred_at,
        acknowledged_by=[],
    )


@circular.on(circulars.CircularCorrected, key=lambda event, fact: event.circular_id)
def corrected(row: Row, event: circulars.CircularCorrected, fact: Fact) -> None:
    row.update(content=as_dict(event.content), revision=event.revision, acknowledged_by=[])


@circular.on(circulars.CircularAcknowledgementNoted, key=lambda event, fact: event.circular_id)
def acknowledgement_noted(row: Row, event: circulars.CircularAcknowledgementNoted, fact: Fact) -> None:
    if event.revision == row["revision"]:
        row["acknowledged_by"] = [*row["acknowledged_by"], event.recipient_id]


@circular.on(circulars.CircularReceived, key=lambda event, fact: event.received_id)
def received(row: Row, event: circulars.CircularReceived, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.setdefault("told_at", fact.occurred_at)
    row.update(
        received=True,
        kind=int(event.kind),
        sender_id=event.sender_id,
        recipient_ids=[],
        content=as_dict(event.content),
        revision=event.revision,
        taken_note=False,
        acknowledged_by=[],
    )


@circular.on(circulars.CircularAcknowledged, key=lambda event, fact: event.received_id)
def acknowledged(row: Row, event: circulars.CircularAcknowledged, fact: Fact) -> None:
    row["taken_note"] = True


@designation.on(designations.DesignationAsked)
def asked(row: Row, event: designations.DesignationAsked, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.setdefault("asked_at", fact.occurred_at)
    if event.reminds:
        row.update(case_ids=list(event.case_ids), reminded_at=fact.occurred_at)
        return
    row.update(
        side_ids=list(event.side_ids),
        case_ids=list(event.case_ids),
        round=event.round,
        lapsed_at=None,
        act_code=event.act_code,
        act_on=event.act_on,
    )
    if event.asked_by not in (asked_by := row.get("asked_by") or []):
        row["asked_by"] = [*asked_by, event.asked_by]
        row["reasons"] = [*(row.get("reasons") or ()), event.reason]


@designation.on(designations.DesignationLapsed)
def lapsed(row: Row, event: designations.DesignationLapsed, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.update(
        side_ids=list(event.side_ids), case_ids=list(event.case_ids), round=event.round, lapsed_at=fact.occurred_at
    )


@designation.on(designations.JurisdictionDesignated)
def designated(row: Row, event: designations.JurisdictionDesignated, fact: Fact) -> None:
    row.update(owner_id=event.owner_id, number=event.number)
    row.setdefault("designated_at", fact.occurred_at)
