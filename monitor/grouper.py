"""Places stored stories into events: the grouping room's decisions, kept in the database."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .store import stories as shelf
from .store.connect import Store

if TYPE_CHECKING:
    from .pipeline import Read


class Grouper:
    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store

    def place(self, read: Read, grades: dict[str, str], now: datetime) -> int:
        row = read.row
        event = shelf.open_event(self._store, now, row["title"])
        shelf.join_event(self._store, row["id"], event, None, "the first report", now)
        return event
