"""Read model of on-the-spot penalties (简易程序)."""

from enforcement.cases.v1 import on_spot_pb2 as on_spot

from services.cases.model.on_spot import OnSpotStage, fine_of, stage_after
from services.cases.views import on_spot_file
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row


@on_spot_file.on(on_spot.OnSpotObserved)
def observed(row: Row, event: on_spot.OnSpotObserved, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        stage=OnSpotStage.OBSERVED,
        act_code=event.act_code,
        place=as_dict(event.place),
        facts=event.facts,
        party=as_dict(event.party),
        vehicle=as_dict(event.vehicle),
        vessel=as_dict(event.vessel) if event.HasField("vessel") else None,
        officer_ids=[officer.officer_id for officer in event.officers],
        fine_fen=0,
        collected_fen=0,
        observed_at=fact.occurred_at,
    )


@on_spot_file.on(on_spot.OnSpotPenaltyDecided)
def decided_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row.update(
        stage=stage_after(event),
        form_number=event.form_number,
        penalties=[as_dict(penalty) for penalty in event.penalties],
        remedies=event.remedies,
        fine_fen=fine_of(event.penalties),
        collected_fen=event.collected_on_spot_fen,
        decided_at=fact.occurred_at,
    )


@on_spot_file.on(on_spot.OnSpotReferred)
def referred(row: Row, event: on_spot.OnSpotReferred, fact: Fact) -> None:
    row["stage"] = OnSpotStage.REFERRED


@on_spot_file.on(on_spot.OnSpotFineHandedIn)
def handed_in(row: Row, event: on_spot.OnSpotFineHandedIn, fact: Fact) -> None:
    row["handed_in_at"] = fact.occurred_at


@on_spot_file.on(on_spot.OnSpotFineBanked)
def banked(row: Row, event: on_spot.OnSpotFineBanked, fact: Fact) -> None:
    row["banked_at"] = fact.occurred_at


@on_spot_file.on(on_spot.OnSpotCopyFiled)
def copy_filed(row: Row, event: on_spot.OnSpotCopyFiled, fact: Fact) -> None:
    row.update(stage=OnSpotStage.COPY_FILED, copy_filed_at=fact.occurred_at)


@on_spot_file.on(on_spot.OnSpotRevoked)
def on_spot_revoked(row: Row, event: on_spot.OnSpotRevoked, fact: Fact) -> None:
    row["stage"] = OnSpotStage.REVOKED


@on_spot_file.on(on_spot.OnSpotClosed)
def on_spot_closed(row: Row, event: on_spot.OnSpotClosed, fact: Fact) -> None:
    row["stage"] = OnSpotStage.CLOSED
