"""Feed text made harmless before a page sees it: no direction overrides, no control characters, links only to the web."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

# Overrides, embeddings and isolates can make a line read backwards or swallow what follows it; one stands for one, so
# that the places of evidence stay true. Marks that Arabic and Persian need (ZWNJ, LRM, RLM, ALM) are left alone.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069\u206a-\u206f]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufff9-\ufffb]")
# What would end a script element or break a line of JavaScript, and what would begin a comment or another element.
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def plain(text: str) -> str:
    """Text of a feed, each dangerous character replaced by a harmless one: the length stays."""
    return _CONTROLS.sub("\ufffd", _OVERRIDES.sub("\u200b", text))


def short(text: str, most: int) -> str:
    """Text of a feed for a line, cut to so many characters."""
    clean = plain(text)
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"


def web_link(url: str) -> str:
    """The address where it is an http(s) one with a host and nothing strange in it, else nothing."""
    clean = url.strip()
    try:
        parts = urlsplit(clean)
        host = parts.hostname
    except ValueError:
        return ""
    usable = parts.scheme.lower() in ("http", "https") and host and len(clean) <= 4096
    return clean if usable and not re.search(r"[\s\x00-\x1f\x7f<>\"`\\]", clean) and plain(clean) == clean else ""


def script_json(value: Any) -> str:
    """Compact JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: _IN_SCRIPT[found[0]], text)


def units(text: str, place: int) -> int:
    """A place in a text counted as JavaScript counts: characters beyond the basic plane are two."""
    return place if text.isascii() else place + sum(char > "\uffff" for char in text[:place])
