"""What nobody may learn of: inside `unseen` no span is opened, no metric counts, and a log line has its phrase only.

For messages whose type is `restricted` in the protos (纪检监察线索): those on its list know that such a thing exists.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_unseen: Final[ContextVar[bool]] = ContextVar("unseen", default=False)


@contextmanager
def unseen(restricted: bool = True) -> Iterator[None]:
    """Leaves no trace of what happens inside, in this task and those that it starts; nothing at all without
    `restricted`.
    """
    if not restricted:
        yield
        return
    token = _unseen.set(True)
    try:
        yield
    finally:
        _unseen.reset(token)


def is_unseen() -> bool:
    """Whether what happens now leaves no trace."""
    return _unseen.get()
