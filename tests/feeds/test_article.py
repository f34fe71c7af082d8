"""Full text behind a story's link."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from monitor.feeds.article import Article, full_text
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.records import FeedConfig
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
            return await full_text(fetcher, parsers, feed, site.url + "/story", NOW)

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


def test_a_busy_server_is_asked_again_later_and_a_missing_page_is_not() -> None:
    assert read(web.Response(status=503)).retry
    assert not read(web.Response(status=404)).retry
    assert "not a page" in read(web.Response(body=b"%PDF", content_type="application/pdf")).reason
