"""Labelled stories from JSON lines: what a row says, with what it leaves out left out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from monitor.reading.records import Direction, Text
from monitor.stories.text import clean, title

from .measures import DIRECTIONS


class LabelError(ValueError):
    """A row that cannot be used: which file and line, what is wrong with it, what to do."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled story.

    `direction` is the story's own; None where the row is `contested` (its annotators disagreed: it counts only per
    watchlist). `watchlists` is None where the row does not say which watchlists match. `per_watchlist` holds the
    labelled direction of each matching watchlist: the row's own entry, or else the story's direction. `trap` is
    whatever the row says under `trap`, `kind` or `operator`.
    """

    id: str
    text: Text
    direction: Direction | None
    watchlists: frozenset[str] | None = None
    per_watchlist: dict[str, Direction] = field(default_factory=dict)
    event: str | None = None
    evidence: str | None = None
    trap: str | None = None
    outlet: str = ""


def read_labelled(path: Path) -> list[Labelled]:
    """Every row of a `.jsonl` or `.jsonl.gz` file; LabelError names the line that cannot be used."""
    return [_story(row, place) for place, row in _rows(path)]


def text_of(row: Mapping[str, Any]) -> Text:
    """The text of a row, cleaned as the text of a feed's entry is."""
    return Text(
        title(str(row.get("title") or "")),
        clean(str(row.get("summary") or "")),
        clean(str(row.get("body") or "")),
        str(row.get("lang") or "en"),
        parse_time(row.get("published")),
    )


def parse_time(value: str | None) -> datetime | None:
    """An ISO 8601 time as UTC; a time without zone is taken as UTC, anything unreadable as None."""
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            place = f"{path}:{number}"
            try:
                row = json.loads(line)
            except ValueError as error:
                raise LabelError(f"{place}: not JSON ({error}). Write one object a line") from None
            if not isinstance(row, dict):
                raise LabelError(f"{place}: expected an object, but it is {type(row).__name__}. Write {{...}}")
            yield place, row


def _story(row: dict[str, Any], place: str) -> Labelled:
    for key in ("id", "title", "direction"):
        if not isinstance(row.get(key), str | int):
            raise LabelError(f"{place}: `{key}` is missing or not a text. Rows need id, direction and title")
    direction = _direction(row["direction"], place)
    matching = row.get("watchlists")
    own = row.get("per_watchlist") or {}
    contested = bool(row.get("contested"))
    implied = {} if contested else dict.fromkeys(matching or (), direction)
    return Labelled(
        id=str(row["id"]),
        text=text_of(row),
        direction=None if contested else direction,
        watchlists=None if matching is None else frozenset(matching),
        per_watchlist=implied | {name: _direction(value, place) for name, value in own.items()},
        event=row.get("event"),
        evidence=row.get("evidence"),
        outlet=str(row.get("outlet") or ""),
        trap=row.get("trap") or row.get("kind") or row.get("operator"),
    )


def _direction(value: Any, place: str) -> Direction:
    if value not in DIRECTIONS:
        raise LabelError(f"{place}: direction {value!r} is unknown. It is one of {', '.join(DIRECTIONS)}")
    return cast(Direction, value)
