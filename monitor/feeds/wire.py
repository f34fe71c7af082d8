"""Parsed feeds as JSON, between the daemon and its parser processes: plain data only, so that a parser that went wrong
can hand back nothing but data.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from .records import Entry, ParsedFeed


def dump(parsed: ParsedFeed) -> bytes:
    """A parsed feed as JSON."""
    return json.dumps(asdict(parsed), default=datetime.isoformat, ensure_ascii=False).encode("utf-8", "replace")


def load(data: bytes) -> ParsedFeed:
    """The parsed feed that `dump` wrote; ValueError, KeyError or TypeError if it is anything else."""
    fields: dict[str, Any] = json.loads(data)
    entries = tuple(_entry(entry) for entry in fields.pop("entries"))
    for name in ("problems", "alternates"):
        fields[name] = tuple(fields[name])
    return ParsedFeed(entries=entries, **fields)


def _entry(fields: dict[str, Any]) -> Entry:
    for name in ("published", "updated"):
        if fields[name] is not None:
            fields[name] = datetime.fromisoformat(fields[name])
    fields["date_flags"] = tuple(fields["date_flags"])
    return Entry(**fields)
