"""Who takes which step of a collection: the `access` of each command is what the law and the office have it.

A row is one line of the collection, in its order; deciders are given only those whom this table lets through. A command
of an officer that is in no row fails here.
"""

from collections import Counter
from typing import Final

import pytest
from enforcement.options.v1 import options_pb2 as options

from services.collection.service import SERVICE

LEADERS: Final = frozenset({"LEADER", "PRINCIPAL_HEAD"})
OFFICERS: Final = frozenset({"INVESTIGATOR", "UNIT_CHIEF"})
FINANCE: Final = frozenset({"FINANCE"})
CLERKS: Final = OFFICERS | FINANCE | {"CASE_MANAGER"}

ROWS: Final[dict[str, tuple[frozenset[str], tuple[str, ...]]]] = {
    "payment: orders": (CLERKS, ("OpenPaymentOrder", "CancelPaymentOrder")),
    "payment: finance keeps receipts, and sets differences right": (
        FINANCE,
        ("RecordFiscalReceipt", "ResolveDifference", "ReconcileDay", "RepeatReconciliation", "ResolveMismatch"),
    ),
    "on site: officers collect and hand in": (OFFICERS, ("CollectOnSite", "RecordOnSiteLanding", "HandInOnSite")),
    "on site: who took the money does not bank it": (FINANCE, ("BankOnSite",)),
    "duties: officers see that one is performed": (OFFICERS, ("RecordObligationPerformed",)),
    "refund: finance proposes and confirms": (FINANCE, ("ProposeRefund", "ConfirmRefund")),
    "refund: a leader decides": (LEADERS, ("DecideRefund",)),
    "instalments: clerks take the request": (CLERKS, ("RequestInstalments",)),
    "instalments: a leader decides": (LEADERS, ("DecideInstalments",)),
    "demand: a leader issues it": (LEADERS, ("IssueDemand", "DemandDuty")),
    "demand: clerks take and review what the party states": (
        CLERKS,
        ("RecordDemandStatement", "ReviewDemandStatement", "RecordDutyStatement", "ReviewDutyStatement"),
    ),
    "court: the principal head applies, and asks the higher court": (
        frozenset({"PRINCIPAL_HEAD"}),
        ("ApplyToCourt", "RequestCourtReview"),
    ),
    "court: clerks record what it says": (
        CLERKS,
        ("RecordCourtAcceptance", "RecordCourtDoubt", "RecordCourtRuling", "RecordCourtReview"),
    ),
    "execution: a leader agrees, suspends, resumes and ends it": (
        LEADERS,
        ("ConcludeAgreement", "BreakAgreement", "SuspendExecution", "ResumeExecution", "EndExecution"),
    ),
    "own execution: a leader decides, and announces it": (LEADERS, ("DecideExecution", "PostExecutionNotice")),
    "own execution: clerks carry it out": (
        CLERKS,
        (
            "ServeExecutionDecision",
            "DemandBeforeSubstitute",
            "StartExecution",
            "CompleteExecution",
            "RecordDutyPerformed",
            "ClearImmediately",
            "InformParty",
        ),
    ),
    "own execution: a leader agrees, suspends, resumes and ends it": (
        LEADERS,
        ("SuspendOwnExecution", "ResumeOwnExecution", "AgreeOwnExecution", "BreakOwnAgreement", "EndOwnExecution"),
    ),
    "auction: a leader decides and commissions": (LEADERS, ("DecideAuction", "CommissionAuction", "CancelAuction")),
    "auction: clerks record what became of it": (CLERKS, ("RecordAuctionResult", "RecordBuyerDefault")),
    "cost of substitute performance: a leader charges it": (LEADERS, ("ChargeSubstituteCost",)),
    "cost of substitute performance: remedies are kept by those who answer them": (
        LEADERS | {"LEGAL_REVIEWER", "UNIT_CHIEF"},
        ("RecordCostRemedy", "RecordCostRemedyOutcome"),
    ),
}
BANK: Final = ("RecordPayment", "ReversePayment", "RecordRefund", "RecordAuctionProceeds")
METHODS: Final = {method.name: method.GetOptions().Extensions[options.access] for method in SERVICE.descriptor.methods}


@pytest.mark.parametrize(
    ("roles", "command"),
    [(roles, command) for roles, commands in ROWS.values() for command in commands],
    ids=[f"{row}: {command}" for row, (_, commands) in ROWS.items() for command in commands],
)
def test_a_step_is_taken_by_its_roles_and_by_nobody_else(roles: frozenset[str], command: str):
    access = METHODS[command]
    assert {options.Role.Name(role).removeprefix("ROLE_") for role in access.roles} == roles
    assert list(access.callers) == [options.CALLER_OFFICER]


def test_every_command_of_an_officer_is_in_one_row():
    commands = {
        method.name
        for method in SERVICE.descriptor.methods
        if method.GetOptions().Extensions[options.command].aggregate
        and options.CALLER_OFFICER in METHODS[method.name].callers
    }
    listed = Counter(command for _, row in ROWS.values() for command in row)
    assert set(listed) == commands
    assert max(listed.values()) == 1


@pytest.mark.parametrize("command", BANK)
def test_money_is_reported_by_the_bank_and_by_no_officer(command: str):
    assert list(METHODS[command].callers) == [options.CALLER_COLLECTOR]
