"""The answer about a draw: what is on record, and whether repeating the draw now gives it.

Pure, and enough for anybody who has the answer: services/cli/draws.py checks a written one without a node.
"""

import json
from dataclasses import dataclass
from typing import Any

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.draw import DrawImpossible, Pool, draw, reveals
from services.joint_operations.model.draw.lists import drawn_of, pool_of
from services.kernel.queries import message_of


def draw_answer(row: Any) -> pb.GetDrawResponse:
    """A row of the views `draw` and `witnessed_draw`."""
    stored = json.loads(row["drawn"]) if row["drawn"] else []
    answer = pb.GetDrawResponse(
        draw_id=str(row["draw_id"]),
        stage=row["stage"],
        lead_id=row["lead_id"],
        witness_id=row["witness_id"],
        draw_witness_id=str(row["draw_witness_id"] or ""),
        operation_id=str(row["operation_id"] or ""),
        pool=message_of(pb.DrawPool, row["pool"]),
        lead_commitment=bytes.fromhex(row["lead_commitment"] or ""),
        witness_commitment=bytes.fromhex(row["witness_commitment"] or ""),
        lead_seed=bytes.fromhex(row["lead_seed"] or ""),
        witness_seed=bytes.fromhex(row["witness_seed"] or ""),
        drawn=[pb.DrawnObject(object_id=one["objectId"], officer_ids=one.get("officerIds", [])) for one in stored],
    )
    answer.pool_digest = pool_of(answer.pool).digest()
    answer.equal = checked(answer).consistent
    return answer


@dataclass(frozen=True, slots=True)
class Checked:
    """What repeating a draw from its record shows."""

    lists: bool
    """The lists have the digest that both parties committed to."""
    lead: bool
    """The lead's seed is the one that it committed to for these lists."""
    witness: bool
    """The witness's seed, too."""
    result: bool
    """Lists and seeds give what was drawn."""

    @property
    def consistent(self) -> bool:
        """All of it agrees: nothing was chosen by anybody, if both parties committed to what this record says."""
        return self.lists and self.lead and self.witness and self.result


def checked(told: pb.GetDrawResponse) -> Checked:
    """A draw, repeated from what is told of it; everything is False before there is a result."""
    pool = pool_of(told.pool)
    digest = pool.digest()
    return Checked(
        lists=digest == told.pool_digest,
        lead=reveals(told.lead_commitment, told.draw_id, told.lead_id, digest, told.lead_seed),
        witness=reveals(told.witness_commitment, told.draw_id, told.witness_id, digest, told.witness_seed),
        result=_repeated(told, pool),
    )


def _repeated(told: pb.GetDrawResponse, pool: Pool) -> bool:
    if not (told.drawn and told.lead_seed and told.witness_seed):
        return False
    try:
        return draw(told.draw_id, pool, told.lead_seed, told.witness_seed) == drawn_of(told.drawn)
    except DrawImpossible:
        return False
