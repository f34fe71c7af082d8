"""The subject: what a person triages on from a phone's lock screen. Pure.

▼ de-escalation · Esmail Qaani: tells factions to hold fire · 4 sources
"""

from __future__ import annotations

import re
from typing import Any

from ..reading.records import MARKS

# Longest subject, in characters: what a phone's lock screen and mail servers take in any script.
SUBJECT_LENGTH = 110

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_RTL = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LTR = re.compile(r"[A-Za-z\u00c0-\u024f]")


def one_line(text: str, length: int) -> str:
    """`text` without line breaks, control and direction characters, cut at a word's end to `length` characters."""
    text = " ".join(_CONTROLS.sub(" ", text).split())
    if len(text) <= length:
        return text
    cut = text[: length - 1].rsplit(" ", 1)[0] if " " in text[: length - 1] else text[: length - 1]
    return cut.rstrip(" ,;:.-") + "…"


def is_rtl(text: str) -> bool:
    """Whether the first letter of a text belongs to a script written from right to left."""
    rtl, ltr = _RTL.search(text), _LTR.search(text)
    return rtl is not None and (ltr is None or rtl.start() < ltr.start())


def isolated(text: str) -> str:
    """A right-to-left text between marks that keep it from reordering what stands around it; other text as it is."""
    return f"\u2068{text}\u2069" if is_rtl(text) else text


def subject(payload: dict[str, Any]) -> str:
    """The subject of an alert of any kind, within `SUBJECT_LENGTH` characters."""
    kind = payload["kind"]
    if kind == "digest":
        return one_line(payload["title"], SUBJECT_LENGTH)
    if kind == "health":
        lead = "!" if payload.get("level") == "trouble" else "✓"
        return one_line(f"{lead} monitor: {payload['title']}", SUBJECT_LENGTH)
    mark = MARKS.get(payload["direction"], MARKS["none"])
    names = one_line(", ".join(watchlist["name"] for watchlist in payload["watchlists"]), 50)
    count = len({each["owner"] for each in payload.get("sources") or payload.get("stories") or ()})
    tail = f" · {count} sources" if count > 1 and kind in ("signal", "declared") else ""
    head = f"{mark} {_act(payload)} · {names}: "
    if kind == "shift" and payload.get("numbers"):
        return one_line(head + _figures(payload["numbers"]), SUBJECT_LENGTH)
    room = max(40, SUBJECT_LENGTH - len(head) - len(tail))
    return head + _title(payload, room) + tail


def _act(payload: dict[str, Any]) -> str:
    kind, direction = payload["kind"], payload["direction"]
    if kind == "signal":
        return f"update, {direction}" if payload.get("update") else str(direction)
    return {
        "shift": f"SHIFT to {direction}",
        "declared": f"{direction} declared",
        "contested": f"{direction} contested",
        "retraction": f"{direction} retracted",
        "volume": "more coverage",
    }[kind]


def _title(payload: dict[str, Any], room: int) -> str:
    """The title; behind its English gloss where it is in another script."""
    title = one_line(_without_name(payload["title"], payload["watchlists"]), room)
    words = payload.get("gloss")
    gloss = one_line(_without_name(words["text"], payload["watchlists"]), 50) if isinstance(words, dict) else ""
    if gloss and is_rtl(title):
        return f"{gloss} · {isolated(one_line(payload['title'], max(room - len(gloss) - 5, 30)))}"
    return isolated(title)


def _figures(numbers: dict[str, Any]) -> str:
    """`9 of 11 stories, usual 23 %`."""
    usual = f", usual {numbers['usual_share']:.0%}".replace("%", " %") if numbers.get("usual_share") is not None else ""
    return f"{numbers['pointing']} of {numbers['stories']} stories{usual}"


def _without_name(title: str, watchlists: list[dict[str, Any]]) -> str:
    """`Qaani tells factions …` after `Esmail Qaani:` need not name him again."""
    for watchlist in watchlists[:1]:
        for name in (watchlist["name"], watchlist["name"].split()[-1]):
            if len(name) >= 4 and re.match(rf"{re.escape(name)} [a-z]", title):
                return title[len(name) + 1 :]
    return title
