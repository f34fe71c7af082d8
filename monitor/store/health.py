"""The queries behind the monitor's own health: what fails since when, and what of it was told."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..clock import to_text
from .connect import Row, Store

# A feed's rhythm is taken from so long a time before its silence.
RHYTHM = timedelta(days=28)
# How far back stories are counted for it, at most: so long a silence is still one.
LOOKED_BACK = timedelta(days=400)


def failing_channels(store: Store, now: datetime, patience: timedelta) -> list[Row]:
    """Channels with deliveries that have failed for longer than `patience`: how many, since when, the last answer."""
    return store.rows(
        "select channel, count(*) as n, min(started_at) as since,"
        " (select error from deliveries e where e.channel = d.channel and e.error != '' and e.state = 'pending'"
        "  order by e.next_at desc limit 1) as error"
        " from deliveries d where state = 'pending' and attempts > 0 and error != '' and started_at <= ?"
        " group by channel order by channel",
        (to_text(now - patience),),
    )


def dead_letters(store: Store) -> list[Row]:
    """Channels with deliveries that were given up: how many, since when, the last answer, the newest alert."""
    return store.rows(
        "select channel, count(*) as n, min(next_at) as since, max(error) as error, max(alert_id) as alert_id"
        " from deliveries where state = 'dead' group by channel order by channel"
    )


def feeds_health(store: Store, now: datetime) -> list[Row]:
    """Every feed with its state, its last answers, and how many stories it brought in the weeks before its last."""
    return store.rows(
        "with brought as (select s.feed_id, count(*) as n from stories s join feeds f on f.id = s.feed_id"
        "  where s.first_seen > ? and s.first_seen > f.baseline_at and s.first_seen <= f.last_new_at"
        "  and s.first_seen > strftime('%Y-%m-%dT%H:%M:%SZ', f.last_new_at, ?) group by s.feed_id)"
        " select f.id, f.state, f.reason, f.errors, f.last_ok_at, f.last_new_at, f.last_poll_at, f.baseline_at,"
        " coalesce(b.n, 0) as brought from feeds f left join brought b on b.feed_id = f.id order by f.id",
        (to_text(now - LOOKED_BACK), f"-{RHYTHM.days} days"),
    )


def week_counts(store: Store, since: datetime) -> dict[str, int]:
    """What was done since a moment, for the heartbeat."""
    row = store.row(
        "select (select count(*) from feeds) as feeds,"
        " (select count(*) from feeds where last_ok_at >= ?) as answered,"
        " (select count(*) from stories where first_seen >= ?) as stories,"
        " (select count(distinct m.story_id) from mentions m join stories s on s.id = m.story_id"
        "  where s.first_seen >= ?) as matched,"
        " (select count(*) from alerts where at >= ? and kind not in ('digest', 'health')) as alerts,"
        " (select count(*) from deliveries where state = 'pending' and attempts > 0) as waiting,"
        " (select count(*) from deliveries where state = 'dead') as dead",
        (to_text(since),) * 4,
    )
    assert row is not None
    return {key: int(row[key]) for key in row.keys()}  # noqa: SIM118 - a Row iterates over its values


def open_troubles(store: Store) -> dict[str, Row]:
    """The troubles that were seen and have not passed, by key."""
    return {row["key"]: row for row in store.rows("select * from health order by key")}


def note_trouble(store: Store, key: str, since: datetime, title: str) -> None:
    """Keep a trouble that is seen now; part of the caller's transaction."""
    store.run(
        "insert into health (key, since, title) values (?, ?, ?) on conflict (key) do update set title = excluded.title",
        (key, to_text(since), title),
    )


def trouble_told(store: Store, key: str, alert_id: str) -> None:
    """Note by which alert a trouble was told; part of the caller's transaction."""
    store.run("update health set alert_id = ? where key = ?", (alert_id, key))


def forget_trouble(store: Store, key: str) -> None:
    """A trouble has passed; part of the caller's transaction."""
    store.run("delete from health where key = ?", (key,))
