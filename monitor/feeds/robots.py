"""robots.txt (RFC 9309): which pages a site asks programs like us to leave alone. Pure, linear in its input.

Asked for articles only: a feed is published for feed readers, the pages behind it are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

# The name we obey rules under, beside `*`.
OUR_NAME = "monitor"
# How much of a robots.txt counts, in bytes: what RFC 9309 asks for at least.
MAX_BYTES = 500 * 1024
# Rules kept of one file, and how long a pattern may be.
_MAX_RULES, _MAX_PATTERN = 5_000, 2_000


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules that hold for us: (pattern, allowed), in the order of the file."""

    rules: tuple[tuple[str, bool], ...] = ()

    def allows(self, url: str) -> bool:
        """Whether `url` may be asked for: the longest pattern that fits decides, `Allow` where two are as long."""
        parts = urlsplit(url)
        path = _normal(parts.path or "/") + (f"?{_normal(parts.query)}" if parts.query else "")
        if path == "/robots.txt":
            return True
        best, allowed = -1, True
        for pattern, allow in self.rules:
            if (len(pattern) > best or (len(pattern) == best and allow)) and _fits(pattern, path):
                best, allowed = len(pattern), allow
        return allowed


ALLOW_ALL = Robots()


def read_robots(body: bytes, name: str = OUR_NAME) -> Robots:
    """The rules for `name` in a robots.txt: those of its own groups, else those for `*`, else none."""
    own: list[tuple[str, bool]] = []
    everyone: list[tuple[str, bool]] = []
    named = False
    groups: list[list[tuple[str, bool]]] = []
    in_head = False
    for line in body[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key in ("user-agent", "useragent", "user agent"):
            if not in_head:
                groups, in_head = [], True
            agent = re.match(r"[a-zA-Z_-]*|\*", value)
            if value.startswith("*"):
                groups.append(everyone)
            elif agent and agent[0].lower() == name:
                groups.append(own)
                named = True
        elif key in ("allow", "disallow"):
            in_head = False
            if value and len(value) <= _MAX_PATTERN:
                for group in groups:
                    if len(group) < _MAX_RULES:
                        group.append((_normal(value), key == "allow"))
    return Robots(tuple(own if named else everyone))


def _normal(path: str) -> str:
    """One notation for a path: percent-encoded where it must be, and only there."""
    return quote(unquote_to_bytes(path), safe="/*$?&=:;,@!'()+~%-._[]|#")


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern with `*` and a last `$` fits the beginning (with `$` the whole) of `path`."""
    anchored = pattern.endswith("$")
    first, *others = (pattern[:-1] if anchored else pattern).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not others:
        return not anchored or at == len(path)
    last = others[-1]
    if anchored:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
