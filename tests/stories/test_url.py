"""One URL for one story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.url import canonical_url, names_a_story


@pytest.mark.parametrize(
    "variant",
    [
        "https://news.example/a/story?id=7&x=1",
        "http://news.example/a/story?id=7&x=1",
        "https://www.news.example/a/story/?x=1&id=7",
        "https://NEWS.example:443/a/story?id=7&x=1#section",
        "https://news.example/a/story?utm_source=rss&id=7&utm_medium=feed&x=1",
        "https://news.example/a/story?id=7&x=1&fbclid=abc&at_medium=RSS&at_campaign=KARANGA",
        "https://news.example/a/b/../story?id=7&x=1&mc_cid=1",
    ],
)
def test_variants_of_one_address_are_one(variant: str) -> None:
    assert canonical_url(variant) == "https://news.example/a/story?id=7&x=1"


@pytest.mark.parametrize(
    "query", ["option=com_content", "view=article", "p=123", "page=2", "articleid=9", "source=list", "ref=3"]
)
def test_parameters_that_may_name_the_story_stay(query: str) -> None:
    assert canonical_url(f"https://news.example/?{query}") != canonical_url("https://news.example/")


@pytest.mark.parametrize("url", ["", "not a url", "http://[::1", "https://news.example/%zz", "https://x/\u0643"])
def test_what_cannot_be_read_does_no_harm(url: str) -> None:
    assert isinstance(canonical_url(url), str)


def test_a_front_page_names_no_story() -> None:
    assert not names_a_story(canonical_url("https://www.news.example/?utm_source=rss"))
    assert names_a_story(canonical_url("https://news.example/?p=4"))


@given(st.text(alphabet="abc/?&=#%.:1é ", max_size=40))
def test_the_canonical_form_is_its_own(tail: str) -> None:
    once = canonical_url("https://news.example/" + tail)
    assert canonical_url(once) == once
