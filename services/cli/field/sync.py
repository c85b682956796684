"""Sending the queue: any order, any number of cuts, each command taken once.

    round ──▶ send each waiting command ──▶ accepted   written down
      ▲                                     refused    for something that may still come: waits
      │                                                else: CONFLICT, shown to the officer
      │                                     failed     waits with what the node said, and holds up nothing behind it
      │                                     no answer  waits: it may have been taken, and the same id asks again
      └── again while a round had an accepted one, a failed one, or was cut

Promise   when it returns, each command is accepted, a conflict, or waits; none is dropped, and the node takes none
          twice, because a repeated id gets the first answer.
Not       that nothing waits: a finding whose inspection stands on a colleague's device waits for that device.
Bounds    one command at a time; CUTS_MAX calls in a row without an answer end it, and so do CUTS_MAX rounds in a row
          that had nothing accepted.
Shown by tests/integration/field/test_sync.py, tests/integration/joint_operations/test_field.py
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.cli.field.queue import Queue, Queued, State

CUTS_MAX: Final = 3
MAY_STILL_COME: Final = frozenset(
    {
        "NOT_FOUND",
        "WRONG_STAGE",
        "CHECKPOINT_UNMANNED",
        "CHECKPOINT_CLOSED",
        "OUTSIDE_PERIOD",
        "INSPECTION_UNKNOWN",
        "FINDING_UNKNOWN",
        "UPLOAD_IN_PROGRESS",
        "WRONG_OFFSET",
    }
)
"""Refusals of a command whose ground another command lays that was perhaps not sent yet, and of a file of which an
earlier call has not let go."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The node has the command."""

    id: str
    position: int


@dataclass(frozen=True, slots=True)
class RefusedBy:
    """The node says no; `domain` is the service whose rule it is."""

    domain: str
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nobody knows whether the node has the command."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The node answered, but without a judgement: it may have the command. Asking again at once is no use."""

    code: str
    sentence: str


Answer = Accepted | RefusedBy | Failed | NoAnswer
Send = Callable[[Queued], Awaitable[Answer]]
Order = Callable[[Sequence[Queued]], Sequence[Queued]]


@dataclass(slots=True)
class Report:
    """What one run did."""

    accepted: int = 0
    conflicts: int = 0
    waiting: int = 0
    cuts: int = 0
    failures: int = 0
    reached: bool = True
    """False: it ended because too many calls were not answered."""


def as_recorded(commands: Sequence[Queued]) -> Sequence[Queued]:
    """The order in which they were recorded: the one with the fewest refusals."""
    return commands


async def sync(
    queue: Queue, send: Send, *, order: Order = as_recorded, progress: Callable[[Report], None] = lambda report: None
) -> Report:
    """Sends what waits until nothing more is accepted."""
    report = Report()
    cuts_in_a_row = rounds_in_vain = 0
    again = True
    while again and (waiting := queue.all(State.WAITING)):
        accepted, cuts, failures = report.accepted, report.cuts, report.failures
        for command in order(waiting):
            answer = await send(command)
            cuts_in_a_row = cuts_in_a_row + 1 if isinstance(answer, NoAnswer) else 0
            _note(queue, command, answer, report)
            progress(report)
            if cuts_in_a_row == CUTS_MAX:
                break
        rounds_in_vain = 0 if report.accepted > accepted else rounds_in_vain + 1
        in_vain, was_cut = rounds_in_vain == CUTS_MAX, report.cuts > cuts
        report.reached = cuts_in_a_row < CUTS_MAX and not (in_vain and was_cut)
        moved = report.accepted > accepted or was_cut or report.failures > failures
        again = report.reached and moved and not in_vain
    report.waiting = len(queue.all(State.WAITING))
    return report


def _note(queue: Queue, command: Queued, answer: Answer, report: Report) -> None:
    match answer:
        case Accepted(id=answer_id, position=position):
            queue.accept(command.command_id, answer_id, position)
            report.accepted += 1
        case RefusedBy(domain=domain, reason=reason, sentence=sentence):
            final = reason not in MAY_STILL_COME
            queue.refuse(command.command_id, f"{domain}/{reason}", sentence, final=final)
            report.conflicts += final
        case Failed(code=code, sentence=sentence):
            queue.refuse(command.command_id, code, sentence, final=False)
            report.failures += 1
        case NoAnswer():
            report.cuts += 1
