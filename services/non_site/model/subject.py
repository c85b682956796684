"""Vehicles, drivers and companies that violate again and again (公路安全保护条例 art. 66).

    violation ──more than 3 in a year, or 10 % of the trucks──▶ item RAISED ──claim──▶ CLAIMED ──answer──▶ ANSWERED
                                                                   └──the decisions are gone──▶ (withdrawn)

Nothing happens to a licence by itself: an item asks a person. While an item is open, further violations add to the
count and raise no second one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day
from services.non_site import counting, subjects
from services.non_site.counting import Excess, Violation, Year
from services.non_site.model.shared import HPR_66, Refusal


class ItemStage(StrEnum):
    """Where a review item stands."""

    RAISED = "待认领"
    CLAIMED = "审查中"
    ANSWERED = "已答复"


@dataclass(frozen=True, slots=True)
class Item:
    """A review item."""

    raised: pb.ReviewItemRaised
    officer_id: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What decisions about a subject read."""

    kind: pb.SubjectKind.ValueType = pb.SUBJECT_KIND_UNSPECIFIED
    violations: Mapping[str, Violation] = field(default_factory=dict)
    grounds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Cases and notices that establish each violation: it counts while one stands."""
    fleet: Mapping[date, int] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)

    @property
    def open_items(self) -> list[Item]:
        """Those that wait for a person."""
        return [item for item in self.items.values() if not item.answered]

    def excess(self, year: Year) -> Excess | None:
        """What is too much in a year."""
        if self.kind == pb.SUBJECT_KIND_COMPANY:
            return counting.too_many_trucks(self.violations.values(), self.fleet, year)
        return counting.too_often(self.violations.values(), year)


subject = Aggregate("subject", Subject)

_REVIEWS: Final = {
    pb.SUBJECT_KIND_VEHICLE: pb.FOLLOW_UP_REVIEW_KIND_REVOKE_CERTIFICATE,
    pb.SUBJECT_KIND_DRIVER: pb.FOLLOW_UP_REVIEW_KIND_STOP_DRIVING,
    pb.SUBJECT_KIND_COMPANY: pb.FOLLOW_UP_REVIEW_KIND_SUSPEND_BUSINESS,
}


@subject.decide(commands.CountViolationRequest, basis=HPR_66)
def count(state: Subject, command: commands.CountViolationRequest, context: Context) -> Events:
    """A violation counts once, however many cases and notices tell of it."""
    if command.ground_id in state.grounds.get(command.violation_id, ()):
        return
    counted = pb.ViolationCounted(
        subject_id=command.subject_id,
        kind=command.kind,
        label=command.label,
        violation_id=command.violation_id,
        committed_on=command.committed_on,
        source=command.source,
        authority_id=command.authority_id,
        vehicle_id=command.vehicle_id,
        ground_id=command.ground_id,
    )
    committed_on = day(command.committed_on)
    yield counted
    known = state.violations.get(command.violation_id)
    if known is None or (command.vehicle_id and not known.vehicle_id):
        yield from _raised(violation_counted(state, counted), command.subject_id, context, holding=committed_on)


@subject.evolve(pb.ViolationCounted)
def violation_counted(state: Subject, event: pb.ViolationCounted) -> Subject:
    violation = Violation(event.violation_id, date.fromisoformat(event.committed_on), event.vehicle_id)
    if (known := state.violations.get(event.violation_id)) is not None:
        violation = replace(known, vehicle_id=known.vehicle_id or event.vehicle_id)
    grounds = state.grounds.get(event.violation_id, frozenset()) | {event.ground_id}
    return replace(
        state,
        kind=event.kind,
        violations={**state.violations, event.violation_id: violation},
        grounds={**state.grounds, event.violation_id: grounds},
    )


@subject.decide(commands.UncountViolationRequest, basis=HPR_66)
def uncount(state: Subject, command: commands.UncountViolationRequest, context: Context) -> Events:
    """What a revoked decision counted counts no longer, and an open item whose ground is gone is withdrawn."""
    if command.ground_id not in state.grounds.get(command.violation_id, ()):
        return
    uncounted = pb.ViolationUncounted(
        subject_id=command.subject_id, violation_id=command.violation_id, ground_id=command.ground_id
    )
    yield uncounted
    left = violation_uncounted(state, uncounted)
    for item in state.open_items:
        year = Year(day(item.raised.from_on), day(item.raised.to_on))
        if left.excess(year) is None:
            yield pb.ReviewItemWithdrawn(subject_id=command.subject_id, item_id=item.raised.item_id)


@subject.evolve(pb.ViolationUncounted)
def violation_uncounted(state: Subject, event: pb.ViolationUncounted) -> Subject:
    standing = state.grounds[event.violation_id] - {event.ground_id}
    if standing:
        return replace(state, grounds={**state.grounds, event.violation_id: standing})
    return replace(
        state,
        violations={key: one for key, one in state.violations.items() if key != event.violation_id},
        grounds={key: one for key, one in state.grounds.items() if key != event.violation_id},
    )


@subject.decide(commands.RecordFleetSizeRequest, basis=HPR_66)
def record_fleet(state: Subject, command: commands.RecordFleetSizeRequest, context: Context) -> Events:
    """A company's trucks as of a day, from the register of operators."""
    company = subjects.company(command.number, command.name)
    if company is None:
        raise Refused(Refusal.IDENTITY_MISSING)
    if company.subject_id != command.subject_id:
        raise Refused(Refusal.SUBJECT_ID, expected=company.subject_id)
    as_of = day(command.as_of_on)
    recorded = pb.FleetSizeRecorded(
        subject_id=command.subject_id,
        label=command.name,
        trucks=command.trucks,
        as_of_on=as_of.isoformat(),
        source=command.source,
    )
    yield recorded
    yield from _raised(fleet_recorded(state, recorded), command.subject_id, context)


@subject.evolve(pb.FleetSizeRecorded)
def fleet_recorded(state: Subject, event: pb.FleetSizeRecorded) -> Subject:
    fleet = {**state.fleet, date.fromisoformat(event.as_of_on): event.trucks}
    return replace(state, kind=pb.SUBJECT_KIND_COMPANY, fleet=fleet)


@subject.evolve(pb.ReviewItemRaised)
def raised(state: Subject, event: pb.ReviewItemRaised) -> Subject:
    return replace(state, items={**state.items, event.item_id: Item(event)})


@subject.evolve(pb.ReviewItemWithdrawn)
def withdrawn(state: Subject, event: pb.ReviewItemWithdrawn) -> Subject:
    return replace(state, items={key: item for key, item in state.items.items() if key != event.item_id})


@subject.decide(commands.ClaimReviewItemRequest, basis=HPR_66)
def claim(state: Subject, command: commands.ClaimReviewItemRequest, context: Context) -> Events:
    """One officer takes an item on."""
    item = _open_item(state, command.item_id)
    if item.officer_id:
        raise Refused(Refusal.ITEM_CLAIMED, officer=item.officer_id)
    yield pb.ReviewItemClaimed(
        subject_id=command.subject_id,
        item_id=command.item_id,
        officer=context.active_officer(context.actor.id),
    )


@subject.evolve(pb.ReviewItemClaimed)
def claimed(state: Subject, event: pb.ReviewItemClaimed) -> Subject:
    item = replace(state.items[event.item_id], officer_id=event.officer.officer_id)
    return replace(state, items={**state.items, event.item_id: item})


@subject.decide(commands.AnswerReviewItemRequest, basis=HPR_66)
def answer(state: Subject, command: commands.AnswerReviewItemRequest, context: Context) -> Events:
    """Who took it on says what came of it, and why."""
    item = _open_item(state, command.item_id)
    if item.officer_id != context.actor.id:
        raise Refused(Refusal.ITEM_NOT_YOURS)
    yield pb.ReviewItemAnswered(
        subject_id=command.subject_id,
        item_id=command.item_id,
        outcome=command.outcome,
        reason=command.reason,
        officer=context.active_officer(context.actor.id),
    )


@subject.evolve(pb.ReviewItemAnswered)
def answered(state: Subject, event: pb.ReviewItemAnswered) -> Subject:
    item = replace(state.items[event.item_id], answered=True)
    return replace(state, items={**state.items, event.item_id: item})


def _open_item(state: Subject, item_id: str) -> Item:
    item = state.items.get(item_id)
    if item is None or item.answered:
        raise Refused(Refusal.ITEM_UNKNOWN, item=item_id)
    return item


def _raised(
    state: Subject, subject_id: str, context: Context, *, holding: date | None = None
) -> Iterator[pb.ReviewItemRaised]:
    """An item for the first year with too much in it, unless one is open, or the same year was reviewed before and
    no violation was added since."""
    if state.open_items:
        return
    reading = context.rules.get("follow_up_year", context.today)
    for year in counting.years(state.violations.values(), reading, holding=holding):
        excess = state.excess(year)
        if excess is None or (holding is None and _reviewed(state, excess)):
            continue
        yield pb.ReviewItemRaised(
            subject_id=subject_id,
            item_id=str(context.new_id("review_item")),
            kind=_REVIEWS[state.kind],
            from_on=year.first.isoformat(),
            to_on=year.last.isoformat(),
            violation_ids=[one.violation_id for one in excess.violations],
            violating_trucks=excess.trucks,
            fleet_trucks=excess.fleet,
        )
        return


def _reviewed(state: Subject, excess: Excess) -> bool:
    counted = {one.violation_id for one in excess.violations}
    return any(counted <= set(item.raised.violation_ids) for item in state.items.values() if item.answered)
