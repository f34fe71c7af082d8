"""Folders of captured feeds -> chunks, and a captured feed -> rows; an item seen in many captures is one story later."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .records import Chunk
from .sources import Source, chunk_name, kind_of

# A captured body larger than this is no feed, in bytes.
MAX_FEED = 32_000_000
# A moment in a file's name: 20231007T143000Z, 2023-10-07T14-30-00, 20231007143000.
_MOMENT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[-:]?(\d{2})(?:[-:]?(\d{2}))?")


def feed_chunks(source: Source, size: int) -> Iterator[Chunk]:
    """Captured files by the chunk: lists of (name, bytes, when captured)."""
    number, held, weight, upto = 0, [], 0, 0
    for path in sorted(each for each in source.path.rglob("*") if each.is_file() and kind_of(each) == "feeds"):
        if path.name.startswith("."):
            continue
        length = path.stat().st_size
        upto, weight = upto + length, weight + length
        held.append((str(path), _body(path), captured_at(path)))
        if weight >= size:
            yield Chunk(chunk_name(source, number), str(source.path), "feeds", 1, held, upto)
            number, held, weight = number + 1, [], 0
    if held:
        yield Chunk(chunk_name(source, number), str(source.path), "feeds", 1, held, upto)


def _body(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(MAX_FEED)
    except (OSError, EOFError):
        return b""


def captured_at(path: Path) -> datetime:
    """When a file was captured: the moment in its name, else when it was last written. UTC."""
    if found := _MOMENT.search(path.name):
        try:
            return datetime(*(int(part or 0) for part in found.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
        except ValueError:
            pass
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def rows_of(body: bytes, captured: datetime) -> tuple[list[dict[str, Any]], str]:
    """The entries of a captured feed as rows, and why there are none. An entry without a date of its own, or with one
    after the capture, is dated by the capture."""
    from ..feeds.parse import parse

    feed = parse(body)
    if not feed.is_feed:
        return [], "; ".join(feed.problems) or feed.kind
    rows = []
    for entry in feed.entries:
        date = entry.published if entry.published and entry.published <= captured else captured
        rows.append(
            {
                "date": date,
                "outlet": (urlsplit(entry.link or "").hostname or feed.title).removeprefix("www."),
                "title": entry.title,
                "summary": entry.summary,
                "body": entry.body,
                "url": entry.link or entry.guid or "",
                "lang": entry.lang or feed.language or "",
            }
        )
    return rows, ""
