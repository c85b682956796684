"""T10, procuratorate: a criminal case from a transfer is not prosecuted, or the court decides.

    OPEN ──not prosecuted──▶ ENDED ◀──judgment in force── OPEN        on conditions: a judgment may still follow

The procuratorate knows the case because the police told it that they filed (刑事诉讼法 arts. 16, 175, 177, 282).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from enforcement.transfer.v1 import outcome_pb2 as pb

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.values import day
from services.transfer.model.ending import require_fits
from services.transfer.model.shared import O310_10, require_not_before


class Stage(StrEnum):
    """Where a criminal case stands for the procuratorate."""

    OPEN = "办理中"
    ON_CONDITIONS = "附条件不起诉"
    ENDED = "已终结"


@dataclass(frozen=True, slots=True)
class Prosecution(Staged):
    """What decisions about a prosecution read."""

    stage: Stage = Stage.OPEN
    opened: pb.ProsecutionOpened = field(default_factory=pb.ProsecutionOpened)
    last_act_at: datetime | None = None


prosecution = Aggregate("prosecution", Prosecution)


def prosecution_of(transfer_id: str, police_id: str) -> str:
    """Id of the stream for the criminal case that these police opened on a transfer."""
    return str(ids.derive(UUID(transfer_id), f"{prosecution.name}/{police_id}"))


@prosecution.decide(pb.OpenProsecutionRequest, basis="国务院令第310号 art. 14")
def open_prosecution(state: Prosecution, command: pb.OpenProsecutionRequest, context: Context) -> Events:
    """A criminal case that the police opened may come to the procuratorate."""
    yield pb.ProsecutionOpened(
        prosecution_id=command.prosecution_id,
        transfer_id=command.transfer_id,
        bureau_id=command.bureau_id,
        police_id=command.police_id,
        referral_id=command.referral_id,
        criminal_case_number=command.criminal_case_number,
    )


@prosecution.evolve(pb.ProsecutionOpened)
def opened(state: Prosecution, event: pb.ProsecutionOpened, act: Act) -> Prosecution:
    return Prosecution(Stage.OPEN, event, act.occurred_at)


@prosecution.decide(pb.DecideNonProsecutionRequest, basis="刑事诉讼法 arts. 16, 175, 177, 282; 国务院令第310号 art. 10")
def decide_non_prosecution(state: Prosecution, command: pb.DecideNonProsecutionRequest, context: Context) -> Events:
    """The procuratorate does not prosecute; bureau and police are told, and whether a penalty is needed."""
    state.require(Stage.OPEN)
    require_not_before(state.last_act_at, context)
    yield pb.NonProsecutionDecided(
        prosecution_id=command.prosecution_id,
        transfer_id=state.opened.transfer_id,
        bureau_id=state.opened.bureau_id,
        police_id=state.opened.police_id,
        referral_id=state.opened.referral_id,
        ground=command.ground,
        penalty_needed=command.penalty_needed,
        decision=command.decision,
    )


@prosecution.evolve(pb.NonProsecutionDecided)
def not_prosecuted(state: Prosecution, event: pb.NonProsecutionDecided, act: Act) -> Prosecution:
    conditional = event.ground == pb.NON_PROSECUTION_GROUND_CONDITIONAL
    return replace(state, stage=Stage.ON_CONDITIONS if conditional else Stage.ENDED, last_act_at=act.occurred_at)


@prosecution.decide(pb.TellJudgmentRequest, basis=O310_10)
def tell_judgment(state: Prosecution, command: pb.TellJudgmentRequest, context: Context) -> Events:
    """The court has no node: the procuratorate tells the judgment that is in force, with its fine and custody."""
    state.require(Stage.OPEN, Stage.ON_CONDITIONS)
    require_not_before(state.last_act_at, context)
    require_fits(command.outcome, command.criminal_fine_fen, command.custody_days)
    day(command.effective_on)
    yield pb.JudgmentTold(
        prosecution_id=command.prosecution_id,
        transfer_id=state.opened.transfer_id,
        bureau_id=state.opened.bureau_id,
        police_id=state.opened.police_id,
        referral_id=state.opened.referral_id,
        outcome=command.outcome,
        criminal_fine_fen=command.criminal_fine_fen,
        custody_days=command.custody_days,
        effective_on=command.effective_on,
        judgment_number=command.judgment_number,
        judgment=command.judgment,
    )


@prosecution.evolve(pb.JudgmentTold)
def judgment_told(state: Prosecution, event: pb.JudgmentTold, act: Act) -> Prosecution:
    return replace(state, stage=Stage.ENDED, last_act_at=act.occurred_at)
