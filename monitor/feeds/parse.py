"""A body -> entries, whatever it is: RSS, Atom, RDF, JSON Feed, broken XML, a web page, nothing.

Runs in a worker process (worker.py), because feedparser is not safe on hostile input. Never raises for what the body
holds: a body that is no feed says what it is instead.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.stories import language as languages
from monitor.stories import text as texts

from . import charset, cut, htmlpage, jsonfeed, repair
from .dates import read_date
from .items import to_entry
from .records import Entry, FeedKind, ParsedFeed

# Countries whose feeds mean Arabia Standard Time by AST.
_GULF_TLDS = frozenset(("sa", "iq", "kw", "bh", "qa", "ye", "ae", "om", "ir"))
_GULF_LANGUAGES = frozenset(("ar", "fa", "ckb", "ku"))
_BRIDGE_ERROR = re.compile(r"^(?:Bridge returned error\b|[\w -]{1,60}Bridge (?:was unable|failed|returned error)\b)")
_UPDATE_PERIODS_S = {
    "hourly": 3600.0,
    "daily": 86400.0,
    "dayly": 86400.0,
    "weekly": 604800.0,
    "monthly": 2592000.0,
    "yearly": 31536000.0,
}


def parse(
    body: bytes,
    content_type: str | None = None,
    url: str = "",
    *,
    language: str | None = None,
    zone: str | None = None,
) -> ParsedFeed:
    """The feed in `body`. `language` is the user's word for it (a hint for character sets too), `zone` the IANA time
    zone of dates that name none.
    """
    if not body.strip(b" \t\r\n\x00"):
        return ParsedFeed("empty", problems=("an empty body",), refetch=True)
    text, complaint = charset.to_text(body, content_type, language)
    problems = [complaint] if complaint else []
    stripped = text.lstrip("\ufeff \t\r\n\x00")
    gulf = (
        languages.base(language) in _GULF_LANGUAGES or (urlsplit(url).hostname or "").rpartition(".")[2] in _GULF_TLDS
    )
    assumed = ZoneInfo(zone) if zone else None

    def read(date: str | None) -> tuple[datetime | None, tuple[str, ...]]:
        return read_date(date, zone=assumed, gulf=gulf)

    if stripped.startswith("{"):
        return jsonfeed.parse_json(stripped, url, read, language)
    if htmlpage.is_html(stripped) and repair.feed_root(stripped) is None:
        return _web_page(stripped, url)
    if "<" not in stripped[:65536]:
        start = " ".join(stripped[:60].split())
        return ParsedFeed("not-a-feed", problems=(f"plain text, not a feed (it begins {start!r})",))
    return _parse_xml(stripped, url, read, language, gulf, problems)


def _web_page(text: str, url: str) -> ParsedFeed:
    if htmlpage.is_challenge(text):
        reason = "a page that tests for a browser (Cloudflare or its like) came instead of the feed"
        return ParsedFeed("challenge", problems=(reason,))
    title = htmlpage.page_title(text)
    links = htmlpage.feed_links(text, url)
    problem = "an HTML page" + (f" ({texts.title(title)})" if title else "") + ", not a feed"
    if links:
        problem += f"; it names this feed: {links[0][0]}"
    return ParsedFeed("html-page", problems=(problem,), alternates=tuple(link for link, _ in links))


def _parse_xml(text: str, url: str, read: Any, language: str | None, gulf: bool, problems: list[str]) -> ParsedFeed:
    text, complaints = repair.defuse(text)
    problems += complaints
    data = text.encode("utf-8", "replace")
    try:
        return _read_xml(data, url, read, language, gulf, problems)
    except repair.TooDeepError:
        sound, dropped = _shallow_items(data)
        problems.append(f"elements nested more than {repair.MAX_DEPTH} deep; {dropped or 'all'} items left out")
        if sound is None:
            return ParsedFeed("unreadable", problems=tuple(problems), well_formed=False)
    parsed = _read_xml(sound, url, read, language, gulf, problems)
    return replace(parsed, dropped=parsed.dropped + dropped, well_formed=False)


def _shallow_items(data: bytes) -> tuple[bytes | None, int]:
    """The feed without the items that are nested too deep, and how many those are; None if that cannot be told."""
    items = cut.find_items(data)
    if items is None:
        return None, 0
    deep = set()
    for (start, end), mark in zip(items.spans, items.fingerprints, strict=True):
        try:
            repair.well_formed(data[start:end])
        except repair.TooDeepError:
            deep.add(mark)
    return (cut.without(data, items, deep)[0], len(deep)) if deep else (None, 0)


def _read_xml(data: bytes, url: str, read: Any, language: str | None, gulf: bool, problems: list[str]) -> ParsedFeed:
    fault = repair.well_formed(data)
    refetch, dropped = False, 0
    if fault is not None:
        items = cut.find_items(data)
        if items is not None and not items.closed:
            # Cut off: the whole items are kept, the broken last one goes, and the body is asked for again.
            refetch, dropped = True, int(items.broken_at is not None)
            where = (
                f"inside item {len(items.spans) + 1}"
                if items.broken_at is not None
                else f"after item {len(items.spans)}"
            )
            problems.append(f"the body is cut off {where}")
            data, _ = cut.without(data, items, ())
            fault = repair.well_formed(data)
    if fault is not None:
        mended, what = repair.repair(data.decode("utf-8"))
        problems.append(f"broken XML ({fault})" + (f"; mended: {', '.join(what)}" if what else ""))
        data = mended.encode("utf-8", "replace")
    well_formed = fault is None and not refetch
    try:
        found = _feedparser(data)
    except MemoryError:
        raise
    except Exception as error:
        found, broken = _item_by_item(data)
        refetch, dropped = True, dropped + broken
        problems.append(f"feedparser fails on it ({type(error).__name__}); its items were read one by one")
    if not found["entries"] and not found.get("version") and (plain := repair.without_namespace(data)) != data:
        found = _feedparser(plain)  # an <rss> put into a namespace that is not RSS's
    version: str = found.get("version") or ""
    if not found["entries"] and not version:
        return ParsedFeed(
            "not-a-feed", problems=(*problems, _what_is_it(data)), well_formed=well_formed, refetch=refetch
        )
    feed = found["feed"]
    declared = dict.get(feed, "language")
    if languages.base(declared) in _GULF_LANGUAGES and not gulf:
        inner = read

        def read(date: str | None) -> tuple[datetime | None, tuple[str, ...]]:
            return read_date(date, gulf=True) if date and "AST" in date else inner(date)

    entries: list[Entry] = []
    empty = errors = 0
    # RSS knows no base address: a link that is relative is meant from the site, wherever the feed is served.
    site = dict.get(feed, "link")
    if not version.startswith("atom") and isinstance(site, str) and site.startswith(("https://", "http://")):
        url = site
    for item in found["entries"]:
        entry = to_entry(item, url, read, language, declared)
        if entry is None:
            empty += 1
        elif _BRIDGE_ERROR.match(entry.title):
            errors += 1
            problems.append(f"the bridge reports an error instead of news ({entry.title[:100]})")
        else:
            entries.append(entry)
    if empty:
        problems.append(f"{empty} item{'s' * (empty > 1)} without title, text or link")
    kind: FeedKind = "atom" if version.startswith("atom") else "rss"
    return ParsedFeed(
        kind,
        tuple(entries),
        title=texts.title(dict.get(feed, "title") or ""),
        language=languages.base(declared if isinstance(declared, str) else None),
        problems=tuple(dict.fromkeys(problems)),
        refetch=refetch or bool(errors and not entries),
        well_formed=well_formed,
        ttl_s=_ttl_s(feed),
        dropped=dropped + empty + errors,
    )


def _feedparser(data: bytes) -> Any:
    import feedparser  # 0.15 s, and the daemon itself never needs it

    # No base address: it would be joined to guids as well, which must not change when a feed moves. Links are joined in
    # items.py.
    headers = {"content-type": "application/xml; charset=utf-8"}
    # BytesIO: given bytes, feedparser first tries to open them as the name of a file.
    return feedparser.parse(
        io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _item_by_item(data: bytes) -> tuple[dict[str, Any], int]:
    """What feedparser makes of each item alone, where one of them makes it fail; and how many it cannot read."""
    items = cut.find_items(data)
    found: dict[str, Any] = {"entries": [], "version": "", "feed": {}}
    broken = 0
    for piece in cut.parts(data, items, items.fingerprints, 1) if items is not None and items.spans else ():
        try:
            alone = _feedparser(piece)
        except MemoryError:
            raise
        except Exception:
            broken += 1
            continue
        found["entries"] += alone["entries"]
        found["version"] = found["version"] or alone.get("version") or ""
        found["feed"] = found["feed"] or alone["feed"]
    return found, broken


def _what_is_it(data: bytes) -> str:
    root = re.search(rb"<([A-Za-z_][\w:.-]{0,40})", data[:65536])
    name = root[1].decode("ascii", "replace") if root else ""
    if name in ("urlset", "sitemapindex"):
        return "a sitemap, not a feed"
    if name.lower() == "opml":
        return "an OPML list of feeds, not a feed; `monitor feeds import` reads it"
    return f"an XML document with root <{name}>, not a feed" if name else "not a feed"


def _ttl_s(feed: Any) -> float | None:
    """How long the publisher says a copy of the feed lasts: ttl (minutes) or sy:updatePeriod and updateFrequency."""
    ttl = str(dict.get(feed, "ttl") or "").strip()
    if re.fullmatch(r"\d{1,6}", ttl) and int(ttl) > 0:
        return int(ttl) * 60.0
    period = _UPDATE_PERIODS_S.get(str(dict.get(feed, "sy_updateperiod") or "").strip().lower())
    if period is None:
        return None
    frequency = str(dict.get(feed, "sy_updatefrequency") or "1").strip()
    return period / max(1, int(frequency)) if re.fullmatch(r"\d{1,5}", frequency) else period
