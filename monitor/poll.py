"""The way of a feed: is it due, ask it, read it, tell new from known, keep it all in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from .clock import from_text, to_text, utcnow
from .config import Feed, Settings
from .feeds import pace
from .feeds.fetch import Fetcher, Limits
from .feeds.records import FeedConfig, Fetched, FetchState, Outcome, ParsedFeed
from .feeds.worker import ParserPool
from .store import polls
from .store.connect import Row, Store
from .stories.identity import Identification, Identified, Verdict, identify, keys_of
from .stories.when import settle

log = logging.getLogger("monitor.poll")

# What a body that is no feed counts as, for pacing.
_UNUSABLE = {
    "html-page": Outcome.NOT_A_FEED,
    "not-a-feed": Outcome.NOT_A_FEED,
    "challenge": Outcome.CHALLENGE,
    "empty": Outcome.UNREADABLE,
    "unreadable": Outcome.UNREADABLE,
}


@dataclass(frozen=True)
class PollResult:
    """What one poll of one feed came to; `reason` is a sentence for a person where it was not well."""

    feed_id: str
    ok: bool
    reason: str = ""
    new: int = 0
    revised: int = 0
    seen: int = 0


class Poller:
    """Polls the configured feeds. Use as an async context manager."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime] = utcnow) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._feeds = {feed.id: feed_config(feed, settings) for feed in settings.feeds}
        self._fetcher = _fetcher(settings)
        self._parsers = ParserPool()
        # The latest answer of each feed, to tell our own network's outage from theirs.
        self._latest: dict[str, tuple[str, Outcome]] = {}

    async def __aenter__(self) -> Poller:
        await self._fetcher.__aenter__()
        await self._parsers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._parsers.__aexit__(kind, error, tb)
        await self._fetcher.__aexit__(kind, error, tb)

    async def poll_due(self, *, everything: bool = False) -> list[PollResult]:
        """Poll every feed whose time has come (or every feed); one feed's fault stops no other."""
        rows = [
            row
            for row in polls.due_feeds(self._store, self._clock(), everything=everything)
            if row["id"] in self._feeds
        ]
        return list(await asyncio.gather(*(self.poll_feed(row) for row in rows)))

    async def poll_feed(self, row: Row) -> PollResult:
        """Ask one feed and keep what it has that we have not seen."""
        config = self._feeds[row["id"]]
        started = self._clock()
        fetched = await self._fetcher.fetch(config, polls.fetch_state_of(row), started)
        parsed = await self._parse(config, fetched)
        now = self._clock()
        with self._store.write():
            current = self._store.row("select * from feeds where id = ?", (config.id,))
            if current is None:
                return PollResult(config.id, True, "no longer configured")
            taken = self._take(config, current, parsed, now) if parsed is not None and parsed.is_feed else None
            result = _result(config, fetched, parsed, taken)
            self._keep_feed(config, current, fetched, parsed, taken, result, now)
        _tell(result, fetched)
        return result

    async def _parse(self, config: FeedConfig, fetched: Fetched) -> ParsedFeed | None:
        if not fetched.body:
            return None
        return await self._parsers.parse(
            fetched.body, fetched.content_type, fetched.url, language=config.language, zone=config.zone
        )

    def _take(self, config: FeedConfig, row: Row, parsed: ParsedFeed, now: datetime) -> Identification:
        """Tell new entries from known ones and keep both facts; part of the poll's transaction."""
        keys = [key for each in keys_of(config.id, parsed.entries) for key in each.names()]
        known = polls.known_stories(self._store, keys)
        first_poll = row["baseline_at"] is None
        found = identify(config.id, parsed.entries, known, now, first_poll=first_poll, backfill=config.backfill)
        ids: list[int | None] = []
        for item in found.items:
            ids.append(self._keep_story(config, row, item, ids, now))
        polls.still_listed(self._store, [story for story in ids if story is not None], now)
        if found.quarantined:
            log.warning("feed=%s quarantined: %s; none of them is told again", config.id, found.reason)
        return found

    def _keep_story(
        self, config: FeedConfig, row: Row, item: Identified, earlier: Sequence[int | None], now: datetime
    ) -> int | None:
        """Keep one entry as its verdict says; returns its story."""
        story = item.story if item.story is not None else earlier[item.repeats] if item.repeats is not None else None
        if story is None:
            previous = from_text(row["last_ok_at"]) if row["last_ok_at"] else None
            when = settle(item.entry.published, now, max_age=self._settings.max_age, previous_poll=previous)
            return polls.add_story(
                self._store,
                item,
                feed_id=config.id,
                owner=config.owner,
                lang=item.entry.lang or config.language or "en",
                published=None if {"undated", "future"} & set(when.flags) else when.at,
                now=now,
                quiet=_quiet(item, when.flags),
            )
        if item.verdict is Verdict.REVISED:
            polls.revise_story(self._store, item, story, now)
        else:
            polls.add_keys(self._store, item, story)
        return story

    def _keep_feed(
        self,
        config: FeedConfig,
        row: Row,
        fetched: Fetched,
        parsed: ParsedFeed | None,
        taken: Identification | None,
        result: PollResult,
        now: datetime,
    ) -> None:
        """Keep the feed's validators, health and next time, and a line of its poll log."""
        usable = result.ok and not (parsed is not None and parsed.refetch) and not fetched.partial
        plan = self._plan(config, row, fetched, parsed, taken, now)
        values: dict[str, Any] = {
            "state": "ok" if result.ok else "gone" if fetched.outcome is Outcome.GONE else "failing",
            "reason": result.reason,
            "errors": plan.state.failures,
            "fetch_state": polls.state_text(fetched.state if usable else fetched.state_if_refused),
            "pace_state": polls.state_text(plan.state),
            "last_poll_at": to_text(now),
            "next_poll_at": to_text(plan.at),
        }
        if result.ok:
            values["last_ok_at"] = to_text(now)
        if result.new:
            values["last_new_at"] = to_text(now)
        if taken is not None and row["baseline_at"] is None:
            values["baseline_at"] = to_text(now)
        polls.save_feed(self._store, config.id, values)
        if plan.hold_host:
            polls.hold_host(self._store, self._feeds_on(plan.hold_host), plan.at)
        for notice in plan.notices:
            log.warning("feed=%s %s", config.id, notice)
        polls.log_poll(
            self._store,
            {
                "feed_id": config.id,
                "at": to_text(now),
                "outcome": str(fetched.outcome),
                "status": fetched.status,
                "bytes": fetched.wire_bytes,
                "entries": len(parsed.entries) if parsed else 0,
                "new": result.new,
                "revised": result.revised,
                "seen": result.seen,
                "duration_ms": round(fetched.duration_s * 1000),
                "reason": "; ".join(part for part in (result.reason, plan.reason) if part),
            },
        )

    def _plan(
        self,
        config: FeedConfig,
        row: Row,
        fetched: Fetched,
        parsed: ParsedFeed | None,
        taken: Identification | None,
        now: datetime,
    ) -> pace.Next:
        """When to ask this feed again."""
        outcome = _UNUSABLE[parsed.kind] if parsed is not None and not parsed.is_feed else fetched.outcome
        state = polls.fetch_state_of(row)
        self._latest[config.id] = (pace.host_of(config, state), outcome)
        seen = pace.Observed(
            outcome,
            on_screen=len(taken.items) if taken else None,
            known=len(taken.of(Verdict.SEEN, Verdict.REVISED, Verdict.REISSUED)) if taken else None,
            first_poll=row["baseline_at"] is None,
            retry_after_s=fetched.retry_after_s,
            fresh_for_s=fetched.fresh_for_s,
            ttl_s=parsed.ttl_s if parsed else None,
        )
        offline = pace.own_outage(self._latest.values())
        return pace.next_poll(config, polls.pace_state_of(row), state, seen, now, offline=offline)

    def _feeds_on(self, host: str) -> list[str]:
        return [feed.id for feed in self._feeds.values() if pace.host_of(feed, FetchState()) == host]


def feed_config(feed: Feed, settings: Settings) -> FeedConfig:
    """A configured feed as the feeds room wants it."""
    longest = feed.interval or settings.polling.max
    return FeedConfig(
        id=feed.id,
        url=feed.url,
        title=feed.title,
        language=feed.language,
        owner=feed.owner or (urlsplit(feed.url).hostname or feed.id).removeprefix("www."),
        min_interval_s=min(settings.polling.min, longest).total_seconds(),
        max_interval_s=longest.total_seconds(),
        headers=tuple(feed.headers.items()),
        authorization=settings.fill(feed.authorization) if feed.authorization else None,
        private=feed.private,
        verify_tls=feed.verify_tls,
        zone=feed.zone,
        backfill=feed.backfill,
    )


def _fetcher(settings: Settings) -> Fetcher:
    polling = settings.polling
    limits = Limits(
        total_s=polling.timeout.total_seconds(),
        concurrency=polling.concurrency,
        host_spacing_s=polling.spacing.total_seconds(),
    )
    return Fetcher(settings.contact, limits=limits, proxy=settings.proxy)


async def ask_once(settings: Settings) -> list[tuple[Feed, Fetched, ParsedFeed | None]]:
    """Ask each feed once, keeping nothing: for `monitor check --online`."""
    return [answer async for answer in _ask_each(settings)]


async def _ask_each(settings: Settings) -> AsyncIterator[tuple[Feed, Fetched, ParsedFeed | None]]:
    async with _fetcher(settings) as fetcher, ParserPool() as parsers:

        async def ask(feed: Feed) -> tuple[Feed, Fetched, ParsedFeed | None]:
            config = feed_config(feed, settings)
            fetched = await fetcher.fetch(config, FetchState(), utcnow())
            if not fetched.body:
                return feed, fetched, None
            parsed = await parsers.parse(
                fetched.body, fetched.content_type, fetched.url, language=config.language, zone=config.zone
            )
            return feed, fetched, parsed

        for answer in asyncio.as_completed([ask(feed) for feed in settings.feeds]):
            yield await answer


def _quiet(item: Identified, flags: Sequence[str]) -> str | None:
    """Why a new story may not raise a signal, or None."""
    if item.verdict is Verdict.BASELINE:
        return "there when the feed was first asked"
    if item.verdict is Verdict.REISSUED:
        return item.reason
    return "too old when first seen" if "old" in flags else None


def _result(
    config: FeedConfig, fetched: Fetched, parsed: ParsedFeed | None, taken: Identification | None
) -> PollResult:
    if not fetched.outcome.ok:
        return PollResult(config.id, False, fetched.reason)
    if parsed is None:
        return PollResult(config.id, True)
    problems = "; ".join(parsed.problems)
    if taken is None:
        return PollResult(config.id, False, problems or f"{parsed.kind}, not a feed")
    return PollResult(
        config.id,
        not parsed.refetch,
        problems,
        new=len(taken.of(Verdict.NEW, Verdict.BASELINE)),
        revised=len(taken.of(Verdict.REVISED)),
        seen=len(taken.of(Verdict.SEEN, Verdict.REISSUED)),
    )


def _tell(result: PollResult, fetched: Fetched) -> None:
    log.log(
        logging.INFO if result.ok else logging.WARNING,
        "poll feed=%s outcome=%s status=%s new=%d revised=%d seen=%d ms=%d%s",
        result.feed_id,
        fetched.outcome,
        fetched.status,
        result.new,
        result.revised,
        result.seen,
        round(fetched.duration_s * 1000),
        f" reason={result.reason!r}" if result.reason else "",
    )
    for note in fetched.notes:
        log.info("feed=%s %s", result.feed_id, note)
