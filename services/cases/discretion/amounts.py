"""Amounts (step 7): where in a range a fine is proposed.

Amounts are whole fen. A part of a range is cut so that it never grows; a proposed amount is cut to whole yuan, unless
that would fall below its range.
"""

from dataclasses import replace
from typing import Final

from services.cases.discretion.catalogue import Bracket
from services.cases.discretion.proposal import Alternative, Evaluation, Ground, Outcome, Range, Settings

YUAN: Final = 100


def in_part(base: Evaluation, outcome: Outcome, grounds: tuple[Ground, ...], settings: Settings) -> Evaluation:
    """The low part of the base range, its high part, or all of it; and an amount in it."""
    assert base.range is not None
    low, high = base.range.min_fen, base.range.max_fen
    width = high - low
    if outcome is Outcome.LIGHTER:
        high = low + width * settings.lighter_percent // 100
    elif outcome is Outcome.HEAVIER:
        low = high - width * settings.heavier_percent // 100
    return replace(
        base,
        outcome=outcome,
        range=Range(low, high),
        proposed_fen=_point(low, high, settings),
        grounds=(*base.grounds, *grounds),
    )


def reduced(base: Evaluation, grounds: tuple[Ground, ...], settings: Settings) -> Evaluation:
    """Below the statutory minimum. Where the statute has none there is nothing below: it stays lighter."""
    assert base.statutory is not None
    least = base.statutory.min_fen
    if least <= 1:
        note = Alternative(
            Outcome.REDUCE, grounds[-1].rule_id if grounds else "", "法定幅度没有下限，减轻无从适用，按从轻处理"
        )
        lighter = in_part(base, Outcome.LIGHTER, grounds, settings)
        return replace(lighter, alternatives=(*lighter.alternatives, note))
    low, high, proposed = 1, least - 1, least * settings.reduce_percent // 100
    said = next((ground.to_percent for ground in grounds if ground.to_percent is not None), None)
    if said is not None:
        low, high = max(-(-least * said[0] // 100), 1), min(least * said[1] // 100, least - 1)
        low = min(low, high)
        proposed = _point(low, high, settings)
    return replace(
        base,
        outcome=Outcome.REDUCE,
        range=Range(low, high),
        proposed_fen=min(max(_to_yuan(proposed, low), low), high),
        grounds=(*base.grounds, *grounds),
    )


def _point(low: int, high: int, settings: Settings) -> int:
    return _to_yuan(low + (high - low) * settings.point_percent // 100, low)


def _to_yuan(fen: int, least: int) -> int:
    """Cut to whole yuan, but not below the range."""
    return max(fen // YUAN * YUAN, least)


def kinds(bracket: Bracket) -> tuple[str, ...]:
    goods = tuple(kind for kind in bracket.confiscate if kind != "CONFISCATE_INCOME")
    return (*goods, *bracket.penalties)
