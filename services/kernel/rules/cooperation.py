"""Switches of what several authorities do together: joint operations, requests, jurisdiction (区域协作)."""

from typing import Final

from services.kernel.rules.switch import Switch

SWITCHES: Final = (
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
    Switch(
        "designation_awaited_working_days",
        "10",
        (),
        "until the common superior is reminded of a dispute that lies with it, and then again (催请指定管辖)",
    ),
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
    Switch("overdue_city_working_days", "3", (), "from the end of a limit until both city authorities are told (督办)"),
    Switch(
        "overdue_province_working_days", "7", (), "from the end of a limit until both provincial platforms are told"
    ),
    Switch(
        "inactive_collector",
        "NEEDS_REMEDY",
        ("NEEDS_REMEDY", "NOT_RECOGNISED"),
        "evidence by an officer whose credential was not active",
    ),
)
