"""Row 4: the parse step of one feed with 1, none or all of its 40 items new, against whole parses of the body."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from monitor.feeds import cut, wire
from monitor.feeds.parse import parse
from monitor.feeds.records import Entry

from . import corpus
from .measure import cpu_of, in_turn, ratio_of
from .record import Bench

# Which of a body's 40 items are new, the peer, must and goal.
CASES = (
    ("1 of 40 new", 1, "feedparser, whole body", 8.0, 12.0),
    ("none new", 0, "fastfeedparser, whole body", 2.0, 3.0),
    ("all new", corpus.ITEMS, "feedparser, whole body", 0.9, 1.0),
)


def ours(body: bytes, seen: frozenset[str]) -> tuple[Entry, ...]:
    """What a poll does with a body: cut out what was seen, parse the rest, hand it over between two processes."""
    items = cut.find_items(body)
    assert items is not None
    unseen = [mark for mark in items.fingerprints if mark not in seen]
    if not unseen:
        return ()
    document = body if len(unseen) == len(items.fingerprints) else next(cut.parts(body, items, unseen, corpus.ITEMS))
    return wire.load(wire.dump(parse(document))).entries


def run(rounds: int, feeds: int) -> list[Bench]:
    """The three cases over that many feeds; entries checked against a parse of the whole body."""
    import fastfeedparser
    import feedparser

    now = corpus.start_of_edition_0()
    bodies = [corpus.body(feed, 0, now) for feed in range(feeds)]
    whole = [parse(body).entries for body in bodies]
    marks = [_marks(body) for body in bodies]
    peers: dict[str, Callable[[bytes], Any]] = {
        # BytesIO, because feedparser first tries to open bytes as the name of a file
        "feedparser, whole body": lambda body: feedparser.parse(io.BytesIO(body)),
        "fastfeedparser, whole body": fastfeedparser.parse,
    }
    for each in (*peers.values(), parse):
        each(bodies[0])  # what is loaded or compiled at first use is no cost of a parse
    benches = []
    for what, new, peer, must, goal in CASES:
        seen = [frozenset(found[new:]) for found in marks]
        exact = all(ours(b, s) == w[:new] for b, s, w in zip(bodies, seen, whole, strict=True))
        found = in_turn(
            rounds,
            ours=lambda seen=seen: cpu_of(lambda: [ours(b, s) for b, s in zip(bodies, seen, strict=True)]),
            peer=lambda peer=peer: cpu_of(lambda: [peers[peer](body) for body in bodies]),
        )
        benches.append(
            Bench(
                "4",
                f"parse step, {what}",
                "ms",
                median(found["ours"]) / feeds * 1000,
                median(found["peer"]) / feeds * 1000,
                peer,
                ratio_of(found["ours"], found["peer"]),
                must,
                goal,
                f"entries equal those of a full parse on {feeds} feeds" if exact else "ENTRIES DIFFER",
                exact,
            )
        )
    return benches


def _marks(body: bytes) -> Sequence[str]:
    items = cut.find_items(body)
    assert items is not None
    return items.fingerprints
