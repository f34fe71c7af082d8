"""Lets out what was held: a digest at the end of its period, one summary of what a cap, quiet hours, a silence or a
downtime held back. A single alert goes out as itself.

Everything happens in one transaction, and a summary's id follows from what it sums up: it is written once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from ..clock import from_text, to_text
from ..config import Settings
from ..failpoints import reach
from ..reading.records import MARKS
from ..store import outbox
from ..store.connect import Row, Store
from ..store.outbox import Planned
from ..store.stories import stream_counts
from .policy import DIRECTIONS, stable_id
from .recheck import UNWANTED, recheck

log = logging.getLogger("monitor.alerts")

# What the reason of a digest's deliveries starts with.
DIGEST = "the digest"


class Releaser:
    """Lets held deliveries go when their time has come."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock

    def release_due(self) -> int:
        """Release everything whose time has come; returns how many messages are to go out now."""
        now = self._clock()
        if not outbox.held_due(self._store, now):
            return 0
        count = 0
        with self._store.write():
            self._look_again(outbox.held_due(self._store, now), now)
            for key, rows in groupby(outbox.held_due(self._store, now), key=_bundle):
                count += self._let_out(list(rows), key, now)
        return count

    def _look_again(self, rows: Sequence[Row], now: datetime) -> None:
        """What no route takes any more is left out; what a silence or quiet hours hold by now waits on."""
        for row in rows:
            if row["channel"] not in self._settings.channels:
                continue
            payload = json.loads(row["payload"])
            verdict = recheck(payload, row["channel"], row["route"], self._settings, self._store, now)
            if not verdict.route:
                outbox.fold(self._store, [row["id"]], UNWANTED)
                log.info("alert-dropped id=%s channel=%s; no route takes it", row["alert_id"], row["channel"])
            elif verdict.until is not None:
                outbox.hold_on(self._store, row["id"], verdict.until, verdict.why)
            elif verdict.route != row["route"]:
                outbox.reroute(self._store, row["id"], verdict.route)

    def _let_out(self, rows: list[Row], key: tuple[str, ...], now: datetime) -> int:
        ids = [row["id"] for row in rows]
        channel, route, why, _period_end = key
        if channel not in self._settings.channels:
            return 0
        if len(rows) == 1 and not why.startswith(DIGEST):
            outbox.release(self._store, ids, now)
            return 1
        payload = self._summary(rows, channel, route, why, from_text(rows[-1]["next_at"]), now)
        if not outbox.has_alert(self._store, payload["id"]):
            outbox.add_alert(self._store, payload, [Planned(channel, route, now)])
            log.info("alert id=%s kind=digest channel=%s alerts=%d why=%r", payload["id"], channel, len(rows), why)
        outbox.fold(self._store, ids, payload["id"])
        reach("summary")
        return 1

    def _summary(
        self, rows: Sequence[Row], channel: str, route: str, why: str, until: datetime, now: datetime
    ) -> dict[str, Any]:
        digest = why.startswith(DIGEST)
        entries = [_entry(row) for row in rows]
        counts = {name: sum(entry["direction"] == name for entry in entries) for name in DIRECTIONS}
        marks = " ".join(f"{counts[name]} {MARKS[name]}" for name in DIRECTIONS if counts[name])
        names = list(dict.fromkeys(entry["names"] for entry in entries))
        about = f"{marks} ({', '.join(names)})" if marks else ", ".join(names)
        total = f"{len(entries)} alert{'s' * (len(entries) > 1)}"
        key: tuple[object, ...] = ("digest", route, channel, why, to_text(until))
        if not digest:
            key = ("held", channel, why, *(row["alert_id"] for row in rows))
        local = until.astimezone(ZoneInfo(self._settings.timezone))
        return {
            "id": stable_id(key),
            "thread": stable_id(("digest", route, channel)),
            "kind": "digest",
            "at": to_text(now),
            "watchlist": "",
            "watchlists": [],
            "event_id": None,
            "direction": "none",
            "strength": max(row["strength"] for row in rows),
            "title": f"Digest: {total}, {about}" if digest else f"Held back by {why}: {total}, {about}",
            "heading": f"{_period(why)} DIGEST" if digest else f"HELD BACK BY {why.upper()}",
            "intro": (
                f"What the route {route} gathered until {local:%a} {local.day} {local:%b, %H:%M}: {total}."
                if digest
                else f"{total} held back by {why}, told together."
            ),
            "route": route,
            "groups": [
                {"name": name, "entries": [entry for entry in entries if entry["names"] == name]} for name in names
            ],
            "streams": self._streams(rows, why, route, until) if digest else [],
        }

    def _streams(self, rows: Sequence[Row], why: str, route: str, until: datetime) -> list[dict[str, Any]]:
        """How many stories each watchlist of the route had in the digest's period, by direction."""
        settings = self._settings.routes.get(route)
        schedule = settings.digest if settings else None
        if schedule is None:
            return []
        start = schedule.last_before(until - timedelta(seconds=1), self._settings.timezone)
        counted = stream_counts(self._store, start, until)
        return [
            {"name": watchlist.name, **counted[watchlist.id]}
            for watchlist in self._settings.watchlists
            if watchlist.id in counted and (not watchlist.routes or route in watchlist.routes)
        ]


def _bundle(row: Row) -> tuple[str, str, str, str]:
    """What is told together: a digest by its period, all else by what held it."""
    digest = row["why"].startswith(DIGEST)
    return (row["channel"], row["route"], row["why"], row["next_at"] if digest else "")


def _period(why: str) -> str:
    return "WEEKLY" if "weekly" in why else "DAILY"


def _entry(row: Row) -> dict[str, Any]:
    """One held alert as a summary shows it, with the rule that let it in."""
    payload = json.loads(row["payload"])
    first = (payload.get("stories") or payload.get("sources") or [{}])[0]
    act = row["direction"] if row["kind"] == "signal" else f"{row['kind']}, {row['direction']}"
    return {
        "id": row["alert_id"],
        "kind": row["kind"],
        "direction": row["direction"],
        "act": act,
        "strength": row["strength"],
        "title": row["title"],
        "owner": payload.get("owner") or first.get("owner", ""),
        "link": payload.get("link") or first.get("link", ""),
        "published": payload.get("published"),
        "at": row["at"],
        "names": ", ".join(_names(payload["watchlists"])) or "the monitor",
        "because": _because(row["kind"], payload),
    }


def _names(watchlists: Iterable[dict[str, Any]]) -> list[str]:
    return [watchlist["name"] for watchlist in watchlists]


def _because(kind: str, payload: dict[str, Any]) -> str:
    if kind == "signal" and payload.get("rule"):
        rule = payload["rule"]
        sources = f"{rule['sources']} independent source{'s' * (rule['sources'] > 1)}"
        return f"Let in by the signal rule: strength ≥ {rule['strength']} from ≥ {sources}."
    return {
        "shift": "Let in because the evidence for a shift crossed its line.",
        "declared": "Let in because the actor itself declares it.",
        "contested": "Let in because what was reported is contradicted.",
        "retraction": "Let in because what was told is not so.",
        "volume": "Let in because there is more coverage than usual; no shift.",
    }.get(kind, "")
