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
# A feed left out of the configuration is met as the one it was for this long, then as a new one.
REMEMBERED = timedelta(days=7)
# Why a delivery to a channel that was taken out of the configuration is not sent.
CHANNEL_LOST = "the channel is no longer configured"


def register(store: Store, settings: Settings, now: datetime) -> None:
    """Note the configuration in use; new feeds are due now, feeds no longer named are asked no more.

    Where what a watchlist finds has changed, the past is matched and read again, silently, and its stream derived anew.
    """
    with store.write():
        _note_watchlists(store, settings, now)
        store.note("model", settings.model)
        store.note("version", __version__)
        _note_feeds(store, settings, now)
        _note_channels(store, settings)


def _note_feeds(store: Store, settings: Settings, now: datetime) -> None:
    named = {feed.id for feed in settings.feeds}
    columns = ", ".join(row["name"] for row in store.rows("select name from pragma_table_info('feeds')"))
    for row in store.rows("select id from feeds"):
        if row["id"] not in named:
            store.run("delete from retired_feeds where id = ?", (row["id"],))
            store.run(
                f"insert into retired_feeds ({columns}, retired_at) select {columns}, ? from feeds where id = ?",
                (to_text(now), row["id"]),
            )
            store.run("delete from feeds where id = ?", (row["id"],))
            log.info("feed-removed feed=%s", row["id"])
    store.run("delete from retired_feeds where retired_at < ?", (to_text(now - REMEMBERED),))
    for feed in settings.feeds:
        store.run(
            f"insert or ignore into feeds ({columns}) select {columns} from retired_feeds where id = ?", (feed.id,)
        )
        store.run("delete from retired_feeds where id = ?", (feed.id,))
        # What the old address answered (validators, a permanent redirect) says nothing about a new one.
        store.run(
            "insert into feeds (id, url, next_poll_at) values (?, ?, ?)"
            " on conflict (id) do update set url = excluded.url, next_poll_at = excluded.next_poll_at,"
            " fetch_state = '{}', pace_state = '{}', errors = 0 where url != excluded.url",
            (feed.id, feed.url, to_text(now)),
        )


def _note_channels(store: Store, settings: Settings) -> None:
    """What waits for a channel that is no longer configured is shown as failed, not forgotten; it goes out if that
    channel comes back."""
    known = json.dumps(list(settings.channels))
    store.run(
        "update deliveries set state = 'pending', error = '' where state = 'dead' and error = ?"
        " and channel in (select value from json_each(?))",
        (CHANNEL_LOST, known),
    )
    lost = store.rows(
        "select channel, count(*) as n from deliveries where state in ('pending', 'held')"
        " and channel not in (select value from json_each(?)) group by channel",
        (known,),
    )
    for row in lost:
        log.warning("channel-lost channel=%s deliveries=%d; see `monitor alerts --failed`", row["channel"], row["n"])
        store.run(
            "update deliveries set state = 'dead', error = ? where state in ('pending', 'held') and channel = ?",
            (CHANNEL_LOST, row["channel"]),
        )


def _note_watchlists(store: Store, settings: Settings, now: datetime) -> None:
    finds = {
        watchlist.id: watchlist.model_dump_json(include={"names", "people", "titles", "related", "not_", "languages"})
        for watchlist in settings.watchlists
    }
    noted = json.loads(store.noted("finds") or "{}")
    changed = sorted(name for name, what in finds.items() if noted.get(name) != what)
    if noted and changed:
        count = read_again(store, now - PAST)
        log.info(
            "watchlists-changed watchlists=%s stories=%d; they are matched and read again", ",".join(changed), count
        )
    store.note("finds", json.dumps(finds))
    shown = {each["id"]: each for each in json.loads(store.noted("watchlists") or "[]")}
    blank = {"state": "too sparse", "since": None, "evidence_days": 0.0}
    store.note(
        "watchlists",
        json.dumps([shown.get(watchlist.id, {"id": watchlist.id, **blank}) for watchlist in settings.watchlists]),
    )
