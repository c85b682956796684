"""Dated switches: limits and readings of the law that no verified text settles.

Each has a name, a default, the choice it makes and who must confirm it (docs/domain.md lists them). An authority may
change a switch from a day on; what was decided before keeps the value of its day, and events record the value used.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Self


@dataclass(frozen=True, slots=True)
class Switch:
    """One reading that is configuration."""

    name: str
    """Key in the rules file."""
    default: str
    """Value when the authority says nothing."""
    choices: tuple[str, ...]
    """Closed list of values; empty for a whole number, or for what `pattern` says."""
    why: str
    """What it decides and what is not verified."""
    pattern: str = r"\d+"
    """What a value without a list looks like."""


SWITCHES: Final = {
    switch.name: switch
    for switch in (
        Switch("o310_days", "calendar", ("calendar", "working"), "国务院令第310号 does not define its days (3日)"),
        Switch("clue_filing_working_days", "7", (), "程序规定 art. 62 says 及时, no number"),
        Switch("decision_extension_days", "30", (), "extension of the 90 days in 程序规定 is not verified"),
        Switch(
            "decision_clock_while_transferred", "pause", ("pause", "run"), "no text on the 90 days during a transfer"
        ),
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
        Switch("suspicion_answer_working_days", "3", (), "及时 in 行政处罚法 art. 27 has no number"),
        Switch(
            "transfer_report_working_days",
            "3",
            (),
            "from naming the team (立即) to its report (核实情况后); 国务院令第310号 art. 5 has no number",
        ),
        Switch("police_receipt_working_days", "1", (), "transfer to receipt; 国务院令第310号 art. 7 has no number"),
        Switch("supervision_ask_working_days", "7", (), "from opening a supervision to the question; no verified text"),
        Switch(
            "supervision_conclusion_working_days",
            "15",
            (),
            "from the question, over the seven days of the police, to the result of a supervision; no verified text",
        ),
        Switch(
            "transfer_next_step_working_days",
            "5",
            (),
            "from a refusal, an end of the criminal case, a return to the next step; 国务院令第310号 has no number",
        ),
        Switch(
            "police_decision_extension",
            "complicated:7,economic:4,economic_major:23,superior:30",
            (),
            "days that each ground adds to the three of 国务院令第310号 art. 8; 公通字〔2016〕16号 was not read",
            r"none|[a-z_]+:\d+(,[a-z_]+:\d+)*",
        ),
        Switch(
            "criminal_admissible_kinds",
            "document,physical,audiovisual,electronic",
            (),
            "evidence that 刑事诉讼法 art. 54 lets criminal proceedings use as it is; what its 等 includes is open",
            r"[a-z_]+(,[a-z_]+)*",
        ),
        Switch("defence_working_days", "5", (), "no period for a statement without hearing in 行政处罚法"),
        Switch(
            "clue_transfer_working_days",
            "3",
            (),
            "handing a clue to the competent authority; a Chongqing district rule says 3",
        ),
        Switch(
            "clue_transfer_extension_working_days",
            "2",
            (),
            "by which that limit may be longer, counted from the same day; a Chongqing district rule says 5 in all",
        ),
        Switch(
            "clue_transfer_urgent_hours",
            "24",
            (),
            "handing over what is a serious danger to safety; a Chongqing district rule says 24",
        ),
        Switch("dispute_negotiation_working_days", "7", (), "negotiating a dispute over jurisdiction (管辖争议)"),
        Switch("designation_working_days", "7", (), "designation by the common superior (指定管辖)"),
        Switch("designation_noted_working_days", "2", (), "signing that the other side was designated (指定管辖)"),
        Switch("request_ack_working_days", "2", (), "acknowledgement of a request between authorities"),
        Switch(
            "field_report_working_days",
            "5",
            (),
            "reporting the field work of a joint operation after its last day; after it the lead may close without",
        ),
        Switch(
            "summary_signature_working_days",
            "5",
            (),
            "signing the summary of a joint operation (行动总结); after it the lead may publish without",
        ),
        Switch("case_transfer_decision_working_days", "5", (), "decision to take or refuse a case (案件移送)"),
        Switch("assist_answer_working_days", "15", (), "answer to 协助调查; the transport figure is unknown"),
        Switch("evidence_share_working_days", "5", (), "answer to 证据共享"),
        Switch("service_answer_working_days", "7", (), "delivery of a document for another authority (文书代送达)"),
        Switch("execution_assist_working_days", "15", (), "answer to 协助执行; taken from 协助调查"),
        Switch(
            "bulletin_working_days",
            "5",
            (),
            "into the month in which last month's bulletin (通报) is due: 月初, no number",
        ),
        Switch(
            "overdue_city_working_days", "3", (), "from the end of a limit until both city authorities are told (督办)"
        ),
        Switch(
            "overdue_province_working_days", "7", (), "from the end of a limit until both provincial platforms are told"
        ),
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
        Switch(
            "five_days", "WD", ("WD", "CD"), "unit of the five days in which a copy of an on-the-spot form is filed"
        ),
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
        Switch("opinion_issue_days", "3", (), "decision not to prosecute to opinion; 高检发释字〔2021〕4号, unread"),
        Switch("opinion_reply_months", "2", (), "reply to an opinion that names no period; earlier practice"),
        Switch("discipline_clue_working_days", "3", (), "handing on a clue on an official; no number was found"),
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
        Switch(
            "legal_reviewers_percent",
            "5",
            (),
            "share of legal reviewers among officers, rounded up; 国办发〔2018〕118号",
        ),
        Switch("training_hours_min", "60", (), "training of every officer in a calendar year"),
        Switch(
            "device_key_backdating_days",
            "7",
            (),
            "how long before its registration the key of an officer's device may count",
        ),
        Switch("late_grace_hours", "24", (), "recording an act later than this needs a reason"),
        Switch(
            "surcharge_base",
            "fine",
            ("fine", "unpaid"),
            "行政处罚法 art. 72 takes 3 % of the fine a day; whether a fine paid in part counts whole is not settled",
        ),
        Switch(
            "surcharge_instalments",
            "each",
            ("each", "all", "last"),
            "行政处罚法 art. 72 does not say from when 3 % a day count on a fine in instalments: on each from its own,"
            " on all that follow from the first that was missed, or on all from the last day",
        ),
        Switch(
            "surcharge_reduction",
            "never",
            ("never", "agreement"),
            "whether an execution agreement may reduce the surcharge (行政强制法 art. 42)",
        ),
        Switch(
            "court_window_with_instalments",
            "instalments",
            ("instalments", "later"),
            "行政处罚法 art. 72 counts the three months for the court from the end of instalments: also where the time"
            " for a suit ends later?",
        ),
        Switch(
            "on_spot_remedy_period",
            "suit",
            ("suit", "reconsideration"),
            "行政复议法 art. 23 lets nobody sue against an on-the-spot penalty before reconsideration: whether the"
            " authority then waits six months or sixty days before it asks the court",
        ),
        Switch("payment_order_hours", "72", (), "how long the code of a payment order can be scanned"),
        Switch(
            "auction_price_working_days", "10", (), "from the sale until its buyer has paid; by contract, no law says"
        ),
        Switch("refund_working_days", "15", (), "from the proposal of a refund until the bank has paid it back"),
        Switch(
            "axle_limits_kg",
            "2:18000,3:25000,3+:27000,4:31000,4+:36000,5+:43000,6+:49000,6+1:46000",
            (),
            "total mass by axles, + for trains, +1 for one driven axle; 超限运输车辆行驶公路管理规定 art. 3, unread",
            r"\d+\+?1?:\d+(,\d+\+?1?:\d+)*",
        ),
        Switch(
            "oversize_limits_mm",
            "4000x2550x18100,4200x3000x20000,4500x3750x28000",
            (),
            "height, width and length from which a vehicle is too big, and where the tiers of its fine end; not read",
            r"\d+x\d+x\d+,\d+x\d+x\d+,\d+x\d+x\d+",
        ),
        Switch(
            "overload_partial",
            "floor",
            ("floor", "ceil"),
            "whether a part of 1,000 kg over counts as 1,000 kg (超限运输车辆行驶公路管理规定 art. 43 does not say)",
        ),
        Switch(
            "overload_acts",
            "HPR-64,HPR-64-SIZE",
            (),
            "codes of acts that count as illegal overload in 公路安全保护条例 art. 66",
            r"[A-Za-z0-9_.:/-]+(,[A-Za-z0-9_.:/-]+)*",
        ),
        Switch("device_notice_days", "15", (), "how long a device's location is public before it starts; practice"),
        Switch("sign_metres_min", "1000", (), "how far before a device the sign stands; practice"),
        Switch("capture_pictures_min", "4", (), "kinds of pictures that make a record complete"),
        Switch("capture_video", "optional", ("optional", "required"), "whether a record needs a video to be complete"),
        Switch("capture_review_working_days", "5", (), "review of a device's record; 行政处罚法 art. 41 has no number"),
        Switch("capture_notice_working_days", "5", (), "及时告知 in 行政处罚法 art. 41 has no number"),
        Switch("capture_statement_working_days", "5", (), "time for a statement on a record; art. 41 has no number"),
        Switch(
            "mismatch_copy_days",
            "30",
            (),
            "定期抄告 to the traffic police in 超限运输车辆行驶公路管理规定 art. 45 has no number",
        ),
        Switch("capture_answer_working_days", "5", (), "answer to such a statement; art. 41 has no number"),
        Switch(
            "follow_up_year",
            "rolling",
            ("rolling", "calendar"),
            "whether 1年内 in 公路安全保护条例 art. 66 is any year or the calendar year",
        ),
        Switch(
            "follow_up_unpunished",
            "no",
            ("no", "yes"),
            "whether an established violation without penalty counts in 公路安全保护条例 art. 66",
        ),
        Switch(
            "home_notice",
            "officer",
            ("officer", "automatic"),
            "whether a complete notice to the home place leaves by itself when the case is closed",
        ),
        Switch(
            "court_application_after_window",
            "reason",
            ("reason", "refused"),
            "whether an application after the three months of 行政强制法 art. 53 is made at all; it names no exception",
        ),
        Switch("execution_night_from_hour", "22", (), "行政强制法 art. 43 forbids execution at night, without hours"),
        Switch("execution_night_to_hour", "6", (), "where that night ends"),
        Switch("clearing_inform_hours", "24", (), "行政强制法 art. 52: who was absent is told at once, no number"),
        Switch(
            "inactive_collector",
            "NEEDS_REMEDY",
            ("NEEDS_REMEDY", "NOT_RECOGNISED"),
            "evidence by an officer whose credential was not active",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class LocalRule:
    """An amount that provinces set. There is no default: a service that needs it does not start without."""

    name: str
    """Key in the rules file; its values stand under "<province>/<kind>", e.g. "510000/person"."""
    kinds: tuple[str, ...]
    """One amount for each."""
    why: str
    """What it decides."""


LOCAL_RULES: Final = {
    rule.name: rule
    for rule in (
        LocalRule(
            "hearing_threshold_fen",
            ("person", "organisation"),
            "larger amount (较大数额) from which a penalty gives a right to a hearing, 行政处罚法 art. 63",
        ),
    )
}


class NoLocalRule(Exception):
    """A province's amount that nobody configured for that day."""

    def __init__(self, name: str, place: str) -> None:
        self.name = name
        self.place = place
        super().__init__(f"{name} of {place} is local law without a default: set it in the rules file")


CONFIRMED: Final = "confirmed_by"
"""Key in the rules file beside the switches."""
Values = tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches in force on a day.

    Args:
        changes: per switch, the values from a day on, in order of days.
        local: per local rule and "<province>/<kind>", the amounts from a day on, in order of days.
        confirmed: per switch or local rule, who confirmed what it says and by which paper; a default needs it, too.
    """

    changes: Mapping[str, Values] = field(default_factory=dict)
    local: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, by in self.confirmed.items():
            if name not in SWITCHES and name not in LOCAL_RULES:
                raise ValueError(f"{CONFIRMED}: unknown switch {name!r}")
            if not by.strip():
                raise ValueError(f"{CONFIRMED}: who confirmed {name}, and by which paper?")
        for name, places in self.local.items():
            for place, values in places.items():
                province, _, kind = place.partition("/")
                if not (province.isdigit() and len(province) == 6 and province.endswith("0000")):
                    raise ValueError(f"{name}: {place!r} does not begin with a province's division code")
                if kind not in LOCAL_RULES[name].kinds:
                    raise ValueError(f"{name}: {place!r} is for one of {', '.join(LOCAL_RULES[name].kinds)}")
                if not all(value.isdigit() for _, value in values):
                    raise ValueError(f"{name} of {place} is a whole number")
        for name, values in self.changes.items():
            if name not in SWITCHES:
                raise ValueError(f"unknown switch {name!r}; known: {', '.join(SWITCHES)}")
            for _, value in values:
                choices = SWITCHES[name].choices
                if choices and value not in choices:
                    raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
                if not choices and not re.fullmatch(SWITCHES[name].pattern, value):
                    kind = "a whole number" if SWITCHES[name].pattern == r"\d+" else SWITCHES[name].pattern
                    raise ValueError(f"{name} is {kind}, not {value!r}")

    def get(self, name: str, on: date) -> str:
        """Value of a switch on a day."""
        value = SWITCHES[name].default
        for since, changed in self.changes.get(name, ()):
            if since <= on:
                value = changed
        return value

    def number(self, name: str, on: date) -> int:
        """Value of a numeric switch on a day."""
        return int(self.get(name, on))

    def amount(self, name: str, division: str, kind: str, on: date) -> int:
        """A local amount of a division's province on a day.

        Raises:
            NoLocalRule: nobody configured it for that province and day.
        """
        place = f"{division[:2]}0000/{kind}"
        amounts = self.amounts(name, on)
        if place not in amounts:
            raise NoLocalRule(name, place)
        return amounts[place]

    def amounts(self, name: str, on: date) -> dict[str, int]:
        """A local rule's amounts on a day, by "<province>/<kind>"."""
        held = {
            place: [int(value) for since, value in values if since <= on]
            for place, values in self.local.get(name, {}).items()
        }
        return {place: values[-1] for place, values in held.items() if values}

    def require_local(self, name: str, division: str) -> None:
        """Checks at start that a local rule has an amount of every kind for a division's province.

        Raises:
            NoLocalRule: the first that is missing.
        """
        for kind in LOCAL_RULES[name].kinds:
            self.amount(name, division, kind, date.max)

    @property
    def unconfirmed(self) -> list[str]:
        """Switches and local rules that nobody answers for yet: no verified text settles them (docs/domain.md)."""
        return [name for name in (*SWITCHES, *LOCAL_RULES) if name not in self.confirmed]

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Reads `{"o310_days": [["2025-01-01", "working"]]}`, local rules as
        `{"hearing_threshold_fen": {"510000/person": [["2021-07-15", "500000"]]}}`, and who confirmed them as
        `{"confirmed_by": {"o310_days": "四川省司法厅 2025-01-10"}}`.

        Raises:
            ValueError: an unknown switch or value.
        """
        if path is None:
            return cls()
        raw = json.loads(path.read_text())
        confirmed = raw.pop(CONFIRMED, {})
        return cls(
            {name: _dated(rows) for name, rows in raw.items() if name not in LOCAL_RULES},
            {
                name: {place: _dated(rows) for place, rows in places.items()}
                for name, places in raw.items()
                if name in LOCAL_RULES
            },
            confirmed,
        )


def _dated(rows: list[tuple[str, str]]) -> Values:
    return tuple(sorted((date.fromisoformat(since), value) for since, value in rows))
