"""A result becomes the history of a monitor: stories, readings and events go in, and nothing is told of them.

Beside a running daemon this is one more writer that keeps its transactions short. Stories come in without an event
first, which no stream counts; then, in one transaction, all get their events, and what the streams make of them is noted
as told, to nobody. So no moment exists at which the daemon sees half a history. Doing it again changes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from ..clock import to_text, utcnow
from ..config import DEFAULT_MODEL, bare_settings
from ..events.records import named
from ..feeds.records import Entry
from ..store import stories as shelf
from ..store.connect import Store, open_store
from ..store.polls import add_story
from ..stories.identity import Identified, Verdict, keys_of
from ..streams import Streams
from ..watchlists import Watchlist
from ..yamlfile import FileError, FileErrors
from .results import Kept, Results

# Why a story of an archive raises no alert.
QUIET = "from an archive"
# The id of the feed that such stories are noted under.
FEED = "archive"
# Stories written in one transaction: short enough to hold up nobody.
BATCH = 100


def run_into(results: Results, watchlists: Sequence[Watchlist], database: Path, *, as_json: bool) -> int:
    """Bring a result into a database and say what came of it; 0."""
    results.refuse_other(watchlists)
    if not database.parent.is_dir():
        mend = "Name the database that `state:` in monitor.yaml names"
        raise FileErrors([FileError(str(database), "its folder does not exist", mend)])
    with open_store(database, lock=False) as store:
        taken, known, turns = into(results, watchlists, store, utcnow)
    if as_json:
        print(json.dumps({"taken": taken, "known": known, "turns": turns}))
    else:
        print(
            f"{database}: {taken:,} stories taken in silently, {known:,} known before; {turns} turns of the past noted"
        )
    sys.stdout.flush()
    return 0


def into(
    results: Results, watchlists: Sequence[Watchlist], store: Store, clock: Callable[[], datetime]
) -> tuple[int, int, int]:
    """Returns how many stories were taken in, how many were known, and how many turns of the past were noted."""
    total = taken = 0
    for batch in _batches(results.stories()):
        with store.write():
            taken += sum(_take(store, kept) for kept in batch)
        total += len(batch)
    if not _without_event(store):
        return taken, total - taken, 0
    _prepare_events(results, store)
    with store.write():
        store.run(
            "update stories set event_id = e.id, merge_reason = a.reason, copy_of ="
            " (select min(k.story_id) from seen k where k.key = 'a' || a.copy_of)"
            " from temp.archived a join events e on e.key = a.event where stories.id = a.story_id"
        )
        turns = _note_turns(watchlists, store, clock)
        # a story to be read again makes a running daemon derive its streams anew
        store.run("update stories set stage = ? where id = (select max(story_id) from temp.archived)", (shelf.AGAIN,))
    store.run("drop table temp.archived")
    return taken, total - taken, turns


def _note_turns(watchlists: Sequence[Watchlist], store: Store, clock: Callable[[], datetime]) -> int:
    """Let the streams look at their new history with nobody to tell: whatever it shows is told from now on."""
    settings = bare_settings(watchlists, store.path, DEFAULT_MODEL)
    streams = Streams(settings, store, clock)
    before = _notices(store)
    streams.take(watchlists, [row["story_id"] for row in store.rows("select story_id from temp.archived")])
    return _notices(store) - before


def _notices(store: Store) -> int:
    row = store.row("select count(*) as n from shifts")
    return int(row["n"]) if row else 0


def _batches(stories: Iterator[Kept]) -> Iterator[list[Kept]]:
    while batch := list(islice(stories, BATCH)):
        yield batch


def archive_key(story: str) -> str:
    """The identity key of an archived story, beside those of its link, title and content."""
    return f"a{story}"


def _take(store: Store, kept: Kept) -> bool:
    """Keep a story, its mentions and readings; False where the monitor knows it, from an archive or a feed."""
    story = kept.story
    entry = Entry(story.url or None, story.url or None, story.title, story.summary, story.body, published=story.date)
    keys = keys_of(story.outlet, [entry])[0]
    marks = (archive_key(kept.id), keys.content)
    if store.row("select 1 from seen where key in (?, ?)", marks):
        return False
    if keys.url and store.row("select 1 from seen where key = ?", (keys.url,)):
        keys = replace(keys, url=None)  # a page under many headlines names none of them
    item = Identified(entry, replace(keys, guid=None), Verdict.BASELINE, QUIET)
    story_id = add_story(
        store,
        item,
        feed_id=FEED,
        owner=story.outlet,
        lang=story.lang,
        published=story.date,
        now=story.date,
        quiet=QUIET,
    )
    store.run("insert into seen values (?, ?)", (archive_key(kept.id), story_id))
    store.run("update stories set stage = 'done' where id = ?", (story_id,))
    shelf.save_mentions(store, story_id, kept.mentions)
    grades = named(kept.mentions).watchlists
    readings = [("", kept.reading.story)]
    readings += [(grades[name], reading) for name, reading in kept.reading.by_watchlist.items()]
    shelf.save_readings(store, story_id, readings)
    return True


def _without_event(store: Store) -> bool:
    """Whether there are archived stories that no stream counts yet."""
    sql = "select 1 from stories where feed_id = ? and event_id is null and quiet = ? limit 1"
    return store.row(sql, (FEED, QUIET)) is not None


def _prepare_events(results: Results, store: Store) -> None:
    """The events, and beside them (in a table of this connection) which archived story belongs to which."""
    store.run("drop table if exists temp.archived")
    store.run(
        "create temp table archived (story text primary key, story_id integer, event text, copy_of text, reason text)"
    )
    for batch in _batches(results.stories()):
        rows = []
        with store.write():
            for kept in batch:
                found = store.row(
                    "select s.id from seen k join stories s on s.id = k.story_id"
                    " where k.key = ? and s.event_id is null and s.quiet = ?",
                    (archive_key(kept.id), QUIET),
                )
                if found is None:
                    continue
                key = f"archive:{kept.event}"
                event = shelf.event_by_key(store, key, kept.story.date, kept.story.title)
                moment = to_text(kept.story.date)
                store.run("update events set last_at = max(last_at, ?) where id = ?", (moment, event))
                rows.append((kept.id, found["id"], key, kept.copy_of, kept.reason))
        store.run_many("insert into temp.archived values (?, ?, ?, ?, ?)", rows)
