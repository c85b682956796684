"""The answer about a draw: what is on record, and whether repeating the draw now gives it."""

import json
from typing import Any

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.draw import DrawImpossible, draw, reveals
from services.joint_operations.model.draw.lists import drawn_of, pool_of
from services.kernel.queries import message_of


def draw_answer(row: Any, own_id: str) -> pb.GetDrawResponse:
    """A row of the view `draw`; a witness's row names no witness, because it is the one who answers."""
    stored = json.loads(row["drawn"]) if row["drawn"] else []
    answer = pb.GetDrawResponse(
        draw_id=str(row["draw_id"]),
        stage=row["stage"],
        lead_id=row["lead_id"],
        witness_id=row["witness_id"] or own_id,
        draw_witness_id=str(row["draw_witness_id"] or ""),
        pool=message_of(pb.DrawPool, row["pool"]),
        lead_commitment=bytes.fromhex(row["lead_commitment"] or ""),
        witness_commitment=bytes.fromhex(row["witness_commitment"] or ""),
        lead_seed=bytes.fromhex(row["lead_seed"] or ""),
        witness_seed=bytes.fromhex(row["witness_seed"] or ""),
        drawn=[pb.DrawnObject(object_id=one["objectId"], officer_ids=one.get("officerIds", [])) for one in stored],
    )
    answer.pool_digest = pool_of(answer.pool).digest()
    answer.equal = is_equal(answer)
    return answer


def is_equal(told: pb.GetDrawResponse) -> bool:
    """Whether both seeds match their commitments to these lists, and the draw from them gives what was drawn."""
    pool = pool_of(told.pool)
    sides = (
        (told.lead_commitment, told.lead_id, told.lead_seed),
        (told.witness_commitment, told.witness_id, told.witness_seed),
    )
    fair = all(reveals(committed, told.draw_id, party, pool.digest(), seed) for committed, party, seed in sides)
    if not (fair and told.drawn):
        return False
    try:
        return draw(told.draw_id, pool, told.lead_seed, told.witness_seed) == drawn_of(told.drawn)
    except DrawImpossible:
        return False
