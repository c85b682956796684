"""T7, police: they state their reasons to the procuratorate, and file when it tells them to.

公安机关办理刑事案件程序规定 art. 182.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import supervision_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.transfer.model.letters import OnPaper, is_known, or_matches_incoming, with_paper, without
from services.transfer.model.referral import Referral, Stage, referral
from services.transfer.model.shared import MPS_182, Refusal, require_not_before, require_told_by

_GONE: Final = (Stage.FORWARDED,)
_RESULTS_ON_PAPER: Final = {
    pb.SUPERVISION_RESULT_WELL_FOUNDED: paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
    pb.SUPERVISION_RESULT_ORDER_TO_FILE: paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
}


def matched(state: Referral, command: Any, before: OnPaper, agrees: bool) -> incoming.ReferralPaperMatched:
    """The procuratorate's node said what its paper had said."""
    return incoming.ReferralPaperMatched(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        paper_id=before.paper_id,
        kind=before.kind,
        agrees=agrees,
    )


@referral.evolve(incoming.ReferralPaperMatched)
def paper_matched(state: Referral, event: incoming.ReferralPaperMatched) -> Referral:
    return replace(state, on_paper=without(state.on_paper, event.paper_id))


@referral.decide(pb.NoteReasonsAskedRequest, basis=MPS_182)
@or_matches_incoming(paper.PAPER_ANSWER_KIND_REASONS_ASKED, matched)
def note_reasons_asked(state: Referral, command: pb.NoteReasonsAskedRequest, context: Context) -> Events:
    """The procuratorate's question starts the police's seven days; where it is needless, they say so at once.

    A notice to file that came on paper overtakes the question of the node: nobody asks any more.
    """
    require_told_by(context.authority.procuratorate_id, command.procuratorate_id)
    if command.paper_id and (state.asked_by or is_known(state.asked_at, command.asked_at)):
        return
    asked_at = command.asked_at if command.HasField("asked_at") else None
    if _is_moot(state):
        yield _moot(state, command, asked_at)
        return
    if state.non_filing.ordered:
        return
    yield pb.ReasonsRequestReceived(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=command.procuratorate_id,
        supervision_id=command.supervision_id,
        questions=command.questions,
        letter=command.letter if command.HasField("letter") else None,
        paper_id=command.paper_id,
        asked_at=asked_at,
    )


@referral.evolve(pb.ReasonsRequestReceived)
def reasons_asked(state: Referral, event: pb.ReasonsRequestReceived, act: Act) -> Referral:
    return replace(
        state,
        asked_by=event.supervision_id,
        asked_at=_asked_at(event) or state.asked_at,
        last_act_at=act.occurred_at,
        on_paper=with_paper(state.on_paper, event, paper.PAPER_ANSWER_KIND_REASONS_ASKED, act),
    )


@referral.decide(pb.StateReasonsRequest, basis=MPS_182)
def state_reasons(state: Referral, command: pb.StateReasonsRequest, context: Context) -> Events:
    """A leader of the police states why they refused, or have not decided."""
    if not state.asked_by:
        raise Refused(Refusal.REASONS_NOT_ASKED)
    require_not_before(state.last_act_at, context)
    yield pb.ReasonsStated(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=context.authority.procuratorate_id,
        supervision_id=state.asked_by,
        about=pb.NON_FILING_REFUSED if state.non_filing.refused else pb.NON_FILING_UNDECIDED,
        reasons=command.reasons,
        document=command.document,
    )


@referral.evolve(pb.ReasonsStated)
def reasons_stated(state: Referral, event: pb.ReasonsStated, act: Act) -> Referral:
    return replace(state, asked_by="", last_act_at=act.occurred_at)


@referral.decide(pb.NoteSupervisionResultRequest, basis=MPS_182)
@or_matches_incoming(lambda command: _RESULTS_ON_PAPER[command.result], matched)
def note_supervision_result(state: Referral, command: pb.NoteSupervisionResultRequest, context: Context) -> Events:
    """A notice to file starts the police's fifteen days; reasons that hold are noted."""
    require_told_by(context.authority.procuratorate_id, command.procuratorate_id)
    if command.result == pb.SUPERVISION_RESULT_WELL_FOUNDED:
        if command.paper_id and state.non_filing.upheld:
            return
        yield pb.RefusalUpheldReceived(
            referral_id=command.referral_id,
            transfer_id=state.transfer_id,
            procuratorate_id=command.procuratorate_id,
            supervision_id=command.supervision_id,
            about=command.about,
            notice=command.notice if command.HasField("notice") else None,
            paper_id=command.paper_id,
        )
        return
    if _is_moot(state):
        yield _moot(state, command)
        return
    if command.paper_id and state.non_filing.ordered:
        return
    yield pb.FilingOrderReceived(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=command.procuratorate_id,
        supervision_id=command.supervision_id,
        notice=command.notice if command.HasField("notice") else None,
        paper_id=command.paper_id,
    )


@referral.evolve(pb.RefusalUpheldReceived)
def refusal_upheld(state: Referral, event: pb.RefusalUpheldReceived, act: Act) -> Referral:
    papers = with_paper(state.on_paper, event, paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD, act)
    state = replace(state, upheld_at=act.occurred_at, on_paper=papers)
    if event.about != pb.NON_FILING_REFUSED:
        return state
    return replace(state, non_filing=replace(state.non_filing, upheld=True))


@referral.evolve(pb.FilingOrderReceived)
def filing_ordered(state: Referral, event: pb.FilingOrderReceived, act: Act) -> Referral:
    return replace(
        state,
        non_filing=replace(state.non_filing, ordered=True),
        asked_by="",
        last_act_at=act.occurred_at,
        on_paper=with_paper(state.on_paper, event, paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED, act),
    )


@referral.evolve(pb.SupervisionMoot)
def supervision_moot(state: Referral, event: pb.SupervisionMoot) -> Referral:
    return replace(state, asked_at=_asked_at(event) or state.asked_at)


def _is_moot(state: Referral) -> bool:
    """Police that filed, or no longer have the referral, have no non-filing to justify."""
    return state.filed or state.way in _GONE


def _asked_at(event: pb.ReasonsRequestReceived | pb.SupervisionMoot) -> datetime | None:
    return to_datetime(event.asked_at) if event.HasField("asked_at") else None


def _moot(
    state: Referral,
    command: pb.NoteReasonsAskedRequest | pb.NoteSupervisionResultRequest,
    asked_at: Timestamp | None = None,
) -> pb.SupervisionMoot:
    return pb.SupervisionMoot(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=command.procuratorate_id,
        supervision_id=command.supervision_id,
        filed=state.filed,
        asked_at=asked_at,
    )
