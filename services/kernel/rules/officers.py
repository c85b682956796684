"""Switches of who acts, and when an act is recorded late."""

from typing import Final

from services.kernel.rules.switch import Switch

SWITCHES: Final = (
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
)
