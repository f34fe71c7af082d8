"""Finding the feed behind a site, and lists of feeds from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.feeds.discover import Discovery, discover, suggest_id
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.opml import OpmlError, Outline, read_opml, write_opml
from monitor.feeds.worker import ParserPool
from tests.feeds.publisher import publishing
from tests.soak import hostile_bodies as bodies

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def look(answer: Callable[[web.Request], web.Response], path: str = "/") -> Discovery:
    async def run() -> Discovery:
        async with (
            publishing(answer) as site,
            Fetcher("x", limits=Limits(host_spacing_s=0)) as fetcher,
            ParserPool(1) as parsers,
        ):
            return await discover(fetcher, parsers, site.url + path, NOW, private=True)

    return asyncio.run(run())


def test_the_page_names_its_feed() -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(body=bodies.rss(7) if request.path == "/rss.xml" else bodies.HTML)

    found = look(answer)
    assert [feed.url.partition("/rss")[1] for feed in found.feeds] == ["/rss"]
    assert len(found.feeds[0].newest) == 5
    assert found.feeds[0].newest[0].guid == "story-6"


def test_a_page_that_names_none_is_asked_at_the_usual_places() -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(body=bodies.ATOM)
        return web.Response(status=404) if request.path != "/" else web.Response(body=b"<html><body>x</body></html>")

    assert [feed.kind for feed in look(answer).feeds] == ["atom"]


def test_a_feed_itself_is_found_at_once_and_nothing_says_why_not() -> None:
    assert look(lambda request: web.Response(body=bodies.SOUND)).asked[1:] == ()
    nothing = look(lambda request: web.Response(status=500))
    assert nothing.feeds == ()
    assert "500" in nothing.reason


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://feeds.bbci.co.uk/news/world/middle_east/rss.xml", "bbci-middle-east"),
        ("https://www.aljazeera.com/xml/rss/all.xml", "aljazeera"),
        ("https://rss.dw.com/xml/rss-en-world", "dw-en-world"),
        ("http://127.0.0.1:8000/feed", "127-0-0-1"),
    ],
)
def test_an_id_is_suggested_from_the_address(url: str, expected: str) -> None:
    assert suggest_id(url) == expected


OPML = b"""<?xml version="1.0"?><!DOCTYPE opml><opml version="1.1"><head><title>mine</title></head><body>
<outline text="Iraq &amp; Iran"><outline text="Rudaw" type="rss" xmlUrl="https://rudaw.example/rss?a=1&b=2" htmlUrl="https://rudaw.example"/>
<outline text="twice" xmlUrl="https://rudaw.example/rss?a=1&b=2"/><outline text="bad" xmlUrl="feed://x"/></outline>
<outline title="Shafaq" xmlUrl="https://shafaq.example/rss"/></body></opml>"""


def test_an_opml_list_is_read_with_its_folders_and_its_faults() -> None:
    feeds, problems = read_opml(OPML)
    assert feeds == [
        Outline("https://rudaw.example/rss?a=1&b=2", "Rudaw", "https://rudaw.example", "Iraq & Iran"),
        Outline("https://shafaq.example/rss", "Shafaq"),
    ]
    assert len(problems) == 2
    assert "line 3" in problems[0]


@pytest.mark.parametrize("data", [b"", b"<rss/>", bodies.HTML, b"<opml", b"\xff\xfe"])
def test_what_is_no_opml_is_refused(data: bytes) -> None:
    with pytest.raises(OpmlError):
        read_opml(data)


_names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Zs")), min_size=1, max_size=20
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # characters are slow to make on a busy machine
@given(st.dictionaries(_names.map(lambda n: f"https://news.example/{n}"), st.tuples(_names, _names), max_size=5))
def test_what_is_exported_can_be_imported(feeds: dict[str, tuple[str, str]]) -> None:
    outlines = [Outline(url, title, "", folder.replace("/", "-")) for url, (title, folder) in feeds.items()]
    read, problems = read_opml(write_opml(outlines).encode())
    assert problems == []
    assert sorted(read, key=lambda o: o.url) == sorted(outlines, key=lambda o: o.url)
