"""One story as data for its page: its texts as far as they are kept, and every reading with the places of its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..reading.records import Part, Reading, Span
from .records import StoryFacts
from .safe import plain, short, units, web_link

# Of one story, characters kept: of the title, of the summary, and of the body beyond its last evidence.
MOST_TITLE, MOST_SUMMARY, LEAST_BODY, MOST_BODY = 2_000, 4_000, 1_200, 6_000
# Characters of a title in a list.
LIST_TITLE = 280

SIGN = {"escalation": 1, "none": 0, "de-escalation": -1}
_PART = {"title": 0, "summary": 1, "body": 2}


def unix(moment: datetime | None) -> int | None:
    """A moment as Unix time."""
    return int(moment.timestamp()) if moment else None


def packed_story(story: StoryFacts, *, whole: bool) -> dict[str, Any]:
    """Everything the page of one story shows; without `whole` its summary and body are left out."""
    kept = _kept(story, whole=whole)
    cut = len(story.body) > len(kept["body"]) or len(story.summary) > len(kept["summary"])
    return _filled(
        {
            "id": story.id,
            "feed": story.feed,
            "u": web_link(story.link),
            "p": unix(story.published),
            "f": unix(story.first_seen),
            "rev": story.revision if story.revision > 1 else None,
            "quiet": short(story.quiet, 300),
            "event": story.event,
            "copy": story.copy_of,
            "art": short(story.article, 300),
            "why": short(story.merge_reason, 300),
            "x": [plain(text) for text in kept.values()],
            "cut": (1 if whole else 2) if cut else None,
            "R": [_reading(grade, reading, story, kept) for grade, reading in story.readings],
            "L": [[each.watchlist, SIGN[each.direction], SIGN[each.read_as], unix(each.at)] for each in story.labels],
            "E": [[unix(at), short(title, LIST_TITLE)] for at, title in story.earlier],
        }
    )


def _kept(story: StoryFacts, *, whole: bool) -> dict[Part, str]:
    """The texts as far as they are kept: of the body as far as its last evidence and a little further."""
    title = story.title[:MOST_TITLE]
    if not whole:
        return {"title": title, "summary": "", "body": ""}
    spans = (span for _, reading in story.readings for span in (*reading.spans, *reading.background))
    last = max((span.end for span in spans if span.part == "body"), default=0) if story.body else 0
    body = story.body[: min(max(LEAST_BODY, last + 200), MOST_BODY)]
    return {"title": title, "summary": story.summary[:MOST_SUMMARY], "body": body}


def _reading(grade: str, reading: Reading, story: StoryFacts, kept: dict[Part, str]) -> dict[str, Any]:
    mentions = [mention for mention in story.mentions if mention.watchlist == reading.watchlist]
    found = dict.fromkeys((short(m.span.text, 80), m.grade, m.rule, short(m.term, 80)) for m in mentions)
    return _filled(
        {
            "w": reading.watchlist or "",
            "g": grade,
            "d": SIGN[reading.direction],
            "s": reading.strength,
            "c": round(reading.confidence, 2),
            "role": reading.role,
            "unread": None if reading.read else 1,
            "q": short(reading.evidence.text, 600) if reading.evidence else None,
            "v": _places(reading.spans, kept),
            "b": _places(reading.background, kept),
            "trace": [short(step, 300) for step in reading.trace],
            "gloss": short(reading.gloss or "", 600),
            "n": _places((mention.span for mention in mentions), kept),
            "by": [list(each) for each in found][:6],
        }
    )


def _places(spans: Iterable[Span], kept: dict[Part, str]) -> list[list[int]]:
    """Spans as [part, start, end], those within what is kept of the text."""
    return [
        [_PART[span.part], units(kept[span.part], span.start), units(kept[span.part], span.end)]
        for span in dict.fromkeys(spans)
        if span.end <= len(kept[span.part])
    ]


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}
