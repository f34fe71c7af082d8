"""`python -m tests.fuzz [--minutes N] [--seed S] [--keep DIR]`: damaged feeds against cut, repair, parse and clean text.

Inputs are the hostile bodies and small real captures (where the shared data is), mutated: pieces cut out, doubled,
moved, swapped with another input's, bits flipped, marks of markup put in. Each must be read without an exception,
within its time, twice with the same result, into text that is clean and bounded; and cut into items it must read as it
does whole. A finding is written to DIR. Exit code 1 if there was one, or if memory grew.
"""

from __future__ import annotations

import argparse
import gc
import random
import signal
import sys
import time
from hashlib import blake2b
from pathlib import Path
from types import FrameType

from monitor.feeds import cut
from monitor.feeds.parse import parse
from monitor.feeds.records import ParsedFeed
from monitor.stories import text as texts
from tests.conftest import SHARED
from tests.soak import hostile_bodies as bodies

# The most one input may take, in seconds of this process, and the most that inputs are let grow to, in bytes.
HANG_S = 10.0
MOST_BYTES = 60_000
# Growth of the process that counts as a leak once it is warm, in MB.
GROWTH_MB = 60.0
MARKS = [
    *(b"<item>", b"</item>", b"<entry>", b"</entry>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE rss [", b"]>"),
    *(b"&", b"&amp;", b"&#0;", b"&#x110000;", b"&nbsp;", b"<author>", b"</author>", b"@", b"<title>", b"</title>"),
    *(
        b"<media:description>",
        b"\x00",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"<rss>",
        b"</rss>",
        b"<html>",
        b"{",
        b"}",
    ),
    *(b'"', b"'", b"<", b">", b"xml:base='http://[::1'", b"xmlns='urn:x'", b"<pubDate>99999999999</pubDate>", b"\r"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"\xe2\x80\xae", b"\xd9\x83\xd8\xaa"),
]


class HangError(BaseException):
    """One input took too long; not an Exception, so that nothing on the way catches it."""


def seeds() -> list[bytes]:
    """What the damage is done to."""
    found = [value for value in vars(bodies).values() if isinstance(value, bytes) and 40 < len(value) < MOST_BYTES]
    captures = SHARED / "data" / "feeds"
    if captures.is_dir():
        files = [path for path in sorted(captures.rglob("*")) if path.is_file() and path.stat().st_size < MOST_BYTES]
        found += [path.read_bytes() for path in files[::6]]
    return found


def damaged(rng: random.Random, pool: list[bytes]) -> bytes:
    """One input of the pool, mutated a few times."""
    body = bytearray(rng.choice(pool))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8, 20))):
        size = max(1, len(body))
        at, end = sorted((rng.randrange(size), min(size, rng.randrange(size) + rng.randrange(1, 400))))
        kind = rng.randrange(8)
        if kind == 0:
            del body[at:end]
        elif kind == 1:
            body[at:at] = body[at:end]
        elif kind == 2:
            body[at:at] = rng.choice(MARKS) * rng.choice((1, 1, 1, 2, 50))
        elif kind == 3:
            other = rng.choice(pool)
            start = rng.randrange(len(other))
            body[at:end] = other[start : start + rng.randrange(1, 2000)]
        elif kind == 4 and body:
            body[at % len(body)] ^= 1 << rng.randrange(8)
        elif kind == 5:
            body = body[:end]
        elif kind == 6:
            body[at:at] = rng.randbytes(rng.randrange(1, 20))
        else:
            body = bytearray(bytes(body).replace(rng.choice(MARKS), rng.choice(MARKS), rng.randrange(1, 20)))
    return bytes(body[:MOST_BYTES])


def faults(body: bytes) -> str | None:
    """What is wrong with how `body` is read, or None."""
    hints = {"content_type": "text/xml; charset=utf-8", "url": "https://news.example/feed"}
    parsed = parse(body, **hints)
    if parse(body, **hints) != parsed:
        return "two readings differ"
    if not parsed.is_feed and not parsed.problems:
        return "no reason given"
    if fault := _unclean(parsed):
        return fault
    items = cut.find_items(body)
    if items is not None and items.spans and parsed.is_feed and parsed.well_formed and not parsed.problems:
        apart = [e for piece in cut.parts(body, items, items.fingerprints, 1) for e in parse(piece, **hints).entries]
        whole = list(parsed.entries)
        if [e.guid for e in apart] != [e.guid for e in whole] or [e.title for e in apart] != [e.title for e in whole]:
            return "cut and parsed differs from parsed whole"
    return None


def _unclean(parsed: ParsedFeed) -> str | None:
    for entry in parsed.entries:
        if (
            len(entry.title) > texts.MAX_TITLE
            or len(entry.summary) > texts.MAX_SUMMARY
            or len(entry.body) > texts.MAX_BODY
        ):
            return "a text beyond its bound"
        for part in (entry.title, entry.summary, entry.body, entry.author or ""):
            if any((ord(c) < 32 and c != "\n") or "\u202a" <= c <= "\u202e" or "\ud800" <= c <= "\udfff" for c in part):
                return "a hidden character in clean text"
        if entry.link is not None and not entry.link.startswith(("http://", "https://")):
            return "a link that is none"
        if entry.published is not None and entry.published.utcoffset() is None:
            return "a date without a zone"
    return None


def resident_mb() -> float:
    """Memory of this process now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1048576


def _too_long(number: int, frame: FrameType | None) -> None:
    raise HangError


def main() -> int:
    """Fuzzes for the given time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    rng, pool = random.Random(options.seed), seeds()
    signal.signal(signal.SIGVTALRM, _too_long)
    began, tried, found, slowest, warm_mb = time.monotonic(), 0, 0, 0.0, 0.0
    while time.monotonic() - began < options.minutes * 60:
        body = damaged(rng, pool)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
        try:
            fault = faults(body)
        except HangError:
            fault = f"took more than {HANG_S:.0f} s"
        except Exception as error:
            fault = f"raised {type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        slowest = max(slowest, time.process_time() - started)
        tried += 1
        if tried == 300:
            warm_mb = resident_mb()
        if fault:
            found += 1
            options.keep.mkdir(exist_ok=True)
            path = options.keep / blake2b(body, digest_size=6).hexdigest()
            path.write_bytes(body)
            print(f"{path}: {fault}", flush=True)
    grown = resident_mb() - warm_mb if warm_mb else 0.0
    minutes = (time.monotonic() - began) / 60
    print(f"{tried} inputs in {minutes:.1f} min: {found} findings, slowest {slowest:.2f} s, grown by {grown:.1f} MB")
    return 1 if found or grown > GROWTH_MB else 0


if __name__ == "__main__":
    sys.exit(main())
