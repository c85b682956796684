"""A draw (双随机) as people read it, at its lead and at its witness."""

from typing import Any, Final

from enforcement.joint_operations.v1 import draw_pb2 as pb
from google.protobuf.message import Message

from services.joint_operations.model.draw.lead import Stage
from services.joint_operations.model.draw.witness import Stage as WitnessStage
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row, Views

DRAW_TITLES: Final[dict[type[Message], str]] = {
    pb.DrawPrepared: "准备双随机抽取",
    pb.DrawListExtended: "补充抽取名单",
    pb.DrawExclusionRecorded: "记录排除和回避",
    pb.DrawCommitted: "冻结抽取名单并承诺种子",
    pb.WitnessCommitmentNoted: "见证单位已承诺",
    pb.SeedRevealed: "公开种子",
    pb.WitnessSeedNoted: "见证单位公开种子",
    pb.DrawPerformed: "双随机抽取结果",
    pb.DrawAbandoned: "放弃双随机抽取",
    pb.DrawNoted: "行动采用抽取结果",
    pb.DrawWitnessOpened: "收到见证请求",
    pb.WitnessCommitted: "承诺种子",
    pb.LeadSeedNoted: "牵头单位公开种子",
    pb.WitnessSeedRevealed: "公开种子",
    pb.DrawVerified: "见证单位复核抽取结果",
    pb.DrawAbandonmentNoted: "牵头单位放弃抽取",
    pb.DrawAdmitted: "行动确定抽取",
    pb.DrawDismissed: "行动的抽取已放弃",
}


def keep_draws(views: Views) -> None:
    """Folds the draws that this authority leads or witnesses."""
    draw = views.table("draw", key="draw_id")
    draw.on(pb.DrawPrepared)(_prepared)
    draw.on(pb.DrawListExtended)(_extended)
    draw.on(pb.DrawExclusionRecorded)(_excluded)
    draw.on(pb.DrawCommitted)(_committed)
    draw.on(pb.WitnessCommitmentNoted)(_witness_committed)
    draw.on(pb.SeedRevealed)(_revealed)
    draw.on(pb.WitnessSeedNoted)(_witness_revealed)
    draw.on(pb.DrawPerformed)(_performed)
    draw.on(pb.DrawAbandoned)(_abandoned)
    witnessed = views.table("witnessed_draw", key="draw_witness_id")
    witnessed.on(pb.DrawWitnessOpened)(_opened)
    witnessed.on(pb.WitnessCommitted)(_own_commitment)
    witnessed.on(pb.LeadSeedNoted)(_lead_revealed)
    witnessed.on(pb.WitnessSeedRevealed)(_own_seed)
    witnessed.on(pb.DrawVerified)(_verified)
    witnessed.on(pb.DrawAbandonmentNoted)(_given_up)


def _prepared(row: Row, event: pb.DrawPrepared, fact: Fact) -> None:
    pool = pb.DrawPool(
        object_ids=event.object_ids,
        officer_ids=event.officer_ids,
        object_count=event.object_count,
        team_size=event.team_size,
    )
    row.update(
        began_position=fact.position,
        operation_id=event.operation_id,
        stage=Stage.PREPARED,
        lead_id=event.lead_id,
        witness_id=event.witness_id,
        pool=as_dict(pool),
    )


def _extended(row: Row, event: pb.DrawListExtended, fact: Fact) -> None:
    pool: dict[str, Any] = row["pool"]
    row["pool"] = {
        **pool,
        "objectIds": [*pool.get("objectIds", []), *event.object_ids],
        "officerIds": [*pool.get("officerIds", []), *event.officer_ids],
    }


def _excluded(row: Row, event: pb.DrawExclusionRecorded, fact: Fact) -> None:
    row["pool"] = {**row["pool"], "exclusions": [*row["pool"].get("exclusions", []), as_dict(event.exclusion)]}


def _committed(row: Row, event: pb.DrawCommitted, fact: Fact) -> None:
    row.update(stage=Stage.COMMITTED, lead_commitment=event.commitment.hex(), pool=as_dict(event.pool))


def _witness_committed(row: Row, event: pb.WitnessCommitmentNoted, fact: Fact) -> None:
    row.update(stage=Stage.BOTH_COMMITTED, witness_commitment=event.commitment.hex())


def _revealed(row: Row, event: pb.SeedRevealed, fact: Fact) -> None:
    row["lead_seed"] = event.seed.hex()


def _witness_revealed(row: Row, event: pb.WitnessSeedNoted, fact: Fact) -> None:
    row["witness_seed"] = event.seed.hex()
    if not event.matches:
        row["stage"] = Stage.ABANDONED


def _performed(row: Row, event: pb.DrawPerformed, fact: Fact) -> None:
    row.update(stage=Stage.DRAWN, drawn=[as_dict(one) for one in event.drawn])


def _abandoned(row: Row, event: pb.DrawAbandoned, fact: Fact) -> None:
    row["stage"] = Stage.ABANDONED


def _opened(row: Row, event: pb.DrawWitnessOpened, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        draw_id=event.draw_id,
        operation_id=event.operation_id or None,
        stage=WitnessStage.OPENED,
        lead_id=event.lead_id,
        lead_commitment=event.commitment.hex(),
        pool=as_dict(event.pool),
    )


def _given_up(row: Row, event: pb.DrawAbandonmentNoted, fact: Fact) -> None:
    row["stage"] = WitnessStage.ABANDONED


def _own_commitment(row: Row, event: pb.WitnessCommitted, fact: Fact) -> None:
    row.update(stage=WitnessStage.COMMITTED, witness_commitment=event.commitment.hex())


def _lead_revealed(row: Row, event: pb.LeadSeedNoted, fact: Fact) -> None:
    if event.matches:
        row["lead_seed"] = event.seed.hex()


def _own_seed(row: Row, event: pb.WitnessSeedRevealed, fact: Fact) -> None:
    row.update(stage=WitnessStage.REVEALED, witness_seed=event.seed.hex())


def _verified(row: Row, event: pb.DrawVerified, fact: Fact) -> None:
    if row["stage"] == WitnessStage.ABANDONED:
        return  # what the lead says after it gave the draw up is no result
    row.update(
        stage=WitnessStage.VERIFIED,
        lead_seed=event.lead_seed.hex(),
        drawn=[as_dict(one) for one in event.drawn],
    )
