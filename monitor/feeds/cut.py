"""Which items of a body were seen before, told from the bytes alone, so that only the others are parsed.

A linear scan finds the spans of `<item>` or `<entry>` elements and fingerprints each. It knows comments and CDATA, and
gives up (None: parse everything) wherever it is not sure. The scan is a search for start marks followed by `find`, not
a regular expression over whole items: `<item>.*?</item>` is quadratic on unclosed items.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

# Marks that change the state of the scan. Each alternative is a short literal, so the search is linear.
_MARK = re.compile(rb"<(?:item(?=[\s>])|entry(?=[\s>])|/item(?=[\s>])|/entry(?=[\s>])|!\[CDATA\[|!--)")
_CLOSERS = {b"</rss>": b"</channel></rss>", b"</feed>": b"</feed>", b"</rdf:RDF>": b"</rdf:RDF>"}
_ROOT = re.compile(rb"<(rss|feed|rdf:RDF)[\s>]")
_NAME = re.compile(rb"<(?:guid|id|link)(?:\s[^<>]{0,300})?>([^<]{0,500})")
# Encodings in which an ASCII tag is not its own bytes.
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00", b"\x4c\x6f\xa7\x94")


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a body: byte spans in order, with a fingerprint each.

    `broken_at` is where an item begins that never ends; `closed` says whether the root element is closed after it all.
    """

    spans: tuple[tuple[int, int], ...]
    fingerprints: tuple[str, ...]
    broken_at: int | None
    closed: bool
    root: bytes


def find_items(body: bytes) -> Items | None:
    """The items of an RSS, Atom or RDF body, or None where only a parser can tell."""
    if body.startswith(_WIDE_MARKS):
        return None
    root = _ROOT.search(body, 0, 65536)
    if root is None:
        return None
    spans: list[tuple[int, int]] = []
    start: int | None = None
    name = b""
    position = root.end()
    while (mark := _MARK.search(body, position)) is not None:
        word = mark[0]
        position = mark.end()
        if word == b"<![CDATA[":
            position = body.find(b"]]>", position)
        elif word == b"<!--":
            position = body.find(b"-->", position)
        elif word in (b"<item", b"<entry"):
            if start is not None:
                return None
            start, name = mark.start(), word[1:]
        else:
            if start is None:
                return None
            if word[2:] != name:
                continue
            position = body.find(b">", position)
            if position < 0:
                break
            spans.append((start, position + 1))
            start = None
        if position < 0:
            break
    if not spans and start is None:
        return None
    tail = body[spans[-1][1] if spans else 0 :]
    closed = start is None and (b"</" + root[1]) in tail
    fingerprints = tuple(fingerprint(body[a:b]) for a, b in spans)
    return Items(tuple(spans), fingerprints, start if not closed else None, closed, b"</" + root[1] + b">")


def fingerprint(item: bytes) -> str:
    """Eight bytes of BLAKE2b over an item as served, in hexadecimal."""
    return blake2b(item, digest_size=8).hexdigest()


def items_hash(items: Items | None) -> str | None:
    """One hash over all items, whatever the header says; None where the items cannot be told apart by bytes."""
    return None if items is None else blake2b("".join(items.fingerprints).encode(), digest_size=16).hexdigest()


def names_hash(body: bytes, items: Items | None) -> str | None:
    """One hash over the guids and links of all items: it changes when other items are listed, not when an item's
    counters or advertisements do. None where the items cannot be told apart by bytes.
    """
    if items is None:
        return None
    names = [b"\x1f".join(_NAME.findall(body[start:end])) for start, end in items.spans]
    return blake2b(b"\x1e".join(names), digest_size=16).hexdigest()


def without(body: bytes, items: Items, seen: Collection[str]) -> tuple[bytes, int]:
    """The body without the items whose fingerprints are in `seen` and without a broken last one, closed again if it was
    cut off; and the number of items left.
    """
    kept: list[bytes] = []
    position, left = 0, 0
    for (start, end), mark in zip(items.spans, items.fingerprints, strict=True):
        if mark in seen:
            kept.append(body[position:start])
        else:
            kept.append(body[position:end])
            left += 1
        position = end
    if items.closed:
        kept.append(body[position:])
    else:
        kept.append(_CLOSERS[items.root])
    return b"".join(kept), left


def parts(body: bytes, items: Items, wanted: Sequence[str], size: int) -> Iterator[bytes]:
    """The body with only the items whose fingerprints are in `wanted`, in several documents of at most `size` items.

    Whatever stands between items (nothing, as a rule) goes with the first document.
    """
    first, last = items.spans[0][0], items.spans[-1][1]
    head, tail = body[:first], body[last:] if items.closed else _CLOSERS[items.root]
    gaps = (body[a[1] : b[0]] for a, b in pairwise(items.spans))
    between = b"".join(gap for gap in gaps if not gap.isspace())
    chosen = set(wanted)
    spans = [span for span, mark in zip(items.spans, items.fingerprints, strict=True) if mark in chosen]
    for start in range(0, len(spans), size):
        yield b"".join((head, *(body[a:b] for a, b in spans[start : start + size]), between, tail))
        between = b""
