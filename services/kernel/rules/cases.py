"""Switches of the penalty case (行政处罚案件), its on-the-spot form and its publication; amounts of local law."""

from typing import Final

from services.kernel.rules.switch import LocalRule, Switch

SWITCHES: Final = (
    Switch("clue_filing_working_days", "7", (), "程序规定 art. 62 says 及时, no number"),
    Switch("decision_extension_days", "30", (), "extension of the 90 days in 程序规定 is not verified"),
    Switch("decision_clock_while_transferred", "pause", ("pause", "run"), "no text on the 90 days during a transfer"),
    Switch(
        "licence_penalty_during_transfer",
        "refused",
        ("refused", "allowed"),
        "whether a penalty on a licence that passed legal review may be decided while the police have the case",
    ),
    Switch(
        "setoff_basis",
        "paid",
        ("paid", "imposed"),
        "国务院令第310号 art. 11 and 行政处罚法 art. 35 speak of a fine imposed, not of one paid",
    ),
    Switch(
        "fine_during_open_suspicion",
        "warn",
        ("warn", "refuse"),
        "whether a fine waits for the answer to a suspicion of a crime; 行政处罚法 art. 27 names no such step",
    ),
    Switch("defence_working_days", "5", (), "no period for a statement without hearing in 行政处罚法"),
    Switch(
        "decision_clock_during_hearing",
        "run",
        ("pause", "run"),
        "whether the time of a hearing is left out of the 90 days; the article of 程序规定 was not read",
    ),
    Switch(
        "emergency_approval_hours",
        "24",
        (),
        "whether the 24 hours of 行政强制法 art. 19 are those of the approval, too, or of the report alone",
    ),
    Switch("legal_review_working_days", "5", (), "no period for a legal review in 行政处罚法 art. 58"),
    Switch(
        "legal_review_before_notice",
        "counts",
        ("counts", "advisory"),
        "whether a review passed before the notice satisfies 行政处罚法 art. 58 while no hearing was held",
    ),
    Switch(
        "discussion_of_hearing_penalties",
        "no",
        ("no", "yes"),
        "whether a penalty with a right to a hearing counts as major in 行政处罚法 art. 57",
    ),
    Switch("discussion_leaders_min", "2", (), "how many leaders make a collective discussion"),
    Switch(
        "recusal_leaders_min",
        "2",
        (),
        "how many leaders decide on the head's own recusal; 行政处罚法 art. 43 says 集体, no number",
    ),
    Switch(
        "archive_years",
        "30",
        (),
        "how long the file of a case is kept, from the end of the year of its archiving; no text was verified",
    ),
    Switch("five_days", "WD", ("WD", "CD"), "unit of the five days in which a copy of an on-the-spot form is filed"),
    Switch(
        "act_inquiry_recipients",
        "all",
        (),
        "whom 一事不再罚 asks: all transport bureaus of the registry, none, or a list of ids",
        r"all|none|jt-\d{6}(,jt-\d{6})*",
    ),
    Switch(
        "act_inquiry_days",
        "1",
        (),
        "days around an act in which another case may be about the same one (行政处罚法 art. 29 says none)",
    ),
    Switch(
        "powers",
        "all",
        (),
        "acts that the authority may punish, by their codes or how these begin (行政处罚法 arts. 22-24)",
        r"all|[A-Za-z0-9_.:/-]{1,40}(,[A-Za-z0-9_.:/-]{1,40})*",
    ),
    Switch(
        "territory",
        "division",
        (),
        "where the authority enforces: division codes, roads, roads within a division, and roads that another one"
        " has, as -G93 (行政处罚法 art. 22; 四川省交通运输综合行政执法条例 art. 5; design)",
        r"(division|\d{2,6}|[A-Z]\d{1,4}(:\d{2,6})?)(,(division|\d{2,6}|-?[A-Z]\d{1,4}(:\d{2,6})?))*",
    ),
    Switch(
        "publication_end",
        "period",
        ("period", "never"),
        "whether what is published is taken down after a period, as 市场监督管理行政处罚信息公示规定 art. 13 says:"
        " that rule does not bind transport",
    ),
    Switch(
        "publication_short_months",
        "3",
        (),
        "how long a decision with no more than a fine, a warning or a 通报批评 is public; as art. 13 there",
    ),
    Switch("publication_months", "36", (), "how long every other decision is public; as art. 13 there"),
    Switch("discretion_required", "false", ("false", "true"), "whether no penalty is decided without evaluation"),
    Switch("discretion_lighter_percent", "30", (), "从轻 stays in this lowest part of the range; no text says it"),
    Switch("discretion_heavier_percent", "30", (), "从重 stays in this highest part of the range; no text says it"),
    Switch("discretion_point_percent", "50", (), "where in its range an amount is proposed"),
    Switch("discretion_reduce_percent", "50", (), "what 减轻 proposes of the minimum where no item says it"),
    Switch(
        "discretion_registers",
        "both",
        ("own", "province", "both"),
        "registers that answer whether a violation is the first; 渝交规〔2023〕8号 binds both provinces",
    ),
    Switch(
        "discretion_rule_sets_of",
        "lighter",
        ("lighter", "act", "decision"),
        "行政处罚法 art. 37 speaks of statutes: lists and benchmarks of which day apply is not said",
    ),
)

LOCAL_RULES: Final = (
    LocalRule(
        "hearing_threshold_fen",
        ("person", "organisation"),
        "larger amount (较大数额) from which a penalty gives a right to a hearing, 行政处罚法 art. 63",
    ),
)
