"""A web page where a feed was expected: recognised, and asked which feeds it names."""

from __future__ import annotations

import re
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import urljoin

# How much of a page is looked at, in characters. Links to feeds stand in its head.
_LOOK_AT = 300_000
_PREAMBLE = re.compile(r"\s+|<\?.{0,500}?\?>|<!--.{0,5000}?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\s+html[^<>]{0,500}>", re.IGNORECASE)
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_HTML = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|script|style|div|center|h1|meta|title|p|br)[\s>/]", re.IGNORECASE
)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_CHALLENGE = re.compile(
    r"cf-chl|challenge-platform|<title>Just a moment|<title>Attention Required|cf-browser-verification|"
    r"DDoS protection by|_Incapsula_Resource|<title>Access Denied|captcha-delivery|ddos-guard",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Whether the document begins as a web page does. A feed under a web page's DOCTYPE is still a feed."""
    start = _after(_PREAMBLE, text, 0)
    doctype = _DOCTYPE.match(text, start)
    if doctype is not None and _FEED.match(text, _after(_PREAMBLE, text, doctype.end())) is not None:
        return False
    return _HTML.match(text, start) is not None


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Where the run of matches of `pattern` from `position` ends."""
    for _ in range(50):
        found = pattern.match(text, position)
        if found is None or found.end() == position:
            break
        position = found.end()
    return position


def is_challenge(text: str) -> bool:
    """Whether a page asks for a browser or a human instead of answering."""
    return _CHALLENGE.search(text[:65536]) is not None


def page_title(text: str) -> str:
    """The title of a page, or nothing."""
    found = _TITLE.search(text[:65536])
    return " ".join(found[1].split()) if found else ""


class _Links(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.feeds: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "base" and have.get("href"):
            self._base = urljoin(self._base, have["href"])
        if tag not in ("link", "a") or not have.get("href"):
            return
        named = have.get("type", "").split(";")[0].strip().lower() in _FEED_TYPES
        if named and ("alternate" in have.get("rel", "").lower().split() or tag == "a"):
            try:
                target = urljoin(self._base, have["href"].strip())
            except ValueError:
                return
            if target.startswith(("http://", "https://")) and len(self.feeds) < 50:
                self.feeds.append((target, " ".join(have.get("title", "").split())[:200]))


def feed_links(text: str, url: str) -> list[tuple[str, str]]:
    """(URL, title) of each feed that the page names by `<link rel="alternate">`, comment feeds last."""
    finder = _Links(url)
    with suppress(AssertionError, ValueError):  # what was found before the fault still counts
        finder.feed(text[:_LOOK_AT])
    unique = dict(finder.feeds)
    return sorted(unique.items(), key=lambda link: "comment" in (link[0] + link[1]).lower())
