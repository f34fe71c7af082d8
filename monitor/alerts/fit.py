"""Making a text fit a service: cut at the end of a section, a sentence or a word, never in the middle of one. Pure."""

from __future__ import annotations

import re

# What stands where something was cut.
CUT = "[…]"
_SENTENCE = re.compile(r"[.!?؟۔…][\"”’»)*_]*(?=\s|$)|\n")


def fit(body: str, footer: str, limit: int) -> str:
    """`body`, a blank line and `footer` within `limit` characters (0: any length); the footer is never cut.

    What is left out goes from the end: sections (parts between blank lines) as a whole while the last one is small
    beside the rest, then sentences, then words.
    """
    body = body.strip()
    whole = f"{body}\n\n{footer}"
    if limit <= 0 or len(whole) <= limit:
        return whole
    room = limit - len(footer) - len(CUT) - 4
    if room <= 0:
        return footer[:limit]
    return f"{shorten(body, room)}\n{CUT}\n\n{footer}"


def shorten(text: str, room: int) -> str:
    """The beginning of a text within `room` characters, ended where a section, else a sentence, else a word ends."""
    if len(text) <= room:
        return text
    head = text[:room]
    section = head.rfind("\n\n")
    if section >= 0.6 * room:
        return head[:section].rstrip()
    ends = [found.end() for found in _SENTENCE.finditer(text, 0, room + 1) if found.end() <= room]
    if ends and ends[-1] >= 0.4 * room:
        return head[: ends[-1]].rstrip()
    word = max(head.rfind(" "), head.rfind("\n"))
    return (head[:word] if word >= 0.4 * room else head).rstrip()
