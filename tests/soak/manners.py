"""`python -m tests.soak manners [--days N] [--restarts N] [--json]`: how a publisher sees us over a simulated week.

The real poller, store and fetcher on a simulated clock, restarted again and again from its database, against publishers
that keep every request and check it: none before Retry-After or the floor, validators byte for byte, at most one
unconditional request a day and feed, no cookie, no referrer, no query of our own, an honest User-Agent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from monitor.clock import from_text
from monitor.config import Settings, read_settings
from monitor.poll import Poller
from monitor.store.connect import Store, open_store
from monitor.store.register import register
from tests.feeds.publisher import publishing

from .hostile_bodies import item, rss

START = datetime(2026, 11, 1, tzinfo=UTC)
FLOOR = timedelta(minutes=10)
DAY = timedelta(days=1)
# Retry-After beyond a day is cut to a day, and said so in the log.
CAP = timedelta(days=1)


@dataclass
class Clock:
    """The simulated present, shared by us and the publishers."""

    now: datetime = START


@dataclass
class Strict:
    """A publisher that keeps count. `serve` answers as its kind does; `check` notes each breach of manners."""

    name: str
    clock: Clock
    answer: Callable[[Strict, web.Request], web.Response]
    violations: list[str] = field(default_factory=list)
    requests: int = 0
    unconditional: list[datetime] = field(default_factory=list)
    quiet_until: datetime | None = None
    etag: str | None = None
    modified: str | None = None
    last: datetime | None = None
    last_was_304: bool = False
    has_validators: bool = False
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def serve(self, request: web.Request) -> web.Response:
        """One request: checked, then answered."""
        now = self.clock.now
        self.requests += 1
        self._check(request, now)
        response = self.answer(self, request)
        self.last, self.last_was_304 = now, response.status == 304
        if response.status in (200, 304):
            self.etag = response.headers.get("ETag") or (self.etag if response.status == 304 else None)
            self.modified = response.headers.get("Last-Modified") or (self.modified if response.status == 304 else None)
            self.has_validators = bool(self.etag or self.modified)
        asked = response.headers.get("Retry-After")
        if response.status >= 400 and asked:
            self.quiet_until = now + min(CAP, self._wait(asked))
        return response

    def _wait(self, asked: str) -> timedelta:
        if asked.lstrip("-").isdigit():
            return timedelta(seconds=max(0, min(int(asked), 10**8)))
        return datetime.strptime(asked, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC) - self.clock.now

    def _check(self, request: web.Request, now: datetime) -> None:
        headers = request.headers
        conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        daily_check = self.last == now and self.last_was_304 and not conditional
        hop = request.path != "/feed"
        if self.quiet_until is not None and now < self.quiet_until:
            self._note(f"asked {self.quiet_until - now} before Retry-After")
        if self.last is not None and now - self.last < FLOOR and not (daily_check or hop):
            self._note(f"asked {now - self.last} after the last request")
        if self.has_validators and not conditional and not hop:
            if self.unconditional and now - self.unconditional[-1] < DAY:
                self._note(f"unconditional {now - self.unconditional[-1]} after the last")
            self.unconditional.append(now)
        if "If-None-Match" in headers and headers["If-None-Match"] != self.etag:
            self._note(f"If-None-Match {headers['If-None-Match']!r} instead of {self.etag!r}")
        if "If-Modified-Since" in headers and headers["If-Modified-Since"] != self.modified:
            self._note(f"If-Modified-Since {headers['If-Modified-Since']!r} instead of {self.modified!r}")
        for forbidden in ("Cookie", "Referer", "Authorization"):
            if forbidden in headers:
                self._note(f"sent a {forbidden}")
        if request.query_string:
            self._note(f"asked with a query of its own: {request.query_string}")
        if "desk@example.org" not in headers.get("User-Agent", ""):
            self._note("did not say who asks")

    def _note(self, breach: str) -> None:
        self.violations.append(f"{self.name} at {self.clock.now:%d %b %H:%M}: {breach}")


def _news(publisher: Strict, per_hour: float, **headers: str) -> web.Response:
    """A feed of the last 30 stories, of which a new one comes every so often, with a strange but honest ETag."""
    count = 30 + int((publisher.clock.now - START) / timedelta(hours=1) * per_hour)
    body = rss(0, *(item(n) for n in range(count - 30, count)))
    return web.Response(body=body, headers={"ETag": f'W/"{publisher.name},\t{count}"', "Set-Cookie": "id=1", **headers})


def _unless_same(publisher: Strict, request: web.Request, response: web.Response) -> web.Response:
    if request.headers.get("If-None-Match") == response.headers.get("ETag"):
        return web.Response(status=304, headers={"ETag": response.headers["ETag"]})
    return response


def _honest(publisher: Strict, request: web.Request) -> web.Response:
    return _unless_same(publisher, request, _news(publisher, 1.0))


def _busy(publisher: Strict, request: web.Request) -> web.Response:
    return _unless_same(publisher, request, _news(publisher, 40.0))


def _still(publisher: Strict, request: web.Request) -> web.Response:
    return _unless_same(publisher, request, _news(publisher, 0.0))


def _by_date(publisher: Strict, request: web.Request) -> web.Response:
    hours = int((publisher.clock.now - START) / timedelta(hours=3))
    modified = format_datetime(START + timedelta(hours=3 * hours), usegmt=True)
    if request.headers.get("If-Modified-Since") == modified:
        return web.Response(status=304)
    return web.Response(body=rss(3, item(100 + hours)), headers={"Last-Modified": modified})


def _no_validators(publisher: Strict, request: web.Request) -> web.Response:
    return web.Response(body=_news(publisher, 2.0).body)


def _cached(publisher: Strict, request: web.Request) -> web.Response:
    return _unless_same(publisher, request, _news(publisher, 1.0, **{"Cache-Control": "max-age=1200"}))


def _throttles(publisher: Strict, request: web.Request) -> web.Response:
    if publisher.rng.random() < 0.2:
        wait = publisher.rng.choice(["60", "3600", "7200", "86400", "99999999", "-5", "soon"])
        return web.Response(status=429, headers={"Retry-After": wait} if wait != "soon" else {})
    return _honest(publisher, request)


def _falls_over(publisher: Strict, request: web.Request) -> web.Response:
    if publisher.rng.random() < 0.2:
        until = format_datetime(publisher.clock.now + timedelta(hours=publisher.rng.randint(1, 5)), usegmt=True)
        date = format_datetime(publisher.clock.now, usegmt=True)
        return web.Response(status=503, headers={"Retry-After": until, "Date": date})
    return _honest(publisher, request)


def _moved(publisher: Strict, request: web.Request) -> web.Response:
    if request.path == "/feed":
        return web.Response(status=301, headers={"Location": "/new"})
    return _unless_same(publisher, request, _news(publisher, 1.0))


def _gone(publisher: Strict, request: web.Request) -> web.Response:
    return web.Response(status=410)


def _web_page(publisher: Strict, request: web.Request) -> web.Response:
    return web.Response(body=b"<html><title>Back soon</title></html>", headers={"ETag": '"page"'})


KINDS = {
    "honest": _honest,
    "busy": _busy,
    "still": _still,
    "by-date": _by_date,
    "no-validators": _no_validators,
    "cached": _cached,
    "throttles": _throttles,
    "falls-over": _falls_over,
    "moved": _moved,
    "gone": _gone,
    "web-page": _web_page,
}


async def week(days: int, restarts: int, seed: int = 1) -> dict[str, Any]:
    """The simulated time, as a result for `--json`."""
    clock = Clock()
    strict = {name: Strict(name, clock, answer) for name, answer in KINDS.items()}
    end = START + timedelta(days=days)
    moments = sorted(random.Random(seed).uniform(0, days) for _ in range(restarts))
    stops = [START + timedelta(days=moment) for moment in moments] + [end]
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            urls = {}
            for name, each in strict.items():
                urls[name] = (await stack.enter_async_context(publishing(each.serve))).url + "/feed"
            settings = _settings(Path(folder), urls)
            for stop in stops:
                await _live_until(settings, clock, stop)
    requests = {name: each.requests for name, each in strict.items()}
    violations = [breach for each in strict.values() for breach in each.violations]
    return {"requests": sum(requests.values()), "violations": violations, "by_feed": requests, "restarts": restarts}


def _settings(folder: Path, urls: dict[str, str]) -> Settings:
    lists = folder / "lists"
    lists.mkdir()
    (lists / "w.yaml").write_text("id: w\nname: W\nnames: [Nobody Whom News Names]\n", encoding="utf-8")
    feeds = "".join(f"  - {{id: {name}, url: '{url}', language: en, private: true}}\n" for name, url in urls.items())
    floor = f"{FLOOR / timedelta(minutes=1):.0f}m"
    text = f"contact: desk@example.org\nwatchlists: lists\nstate: monitor.db\nfeeds:\n{feeds}"
    (folder / "monitor.yaml").write_text(f"{text}polling: {{min: {floor}, max: 1h, spacing: 0s}}\n", encoding="utf-8")
    return read_settings(folder / "monitor.yaml")


async def _live_until(settings: Settings, clock: Clock, stop: datetime) -> None:
    """One life of the monitor: from its start to `stop`, its clock jumping from one due poll to the next."""
    with open_store(settings.state) as store:
        register(store, settings, clock.now)
        async with Poller(settings, store, lambda: clock.now) as poller:
            while (due := _next_due(store)) < stop:
                clock.now = max(clock.now, due)
                await poller.poll_due()
    clock.now = max(clock.now, stop.replace(microsecond=0))


def _next_due(store: Store) -> datetime:
    row = store.row("select min(next_poll_at) as at from feeds")
    assert row is not None
    return from_text(row["at"])


def main(arguments: list[str]) -> int:
    """Runs the week and prints what the publishers noted."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak manners")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--restarts", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    result = asyncio.run(week(options.days, options.restarts))
    if options.json:
        print(json.dumps(result))
    else:
        for name, count in result["by_feed"].items():
            print(f"{name:15} {count:5} requests, {count / options.days:6.1f} a day")
        print(f"{result['requests']} requests over {options.days} days and {options.restarts} restarts")
        print("\n".join(result["violations"]) or "no violation")
    return 1 if result["violations"] else 0
