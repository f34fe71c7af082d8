"""The local server of the bench, in a process of its own: every feed on an address of its own, gzip, ETag, 304.

Each feed has its own loopback address (127.1.x.y), as publishers have in life, so nobody reuses a connection between
feeds and nobody's limit for one host is in the way. Control: `GET /.edition/N` on any address.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import resource
import subprocess
import sys
import urllib.request
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType

from . import corpus

_REQUEST = re.compile(rb"GET (\S+) HTTP/1\.[01]\r\n")
_ETAG = re.compile(rb"(?i)\r\nif-none-match:[ ]*(\S+)")
_GZIP = re.compile(rb"(?i)\r\naccept-encoding:[^\r\n]*gzip")


def address(feed: int) -> str:
    """The loopback address of a feed."""
    return f"127.1.{feed // 250}.{feed % 250 + 1}"


def url(feed: int, port: int) -> str:
    """Where a feed is served."""
    return f"http://{address(feed)}:{port}/{feed}.xml"


class Papers:
    """The feeds at the present edition, ready to be sent."""

    def __init__(self, feeds: int, now: datetime) -> None:
        self.feeds, self.now = feeds, now
        self.edition = -1
        self.turns = 0
        self._ready: dict[tuple[int, int], tuple[bytes, bytes, bytes]] = {}
        self.turn(0)

    def turn(self, edition: int) -> None:
        """Go to an edition; the headers that are stamped are stamped anew."""
        self.edition = edition
        self.turns += 1
        for feed in range(self.feeds):
            self.answer(feed)

    def answer(self, feed: int) -> tuple[bytes, bytes, bytes]:
        """(ETag, plain answer, gzip answer) of a feed."""
        turn = self.turns if corpus.stamps(feed) else 0
        key = (feed, corpus.top(feed, self.edition) * 10_000 + turn)
        if key not in self._ready:
            text = corpus.body(feed, self.edition, self.now, f"made at request {turn}")
            tag = b'"%s"' % blake2b(text, digest_size=8).hexdigest().encode() if corpus.has_validators(feed) else b""
            self._ready[key] = (tag, _answer(text, tag, b""), _answer(gzip.compress(text, 6), tag, b"gzip"))
        return self._ready[key]


def _answer(content: bytes, tag: bytes, encoding: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: application/rss+xml; charset=utf-8", b"Vary: Accept-Encoding"]
    if tag:
        lines.append(b"ETag: " + tag)
    if encoding:
        lines.append(b"Content-Encoding: " + encoding)
    lines.append(b"Content-Length: %d" % len(content))
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


class _Line(asyncio.Protocol):
    def __init__(self, papers: Papers) -> None:
        self._papers = papers
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            self._transport.write(self._serve(head + b"\r\n"))

    def _serve(self, head: bytes) -> bytes:
        found = _REQUEST.match(head)
        path = found[1] if found else b""
        if path.startswith(b"/.edition/"):
            self._papers.turn(int(path.rpartition(b"/")[2]))
            return _answer(b"ok", b"", b"")
        name = path.strip(b"/").removesuffix(b".xml")
        if not name.isdigit() or int(name) >= self._papers.feeds:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        tag, plain, zipped = self._papers.answer(int(name))
        asked = _ETAG.search(head)
        if tag and asked and asked[1] == tag:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
        return zipped if _GZIP.search(head) else plain


async def _serve(feeds: int, now: datetime) -> None:
    papers = Papers(feeds, now)
    loop = asyncio.get_running_loop()
    hosts = ["127.0.0.1", *(address(feed) for feed in range(feeds))]
    first = await loop.create_server(lambda: _Line(papers), hosts[0], 0)
    port = first.sockets[0].getsockname()[1]
    for start in range(1, len(hosts), 100):
        await loop.create_server(lambda: _Line(papers), hosts[start : start + 100], port, backlog=64)
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started us is gone


class Server:
    """The server as a process. Use as a context manager."""

    def __init__(self, feeds: int, now: datetime) -> None:
        command = [sys.executable, "-m", "tests.bench.server", str(feeds), now.isoformat()]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        self.feeds, self.now = feeds, now

    def __enter__(self) -> Server:
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait()

    def url(self, feed: int) -> str:
        """Where a feed is served."""
        return url(feed, self.port)

    def edition(self, number: int) -> None:
        """Go to an edition."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/.edition/{number}") as answer:
            answer.read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("feeds", type=int)
    parser.add_argument("now", type=datetime.fromisoformat)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_serve(given.feeds, given.now))
