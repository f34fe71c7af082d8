"""The text of the article in a web page, for feeds that give only a lede (`full_text: true`).

Extraction is trafilatura's; it runs in a parser process, under its limits. Which stories deserve it is the caller's
choice: those that a watchlist touches or might touch, each once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Protocol

from monitor.stories import text as texts

from . import charset
from .fetch import Fetcher
from .records import FeedConfig, FetchState, Outcome

# A page of more than this is no article, in bytes.
MAX_PAGE_BYTES = 3 * 1024 * 1024
# An extract of less than this is a notice (cookies, a paywall), not an article, in characters.
LEAST_TEXT = 200
# Failures after which the page may be had later.
_PASSING = (Outcome.TIMEOUT, Outcome.CONNECT, Outcome.DNS, Outcome.SERVER_ERROR, Outcome.THROTTLED)


@dataclass(frozen=True, slots=True)
class Article:
    """The full text behind a story's link, or why there is none. `retry` says whether asking later may help."""

    text: str
    reason: str = ""
    retry: bool = False


class Articles(Protocol):
    """Whatever extracts in a process of its own: ParserPool."""

    async def article(self, page: bytes, content_type: str | None, url: str, *, language: str | None = None) -> str:
        """The text of the article in `page`, or nothing."""


def available() -> bool:
    """Whether the extractor is installed (it is an extra)."""
    return find_spec("trafilatura") is not None


def extract(page: bytes, content_type: str | None, url: str, *, language: str | None = None) -> str:
    """The clean text of the article in `page`, or nothing. ImportError where trafilatura is not installed."""
    import trafilatura  # half a second and 40 MB, only in a worker that needs it

    html, _ = charset.to_text(page, content_type, language)
    found = trafilatura.extract(
        html, url=url or None, include_comments=False, include_tables=False, include_links=False, favor_precision=True
    )
    return texts.clean(found or "")


async def full_text(fetcher: Fetcher, parsers: Articles, config: FeedConfig, link: str, now: datetime) -> Article:
    """The article behind `link`, asked for with the manners and the guard of a poll of `config`'s feed."""
    page = await fetcher.fetch(FeedConfig(f"{config.id} article", link, private=config.private), FetchState(), now)
    if page.outcome is not Outcome.FRESH:
        return Article("", page.reason, page.outcome in _PASSING)
    if page.partial or len(page.body) > MAX_PAGE_BYTES:
        return Article("", "the page is cut off" if page.partial else "the page is too large", page.partial)
    if page.content_type and not any(kind in page.content_type.lower() for kind in ("html", "xml", "text/plain")):
        return Article("", f"not a page ({page.content_type[:60]})")
    text = await parsers.article(page.body, page.content_type, page.url or link, language=config.language)
    if len(text) < LEAST_TEXT:
        return Article("", "no article text was found in the page")
    return Article(text)
