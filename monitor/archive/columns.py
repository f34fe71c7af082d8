"""Which column of a table holds which field of a story: by our own names, by a shipped map, or by the user's word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from ..yamlfile import FileError, FileErrors, read_mapping
from .fields import FIELDS


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field stands: `at` is a number (1-based) or a header's name; `inside` a tag within that column."""

    at: int | str
    inside: str | None = None

    def value(self, text: Any) -> Any:
        """The field, from what stands in the column."""
        if self.inside is None or text is None:
            return text
        found = re.search(rf"<{self.inside}>(.*?)</{self.inside}>", str(text), re.DOTALL)
        return found[1] if found else None


ColumnMap = Mapping[str, Column]


@cache
def shipped() -> dict[str, dict[str, Column]]:
    """The column maps of columns.yaml, by name."""
    with as_file(files("monitor.archive") / "columns.yaml") as path:
        data = read_mapping(path)
    return {
        name: {
            field: Column(where["column"], where["inside"]) if isinstance(where, dict) else Column(where)
            for field, where in fields.items()
        }
        for name, fields in data.items()
    }


def parse_columns(text: str) -> dict[str, Column]:
    """A column map from the command line: a shipped name, or `field=column[:TAG]` parted by commas.

    Raises FileErrors that say which part cannot be read.
    """
    if text in shipped():
        return shipped()[text]
    found: dict[str, Column] = {}
    for part in text.split(","):
        pieces = re.fullmatch(r"\s*(\w+)\s*=\s*([^:]+?)\s*(?::(\w+))?\s*", part)
        if not pieces or pieces[1] not in FIELDS:
            mend = f"Write one of {', '.join(shipped())}, or FIELD=COLUMN with FIELD one of {', '.join(FIELDS)}"
            raise FileErrors([FileError("--columns", f"cannot read {part.strip()!r}", mend)])
        found[pieces[1]] = Column(int(pieces[2]) if pieces[2].isdigit() else pieces[2], pieces[3])
    return found


def settle(columns: ColumnMap | None, header: Sequence[str] | None, file: str) -> dict[str, Column]:
    """The map with every column as a number (1-based); without a map, our own names are looked for in the header.

    Raises FileErrors where date or title have no column.
    """
    names = {name.strip().lstrip("\ufeff").lower(): place for place, name in enumerate(header or (), 1)}
    wanted = columns or {name: Column(name) for name in FIELDS if name in names}
    found = {}
    for field, column in wanted.items():
        place = column.at if isinstance(column.at, int) else names.get(column.at.lower())
        if place is None:
            known = ", ".join(names) or "no header"
            raise FileErrors([FileError(file, f"no column `{column.at}`", f"Its columns: {known}. Correct --columns")])
        found[field] = Column(place, column.inside)
    missing = [field for field in ("date", "title") if field not in found]
    if missing:
        mend = f"Say which columns hold them: --columns 'date=…,title=…', or one of {', '.join(shipped())}"
        raise FileErrors([FileError(file, f"no column for {' and '.join(missing)}", mend)])
    return found


def fields_of(row: Sequence[Any], columns: ColumnMap) -> dict[str, Any]:
    """The fields of a row by a settled map; a column beyond the row's end is absent."""
    found = {}
    for field, column in columns.items():
        assert isinstance(column.at, int)
        found[field] = column.value(row[column.at - 1]) if column.at <= len(row) else None
    return found
