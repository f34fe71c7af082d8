"""The feeds of a report, from the database: health, rhythm, gaps, the last polls."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise

from ..clock import to_text
from ..store.connect import Row, Store
from .records import FeedFacts, PollFacts

# As `clock.from_text`, ten times as fast.
_at = datetime.fromisoformat
# A feed's rhythm is counted over this time before the end of the report.
RHYTHM = timedelta(days=28)


def feeds_of(store: Store, start: datetime, end: datetime) -> tuple[FeedFacts, ...]:
    """Every feed, those that fail first, then by name."""
    polls: dict[str, list[PollFacts]] = {}
    for row in store.rows("select * from polls where at <= ? order by feed_id, at", (to_text(end),)):
        polls.setdefault(row["feed_id"], []).append(_poll(row))
    arrivals: dict[str, list[datetime]] = {}
    for row in store.rows(
        "select s.feed_id, s.first_seen from stories s join feeds f on f.id = s.feed_id"
        " where s.first_seen >= ? and s.first_seen <= ? and (f.baseline_at is null or s.first_seen > f.baseline_at)"
        " order by s.first_seen",
        (to_text(min(start, end - RHYTHM)), to_text(end)),
    ):
        arrivals.setdefault(row["feed_id"], []).append(_at(row["first_seen"]))
    feeds = [
        _feed(row, arrivals.get(row["id"], []), tuple(polls.get(row["id"], ())), start, end)
        for row in store.rows("select * from feeds")
    ]
    return tuple(sorted(feeds, key=lambda feed: (feed.state not in ("failing", "gone"), feed.id)))


def _feed(
    row: Row, arrivals: list[datetime], polls: tuple[PollFacts, ...], start: datetime, end: datetime
) -> FeedFacts:
    begun = _at(row["baseline_at"]) if row["baseline_at"] else end
    known = max(min((end - begun) / timedelta(days=1), RHYTHM.days), 1.0)
    recent = sum(moment > end - RHYTHM for moment in arrivals)
    shown = [moment for moment in arrivals if moment >= start]
    gaps = [(b - a).total_seconds() / 3600 for a, b in pairwise([*shown, end])]
    return FeedFacts(
        id=row["id"],
        url=row["url"],
        state=row["state"],
        reason=row["reason"],
        errors=row["errors"],
        last_ok=_moment(row["last_ok_at"]),
        last_new=_moment(row["last_new_at"]),
        next_poll=_moment(row["next_poll_at"]),
        interval_s=json.loads(row["pace_state"]).get("interval_s"),
        per_day=recent / known,
        arrivals=tuple(shown),
        longest_gap_h=max(gaps, default=None),
        polls=polls,
    )


def _poll(row: Row) -> PollFacts:
    return PollFacts(
        at=_at(row["at"]),
        ok=row["outcome"] in ("fresh", "unchanged"),
        outcome=row["outcome"],
        new=row["new"],
        reason=row["reason"],
    )


def _moment(text: str | None) -> datetime | None:
    return _at(text) if text else None
