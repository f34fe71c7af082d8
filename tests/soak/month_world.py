"""What surrounds the monitor in the simulated month: publishers with their faults, and a webhook with its own."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

from tests.ports import free_port

from .kills_world import STORIES

START = datetime(2026, 3, 1, tzinfo=UTC)  # the month holds a change of the clock in Europe and in America
# Ordinary items a feed publishes in a day, and how many it lists: about two days' worth.
CHATTER_A_DAY, LISTED = 12, 30
# The share of hours in which a feed or the webhook is faulty.
FEED_FAULTS, HOOK_FAULTS = 0.08, 0.05
# Publishers: each is asked by one request at a time, so several of them keep both ends at work.
HOSTS = 8
FAULTS = ("500", "503", "429", "cut", "garbage", "dropped", "html")


@dataclass
class World:
    """Servers on one port of several loopback addresses. `now` is the simulated moment, which the process under trial
    sets."""

    feeds: int
    days: int
    seed: int
    now: datetime = START
    calm: bool = False
    accepted: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    requests: int = 0
    _bodies: dict[int, tuple[tuple[int, int], bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = random.Random(f"{self.seed}:stories")
        arabic = [title for lang, title in STORIES if lang == "ar"]
        # One story a day that must be told; the same words come again only when their event is long over.
        self.told = [
            (rng.randrange(self.feeds), START + timedelta(days=day, minutes=rng.randrange(60, 1380)), day)
            for day in range(1, self.days)
        ]
        self.titles = {day: f"{arabic[day % len(arabic)]}" for _, _, day in self.told}

    def __enter__(self) -> World:
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                world.answer(self, int(self.path.strip("/").removeprefix("feed-").removesuffix(".xml")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                code = 200
                if self.path == "/now":
                    world.now = datetime.fromisoformat(body.decode())
                else:
                    code = world.take(json.loads(body))
                self.send_response(code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.port = free_port()
        self._webs = [ThreadingHTTPServer((_host(number), self.port), Handler) for number in range(HOSTS)]
        for web in self._webs:
            web.daemon_threads = True
            threading.Thread(target=web.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for web in self._webs:
            web.shutdown()
            web.server_close()

    def link(self, day: int) -> str:
        """Where the story of a day is."""
        return f"https://wire.example/told/{day}"

    def take(self, message: dict[str, str]) -> int:
        """The webhook: accept a message, or be out of order in some hours."""
        if not self.calm and random.Random(f"{self.seed}:hook:{self.now:%d%H}").random() < HOOK_FAULTS:
            return 503
        text = message["message"]
        self.accepted[text.strip().rsplit("Alert ", 1)[-1].split()[0].strip("`")] += 1
        self.texts.append(text)
        return 200

    def answer(self, handler: BaseHTTPRequestHandler, feed: int) -> None:
        """A feed as of now, or a fault."""
        self.requests += 1
        rng = random.Random(f"{self.seed}:{feed}:{self.now:%d%H}")
        fault = rng.choice(FAULTS) if not self.calm and rng.random() < FEED_FAULTS else None
        body = self._body(feed)
        tag = f'"{hash(body)}"'
        if fault == "dropped":
            handler.close_connection = True
            return
        if fault in ("500", "503", "429"):
            handler.send_response(int(fault))
            handler.send_header("Retry-After", "900")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if fault is None and handler.headers.get("If-None-Match") == tag:
            handler.send_response(304)
            handler.send_header("ETag", tag)
            handler.end_headers()
            return
        if fault == "garbage":
            body = random.Random(feed).randbytes(2000)
        elif fault == "html":
            body = b"<!doctype html><html><body>Please log in</body></html>"
        elif fault == "cut":
            body = body[: len(body) * 2 // 3]
        handler.send_response(200)
        if fault is None:
            handler.send_header("ETag", tag)
        handler.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _body(self, feed: int) -> bytes:
        step = timedelta(days=1) / CHATTER_A_DAY
        newest = int((self.now - START) / step)
        told = [(at, day) for where, at, day in self.told if where == feed and at <= self.now < at + timedelta(days=2)]
        key, (known, body) = (newest, sum(1 << day for _, day in told)), self._bodies.get(feed, ((-1, -1), b""))
        if key != known:
            body = self._listed(feed, newest, step, told)
            self._bodies[feed] = key, body
        return body

    def _listed(self, feed: int, newest: int, step: timedelta, told: list[tuple[datetime, int]]) -> bytes:
        items = [
            (
                START + number * step,
                f"نشرة الطقس رقم {number} من الصحيفة {feed}",
                f"https://wire.example/{feed}/{number}",
            )
            for number in range(newest - LISTED, newest + 1)
        ]
        items += [(at, self.titles[day], self.link(day)) for at, day in told]
        listed = "".join(
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(at)}</pubDate></item>"
            for at, title, link in sorted(items, reverse=True)
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Wire</title>'
            f"<link>https://wire.example/</link><description>Wire</description>{listed}</channel></rss>"
        ).encode()

    def config(self) -> str:
        """The trial's monitor.yaml."""
        feeds = "".join(
            f"  - {{id: feed-{number}, url: 'http://{_host(number)}:{self.port}/feed-{number}.xml', language: ar,"
            " private: true}\n"
            for number in range(self.feeds)
        )
        return (
            "contact: desk@example.org\nwatchlists: lists\n"
            f"feeds:\n{feeds}"
            f"channels:\n  hook: json://127.0.0.1:{self.port}/hook\n"
            "routes:\n  desk: {channels: [hook], cap: 100}\n"
            "health: {channels: [], heartbeat: null}\n"
            "polling: {min: 10m, max: 4h, spacing: 0s, timeout: 20s}\n"
            "retention: {text: 5d}\n"
        )


def _host(number: int) -> str:
    return f"127.0.0.{number % HOSTS + 1}"
