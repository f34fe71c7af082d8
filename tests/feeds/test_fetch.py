"""What the fetcher sends and remembers, against a real server on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from monitor.feeds.ask import poll_feed
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.records import FeedConfig, Fetched, FetchState, Outcome
from monitor.feeds.worker import ParserPool
from tests.feeds.publisher import Publisher, publishing
from tests.soak.hostile_bodies import item, rss

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUICK = Limits(connect_s=2, read_s=2, total_s=3, host_spacing_s=0)
NEW = FetchState()

Ask = Callable[..., Coroutine[Any, Any, Fetched]]


def with_publisher(
    answer: Callable[[web.Request], web.Response], test: Callable[[Publisher, Ask], Coroutine[Any, Any, None]]
) -> None:
    """Runs `test` with a publisher and a function that polls it."""

    async def run() -> None:
        async with publishing(answer) as publisher, Fetcher("desk@example.org", limits=QUICK) as fetcher:

            async def ask(state: FetchState = NEW, now: datetime = NOW, path: str = "/feed", **config: Any) -> Fetched:
                feed = FeedConfig("f", publisher.url + path, private=True)
                return await fetcher.fetch(replace(feed, **config), state, now)

            await test(publisher, ask)

    asyncio.run(run())


def tagged(request: web.Request) -> web.Response:
    """A publisher with honest validators."""
    if request.headers.get("If-None-Match") == 'W/"odd, \'tag"':
        return web.Response(status=304)
    return web.Response(
        body=rss(3), headers={"ETag": 'W/"odd, \'tag"', "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
    )


def test_validators_go_back_byte_for_byte() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        first = await ask()
        second = await ask(first.state, NOW + HOUR)
        assert second.outcome is Outcome.UNCHANGED
        assert second.status == 304
        assert publisher.requests[1][1]["if-none-match"] == 'W/"odd, \'tag"'
        assert publisher.requests[1][1]["if-modified-since"] == "Sat, 21 Nov 2026 10:00:00 GMT"

    with_publisher(tagged, test)


def test_a_304_may_renew_the_validators() -> None:
    def answer(request: web.Request) -> web.Response:
        if "If-None-Match" in request.headers:
            return web.Response(status=304, headers={"ETag": '"second"'})
        return web.Response(body=rss(3), headers={"ETag": '"first"'})

    async def test(publisher: Publisher, ask: Ask) -> None:
        first = await ask()
        second = await ask(first.state, NOW + HOUR)
        assert second.state.etag == '"second"'

    with_publisher(answer, test)


def test_a_304_is_checked_once_a_day_and_a_lie_is_found_out() -> None:
    served = {"n": 0}

    def answer(request: web.Request) -> web.Response:
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        served["n"] += 1
        return web.Response(body=rss(3, item(100 + served["n"])), headers={"ETag": f'"{served["n"]}"'})

    async def test(publisher: Publisher, ask: Ask) -> None:
        first = await ask()
        early = await ask(first.state, NOW + HOUR)
        assert early.requests == 1
        checked = await ask(early.state, NOW + 25 * HOUR)
        assert checked.requests == 2
        assert checked.outcome is Outcome.FRESH
        assert checked.state.distrusted_until is not None
        assert any("lie" in note for note in checked.notes)
        later = await ask(checked.state, NOW + 26 * HOUR)
        assert "if-none-match" not in publisher.requests[-1][1]
        much_later = await ask(later.state, NOW + timedelta(days=9))
        assert "if-none-match" in publisher.requests[-2][1]
        assert much_later.requests == 2

    with_publisher(answer, test)


def test_an_honest_304_costs_one_unconditional_request_a_day() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        state = (await ask()).state
        for n in range(1, 73):
            state = (await ask(state, NOW + n * HOUR)).state
        unconditional = [headers for _, headers in publisher.requests if "if-none-match" not in headers]
        assert len(unconditional) == 1 + 3
        assert state.distrusted_until is None

    with_publisher(tagged, test)


def test_a_page_that_stays_is_not_sent_again_and_still_no_feed() -> None:
    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"page"':
            return web.Response(status=304)
        return web.Response(body=b"<html><title>Soon</title></html>", headers={"ETag": '"page"'})

    async def test(publisher: Publisher, ask: Ask) -> None:
        config = FeedConfig("f", publisher.url, private=True)
        async with ParserPool(1) as parsers, Fetcher("x", limits=QUICK) as fetcher:
            first = await poll_feed(fetcher, parsers, config, NEW, (), NOW)
            second = await poll_feed(fetcher, parsers, config, first.state, (), NOW + HOUR)
            third = await poll_feed(fetcher, parsers, config, second.state, (), NOW + 2 * HOUR)
        assert [poll.outcome for poll in (first, second, third)] == [Outcome.NOT_A_FEED] * 3
        assert third.fetched.status == 304
        assert "HTML page" in third.reason

    with_publisher(answer, test)


def test_a_header_stamped_at_each_request_is_no_change() -> None:
    count = iter(range(100))

    def answer(request: web.Request) -> web.Response:
        return web.Response(body=rss(3).replace(b"<title>A feed", b"<pubDate>%d</pubDate><title>A feed" % next(count)))

    async def test(publisher: Publisher, ask: Ask) -> None:
        first = await ask()
        second = await ask(first.state, NOW + HOUR)
        assert second.outcome is Outcome.UNCHANGED

    with_publisher(answer, test)


def test_the_user_agent_names_a_contact_and_nothing_else_tells_who_asks() -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(body=rss(1), headers={"Set-Cookie": "id=7"})

    async def test(publisher: Publisher, ask: Ask) -> None:
        first = await ask()
        await ask(first.state, NOW + HOUR)
        for _, headers in publisher.requests:
            assert "desk@example.org" in headers["user-agent"]
            assert "cookie" not in headers
            assert "referer" not in headers

    with_publisher(answer, test)


def test_credentials_do_not_follow_a_redirect_to_another_host() -> None:
    async def run() -> None:
        async with publishing(lambda request: web.Response(body=rss(1))) as other:

            def answer(request: web.Request) -> web.Response:
                return web.Response(status=302, headers={"Location": other.url + "/taken"})

            async with publishing(answer) as publisher, Fetcher("x", limits=QUICK) as fetcher:
                feed = FeedConfig(
                    "f", publisher.url, private=True, authorization="Basic c2VjcmV0", headers=(("X-Key", "k"),)
                )
                fetched = await fetcher.fetch(feed, NEW, NOW)
                assert fetched.outcome is Outcome.FRESH
                assert publisher.requests[0][1]["authorization"] == "Basic c2VjcmV0"
                assert publisher.requests[0][1]["x-key"] == "k"
                assert "authorization" not in other.requests[0][1]
                assert "x-key" not in other.requests[0][1]
                assert "c2VjcmV0" not in repr(feed)

    asyncio.run(run())


def redirecting(status: int) -> Callable[[web.Request], web.Response]:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(status=status, headers={"Location": "/new"})
        return web.Response(body=rss(1))

    return answer


def test_a_permanent_redirect_is_believed_after_ten_answers_over_a_week() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        state = NEW
        for day in range(9):
            state = (await ask(state, NOW + timedelta(days=day))).state
            assert state.moved_to is None
        moved = await ask(state, NOW + timedelta(days=9))
        assert moved.state.moved_to == publisher.url + "/new"
        assert any("moved" in note for note in moved.notes)
        await ask(moved.state, NOW + timedelta(days=10))
        assert publisher.requests[-1][0] == "/new"
        assert publisher.requests[-2][0] == "/new"

    with_publisher(redirecting(301), test)


def test_ten_permanent_redirects_in_an_hour_prove_nothing() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        state = NEW
        for minute in range(20):
            state = (await ask(state, NOW + timedelta(minutes=minute))).state
        assert state.moved_to is None

    with_publisher(redirecting(308), test)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_is_never_believed(status: int) -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        state = NEW
        for day in range(30):
            state = (await ask(state, NOW + timedelta(days=day))).state
        assert state.moved_to is None
        assert state.redirect_count == 0

    with_publisher(redirecting(status), test)


def test_an_adopted_address_that_fails_is_given_back() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        fetched = await ask(FetchState(moved_to=publisher.url + "/away"))
        assert fetched.outcome is Outcome.NOT_FOUND
        assert fetched.state.moved_to is None

    with_publisher(lambda request: web.Response(status=404), test)


def test_a_broken_off_body_keeps_the_old_validators() -> None:
    async def run() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b'HTTP/1.1 200 OK\r\nETag: "new"\r\nContent-Length: 9999\r\n\r\n' + rss(3)[:700])
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Fetcher("x", limits=QUICK) as fetcher:
            feed = FeedConfig("f", f"http://127.0.0.1:{port}/", private=True)
            fetched = await fetcher.fetch(feed, FetchState(etag='"old"', full_at=NOW), NOW)
            assert fetched.partial
            assert fetched.state.etag == '"old"'

    asyncio.run(run())


def test_one_host_gets_one_request_at_a_time() -> None:
    async def run() -> None:
        running = most = 0

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal running, most
            while not reader.at_eof():
                try:
                    await reader.readuntil(b"\r\n\r\n")
                except asyncio.IncompleteReadError:
                    break
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.01)
                running -= 1
                body = rss(1)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Fetcher("x", limits=QUICK) as fetcher:
            feeds = [FeedConfig(str(n), f"http://127.0.0.1:{port}/{n}", private=True) for n in range(8)]
            found = await asyncio.gather(*(fetcher.fetch(feed, NEW, NOW) for feed in feeds))
            assert all(fetched.outcome is Outcome.FRESH for fetched in found)
            assert most == 1

    asyncio.run(run())


def test_who_waits_for_a_host_that_says_too_often_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feeds.guard.is_public", lambda address: True)  # loopback in the part of a publisher

    async def run() -> None:
        def answer(request: web.Request) -> web.Response:
            return web.Response(status=429, headers={"Retry-After": "7200"})

        async with publishing(answer) as publisher, Fetcher("x", limits=QUICK) as fetcher:
            feeds = [FeedConfig(str(n), f"{publisher.url}/{n}") for n in range(4)]
            found = await asyncio.gather(*(fetcher.fetch(feed, NEW, NOW) for feed in feeds))
            assert len(publisher.requests) == 1
            assert {fetched.outcome for fetched in found} == {Outcome.THROTTLED}
            assert [fetched.requests for fetched in found].count(0) == 3
            assert all(7190 < (fetched.retry_after_s or 0) <= 7200 for fetched in found)

    asyncio.run(run())


def test_waiting_for_a_host_is_not_counted_against_a_feed() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        from monitor.feeds.hosts import HostDoors

        doors = HostDoors(spacing_s=0.05)
        starts: list[float] = []

        async def visit() -> None:
            async with doors.turn("host", spaced=True):
                starts.append(time.monotonic())

        await asyncio.gather(*(visit() for _ in range(4)))
        assert all(b - a >= 0.045 for a, b in pairwise(starts))

    with_publisher(tagged, test)


def test_retry_after_is_read_as_seconds_and_as_a_date_of_the_servers_clock() -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/seconds":
            return web.Response(status=429, headers={"Retry-After": "120"})
        date = {"Retry-After": "Wed, 01 Jan 2020 01:00:00 GMT", "Date": "Wed, 01 Jan 2020 00:00:00 GMT"}
        return web.Response(status=503, headers=date)

    async def test(publisher: Publisher, ask: Ask) -> None:
        assert (await ask(path="/seconds")).retry_after_s == 120
        assert (await ask(path="/date")).retry_after_s == 3600

    with_publisher(answer, test)


def test_a_public_feed_may_not_lead_to_a_private_address() -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        for url in (publisher.url, publisher.url.replace("127.0.0.1", "localhost"), "http://[::ffff:127.0.0.1]/"):
            fetched = await ask(url=url, private=False)
            assert fetched.outcome is Outcome.BLOCKED_ADDRESS
            assert "private: true" in fetched.reason
        assert publisher.requests == []

    with_publisher(tagged, test)


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f.0.0.1", "017700000001", "127。0。0。1", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "localhost",
     "127.0.0.1.", "[::]", "[::1%25lo]"],
)  # fmt: skip
def test_no_spelling_of_a_private_address_passes(host: str) -> None:
    async def test(publisher: Publisher, ask: Ask) -> None:
        port = publisher.url.rpartition(":")[2]
        async with Fetcher("x", limits=QUICK) as fetcher:
            fetched = await fetcher.fetch(FeedConfig("f", f"http://{host}:{port}/feed"), NEW, NOW)
        assert fetched.outcome in (Outcome.BLOCKED_ADDRESS, Outcome.BAD_URL, Outcome.DNS)
        assert publisher.requests == []

    with_publisher(tagged, test)


def test_a_name_that_turns_private_after_it_was_looked_up_is_refused_at_the_dial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from monitor.feeds import guard

    async def rebound(self: Any, host: str, port: int = 0, family: Any = 0) -> Any:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    monkeypatch.setattr(guard.Resolver, "resolve", rebound)

    async def test(publisher: Publisher, ask: Ask) -> None:
        port = publisher.url.rpartition(":")[2]
        async with Fetcher("x", limits=QUICK) as fetcher:
            fetched = await fetcher.fetch(FeedConfig("f", f"http://publisher.example:{port}/feed"), NEW, NOW)
        assert fetched.outcome is Outcome.BLOCKED_ADDRESS
        assert publisher.requests == []

    with_publisher(tagged, test)


def test_a_proxy_gets_the_request_and_private_targets_are_still_refused() -> None:
    async def run() -> None:
        async with publishing(lambda request: web.Response(body=rss(2))) as proxy:
            async with Fetcher("x", limits=QUICK, proxy=proxy.url) as fetcher:
                fetched = await fetcher.fetch(FeedConfig("f", "http://192.0.2.7/feed", private=True), NEW, NOW)
                assert fetched.outcome is Outcome.FRESH
                blocked = await fetcher.fetch(FeedConfig("f", "http://10.0.0.1/feed"), NEW, NOW)
                assert blocked.outcome is Outcome.BLOCKED_ADDRESS
                named = await fetcher.fetch(FeedConfig("f", "http://localhost/feed"), NEW, NOW)
                assert named.outcome is Outcome.BLOCKED_ADDRESS
            assert len(proxy.requests) == 1

    asyncio.run(run())


def test_nobody_listening_is_said_so() -> None:
    async def run() -> None:
        async with Fetcher("x", limits=QUICK) as fetcher:
            fetched = await fetcher.fetch(FeedConfig("f", "http://127.0.0.1:1/", private=True), NEW, NOW)
            assert fetched.outcome is Outcome.CONNECT
            assert "127.0.0.1" in fetched.reason

    asyncio.run(run())
