"""`monitor replay`: an archive in order on a simulated clock, through the very steps of the daemon."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..clock import from_text, to_text
from ..config import DEFAULT_MODEL, bare_settings
from ..feeds.records import Entry
from ..pipeline import BATCH, Pipeline
from ..reading.records import MARKS
from ..store.connect import Store, open_store
from ..store.polls import add_story
from ..stories.identity import Identified, Verdict, keys_of
from ..stories.text import clean
from ..stories.text import title as clean_title
from ..watchlists import Watchlist
from ..yamlfile import FileError, FileErrors


@dataclass(frozen=True)
class ArchiveRow:
    """One archived story. `date` is UTC; a day without time counts from its end, when the story was surely out."""

    date: datetime
    outlet: str
    title: str
    summary: str
    url: str
    lang: str
    src: str


def read_archive(paths: Sequence[Path], leave_out: frozenset[str] = frozenset()) -> list[ArchiveRow]:
    """All rows of the archives, in order of time; FileErrors names file and line of a row that cannot be read.

    `leave_out`: rows whose `src` begins with one of these are left out.
    """
    rows = [row for path in paths for row in _rows(path) if row.src.split("/")[0] not in leave_out]
    return sorted(rows, key=lambda row: (row.date, row.url, row.title))


def _rows(path: Path) -> Iterator[ArchiveRow]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _row(path, number, line)
    except OSError as error:
        raise FileErrors(
            [FileError(str(path), error.strerror or str(error), "Name an archive: JSONL or JSONL.gz")]
        ) from None


def _row(path: Path, number: int, line: str) -> ArchiveRow:
    try:
        fields: dict[str, Any] = json.loads(line)
        text = str(fields["date"])
        date = datetime.fromisoformat(text)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        if len(text) == 10:
            date += timedelta(hours=23, minutes=59)
        return ArchiveRow(
            date=date.replace(microsecond=0),
            outlet=str(fields.get("outlet") or "unknown"),
            title=clean_title(str(fields["title"])),
            summary=clean(str(fields.get("summary") or "")),
            url=str(fields.get("url") or ""),
            lang=str(fields.get("lang") or "en"),
            src=str(fields.get("src") or ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        problem = f"cannot be read as an archived story ({type(error).__name__}: {error})"
        mend = "Each line is JSON with date (ISO 8601), outlet, title, summary, url, lang"
        raise FileErrors([FileError(str(path), problem, mend, number)]) from None


def replay(
    rows: Sequence[ArchiveRow],
    watchlists: Sequence[Watchlist],
    store: Store,
    *,
    model: str = DEFAULT_MODEL,
    readings: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """What the monitor would have told, in order, one object each as the contract of `monitor replay` has it.

    `readings`: a folder in which readings are kept for the next replay.
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
                _keep(store, row)
        while waiting := pipeline.next_batch():
            for alert in pipeline.settle(pipeline.read(waiting)):
                found = store.row("select payload from alerts where id = ?", (alert,))
                if found is not None:
                    yield as_line(json.loads(found["payload"]))


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


def _keep(store: Store, row: ArchiveRow) -> None:
    """Store an archived story once, as a poll would."""
    entry = Entry(guid=row.url or None, link=row.url or None, title=row.title, summary=row.summary, published=row.date)
    keys = keys_of(row.outlet, [entry])[0]
    names = [*keys.names(), keys.content]
    marks = ",".join("?" * len(names))
    # many archives hold one page under many headlines (a portal's day): the URL alone names nothing there
    if store.row(f"select 1 from seen where key in ({marks}) and key like 'c%'", names):
        return
    add_story(
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
    rows = read_archive(paths, frozenset(leave_out))
    started = time.monotonic()
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "replay.db") as store:
        for line in _with_progress(replay(rows, watchlists, store, model=model, readings=readings), store, len(rows)):
            counts[line["kind"]] = counts.get(line["kind"], 0) + 1
            print(json.dumps(line, ensure_ascii=False) if as_json else _shown(line), flush=True)
        kept = store.row("select count(distinct story_id) as n from mentions")
        about = kept["n"] if kept else 0
    if not as_json:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
        print(
            f"{len(rows)} stories, {about} about a watchlist; would have told: {told}; {time.monotonic() - started:.0f} s"
        )
    return 0


def _shown(line: dict[str, Any]) -> str:
    mark = MARKS[line["direction"]]
    moment = from_text(line["time"])
    return f"{to_text(moment)[:16].replace('T', ' ')} {mark} {line['kind']:<9} {line['watchlist']}: {line['title']}"


def _with_progress(lines: Iterable[dict[str, Any]], store: Store, total: int) -> Iterator[dict[str, Any]]:
    """On a terminal: how far the replay is, its rate and the time it still needs."""
    if not sys.stderr.isatty():
        yield from lines
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.speed:.0f}/s"), TimeRemainingColumn())
    from rich.console import Console

    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("stories", total=total)
        for line in lines:
            done = store.row("select count(*) as n from stories where stage = 'done'")
            progress.update(task, completed=done["n"] if done else 0)
            yield line
        progress.update(task, completed=total)
