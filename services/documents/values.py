"""How documents write money, days and times in Chinese. Pure."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from services.kernel.clock import SHANGHAI

PARTY: Final = ("id_number", "phone", "address", "representative", "licence_number", "driving_licence_number")
"""What forms know of a party besides its name and kind."""
VEHICLE: Final = (
    "plate_colour",
    "type",
    "transport_certificate_number",
    "owner",
    "axles",
    "rated_load",
    "vin",
    "registered_place",
)
"""What forms know of a vehicle besides its plate, and of a vessel besides its name."""

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿")


def capital(fen: int) -> str:
    """An amount in capital numerals (大写金额), e.g. 叁仟零伍拾元整 or 壹佰元零伍分.

    Raises:
        ValueError: negative, or 万亿元 and more.
    """
    if not 0 <= fen < 10**14:
        raise ValueError(f"{fen} fen cannot be written")
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    if not fen:
        return "零元整"
    written = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{written}整"
    if jiao:
        written += f"{_DIGITS[jiao]}角"
    elif yuan:
        written += "零"
    return f"{written}{_DIGITS[cents]}分" if cents else f"{written}整"


def _whole(number: int) -> str:
    """A positive whole number; a run of zeros between digits is one 零."""
    written, zero = "", False
    for power in reversed(range(len(_GROUPS))):
        group = number // 10_000**power % 10_000
        if not group:
            zero = zero or bool(written)
            continue
        if written and (zero or group < 1_000):
            written += "零"
        written += _group(group) + _GROUPS[power]
        zero = False
    return written


def _group(number: int) -> str:
    written, zero = "", False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if not digit:
            zero = zero or bool(written)
            continue
        written += ("零" if zero else "") + _DIGITS[digit] + _PLACES[place]
        zero = False
    return written


def digits(fen: int) -> str:
    """An amount in digits, e.g. 3,000.00."""
    return f"{Decimal(fen) / 100:,.2f}"


def money(fen: int) -> str:
    """An amount as decisions print it: capital numerals beside digits."""
    return f"人民币{capital(fen)}（¥{digits(fen)}）"


def chinese_day(day: date) -> str:
    """E.g. 2024年11月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_instant(instant: datetime) -> str:
    """E.g. 2024年11月5日10时05分, in Shanghai."""
    local = instant.astimezone(SHANGHAI)
    return f"{chinese_day(local.date())}{local.hour}时{local.minute:02}分"


def person_of(id_number: str, on: date) -> tuple[str, str] | None:
    """Sex and age in years on a day, as a number of an identity card (GB 11643) tells them; None for any other."""
    if len(id_number) != 18 or not id_number[:17].isdecimal():
        return None
    try:
        born = date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return ("男" if int(id_number[16]) % 2 else "女"), f"{age}岁"
