"""The monitor about itself: a trouble is told once, through the channels that still work, and so is its end; once a
week a heartbeat tells "nothing to report" from "broken"."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..clock import from_text, to_text
from ..config import Settings
from ..store import health, outbox
from ..store.connect import Store
from ..store.outbox import Planned
from .policy import stable_id
from .troubles import Trouble, find_troubles
from .writing import local_time

log = logging.getLogger("monitor.health")

# The note of the last heartbeat's due time.
HEARTBEAT_NOTE = "heartbeat"


class HealthDesk:
    """Looks for troubles and tells of them. Each look is one transaction."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._free_bytes = free_bytes

    def look(self) -> int:
        """Tell what is newly wrong and what is well again; returns how many alerts that made."""
        now = self._clock()
        seen = {trouble.key: trouble for trouble in find_troubles(self._settings, self._store, now, self._free_bytes)}
        known = health.open_troubles(self._store)
        if not seen and not known:
            return 0
        with self._store.write():
            for trouble in seen.values():
                health.note_trouble(self._store, trouble.key, trouble.since, trouble.title)
            begun = [each for each in seen.values() if self._is_due(each, known.get(each.key), now)]
            count = sum(self._tell_begun(family, now) for family in _families(begun))
            # While our own network is down nothing can be said of single feeds.
            unknown = ("feed", "silent") if "offline" in seen else ()
            ended = [row for key, row in known.items() if key not in seen and key.split(":")[0] not in unknown]
            for row in ended:
                health.forget_trouble(self._store, row["key"])
            told = [dict(row) for row in ended if row["alert_id"]]
            # What was told together and ends together is told together.
            for alert_id in dict.fromkeys(row["alert_id"] for row in told):
                count += self._tell_ended([row for row in told if row["alert_id"] == alert_id], now)
        return count

    def _is_due(self, trouble: Trouble, known: Any, now: datetime) -> bool:
        """Not told yet, and it has lasted long enough since it was first seen."""
        if known is not None and known["alert_id"]:
            return False
        if trouble.patience <= timedelta(0):
            return True
        first_seen = from_text(known["since"]) if known is not None else now
        return now - first_seen >= trouble.patience

    def _tell_begun(self, troubles: Sequence[Trouble], now: datetime) -> int:
        first = troubles[0]
        zone = self._settings.timezone
        lines = [line for each in troubles for line in _lines(each, len(troubles) > 1, zone)]
        title = first.title if len(troubles) == 1 else f"{len(troubles)} feeds need a look"
        key = ("health", *(each.key for each in troubles), to_text(now))
        alert_id = self._add(stable_id(key), "trouble", title, lines, first.mend, now, first.channel)
        for each in troubles:
            health.trouble_told(self._store, each.key, alert_id)
            log.warning("trouble key=%s alert=%s %s", each.key, alert_id, each.title)
        return 1

    def _tell_ended(self, rows: Sequence[dict[str, Any]], now: datetime) -> int:
        first, zone = rows[0], self._settings.timezone
        lines = [
            f"{row['title'] + ': it' if len(rows) > 1 else 'It'} lasted since {local_time(from_text(row['since']), zone)}."
            for row in rows
        ]
        title = f"well again: {first['title']}" if len(rows) == 1 else f"well again: {len(rows)} feeds"
        key = ("recovered", *(row["key"] for row in rows), first["since"], first["alert_id"])
        self._add(stable_id(key), "recovered", title, lines, "", now, thread=first["alert_id"])
        for row in rows:
            log.info("trouble-over key=%s", row["key"])
        return 1

    def _add(
        self,
        alert_id: str,
        level: str,
        title: str,
        lines: Sequence[str],
        mend: str,
        now: datetime,
        not_through: str | None = None,
        thread: str | None = None,
    ) -> str:
        """Keep a health alert for every channel of health but the one that is in trouble itself."""
        if outbox.has_alert(self._store, alert_id):
            return alert_id
        payload = {
            "id": alert_id,
            "thread": thread or alert_id,
            "kind": "health",
            "level": level,
            "at": to_text(now),
            "watchlist": "",
            "watchlists": [],
            "event_id": None,
            "direction": "none",
            "strength": 2,
            "title": title,
            "lines": [self._settings.mask(line) for line in lines],
            "mend": mend,
        }
        channels = [channel for channel in self._settings.health_channels if channel != not_through]
        outbox.add_alert(self._store, payload, [Planned(channel, "health", now) for channel in channels])
        return alert_id

    def beat(self) -> bool:
        """The heartbeat, where its time has come since the last one; a late one is caught up, once."""
        schedule, now = self._settings.health.heartbeat, self._clock()
        if schedule is None:
            return False
        due = schedule.last_before(now, self._settings.timezone)
        noted = self._store.noted(HEARTBEAT_NOTE)
        if noted is not None and from_text(noted) >= due:
            return False
        with self._store.write():
            self._store.note(HEARTBEAT_NOTE, to_text(due))
            if noted is None:  # the very first start: there is no week to tell of
                return False
            counts = health.week_counts(self._store, now - timedelta(days=7))
            self._add(stable_id(("heartbeat", to_text(due))), "heartbeat", *_week(counts), "", now)
        return True


def _families(troubles: Sequence[Trouble]) -> list[list[Trouble]]:
    """Feeds that fell silent or failed together are told together; everything else by itself."""
    feeds = [each for each in troubles if each.family in ("feed", "silent")]
    return [*([feeds] if feeds else []), *([each] for each in troubles if each not in feeds)]


def _lines(trouble: Trouble, several: bool, zone: str) -> list[str]:
    since = f"Since {local_time(trouble.since, zone)}."
    return [f"{trouble.title}: {' '.join(trouble.lines)} {since}"] if several else [*trouble.lines, since]


def _week(counts: dict[str, int]) -> tuple[str, list[str]]:
    quiet = counts["alerts"] == 0
    title = (
        f"alive: {counts['answered']} of {counts['feeds']} feeds answered, {counts['stories']} stories,"
        f" {'nothing to report' if quiet else str(counts['alerts']) + ' alerts'} in the last week"
    )
    lines = [
        f"{counts['answered']} of {counts['feeds']} feeds answered in the last week.",
        f"{counts['stories']} new stories, {counts['matched']} of them about a watchlist, {counts['alerts']} alerts.",
        f"{counts['waiting']} deliveries wait after a failure, {counts['dead']} were given up.",
    ]
    return title, lines
