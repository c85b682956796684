"""Numbers of cases and documents (取号): one stream for each authority, series and year.

    (nothing) ──take──▶ 1 ──take──▶ 2 ──take──▶ …

A number exists when NumberTaken is in the ledger, and the next one is the last plus one: the ledger's check of the
stream's version lets no two takers have the same, and a crash leaves either the event or nothing. So numbers have no
gap and no double, whoever takes them at the same time. What asks twice for the same case or document gets none.

Not       numbers that are given back: a document that is never used keeps its number, which is then accounted for.
"""

from dataclasses import dataclass, field, replace

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from immutables import Map

from services.documents.registry import word_of
from services.documents.shared import Refusal, numbering_id
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Numbering:
    """How far a series has come."""

    last: int = 0
    taken: Map[str, int] = field(default_factory=Map)
    """The number of each case or document. A persistent map: a copy per number would cost a year's numbers each."""


numbering = Aggregate("numbering", Numbering)


@numbering.decide(commands.TakeNumberRequest, basis="design")
def take(state: Numbering, command: commands.TakeNumberRequest, context: Context) -> Events:
    """The next number of the series; nothing for what has one. `found` is the authority's letterhead."""
    if command.numbering_id != numbering_id(context.authority.id, command.series, command.year):
        raise Refused(Refusal.WRONG_NUMBERING)
    if command.for_id in state.taken:
        return
    letterhead = context.found
    if not letterhead.prefix:
        raise Refused(Refusal.PREFIX_NOT_SET)
    number = state.last + 1
    yield pb.NumberTaken(
        numbering_id=command.numbering_id,
        series=command.series,
        year=command.year,
        number=number,
        text=letterhead.number(word_of(command.series), command.year, number),
        for_id=command.for_id,
    )


@numbering.evolve(pb.NumberTaken)
def taken(state: Numbering, event: pb.NumberTaken) -> Numbering:
    return replace(state, last=event.number, taken=state.taken.set(event.for_id, event.number))
