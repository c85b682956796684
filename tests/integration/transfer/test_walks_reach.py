"""The random walks of the three sides get somewhere: together they visit every stage, and go on by paper, too.

What a walk never reaches, its property never tests. The seeds are taken in their order until nothing is missing.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper

from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.model.transfer import Stage
from tests.integration.transfer.test_three_sides import CALENDAR, STEPS, moves
from tests.unit.transfer import papers
from tests.unit.transfer.walks import walk, world

SEEDS: Final = range(400)
ON_PAPER: Final = (
    paper.PrintedLetterSent,
    paper.PaperAnswerEntered,
    paper.PaperAnswerConfirmed,
    paper.PaperAnswerMatched,
    paper.PaperAnswerDiscarded,
    incoming.PaperEntered,
    incoming.PaperConfirmed,
    incoming.PaperDiscarded,
    incoming.ReferralPaperMatched,
    incoming.SupervisionPaperMatched,
)
KINDS: Final = {
    *(("bureau", kind) for kind in (*papers.POLICE_TO_BUREAU.values(), *papers.PROCURATORATE_TO_BUREAU.values())),
    *(("police", kind) for kind in papers.PROCURATORATE_TO_POLICE.values()),
    *(("procuratorate", kind) for kind in papers.POLICE_TO_PROCURATORATE.values()),
}
"""What comes on paper, and to whom."""


def test_together_they_visit_every_stage_of_transfer_referral_and_supervision_and_every_step_on_paper() -> None:
    missing: set[object] = {*Stage, *PoliceStage, *SupervisionStage, *ON_PAPER, *KINDS} - {SupervisionStage.NONE}
    for seed in SEEDS:
        missing -= set(_visited(seed))
        if not missing:
            return
    assert missing == set()


def _visited(seed: int) -> Iterator[object]:
    there = world(Random(seed), CALENDAR)
    walk(there, STEPS)
    there.settle()
    for side in there.sides.values():
        for aggregate in ("transfer", "referral", "supervision"):
            for move in moves(side, aggregate):
                yield from move
    for side in there.sides.values():
        yield from {type(entry.event) for entry in side.own(*ON_PAPER)}
        for entry in side.own(paper.PaperAnswerConfirmed, incoming.PaperConfirmed):
            told: Any = entry.event
            yield (
                _WHO[side.authority.kind],
                told.kind if isinstance(told, paper.PaperAnswerConfirmed) else told.paper.kind,
            )


_WHO: Final = {
    options.AUTHORITY_KIND_TRANSPORT: "bureau",
    options.AUTHORITY_KIND_POLICE: "police",
    options.AUTHORITY_KIND_PROCURATORATE: "procuratorate",
}
