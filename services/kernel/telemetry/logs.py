"""Logs: fixed phrases with ids beside them, one JSON object a line."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from opentelemetry import trace

from services.kernel.telemetry.spans import trail_of
from services.kernel.telemetry.unseen import is_unseen

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Log:
    """A logger of fixed phrases with ids beside them: `log = Log(__name__)`, `log.info("receipt recorded", peer=…)`.

    Give ids, enums and numbers; never names, plates, texts or whole messages.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, phrase: str, **ids: object) -> None:
        """For whoever works on the code."""
        self._say(logging.DEBUG, phrase, ids)

    def info(self, phrase: str, **ids: object) -> None:
        """One line per unit of work."""
        self._say(logging.INFO, phrase, ids)

    def warning(self, phrase: str, **ids: object) -> None:
        """It goes on by itself, but somebody should know."""
        self._say(logging.WARNING, phrase, ids)

    def error(self, phrase: str, error: BaseException | None = None, **ids: object) -> None:
        """Somebody must act; with the exception's trace when one is given."""
        self._say(logging.ERROR, phrase, ids, error)

    def exception(self, phrase: str, **ids: object) -> None:
        """The same inside an `except` block, with the exception that is handled there."""
        self._say(logging.ERROR, phrase, ids, sys.exception())

    def _say(self, level: int, phrase: str, ids: Mapping[str, object], error: BaseException | None = None) -> None:
        if is_unseen():
            ids, error = {}, None
        if self._logger.isEnabledFor(level):
            self._logger.log(level, phrase, extra={"ids": ids}, exc_info=error)


def configure_logs(*, authority_id: str = "", service: str = "", level: Level = "INFO") -> None:
    """Sends all logs to stdout: one JSON object a line; on a terminal a coloured line for people."""
    handler = logging.StreamHandler(sys.stdout)
    fixed = {key: value for key, value in (("authority", authority_id), ("service", service)) if value}
    handler.setFormatter(_TerminalLine() if sys.stdout.isatty() else _JsonLine(fixed))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("services").setLevel(level)


_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "ids"}


def _ids(record: logging.LogRecord) -> dict[str, Any]:
    extra = {key: value for key, value in vars(record).items() if key not in _OWN_FIELDS}
    ids = extra | dict(getattr(record, "ids", {}))
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        ids |= {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    trail = trail_of.get()
    if trail is not None and trail.case_id:
        ids["case_id"] = trail.case_id
    return ids


class _JsonLine(logging.Formatter):
    def __init__(self, fixed: Mapping[str, str]) -> None:
        super().__init__()
        self._fixed = fixed

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **self._fixed,
            **_ids(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _TerminalLine(logging.Formatter):
    _COLOURS: Final = {"DEBUG": "\x1b[2m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        ids = " ".join(f"{key}={value}" for key, value in _ids(record).items())
        colour = self._COLOURS.get(record.levelname, "")
        line = f"{at} {colour}{record.levelname:<7}\x1b[0m {record.name}  {record.getMessage()}  \x1b[2m{ids}\x1b[0m"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
