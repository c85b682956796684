"""Wait for the state a test needs, never for time to pass."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")
POLL_SECONDS = 0.01


@overload
async def eventually(predicate: Callable[[], Awaitable[T | None]], *, within: float = ..., what: str = ...) -> T: ...
@overload
async def eventually(predicate: Callable[[], T | None], *, within: float = ..., what: str = ...) -> T: ...
async def eventually(predicate: Callable[[], Any], *, within: float = 30.0, what: str = "") -> Any:
    """Call `predicate` (plain or async) until it answers something true, and return that.

    Raises:
        AssertionError: it did not within `within` seconds; names `what` and the last answer.
    """
    end = time.monotonic() + within
    while True:
        answer = predicate()
        last = await answer if inspect.isawaitable(answer) else answer
        if last:
            return last
        if time.monotonic() > end:
            name = what or getattr(predicate, "__qualname__", repr(predicate))
            raise AssertionError(f"{name} did not hold within {within} s; last answer: {last!r}")
        await asyncio.sleep(POLL_SECONDS)
