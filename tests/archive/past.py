"""A little past for the archive's tests, in every form an archive may have; and an engine that reads it right here."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.archive.backfill import Request, backfill
from monitor.archive.records import Chunk, Done
from monitor.archive.results import open_results
from monitor.archive.show import Show
from monitor.archive.worker import Setup, read_chunk
from monitor.config import DEFAULT_MODEL
from monitor.shipped import watchlists_dir
from monitor.watchlists import Watchlist, read_watchlists

# The size of chunks, in MB, that cuts the past into some ten.
CUT = 0.004

_TOLD = (
    ("Kataib Hezbollah vows to resume attacks on US forces in Iraq", "The Iraqi faction ended its truce on Monday."),
    ("Kata'ib Hezbollah suspends attacks on American troops", "The Iraqi armed faction said it would halt operations."),
    ("Qaani urges Iraqi factions to stop rocket fire", "The Quds Force commander Esmail Qaani met leaders in Baghdad."),
    ("Iraq's Coordination Framework names a new candidate", "The Shiite alliance met in Baghdad after weeks of talks."),
)
_OTHER = (
    ("House prices rise, again", "A view of homes in Sydney, “the city”; prices rose 3%."),
    ("Cup final: the striker's late goal", 'He said: "we ran, and ran", and the crowd roared.'),
    ("Rain in the north of the country", "Roads are closed. Read more"),
)


def watchlists() -> list[Watchlist]:
    """The shipped ones."""
    return read_watchlists(watchlists_dir())


def rows(days: int = 70, *, start: int = 0) -> list[dict[str, str]]:
    """Three rows a day over some months from September 2023, one of nine about somebody watched."""
    found = []
    for day in range(start, start + days):
        date = datetime(2023, 9, 1, tzinfo=UTC) + timedelta(days=day)
        for place in range(3):
            number = day * 3 + place
            title, summary = _TOLD[number // 9 % 4] if number % 9 == 0 else _OTHER[number % len(_OTHER)]
            found.append(
                {
                    "date": f"{date:%Y-%m-%d}T{6 + place:02d}:00:00Z",
                    "outlet": f"paper{number % 5}",
                    "title": title,
                    "summary": f"{summary} Report {number}, line one.",
                    "url": f"https://paper{number % 5}.example/{number}",
                    "lang": "en",
                }
            )
    return found


def write_jsonl(path: Path, items: Sequence[dict[str, str]]) -> Path:
    """The rows as JSON lines, packed where the name says so."""
    text = "".join(json.dumps(item) + "\n" for item in items).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return path


def write_csv(path: Path, items: Sequence[dict[str, str]]) -> Path:
    """The rows as CSV with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(items[0]))
    writer.writeheader()
    writer.writerows(items)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def write_parquet(path: Path, items: Sequence[dict[str, str]]) -> Path:
    """The rows as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(items)), path, row_group_size=40)
    return path


class Here:
    """Reads chunks in this process; `dies_after` so many it is killed, so to say. `names` are those it was given."""

    workers = 1

    def __init__(self, setup: Setup, dies_after: int | None = None) -> None:
        self._setup = setup
        self._left = dies_after
        self.names: list[str] = []

    def map(self, chunks: Iterator[Chunk]) -> Iterator[Done]:
        for chunk in chunks:
            if self._left is not None and len(self.names) >= self._left:
                raise KeyboardInterrupt
            self.names.append(chunk.name)
            yield read_chunk(chunk, self._setup)


def read_here(
    archives: Sequence[Path], out: Path, *, lists: Sequence[Watchlist] | None = None, **more: Any
) -> dict[str, list[dict[str, Any]]]:
    """A backfill in this process; returns the tables of its result."""
    dies_after = more.pop("dies_after", None)
    engines: list[Here] = more.pop("engines", [])

    def engine(setup: Setup) -> Here:
        engines.append(Here(setup, dies_after))
        return engines[-1]

    request = Request(tuple(archives), tuple(lists or watchlists()), DEFAULT_MODEL, out, **more)
    backfill(request, Show(quiet=True), engine)
    return tables(out)


def tables(out: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of a result, sorted."""
    import pyarrow.parquet as pq

    open_results([out])
    found: dict[str, list[dict[str, Any]]] = {}
    for name in ("stories", "mentions", "readings", "events"):
        files = sorted((out / name).glob("month=*/part.parquet"))
        read = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
        found[name] = sorted(
            ({key: round(v, 3) if isinstance(v, float) else v for key, v in row.items()} for row in read), key=repr
        )
    return found
