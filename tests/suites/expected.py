"""The suites' feeds and expected values in one form, whichever parser they were written for."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.stories.text import MAX_SUMMARY, clean, title

BASE = "https://suite.example/feed.xml"
FIELDS = ("title", "link", "id", "date", "updated", "created", "summary", "content")


@dataclass(frozen=True)
class Case:
    """One feed and what its suite expects of each entry, as field -> value (None: nothing is there; a field that is left
    out is not tested). `whole`: these are all entries. `entries` None: an attack.
    """

    suite: str
    name: str
    body: bytes
    entries: list[dict[str, Any]] | None
    content_type: str | None = None
    url: str = BASE
    feed_title: str | None = None
    whole: bool = True


def cases(folder: Path) -> Iterator[Case]:
    """All feeds of all suites."""
    yield from _feed_rs(_members(folder / "feed-rs.tar.gz"))
    yield from _fastfeedparser(_members(folder / "fastfeedparser.tar.gz"))
    for name, body in _members(folder / "defusedxml.tar.gz").items():
        if "/xmltestdata/" in name:
            yield Case("defusedxml", Path(name).name, body, None)


def _members(archive: Path) -> dict[str, bytes]:
    if not archive.is_file():
        return {}
    with tarfile.open(archive) as tar:
        return {m.name: f.read() for m in tar.getmembers() if m.isfile() and (f := tar.extractfile(m)) is not None}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0) if text else None


def _feed_rs(files: dict[str, bytes]) -> Iterator[Case]:
    for name, body in sorted(files.items()):
        wanted = files.get(re.sub(r"\.(xml|json)$", ".serde.json", name))
        if "/fixture/" not in name or name.endswith(".serde.json") or wanted is None:
            continue
        yield Case("feed-rs", Path(name).name, body, [_feed_rs_entry(e) for e in json.loads(wanted)["entries"]])


def _feed_rs_entry(entry: dict[str, Any]) -> dict[str, Any]:
    links = [link["href"] for link in entry["links"] if link["rel"] in (None, "alternate")]
    text = entry["summary"] or {}
    content = (entry["content"] or {}).get("body")
    return {
        "title": title((entry["title"] or {}).get("content") or "") or None,
        "link": links[0] if links else None,
        # Where an entry names no id, feed-rs makes one up (a hash, or a random UUID).
        "id": None if re.fullmatch(r"[0-9a-f]{28,32}|[0-9a-f-]{36}", entry["id"]) else entry["id"],
        "date": _moment(entry["published"] or entry["updated"]),
        "summary": clean(text.get("content") or "", MAX_SUMMARY) or (clean(content, MAX_SUMMARY) if content else None),
    }


def _fastfeedparser(files: dict[str, bytes]) -> Iterator[Case]:
    for name, body in sorted(files.items()):
        if "/integration/" not in name or name.endswith(".expected.json"):
            continue
        expected = files.get(name[:-4] + ".json") if name.endswith(".xml") else files.get(name[:-5] + ".expected.json")
        if expected is None:
            continue
        yield Case("fastfeedparser", Path(name).name, body, [_fast_entry(e) for e in json.loads(expected)["entries"]])


def _fast_entry(entry: dict[str, Any]) -> dict[str, Any]:
    content = "".join(part["value"] or "" for part in entry.get("content") or ())
    return {
        "title": title(entry.get("title") or "") or None,
        "link": entry.get("link") or None,
        "id": entry.get("id") or None,
        "date": _moment(entry.get("published") or entry.get("updated")),
        "summary": clean(entry.get("description") or content, MAX_SUMMARY) or None,
    }
