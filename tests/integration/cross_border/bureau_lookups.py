"""What the commands of bureaus that find the same act look up, from the streams of a side in memory.

The same questions are asked of the views by services/cases/lookups.py and services/cross_border/lookups.py.
"""

from datetime import date
from typing import Any

from enforcement.cases.v1 import act_inquiry_pb2 as acts_pb
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import service_pb2 as border

from services.cases.model import Stage
from services.cases.model.act_inquiry import AskedAct, FoundCases
from services.cases.model.discretion import KnownAtDecision
from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.designation import Stage as DesignationStage
from services.cross_border.model.designation import designation_of
from services.cross_border.model.request import AWAITING_ACCEPTANCE, IN_PROGRESS
from tests.support.sides import Side
from tests.unit.cases.acts import changed


def fined(there: Side) -> list[str]:
    """Cases of the bureau in which it fined."""
    return [entry.event.case_id for entry in there.own(pb.PenaltyDecided)]  # type: ignore[attr-defined]


def known_to(there: Side, case_id: str) -> KnownAtDecision:
    """What a bureau knows of other cases about the act: its own, and those of the latest answer of each it asked."""
    matches = [one for one in _filed(there) if one.case_id != case_id]
    waiting: dict[str, str] = {}
    answered: dict[str, acts_pb.ActAnswerRecorded] = {}
    for entry in there.own(acts_pb.ActInquirySent, acts_pb.ActAnswerRecorded):
        event: Any = entry.event
        if event.matter_id != case_id:
            continue
        if isinstance(event, acts_pb.ActInquirySent):
            waiting |= dict.fromkeys(event.recipient_ids, event.inquiry_id)
            continue
        answered[event.responder_id] = event
        if waiting.get(event.responder_id) == event.inquiry_id:
            del waiting[event.responder_id]
    for other, answer in answered.items():
        matches += [changed(match, authority_id=other) for match in answer.matches]
    return KnownAtDecision(tuple(matches), tuple(waiting))


def _filed(there: Side) -> list[acts_pb.ActMatch]:
    """What the bureau answers whoever asks."""
    found, fines = [], fined(there)
    for case_id in dict.fromkeys(entry.event.case_id for entry in there.own(pb.CaseFiled)):  # type: ignore[attr-defined]
        state = there.state("case", case_id)
        gone = state.stage is Stage.CLOSED or (state.stage is Stage.TRANSFERRED_ADMIN and state.handed_on.accepted)
        ended = acts_pb.ACT_MATCH_STATE_CLOSED if gone else acts_pb.ACT_MATCH_STATE_FILED
        found.append(
            acts_pb.ActMatch(state=acts_pb.ACT_MATCH_STATE_FINED if case_id in fines else ended, case_id=case_id)
        )
    return found


def _on_its_way(there: Side, case_id: str, but: str) -> str:
    for request_id in there.ids("request"):
        state = there.state("request", request_id)
        handed_over = state.sent.request_type in HAND_OVERS and state.sent.case_id == case_id
        if handed_over and request_id != but and state.stage in (*AWAITING_ACCEPTANCE, *IN_PROGRESS):
            return request_id
    return ""


def found(there: Side, request: Any) -> Any:
    """The look-ups of the commands, from this side's streams."""
    match request:
        case acts_pb.AskAboutActRequest():
            subject = acts_pb.ActSubject(kind=acts_pb.ACT_SUBJECT_KIND_PARTY, digest=bytes(32), bucket=1)
            return AskedAct((subject,), "RTR-63-2", date(2024, 9, 5), date(2024, 9, 7))
        case acts_pb.AnswerActInquiryRequest():
            return FoundCases(tuple(_filed(there)))
        case commands.FileCaseRequest() | commands.DecideRequest():
            return known_to(there, request.case_id)
        case border.SendRequestRequest():
            return "" if request.draft else _on_its_way(there, request.case_id, "")
        case commands.NotFileCaseRequest():
            return there.state("case", request.joined_case_id).stage
        case drafting.SendDraftRequest():
            sent = there.state("request", request.request_id).sent
            return _on_its_way(there, sent.case_id, request.request_id)
    return None


def named(there: Side, request: Any) -> str:
    """The designation that is the one of a dispute, whichever side asks and whatever it knows of the other's case."""
    for one in there.ids("designation"):
        state = there.state("designation", one)
        pairs = list(zip(state.case_ids, request.case_ids, strict=True))
        fits = all("" in pair or pair[0] == pair[1] for pair in pairs)
        same = state.round == request.round and any(a and a == b for a, b in pairs)
        # All acts of the walk are one: where each side knows its own case only, the act says it.
        by_act = (
            getattr(request, "act_code", "")
            and all("" in pair for pair in pairs)
            and state.stage is not DesignationStage.LAPSED
        )
        if list(state.side_ids) == list(request.side_ids) and fits and (same or by_act):
            return one
    return designation_of(request, there.authority.id)
