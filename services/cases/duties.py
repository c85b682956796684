"""Whose desk a clock of a case lies on: the roles that take the step which ends it.

The law obliges the authority; inside it the roles are those that may issue the command (the `access` of its method). A
window of the party is nobody's desk, and is not listed.
"""

from collections.abc import Mapping
from typing import Final

from enforcement.options.v1 import options_pb2 as options

Roles = tuple[options.Role.ValueType, ...]

_DECIDE: Final[Roles] = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)
_HEAD: Final[Roles] = (options.ROLE_PRINCIPAL_HEAD,)
_HANDLE: Final[Roles] = (options.ROLE_INVESTIGATOR, options.ROLE_UNIT_CHIEF)
_PUBLISH: Final[Roles] = (options.ROLE_CASE_MANAGER, options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)
_FINANCE: Final[Roles] = (options.ROLE_FINANCE,)
_DEVICES: Final[Roles] = (options.ROLE_UNIT_CHIEF, options.ROLE_CASE_MANAGER, options.ROLE_LEADER)
_COOPERATE: Final[Roles] = (options.ROLE_UNIT_CHIEF, options.ROLE_LEADER)
_OPINIONS: Final[Roles] = (options.ROLE_CASE_MANAGER, options.ROLE_UNIT_CHIEF, *_DECIDE)

DUTIES: Final[Mapping[str, Roles]] = {
    "cases.filing": _DECIDE,
    "cases.decision": _DECIDE,
    "cases.dispute": _DECIDE,
    "cases.designation_awaited": _DECIDE,
    "cases.preservation": _DECIDE,
    "cases.seizure": (*_HANDLE, *_DECIDE),
    "cases.emergency_report": _HANDLE,
    "cases.emergency_approval": _DECIDE,
    "cases.legal_review": (options.ROLE_LEGAL_REVIEWER,),
    "cases.service": _HANDLE,
    "cases.publication": _PUBLISH,
    "cases.publication_other": _PUBLISH,
    "cases.publication_withdrawal": _PUBLISH,
    "cases.on_spot_copy": _HANDLE,
    "cases.on_spot_hand_in": _HANDLE,
    "cases.on_spot_bank": _FINANCE,
    "cases.on_spot_forward": _DECIDE,
    "cases.forward_application": _DECIDE,
    "collection.court_window": _HEAD,
    "collection.court_review_request": _HEAD,
    "collection.on_site_hand_in": _HANDLE,
    "collection.on_site_bank": _FINANCE,
    "collection.refund": _FINANCE,
    "collection.auction_remainder": _FINANCE,
    "execution.inform": _HANDLE,
    "documents.rework": (*_HANDLE, options.ROLE_CASE_MANAGER),
    "non_site.certificate": _DEVICES,
    "non_site.review": _HANDLE,
    "non_site.mismatch_copy": _HANDLE,
    "non_site.notice": _HANDLE,
    "non_site.answer": _HANDLE,
    "non_site.home_notice": (*_HANDLE, options.ROLE_CASE_MANAGER, options.ROLE_LEADER),
    "transfer.report": _HANDLE,
    "transfer.head_decision": _HEAD,
    "transfer.send": _HANDLE,
    "transfer.supplement": _HANDLE,
    "transfer.hand_over": _HANDLE,
    "transfer.next_step": (*_HANDLE, *_DECIDE),
    "transfer.close": _DECIDE,
    "suspicion.answer": _DECIDE,
    "opinion.reply": _OPINIONS,
    "cross_border.hand_over": _COOPERATE,
    "cross_border.hand_over_urgent": _COOPERATE,
    "cross_border.acknowledge": _COOPERATE,
    "cross_border.bulletin": _COOPERATE,
    "cross_border.designate": _DECIDE,
    "cross_border.decide_case_transfer": _COOPERATE,
    "cross_border.answer_assist": _COOPERATE,
    "cross_border.answer_evidence_share": _COOPERATE,
    "cross_border.answer_service": _COOPERATE,
    "cross_border.answer_execution_assist": _COOPERATE,
    "joint_operations.hand_off": _COOPERATE,
    "joint_operations.draw_lead_reveal": _COOPERATE,
    "joint_operations.witness_commit": _COOPERATE,
    "joint_operations.witness_reveal": _COOPERATE,
}
"""Roles by rule, for every clock of every service on which a transport bureau must act: one that is missing here would
end without anybody who sees it. Clocks of restricted clues are nobody's list."""


def rules_of(role: options.Role.ValueType) -> list[str]:
    """The rules that a role's desk has."""
    return [rule for rule, roles in DUTIES.items() if role in roles]
