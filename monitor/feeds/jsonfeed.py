"""JSON Feed 1.0 and 1.1 -> entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from monitor.stories import language as languages
from monitor.stories import text as texts

from .items import page_address
from .records import Entry, ParsedFeed

ReadDate = Callable[[str | None], tuple[datetime | None, tuple[str, ...]]]


def parse_json(text: str, url: str, read: ReadDate, language: str | None) -> ParsedFeed:
    """The feed in `text`; a JSON document that is none comes back as kind `not-a-feed`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return ParsedFeed(
            "unreadable", problems=(f"broken JSON ({str(error)[:120]})",), well_formed=False, refetch=True
        )
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return ParsedFeed("not-a-feed", problems=("a JSON document that is not a JSON Feed",))
    declared = _string(data.get("language")) or None
    entries: list[Entry] = []
    dropped = 0
    for item in data["items"]:
        entry = _entry(item, url, read, language, declared) if isinstance(item, dict) else None
        if entry is None:
            dropped += 1
        else:
            entries.append(entry)
    problems = (f"{dropped} items without title, text or link",) if dropped else ()
    return ParsedFeed(
        "json",
        tuple(entries),
        title=texts.title(_string(data.get("title"))),
        language=languages.base(declared),
        problems=problems,
        dropped=dropped,
    )


def _entry(item: dict[str, Any], url: str, read: ReadDate, language: str | None, declared: str | None) -> Entry | None:
    guid = _string(item.get("id"))[:1000]
    written = (
        _string(item.get("url")),
        _string(item.get("external_url")),
        guid if guid.startswith(("https://", "http://")) else "",
    )
    link = next(filter(None, (page_address(each, url) for each in written)), None)
    summary = texts.clean(_string(item.get("summary")), texts.MAX_SUMMARY)
    body = texts.clean(_string(item.get("content_html")) or _string(item.get("content_text")))
    title = texts.title(_string(item.get("title"))) or texts.title((summary or body)[:160])
    if not (title or link):
        return None
    published, flags = read(_string(item.get("date_published")) or None)
    updated, _ = read(_string(item.get("date_modified")) or None)
    if published is None and updated is not None:
        published, flags = updated, ("updated-only",)
    authors = item.get("authors")
    author = item.get("author") or (authors[0] if isinstance(authors, list) and authors else None)
    name = _string(author.get("name")) if isinstance(author, dict) else _string(author)
    declared = language or _string(item.get("language")) or declared
    return Entry(
        guid=guid or None,
        link=link,
        title=title,
        summary=summary,
        body="" if body == summary else body,
        author=texts.title(name[:300]) or None,
        published=published,
        updated=updated,
        date_flags=flags,
        lang=languages.settle(declared, f"{title} {summary or body[:500]}"),
    )


def _string(value: Any) -> str:
    """A string as it is, a number as its digits, anything else as nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
