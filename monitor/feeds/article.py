"""The text of the article in a web page, for feeds that give only a lede (`full_text: true`).

Extraction is trafilatura's; it runs in a parser process, under its limits. Which stories deserve it is the caller's
choice: those that a watchlist touches or might touch, each once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from monitor.stories import text as texts

from . import charset
from .fetch import Fetcher
from .records import FeedConfig, FetchState, Outcome

# A page of more than this is no article, in bytes.
MAX_PAGE_BYTES = 3 * 1024 * 1024
# An extract of less than this is a notice (cookies, a paywall), not an article, in characters.
LEAST_TEXT = 200


_ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.5, */*;q=0.1"


@dataclass(frozen=True, slots=True)
class Article:
    """The full text behind a story's link, or why there is none; `outcome` is that of the request for its page."""

    text: str
    reason: str = ""
    outcome: Outcome = Outcome.FRESH
    retry_after_s: float | None = None


class Articles(Protocol):
    """Whatever extracts in a process of its own: ParserPool."""

    async def article(self, page: bytes, content_type: str | None, url: str, *, language: str | None = None) -> str:
        """The text of the article in `page`, or nothing."""


def extract(page: bytes, content_type: str | None, url: str, *, language: str | None = None) -> str:
    """The clean text of the article in `page`, or nothing. ImportError where trafilatura is not installed."""
    import trafilatura  # half a second and 40 MB, only in a worker that needs it

    html, _ = charset.to_text(page, content_type, language)
    found = trafilatura.extract(
        html, url=url or None, include_comments=False, include_tables=False, include_links=False, favor_precision=True
    )
    return texts.clean(found or "")


def source(feed: FeedConfig, link: str) -> FeedConfig:
    """How a page behind one of `feed`'s links is asked for: without its headers and login, and only within its own
    origin at an address that is not public (a stranger's link must not reach what stands beside a private feed).
    """
    return FeedConfig(
        f"{feed.id} article",
        link,
        language=feed.language,
        headers=(("Accept", _ACCEPT),),
        private=feed.private and _origin(link) == _origin(feed.url),
    )


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme.lower(), parts.netloc.lower()


async def full_text(fetcher: Fetcher, parsers: Articles, asked: FeedConfig, link: str, now: datetime) -> Article:
    """The article behind `link`, asked for as `source` says, with the manners and the guard of a poll."""
    page = await fetcher.fetch(asked, FetchState(), now)
    if page.outcome is not Outcome.FRESH:
        return Article("", page.reason, page.outcome, page.retry_after_s)
    if page.partial or len(page.body) > MAX_PAGE_BYTES:
        return Article("", "the page is cut off" if page.partial else "the page is too large")
    if page.content_type and not any(kind in page.content_type.lower() for kind in ("html", "xml", "text/plain")):
        return Article("", f"not a page ({page.content_type[:60]})")
    text = await parsers.article(page.body, page.content_type, page.url or link, language=asked.language)
    if len(text) < LEAST_TEXT:
        return Article("", "no article text was found in the page")
    return Article(text)
