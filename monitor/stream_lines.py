"""The alert line of each watchlist from its own quiet past, kept with its date: the audit trail of the calibration.

Once a week, at the first story after midnight between Wednesday and Thursday (UTC), the line is found anew from what had
arrived by then. So it does not depend on when the monitor ran, and a restart finds the same lines in the same places.
"""

from __future__ import annotations

import json
import logging
import zlib
from datetime import datetime
from typing import Any

from .shifts.calibrate import QUARTER_DAYS, QUARTERS, Calibration, calibrate
from .shifts.records import AlertLine, Outage, Settings, from_days, to_days
from .shifts.watch import Watch
from .store import shifts as shelf
from .store.connect import Store
from .stream_items import first_day, item_of
from .watchlists import Watchlist

log = logging.getLogger("monitor.streams")

WEEK_DAYS = 7
# A dense past is redrawn into fewer quarters: no more than so many stories are read again.
MOST_STORIES, LEAST_QUARTERS = 40_000, 8


class Lines:
    """Finds and keeps the lines. Every method that writes is part of the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked: dict[str, datetime] = {}

    def settle(self, watchlist: Watchlist, now: datetime) -> bool:
        """Does what is due for a watchlist at `now`; whether its lines have changed."""
        edited = self._follow_edits(watchlist, now)
        week = from_days(to_days(now) // WEEK_DAYS * WEEK_DAYS)
        if self._looked.get(watchlist.id) == week:
            return edited
        self._looked[watchlist.id] = week
        if any(line.since is not None and line.since >= week for line in shelf.lines(self._store, watchlist.id)):
            return edited
        found = self._calibrated(watchlist, week)
        if found.bootstrap_rate is None:
            self._store.note(_note(watchlist.id), json.dumps({**self._noted(watchlist.id), "waits": found.reason}))
            return edited
        self._keep(watchlist, week, found.line, found.reason)
        return True

    def forget(self) -> None:
        """Look again at the next need: a transaction failed."""
        self._looked.clear()

    def shown(self, watchlist: Watchlist) -> dict[str, Any]:
        """What `monitor status` says of a watchlist's line: where it comes from, since when, and its closed form."""
        row = shelf.latest_line(self._store, watchlist.id)
        closed = round(Settings(false_alarms=watchlist.shift.per_quarter).closed_form_line, 1)
        if row is None:
            why = self._noted(watchlist.id).get("waits", "no history yet; own history counts from 60 days on")
            return {"own": False, "days": closed, "since": None, "closed_form": closed, "reason": why}
        return {
            "own": row["reason"].startswith("a usual"),
            "days": round(row["days"], 1),
            "since": row["since"],
            "closed_form": closed,
            "reason": row["reason"],
        }

    def _follow_edits(self, watchlist: Watchlist, now: datetime) -> bool:
        """A line that was learnt for other words or another rate is given up, from now on."""
        finds = watchlist.model_dump_json(
            include={"names", "people", "titles", "related", "not_", "languages", "shift"}
        )
        present = f"{zlib.crc32(finds.encode()):08x}"
        noted = self._noted(watchlist.id)
        if noted.get("watchlist") == present:
            return False
        self._store.note(_note(watchlist.id), json.dumps({**noted, "watchlist": present}))
        if not shelf.lines(self._store, watchlist.id):
            return False
        self._looked.pop(watchlist.id, None)
        closed = Settings(false_alarms=watchlist.shift.per_quarter).closed_form_line
        self._keep(watchlist, now, closed, "the watchlist was edited; its own history is read anew")
        return True

    def _calibrated(self, watchlist: Watchlist, week: datetime) -> Calibration:
        """The line that the past up to `week` gives, as it was known then."""
        settings = Settings(false_alarms=watchlist.shift.per_quarter, lines=shelf.lines(self._store, watchlist.id))
        rows = shelf.stream_rows(self._store, watchlist.id, since=first_day(week), before=week)
        outages = [Outage(start, end) for start, end in shelf.outages(self._store) if start < week]
        watch = Watch(settings, [item_of(row) for row in rows], outages=outages)
        stream = watch.detector.stream
        days = max((stream.time[-1] - stream.time[0]) if len(stream) else 0.0, 1.0)
        quarters = min(QUARTERS, max(LEAST_QUARTERS, int(MOST_STORIES / (len(stream) / days * QUARTER_DAYS + 1))))
        seed = zlib.crc32(watchlist.id.encode())
        return calibrate(stream, watch.turns, settings, seed, quarters)

    def _keep(self, watchlist: Watchlist, since: datetime, days: float, reason: str) -> None:
        shelf.keep_line(self._store, watchlist.id, AlertLine(days, since), reason)
        log.info("shift-line watchlist=%s days=%.1f since=%s %s", watchlist.id, days, since.isoformat(), reason)

    def _noted(self, watchlist: str) -> dict[str, Any]:
        noted: dict[str, Any] = json.loads(self._store.noted(_note(watchlist)) or "{}")
        return noted


def _note(watchlist: str) -> str:
    return f"stream:{watchlist}"
