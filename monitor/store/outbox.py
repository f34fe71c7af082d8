"""The outbox's queries: deliveries that are due, and what came of each attempt."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ..clock import to_text
from .connect import Row, Store


def add_alert(store: Store, payload: dict[str, Any], channels: list[tuple[str, str]]) -> None:
    """Keep an alert and one delivery per channel; part of the caller's transaction."""
    store.run(
        "insert into alerts (id, kind, watchlist, event_id, thread, direction, strength, at, title, payload)"
        " values (:id, :kind, :watchlist, :event_id, :thread, :direction, :strength, :at, :title, :payload)",
        {**{key: payload[key] for key in _ALERT_KEYS}, "payload": json.dumps(payload, ensure_ascii=False)},
    )
    store.run_many(
        "insert into deliveries (alert_id, channel, route, next_at) values (?, ?, ?, ?)",
        [(payload["id"], channel, route, payload["at"]) for channel, route in channels],
    )


_ALERT_KEYS = ("id", "kind", "watchlist", "event_id", "thread", "direction", "strength", "at", "title")


def channels_told(store: Store, event_id: int, direction: str) -> set[str] | None:
    """The channels that an event's alerts in this direction went to; None where there is no such alert yet."""
    if not store.row("select 1 from alerts where event_id = ? and direction = ? limit 1", (event_id, direction)):
        return None
    rows = store.rows(
        "select distinct d.channel from deliveries d join alerts a on a.id = d.alert_id"
        " where a.event_id = ? and a.direction = ?",
        (event_id, direction),
    )
    return {row["channel"] for row in rows}


def due_deliveries(store: Store, channel: str, now: datetime, limit: int) -> list[Row]:
    """Pending deliveries of a channel whose time has come, oldest alert first, with their alert's payload."""
    return store.rows(
        "select d.id, d.alert_id, d.attempts, d.accepted, a.payload, a.at from deliveries d"
        " join alerts a on a.id = d.alert_id"
        " where d.channel = ? and d.state = 'pending' and d.next_at <= ? order by a.at, d.id limit ?",
        (channel, to_text(now), limit),
    )


def record_attempt(
    store: Store,
    delivery_id: int,
    now: datetime,
    *,
    outcome: str,
    detail: str,
    accepted: tuple[str, ...],
    state: str,
    next_at: datetime,
    duration_ms: int,
) -> None:
    """Keep an attempt and the delivery's new state, in one transaction."""
    with store.write():
        store.run(
            "insert into attempts (delivery_id, at, outcome, detail, duration_ms) values (?, ?, ?, ?, ?)",
            (delivery_id, to_text(now), outcome, detail, duration_ms),
        )
        store.run(
            "update deliveries set state = ?, attempts = attempts + 1, next_at = ?, error = ?, accepted = ?,"
            " sent_at = case when ? = 'sent' then ? else sent_at end where id = ?",
            (
                state,
                to_text(next_at),
                "" if outcome == "sent" else detail,
                json.dumps(accepted),
                state,
                to_text(now),
                delivery_id,
            ),
        )


def resend(store: Store, alert_id: str, now: datetime) -> int:
    """Make every unsent delivery of an alert due now; where all were sent, send all again. Returns how many."""
    with store.write():
        unsent = store.rows("select id from deliveries where alert_id = ? and state != 'sent'", (alert_id,))
        chosen = unsent or store.rows("select id from deliveries where alert_id = ?", (alert_id,))
        for row in chosen:
            store.run(
                "update deliveries set state = 'pending', next_at = ?, accepted = iif(state = 'sent', '[]', accepted)"
                " where id = ?",
                (to_text(now), row["id"]),
            )
    return len(chosen)
