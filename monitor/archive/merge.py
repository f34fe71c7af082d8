"""Staged parts -> the result: sorted by time, what says the same made one, grouped into events, written by month.

    RESULTS/stories|mentions|readings|events/month=2023-10/part.parquet
    RESULTS/results.json                     written last: the result is whole

Sorting is DuckDB's, on disk where memory does not suffice; grouping goes through the months one after the other, and
begins each with the last days of the month before, so that a merge that was killed goes on at the month it was at.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..events.index import LONGEST_EVENT, WINDOW_DAYS, EventIndex
from ..events.records import GroupStory, named
from .records import ArchivedStory
from .rows import mention_from, story_from, story_reading
from .staging import Staging, write_whole
from .stamp import Stamp, to_line

TABLES = ("stories", "mentions", "readings", "events")
# A repetition is one story with the first if it is dated within this time of the last one.
SAME_WITHIN = timedelta(days=35)
# Of the month before, grouping needs to know the stories of this many days.
_LEAD = LONGEST_EVENT + timedelta(days=WINDOW_DAYS)
# What sorting may hold in memory; rows written in one go.
SORT_MEMORY = "512MB"
ROWS = 5_000


def merge(
    results: Path,
    staging: Staging,
    stamp: Stamp,
    told: Callable[[str], None] = lambda line: None,
    damaged: Sequence[str] = (),
) -> None:
    """Write the result of what is staged; `damaged` says which archives are not in it whole.

    Where the last merge had the same chunks, months it has finished are kept.
    """
    chunks = sorted(staging.done())
    marker = staging.folder / "merging.json"
    (results / "results.json").unlink(missing_ok=True)
    if not marker.is_file() or json.loads(marker.read_text(encoding="utf-8")) != chunks:
        marker.unlink(missing_ok=True)
        for name in TABLES:
            shutil.rmtree(results / name, ignore_errors=True)
        write_whole(marker, json.dumps(chunks).encode())
    before: str | None = None
    for month, parts in staging.months():
        if not (results / "stories" / f"month={month}" / "part.parquet").is_file():
            told(f"grouping {month}")
            _month(results, month, before, parts, stamp)
        before = month
    _events(results, stamp)
    write_whole(results / "results.json", _summary(results, staging, stamp, damaged))


def _summary(results: Path, staging: Staging, stamp: Stamp, damaged: Sequence[str]) -> bytes:
    import pyarrow.parquet as pq

    counts = {
        name: sum(pq.read_metadata(path).num_rows for path in (results / name).glob("month=*/part.parquet"))
        for name in TABLES
    }
    tally = staging.tally()
    seconds = {step: round(spent, 3) for step, spent in tally.seconds.items()}
    bad = [str(each) for each in tally.first_bad]
    plain = {
        "stamp": stamp,
        **counts,
        "rows": {"read": tally.rows, "bad": tally.bad, "spared": tally.spared, "matched": tally.matched},
        "seconds": seconds,
        "first_bad": bad,
        "damaged": list(damaged),
    }
    return json.dumps(plain, ensure_ascii=False, indent=1).encode()


def _month(results: Path, month: str, before: str | None, parts: Sequence[Path], stamp: Stamp) -> None:
    index = EventIndex()
    last: dict[str, tuple[datetime, str]] = {}  # what a story says -> when it was said last, and by which story first
    _recall(results, month, before, index, last)
    writers = {name: _Writer(results / name / f"month={month}", name, stamp) for name in TABLES[:3]}
    for row in _sorted(parts, results / "staged"):
        story = story_from(row)
        said = last.get(row["content"])
        if said and story.date - said[0] <= SAME_WITHIN:
            last[row["content"]] = (story.date, said[1])
            continue
        last[row["content"]] = (story.date, row["id"])
        mentions, readings = json.loads(row["mentions"]), json.loads(row["readings"])
        decision = index.add(group_story(row["id"], story, mentions, readings))
        writers["stories"].add(
            {
                **{name: row[name] for name in row if name not in ("mentions", "readings")},
                "event": decision.event,
                "copy_of": decision.matched if decision.copy else None,
                "reason": "the first report" if decision.new else decision.reason,
            }
        )
        for name, rows in (("mentions", mentions), ("readings", readings)):
            for each in rows:
                writers[name].add({"story": row["id"], "date": row["date"], "event": decision.event, **each})
    # the stories are written last: where they are, the month is finished
    for name in reversed(TABLES[:3]):
        writers[name].close()


def group_story(
    name: str, story: ArchivedStory, mentions: Sequence[Mapping[str, Any]], readings: Sequence[Mapping[str, Any]]
) -> GroupStory:
    """A found story as the grouping room sees it."""
    reading, words = story_reading(readings), named(mention_from(each) for each in mentions)
    return GroupStory(
        id=name,
        time=story.date,
        owner=story.outlet,
        lang=story.lang,
        title=story.title,
        summary=story.summary,
        body=story.body,
        direction=reading.story.direction,
        directions={key: each.direction for key, each in reading.by_watchlist.items()},
        watchlists=words.watchlists,
        lead=words.lead,
        mentions=words.mentions,
    )


def _recall(
    results: Path, month: str, before: str | None, index: EventIndex, last: dict[str, tuple[datetime, str]]
) -> None:
    """What the month needs of the one before it: its last events, and what was said in it."""
    if before is None:
        return
    start = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    folders = {name: results / name / f"month={before}" / "part.parquet" for name in TABLES[:3]}
    with _duck(results / "staged") as duck:
        said = "select content, max(date), arg_min(id, date) from read_parquet(?) where date >= ? group by content"
        naive = (start - SAME_WITHIN).replace(tzinfo=None)
        for content, date, story in duck.execute(said, [str(folders["stories"]), naive]).fetchall():
            last[content] = (date.replace(tzinfo=UTC), story)
        lead = (start - _LEAD).replace(tzinfo=None)
        query = "select * from read_parquet(?) where date >= ? order by {}"
        rows = {
            name: _dicts(duck.execute(query.format("date, id" if name == "stories" else "date, story"), [str(f), lead]))
            for name, f in folders.items()
        }
    by_story: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name in ("mentions", "readings"):
        for row in rows[name]:
            by_story.setdefault(row["story"], {"mentions": [], "readings": []})[name].append(row)
    for row in rows["stories"]:
        own = by_story[row["id"]]
        grouped = group_story(row["id"], story_from(row), own["mentions"], own["readings"])
        index.join(grouped, row["event"], row["copy_of"])


def _sorted(parts: Sequence[Path], scratch: Path) -> Iterator[dict[str, Any]]:
    with _duck(scratch) as duck:
        duck.execute("select * from read_parquet(?) order by date, id", [[str(part) for part in parts]])
        seen: str | None = None
        while rows := duck.fetchmany(ROWS):
            names = [column[0] for column in duck.description]
            for values in rows:
                row = dict(zip(names, values, strict=True))
                if row["id"] != seen:  # the same row in two archives
                    yield row
                seen = row["id"]


def _duck(scratch: Path) -> Any:
    """A DuckDB of our own that spills to `scratch` and leaves the cores to others; closes at the end of a `with`."""
    import duckdb

    folder = scratch / "sort"
    duck = duckdb.connect(config={"memory_limit": SORT_MEMORY, "threads": 1, "temp_directory": str(folder)})
    duck.execute("set preserve_insertion_order = true")
    return duck


def _dicts(found: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in found.description]
    return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


_EVENTS = """
select s.event, min(s.date) as date, max(s.date) as last, count(*) as stories,
       count(distinct s.outlet) filter (s.copy_of is null) as sources,
       coalesce(arg_min(r.direction, (s.date, s.id)) filter (r.direction != 'none'), 'none') as direction,
       arg_min(s.title, (s.date, s.id)) as title
from read_parquet($stories) s join read_parquet($readings) r on r.story = s.id and r.watchlist = ''
group by s.event having min(s.date) >= $start and min(s.date) < $end order by min(s.date), s.event
"""


def _events(results: Path, stamp: Stamp) -> None:
    """The events that began in each month; one may go on for some days into the next."""
    months = sorted(path.name.removeprefix("month=") for path in (results / "stories").glob("month=*"))
    for place, month in enumerate(months):
        folder = results / "events" / f"month={month}"
        if (folder / "part.parquet").is_file():
            continue
        near = months[max(place - 1, 0) : place + 2]
        start = datetime(int(month[:4]), int(month[5:]), 1)  # noqa: DTZ001 - the tables hold UTC without saying so
        values = {
            name: [str(results / name / f"month={each}" / "part.parquet") for each in near]
            for name in ("stories", "readings")
        }
        writer = _Writer(folder, "events", stamp)
        with _duck(results / "staged") as duck:
            found = duck.execute(_EVENTS, {**values, "start": start, "end": _next_month(start)})
            names = [column[0] for column in found.description]
            while rows := found.fetchmany(ROWS):
                for row in rows:
                    writer.add(dict(zip(names, row, strict=True)))
        writer.close()


def _next_month(start: datetime) -> datetime:
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1)


class _Writer:
    """One file of a table, written in groups of rows, that takes its name when it is whole."""

    def __init__(self, folder: Path, table: str, stamp: Stamp) -> None:
        import pyarrow.parquet as pq

        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "part.parquet"
        self._partial = folder / ".part.parquet.partial"
        self._schema = schema(table).with_metadata({"monitor.stamp": to_line(stamp)})
        self._file = pq.ParquetWriter(self._partial, self._schema, compression="zstd")
        self._rows: list[Mapping[str, Any]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        self._file.write_table(pa.Table.from_pylist(list(self._rows), schema=self._schema))
        self._rows.clear()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._file.close()
        self._partial.replace(self._path)


def schema(table: str) -> Any:
    """The columns of a table of the result. `date` is UTC."""
    import pyarrow as pa

    text, number, moment = pa.string(), pa.int32(), pa.timestamp("s")
    of_story = [("story", text), ("date", moment), ("event", text), ("watchlist", text), ("grade", text)]
    columns = {
        "stories": [
            *[("id", text), ("date", moment)],
            *[(name, text) for name in ("content", "outlet", "title", "summary", "body", "url", "lang", "src")],
            *[("event", text), ("copy_of", text), ("reason", text)],
        ],
        "mentions": [
            *of_story,
            *[("part", text), ("start", number), ("end", number), ("text", text), ("term", text), ("rule", text)],
        ],
        "readings": [
            *of_story,
            *[("direction", text), ("strength", number), ("confidence", pa.float64()), ("role", text)],
            *[("evidence", text), ("evidence_part", text), ("evidence_start", number)],
            *[(name, text) for name in ("also", "trace", "background", "gloss")],
            ("read", pa.bool_()),
        ],
        "events": [
            *[("event", text), ("date", moment), ("last", moment), ("stories", number), ("sources", number)],
            *[("direction", text), ("title", text)],
        ],
    }
    return pa.schema(columns[table])
