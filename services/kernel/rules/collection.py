"""Switches of fines, their surcharges and execution (罚款缴纳与强制执行)."""

from typing import Final

from services.kernel.rules.switch import Switch

SWITCHES: Final = (
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
    Switch("auction_price_working_days", "10", (), "from the sale until its buyer has paid; by contract, no law says"),
    Switch("refund_working_days", "15", (), "from the proposal of a refund until the bank has paid it back"),
    Switch(
        "court_application_after_window",
        "reason",
        ("reason", "refused"),
        "whether an application after the three months is made at all: 行政强制法 art. 53 names no exception, "
        "最高人民法院适用行政诉讼法的解释 art. 156 a good reason",
    ),
    Switch("execution_night_from_hour", "22", (), "行政强制法 art. 43 forbids execution at night, without hours"),
    Switch("execution_night_to_hour", "6", (), "where that night ends"),
    Switch("clearing_inform_hours", "24", (), "行政强制法 art. 52: who was absent is told at once, no number"),
)
