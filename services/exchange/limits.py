"""How much of one authority is taken at a time, so that none holds up the others."""

import time
from collections.abc import Callable

__all__ = ["Rates"]


class Rates:
    """A token bucket per verified name; names come from signatures and certificates, so there are few."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> bool:
        """Takes one token; False when the name has none left now."""
        now = self._clock()
        left, at = self._buckets.get(name, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        self._buckets[name] = (left - 1 if left >= 1 else left, now)
        return left >= 1
