"""Leaving out what was seen, told from bytes alone, changes nothing about what is read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds import cut
from monitor.feeds.parse import parse
from tests.soak import hostile_bodies as bodies


@pytest.mark.parametrize(
    "body", [bodies.SOUND, bodies.ATOM, bodies.RDF, bodies.COMMENTED], ids=["rss", "atom", "rdf", "cdata"]
)
def test_each_item_alone_reads_as_it_does_in_the_whole(body: bytes) -> None:
    items = cut.find_items(body)
    assert items is not None
    whole = parse(body, url="https://news.example/feed")
    apart = [
        e
        for part in cut.parts(body, items, items.fingerprints, 1)
        for e in parse(part, url="https://news.example/feed").entries
    ]
    assert tuple(apart) == whole.entries
    assert len(apart) == len(items.spans)


def test_only_unseen_items_are_left() -> None:
    items = cut.find_items(bodies.SOUND)
    assert items is not None
    rest, left = cut.without(bodies.SOUND, items, items.fingerprints[1:])
    assert left == 1
    assert [entry.guid for entry in parse(rest).entries] == ["story-0"]


def test_a_cut_off_body_is_closed_again_without_its_broken_item() -> None:
    items = cut.find_items(bodies.CUT_OFF)
    assert items is not None
    assert not items.closed
    rest, left = cut.without(bodies.CUT_OFF, items, ())
    assert left == 4
    assert parse(rest).well_formed


@pytest.mark.parametrize(
    "body", [bodies.UTF16, bodies.UTF16_UNMARKED, bodies.HTML, bodies.NESTED_ITEMS, bodies.JSON_FEED, b""]
)
def test_where_bytes_cannot_tell_everything_is_parsed(body: bytes) -> None:
    assert cut.find_items(body) is None


@pytest.mark.parametrize(
    "piece", [b"<item>", b"<item", b"<![CDATA[", b"<!--", b"</item>", b"<item></item", b"<entry >x"]
)
def test_the_scan_is_linear(piece: bytes) -> None:
    def cost_s(count: int) -> float:
        body = bodies.HEADER + piece * count
        began = time.process_time()
        cut.find_items(body)
        return time.process_time() - began

    assert cost_s(100_000) < 1.0


_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
_pieces = st.sampled_from(
    ["<![CDATA[ <item> </item> ]]>", "<!-- <item> -->", "<b:x xmlns:b='urn:b'>y</b:x>", "&amp;", "<item2>z</item2>"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_texts, st.lists(_pieces, max_size=3)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_cut_and_parsed_equals_parsed_whole(items: list[tuple[str, list[str]]], random, atom: bool) -> None:  # type: ignore[no-untyped-def]
    from xml.sax.saxutils import escape

    name = "entry" if atom else "item"
    written = [
        f"<{name}><title>{escape(title)} number {n}</title><guid>g{n}</guid><id>g{n}</id><x>{''.join(extra)}</x></{name}>"
        for n, (title, extra) in enumerate(items)
    ]
    head, tail = (
        ('<feed xmlns="http://www.w3.org/2005/Atom">', "</feed>")
        if atom
        else ("<rss version='2.0'><channel>", "</channel></rss>")
    )
    body = (head + "".join(written) + tail).encode()
    found = cut.find_items(body)
    assert found is not None
    whole = parse(body).entries
    seen = {mark for mark in found.fingerprints if random.random() < 0.5}
    rest, left = cut.without(body, found, seen)
    expected = [entry for entry, mark in zip(whole, found.fingerprints, strict=True) if mark not in seen]
    assert list(parse(rest).entries) == expected
    assert left == len(expected)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(bodies.SOUND)))
def test_a_body_cut_off_anywhere_keeps_its_whole_items(at: int) -> None:
    whole_items = bodies.SOUND[:at].count(b"</item>")
    parsed = parse(bodies.SOUND[:at])
    assert [entry.guid for entry in parsed.entries] == [f"story-{n}" for n in range(whole_items)]
