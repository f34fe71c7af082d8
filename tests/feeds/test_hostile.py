"""Each misbehaviour of the hostile server against the real fetcher and real parser processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from monitor.feeds.ask import Poll, poll_feed
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.records import FeedConfig, FetchState
from monitor.feeds.worker import ParserPool, WorkerLimits
from tests.soak.hostile_process import serving
from tests.soak.hostile_server import BEHAVIOURS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUICK = Limits(max_bytes=8 * 1024 * 1024, connect_s=1, read_s=3, total_s=4, host_spacing_s=0)


@pytest.fixture(scope="module")
def polls() -> dict[str, Poll]:
    """Every behaviour polled once, all at the same time."""

    async def run() -> dict[str, Poll]:
        async with (
            serving() as server,
            Fetcher("test", limits=QUICK) as fetcher,
            ParserPool(2, WorkerLimits(cpu_s=2)) as parsers,
        ):
            feeds = [FeedConfig(name, url, private=True, language=None) for name, url in server.urls.items()]
            found = await asyncio.gather(*(poll_feed(fetcher, parsers, feed, FetchState(), (), NOW) for feed in feeds))
            return {feed.id: poll for feed, poll in zip(feeds, found, strict=True)}

    return asyncio.run(run())


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_misbehaviour_ends_as_it_should(name: str, polls: dict[str, Poll]) -> None:
    expected, poll = BEHAVIOURS[name], polls[name]
    assert poll.outcome in expected.outcomes, poll.reason
    assert poll.reason
    if expected.entries is not None:
        assert len(poll.entries) == expected.entries, poll.reason


def test_there_are_at_least_sixty_behaviours() -> None:
    assert len(BEHAVIOURS) >= 60
