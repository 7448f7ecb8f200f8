"""The operator's log: JSON lines of a closed list of fields, each with a grammar no sentence fits into.

What is not on the list, or not of its form, is dropped and counted, never printed: a message may quote what was asked.
Libraries log free text; of theirs only logger, level and the class of an exception are written.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog

from preceptor.clock import SystemClock

_WORD = re.compile(r"[a-z][a-z0-9_]{0,60}")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,80}")
_FRAMES = re.compile(r"[A-Za-z0-9_./<>:() -]{0,600}")
_ROUTE = re.compile(r"/[a-z0-9_./{}-]{0,120}")

FIELDS: dict[str, re.Pattern[str]] = {
    "event": _WORD,
    "code": _WORD,
    "request": _ID,
    "tenant": re.compile(r"[a-z][a-z0-9-]{0,62}"),
    "version": _ID,
    "error": _NAME,
    "logger": _NAME,
    "where": _FRAMES,
    "route": _ROUTE,
    "method": re.compile(r"[A-Z]{3,8}"),
}
"""Field of text → its form. Numbers may stand in `NUMBERS`."""
NUMBERS = frozenset({"status", "ms", "count"})

Event = MutableMapping[str, Any]


def allowed(_: Any, level: str, event: Event) -> Event:
    """What may be printed of an event; `dropped` counts what may not."""
    kept: dict[str, Any] = {"level": level}
    for name, value in event.items():
        form = FIELDS.get(name)
        if (form is not None and isinstance(value, str) and form.fullmatch(value)) or (
            name in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool)
        ):
            kept[name] = value
        else:
            kept["dropped"] = kept.get("dropped", 0) + 1
    return kept


def _rendered(_: Any, __: str, event: Event) -> str:
    return json.dumps({"at": SystemClock().now().isoformat(timespec="milliseconds"), **event})


def journal(name: str) -> structlog.stdlib.BoundLogger:
    """The log of a part of the product. The first argument of its methods is the event, a word; the rest are fields."""
    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(f"preceptor.{name}"),
        processors=[allowed, _rendered],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return logger


# A request line may hold what somebody typed into an address, and a sign-in secret: nobody's handler is given it.
logging.getLogger("uvicorn.access").disabled = True


class _Lines(logging.Formatter):
    """Our own lines as they are; of everybody else's, nothing that somebody wrote."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith("preceptor."):
            return record.getMessage()
        event: Event = {"event": "library", "logger": record.name.replace("-", "_")}
        if record.exc_info and record.exc_info[0] is not None:
            event["error"] = record.exc_info[0].__name__
        return _rendered(None, "", allowed(None, record.levelname.lower(), event))


def listen(stream: TextIO | None = None) -> None:
    """From now on this process writes its log to `stream` (standard error) in this form, and nothing else writes there.

    Handlers that were set before are removed: they would print what libraries say.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        found = logging.getLogger(name)
        found.handlers.clear()
        found.propagate = True


def frames(error: BaseException, last: int = 6) -> str:
    """Where an error came from: functions, files and lines, innermost first; no values."""
    stack: Iterable[traceback.FrameSummary] = reversed(traceback.extract_tb(error.__traceback__)[-last:])
    found = list[str]()
    for frame in stack:
        file = frame.filename.rsplit("/preceptor/", 1)[-1].rsplit("site-packages/", 1)[-1]
        found.append(f"{frame.name} ({file}:{frame.lineno})")
    return " < ".join(found)[:600]
