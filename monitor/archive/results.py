"""Reading a result: whole, of one kind, story by story in order of time."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..reading.records import Mention, StoryReading
from ..watchlists import Watchlist
from ..yamlfile import FileError, FileErrors
from .extra import require
from .merge import TABLES
from .records import ArchivedStory
from .rows import mention_from, story_from, story_reading
from .stamp import Stamp, refuse_mixed, watchlists_version

# Stories held in memory at once when a result is read.
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """One story of a result with all that was found in it; `event` and `copy_of` are ids of stories."""

    id: str
    story: ArchivedStory
    mentions: list[Mention]
    reading: StoryReading
    event: str
    copy_of: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Results:
    """One or more results of one kind. `summary` is the first one's results.json."""

    folders: tuple[Path, ...]
    stamp: Stamp
    summary: dict[str, Any]

    @property
    def count(self) -> int:
        """How many stories there are."""
        import pyarrow.parquet as pq

        files = [each for folder in self.folders for each in (folder / "stories").glob("month=*/part.parquet")]
        return sum(pq.read_metadata(each).num_rows for each in files)

    def stories(self) -> Iterator[Kept]:
        """Every story in order of time; memory is bounded by a part of a month."""
        for month in sorted({path.name for folder in self.folders for path in (folder / "stories").glob("month=*")}):
            own = [_month(folder, month) for folder in self.folders if (folder / "stories" / month).is_dir()]
            yield from heapq.merge(*own, key=lambda kept: (kept.story.date, kept.id))

    def refuse_other(self, watchlists: Sequence[Watchlist]) -> None:
        """Raise FileErrors unless the watchlists of both are the same; either may have further ones, and their rules
        and routes may differ."""
        mend = "Give the watchlists it was made with (--watchlists), or run `monitor backfill` with these"
        ours = dict(each.split("@") for each in watchlists_version(watchlists).split())
        theirs = dict(each.split("@") for each in self.stamp["watchlists"].split())
        common = ours.keys() & theirs.keys()
        if not common:
            problem = f"made for {', '.join(theirs)}, none of which is among {', '.join(ours)}"
            raise FileErrors([FileError(str(self.folders[0]), problem, mend)])
        refuse_mixed({k: theirs[k] for k in common}, {k: ours[k] for k in common}, str(self.folders[0]), mend)


def is_results(path: Path) -> bool:
    """Whether a path is a folder that `monitor backfill` wrote, finished or not."""
    return (path / "results.json").is_file() or (path / "staged" / "manifest.json").is_file()


def open_results(paths: Sequence[Path]) -> Results:
    """The results in these folders, checked. Raises FileErrors where one is not finished, or of another kind."""
    require("pyarrow")
    stamp: Stamp | None = None
    first: dict[str, Any] = {}
    for path in paths:
        try:
            summary = json.loads((path / "results.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            mend = "Run the same `monitor backfill` again: it goes on where it ended"
            raise FileErrors([FileError(str(path), "not a finished result", mend)]) from None
        first = first or summary
        mend = "Read the archives anew with one version (`monitor backfill … --out NEW`); two kinds cannot be compared"
        stamp = stamp or summary["stamp"]
        refuse_mixed(summary["stamp"], stamp, str(path), mend)
        for file in sorted(each for table in TABLES for each in (path / table).glob("month=*/*.parquet")):
            refuse_mixed(_stamp_of(file), stamp, str(file), mend)
    assert stamp is not None
    return Results(tuple(paths), stamp, first)


def _stamp_of(file: Path) -> Stamp:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found: Stamp = json.loads((pq.read_schema(file).metadata or {}).get(b"monitor.stamp", b"{}"))
    except (pa.ArrowInvalid, OSError) as error:
        raise FileErrors([FileError(str(file), f"not sound Parquet ({error})", "Restore or make it anew")]) from None
    return found


def _month(folder: Path, month: str) -> Iterator[Kept]:
    """The stories of a month; all three tables are in the same order."""
    tables = [_Rows(folder / name / month / "part.parquet") for name in ("mentions", "readings")]
    for row in _Rows(folder / "stories" / month / "part.parquet"):
        mentions, readings = (table.of(row["id"]) for table in tables)
        yield Kept(
            row["id"],
            story_from(row),
            [mention_from(each) for each in mentions],
            story_reading(readings),
            row["event"],
            row["copy_of"],
            row["reason"],
        )


class _Rows:
    """The rows of a table, some thousand in memory at a time."""

    def __init__(self, file: Path) -> None:
        import pyarrow.parquet as pq

        self._batches = pq.ParquetFile(file).iter_batches(batch_size=_BATCH)
        self._rows: Iterator[dict[str, Any]] = (row for batch in self._batches for row in batch.to_pylist())
        self._next: dict[str, Any] | None = next(self._rows, None)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while self._next is not None:
            row, self._next = self._next, next(self._rows, None)
            yield row

    def of(self, story: str) -> list[dict[str, Any]]:
        """The rows of the next story, which must be `story`."""
        found = []
        while self._next is not None and self._next["story"] == story:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found
