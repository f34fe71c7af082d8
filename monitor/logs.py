"""The log: one line an occurrence, `event key=value`, to standard error; with levels that journald understands."""

from __future__ import annotations

import logging
import os
import sys

_JOURNAL_LEVEL = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Journal(logging.Formatter):
    """`<6>monitor.poll …`: journald takes the level from the prefix and adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        level = _JOURNAL_LEVEL.get(record.levelno, 6)
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())


def start_logging(level: int = logging.INFO) -> None:
    """Send the house's log to standard error; other libraries only from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    if os.environ.get("JOURNAL_STREAM"):
        handler.setFormatter(_Journal("%(name)s %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("monitor").setLevel(level)
