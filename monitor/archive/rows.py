"""Stories, mentions and readings as rows of the result's tables, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ..events.records import named
from ..reading.records import Mention, Reading, Span, StoryReading
from .records import ArchivedStory, Found

# Digits a confidence is kept with.
CONFIDENCE_DIGITS = 4


def month_of(date: datetime) -> str:
    """The partition a moment belongs to: `2023-10`."""
    return f"{date.year:04d}-{date.month:02d}"


def story_row(story: ArchivedStory) -> dict[str, Any]:
    """A story as a row."""
    return {
        "id": story.id,
        "date": story.date.replace(tzinfo=None),
        "content": story.content,
        **{name: getattr(story, name) for name in ("outlet", "title", "summary", "body", "url", "lang", "src")},
    }


def story_from(row: Mapping[str, Any]) -> ArchivedStory:
    """The story in a row."""
    names = ("outlet", "title", "summary", "body", "url", "lang", "src")
    return ArchivedStory(date=row["date"].replace(tzinfo=UTC), **{name: row[name] for name in names})


def mention_rows(mentions: Iterable[Mention]) -> list[dict[str, Any]]:
    """Mentions as rows, in their order."""
    return [
        {
            "watchlist": m.watchlist,
            "grade": m.grade,
            "part": m.span.part,
            "start": m.span.start,
            "end": m.span.end,
            "text": m.span.text,
            "term": m.term,
            "rule": m.rule,
        }
        for m in mentions
    ]


def mention_from(row: Mapping[str, Any]) -> Mention:
    """The mention in a row."""
    span = Span(row["part"], row["start"], row["end"], row["text"])
    return Mention(row["watchlist"], row["grade"], span, row["term"], row["rule"])


def reading_rows(found: Found) -> list[dict[str, Any]]:
    """The readings of a story as rows; `watchlist` '' is the story as a whole."""
    grades = named(found.mentions).watchlists
    return [
        {
            "watchlist": reading.watchlist or "",
            "grade": grades.get(reading.watchlist or "", ""),
            "direction": reading.direction,
            "strength": reading.strength,
            "confidence": round(reading.confidence, CONFIDENCE_DIGITS),
            "role": reading.role,
            "evidence": reading.evidence.text if reading.evidence else None,
            "evidence_part": reading.evidence.part if reading.evidence else None,
            "evidence_start": reading.evidence.start if reading.evidence else None,
            "also": json.dumps([asdict(span) for span in reading.also], ensure_ascii=False),
            "trace": json.dumps(reading.trace, ensure_ascii=False),
            "background": json.dumps([asdict(span) for span in reading.background], ensure_ascii=False),
            "gloss": reading.gloss,
            "read": reading.read,
        }
        for reading in found.readings
    ]


def reading_from(row: Mapping[str, Any]) -> Reading:
    """The reading in a row."""
    evidence = None
    if row["evidence"] is not None:
        start = row["evidence_start"]
        evidence = Span(row["evidence_part"], start, start + len(row["evidence"]), row["evidence"])
    return Reading(
        watchlist=row["watchlist"] or None,
        direction=row["direction"],
        strength=row["strength"],
        confidence=row["confidence"],
        role=row["role"],
        evidence=evidence,
        trace=tuple(json.loads(row["trace"])),
        background=tuple(Span(**span) for span in json.loads(row["background"])),
        gloss=row["gloss"],
        read=row["read"],
        also=tuple(Span(**span) for span in json.loads(row["also"])),
    )


def story_reading(rows: Iterable[Mapping[str, Any]]) -> StoryReading:
    """All readings of one story, from its rows."""
    readings = [reading_from(row) for row in rows]
    whole = next(reading for reading in readings if reading.watchlist is None)
    return StoryReading(whole, {each.watchlist: each for each in readings if each.watchlist is not None})
