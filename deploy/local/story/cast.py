"""Who acts in the story. All persons, plates and numbers are invented.

The operation needs 18 officers: eight of 泸县 at B and C, six of 永川 at A, three of 荣昌 at D, one who assists at B.
"""

from dataclasses import dataclass
from typing import Final

from enforcement.options.v1 import options_pb2 as options

LUXIAN: Final = "jt-510521"
YONGCHUAN: Final = "jt-500118"
RONGCHANG: Final = "jt-500153"
POLICE: Final = "ga-510521"
PROCURATORATE: Final = "jcy-510521"
SICHUAN: Final = "pt-510000"
CHONGQING: Final = "pt-500000"
PLATFORMS: Final = (SICHUAN, CHONGQING)


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer."""

    authority_id: str
    key: str
    """Name by which the story knows the officer, unique within the authority."""
    name: str
    post: str
    """What people call the officer's post."""
    roles: tuple[options.Role.ValueType, ...]


def _officer(authority_id: str, key: str, name: str, post: str, *roles: options.Role.ValueType) -> Officer:
    return Officer(authority_id, key, name, post, roles)


def _team(authority_id: str, prefix: str, names: str, post: str = "执法人员") -> tuple[Officer, ...]:
    return tuple(
        _officer(authority_id, f"{prefix}{number}", name, post, options.ROLE_INVESTIGATOR)
        for number, name in enumerate(names.split(), 1)
    )


LUXIAN_HEAD: Final = _officer(LUXIAN, "head", "周正平", "局长（正职负责人）", options.ROLE_PRINCIPAL_HEAD)
LUXIAN_DEPUTY: Final = _officer(LUXIAN, "deputy", "冯立新", "副局长", options.ROLE_LEADER)
LUXIAN_CHIEF: Final = _officer(LUXIAN, "chief", "罗国强", "执法大队大队长", options.ROLE_UNIT_CHIEF)
LUXIAN_TEAM: Final = _team(LUXIAN, "officer-", "陈志远 李春梅 王建军 赵文静 刘洪波 杨晓燕 黄永刚 吴丽华")

YONGCHUAN_LEADER: Final = _officer(YONGCHUAN, "leader", "唐明辉", "副主任", options.ROLE_LEADER)
YONGCHUAN_CHIEF: Final = _officer(YONGCHUAN, "chief", "彭学军", "支队长", options.ROLE_UNIT_CHIEF)
YONGCHUAN_TEAM: Final = _team(YONGCHUAN, "officer-", "谢长江 邓小琴 曾凡林 蒋红梅 田大勇 袁雪莲")

RONGCHANG_LEADER: Final = _officer(RONGCHANG, "leader", "龙泽民", "副主任", options.ROLE_LEADER)
RONGCHANG_CHIEF: Final = _officer(RONGCHANG, "chief", "敖建华", "支队长", options.ROLE_UNIT_CHIEF)
RONGCHANG_TEAM: Final = _team(RONGCHANG, "officer-", "郭海涛 甘露 廖成志 钟敏")

POLICE_LEADER: Final = _officer(POLICE, "leader", "马树人", "副局长", options.ROLE_LEADER)
POLICE_TEAM: Final = _team(POLICE, "officer-", "石坚 何静怡", "民警")

PROSECUTOR: Final = _officer(PROCURATORATE, "prosecutor", "沈清源", "检察官", options.ROLE_PROSECUTOR)

SICHUAN_SUPERVISOR: Final = _officer(SICHUAN, "supervisor", "尹川", "平台督办员", options.ROLE_PLATFORM_SUPERVISOR)
CHONGQING_SUPERVISOR: Final = _officer(CHONGQING, "supervisor", "汪渝", "平台督办员", options.ROLE_PLATFORM_SUPERVISOR)

CAST: Final = (
    LUXIAN_HEAD,
    LUXIAN_DEPUTY,
    LUXIAN_CHIEF,
    *LUXIAN_TEAM,
    YONGCHUAN_LEADER,
    YONGCHUAN_CHIEF,
    *YONGCHUAN_TEAM,
    RONGCHANG_LEADER,
    RONGCHANG_CHIEF,
    *RONGCHANG_TEAM,
    POLICE_LEADER,
    *POLICE_TEAM,
    PROSECUTOR,
    SICHUAN_SUPERVISOR,
    CHONGQING_SUPERVISOR,
)

AT_A: Final = YONGCHUAN_TEAM
AT_B: Final = LUXIAN_TEAM[:4]
AT_C: Final = LUXIAN_TEAM[4:]
AT_D: Final = RONGCHANG_TEAM[:3]
ASSISTS_AT_B: Final = RONGCHANG_TEAM[3]
INVESTIGATORS: Final = LUXIAN_TEAM[:2]
"""Who investigates the case of 泸县, and later forms the team (专案组) of its transfer."""
SUPERVISORS: Final = {SICHUAN: SICHUAN_SUPERVISOR, CHONGQING: CHONGQING_SUPERVISOR}
"""Who looks for each platform."""
