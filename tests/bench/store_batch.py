"""Row 8: keeping and deduping 50 stories, against raw sqlite3 executemany of the same rows."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from monitor.clock import to_text
from monitor.feeds.records import Entry
from monitor.store import polls
from monitor.store.connect import Store, open_store
from monitor.stories.identity import Identified, identify

from . import corpus
from .measure import cpu_of, in_turn, ratio_of
from .record import Bench

BATCH = 50
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def batches(first: int, count: int) -> list[list[Entry]]:
    """`count` batches of 50 entries nobody has seen."""
    found = []
    for batch in range(first, first + count):
        entries = []
        for n in range(BATCH):
            title, summary = corpus.story(0, batch * BATCH + n)
            name = f"{batch}-{n}"
            link = f"https://paper.example/{name}"
            entries.append(Entry(name, link, f"{title} ({name})", summary, "", "Desk", NOW, lang="en"))
        found.append(entries)
    return found


def identified(entries: Sequence[Entry]) -> list[Identified]:
    """The entries with their keys: what the poll has in hand when it comes to the database."""
    return list(identify("paper", entries, (), NOW).items)


def keep(store: Store, items: Sequence[Identified]) -> int:
    """Look up which are known and keep the others, as a poll does; returns how many were new."""
    with store.write():
        known = polls.known_stories(store, [key for item in items for key in item.keys.names()])
        ours = {key for story in known for key in story.keys}
        fresh = [item for item in items if not ours.intersection(item.keys.names())]
        for item in fresh:
            polls.add_story(
                store, item, feed_id="paper", owner="paper.example", lang="en", published=item.entry.published, now=NOW,
                quiet=None,
            )  # fmt: skip
    return len(fresh)


def keep_raw(connection: sqlite3.Connection, items: Sequence[Identified]) -> int:
    """The same rows by hand: insert or ignore by a unique guid, and the keys."""
    rows = [
        (item.keys.guid, "paper", "paper.example", item.entry.link, "en", item.entry.title, item.entry.summary, "",
         "Desk", to_text(NOW), to_text(NOW))
        for item in items
    ]  # fmt: skip
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("insert or ignore into stories values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        keys = [(key, n) for n, item in enumerate(items) for key in (*item.keys.names(), item.keys.content)]
        connection.executemany("insert or ignore into seen values (?, ?)", keys)
    return len(rows)


_RAW = (
    "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
    "create table stories (id integer primary key, guid text unique, feed_id text, owner text, link text, lang text,"
    " title text, summary text, body text, author text, published text, first_seen text)",
    "create table seen (key text, story_id integer, primary key (key, story_id)) without rowid",
    "create index stories_by_time on stories (first_seen)", "create index seen_by_story on seen (story_id)",
)  # fmt: skip


def run(rounds: int, count: int) -> list[Bench]:
    """`count` batches a round on each side, half of each batch again in the next (to be refused)."""
    with tempfile.TemporaryDirectory() as name, open_store(Path(name) / "ours.db") as store:
        raw = sqlite3.connect(Path(name) / "raw.db", isolation_level=None)
        for line in _RAW:
            raw.execute(line)
        turn = {"ours": 0, "peer": 0}

        def next_items(side: str) -> list[list[Identified]]:
            found = [identified(entries) for entries in batches(turn[side], count)]
            turn[side] += count
            return found

        def ours() -> float:
            items = next_items("ours")
            return cpu_of(lambda: [keep(store, each) for each in items])

        def peer() -> float:
            items = next_items("peer")
            return cpu_of(lambda: [keep_raw(raw, each) for each in items])

        found = in_turn(rounds, ours=ours, peer=peer)
        again = keep(store, identified(batches(0, 1)[0]))
        stored = store.row("select count(*) as n from stories")
        assert stored is not None
        expected = rounds * count * BATCH
        raw.close()
    sound = stored["n"] == expected and again == 0
    return [
        Bench(
            "8",
            "store and dedupe 50 stories",
            "ms",
            median(found["ours"]) / count * 1000,
            median(found["peer"]) / count * 1000,
            "sqlite3 executemany of the same rows",
            ratio_of(found["ours"], found["peer"]),
            1 / 2,
            1 / 1.4,
            f"{stored['n']:,} of {expected:,} kept, {again} kept twice",
            sound,
        )
    ]
