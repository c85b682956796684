"""What a switch and an amount of local law are."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class LocalRule:
    """An amount that provinces set. There is no default: a service that needs it does not start without."""

    name: str
    """Key in the rules file; its values stand under "<province>/<kind>", e.g. "510000/person"."""
    kinds: tuple[str, ...]
    """One amount for each."""
    why: str
    """What it decides."""
