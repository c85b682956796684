"""How an opinion (检察意见) ends at the bureau: its reply is acknowledged, or the procuratorate withdraws it.

What a node tells of an opinion that had come on paper reaches the copy that it signed; `opinion_policies` passes it on
to the one that is handled.
"""

from dataclasses import replace
from typing import Final

from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.transfer.model.opinion_case import CPL_177, GUIDE_20, OpinionCase, Stage, opinion_case
from services.transfer.model.shared import Refusal, require_told_by

OVER: Final = (Stage.WITHDRAWN, Stage.RETURNED)


@opinion_case.decide(pb.NoteOpinionAcknowledgedRequest, basis=GUIDE_20)
def note_acknowledged(state: OpinionCase, command: pb.NoteOpinionAcknowledgedRequest, context: Context) -> Events:
    """The procuratorate looked at a reply; with a result the matter ends."""
    require_told_by(state.procuratorate_id, command.procuratorate_id)
    yield pb.OpinionAcknowledged(
        **state.told, kind=command.kind, remark=command.remark, same_as_id=state.received.same_as_id
    )


@opinion_case.evolve(pb.OpinionAcknowledged)
def acknowledged(state: OpinionCase, event: pb.OpinionAcknowledged) -> OpinionCase:
    ended = event.kind == pb.REPLY_KIND_RESULT and state.stage is Stage.REPLIED
    return replace(state, stage=Stage.ACKNOWLEDGED if ended else state.stage)


@opinion_case.decide(pb.NoteOpinionWithdrawnRequest, basis=CPL_177)
def note_withdrawn(state: OpinionCase, command: pb.NoteOpinionWithdrawnRequest, context: Context) -> Events:
    """The procuratorate withdrew the opinion: no reply is due any more. A case on it goes on by its own law."""
    require_told_by(state.procuratorate_id, command.procuratorate_id)
    if state.stage not in OVER:
        yield pb.OpinionWithdrawalRecorded(
            **state.told, reason=command.reason, case_id=state.case_id, same_as_id=state.received.same_as_id
        )


@opinion_case.decide(pb.EnterOpinionWithdrawalRequest, basis=CPL_177)
def enter_withdrawal(state: OpinionCase, command: pb.EnterOpinionWithdrawalRequest, context: Context) -> Events:
    """An opinion that came on paper is withdrawn on paper; one of a node only by that node."""
    state.require_first()
    if state.procuratorate_id:
        raise Refused(Refusal.NOT_ON_PAPER)
    if state.stage not in OVER:
        yield pb.OpinionWithdrawalRecorded(
            **state.parties, reason=command.reason, letter=command.letter, case_id=state.case_id
        )


@opinion_case.evolve(pb.OpinionWithdrawalRecorded)
def withdrawal_recorded(state: OpinionCase, event: pb.OpinionWithdrawalRecorded) -> OpinionCase:
    return replace(state, stage=Stage.WITHDRAWN)
