"""Who takes which step of a transfer: the `access` of each method is what the law and the office have it.

A row is one step of one side, in its order. A method that is in no row fails here: nobody may do what nobody listed.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import pytest
from enforcement.options.v1 import options_pb2 as options

from services.transfer.service import SERVICE

BUREAU: Final = frozenset({"TRANSPORT"})
POLICE: Final = frozenset({"POLICE"})
PROCURATORATE: Final = frozenset({"PROCURATORATE"})
DISCIPLINE: Final = frozenset({"PROCURATORATE", "SUPERVISION"})
SENDERS_OF_CLUES: Final = BUREAU | POLICE | PROCURATORATE

OFFICER: Final = frozenset({"OFFICER"})
POLICIES: Final = frozenset({"SERVICE"})
READERS: Final = OFFICER | POLICIES

LEADERS: Final = frozenset({"LEADER", "PRINCIPAL_HEAD"})
PROSECUTOR: Final = frozenset({"PROSECUTOR"})
CLERKS: Final = frozenset({"CASE_MANAGER", "UNIT_CHIEF"})
TEAM: Final[frozenset[str]] = frozenset()
"""No role is named: the decider asks for the team, the handlers, the need-to-know list or the principal head."""


@dataclass(frozen=True, slots=True)
class Row:
    """Methods of one step: of which kinds of authority, for which callers, with one of which roles."""

    kinds: frozenset[str]
    callers: frozenset[str]
    roles: frozenset[str]
    methods: tuple[str, ...]


def told(kinds: frozenset[str], *methods: str) -> Row:
    """What a side notes of what another told it: its policy issues that, no officer."""
    return Row(kinds, POLICIES, frozenset(), methods)


ROWS: Final[dict[str, Row]] = {
    # ── the bureau (移送机关) ─────────────────────────────────────────────────────────────────────────────────────────
    "T0 suspicion: the act is looked at as the case goes on": told(BUREAU, "ExamineCase", "NoteTransferOpened"),
    "T0 a leader answers it": Row(BUREAU, OFFICER, LEADERS, ("AnswerSuspicion",)),
    "T0 those who decide on cases read it": Row(
        BUREAU, OFFICER, LEADERS | {"UNIT_CHIEF", "LEGAL_REVIEWER"}, ("ListSuspicions",)
    ),
    "T1 officers open, a team at once": Row(
        BUREAU, OFFICER, LEADERS | {"INVESTIGATOR", "UNIT_CHIEF"}, ("OpenTransfer",)
    ),
    "T1 a leader changes the team": Row(BUREAU, OFFICER, LEADERS, ("ChangeTeam",)),
    "T1 the team reports": Row(BUREAU, OFFICER, TEAM, ("SubmitReport",)),
    "T2 the principal head decides": Row(BUREAU, OFFICER, TEAM, ("ApproveTransfer", "RejectTransfer")),
    "T3, T4a the team sends": Row(BUREAU, OFFICER, TEAM, ("SendTransfer", "SendSupplement")),
    "T4, T4a, T4b told by the police": told(
        BUREAU, "RecordPoliceReceipt", "RecordSupplementDemand", "RecordForwarding", "RecordDecline"
    ),
    "T5 told by the police": told(BUREAU, "RecordPoliceFiling", "RecordPoliceRefusal", "RecordExtension"),
    "T6, T7 the team does not accept the refusal": Row(
        BUREAU, OFFICER, TEAM, ("RequestReconsideration", "SuggestSupervision")
    ),
    "T6, T7 told by police and procuratorate": told(BUREAU, "RecordRefusalMaintained", "RecordSupervision"),
    "T8 the team hands over": Row(BUREAU, OFFICER, TEAM, ("HandOverProperty",)),
    "T8 told by the police": told(BUREAU, "RecordHandOverConfirmation", "RecordPropertyReturn"),
    "T9 the team tells the party": Row(BUREAU, OFFICER, TEAM, ("InformParty",)),
    "T10 outcome, told": told(BUREAU, "RecordToldOutcome"),
    "T10 outcome, by a document": Row(BUREAU, OFFICER, TEAM, ("RecordOutcome",)),
    "T10 a leader takes the case back and closes": Row(
        BUREAU, OFFICER, LEADERS, ("ReturnToAdministrative", "CloseTransfer")
    ),
    "paper: the team brings the letter, enters and confirms the answer": Row(
        BUREAU,
        OFFICER,
        TEAM,
        ("SendPrintedLetter", "EnterPaperAnswer", "ConfirmPaperAnswer", "DiscardPaperAnswer"),
    ),
    "paper: what follows from a confirmed answer": told(BUREAU, "NotePaperAct"),
    "the bureau reads": Row(BUREAU, READERS, frozenset(), ("GetTransfer", "ListTransfers", "ListPaperAnswers")),
    # ── the police (公安机关) ─────────────────────────────────────────────────────────────────────────────────────────
    "T4 the case arrives": told(POLICE, "OpenReferral", "NoteSupplement"),
    "T4, T4a an officer signs, and asks for what lacks": Row(
        POLICE, OFFICER, frozenset(), ("SignReceipt", "DemandSupplement")
    ),
    "T4b a leader denies competence, forwards or declines": Row(
        POLICE, OFFICER, LEADERS, ("DenyJurisdiction", "ForwardReferral", "DeclineReferral")
    ),
    "T5 a leader decides or extends": Row(POLICE, OFFICER, LEADERS, ("DecideFiling", "ExtendDecision")),
    "T6 the request arrives": told(POLICE, "ReceiveReconsideration"),
    "T6, T7 a leader decides again, and states the reasons": Row(
        POLICE, OFFICER, LEADERS, ("DecideReconsideration", "StateReasons")
    ),
    "T7 told by the procuratorate": told(POLICE, "NoteReasonsAsked", "NoteSupervisionResult"),
    "T8 the property arrives": told(POLICE, "NoteHandOver"),
    "T8, T10 an officer confirms it, and gives it back": Row(
        POLICE, OFFICER, frozenset(), ("ConfirmHandOver", "ReturnProperty")
    ),
    "T10 a leader withdraws the criminal case": Row(POLICE, OFFICER, LEADERS, ("WithdrawCriminalCase",)),
    "T10 told by the procuratorate": told(POLICE, "NoteOutcome"),
    "the police read": Row(POLICE, READERS, frozenset(), ("GetReferral", "ListReferrals")),
    # ── the procuratorate (检察机关) ──────────────────────────────────────────────────────────────────────────────────
    "its copy, kept up": told(PROCURATORATE, "OpenOversight", "UpdateOversight", "OpenProsecution"),
    "T7 what reaches it": told(
        PROCURATORATE, "ReceiveSuggestion", "RecordReasonsRequestReceipt", "RecordReasons", "EndSupervision"
    ),
    "T7, T10 a prosecutor or leader": Row(
        PROCURATORATE,
        OFFICER,
        LEADERS | PROSECUTOR,
        ("OpenSupervision", "AskReasons", "ConcludeSupervision", "DecideNonProsecution", "TellJudgment"),
    ),
    "the procuratorate reads": Row(
        PROCURATORATE, READERS, frozenset(), ("ListSupervisions", "ListProsecutions", "ListOversights")
    ),
    # ── between police and procuratorate, and of all three ────────────────────────────────────────────────────────────
    "paper between police and procuratorate": Row(
        POLICE | PROCURATORATE, OFFICER, frozenset(), ("EnterPaper", "ConfirmPaper", "DiscardPaper")
    ),
    "paper: what follows at police and procuratorate": told(POLICE | PROCURATORATE, "NotePaper"),
    "police and procuratorate read papers": Row(POLICE | PROCURATORATE, READERS, frozenset(), ("ListPapers",)),
    "each side reads its course": Row(BUREAU | POLICE | PROCURATORATE, READERS, frozenset(), ("GetTransferTimeline",)),
    "each side proves": Row(BUREAU | POLICE | PROCURATORATE, OFFICER, frozenset(), ("ProveTransfer",)),
    # ── reverse linkage (反向衔接) ────────────────────────────────────────────────────────────────────────────────────
    "opinion: the review opens by itself or by a prosecutor": Row(
        PROCURATORATE, READERS, PROSECUTOR, ("OpenOpinionReview",)
    ),
    "opinion: a prosecutor reviews, issues, follows up": Row(
        PROCURATORATE,
        OFFICER,
        PROSECUTOR,
        (
            "PauseOpinionReview",
            "ResumeOpinionReview",
            "ExtendOpinionReview",
            "CloseOpinionReview",
            "IssueOpinion",
            "IssueTransferOpinion",
            "WithdrawOpinion",
            "AcknowledgeOpinionReply",
            "EscalateOpinion",
        ),
    ),
    "opinion: told by the bureau": told(PROCURATORATE, "NoteOpinionProgress"),
    "opinion: reaches the bureau": told(
        BUREAU,
        "ReceiveOpinion",
        "NoteOpinionCase",
        "NoteOpinionAcknowledged",
        "NoteOpinionWithdrawn",
        "NoteOpinionCopy",
        "TellOpinionReply",
    ),
    "opinion: clerks and leaders register": Row(
        BUREAU,
        OFFICER,
        LEADERS | CLERKS,
        ("EnterOpinion", "RegisterOpinion", "ChangeOpinionHandlers", "EnterOpinionWithdrawal"),
    ),
    "opinion: its handlers": Row(
        BUREAU, OFFICER, TEAM, ("AssessCompetence", "AnswerTransferOpinion", "ConvertEvidence")
    ),
    "opinion: a leader returns or replies": Row(BUREAU, OFFICER, LEADERS, ("ReturnOpinion", "ReplyToOpinion")),
    "opinion: officers of both read": Row(
        BUREAU | PROCURATORATE, OFFICER, frozenset(), ("GetOpinion", "ListOpinions", "GetOpinionRate")
    ),
    # ── clues to discipline (纪检监察线索) ────────────────────────────────────────────────────────────────────────────
    "clue: who is on the list keeps it, sends it, records what came": Row(
        SENDERS_OF_CLUES,
        OFFICER,
        TEAM,
        ("NoteClue", "AdmitClueReader", "RemoveClueReader", "SendClue", "HandClueOver", "RecordClueOutcome"),
    ),
    "clue: the answer arrives": told(SENDERS_OF_CLUES, "RecordClueAnswer"),
    "clue: arrives": told(DISCIPLINE, "TakeClue"),
    "clue: the keeper signs": Row(DISCIPLINE, OFFICER, frozenset({"CLUE_KEEPER"}), ("SignClueReceipt",)),
    "clue: who is on the list answers": Row(
        DISCIPLINE, OFFICER, TEAM, ("AdmitReceivedClueReader", "RemoveReceivedClueReader", "TellClueOutcome")
    ),
    "clue: who is on the list reads": Row(SENDERS_OF_CLUES | DISCIPLINE, OFFICER, TEAM, ("GetClue", "ListClues")),
}
METHODS: Final = {method.name: method.GetOptions().Extensions[options.access] for method in SERVICE.descriptor.methods}


@pytest.mark.parametrize(
    ("row", "method"),
    [(row, method) for row in ROWS.values() for method in row.methods],
    ids=[f"{step}: {method}" for step, row in ROWS.items() for method in row.methods],
)
def test_a_step_is_taken_by_its_side_and_its_roles_and_by_nobody_else(row: Row, method: str) -> None:
    access = METHODS[method]
    assert {options.AuthorityKind.Name(kind).removeprefix("AUTHORITY_KIND_") for kind in access.kinds} == row.kinds
    assert {options.Caller.Name(caller).removeprefix("CALLER_") for caller in access.callers} == row.callers
    assert {options.Role.Name(role).removeprefix("ROLE_") for role in access.roles} == row.roles


def test_every_method_is_in_one_row() -> None:
    listed = Counter(method for row in ROWS.values() for method in row.methods)
    assert set(listed) == set(METHODS)
    assert {method for method, times in listed.items() if times > 1} == set()
