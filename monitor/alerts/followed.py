"""The files that `follow:` names: the alerts for other tools, written anew after each change, never half."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ..housekeeping import Follow
from ..store.connect import Store, open_reader
from ..store.outbox import alert_payloads, alerts_mark
from .follow import MOST_ENTRIES, as_lines, atom

log = logging.getLogger("monitor.follow")

# A file that could not be written is tried again after this long, in seconds.
AGAIN_S = 60.0


class Follower:
    """Knows whether the files say what the database says. `write` blocks and may run in a thread of its own."""

    def __init__(self, follow: Follow, contact: str, state: Path) -> None:
        self._follow, self._contact, self._state = follow, contact, state
        self._written = ""
        self._failed_at: float | None = None

    def due(self, store: Store) -> bool:
        """Whether there are files to write, and something new to say in them."""
        if not (self._follow.atom or self._follow.jsonl):
            return False
        if self._failed_at is not None and time.monotonic() - self._failed_at < AGAIN_S:
            return False
        return alerts_mark(store, MOST_ENTRIES) != self._written

    def write(self, now: datetime) -> bool:
        """Write the files; False where one could not be written, which is told in the log and tried again."""
        with open_reader(self._state) as store:
            mark = alerts_mark(store, MOST_ENTRIES)
            try:
                if self._follow.atom:
                    replace(self._follow.atom, [atom_of(store, self._contact, now)])
                if self._follow.jsonl:
                    replace(self._follow.jsonl, jsonl_of(store))
            except OSError as error:
                self._failed_at = time.monotonic()
                log.error("follow-fault file=%s %s", error.filename, error.strerror)
                return False
        self._written, self._failed_at = mark, None
        return True


def atom_of(store: Store, contact: str, now: datetime, most: int = MOST_ENTRIES) -> bytes:
    """The Atom feed of the newest alerts kept."""
    return atom(list(_payloads(store, most, newest_first=True)), contact, now)


def jsonl_of(store: Store, most: int | None = None) -> Iterator[bytes]:
    """The newest alerts kept (all by default), the oldest of them first, a line each."""
    for line in as_lines(_payloads(store, most, newest_first=False)):
        yield line.encode()


def replace(file: Path, parts: Iterable[bytes]) -> None:
    """Put what was written beside it in the file's place, so that no reader sees half of it."""
    beside = file.with_name(f".{file.name}.new")
    with open(beside, "wb") as out:
        for part in parts:
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, file)


def _payloads(store: Store, most: int | None, *, newest_first: bool) -> Iterator[dict[str, Any]]:
    for row in alert_payloads(store, most, newest_first=newest_first):
        yield json.loads(row["payload"])
