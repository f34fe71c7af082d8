"""Full text behind a story's link."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from monitor.feeds.article import Article, full_text, source
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.records import FeedConfig, Outcome
from monitor.feeds.worker import ParserPool
from tests.feeds.publisher import publishing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = "".join(f"<p>Sentence number {n} of the article says that the talks in Baghdad went on.</p>" for n in range(9))
PAGE = f"""<html><head><title>Talks go on</title></head><body><nav><a href="/">Home</a> <a href="/x">World</a></nav>
<article><h1>Talks go on</h1>{BODY}</article><footer>All rights reserved</footer></body></html>"""


def read(response: web.Response) -> Article:
    async def run() -> Article:
        site_of = publishing(lambda request: response)
        quick = Limits(host_spacing_s=0)
        async with site_of as site, ParserPool(1) as parsers, Fetcher("x", limits=quick) as fetcher:
            feed = FeedConfig("f", site.url, private=True)
            link = site.url + "/story"
            return await full_text(fetcher, parsers, source(feed, link), link, NOW)

    return asyncio.run(run())


def test_the_article_is_taken_out_of_its_page() -> None:
    pytest.importorskip("trafilatura")
    article = read(web.Response(text=PAGE, content_type="text/html"))
    assert "Sentence number 8 of the article" in article.text
    assert "All rights reserved" not in article.text
    assert "Home" not in article.text


def test_a_page_without_article_says_so() -> None:
    pytest.importorskip("trafilatura")
    article = read(web.Response(text="<html><body>Please accept cookies.</body></html>", content_type="text/html"))
    assert article == Article("", "no article text was found in the page")


def test_a_page_that_cannot_be_had_is_named_with_its_outcome() -> None:
    busy = read(web.Response(status=503, headers={"Retry-After": "60"}))
    assert (busy.outcome, busy.retry_after_s) == (Outcome.SERVER_ERROR, 60.0)
    assert read(web.Response(status=404)).outcome is Outcome.NOT_FOUND
    assert "not a page" in read(web.Response(body=b"%PDF", content_type="application/pdf")).reason


def test_a_page_is_asked_for_without_the_feeds_headers_and_in_private_only_at_the_feeds_own_origin() -> None:
    feed = FeedConfig("f", "http://bridge:3000/feed", private=True, authorization="Basic x", headers=(("X-Key", "k"),))
    own, other = source(feed, "http://bridge:3000/story"), source(feed, "http://bridge:6379/")
    assert (own.private, other.private) == (True, False)
    assert own.authorization is None
    assert "X-Key" not in dict(own.headers)
