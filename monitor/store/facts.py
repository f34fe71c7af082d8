"""Queries behind `monitor status` and `monitor alerts`: plain facts, as the contracts name them."""

from __future__ import annotations

import json
from typing import Any

from ..clock import utcnow
from .articles import article_counts
from .connect import Row, Store
from .labels import agreement


def status_facts(store: Store, version: str) -> dict[str, Any]:
    """What `monitor status --json` prints."""
    feeds = store.rows("select id, state, last_ok_at, next_poll_at, errors, reason from feeds order by id")
    counts = {"pending": 0, "sent": 0, "dead": 0}
    for row in store.rows("select state, count(*) as n from deliveries group by state"):
        # What is held back waits too; what was folded into a summary is counted with the summary.
        state = "pending" if row["state"] == "held" else row["state"]
        if state in counts:
            counts[state] += row["n"]
    backlog = store.row("select count(*) as n from stories where stage != 'done'")
    return {
        "feeds": [
            {
                "id": row["id"],
                "state": row["state"],
                "last_ok": row["last_ok_at"],
                "next_poll_at": row["next_poll_at"],
                "errors": row["errors"],
                "reason": row["reason"],
            }
            for row in feeds
        ],
        "deliveries": counts,
        "watchlists": _watchlists(store),
        "backlog": backlog["n"] if backlog else 0,
        "labels": agreement(store),
        "articles": article_counts(store, utcnow()),
        "model": store.noted("model"),
        "last_tick": store.noted("last_tick"),
        "config_fault": store.noted("config_fault") or "",
        "version": version,
    }


def _watchlists(store: Store) -> list[dict[str, Any]]:
    return list(json.loads(store.noted("watchlists") or "[]"))


def failing_deliveries(store: Store) -> list[Row]:
    """The last error of each channel that has unsent deliveries with a failed attempt."""
    return store.rows(
        "select channel, state, count(*) as n, max(error) as error from deliveries"
        " where state = 'dead' or (state = 'pending' and attempts > 0) group by channel, state order by channel"
    )


def alerts_page(store: Store, *, failed: bool, limit: int) -> list[dict[str, Any]]:
    """Alerts, newest first, each with its deliveries."""
    condition = (
        "where exists (select 1 from deliveries d where d.alert_id = a.id"
        " and (d.state = 'dead' or (d.state = 'pending' and d.attempts > 0)))"
        if failed
        else ""
    )
    rows = store.rows(
        f"select a.id, a.kind, a.watchlist, a.event_id, a.direction, a.strength, a.at, a.title from alerts a {condition}"
        " order by a.at desc, a.rowid desc limit ?",
        (limit,),
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    for alert in found:
        deliveries = store.rows(
            "select channel, route, state, why, attempts, next_at, sent_at, error from deliveries"
            " where alert_id = ? order by id",
            (alert["id"],),
        )
        alert["deliveries"] = [dict(delivery) for delivery in deliveries]
    return found
