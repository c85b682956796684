"""Rule sets of an authority (裁量规则): an administrator puts them in force, one stream for each; the newest holds.

    (nothing) ──adopt 1──▶ 1 ──adopt 2──▶ 2 ──▶ …

The file travels in the event, so that an evaluation can be made again from the ledger. That two authorities have the
same rules shows in their feeds: same code and version, same digest.
"""

from dataclasses import dataclass

from enforcement.cases.v1 import discretion_pb2 as pb

from services.cases.discretion.reading import Wrong
from services.cases.discretion.rule_set_file import read_rule_set
from services.cases.discretion.rule_sets import RuleSet, check_together, digest_bytes, stream_of
from services.cases.model.case import Refusal
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class AdoptedRuleSet:
    """The newest version."""

    version: int = 0
    digest: bytes = b""


rule_set = Aggregate("rule_set", AdoptedRuleSet)


@rule_set.decide(pb.AdoptRuleSetRequest, basis="行政处罚法 art. 34")
def adopt(state: AdoptedRuleSet, command: pb.AdoptRuleSetRequest, context: Context) -> Events:
    """The data is without mistakes, contradicts no other set in force here, and somebody compared it with its document.
    A version is its data: the same again changes nothing, other data need a higher version. `found` are the other sets.
    """
    try:
        adopted = read_rule_set(command.content.encode(), "rule set")
    except Wrong as wrong:
        raise Refused(Refusal.RULE_SET_WRONG, detail=wrong) from None
    if command.rule_set_id != str(stream_of(adopted.id)):
        raise Refused(Refusal.RULE_SET_WRONG, detail=f"{adopted.id} has the id {stream_of(adopted.id)}")
    if not adopted.confirmed_by:
        raise Refused(Refusal.RULE_SET_UNCONFIRMED, rule_set=adopted.id)
    digest = digest_bytes(adopted.content_hash)
    if (adopted.version, digest) == (state.version, state.digest):
        return
    if adopted.version <= state.version:
        raise Refused(Refusal.RULE_SET_NOT_NEWER, rule_set=adopted.id, version=state.version)
    others: tuple[RuleSet, ...] = context.found or ()
    if findings := check_together((adopted, *(one for one in others if one.id != adopted.id))):
        raise Refused(Refusal.RULE_SET_WRONG, detail="; ".join(findings))
    yield pb.RuleSetAdopted(
        rule_set_id=command.rule_set_id,
        rule_set_code=adopted.id,
        version=adopted.version,
        digest=digest,
        sha256=digest_bytes(adopted.source_hash),
        document_number=adopted.doc_no,
        issuer_codes=adopted.issuers,
        jurisdiction_codes=adopted.jurisdictions,
        effective_from_on=adopted.effective_from.isoformat(),
        effective_to_on=adopted.effective_to.isoformat() if adopted.effective_to is not None else "",
        superseded_codes=adopted.supersedes,
        precedence=adopted.precedence,
        entry_count=len(adopted.entries),
        tier_count=len(adopted.tiers),
        title=adopted.title,
        content=command.content,
        confirmed_by=adopted.confirmed_by,
    )


@rule_set.evolve(pb.RuleSetAdopted)
def rule_set_adopted(state: AdoptedRuleSet, event: pb.RuleSetAdopted) -> AdoptedRuleSet:
    return AdoptedRuleSet(event.version, event.digest)
