"""Read models of own executions, and of what was served in them and for money: a notice put up in public is for one."""

from typing import Any

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model import ExecutionStage
from services.collection.views import execution, paper
from services.kernel.facts import Fact
from services.kernel.projection import Row
from services.kernel.values import day_of


@execution.on(pb.ExecutionDemanded, pb.ImmediateClearingDone)
def execution_began(row: Row, event: pb.ExecutionDemanded | pb.ImmediateClearingDone, fact: Fact) -> None:
    cleared = isinstance(event, pb.ImmediateClearingDone)
    row.update(
        began_position=fact.position,
        case_id=event.case_id,
        kind=pb.EXECUTION_KIND_IMMEDIATE_CLEARING if cleared else 0,
        stage=ExecutionStage.CLEARED if cleared else ExecutionStage.DEMANDED,
        suspended=False,
        ground=0,
        cost_fen=event.cost_fen if isinstance(event, pb.ImmediateClearingDone) else 0,
        charged_fen=0,
    )


@execution.on(pb.SubstituteCostCharged)
def cost_charged(row: Row, event: pb.SubstituteCostCharged, fact: Fact) -> None:
    row["charged_fen"] = event.cost_fen


@execution.on(pb.SubstituteCostRevoked)
def cost_revoked(row: Row, event: pb.SubstituteCostRevoked, fact: Fact) -> None:
    row["charged_fen"] = 0


@execution.on(pb.DecisionChangeNoted, key=lambda event, fact: event.execution_id or None)
def charge_changed(row: Row, event: pb.DecisionChangeNoted, fact: Fact) -> None:
    """After a remedy less is charged, or nothing."""
    row["charged_fen"] = event.cost_fen


@execution.on(pb.ExecutionDecided)
def execution_decided(row: Row, event: pb.ExecutionDecided, fact: Fact) -> None:
    row.update(stage=ExecutionStage.DECIDED, kind=event.kind)


@execution.on(pb.ExecutionStarted)
def execution_started(row: Row, event: pb.ExecutionStarted, fact: Fact) -> None:
    row["stage"] = ExecutionStage.STARTED


@execution.on(pb.OwnExecutionSuspended, pb.OwnExecutionResumed)
def execution_suspended(row: Row, event: Any, fact: Fact) -> None:
    row["suspended"] = isinstance(event, pb.OwnExecutionSuspended)


@execution.on(pb.OwnExecutionEnded)
def execution_ended(row: Row, event: pb.OwnExecutionEnded, fact: Fact) -> None:
    row.update(
        stage=ExecutionStage.ENDED,
        suspended=False,
        ground=event.ground,
        cost_fen=event.cost_fen or row["cost_fen"],
    )


@paper.on(pb.DemandServed, key=lambda event, fact: (event.collection_id, delivery.SERVED_DOCUMENT_DEMAND))
@paper.on(pb.ExecutionDemanded, key=lambda event, fact: (event.execution_id, delivery.SERVED_DOCUMENT_DEMAND))
@paper.on(
    pb.ExecutionDecisionServed,
    key=lambda event, fact: (event.execution_id, delivery.SERVED_DOCUMENT_EXECUTION_DECISION),
)
def served(row: Row, event: pb.DemandServed | pb.ExecutionDemanded | pb.ExecutionDecisionServed, fact: Fact) -> None:
    row["served_on"] = event.served_on


@paper.on(pb.SubstituteDemanded, key=lambda event, fact: (event.execution_id, delivery.SERVED_DOCUMENT_DEMAND))
def demanded_again(row: Row, event: pb.SubstituteDemanded, fact: Fact) -> None:
    row["served_on"] = event.demanded_on


@paper.on(pb.SubstituteCostCharged, key=lambda event, fact: (event.execution_id, delivery.SERVED_DOCUMENT_COST))
def charge_served(row: Row, event: pb.SubstituteCostCharged, fact: Fact) -> None:
    row["served_on"] = event.effective_on


@paper.on(
    pb.InstalmentsApproved,
    pb.InstalmentsRefused,
    key=lambda event, fact: (event.collection_id, delivery.SERVED_DOCUMENT_INSTALMENTS),
)
@paper.on(
    pb.ExecutionSuspended,
    pb.ExecutionResumed,
    pb.ExecutionEnded,
    key=lambda event, fact: (event.collection_id, delivery.SERVED_DOCUMENT_EXECUTION_CHANGE),
)
@paper.on(
    pb.OwnExecutionSuspended,
    pb.OwnExecutionResumed,
    pb.OwnExecutionEnded,
    key=lambda event, fact: (event.execution_id, delivery.SERVED_DOCUMENT_EXECUTION_CHANGE),
)
@paper.on(pb.AuctionDecided, key=lambda event, fact: (event.collection_id, delivery.SERVED_DOCUMENT_EXECUTION_DECISION))
def held_at_once(row: Row, event: Any, fact: Fact) -> None:
    """What was put up for it served it, also while the thirty days of that run."""
    row["served_on"] = day_of(fact.occurred_at)
