"""When a case is compared with criminal standards: whenever something is recorded that may reach one (有案不移).

CaseFiled with an act that criminal law knows, or that repetition makes a crime  ──▶ ExamineCase
CaseImported, filed and not decided, with such an act or so much income          ──▶ ExamineCase
NoticeServed, PenaltyDecided, DiscretionEvaluated with so much illegal income    ──▶ ExamineCase
DiscretionEvaluated that suspects a crime; CrimeTransferDecided; CaseNotFiled    ──▶ ExamineCase
TransferOpened                                                                   ──▶ NoteTransferOpened

What cannot reach any standard is not looked at: most cases cost nothing here.
"""

from collections.abc import Iterable
from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.policy import PolicyContext
from services.transfer.crime_thresholds import thresholds
from services.transfer.model.suspicion import suspicion_of
from services.transfer.policies import policy

_STANDARDS: Final = thresholds()
"""Read when the service is composed: it does not start with a file that has a mistake."""


@policy.on(
    cases.CaseFiled,
    cases.CaseNotFiled,
    cases.NoticeServed,
    cases.PenaltyDecided,
    imports.CaseImported,
    discretion.DiscretionEvaluated,
    decisions.CrimeTransferDecided,
    received=False,
    kind=options.AUTHORITY_KIND_TRANSPORT,
)
def examine_case(event: Any, context: PolicyContext) -> pb.ExamineCaseRequest | None:
    """A case that may reach a criminal standard is compared with all of them."""
    if not _may_reach(event):
        return None
    return pb.ExamineCaseRequest(suspicion_id=suspicion_of(event.case_id), case_id=event.case_id)


@policy.on(transfers.TransferOpened, received=False, kind=options.AUTHORITY_KIND_TRANSPORT)
def note_transfer_opened(
    event: transfers.TransferOpened, context: PolicyContext
) -> pb.NoteTransferOpenedRequest | None:
    """A transfer of the case answers its suspicion."""
    if not event.case_id:
        return None
    return pb.NoteTransferOpenedRequest(suspicion_id=suspicion_of(event.case_id), transfer_id=event.transfer_id)


def _may_reach(event: Any) -> bool:
    match event:
        case cases.CaseFiled():
            return _STANDARDS.names_act(event.act_code)
        case imports.CaseImported():
            # What the older system decided is over; what it investigated goes on here.
            running = event.filed_on and not event.decided_on and not event.closed_on
            income = income_of(proposed_of(event.imported))
            return bool(running) and (_STANDARDS.names_act(event.act_code) or _enough(income))
        case cases.NoticeServed():
            return _enough(income_of(event.proposed))
        case cases.PenaltyDecided():
            return _enough(income_of(event.penalties))
        case discretion.DiscretionEvaluated():
            return event.outcome == discretion.DISCRETION_OUTCOME_CRIME or _enough(event.confiscate_fen)
        case _:
            return True


def proposed_of(case: imports.ImportedCase) -> Iterable[cases.Penalty]:
    """What was decided in a case that was taken over, or else proposed."""
    return case.penalties or case.proposed


def income_of(penalties: Iterable[cases.Penalty]) -> int:
    """Illegal income that is confiscated, in fen."""
    return sum(one.amount_fen for one in penalties if one.kind == cases.PENALTY_KIND_CONFISCATE_INCOME)


def _enough(income_fen: int) -> bool:
    least = _STANDARDS.least_income_fen()
    return least is not None and income_fen >= least
