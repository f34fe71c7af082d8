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
# Behaviours that only a time limit ends get a short one; all others a long one, so that a busy machine fails nobody.
QUICK = Limits(max_bytes=8 * 1024 * 1024, read_s=3, total_s=4, host_spacing_s=0, concurrency=64)
PATIENT = Limits(max_bytes=8 * 1024 * 1024, connect_s=60, read_s=60, total_s=120, host_spacing_s=0, concurrency=64)
ENDLESS = {name for name, behaviour in BEHAVIOURS.items() if "timeout" in behaviour.outcomes}


@pytest.fixture(scope="module")
def polls() -> dict[str, Poll]:
    """Every behaviour polled once, all at the same time."""

    async def run() -> dict[str, Poll]:
        parsing = ParserPool(2, WorkerLimits(wall_s=300))
        quick, patient = Fetcher("test", limits=QUICK), Fetcher("test", limits=PATIENT)
        async with serving() as server, quick, patient, parsing as parsers:

            async def ask(name: str, url: str) -> Poll:
                fetcher = quick if name in ENDLESS else patient
                return await poll_feed(fetcher, parsers, FeedConfig(name, url, private=True), FetchState(), (), NOW)

            found = await asyncio.gather(*(ask(name, url) for name, url in server.urls.items()))
            return dict(zip(server.urls, found, strict=True))

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
