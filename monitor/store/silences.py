"""Silences: times in which a watchlist's alerts are held, set by a person, each with an end."""

from __future__ import annotations

from datetime import datetime

from ..clock import from_text, to_text
from .connect import Row, Store


def add_silence(store: Store, watchlist: str, now: datetime, until: datetime, reason: str) -> None:
    """Hold a watchlist's alerts from now on until a moment."""
    with store.write():
        store.run(
            "insert into silences (watchlist, start, until, reason) values (?, ?, ?, ?)",
            (watchlist, to_text(now), to_text(until), reason),
        )


def end_silences(store: Store, watchlist: str, now: datetime) -> int:
    """End a watchlist's silences; what they held is due now. Returns how many were ended."""
    with store.write():
        open_now = store.rows("select id from silences where watchlist = ? and until > ?", (watchlist, to_text(now)))
        for row in open_now:
            store.run("update silences set until = ? where id = ?", (to_text(now), row["id"]))
        store.run(
            "update deliveries set next_at = ? where state = 'held' and why = 'a silence' and next_at > ?"
            " and alert_id in (select id from alerts where watchlist = ?)",
            (to_text(now), to_text(now), watchlist),
        )
    return len(open_now)


def silenced_until(store: Store, watchlist: str, now: datetime) -> datetime | None:
    """When a watchlist's silence ends; None where there is none now."""
    row = store.row(
        "select max(until) as until from silences where watchlist = ? and start <= ? and until > ?",
        (watchlist, to_text(now), to_text(now)),
    )
    return from_text(row["until"]) if row and row["until"] else None


def open_silences(store: Store, now: datetime) -> list[Row]:
    """The silences that hold now."""
    return store.rows("select * from silences where until > ? order by until", (to_text(now),))
