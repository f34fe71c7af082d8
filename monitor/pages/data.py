"""A report read from the monitor's database: the one place that knows where the facts of the pages are kept.

Another source (a folder of a backfill) would make the same `Report` in a module beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from .. import __version__
from ..clock import from_text, to_text, utcnow
from ..reload import CONFIG_FAULT_NOTE
from ..store import shifts as shelf
from ..store.connect import Row, Store
from ..store.labels import agreement
from ..watchlists import Watchlist
from .data_feeds import feeds_of
from .data_stories import events_of, stories_of
from .data_stream import stream_of
from .records import AlertFacts, DeliveryFacts, Report, WatchlistFacts

# The days a report shows where nothing else is asked for.
DAYS = 90
# A report of fewer days than this is too narrow to show a stream.
LEAST_DAYS = 7


def last_moment(store: Store) -> datetime | None:
    """When the latest poll was or story came: the present of a database whose clock was simulated. None where neither."""
    row = store.row(
        "select max(at) as at from (select max(first_seen) as at from stories union all select max(at) from polls)"
    )
    return from_text(row["at"]) if row and row["at"] else None


def read_report(
    store: Store,
    watchlists: Sequence[Watchlist],
    *,
    until: datetime | None = None,
    days: int = DAYS,
    zone: str = "UTC",
    title: str = "monitor",
) -> Report:
    """Everything the pages show of the `days` before `until` (default: now), for these watchlists, in their order."""
    made = utcnow()
    end = until or made
    start = _start(store, end, days)
    stories = stories_of(store, [each.id for each in watchlists], start, end)
    outages = tuple((a, b) for a, b in shelf.outages(store) if b > start and a < end)
    labels = agreement(store)
    return Report(
        title=title,
        start=start,
        end=end,
        made=made,
        zone=zone,
        days=days,
        watchlists=tuple(_watchlist(store, each, stories, start, end) for each in watchlists),
        stories=stories,
        outages=outages,
        feeds=feeds_of(store, start, end),
        alerts=tuple(_alerts(store, start, end)),
        backlog=_count(store, "select count(*) from stories where stage != 'done'"),
        model=store.noted("model") or "",
        version=store.noted("version") or __version__,
        agreement=(labels["agree"], labels["labels"]),
        faults=tuple((store.noted(CONFIG_FAULT_NOTE) or "").splitlines()),
    )


def _start(store: Store, end: datetime, days: int) -> datetime:
    """So many days before the end; where the first story came later, its day."""
    start = end - timedelta(days=days)
    row = store.row("select min(first_seen) as at from stories where first_seen <= ?", (to_text(end),))
    if row is None or not row["at"]:
        return start
    first = from_text(row["at"]).replace(hour=0, minute=0, second=0)
    return min(max(start, first), end - timedelta(days=min(days, LEAST_DAYS)))


def _watchlist(
    store: Store, watchlist: Watchlist, stories: dict[int, Any], start: datetime, end: datetime
) -> WatchlistFacts:
    stream = stream_of(store, watchlist, start, end)
    row = store.row(
        "select max(until) as until from silences where watchlist = ? and start <= ? and until > ?",
        (watchlist.id, to_text(end), to_text(end)),
    )
    return WatchlistFacts(
        id=watchlist.id,
        name=watchlist.name,
        standing=stream.standing,
        line_days=stream.line_days,
        per_quarter=watchlist.shift.per_quarter,
        events=events_of(store, watchlist.id, stories.values()),
        evidence=stream.evidence,
        shifts=stream.shifts,
        silenced_until=from_text(row["until"]) if row and row["until"] else None,
    )


def _alerts(store: Store, start: datetime, end: datetime) -> Iterable[AlertFacts]:
    """Alerts of the time shown, newest first, and older ones that still wait."""
    deliveries: dict[str, list[DeliveryFacts]] = {}
    wanted = "a.at <= ? and (a.at >= ? or a.id in (select alert_id from deliveries where state in ('pending', 'held')))"
    values = (to_text(end), to_text(start))
    for row in store.rows(
        f"select d.* from deliveries d join alerts a on a.id = d.alert_id where {wanted} order by d.id", values
    ):
        deliveries.setdefault(row["alert_id"], []).append(_delivery(row))
    for row in store.rows(
        "select a.id, a.kind, a.watchlist, a.direction, a.strength, a.at, a.title, a.event_id,"
        " json_extract(a.payload, '$.story_id') as story, json_extract(a.payload, '$.watchlists') as about"
        f" from alerts a where {wanted} order by a.at desc, a.rowid desc",
        values,
    ):
        yield AlertFacts(
            id=row["id"],
            kind=row["kind"],
            watchlist=row["watchlist"],
            direction=row["direction"],
            strength=row["strength"],
            at=from_text(row["at"]),
            title=row["title"],
            story=row["story"],
            event=row["event_id"],
            deliveries=tuple(deliveries.get(row["id"], ())),
            also=tuple(each["id"] for each in json.loads(row["about"] or "[]") if each["id"] != row["watchlist"]),
        )


def _delivery(row: Row) -> DeliveryFacts:
    return DeliveryFacts(
        channel=row["channel"],
        route=row["route"],
        state=row["state"],
        why=row["why"],
        attempts=row["attempts"],
        next_at=from_text(row["next_at"]) if row["next_at"] else None,
        sent_at=from_text(row["sent_at"]) if row["sent_at"] else None,
        error=row["error"],
    )


def _count(store: Store, sql: str) -> int:
    row = store.row(sql)
    return int(row[0]) if row else 0
