"""The feed behind a site: what a person means who gives the address of a newspaper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from .fetch import Fetcher
from .guard import parse_address
from .records import Entry, FeedConfig, Fetched, FetchState, Outcome, ParsedFeed
from .worker import ParserPool

# Where sites keep their feed if they do not say so.
_USUAL_PATHS = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")
# At most this many addresses are asked: a look must stay a look.
_MOST_ASKED = 8


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that works: its address, what it calls itself, and its newest entries (at most five)."""

    url: str
    title: str
    kind: str
    language: str | None
    newest: tuple[Entry, ...]
    entries: int
    suggested_id: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found behind an address; `reason` says what stood in the way of finding more, for a person."""

    feeds: tuple[FoundFeed, ...]
    asked: tuple[str, ...]
    reason: str = ""


async def discover(
    fetcher: Fetcher, parsers: ParserPool, url: str, now: datetime, *, private: bool = False
) -> Discovery:
    """The feeds at `url`, or named by the page there, or (if it names none) at the usual places of its site."""
    given, url = url, url if "://" in url else f"https://{url}"
    asked: list[str] = [url]
    fetched, parsed = await _look(fetcher, parsers, url, now, private)
    if url != given and fetched.outcome in (Outcome.TLS, Outcome.CONNECT, Outcome.TIMEOUT):
        url = f"http://{given}"
        asked.append(url)
        fetched, parsed = await _look(fetcher, parsers, url, now, private)
    if parsed is not None and parsed.is_feed:
        return Discovery((_found(fetched.url or url, parsed),), tuple(asked))
    reason = fetched.reason if parsed is None else "; ".join(parsed.problems)
    candidates = list(parsed.alternates) if parsed is not None else []
    if not candidates and (parsed is not None or fetched.outcome in ("not-found", "denied")):
        candidates = [urljoin(fetched.url or url, path) for path in _USUAL_PATHS]
    feeds: dict[str, FoundFeed] = {}
    for candidate in candidates:
        if len(asked) >= _MOST_ASKED or (feeds and candidate not in (parsed.alternates if parsed else ())):
            break
        if candidate in asked:
            continue
        asked.append(candidate)
        answer, inner = await _look(fetcher, parsers, candidate, now, private)
        if inner is not None and inner.is_feed:
            found = _found(candidate, inner)
            feeds.setdefault(answer.url or candidate, found)
    # Readers' comments are not what a person means who names a newspaper.
    news = [feed for feed in feeds.values() if "comment" not in f"{feed.url} {feed.title}".lower()]
    return Discovery(tuple(news or feeds.values()), tuple(asked), "" if feeds else reason or "no feed was found there")


async def _look(
    fetcher: Fetcher, parsers: ParserPool, url: str, now: datetime, private: bool
) -> tuple[Fetched, ParsedFeed | None]:
    fetched = await fetcher.fetch(FeedConfig("look", url, private=private), FetchState(), now)
    if not fetched.body:
        return fetched, None
    return fetched, await parsers.parse(fetched.body, fetched.content_type, fetched.url or url)


def _found(url: str, parsed: ParsedFeed) -> FoundFeed:
    dated = sorted(parsed.entries, key=lambda e: e.published.timestamp() if e.published else 0.0, reverse=True)
    newest = tuple(dated[:5])
    language = parsed.language or next((entry.lang for entry in newest if entry.lang), None)
    return FoundFeed(
        url, parsed.title, parsed.kind, language, newest, len(parsed.entries), suggest_id(url, parsed.title)
    )


def suggest_id(url: str, title: str = "") -> str:
    """A short stable id for a feed: the site's name, and the section that its address names."""
    parts = urlsplit(url)
    host = (parts.hostname or "feed").lower()
    for prefix in ("www.", "rss.", "feeds.", "feed."):
        host = host.removeprefix(prefix)
    labels = [host.replace(":", "-")] if parse_address(host) else host.split(".")
    name = (
        labels[-3]
        if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2
        else labels[max(0, len(labels) - 2)]
    )
    ordinary = {"rss", "feed", "feeds", "xml", "index", "atom", "news", "default", "aspx", "php", "html", "json", "all"}
    words = [w for w in re.findall(r"[a-z0-9]+", parts.path.lower()) if w not in ordinary and not w.isdigit()]
    if not words and title.isascii():
        words = [w for w in re.findall(r"[a-z0-9]+", title.lower()) if w not in ordinary and w not in name][:2]
    return re.sub(r"[^a-z0-9]+", "-", "-".join([name, *words[-2:]]))[:60].strip("-") or "feed"
