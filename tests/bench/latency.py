"""`python -m tests.bench.latency [--feeds N] [--entries N] [--json]`: from an entry's appearance to its mail's acceptance.

The real daemon over N feeds polled each minute; entries that must alert appear at random moments; a mail server notes
when it accepts each. The wait for the next poll is the interval's share; what is left is ours.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from aiosmtpd.controller import Controller

from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from tests.alerts.conftest import MailServer, free_port
from tests.site import Site, rss, serve

from . import corpus
from .measure import ROOT
from .memory import wait_for_feeds
from .record import machine

INTERVAL_S = 60
PATIENCE_S = 240


def _telling() -> list[tuple[str, str]]:
    """Title and summary of labelled stories that name a watchlist and point up strongly."""
    lines = (corpus.STORIES / "own-en-b.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    matcher = Matcher(corpus.watchlists())
    found = [
        (row["title"], row["summary"] or "")
        for row in rows
        if row["direction"] == "escalation" and row["strength"] == 3 and matcher.match(Text(row["title"]))
    ]
    random.Random(5).shuffle(found)
    return found


class Papers:
    """Feeds of a few calm items; `appear` puts one that must alert on top. Notes when that was first served."""

    def __init__(self, site: Site, feeds: int) -> None:
        self._site = site
        self._calm = [("Weather stays mild", "Sun and a light wind are expected in Basra."),
                      ("Market opens late", "Traders in the old town had a quiet morning.")]  # fmt: skip
        self._news = iter(_telling())
        self.appeared: dict[int, float] = {}
        self.served: dict[int, float] = {}
        for feed in range(feeds):
            site.pages[str(feed)] = rss(*self._calm, link=f"https://paper{feed}.example/")

    def appear(self, feed: int) -> None:
        """A new entry in a feed, now: a labelled story that points up, so that each is a happening of its own."""
        page = rss(next(self._news), *self._calm, link=f"https://paper{feed}.example/")

        def answer(handler: Any) -> None:
            self.served.setdefault(feed, time.monotonic())
            handler.send_response(200)
            handler.send_header("Content-Type", "application/rss+xml")
            handler.send_header("Content-Length", str(len(page)))
            handler.end_headers()
            handler.wfile.write(page)

        self.appeared[feed] = time.monotonic()
        self._site.pages[str(feed)] = answer


class Desk(MailServer):
    """A mail server that notes when it accepted what about which base."""

    def __init__(self) -> None:
        super().__init__(port=free_port())
        self.accepted: dict[int, float] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Accept, and note the time for each base named."""
        answer = await super().handle_DATA(server, session, envelope)
        _, mail = self.received[-1]
        body = mail.get_body(("plain",))
        for number in re.findall(r"paper([0-9]+)\.example", body.get_content() if body else ""):
            self.accepted.setdefault(int(number), time.monotonic())
        return answer


def measure(feeds: int, entries: int) -> dict[str, Any]:
    """Seconds from appearance to acceptance, and from the first poll that could see it."""
    desk = Desk()
    controller = Controller(desk, hostname="127.0.0.1", port=desk.port)
    controller.start()
    with serve() as site, tempfile.TemporaryDirectory() as name:
        papers, folder = Papers(site, feeds), Path(name)
        rows = "".join(
            f"  - {{id: paper-{n}, url: 'http://127.0.0.1:{site.server_port}/{n}', private: true, owner: o{n}}}\n"
            for n in range(feeds)
        )
        config = folder / "monitor.yaml"
        config.write_text(
            f"contact: bench@example.org\nwatchlists: {corpus.watchlists_dir()}\nfeeds:\n{rows}"
            f"channels: {{desk: '{desk.url()}'}}\nroutes: {{desk: {{channels: [desk]}}}}\n"
            f"polling: {{min: {INTERVAL_S}s, max: {INTERVAL_S}s, spacing: 0s}}\n",
            encoding="utf-8",
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "-c", str(config), "run"], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        try:
            wait_for_feeds(process, folder / "monitor.db", feeds)
            chance = random.Random(4)
            for feed in chance.sample(range(feeds), entries):
                papers.appear(feed)
                threading.Event().wait(chance.expovariate(entries / (2 * INTERVAL_S)))
            until = time.monotonic() + PATIENCE_S
            while len(desk.accepted) < entries and time.monotonic() < until:
                time.sleep(0.5)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            controller.stop()
    told = sorted(papers.appeared.keys() & desk.accepted.keys())
    whole = [desk.accepted[feed] - papers.appeared[feed] for feed in told]
    own = [desk.accepted[feed] - papers.served[feed] for feed in told]
    return {"feeds": feeds, "entries": entries, "told": len(told), "interval_s": INTERVAL_S,
            "whole_s": _spread(whole), "after_the_poll_s": _spread(own)}  # fmt: skip


def _spread(times: list[float]) -> dict[str, float]:
    if len(times) < 2:
        return {}
    return {"median": round(median(times), 2), "p99": round(quantiles(times, n=100, method="inclusive")[98], 2)}


def main(arguments: Sequence[str]) -> int:
    """Measure and print; entries that retell a happening are told with it, so that not each has a mail of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found = measure(given.feeds, given.entries)
    if given.json:
        print(json.dumps({**found, "machine": machine()}))
    else:
        print(f"{found['told']} of {found['entries']} entries told, {found['feeds']} feeds polled each {INTERVAL_S} s:")
        print(
            f"appearance to acceptance {found['whole_s']}; first poll that saw it to acceptance {found['after_the_poll_s']}"
        )
    return 0 if found["told"] == found["entries"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
