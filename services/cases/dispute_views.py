"""Read model of disputes over jurisdiction: who claims what, who was asked, and how each ended."""

from typing import Any

from enforcement.cases.v1 import dispute_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.views import views
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime, to_timestamp
from services.kernel.projection import Row

dispute = views.table("dispute", key=("case_id", "dispute_id", "round"))


def _of(event: Any, fact: Fact) -> tuple[str, str, int]:
    """Which dispute it is. Another authority may have two cases about the act, and a dispute about each."""
    return event.case_id, event.dispute_id, event.round


def _began(row: Row, event: Any, fact: Fact) -> None:
    """The other side, whom this one told or who told this one."""
    row.setdefault("began_position", fact.position)
    if other := getattr(event, "other_id", "") or getattr(event, "told_by", ""):
        row["other_id"] = other


def _claimed(row: Row, event: Any, fact: Fact) -> None:
    """What a side claims, in the order in which this authority had it."""
    _began(row, event, fact)
    if event.other_case_id:
        row["other_case_id"] = event.other_case_id
    if not event.position:
        return
    claim = pb.DisputeClaim(
        claimed_by=event.told_by, position=event.position, claimed_at=to_timestamp(fact.occurred_at)
    )
    row["claims"] = [*(row.get("claims") or ()), as_dict(claim)]


@dispute.on(side.JurisdictionDisputed, key=_of)
def raised(row: Row, event: side.JurisdictionDisputed, fact: Fact) -> None:
    _claimed(row, event, fact)
    row["raised_at"] = fact.occurred_at
    if event.HasField("other_filed_at"):
        row["other_filed_at"] = to_datetime(event.other_filed_at)


@dispute.on(pb.DisputePositionStated, key=_of)
def stated(row: Row, event: pb.DisputePositionStated, fact: Fact) -> None:
    _claimed(row, event, fact)
    if event.told_by and event.HasField("filed_at"):
        row["other_filed_at"] = to_datetime(event.filed_at)


@dispute.on(side.DisputeEscalated, key=_of)
def escalated(row: Row, event: side.DisputeEscalated, fact: Fact) -> None:
    _began(row, event, fact)
    row.update(superior=event.superior, escalated_by=event.told_by, escalated_at=fact.occurred_at)


@dispute.on(pb.DesignationEntered, key=_of)
def designated(row: Row, event: pb.DesignationEntered, fact: Fact) -> None:
    _began(row, event, fact)
    row.update(designated_at=fact.occurred_at, number=event.number)


@dispute.on(side.JurisdictionSettled, key=_of)
def settled(row: Row, event: side.JurisdictionSettled, fact: Fact) -> None:
    _began(row, event, fact)
    row.update(owner_id=event.owner_id, way=int(event.way), settled_at=fact.occurred_at)
    if event.number:
        row["number"] = event.number
