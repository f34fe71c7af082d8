"""Queries of the streams: the readings a stream is made of, the notices it gave, the outages that do not count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ..clock import from_text, to_text
from ..shifts.records import AlertLine
from ..shifts.watch import Notice
from .connect import Row, Store

_STREAM = (
    "select s.id, s.event_id, s.published, s.first_seen, s.owner, s.lang, s.title, s.link, s.copy_of,"
    " r.grade, r.direction, r.strength, r.confidence, r.role, r.trace"
    " from readings r join stories s on s.id = r.story_id"
    " where r.watchlist = ? and r.read = 1 and s.stage = 'done' and s.event_id is not null"
)


def stream_rows(
    store: Store,
    watchlist: str,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    story_ids: Sequence[int] | None = None,
    grade: str | None = None,
) -> list[Row]:
    """The readings of a watchlist's stream, with their stories; all, or those that arrived since a moment or before one,
    or of some stories."""
    sql, values = _STREAM, [watchlist]
    if since is not None:
        sql += " and s.first_seen >= ?"
        values.append(to_text(since))
    if before is not None:
        sql += " and s.first_seen < ?"
        values.append(to_text(before))
    if grade is not None:
        sql += " and r.grade = ?"
        values.append(grade)
    if story_ids is not None:
        sql += " and s.id in (select value from json_each(?))"
        values.append(json.dumps(list(story_ids)))
    return store.rows(sql + " order by s.id", values)


def story(store: Store, story_id: int) -> Row:
    """One story."""
    row = store.row("select * from stories where id = ?", (story_id,))
    assert row is not None
    return row


def notices(store: Store, watchlist: str) -> list[Notice]:
    """What a stream has given so far, oldest first."""
    rows = store.rows("select * from shifts where watchlist = ? order by id", (watchlist,))
    return [
        Notice(
            key=row["key"],
            kind=row["kind"],
            side=row["side"],
            told=from_text(row["told"]),
            turn_time=from_text(row["turn_time"]),
            onset=from_text(row["onset"]),
            push=bool(row["push"]),
            not_before=from_text(row["not_before"]),
            reason=row["reason"],
        )
        for row in rows
    ]


def keep_notice(store: Store, watchlist: str, notice: Notice, numbers: dict[str, Any] | None) -> None:
    """Keep a notice with the numbers it shows; part of the caller's transaction."""
    store.run(
        "insert or ignore into shifts (watchlist, key, kind, side, told, turn_time, onset, push, not_before, reason,"
        " numbers) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            watchlist,
            notice.key,
            notice.kind,
            notice.side,
            to_text(notice.told),
            to_text(notice.turn_time),
            to_text(notice.onset),
            int(notice.push),
            to_text(notice.not_before),
            notice.reason,
            json.dumps(numbers) if numbers else None,
        ),
    )


def lines(store: Store, watchlist: str) -> tuple[AlertLine, ...]:
    """The calibrated alert lines of a watchlist, oldest first."""
    rows = store.rows("select * from alert_lines where watchlist = ? order by since", (watchlist,))
    return tuple(AlertLine(row["days"], from_text(row["since"])) for row in rows)


def latest_line(store: Store, watchlist: str) -> Row | None:
    """The line in force, with its reason."""
    return store.row("select * from alert_lines where watchlist = ? order by since desc limit 1", (watchlist,))


def keep_line(store: Store, watchlist: str, line: AlertLine, reason: str) -> None:
    """Keep an alert line from a moment on; part of the caller's transaction."""
    assert line.since is not None
    store.run(
        "insert or replace into alert_lines (watchlist, since, days, reason) values (?, ?, ?, ?)",
        (watchlist, to_text(line.since), line.days, reason),
    )


def last_surge(store: Store, watchlist: str) -> Row | None:
    """The latest note of more coverage."""
    return store.row(
        "select at, json_extract(payload, '$.surge.time') as time from alerts"
        " where kind = 'volume' and watchlist = ? order by at desc, rowid desc limit 1",
        (watchlist,),
    )


def outages(store: Store) -> list[tuple[datetime, datetime]]:
    """The times in which no feed could be asked."""
    return [
        (from_text(row["start"]), from_text(row["end"])) for row in store.rows("select * from outages order by start")
    ]


# So long without any answer from any feed counts as an outage: feeds list about a day, so nothing older can be seen.
OUTAGE_AFTER = timedelta(hours=24)


def note_outage(store: Store, now: datetime) -> None:
    """A feed has answered: where none had for long, that time was an outage. Part of the caller's transaction."""
    last = store.row("select max(last_ok_at) as at from feeds")
    if last and last["at"] and now - from_text(last["at"]) > OUTAGE_AFTER:
        store.run("insert or ignore into outages values (?, ?)", (last["at"], to_text(now)))
