"""Keeps what `monitor status` shows of the configuration, and a row for every feed it names."""

from __future__ import annotations

import json
from datetime import datetime

from .. import __version__
from ..clock import to_text
from ..config import Settings
from .connect import Store


def register(store: Store, settings: Settings, now: datetime) -> None:
    """Note the configuration in use; new feeds are due now, feeds no longer named are forgotten (not their stories)."""
    watchlists = [
        {"id": watchlist.id, "state": "usual", "since": None, "evidence_days": None}
        for watchlist in settings.watchlists
    ]
    with store.write():
        store.note("watchlists", json.dumps(watchlists))
        store.note("model", settings.model)
        store.note("version", __version__)
        for feed in settings.feeds:
            store.run(
                "insert into feeds (id, url, next_poll_at) values (?, ?, ?)"
                " on conflict (id) do update set url = excluded.url,"
                " next_poll_at = iif(url = excluded.url, next_poll_at, excluded.next_poll_at)",
                (feed.id, feed.url, to_text(now)),
            )
        named = {feed.id for feed in settings.feeds}
        for row in store.rows("select id from feeds"):
            if row["id"] not in named:
                store.run("delete from feeds where id = ?", (row["id"],))
