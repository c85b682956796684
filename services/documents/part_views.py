"""Files that events of a matter carry, and the streams that belong to it: collection, execution, request, transfer."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import team_pb2 as team

from services.documents.folding import (
    facts_of,
    json_of,
    of_kind,
    of_stream,
)
from services.documents.papers import OF_MATTER, OF_PARTS, papers_of
from services.documents.views import matter, part
from services.kernel.facts import Fact
from services.kernel.projection import Row
from services.kernel.values import day_of


def _of_any(event: Any, fact: Fact) -> str | None:
    return getattr(event, "case_id", "") or getattr(event, "on_spot_id", "") or None


@matter.on(*OF_MATTER, key=_of_any)
def carried(row: Row, event: Any, fact: Fact) -> None:
    facts_of(row).setdefault("papers", []).extend(papers_of(event, day_of(fact.occurred_at).isoformat()))


def _of_matter(event: Any) -> str:
    """The matter that a stream belongs to; that of a cost of a substitute performance is the case of the execution."""
    names = ("matter_id", "case_id", "on_spot_id", "of_case_id")
    return next((found for name in names if (found := getattr(event, name, ""))), "")


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
