"""`enforcement field`: a small client that works without a network (离线记录)."""

from services.cli.field.commands import app

__all__ = ["app"]
