"""Every clock on which a transport bureau must act lies on somebody's desk, whichever service keeps it."""

from enforcement.options.v1 import options_pb2 as options

from services.cases.duties import DUTIES
from services.kernel.deadlines.rules import own
from services.node.composition import SERVICES

OTHER_KINDS = {
    "referral.forward",
    "referral.filing_decision",
    "referral.reconsideration_decision",
    "referral.reasons",
    "referral.ordered_filing",
    "supervision.ask",
    "supervision.conclude",
    "opinion.review",
    "opinion.issue",
}
"""Police and procuratorate act; they keep no cases."""
RESTRICTED = {"restricted.clue_forwarding"}


def test_every_clock_of_a_bureau_lies_on_somebodys_desk():
    services = SERVICES[options.AUTHORITY_KIND_TRANSPORT]
    owned = {one.rule_id for service in services for one in service.deadlines if one.responsible is own}
    assert set(DUTIES) == owned - OTHER_KINDS - RESTRICTED
    assert all(DUTIES.values())
