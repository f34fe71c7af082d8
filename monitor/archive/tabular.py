"""Tables -> chunks: CSV and tab-separated text with or without a header, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import Any

from ..yamlfile import FileError, FileErrors
from .columns import Column, ColumnMap, settle
from .extra import require
from .records import Chunk
from .sources import Source, chunk_name, damaged, opened

# A record that spans more lines than this has a quote that is never closed: its first line is a bad row.
LONGEST_RECORD_LINES = 2_000
# A field of a bad row is named by this, for the worker to count.
BAD = "bad"


class _Lines:
    """The lines of a table, counted, with those of the present record kept so that they can be read again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.record: list[str] = []
        self.number = 0
        self.size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.record) >= LONGEST_RECORD_LINES:
            raise csv.Error("a quote that is never closed")
        line = self._again.pop() if self._again else next(self._lines)
        self.record.append(line)
        self.number += 1
        self.size += len(line)
        return line

    def begin(self) -> int:
        """A record begins; returns the number of its first line."""
        self.record.clear()
        return self.number + 1

    def skip_first(self) -> None:
        """Read the present record again from its second line on."""
        self._again += reversed(self.record[1:])
        self.number -= max(len(self.record) - 1, 0)


def records(lines: Iterator[str], *, tabs: bool) -> Iterator[tuple[int, list[str] | str, int]]:
    """(line, fields, characters read so far) of each record; for one that cannot be read, why instead of its fields."""
    counted = _Lines(lines)
    while True:
        reader = (
            csv.reader(counted, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(counted, strict=False)
        )
        first = counted.begin()
        try:
            for fields in reader:
                if fields:
                    yield first, fields, counted.size
                first = counted.begin()
            return
        except csv.Error as error:
            yield first, str(error), counted.size
            counted.skip_first()


def table_chunks(source: Source, columns: ColumnMap | None, size: int) -> Iterator[Chunk]:
    """The chunks of a CSV (or, by its first line, tab-separated) file: lists of (line, fields)."""
    with opened(source.path) as (plain, beneath):
        text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace", newline="")
        start = text.readline()
        tabs = "\t" in start and start.count("\t") >= start.count(",")
        rows = records(chain((start,) if start else (), text), tabs=tabs)
        by_number = columns is not None and all(isinstance(column.at, int) for column in columns.values())
        header = None
        if not by_number:
            head = next(rows, None)
            header = head[1] if head and isinstance(head[1], list) else []
        places = settle(columns, header, str(source.path))
        yield from _packed(source, places, rows, beneath, size)


def _packed(
    source: Source, places: dict[str, Column], rows: Iterator[tuple[int, list[str] | str, int]], beneath: Any, size: int
) -> Iterator[Chunk]:
    """Rows by the chunk; of each only the columns that are asked for."""
    wanted = sorted({column.at for column in places.values() if isinstance(column.at, int)})
    narrowed = {field: Column(wanted.index(c.at) + 1, c.inside) for field, c in places.items() if isinstance(c.at, int)}
    number, begun, held = 0, 0, []
    for line, fields, read in rows:
        kept = fields if isinstance(fields, str) else [fields[at - 1] if at <= len(fields) else None for at in wanted]
        held.append((line, kept))
        if read - begun >= size:
            yield Chunk(
                chunk_name(source, number), str(source.path), "table", held[0][0], held, beneath.tell(), narrowed
            )
            number, begun, held = number + 1, read, []
    if held:
        yield Chunk(chunk_name(source, number), str(source.path), "table", held[0][0], held, beneath.tell(), narrowed)


def parquet_chunks(source: Source, columns: ColumnMap | None, size: int) -> Iterator[Chunk]:
    """The chunks of a Parquet file: Arrow streams of the columns that are asked for."""
    require("pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileErrors([FileError(str(source.path), f"not sound Parquet ({error})", "Fetch it again")]) from None
    names = file.schema_arrow.names
    places = settle(columns, names, str(source.path))
    wanted = list(dict.fromkeys(names[column.at - 1] for column in places.values() if isinstance(column.at, int)))
    by_name = {
        field: Column(wanted.index(names[column.at - 1]) + 1, column.inside)
        for field, column in places.items()
        if isinstance(column.at, int)
    }
    total = max(file.metadata.num_rows, 1)
    plain = sum(file.metadata.row_group(g).total_byte_size for g in range(file.metadata.num_row_groups))
    rows = max(int(size / max(plain / total, 1)), 1)
    seen = 0
    try:
        for number, batch in enumerate(file.iter_batches(batch_size=rows, columns=wanted)):
            sink = io.BytesIO()
            with pa.ipc.new_stream(sink, batch.schema) as stream:
                stream.write_batch(batch)
            first, seen = seen + 1, seen + batch.num_rows
            upto = source.size * seen // total
            yield Chunk(chunk_name(source, number), str(source.path), "arrow", first, sink.getvalue(), upto, by_name)
    except pa.ArrowInvalid as error:
        raise damaged(source, error) from None
