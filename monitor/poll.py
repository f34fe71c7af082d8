"""The way of a feed: is it due, ask it, read it, tell new from known, keep it all in one transaction."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from .articles import Articles, Tools
from .clock import from_text, to_text, utcnow
from .config import Feed, Settings
from .failpoints import reach
from .feeds import ask, pace
from .feeds.fetch import Fetcher, Limits
from .feeds.records import FeedConfig, FetchState, Outcome
from .feeds.worker import ParserPool
from .store import polls
from .store.connect import DatabaseError, Row, Store
from .store.shifts import note_outage
from .stories.identity import Identification, Identified, Verdict, identify, keys_of
from .stories.when import settle

log = logging.getLogger("monitor.poll")

# Answers of before a restart count for so long, when it is asked whether our own network is down.
_LATELY = timedelta(hours=1)

# Within this time after an answer no outage is looked for: to look is to go over all feeds.
_ANSWERED_LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class PollResult:
    """What one poll of one feed came to; `reason` is a sentence for a person where it was not well.

    `seen` entries were known, `known` of them only after a closer look: they came in other bytes.
    """

    feed_id: str
    ok: bool
    reason: str = ""
    new: int = 0
    revised: int = 0
    seen: int = 0
    known: int = 0


class Poller:
    """Polls the configured feeds. Use as an async context manager."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._feeds = {feed.id: feed_config(feed, settings) for feed in settings.feeds}
        self._fetcher = _fetcher(settings)
        self._retired: list[Fetcher] = []
        self._parsers = ParserPool()
        self._articles = Articles(store, clock)
        # The latest answer of each feed, to tell our own network's outage from theirs.
        self._latest: dict[str, tuple[str, Outcome]] = {
            feed: (pace.host_of(self._feeds[feed], FetchState()), Outcome(outcome))
            for feed, outcome in polls.latest_outcomes(store, clock() - _LATELY).items()
            if feed in self._feeds
        }
        # When a feed last answered, as far as this process knows.
        self._answered: datetime | None = None

    async def __aenter__(self) -> Poller:
        await self._fetcher.__aenter__()
        await self._parsers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._parsers.__aexit__(kind, error, tb)
        await self.close_retired()
        await self._fetcher.__aexit__(kind, error, tb)

    def change(self, settings: Settings) -> None:
        """Poll by these settings from the next pass on; a poll under way ends by the old ones."""
        old, self._settings = self._settings, settings
        self._feeds = {feed.id: feed_config(feed, settings) for feed in settings.feeds}
        self._latest = {feed: seen for feed, seen in self._latest.items() if feed in self._feeds}
        if (old.contact, old.polling, old.proxy) != (settings.contact, settings.polling, settings.proxy):
            self._retired.append(self._fetcher)
            self._fetcher = _fetcher(settings)

    async def close_retired(self) -> None:
        """Close the connections of earlier settings; to be called while no poll is under way."""
        while self._retired:
            await self._retired.pop().close()

    def article_hosts(self) -> list[str]:
        """The hosts that have articles for which stories wait."""
        return list(self._articles.wanted())

    async def fetch_articles(self, host: str | None = None, came: Callable[[], None] = lambda: None) -> int:
        """Fetch what stories wait for (of one host, or of all), with the manners of polls; returns how many it was."""
        tools = Tools(self._fetcher, self._parsers, self._feeds)
        if host is None:
            return await self._articles.fetch_wanted(tools)
        return await self._articles.fetch_from(tools, host, came)

    def due(self, *, everything: bool = False) -> list[tuple[Row, FeedConfig]]:
        """The feeds whose time has come (or every feed), longest waiting first."""
        return [
            (row, self._feeds[row["id"]])
            for row in polls.due_feeds(self._store, self._clock(), everything=everything)
            if row["id"] in self._feeds
        ]

    async def poll_due(self, *, everything: bool = False) -> list[PollResult]:
        """Poll every feed whose time has come (or every feed); one feed's fault stops no other."""
        due = self.due(everything=everything)
        done = await asyncio.gather(*(self.poll_safely(row, config) for row, config in due), return_exceptions=True)
        for result in done:
            if isinstance(result, BaseException):
                raise result
        return [result for result in done if isinstance(result, PollResult)]

    async def poll_safely(self, row: Row, config: FeedConfig) -> PollResult:
        """A fault of ours while polling one feed is told and tried again later; the other feeds go on."""
        try:
            return await self.poll_feed(row, config)
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("poll-fault feed=%s", row["id"])
            reason = f"unforeseen fault while polling ({type(error).__name__}): please report it"
            later = self._clock() + timedelta(seconds=config.max_interval_s)
            values = {"state": "failing", "reason": reason, "errors": row["errors"] + 1, "next_poll_at": to_text(later)}
            with self._store.write():
                polls.save_feed(self._store, row["id"], values)
            return PollResult(row["id"], False, reason)

    async def poll_feed(self, row: Row, config: FeedConfig) -> PollResult:
        """Ask one feed and keep what it has that we have not seen."""
        state, seen = polls.fetch_state_of(row), polls.fingerprints_of(row)
        poll = await ask.poll_feed(self._fetcher, self._parsers, config, state, seen, self._clock())
        now = self._clock()
        if poll.outcome is Outcome.THROTTLED and not poll.fetched.requests:
            # Its host sent another of our requests away meanwhile: this one waits as well, and is not to blame.
            until = now + timedelta(seconds=max(poll.fetched.retry_after_s or 0.0, config.min_interval_s))
            with self._store.write():
                polls.hold_host(self._store, [config.id], until)
            return PollResult(config.id, True, poll.reason)
        reach("poll")
        with self._store.write():
            current = self._store.row("select * from feeds where id = ?", (config.id,))
            if current is None or current["url"] != config.url:
                return PollResult(config.id, True, "configured anew while it was asked")
            taken = self._take(config, current, poll, now) if poll.on_screen is not None else None
            result = _result(config, poll, taken)
            self._keep_feed(config, current, poll, result, now)
            reach("polled")
        if result.ok:
            self._answered = now
        _tell(result, poll)
        return result

    def _take(self, config: FeedConfig, row: Row, poll: ask.Poll, now: datetime) -> Identification:
        """Tell new entries from known ones and keep both facts; part of the poll's transaction."""
        keys = [key for each in keys_of(config.id, poll.entries) for key in each.names()]
        found = identify(
            config.id,
            poll.entries,
            polls.known_stories(self._store, keys),
            now,
            first_poll=row["baseline_at"] is None,
            backfill=config.backfill,
            on_screen=poll.on_screen,
        )
        ids: list[int] = []
        for item in found.items:
            ids.append(self._keep_story(config, row, item, ids, now))
        if found.quarantined:
            log.warning("feed-quarantined feed=%s %s; none of them is told again", config.id, found.reason)
        return found

    def _keep_story(self, config: FeedConfig, row: Row, item: Identified, earlier: Sequence[int], now: datetime) -> int:
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

    def _keep_feed(self, config: FeedConfig, row: Row, poll: ask.Poll, result: PollResult, now: datetime) -> None:
        """Keep the feed's validators, health and next time, and a line of its poll log."""
        plan = self._plan(config, row, poll, result.revised + result.known, now)
        values: dict[str, Any] = {
            "state": "ok" if result.ok else "gone" if poll.outcome is Outcome.GONE else "failing",
            "reason": "; ".join(part for part in (result.reason, *_gap(plan)) if part),
            "errors": plan.state.failures,
            "fetch_state": polls.state_text(poll.state),
            "pace_state": polls.state_text(plan.state),
            "last_poll_at": to_text(now),
            "next_poll_at": to_text(plan.at),
        }
        if poll.fingerprints is not None:
            values["fingerprints"] = json.dumps(poll.fingerprints)
        if result.ok:
            values["last_ok_at"] = to_text(now)
            if self._answered is None or abs(now - self._answered) > _ANSWERED_LATELY:
                note_outage(self._store, now)
        if result.new:
            values["last_new_at"] = to_text(now)
        if poll.on_screen is not None and row["baseline_at"] is None:
            values["baseline_at"] = to_text(now)
        polls.save_feed(self._store, config.id, values)
        if plan.hold_host:
            polls.hold_host(self._store, self._feeds_on(plan.hold_host), plan.at)
        for notice in plan.notices:
            log.warning("feed-pace feed=%s %s", config.id, notice)
        polls.log_poll(
            self._store,
            {
                "feed_id": config.id,
                "at": to_text(now),
                "outcome": str(poll.outcome),
                "status": poll.fetched.status,
                "bytes": poll.fetched.wire_bytes,
                "entries": poll.on_screen or 0,
                "new": result.new,
                "revised": result.revised,
                "seen": result.seen,
                "duration_ms": round(poll.fetched.duration_s * 1000),
                "reason": "; ".join(part for part in (result.reason, *_gap(plan), plan.reason) if part),
            },
        )

    def _plan(self, config: FeedConfig, row: Row, poll: ask.Poll, known: int, now: datetime) -> pace.Next:
        """When to ask this feed again; `known` entries came in other bytes but were no news."""
        self._latest[config.id] = (pace.host_of(config, poll.state), poll.outcome)
        seen = pace.Observed(
            poll.outcome,
            on_screen=poll.on_screen,
            known=poll.known_on_screen + known,
            first_poll=row["baseline_at"] is None,
            retry_after_s=poll.fetched.retry_after_s,
            fresh_for_s=poll.fetched.fresh_for_s,
            ttl_s=poll.parsed.ttl_s if poll.parsed else None,
        )
        # Looked at only where it matters: it goes over all feeds.
        offline = poll.outcome in pace.UNREACHED and pace.own_outage(self._latest.values())
        return pace.next_poll(config, polls.pace_state_of(row), poll.state, seen, now, offline=offline)

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
        full_text=feed.full_text,
    )


def _fetcher(settings: Settings) -> Fetcher:
    polling = settings.polling
    limits = Limits(
        total_s=polling.timeout.total_seconds(),
        concurrency=polling.concurrency,
        host_spacing_s=polling.spacing.total_seconds(),
    )
    return Fetcher(settings.contact, limits=limits, proxy=settings.proxy)


async def ask_once(settings: Settings) -> list[tuple[Feed, ask.Poll]]:
    """Ask each feed once, keeping nothing: for `monitor check --online`."""
    async with _fetcher(settings) as fetcher, ParserPool() as parsers:

        async def once(feed: Feed) -> tuple[Feed, ask.Poll]:
            config = feed_config(feed, settings)
            return feed, await ask.poll_feed(fetcher, parsers, config, FetchState(), (), utcnow())

        return list(await asyncio.gather(*(once(feed) for feed in settings.feeds)))


def _quiet(item: Identified, flags: Sequence[str]) -> str | None:
    """Why a new story may not raise a signal, or None."""
    if item.verdict is Verdict.BASELINE:
        return "there when the feed was first asked"
    if item.verdict is Verdict.REISSUED:
        return item.reason
    return "too old when first seen" if "old" in flags else None


def _gap(plan: pace.Next) -> tuple[str, ...]:
    """What `status` says of a feed whose items all turned over between two polls."""
    return plan.notices if plan.gap_suspected else ()


def _result(config: FeedConfig, poll: ask.Poll, taken: Identification | None) -> PollResult:
    """A feed is well when its whole body was read, or has not changed; what had to be repaired is still told."""
    if not poll.outcome.ok:
        return PollResult(config.id, False, poll.reason)
    problems = "; ".join(poll.parsed.problems) if poll.parsed else ""
    if taken is None:
        return PollResult(config.id, True, problems)
    return PollResult(
        config.id,
        not (poll.parsed and poll.parsed.refetch),
        problems,
        new=len(taken.of(Verdict.NEW, Verdict.BASELINE)),
        revised=len(taken.of(Verdict.REVISED)),
        seen=poll.known_on_screen + len(taken.of(Verdict.SEEN, Verdict.REISSUED)),
        known=len(taken.of(Verdict.SEEN, Verdict.REISSUED)),
    )


def _tell(result: PollResult, poll: ask.Poll) -> None:
    log.log(
        logging.INFO if result.ok else logging.WARNING,
        "poll feed=%s outcome=%s status=%s new=%d revised=%d seen=%d ms=%d%s",
        result.feed_id,
        poll.outcome,
        poll.fetched.status,
        result.new,
        result.revised,
        result.seen,
        round(poll.fetched.duration_s * 1000),
        f" reason={result.reason!r}" if result.reason else "",
    )
    for note in poll.fetched.notes:
        log.info("feed-note feed=%s %s", result.feed_id, note)
