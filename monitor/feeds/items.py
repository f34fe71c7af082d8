"""feedparser's dictionaries -> entries: clean text, absolute links, dates in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor.stories import language as languages
from monitor.stories import text as texts

from .records import Entry

ReadDate = Callable[[str | None], tuple[datetime | None, tuple[str, ...]]]

_MAX_GUID = 1000
_MAX_LINK = 4000


def to_entry(
    item: dict[str, Any], url: str, read: ReadDate, language: str | None, declared: str | None
) -> Entry | None:
    """One entry, or None for an item that has neither title nor text nor link. `language` is the user's word for the
    feed, `declared` the feed's own.
    """
    summary_raw = _get(item, "summary")
    content = max((_get(part, "value") for part in dict.get(item, "content") or ()), key=len, default="")
    summary = texts.clean(summary_raw or ("" if content else _get(item, "media_caption")), texts.MAX_SUMMARY)
    same = content == summary_raw and len(summary) < texts.MAX_SUMMARY - 100
    body = texts.clean(content) if content and not same else ""
    if body == summary:
        body = ""
    title = texts.title(_get(item, "title")) or texts.title((summary or body)[:160])
    link = _link(item, url)
    if not (title or link):
        return None
    published, flags = _date(item, "published", read)
    updated, updated_flags = _date(item, "updated", read)
    if published is None:
        created, created_flags = _date(item, "created", read)
        if created is not None:
            published, flags = created, created_flags
        elif updated is not None:
            published, flags = updated, (*updated_flags, "updated-only")
        elif flags == ("missing",) and updated_flags != ("missing",):
            flags = updated_flags
    named = _get(dict.get(item, "title_detail") or {}, "language") or declared
    return Entry(
        guid=(_get(item, "id") or _get(item, "dc_identifier")).strip()[:_MAX_GUID] or None,
        link=link,
        title=title,
        summary=summary,
        body=body,
        author=texts.title(_get(item, "author")[:300]) or None,
        published=published,
        updated=updated,
        date_flags=flags,
        lang=languages.settle(language or named, f"{title} {summary or body[:500]}"),
    )


def _get(item: Any, key: str) -> str:
    # dict.get, because feedparser's own answers `updated` with the published date.
    value = dict.get(item, key)
    return value if isinstance(value, str) else ""


def _link(item: dict[str, Any], url: str) -> str | None:
    """The address of the story: the first link to a page, else the guid where it is one, else any link of the item."""
    links = [each for each in dict.get(item, "links") or () if isinstance(each, dict)]
    pages = [_get(each, "href") for each in links if _get(each, "rel") == "alternate"]
    others = [_get(each, "href") for rel in ("related", "via", "self") for each in links if _get(each, "rel") == rel]
    sources = [_get(part, "src") for part in dict.get(item, "content") or ()]
    for candidate in (*pages, _get(item, "link"), *sources, *others):
        if candidate == _get(item, "id") and "/" not in candidate:
            continue  # feedparser takes a guid for a link where there is none
        address = page_address(candidate, url)
        if address is not None:
            return address
    return None


def page_address(written: str, url: str) -> str | None:
    """What a feed writes as a link, as an absolute http(s) address; None where it is none. `url` is where it is read."""
    link = "".join(written.split()) if "\n" in written else written.strip().replace(" ", "%20")
    if not link or len(link) > _MAX_LINK:
        return None
    try:
        absolute = link if link.startswith(("https://", "http://")) else urljoin(url, link)
        parts = urlsplit(absolute)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
    except ValueError:
        return None
    return parts.scheme + absolute[len(parts.scheme) :]


def _date(item: dict[str, Any], key: str, read: ReadDate) -> tuple[datetime | None, tuple[str, ...]]:
    moment, flags = read(_get(item, key) or None)
    parsed = dict.get(item, f"{key}_parsed")
    if moment is None and flags == ("unreadable",) and parsed is not None and 1990 <= parsed[0] < 2100:
        year, month, day, hour, minute, second = parsed[:6]
        # feedparser fills in today's month where it finds none, and takes days for years: it is believed in what the
        # text says as well.
        numbers = {int(number) for number in re.findall(r"\d{1,4}", _get(item, key)[:200])}
        if not {year, day} <= numbers or (month not in numbers and not re.search(r"[^\W\d_]{3}", _get(item, key))):
            return None, flags
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC), ("repaired",)
    return moment, flags
