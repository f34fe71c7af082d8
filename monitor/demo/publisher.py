"""The demo's publishers: six feeds over HTTP on loopback, showing at each moment what they would have shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

# How many of its newest items each feed lists, as real feeds do.
LISTED = 20


@dataclass(frozen=True)
class Sample:
    """One sample entry; one that `revises` replaces an earlier entry of the same guid."""

    feed: str
    published: datetime
    guid: str
    title: str
    summary: str
    url: str
    lang: str
    revises: bool = False


def read_samples() -> list[Sample]:
    """The bundled fortnight, in order of publication."""
    lines = (files("monitor.demo") / "fortnight.jsonl").read_text(encoding="utf-8").splitlines()
    samples = []
    for line in lines:
        fields = json.loads(line)
        fields["published"] = datetime.fromisoformat(fields["published"])
        samples.append(Sample(**fields))
    return sorted(samples, key=lambda sample: sample.published)


def feed_xml(feed: str, samples: Iterable[Sample], now: datetime) -> bytes:
    """The feed as it stands at a moment: RSS 2.0, newest first."""
    shown: dict[str, Sample] = {}
    for sample in samples:
        if sample.feed == feed and sample.published <= now:
            shown[sample.guid] = sample
    newest = sorted(shown.values(), key=lambda sample: sample.published, reverse=True)[:LISTED]
    items = "".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(item.url)}</link>"
        f"<guid isPermaLink={quoteattr('false')}>{escape(item.guid)}</guid>"
        f"<pubDate>{format_datetime(item.published)}</pubDate><description>{escape(item.summary)}</description></item>"
        for item in newest
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(feed)}</title><link>https://{escape(feed)}.example/</link>"
        f"<description>Sample feed of the demo</description>{items}</channel></rss>"
    ).encode()


class Publisher:
    """Serves the sample feeds with validators. `clock` says what time it is in the fortnight."""

    def __init__(self, samples: list[Sample], clock: Callable[[], datetime]) -> None:
        self._samples = samples
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Publisher:
        app = web.Application()
        app.router.add_get("/{feed}.xml", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        body = feed_xml(request.match_info["feed"], self._samples, self._clock())
        etag = '"' + blake2b(body, digest_size=8).hexdigest() + '"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, content_type="application/rss+xml", charset="utf-8", headers={"ETag": etag})
