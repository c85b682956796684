"""Suspicion of a crime for which nothing was transferred (有案不移; 行政处罚法 art. 27; 国务院令第310号 arts. 3, 16).

    NONE ──the case reaches a criminal standard──▶ OPEN ──a transfer is opened, or "no crime, because …"──▶ ANSWERED
                                                   │  ▲                                                        │
                                       more found ─┴──┴──────────────── more than was answered ◀───────────────┘

One stream for each case. It warns, and a leader answers; that it stays open beyond its clock is the bureau's own missed
duty. Nothing found twice is asked twice: an answer covers what was known, up to its amounts. So does a transfer, also
one that was refused or came back since: only more than it covered, or another standard, is asked about again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.ledger import ids
from services.transfer.crime_thresholds import CaseKnown, Thresholds, findings_of
from services.transfer.model.shared import Refusal

APL_27: Final = "行政处罚法 art. 27; 国务院令第310号 art. 3"

Key = tuple[str, int, str]
"""Threshold, ground and act: what was answered of one act of a case says nothing of another."""


class Stage(StrEnum):
    """Where a suspicion stands."""

    NONE = "无"
    OPEN = "待答复"
    ANSWERED = "已答复"


@dataclass(frozen=True, slots=True)
class Suspicion(Staged):
    """What decisions about a suspicion read."""

    stage: Stage = Stage.NONE
    case_id: str = ""
    known: Mapping[Key, int] = field(default_factory=dict)
    """What was found, and how much."""

    def new(self, findings: Iterable[pb.SuspicionFinding]) -> list[pb.SuspicionFinding]:
        """Of what is found, what was not, or not as much."""
        return [one for one in findings if one.found > self._found_before(one)]

    def _found_before(self, finding: pb.SuspicionFinding) -> int:
        """Older events name no act: what they tell is taken for every act, as it was then."""
        of_any_act = (finding.threshold_id, finding.ground, "")
        return max(self.known.get(_key(finding), -1), self.known.get(of_any_act, -1))


@dataclass(frozen=True, slots=True)
class Examined:
    """What the look-up of an examination answers."""

    case: CaseKnown
    thresholds: Thresholds


suspicion = Aggregate("suspicion", Suspicion)


def suspicion_of(case_id: str) -> str:
    """Id of the stream of a case's suspicion."""
    return str(ids.derive(UUID(case_id), suspicion.name))


@suspicion.decide(pb.ExamineCaseRequest, basis=APL_27)
def examine(state: Suspicion, command: pb.ExamineCaseRequest, context: Context) -> Events:
    """A case that reaches a criminal standard goes to the police; where no transfer goes on, somebody says why.

    One that goes on covers what is found meanwhile: its own clocks run, from the report on.
    """
    examined: Examined | None = context.found
    if examined is None:
        return
    findings = state.new(findings_of(examined.case, examined.thresholds))
    if not findings:
        return
    if examined.case.pursued_in:
        yield pb.SuspicionCovered(
            suspicion_id=command.suspicion_id,
            case_id=command.case_id,
            pursuing_transfer_id=examined.case.pursued_in,
            findings=findings,
            thresholds_sha256=examined.thresholds.sha256,
        )
    elif state.stage is Stage.OPEN:
        yield pb.SuspicionGrew(
            suspicion_id=command.suspicion_id,
            case_id=command.case_id,
            findings=findings,
            thresholds_sha256=examined.thresholds.sha256,
        )
    else:
        yield pb.SuspicionRaised(
            suspicion_id=command.suspicion_id,
            case_id=command.case_id,
            act_code=examined.case.act_code,
            findings=findings,
            thresholds_sha256=examined.thresholds.sha256,
        )


@suspicion.evolve(pb.SuspicionRaised, pb.SuspicionGrew)
def raised(state: Suspicion, event: pb.SuspicionRaised | pb.SuspicionGrew) -> Suspicion:
    return replace(_knowing(state, event.findings), stage=Stage.OPEN, case_id=event.case_id)


@suspicion.evolve(pb.SuspicionCovered)
def covered(state: Suspicion, event: pb.SuspicionCovered) -> Suspicion:
    return _knowing(state, event.findings)


def _knowing(state: Suspicion, findings: Iterable[pb.SuspicionFinding]) -> Suspicion:
    return replace(state, known={**state.known, **{_key(one): _amount(one) for one in findings}})


@suspicion.decide(pb.NoteTransferOpenedRequest, basis=APL_27)
def note_opened(state: Suspicion, command: pb.NoteTransferOpenedRequest, context: Context) -> Events:
    """A transfer that is opened for the case answers: from here on the transfer's own clocks run."""
    if state.stage is Stage.OPEN:
        yield pb.SuspicionAnswered(
            suspicion_id=command.suspicion_id,
            answer=pb.SUSPICION_ANSWER_TRANSFER_OPENED,
            case_id=state.case_id,
            pursuing_transfer_id=command.transfer_id,
        )


@suspicion.decide(pb.AnswerSuspicionRequest, basis=APL_27)
def answer(state: Suspicion, command: pb.AnswerSuspicionRequest, context: Context) -> Events:
    """A leader says why it is no crime, or in which transfer of another case it is pursued."""
    state.require(Stage.OPEN)
    pursued = command.answer == pb.SUSPICION_ANSWER_TRANSFER_OPENED
    if pursued != bool(command.transfer_id) or pursued == bool(command.reason.strip()):
        raise Refused(Refusal.SUSPICION_ANSWER_INCOMPLETE)
    if pursued and not context.found:
        raise Refused(Refusal.NO_SUCH_TRANSFER, transfer=command.transfer_id)
    yield pb.SuspicionAnswered(
        suspicion_id=command.suspicion_id,
        answer=command.answer,
        case_id=state.case_id,
        pursuing_transfer_id=command.transfer_id,
        reason=command.reason,
        answerer=context.active_officer(context.actor.id),
    )


@suspicion.evolve(pb.SuspicionAnswered)
def answered(state: Suspicion, event: pb.SuspicionAnswered) -> Suspicion:
    return replace(state, stage=Stage.ANSWERED)


def _amount(finding: pb.SuspicionFinding) -> int:
    """Older events do not count decisions: there was one."""
    return max(finding.found, int(finding.ground == pb.SUSPICION_GROUND_DECIDED))


def _key(finding: pb.SuspicionFinding) -> Key:
    return finding.threshold_id, finding.ground, finding.act_code
