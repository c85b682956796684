"""Switches of the transfer of suspected crimes, of opinions and of clues on officials (行刑衔接)."""

from typing import Final

from services.kernel.rules.switch import Switch

SWITCHES: Final = (
    Switch("o310_days", "calendar", ("calendar", "working"), "国务院令第310号 does not define its days (3日)"),
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
    Switch("opinion_issue_days", "3", (), "decision not to prosecute to opinion; 高检发释字〔2021〕4号, unread"),
    Switch("opinion_reply_months", "2", (), "reply to an opinion that names no period; earlier practice"),
    Switch("discipline_clue_working_days", "3", (), "handing on a clue on an official; no number was found"),
)
