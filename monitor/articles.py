"""Full text for feeds that give only a lede (`full_text: true`): the article is asked for once, politely, and in time.

Only for stories that a watchlist touches or might touch (reading/touch.py). Such a story waits to be read until its
article is there, but never longer than WAIT; then it is read as the feed gave it. Robots.txt is obeyed; a host that
asks for quiet, refuses us or does not answer is left alone for a while, and its stories do not wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from .clock import from_text
from .feeds import article, pace
from .feeds.fetch import Fetcher
from .feeds.records import FeedConfig, FetchState, Outcome
from .feeds.robots import ALLOW_ALL, Robots, read_robots
from .store import articles as shelf
from .store import polls
from .store.articles import WAIT, Wanted
from .store.connect import Store

log = logging.getLogger("monitor.articles")

# Hosts asked at the same time; at each, one article after the other.
_HOSTS_AT_ONCE = 8
# How long a robots.txt is believed, and how many are kept.
_ROBOTS_FOR, _ROBOTS_KEPT = timedelta(hours=24), 500
# How long a host is left alone after an answer of this kind, where it does not say so itself.
_QUIET = {
    Outcome.THROTTLED: timedelta(hours=1),
    Outcome.DENIED: timedelta(hours=1),
    Outcome.CHALLENGE: timedelta(hours=6),
    Outcome.TIMEOUT: timedelta(minutes=10),
    Outcome.CONNECT: timedelta(minutes=10),
    Outcome.DNS: timedelta(minutes=10),
    Outcome.TLS: timedelta(hours=1),
    Outcome.SERVER_ERROR: timedelta(minutes=10),
}


@dataclass(frozen=True)
class Tools:
    """What articles are asked with: the polls' own client and parsers, so that a host gets one request at a time."""

    fetcher: Fetcher
    parsers: article.Articles
    feeds: Mapping[str, FeedConfig]


class Articles:
    """Fetches what stories wait for."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._robots: dict[str, tuple[datetime, Robots]] = {}
        self._slots = asyncio.Semaphore(_HOSTS_AT_ONCE)
        self._told: set[tuple[str, str]] = set()

    def wanted(self) -> dict[str, list[Wanted]]:
        """The articles that are waited for, by host."""
        by_host: dict[str, list[Wanted]] = {}
        for each in shelf.wanted(self._store, self._clock()):
            by_host.setdefault(_host(each.link), []).append(each)
        return by_host

    async def fetch_wanted(self, tools: Tools) -> int:
        """Fetch every article that is waited for; returns how many were dealt with."""
        return sum(await asyncio.gather(*(self.fetch_from(tools, host) for host in self.wanted())))

    async def fetch_from(self, tools: Tools, host: str, came: Callable[[], None] = lambda: None) -> int:
        """Fetch what is waited for from one host, one after the other; `came` is called after each."""
        count = 0
        async with self._slots:
            while stories := self.wanted().get(host):
                await self._fetch_one(tools, host, stories[0])
                count += 1
                came()
        return count

    async def _fetch_one(self, tools: Tools, host: str, story: Wanted) -> None:
        now = self._clock()
        text, reason = "", ""
        left_s = (from_text(story.until) - now).total_seconds()
        quiet = shelf.quiet_until(self._store, host, now)
        feed = tools.feeds.get(story.feed_id)
        if known := shelf.same_article(self._store, story.link):
            text = known
        elif feed is None or not feed.full_text:
            reason = "the feed no longer asks for full text"
        elif quiet is not None:
            reason = f"{host} is left alone until {quiet['until'][:16].replace('T', ' ')} UTC: {quiet['reason']}"
        else:
            try:
                async with asyncio.timeout(max(0.0, left_s)):
                    text, reason = await self._ask(tools, feed, host, story.link)
            except TimeoutError:
                reason = f"it did not come within {WAIT.total_seconds():.0f} s"
        self._keep(story, text, reason)

    async def _ask(self, tools: Tools, feed: FeedConfig, host: str, link: str) -> tuple[str, str]:
        """The article, or why there is none."""
        source = article.source(feed, link)
        now = self._clock()
        rules = await self._rules(tools, source, host, now)
        if isinstance(rules, str):
            return "", f"its site's robots.txt cannot be had: {rules}"
        if not rules.allows(link):
            return "", "its site asks programs not to read this page (robots.txt)"
        found = await article.full_text(tools.fetcher, tools.parsers, source, link, now)
        self._leave_alone(tools, host, found.outcome, found.reason, found.retry_after_s)
        return found.text, found.reason

    async def _rules(self, tools: Tools, source: FeedConfig, host: str, now: datetime) -> Robots | str:
        """What the site's robots.txt asks for; a site without one asks for nothing. A sentence if it cannot be had now."""
        parts = urlsplit(source.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in self._robots and now - self._robots[origin][0] < _ROBOTS_FOR:
            return self._robots[origin][1]
        page = await tools.fetcher.fetch(replace(source, url=f"{origin}/robots.txt"), FetchState(), now)
        if page.outcome is Outcome.FRESH:
            rules = read_robots(page.body)
        elif page.status is not None and 400 <= page.status < 500 and page.outcome is not Outcome.THROTTLED:
            rules = ALLOW_ALL
        else:
            self._leave_alone(tools, host, page.outcome, page.reason, page.retry_after_s)
            return page.reason
        if len(self._robots) >= _ROBOTS_KEPT:
            self._robots.clear()
        self._robots[origin] = (now, rules)
        return rules

    def _leave_alone(self, tools: Tools, host: str, outcome: Outcome, reason: str, retry_after_s: float | None) -> None:
        """Note that a host wants quiet. One that says "too often" (429) is asked for its feeds no earlier either."""
        span = _QUIET.get(outcome)
        if retry_after_s is not None:
            span = max(span or timedelta(0), timedelta(seconds=min(retry_after_s, pace.RETRY_AFTER_CAP_S)))
        if not span:
            return
        until = self._clock() + span
        with self._store.write():
            shelf.keep_quiet(self._store, host, until, reason)
            if outcome is Outcome.THROTTLED:
                here = [each.id for each in tools.feeds.values() if pace.host_of(each, FetchState()) == host]
                polls.hold_host(self._store, here, until)

    def _keep(self, story: Wanted, text: str, reason: str) -> None:
        now = self._clock()
        with self._store.write():
            if text and not shelf.keep_text(self._store, story.story_id, text, now):
                text, reason = "", f"it did not come within {WAIT.total_seconds():.0f} s"
            if not text:
                shelf.go_without(self._store, story.story_id, reason, now)
        if text:
            log.info("article feed=%s story=%d chars=%d", story.feed_id, story.story_id, len(text))
            return
        known = (story.feed_id, _host(story.link)) in self._told
        self._told.add((story.feed_id, _host(story.link)))
        log.log(
            logging.DEBUG if known else logging.WARNING,
            "no-article feed=%s story=%d link=%s reason=%r; the story is read as the feed gives it",
            story.feed_id,
            story.story_id,
            story.link,
            reason,
        )


def _host(link: str) -> str:
    """What counts as one host, as feeds count it."""
    try:
        return (urlsplit(link).hostname or "").lower()
    except ValueError:
        return ""
