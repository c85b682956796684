"""Whose desk a clock of a case lies on: the roles that take the step which ends it.

The law obliges the authority; inside it the roles are those that may issue the command (the `access` of its method). A
window of the party is nobody's desk, and is not listed.
"""

from collections.abc import Mapping
from typing import Final

from enforcement.options.v1 import options_pb2 as options

Roles = tuple[options.Role.ValueType, ...]

_DECIDE: Final[Roles] = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)
_HANDLE: Final[Roles] = (options.ROLE_INVESTIGATOR, options.ROLE_UNIT_CHIEF)
_PUBLISH: Final[Roles] = (options.ROLE_CASE_MANAGER, options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)

DUTIES: Final[Mapping[str, Roles]] = {
    "cases.filing": _DECIDE,
    "cases.decision": _DECIDE,
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
    "cases.on_spot_bank": (options.ROLE_FINANCE,),
    "cases.on_spot_forward": _HANDLE,
}
"""Roles by rule. One that is not named, of another service about the case, lies with the officers of the case."""


def rules_of(role: options.Role.ValueType) -> list[str]:
    """The rules that a role's desk has."""
    return [rule for rule, roles in DUTIES.items() if role in roles]
