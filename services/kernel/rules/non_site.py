"""Switches of devices, of overload and of what follows a case (非现场执法)."""

from typing import Final

from services.kernel.rules.switch import Switch

SWITCHES: Final = (
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
)
