"""A server with more than a hundred ways to misbehave, each by name: a table of behaviours, and sockets that act them out.

It speaks HTTP by hand, because a proper server would refuse to send most of this. Each behaviour listens on a port of
its own, as each feed has a host of its own in life. `python -m tests.soak.hostile_server` runs it as a process: prints
its URLs as one line of JSON, and the requests it got as another when its input ends.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from . import hostile_bodies as bodies


@dataclass
class Visit:
    """One request as it came, and the way to answer it."""

    path: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter
    port: int
    number: int  # of the request to this behaviour, from 1

    async def send(self, *pieces: bytes) -> None:
        """Bytes on the wire, as they are."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def answer(self, status: str, body: bytes = b"", *headers: str, length: int | None = None) -> None:
        """A response; `length` lies about the size of the body."""
        head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
        if not any(line.lower().startswith("connection:") for line in headers):
            head.append("Connection: close")
        await self.send("\r\n".join(head).encode() + b"\r\n\r\n", body)


Act = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True)
class Behaviour:
    """One way to misbehave: what it is, and what a good reader makes of it: the outcome, and how many whole entries.

    `outcomes` are the outcomes that are right at the first poll; `entries` None where the number does not matter.
    """

    name: str
    act: Act
    outcomes: tuple[str, ...]
    entries: int | None = 0


BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(name: str, *outcomes: str, entries: int | None = 0) -> Callable[[Act], Act]:
    """Enters a behaviour in the table."""

    def enter(act: Act) -> Act:
        BEHAVIOURS[name] = Behaviour(name, act, outcomes, entries)
        return act

    return enter


def _serves(
    name: str,
    body: bytes | Callable[[], bytes],
    *headers: str,
    status: str = "200 OK",
    outcome: str = "fresh",
    entries: int | None = 0,
) -> None:
    async def act(visit: Visit) -> None:
        content = body if isinstance(body, bytes) else body()
        await visit.answer(status, content, *(headers or ("Content-Type: application/rss+xml",)))

    BEHAVIOURS[name] = Behaviour(name, act, tuple(outcome.split("|")), entries)


XML = "Content-Type: application/rss+xml; charset=utf-8"

# --- what the body is ---
_serves("sound-rss", bodies.SOUND, entries=5)
_serves("sound-atom", bodies.ATOM, entries=3)
_serves("sound-rdf", bodies.RDF, entries=1)
_serves("json-feed", bodies.JSON_FEED, "Content-Type: application/feed+json", entries=1)
_serves("other-json", b'{"error": "no"}', "Content-Type: application/json", outcome="not-a-feed")
_serves("broken-json", bodies.JSON_FEED[:-20], "Content-Type: application/json", outcome="unreadable")
_serves("html-page", bodies.HTML, "Content-Type: text/html", outcome="not-a-feed")
_serves("html-labelled-as-feed", bodies.HTML, XML, outcome="not-a-feed")
_serves("challenge-page", bodies.CHALLENGE, "Content-Type: text/html", status="403 Forbidden", outcome="challenge")
_serves("challenge-with-200", bodies.CHALLENGE, "Content-Type: text/html", outcome="challenge")
_serves("challenge-by-header", b"", "cf-mitigated: challenge", status="403 Forbidden", outcome="challenge")
_serves("empty-body", b"", outcome="unreadable")
_serves("blank-body", b" \r\n\x00\n", outcome="unreadable")
_serves("plain-text", b"Service will be back soon.", outcome="not-a-feed")
_serves("binary-body", bytes(range(256)) * 64, outcome="not-a-feed")
_serves("sitemap", bodies.SITEMAP, outcome="not-a-feed")
_serves("no-items", bodies.NO_ITEMS, entries=0)
_serves("empty-items", bodies.EMPTY_ITEMS, entries=3)
_serves("bridge-error", bodies.BRIDGE_ERROR, entries=0)
_serves("cut-off-inside-an-item", bodies.CUT_OFF, entries=4)
_serves("cut-off-between-items", bodies.CUT_BETWEEN, entries=5)
_serves("bare-ampersands", bodies.AMPERSANDS, entries=4)
_serves("undeclared-prefixes", bodies.PREFIXES, entries=4)
_serves("control-characters", bodies.CONTROLS, entries=4)
_serves("surrogate-references", bodies.SURROGATES, entries=4)
_serves("broken-utf-8", bodies.BAD_UTF8, entries=4)
_serves("cp1256-labelled-utf-8", bodies.CP1256, XML, entries=4)
_serves("utf-16", bodies.UTF16, entries=3)
_serves("utf-16-unmarked", bodies.UTF16_UNMARKED, entries=3)
_serves("latin-1-in-prolog", bodies.LATIN1, "Content-Type: application/xml", entries=4)
_serves("unknown-charset", bodies.SOUND, "Content-Type: text/xml; charset=klingon", entries=5)
_serves("junk-before-the-xml", bodies.JUNK_BEFORE, entries=5)
_serves("space-before-the-xml", bodies.SPACE_BEFORE, entries=5)
_serves("junk-after-the-end", bodies.JUNK_AFTER, entries=5)
_serves("relative-links", bodies.RELATIVE, entries=1)
_serves("markup-in-titles", bodies.MARKUP_TITLES, entries=3)
_serves("hidden-characters", bodies.RIGHT_TO_LEFT, entries=4)
_serves("one-guid-for-all", bodies.SAME_GUIDS, entries=5)
_serves("future-dates", bodies.FUTURE_DATES, entries=5)
_serves("epoch-dates", bodies.EPOCH_DATES, entries=5)
_serves("no-dates", bodies.NO_DATES, entries=5)
_serves("nested-items", bodies.NESTED_ITEMS, entries=None)
_serves("items-in-comments", bodies.COMMENTED, entries=4)
_serves("huge-enclosures", bodies.ENCLOSURES, entries=4)
# --- what attacks the parser ---
_serves("billion-laughs", bodies.LAUGHS, entries=1)
_serves("quadratic-entities", bodies.QUADRATIC, entries=1)
_serves("local-file-entity", bodies.LOCAL_FILE, entries=1)
_serves("external-dtd", bodies.EXTERNAL_DTD, entries=5)
_serves("external-stylesheet", bodies.STYLESHEET, entries=5)
_serves("xinclude", bodies.XINCLUDE, entries=3)
_serves("deep-nesting", bodies.DEEP, entries=1)
_serves("unclosed-items", bodies.UNCLOSED, outcome="unreadable")
_serves("many-attributes", bodies.MANY_ATTRIBUTES, entries=5)
_serves("author-regex", bodies.REDOS, entries=4)
_serves("author-regex-hidden", bodies.REDOS_HIDDEN, entries=4)
_serves("megabyte-title", bodies.BIG_TITLE, entries=4)
_serves("hundred-thousand-items", bodies.HUNDRED_THOUSAND, entries=None)
# --- encodings ---
GZIP = "Content-Encoding: gzip"
_serves("gzip", gzip.compress(bodies.SOUND), GZIP, entries=5)
_serves("gzip-unlabelled", gzip.compress(bodies.SOUND), entries=5)
_serves("gzip-label-on-plain-text", bodies.SOUND, GZIP, entries=5)
_serves("gzip-without-end", gzip.compress(bodies.rss(200))[:-300], GZIP, entries=None)
_serves(
    "gzip-with-wrong-checksum",
    gzip.compress(bodies.SOUND)[:-8] + b"\0" * 8,
    GZIP,
    outcome="bad-encoding|fresh",
    entries=None,
)
_serves("gzip-in-pieces", gzip.compress(bodies.SOUND[:300]) + gzip.compress(bodies.SOUND[300:]), GZIP, entries=5)
_serves("deflate", zlib.compress(bodies.SOUND), "Content-Encoding: deflate", entries=5)
_serves("deflate-raw", bodies.raw_deflate(bodies.SOUND), "Content-Encoding: deflate", entries=5)
_serves("brotli-not-asked-for", b"\x8b\x02\x80", "Content-Encoding: br", outcome="bad-encoding")
_serves("gzip-of-nonsense", b"\x1f\x8b" + b"\xff" * 500, GZIP, outcome="bad-encoding")
_serves("ten-encodings", b"x", "Content-Encoding: " + ", ".join(["gzip"] * 10), outcome="bad-encoding")
_serves("gzip-twice", gzip.compress(gzip.compress(bodies.SOUND)), "Content-Encoding: gzip, gzip", entries=5)
_serves("gzip-bomb", bodies.bomb, GZIP, outcome="too-large")
_serves("gzip-bomb-nested", bodies.nested_bomb, "Content-Encoding: gzip, gzip", outcome="too-large")
_serves("gzip-bomb-unlabelled", bodies.nested_bomb, GZIP, outcome="too-large")
# --- statuses ---
_serves("not-found", b"", status="404 Not Found", outcome="not-found")
_serves("gone", b"", status="410 Gone", outcome="gone")
_serves("login", b"", status="401 Unauthorized", outcome="denied")
_serves("forbidden", b"no", status="403 Forbidden", outcome="denied")
_serves("legal-reasons", b"", status="451 Unavailable", outcome="denied")
_serves("teapot", b"", status="418 Teapot", outcome="client-error")
_serves("throttled-seconds", b"", "Retry-After: 3600", status="429 Too Many", outcome="throttled")
_serves(
    "throttled-date",
    b"",
    "Date: Sun, 22 Nov 2026 10:00:00 GMT",
    "Retry-After: Sun, 22 Nov 2026 11:00:00 GMT",
    status="429 Too Many",
    outcome="throttled",
)
_serves("throttled-negative", b"", "Retry-After: -5", status="429 Too Many", outcome="throttled")
_serves("throttled-for-ever", b"", "Retry-After: 99999999999", status="429 Too Many", outcome="throttled")
_serves("unavailable", b"", "Retry-After: 120", status="503 Unavailable", outcome="server-error")
_serves("server-error", b"<html>oops</html>", status="500 Oops", outcome="server-error")
_serves("no-content", b"", status="204 No Content", outcome="protocol")
_serves("unmodified-unasked", b"", status="304 Not Modified", outcome="protocol")
_serves("status-999", b"", status="999 Denied", outcome="protocol")
_serves("future-last-modified", bodies.SOUND, "Last-Modified: Fri, 01 Jan 2041 00:00:00 GMT", entries=5)
_serves("sets-cookies", bodies.SOUND, "Set-Cookie: id=1", "Set-Cookie: track=2; Max-Age=99999999", entries=5)


# --- redirects ---
def _redirects(name: str, location: str | None, *, status: str = "302 Found", outcome: str, entries: int = 0) -> None:
    async def act(visit: Visit) -> None:
        if location is not None and visit.path.endswith("/end"):
            await visit.answer("200 OK", bodies.SOUND, XML)
            return
        where = () if location is None else (f"Location: {location.replace('PORT', str(visit.port))}",)
        await visit.answer(status, b"gone elsewhere", *where)

    BEHAVIOURS[name] = Behaviour(name, act, (outcome,), entries)


_redirects("redirect-to-itself", "/redirect-to-itself", outcome="bad-redirect")
_redirects("redirect-nowhere", None, outcome="bad-redirect")
_redirects("redirect-to-a-file", "file:///etc/passwd", outcome="bad-redirect")
_redirects("redirect-to-script", "javascript:alert(1)", outcome="bad-redirect")
_redirects("redirect-to-metadata", "http://169.254.169.254/latest/meta-data/", outcome="blocked-address")
_redirects("redirect-to-metadata-mapped", "http://[::ffff:a9fe:a9fe]/", outcome="blocked-address")
_redirects("redirect-to-nonsense", "http://[::1", outcome="bad-redirect")
_redirects("redirect-for-now", "/end", status="307 For Now", outcome="fresh", entries=5)
_redirects("redirect-for-good", "http://127.0.0.1:PORT/end", status="308 For Good", outcome="fresh", entries=5)


@behaviour("redirect-chain", "bad-redirect")
async def _redirect_chain(visit: Visit) -> None:
    await visit.answer("302 Found", b"", f"Location: /hop{visit.number}")


@behaviour("redirect-circle", "bad-redirect")
async def _redirect_circle(visit: Visit) -> None:
    await visit.answer("301 Moved", b"", "Location: " + ("/b" if visit.path != "/b" else "/redirect-circle"))


@behaviour("redirect-with-bomb", "fresh", entries=5)
async def _redirect_with_bomb(visit: Visit) -> None:
    if visit.path == "/end":
        await visit.answer("200 OK", bodies.SOUND, XML)
    else:
        await visit.answer("302 Found", bodies.bomb(), GZIP, "Location: /end")


# --- the wire ---
@behaviour("never-answers", "timeout")
async def _never_answers(visit: Visit) -> None:
    await asyncio.sleep(3600)


@behaviour("drips-headers", "timeout")
async def _drips_headers(visit: Visit) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 5000:
        await visit.send(bytes([letter]))
        await asyncio.sleep(0.1)


@behaviour("drips-body", "timeout")
async def _drips_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for letter in bodies.rss(200):
        await visit.send(bytes([letter]))
        await asyncio.sleep(0.1)


@behaviour("half-body", "fresh", entries=4)
async def _half_body(visit: Visit) -> None:
    await visit.answer("200 OK", bodies.CUT_OFF, XML, length=len(bodies.SOUND))


@behaviour("half-header-of-body", "unreadable", "not-a-feed", "protocol", "fresh")
async def _half_header_of_body(visit: Visit) -> None:
    await visit.answer("200 OK", bodies.SOUND[:50], XML, length=len(bodies.SOUND))


@behaviour("promised-body-never-comes", "timeout")
async def _promised(visit: Visit) -> None:
    await visit.answer("200 OK", b"", XML, length=1000)
    await asyncio.sleep(3600)


@behaviour("broken-chunks", "fresh", "protocol", entries=None)
async def _broken_chunks(visit: Visit) -> None:
    piece = bodies.SOUND[:600]
    await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\nZZZ\r\n" % (len(piece), piece))


@behaviour("chunks-that-break-later", "fresh", "protocol", "timeout", entries=None)
async def _chunks_that_break_later(visit: Visit) -> None:
    piece = bodies.SOUND[:600]
    await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(piece), piece))
    await asyncio.sleep(0.1)
    await visit.send(b"ZZZ\r\n")


@behaviour("endless-chunks", "too-large", "timeout")
async def _endless_chunks(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await visit.send(b"10000\r\n" + b" " * 65536 + b"\r\n")


@behaviour("endless-body", "too-large", "timeout")
async def _endless_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bodies.HEADER)
    while True:
        await visit.send(bodies.item(1) * 200)


@behaviour("claims-ten-gigabytes", "too-large")
async def _claims(visit: Visit) -> None:
    await visit.answer("200 OK", bodies.SOUND, XML, length=10**10)


@behaviour("endless-headers", "protocol")
async def _endless_headers(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await visit.send(b"X-Header: and another one\r\n" * 100)


@behaviour("megabyte-header", "protocol")
async def _megabyte_header(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 1048576 + b"\r\n\r\n")


@behaviour("endless-continue", "timeout", "protocol")
async def _endless_continue(visit: Visit) -> None:
    while True:
        await visit.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)
        await asyncio.sleep(0.05)


@behaviour("not-http", "protocol")
async def _not_http(visit: Visit) -> None:
    await visit.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")


@behaviour("body-without-headers", "protocol")
async def _body_without_headers(visit: Visit) -> None:
    await visit.send(bodies.SOUND)


@behaviour("closes-at-once", "connect")
async def _closes(visit: Visit) -> None:
    return


@behaviour("resets", "connect")
async def _resets(visit: Visit) -> None:
    visit.writer.transport.abort()


@behaviour("two-lengths", "protocol", "fresh", entries=None)
async def _two_lengths(visit: Visit) -> None:
    await visit.answer("200 OK", bodies.SOUND, "Content-Length: 5", XML)


@behaviour("negative-length", "protocol")
async def _negative_length(visit: Visit) -> None:
    await visit.answer("200 OK", bodies.SOUND, XML, length=-1)


@behaviour("lies-about-change", "fresh", entries=None)
async def _lies(visit: Visit) -> None:
    if "if-none-match" in visit.headers:
        await visit.answer("304 Not Modified", b"", 'ETag: "always"')
    else:
        await visit.answer("200 OK", bodies.rss(5, bodies.item(100 + visit.number)), 'ETag: "always"')


@behaviour("new-tag-each-time", "fresh", entries=5)
async def _new_tag(visit: Visit) -> None:
    await visit.answer("200 OK", bodies.SOUND, f'ETag: "{visit.number}"')


@behaviour("stamps-the-header", "fresh", entries=5)
async def _stamps(visit: Visit) -> None:
    stamp = b"<title>A feed</title><lastBuildDate>%d</lastBuildDate>" % visit.number
    await visit.answer("200 OK", bodies.SOUND.replace(b"<title>A feed</title>", stamp))


@behaviour("works-every-second-time", "server-error")
async def _every_second(visit: Visit) -> None:
    await (visit.answer("200 OK", bodies.SOUND) if visit.number % 2 == 0 else visit.answer("502 Bad Gateway"))


# --- sockets ---
@dataclass
class HostileServer:
    """The running behaviours: their URLs, and every request they got as (name, path, headers)."""

    urls: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@asynccontextmanager
async def serve(*names: str) -> Any:
    """Runs the named behaviours (or all of them), each on a port of its own on 127.0.0.1."""
    running = HostileServer()
    tasks: set[asyncio.Task[None]] = set()
    servers: list[asyncio.Server] = []

    def listener(chosen: Behaviour) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        count: Iterator[int] = iter(range(1, 10**9))

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:]) if k}
                path = head[0].split(" ")[1]
                running.requests.append((chosen.name, path, headers))
                port = writer.get_extra_info("sockname")[1]
                await chosen.act(Visit(path, headers, writer, port, next(count)))
            with suppress(ConnectionError):
                writer.close()
                await writer.wait_closed()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(handle(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return accept

    try:
        for name in names or BEHAVIOURS:
            server = await asyncio.start_server(listener(BEHAVIOURS[name]), "127.0.0.1", 0)
            servers.append(server)
            running.urls[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{name}"
        yield running
    finally:
        for server in servers:
            server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _main() -> None:
    bodies.nested_bomb()  # packed before anyone waits for it
    async with serve(*sys.argv[1:]) as running:
        print(json.dumps(running.urls), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(json.dumps(running.requests), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
