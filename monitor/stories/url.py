"""A URL in the one form under which a story is recognised, whichever way a feed writes it today."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from urllib.parse import SplitResult, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_DEFAULT_PORT = re.compile(r":(?:80|443)$")


@cache
def _tracking() -> re.Pattern[str]:
    """Names of parameters that go, from tracking.txt."""
    rows = (files("monitor.stories") / "tracking.txt").read_text(encoding="utf-8").splitlines()
    names = [
        re.escape(row[:-1]) + ".*" if row.endswith("*") else re.escape(row) for row in rows if row and row[0] != "#"
    ]
    return re.compile(f"(?:{'|'.join(names)})", re.IGNORECASE)


def canonical_url(url: str, *, keep_fragment: bool = False) -> str:
    """`url` without tracking parameters, fragment, `www.`, default port and trailing slash, its scheme https, its
    parameters in order. For comparing, not for following; a URL that cannot be read is returned as it is.
    """
    try:
        parts = urlsplit(url.strip())
        query = _without_tracking(parts.query)
        host = _DEFAULT_PORT.sub("", parts.netloc.rpartition("@")[2].lower()).removeprefix("www.").rstrip(".")
        plain = SplitResult("https", host, parts.path, query, parts.fragment)
        whole = str(canonicalize_url(urlunsplit(plain), keep_fragments=keep_fragment or parts.fragment.startswith("!")))
    except ValueError:
        return url.strip()
    head, mark, tail = whole.partition("?")
    return head.rstrip("/") + mark + tail


def _without_tracking(query: str) -> str:
    if not query:
        return ""
    pattern = _tracking()
    return "&".join(pair for pair in query.split("&") if pair and not pattern.fullmatch(pair.partition("=")[0]))


def names_a_story(canonical: str) -> bool:
    """Whether a canonical URL can be of one story: a front page (no path, no parameters) is of none."""
    parts = urlsplit(canonical)
    return bool(parts.path.strip("/") or parts.query)
