"""Whether partners apply the same rules (裁量规则比对), one stream for each rule set.

    own version put in force ──▶ announced to the bureaus in its territory ──▶ there: noted, compared
    differs ──▶ mismatch found: told to the partner, and by the feed to the platforms ──▶ same again ──▶ mismatch ended

Both sides compare, so both say it. Versions and digests only: what a rule says stays in its own file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from uuid import UUID

from enforcement.cross_border.v1 import rule_sets_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.cross_border.model.shared import Refusal
from services.kernel.authority import Authority
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused
from services.kernel.ledger import ids

_FIVE_LISTS: Final = "渝交规〔2023〕8号; 行政处罚法 art. 34"


class Applied(NamedTuple):
    """What an authority applies of a rule set."""

    version: int = 0
    digest: bytes = b""


NOTHING: Final = Applied()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rule set here and at the partners."""

    own: Applied = NOTHING
    partners: Mapping[str, Applied] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    """Partners of which it was said that they apply other rules."""


comparison = Aggregate("rule_set_comparison", Comparison)


def comparison_of(rule_set_id: str) -> str:
    """Id of the comparison of a rule set, whose id is the same everywhere."""
    return str(ids.derive(UUID(rule_set_id), "comparison"))


@comparison.decide(pb.AnnounceRuleSetRequest, basis=_FIVE_LISTS)
def announce(state: Comparison, command: pb.AnnounceRuleSetRequest, context: Context) -> Events:
    """Partners learn which version is in force here; with those whose version is known it is compared at once."""
    own = Applied(command.version, command.digest)
    if own == state.own:
        return
    yield pb.RuleSetAnnounced(
        comparison_id=command.comparison_id,
        rule_set_code=command.rule_set_code,
        version=own.version,
        digest=own.digest,
        recipient_ids=_partners(command, context),
    )
    for partner_id, theirs in sorted(state.partners.items()):
        yield from _compared(state, command.comparison_id, command.rule_set_code, own, partner_id, theirs)


@comparison.evolve(pb.RuleSetAnnounced)
def announced(state: Comparison, event: pb.RuleSetAnnounced) -> Comparison:
    return replace(state, own=Applied(event.version, event.digest))


@comparison.decide(pb.NotePartnerRuleSetRequest, basis=_FIVE_LISTS)
def note_partner(state: Comparison, command: pb.NotePartnerRuleSetRequest, context: Context) -> Events:
    """What a partner signed is noted once, and compared. None is a version, too: the same rules bind both."""
    partner_id, theirs = context.origin, Applied(command.version, command.digest)
    if partner_id is None:
        raise Refused(Refusal.NOT_TOLD, authority=context.authority.id)
    if state.partners.get(partner_id) == theirs:
        return
    yield pb.PartnerRuleSetNoted(
        comparison_id=command.comparison_id,
        rule_set_code=command.rule_set_code,
        partner_id=partner_id,
        version=theirs.version,
        digest=theirs.digest,
    )
    yield from _compared(state, command.comparison_id, command.rule_set_code, state.own, partner_id, theirs)


@comparison.evolve(pb.PartnerRuleSetNoted)
def partner_noted(state: Comparison, event: pb.PartnerRuleSetNoted) -> Comparison:
    return replace(state, partners={**state.partners, event.partner_id: Applied(event.version, event.digest)})


@comparison.evolve(pb.RuleSetMismatchFound)
def mismatch_found(state: Comparison, event: pb.RuleSetMismatchFound) -> Comparison:
    return replace(state, apart=state.apart | {event.partner_id})


@comparison.evolve(pb.RuleSetMismatchEnded)
def mismatch_ended(state: Comparison, event: pb.RuleSetMismatchEnded) -> Comparison:
    return replace(state, apart=state.apart - {event.partner_id})


def _compared(
    state: Comparison, comparison_id: str, code: str, own: Applied, partner_id: str, theirs: Applied
) -> Events:
    if own != theirs:
        yield pb.RuleSetMismatchFound(
            comparison_id=comparison_id,
            rule_set_code=code,
            own=pb.AppliedRuleSet(version=own.version, digest=own.digest),
            partner_id=partner_id,
            theirs=pb.AppliedRuleSet(version=theirs.version, digest=theirs.digest),
        )
    elif partner_id in state.apart:
        yield pb.RuleSetMismatchEnded(
            comparison_id=comparison_id,
            rule_set_code=code,
            partner_id=partner_id,
            version=own.version,
            digest=own.digest,
        )


def _partners(command: pb.AnnounceRuleSetRequest, context: Context) -> list[str]:
    """The other bureaus of the exchange whose territory the rule set covers, in whole or in part."""

    def bound(member: Authority) -> bool:
        return any(_overlap(member, code) for code in command.jurisdiction_codes)

    return sorted(
        one.id
        for one in context.members.values()
        if one.kind == options.AUTHORITY_KIND_TRANSPORT and one.id != context.authority.id and bound(one)
    )


def _overlap(member: Authority, code: str) -> bool:
    """A province's rules bind its counties, and a county's bind part of its province."""
    return Authority(f"jt-{code}", "").competent_in(member.division) or member.competent_in(code)
