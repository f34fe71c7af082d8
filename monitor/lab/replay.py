"""`monitor replay`: an archive in order on a simulated clock, through the very steps of the daemon."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ..archive.records import ArchivedStory
from ..archive.results import is_results, open_results
from ..archive.rowreader import read_rows
from ..config import DEFAULT_MODEL, bare_settings
from ..feeds.records import Entry
from ..headway import Headway
from ..layout import Item, ItemWriter, minute, on_terminal, print_columns, print_paragraph
from ..pipeline import BATCH, Pipeline
from ..reading.records import MARKS
from ..store.connect import Store, open_store
from ..store.polls import add_story
from ..stories.identity import Identified, Verdict, keys_of
from ..watchlists import Watchlist

ArchiveRow = ArchivedStory


def read_archive(paths: Sequence[Path], leave_out: frozenset[str] = frozenset()) -> list[ArchiveRow]:
    """All rows of the archives, in order of time; FileErrors names file and line of a row that cannot be read.

    `leave_out`: rows whose `src` begins with one of these are left out.
    """
    rows = [row for path in paths for row in read_rows(path) if row.src.split("/")[0] not in leave_out]
    return sorted(rows, key=lambda row: (row.date, row.url, row.title))


def replay(
    rows: Sequence[ArchiveRow],
    watchlists: Sequence[Watchlist],
    store: Store,
    *,
    model: str = DEFAULT_MODEL,
    readings: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[dict[str, Any]]:
    """What the monitor would have told, in order, one object each as the contract of `monitor replay` has it.

    `readings`: a folder in which readings are kept for the next replay. `progress` is told how many more rows are done.
    """
    settings = bare_settings(watchlists, store.path, model)
    now = [rows[0].date if rows else datetime.now(UTC)]
    reader = None
    if readings is not None:
        from .reading_cache import CachedReader

        reader = CachedReader(readings, model)
    pipeline = Pipeline(settings, store, lambda: now[0], reader=reader)
    for batch in _batches(rows):
        now[0] = batch[-1].date
        with store.write():
            for row in batch:
                keep(store, row)
        while waiting := pipeline.next_batch():
            for alert in pipeline.settle(pipeline.read(waiting)):
                # a note of more coverage goes to nobody by itself
                found = store.row("select payload from alerts where id = ? and kind != 'volume'", (alert,))
                if found is not None:
                    yield as_line(json.loads(found["payload"]))
        progress(len(batch))


def _batches(rows: Sequence[ArchiveRow]) -> Iterator[list[ArchiveRow]]:
    """Rows of one moment's reach together: at most an hour and at most a reading batch."""
    batch: list[ArchiveRow] = []
    for row in rows:
        if batch and (len(batch) >= BATCH or row.date - batch[0].date > timedelta(hours=1)):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def keep(store: Store, row: ArchiveRow) -> int | None:
    """Store an archived story once, as a poll would; its id, or None where it is known."""
    link = row.url or None
    entry = Entry(guid=link, link=link, title=row.title, summary=row.summary, body=row.body, published=row.date)
    keys = keys_of(row.outlet, [entry])[0]
    # many archives hold one page under many headlines (a portal's day): the URL alone names nothing there
    if store.row("select 1 from seen where key = ?", (keys.content,)):
        return None
    return add_story(
        store,
        Identified(entry, keys, Verdict.NEW, "archived"),
        feed_id="archive",
        owner=row.outlet,
        lang=row.lang,
        published=row.date,
        now=row.date,
        quiet=None,
    )


def as_line(payload: dict[str, Any]) -> dict[str, Any]:
    """One alert as `monitor replay --json` prints it."""
    evidence = payload.get("evidence")
    return {
        "time": payload["at"],
        "kind": payload["kind"],
        "watchlist": payload["watchlist"],
        "direction": payload["direction"],
        "title": payload["title"],
        "onset": payload.get("onset"),
        "event": payload.get("event_id"),
        "stories": len(payload.get("sources") or payload.get("stories") or ()),
        "evidence": evidence["text"] if evidence else payload.get("numbers"),
    }


def run_replay(
    paths: Sequence[Path],
    watchlists: Sequence[Watchlist],
    *,
    as_json: bool,
    model: str,
    leave_out: Sequence[str],
    readings: Path | None = None,
) -> int:
    """Replay and print; 0."""
    started = time.monotonic()
    counts: dict[str, int] = {}
    show = print_json if as_json else shown()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "replay.db") as store:
        if all(path.is_dir() and is_results(path) for path in paths):
            from .replay_results import replay_results

            results = open_results(paths)
            total = results.count
            headway = Headway("replaying", total, "stories")
            lines = replay_results(results, watchlists, store, headway.add)
        else:
            rows = read_archive(paths, frozenset(leave_out))
            total = len(rows)
            headway = Headway("replaying", total, "stories")
            lines = replay(rows, watchlists, store, model=model, readings=readings, progress=headway.add)
        with headway:
            for line in lines:
                counts[line["kind"]] = counts.get(line["kind"], 0) + 1
                headway.over(partial(show, line))
        kept = store.row("select count(distinct story_id) as n from mentions")
        about = kept["n"] if kept else 0
    if not as_json:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
        print_paragraph(
            f"{total} stories, {about} about a watchlist; would have told: {told}; {time.monotonic() - started:.0f} s",
            indent=0,
        )
    return 0


def print_json(line: dict[str, Any]) -> None:
    """One alert as a script reads it."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


def shown() -> Callable[[dict[str, Any]], None]:
    """What shows a person one alert after the other: a list on a terminal, columns in a pipe."""
    if on_terminal():
        writer = ItemWriter()
        return lambda line: writer.write(_item(line))
    print_columns(None, [["when", "kind", "which way", "watchlist", "title"]])
    return lambda line: print_columns(
        None, [[minute(line["time"]), line["kind"], MARKS[line["direction"]], line["watchlist"], line["title"]]]
    )


def _item(line: dict[str, Any]) -> Item:
    count = line["stories"]
    told = f"{count} {'story' if count == 1 else 'stories'}" if count else ""
    began = f"began about {minute(line['onset'])}" if line["onset"] else ""
    return Item(line["time"], line["direction"], line["title"], [line["kind"], line["watchlist"], told, began])
