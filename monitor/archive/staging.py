"""What has been read so far, on disk: a part for each chunk, written whole or not at all, so that nothing counts twice.

RESULTS/staged/manifest.json                      what is read, by what, cut how
RESULTS/staged/parts/month=2023-10/CHUNK.parquet  the stories that a chunk gave, by month
RESULTS/staged/done/CHUNK.json                    a chunk is done, and its tally; written last
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..yamlfile import FileError, FileErrors
from .records import BadRow, Done, Tally
from .rows import mention_rows, month_of, reading_rows, story_row
from .stamp import Stamp, refuse_mixed

# A folder that holds other things than ours is never written into.
_OURS = frozenset(("staged", "stories", "mentions", "readings", "events", "results.json"))


class Staging:
    """The staged parts of one result. One process writes them."""

    def __init__(self, results: Path) -> None:
        self.folder = results / "staged"
        self.parts = self.folder / "parts"
        self._done = self.folder / "done"
        self._manifest = self.folder / "manifest.json"

    def begin(self, stamp: Stamp, chunk_mb: float, columns: str | None) -> float:
        """Start, or go on where an earlier run ended; returns the size of chunks to use (the earlier run's).

        Raises FileErrors where the folder is not ours, or was begun with other versions or another column map.
        """
        results = self.folder.parent
        if results.exists() and not results.is_dir():
            raise FileErrors([FileError(str(results), "a file, not a folder", "Name another folder with --out")])
        strange = sorted({path.name for path in results.iterdir()} - _OURS) if results.is_dir() else []
        if strange:
            problem = f"holds other things than results ({', '.join(strange[:3])})"
            raise FileErrors([FileError(str(results), problem, "Name another folder with --out")])
        if self._manifest.is_file():
            known = json.loads(self._manifest.read_text(encoding="utf-8"))
            mend = "Read all of it anew into another folder (--out), or delete this one"
            refuse_mixed(known["stamp"], stamp, str(results), mend)
            if known["columns"] != columns:
                problem = f"begun with --columns {known['columns']!r}"
                raise FileErrors([FileError(str(results), problem, mend)])
            return float(known["chunk_mb"])
        self.parts.mkdir(parents=True, exist_ok=True)
        self._done.mkdir(exist_ok=True)
        manifest = {"stamp": stamp, "chunk_mb": chunk_mb, "columns": columns}
        write_whole(self._manifest, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        return chunk_mb

    def done(self) -> set[str]:
        """The names of the chunks that need no reading any more."""
        return {path.stem for path in self._done.glob("*.json")}

    def tally(self) -> Tally:
        """What became of all rows so far."""
        total = Tally()
        for name in sorted(self.done()):
            total.add(self.tally_of(name))
        return total

    def tally_of(self, name: str) -> Tally:
        """What became of the rows of one chunk."""
        plain = json.loads((self._done / f"{name}.json").read_text(encoding="utf-8"))
        return Tally(**{**plain, "first_bad": [BadRow(**bad) for bad in plain["first_bad"]]})

    def keep(self, done: Done) -> None:
        """Keep what a chunk gave. A chunk kept before is left as it is."""
        if (self._done / f"{done.name}.json").exists():
            return
        by_month: dict[str, list[dict[str, Any]]] = {}
        for found in done.found:
            row = {
                **story_row(found.story),
                "mentions": json.dumps(mention_rows(found.mentions), ensure_ascii=False),
                "readings": json.dumps(reading_rows(found), ensure_ascii=False),
            }
            by_month.setdefault(month_of(found.story.date), []).append(row)
        for month, rows in sorted(by_month.items()):
            folder = self.parts / f"month={month}"
            folder.mkdir(exist_ok=True)
            write_whole(folder / f"{done.name}.parquet", _parquet(rows))
        write_whole(self._done / f"{done.name}.json", json.dumps(asdict(done.tally), ensure_ascii=False).encode())

    def months(self) -> Iterator[tuple[str, list[Path]]]:
        """Each month with the parts that finished chunks left in it; what an unfinished one left is passed over."""
        finished = self.done()
        for folder in sorted(self.parts.glob("month=*")):
            files = sorted(path for path in folder.glob("*.parquet") if path.stem in finished)
            if files:
                yield folder.name.removeprefix("month="), files


def _parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema()), sink, compression="zstd")
    return sink.getvalue()


def _schema() -> Any:
    import pyarrow as pa

    texts = ("content", "outlet", "title", "summary", "body", "url", "lang", "src", "mentions", "readings")
    return pa.schema([("id", pa.string()), ("date", pa.timestamp("s")), *((name, pa.string()) for name in texts)])


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: under another name first, on the disk before it takes its own."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
