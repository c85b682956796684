"""Who takes which step of a case: the `access` of each command is what the law and the office have it.

A row is one line of the procedure, in its order; deciders are given only those whom this table lets through. A command
of an officer that is in no row fails here.
"""

from collections import Counter

import pytest
from enforcement.options.v1 import options_pb2 as options

from services.cases.service import SERVICE

LEADERS = {"LEADER", "PRINCIPAL_HEAD"}
OFFICERS = {"INVESTIGATOR", "UNIT_CHIEF"}
CLERKS = {"UNIT_CHIEF", "LEGAL_REVIEWER", "CASE_MANAGER"}
EVERYBODY: set[str] = set()
"""No role is named: any active officer."""

ROWS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "1 clue: anyone": (EVERYBODY, ("RegisterClue", "AskAboutAct")),
    "2 filing: a leader approves": (LEADERS, ("FileCase", "NotFileCase")),
    "3 the unit's chief assigns": ({"UNIT_CHIEF", *LEADERS}, ("AssignOfficers", "ClassifyCase")),
    "3 whoever takes part asks for a recusal": (
        OFFICERS | LEADERS | {"LEGAL_REVIEWER", "HEARING_CHAIR", "RECORDER", "CASE_MANAGER"},
        ("RequestRecusal",),
    ),
    "4 two officers take evidence": (
        OFFICERS,
        (
            "AddEvidence",
            "ReconfirmEvidence",
            "TakeSample",
            "CommissionTest",
            "ProlongTest",
            "EndTestingTime",
            "RecordTestResult",
        ),
    ),
    "4 custody": (OFFICERS | {"CASE_MANAGER"}, ("TransferCustody",)),
    "4 exclusion of unlawful evidence": (
        {"UNIT_CHIEF", "LEGAL_REVIEWER", "HEARING_CHAIR", *LEADERS},
        ("ExcludeEvidence",),
    ),
    "4a, 4b measures: a leader approves and ends them": (
        LEADERS,
        (
            "ApproveMeasure",
            "DecidePreservation",
            "DecideEmergencySeizure",
            "ExtendSeizure",
            "ReleaseSeizure",
        ),
    ),
    "4a, 4b, 4c officers carry them out": (
        OFFICERS,
        ("PreserveEvidence", "Seize", "ReportEmergencySeizure", "OrderCorrection", "CheckCorrection"),
    ),
    "5 officers close the investigation, a leader approves the report": (OFFICERS, ("CloseInvestigation",)),
    "5 report": (LEADERS, ("ApproveReport", "ReopenInvestigation")),
    "5 a detention is noted by the officers": (OFFICERS, ("NoteDetention",)),
    "6 the amount is worked out": (OFFICERS | LEADERS | {"LEGAL_REVIEWER"}, ("EvaluateDiscretion",)),
    "6 who proposes the amount departs from it with a reason": (OFFICERS | LEADERS, ("DepartFromDiscretion",)),
    "6 a leader approves what is below the minimum": (LEADERS, ("ApproveReduction",)),
    "6 notice": (OFFICERS | LEADERS, ("ServePenaltyNotice", "ServeNoticeAnew")),
    "7 defence": (OFFICERS, ("RecordDefence", "ReviewDefence")),
    "8 the party's request for a hearing is taken": (OFFICERS, ("RequestHearing", "WithdrawHearingRequest")),
    "8 the hearing is called": (
        {"UNIT_CHIEF", "LEGAL_REVIEWER", "HEARING_CHAIR", *LEADERS},
        ("NotifyHearing",),
    ),
    "8 the party's challenge of the chair is taken": (OFFICERS | {"HEARING_CHAIR", "RECORDER"}, ("ChallengeChair",)),
    "8 hearing": ({"HEARING_CHAIR", "RECORDER"}, ("HoldHearing",)),
    "8 the chair reports": ({"HEARING_CHAIR"}, ("ReportHearing",)),
    "9 submitted by the officers": (OFFICERS, ("SubmitForLegalReview",)),
    "9 legal reviewers review": ({"LEGAL_REVIEWER"}, ("CompleteLegalReview",)),
    "10 leaders discuss, clerks write it down": (
        {"RECORDER", "CASE_MANAGER", *LEADERS},
        ("RecordCollectiveDiscussion",),
    ),
    "11 a leader decides": (LEADERS, ("Decide", "ExtendDecision", "AmendDecision", "RevokeDecision", "DecideSetOff")),
    "12 officers serve": (OFFICERS, ("ServeDecision", "ConfirmDeliveryAddress")),
    "12 a public notice is posted": (OFFICERS | LEADERS, ("PostServiceNotice",)),
    "12 the party's application for review is received": (
        OFFICERS | {"CASE_MANAGER"},
        ("ReceiveApplication",),
    ),
    "12 a leader forwards it": (LEADERS, ("ForwardApplication",)),
    "12 remedies are kept by those who answer them": (
        {"LEGAL_REVIEWER", "UNIT_CHIEF", *LEADERS},
        ("RecordRemedy", "RecordRemedyOutcome"),
    ),
    "13 anybody of the case proposes, another one checks": (
        OFFICERS | CLERKS | LEADERS,
        ("ProposePublication", "CheckPublication"),
    ),
    "13 clerks publish, never the investigator alone": (
        CLERKS | LEADERS,
        ("PublishDecision", "WithdrawPublication"),
    ),
    "18 a leader closes": (LEADERS, ("CloseCase",)),
    "19 the case manager archives": ({"CASE_MANAGER"}, ("ArchiveCase",)),
    "side states: leaders": (
        LEADERS,
        (
            "SuspendCase",
            "ResumeCase",
            "RaiseJurisdictionDispute",
            "StateDisputePosition",
            "EscalateDispute",
            "RemindSuperior",
            "SettleJurisdiction",
            "TransferCaseToAuthority",
            "DecideRecusal",
            "DecideChairChallenge",
        ),
    ),
    "simplified: officers on the spot": (
        OFFICERS,
        ("ObserveOnSpot", "DecideOnSpot", "ReferOnSpot", "RecordLanding", "FileOnSpotCopy"),
    ),
    "simplified: officers hand in the fine, finance takes it": (OFFICERS | {"FINANCE"}, ("HandInOnSpotFine",)),
    "simplified: finance banks": ({"FINANCE"}, ("BankOnSpotFine",)),
    "simplified: the party's application is received": (OFFICERS | {"CASE_MANAGER"}, ("ReceiveOnSpotApplication",)),
    "simplified: remedies": (
        OFFICERS | LEADERS | {"CASE_MANAGER"},
        ("RecordOnSpotRemedy", "RecordOnSpotRemedyOutcome"),
    ),
    "simplified: the party confirms its address": (OFFICERS, ("ConfirmOnSpotAddress",)),
    "simplified: a document is put up": (OFFICERS | LEADERS, ("PostOnSpotNotice",)),
    "simplified: a leader forwards and revokes": (LEADERS, ("ForwardOnSpotApplication", "RevokeOnSpot")),
    "simplified: the chief or a leader closes": ({"UNIT_CHIEF", *LEADERS}, ("CloseOnSpot",)),
}
METHODS = {method.name: method.GetOptions().Extensions[options.access] for method in SERVICE.descriptor.methods}


@pytest.mark.parametrize(
    ("roles", "command"),
    [(roles, command) for roles, commands in ROWS.values() for command in commands],
    ids=[f"{row}: {command}" for row, (_, commands) in ROWS.items() for command in commands],
)
def test_a_step_is_taken_by_its_roles_and_by_nobody_else(roles: set[str], command: str):
    access = METHODS[command]
    assert {options.Role.Name(role).removeprefix("ROLE_") for role in access.roles} == roles
    assert options.CALLER_OFFICER in access.callers


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
