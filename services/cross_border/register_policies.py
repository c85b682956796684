"""What cooperation does about rule sets and circulars when something is in the ledger.

RuleSetAdopted ──▶ AnnounceRuleSet; what a partner says of its version ──▶ NotePartnerRuleSet
DisputeEscalated, SuperiorReminded to this authority, the common superior ──▶ AskDesignation; JurisdictionSettled ──▶
EndDesignation
CircularShared to this authority ──▶ RecordCircular; CircularCorrected ──▶ RecordCorrection; CircularAcknowledged ──▶
NoteCircularAcknowledged
"""

from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets

from services.cross_border.model.circular import received_circular_of
from services.cross_border.model.designation import sides_of
from services.cross_border.model.rule_sets import comparison_of
from services.cross_border.policies import policy
from services.kernel.policy import PolicyContext


@policy.on(discretion.RuleSetAdopted, received=False)
def announce(event: discretion.RuleSetAdopted, context: PolicyContext) -> rule_sets.AnnounceRuleSetRequest:
    """What is put in force here is told to whom it binds, too."""
    return rule_sets.AnnounceRuleSetRequest(
        comparison_id=comparison_of(event.rule_set_id),
        rule_set_code=event.rule_set_code,
        version=event.version,
        digest=event.digest,
        jurisdiction_codes=event.jurisdiction_codes,
    )


@policy.on(rule_sets.RuleSetAnnounced, received=True, addressed="recipient_ids")
def note_announced(event: rule_sets.RuleSetAnnounced, context: PolicyContext) -> rule_sets.NotePartnerRuleSetRequest:
    """What a partner put in force is compared."""
    return rule_sets.NotePartnerRuleSetRequest(
        comparison_id=event.comparison_id,
        rule_set_code=event.rule_set_code,
        version=event.version,
        digest=event.digest,
    )


@policy.on(rule_sets.RuleSetMismatchFound, received=True, addressed="partner_id")
def note_found(event: rule_sets.RuleSetMismatchFound, context: PolicyContext) -> rule_sets.NotePartnerRuleSetRequest:
    """Who finds that this authority applies other rules says which it applies itself."""
    return rule_sets.NotePartnerRuleSetRequest(
        comparison_id=event.comparison_id,
        rule_set_code=event.rule_set_code,
        version=event.own.version,
        digest=event.own.digest,
    )


@policy.on(side.DisputeEscalated, received=True, addressed="asked_id")
def ask_designation(event: side.DisputeEscalated, context: PolicyContext) -> designations.AskDesignationRequest:
    """A dispute that a side brings before this authority waits for its designation."""
    sides = sides_of(context.teller, event.case_id, event.other_id, event.other_case_id)
    return designations.AskDesignationRequest(
        side_ids=[authority_id for authority_id, _ in sides],
        case_ids=[case_id for _, case_id in sides],
        round=event.round,
        reason=event.reason,
        act_code=event.act_code,
        act_on=event.act_on,
    )


@policy.on(disputes.SuperiorReminded, received=True, addressed="asked_id")
def remind_of_designation(
    event: disputes.SuperiorReminded, context: PolicyContext
) -> designations.AskDesignationRequest:
    """A side that waits for this authority's designation reminds of it."""
    sides = sides_of(context.teller, event.case_id, event.other_side_id, event.other_case_id)
    return designations.AskDesignationRequest(
        side_ids=[authority_id for authority_id, _ in sides],
        case_ids=[case_id for _, case_id in sides],
        round=event.round,
        reminds=True,
    )


@policy.on(side.JurisdictionSettled, received=True, addressed="asked_id")
def end_designation(event: side.JurisdictionSettled, context: PolicyContext) -> designations.EndDesignationRequest:
    """What the sides settled themselves waits no longer."""
    sides = sides_of(context.teller, event.case_id, event.other_side_id, event.other_case_id)
    return designations.EndDesignationRequest(
        side_ids=[authority_id for authority_id, _ in sides],
        case_ids=[case_id for _, case_id in sides],
        round=event.round,
        owner_id=event.owner_id,
    )


@policy.on(circulars.CircularShared, received=True, addressed="recipient_ids")
def record(event: circulars.CircularShared, context: PolicyContext) -> circulars.RecordCircularRequest:
    """What another bureau tells is recorded."""
    return circulars.RecordCircularRequest(
        received_id=received_circular_of(event.circular_id, context.teller),
        circular_id=event.circular_id,
        sender_id=context.teller,
        kind=event.kind,
        content=event.content,
    )


@policy.on(circulars.CircularCorrected, received=True, addressed="recipient_ids")
def record_correction(event: circulars.CircularCorrected, context: PolicyContext) -> circulars.RecordCorrectionRequest:
    """And so is its correction."""
    return circulars.RecordCorrectionRequest(
        received_id=received_circular_of(event.circular_id, context.teller),
        revision=event.revision,
        content=event.content,
    )


@policy.on(circulars.CircularAcknowledged, received=True, addressed="sender_id")
def note_acknowledged(
    event: circulars.CircularAcknowledged, context: PolicyContext
) -> circulars.NoteCircularAcknowledgedRequest:
    """Who told learns who took note."""
    return circulars.NoteCircularAcknowledgedRequest(circular_id=event.circular_id, revision=event.revision)
