"""Whom each step of a transfer reaches at least: the lower bound beside the matrix of test_recipients.py.

Police, bureau and procuratorate by address, everybody who supervises by the feed (行政处罚法 art. 27; 国务院令第310号;
the copy to the procuratorate is a duty from policy documents). What it does not hear, and why: docs/domain.md.
"""

from typing import Any, Final

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.envelopes.members import FEED
from tests.contract.test_recipients import ADDRESSED, CATALOGUE, CRIMINAL, OTHER_POLICE, RECIPIENTS, full, sender

BUREAU, POLICE, PROCURATORATE = "bureau", "police", "procuratorate"

TOLD: Final[dict[str, dict[Any, set[str]]]] = {
    "T0": {pb.TransferOpened: {FEED}},
    "T1": {pb.ReportSubmitted: {FEED}},
    "T2": {pb.TransferApproved: {FEED}, pb.TransferRejected: {FEED}},
    "T3": {pb.CaseTransferred: {POLICE, FEED}, pb.TransferCopied: {PROCURATORATE}},
    "T4": {pb.ReferralReceiptSigned: {BUREAU, PROCURATORATE, FEED}, pb.PoliceReceiptRecorded: {FEED}},
    "T4a": {
        pb.SupplementDemanded: {BUREAU, FEED},
        pb.SupplementRequested: {FEED},
        pb.SupplementSent: {POLICE, FEED},
    },
    "T4b": {
        forwarding.JurisdictionDenied: {BUREAU, FEED},
        forwarding.ReferralForwarded: {BUREAU, POLICE, PROCURATORATE, FEED},
        forwarding.ReferralDeclined: {BUREAU, PROCURATORATE, FEED},
        forwarding.PoliceForwarded: {FEED},
        forwarding.PoliceDeclined: {FEED},
        forwarding.TransferRedirected: {POLICE, FEED},
    },
    "T5": {
        pb.CriminalCaseFiled: {BUREAU, PROCURATORATE, FEED},
        pb.FilingRefused: {BUREAU, PROCURATORATE, FEED},
        reconsideration.FilingDecisionExtended: {BUREAU, PROCURATORATE, FEED},
        reconsideration.PoliceExtensionRecorded: {FEED},
        pb.PoliceFilingRecorded: {FEED},
        pb.PoliceRefusalRecorded: {FEED},
    },
    "T6": {
        reconsideration.ReconsiderationRequested: {POLICE, FEED},
        reconsideration.ReconsiderationReceived: {BUREAU, PROCURATORATE, FEED},
        reconsideration.RefusalMaintained: {BUREAU, PROCURATORATE, FEED},
        reconsideration.PoliceRefusalMaintained: {FEED},
    },
    "T7": {
        supervision.SupervisionSuggested: {PROCURATORATE, FEED},
        supervision.SupervisionOpened: {BUREAU, FEED},
        supervision.ReasonsAsked: {POLICE, BUREAU, FEED},
        supervision.ReasonsRequestReceived: {PROCURATORATE, FEED},
        supervision.ReasonsStated: {PROCURATORATE, FEED},
        supervision.ReasonsRecorded: {BUREAU, FEED},
        supervision.RefusalUpheld: {POLICE, BUREAU, FEED},
        supervision.FilingOrdered: {POLICE, BUREAU, FEED},
        supervision.FilingOrderReceived: {BUREAU, PROCURATORATE, FEED},
        supervision.SupervisionMoot: {PROCURATORATE, FEED},
        supervision.SupervisionEnded: {BUREAU, FEED},
        supervision.SupervisionStepRecorded: {FEED},
    },
    "T8": {
        pb.PropertyHandedOver: {POLICE, FEED},
        pb.HandOverConfirmed: {BUREAU, PROCURATORATE, FEED},
        pb.HandOverConfirmationRecorded: {FEED},
    },
    "T9": {pb.PartyInformed: {FEED}},
    "T10": {
        outcomes.CriminalCaseWithdrawn: {BUREAU, PROCURATORATE, FEED},
        outcomes.NonProsecutionDecided: {BUREAU, POLICE, FEED},
        outcomes.JudgmentTold: {BUREAU, POLICE, FEED},
        outcomes.OutcomeRecorded: {FEED},
        outcomes.PropertyReturned: {BUREAU, FEED},
        outcomes.PropertyReturnRecorded: {FEED},
        pb.CaseReturned: {PROCURATORATE, FEED},
        outcomes.TransferClosed: {FEED},
    },
    "on paper": {
        paper.PrintedLetterSent: {FEED},
        paper.PaperAnswerConfirmed: {PROCURATORATE, FEED},
        paper.PaperAnswerMatched: {FEED},
    },
}
STEPS: Final = [(step, event, who) for step, events in TOLD.items() for event, who in events.items()]


@pytest.mark.parametrize(("step", "event", "who"), STEPS, ids=[f"{step} {event.__name__}" for step, event, _ in STEPS])
def test_the_step_reaches_whom_it_must(step: str, event: Any, who: set[str]) -> None:
    shared = CATALOGUE.shared.get(event.DESCRIPTOR.full_name)
    assert shared is not None, f"{step}: {event.__name__} is told to nobody"
    told = full(shared)
    targets = set(shared.targets(told, sender(shared, told).id))
    forwarded = event is forwarding.ReferralForwarded
    expected = {FEED if one == FEED else ADDRESSED[one] for one in who}
    if forwarded:
        expected = expected - {ADDRESSED[POLICE]} | {OTHER_POLICE.id}
    assert targets >= expected, f"{step}: {event.__name__} does not reach {expected - targets}"
    assert {RECIPIENTS["transfer", name] for name in shared.addressees} == who - {FEED}


def test_every_shared_event_of_a_transfer_has_its_step() -> None:
    elsewhere = ("opinion.proto", "discipline.proto", "suspicion.proto")
    listed = {event.DESCRIPTOR.full_name for _, event, _ in STEPS}
    shared = {one.name for one in CRIMINAL if not one.message.DESCRIPTOR.file.name.endswith(elsewhere)}
    assert shared == listed
