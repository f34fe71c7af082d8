"""A local publisher for tests: feeds as XML, and the faults a feed may show, on a real HTTP server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape


def rss(*items: tuple[str, str], link: str = "https://paper.example/", when: datetime | None = None) -> bytes:
    """An RSS feed of (title, summary) items, each with a link of its own."""
    date = format_datetime(when or datetime.now(UTC))
    body = "".join(
        f"<item><title>{escape(title)}</title><description>{escape(summary)}</description>"
        f"<link>{link}{abs(hash(title))}</link><guid>{link}{abs(hash(title))}</guid><pubDate>{date}</pubDate></item>"
        for title, summary in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{body}</channel></rss>'.encode()


class Site(ThreadingHTTPServer):
    """Serves `pages` by path: bytes, or a function of the request handler."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Any] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        name = self.path.strip("/")
        self.server.requests.append((name, dict(self.headers)))
        page = self.server.pages.get(name)
        if page is None:
            self.send_error(404)
        elif callable(page):
            page(self)
        else:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def never_answers(handler: BaseHTTPRequestHandler) -> None:
    """Keep the line open and say nothing, until the asker gives up."""
    handler.connection.settimeout(20)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and handler.connection.recv(1):
        pass


@contextmanager
def serve() -> Iterator[Site]:
    """A running site."""
    site = Site()
    threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
