"""Keeps what `monitor status` shows of the configuration, and a row for every feed it names."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from .. import __version__
from ..clock import to_text
from ..config import Settings
from .connect import Store
from .stories import read_again

log = logging.getLogger("monitor.register")

# How much of the past is matched again when a watchlist is edited: what its stream is derived from.
PAST = timedelta(days=260)


def register(store: Store, settings: Settings, now: datetime) -> None:
    """Note the configuration in use; new feeds are due now, feeds no longer named are forgotten (not their stories).

    Where what a watchlist finds has changed, the past is matched and read again, silently, and its stream derived anew.
    """
    with store.write():
        _note_watchlists(store, settings, now)
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


def _note_watchlists(store: Store, settings: Settings, now: datetime) -> None:
    finds = {
        watchlist.id: watchlist.model_dump_json(include={"names", "people", "titles", "related", "not_", "languages"})
        for watchlist in settings.watchlists
    }
    noted = json.loads(store.noted("finds") or "{}")
    changed = sorted(name for name, what in finds.items() if noted.get(name) != what)
    if noted and changed:
        count = read_again(store, now - PAST)
        log.info("watchlists changed: %s; %d stories are matched and read again", ", ".join(changed), count)
    store.note("finds", json.dumps(finds))
    shown = {each["id"]: each for each in json.loads(store.noted("watchlists") or "[]")}
    blank = {"state": "too sparse", "since": None, "evidence_days": 0.0}
    store.note(
        "watchlists",
        json.dumps([shown.get(watchlist.id, {"id": watchlist.id, **blank}) for watchlist in settings.watchlists]),
    )
