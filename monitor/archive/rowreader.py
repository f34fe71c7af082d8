"""The rows of a chunk, whatever archive it was cut from; and all rows of a small archive, for a replay."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..yamlfile import FileError, FileErrors
from .columns import fields_of
from .feedfolder import rows_of
from .fields import BadFieldsError, story_of, with_language
from .records import ArchivedStory, Chunk
from .sources import chunks, find_sources


def read_rows(path: Path) -> Iterator[ArchivedStory]:
    """Every story of an archive, in its order. Raises FileErrors at the first row that cannot be read."""
    for source in find_sources([path]):
        for chunk in chunks(source):
            for file, line, fields in rows_in(chunk):
                try:
                    if isinstance(fields, str):
                        raise BadFieldsError(fields)
                    yield with_language(story_of(fields))
                except (ValueError, TypeError, OverflowError) as error:
                    problem = f"cannot be read as an archived story ({error})"
                    mend = "A row has date (ISO 8601), outlet, title, summary, url, lang"
                    raise FileErrors([FileError(file, problem, mend, line)]) from None


def rows_in(chunk: Chunk) -> Iterator[tuple[str, int, dict[str, Any] | str]]:
    """(file, line, fields) of each row of a chunk; for one that cannot be read, why instead of its fields."""
    if chunk.kind == "jsonl":
        for line, text in enumerate(chunk.payload.split(b"\n"), chunk.first):
            if text and not text.isspace():
                yield chunk.file, line, _json(text)
    elif chunk.kind == "table":
        for line, row in chunk.payload:
            yield chunk.file, line, row if isinstance(row, str) else fields_of(row, chunk.columns)
    elif chunk.kind == "arrow":
        import pyarrow as pa

        table = pa.ipc.open_stream(io.BytesIO(chunk.payload)).read_all()
        values = [column.to_pylist() for column in table.columns]
        for line, row in enumerate(zip(*values, strict=True), chunk.first):
            yield chunk.file, line, fields_of(row, chunk.columns)
    else:
        for name, body, captured in chunk.payload:
            rows, why = rows_of(body, captured)
            if why:
                yield name, 1, why
            for number, fields in enumerate(rows, 1):
                yield name, number, fields


def _json(text: bytes) -> dict[str, Any] | str:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"not JSON ({error})"
    return fields if isinstance(fields, dict) else "not a JSON object"
