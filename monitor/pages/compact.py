"""A report as data for the page: an index that is read at once, and blocks that are unpacked only when they are looked at.

A block is compact JSON, compressed, as base64 in a script element that no browser runs. Columns rather than records:
one name for a thousand values. Numbers of seconds are Unix time; places in texts count as JavaScript counts.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..reading.records import Reading, Span
from .records import AlertFacts, EventFacts, Report, ShiftSpan, StoryFacts, WatchlistFacts
from .safe import plain, short, units, web_link

# Texts of stories are left out, the oldest first, where all blocks together would grow beyond this (base64, bytes).
MOST_BYTES = 2_650_000
# Stories whose texts and readings share a block.
STORIES_A_BLOCK = 200
# Of one story, characters kept: of the title, of the summary, and of the body beyond its last evidence.
MOST_TITLE, MOST_SUMMARY, LEAST_BODY, MOST_BODY = 2_000, 4_000, 1_200, 6_000
# Characters of a title in a list, and of the evidence shown beside it.
LIST_TITLE, LIST_EVIDENCE = 280, 240

_SIGN = {"escalation": 1, "none": 0, "de-escalation": -1}
_PART = {"title": 0, "summary": 1, "body": 2}


@dataclass(frozen=True, slots=True)
class Packed:
    """A report ready for the page: `index` is plain data, `blocks` are base64 text by name."""

    index: dict[str, Any]
    blocks: dict[str, str]
    texts_left_out: int


def pack(report: Report, most_bytes: int = MOST_BYTES) -> Packed:
    """The report's data for the page, its blocks at most about `most_bytes` where leaving out texts can reach that."""
    stories = sorted(report.stories.values(), key=lambda story: (story.time, story.id), reverse=True)
    place = {story.id: index for index, story in enumerate(stories)}
    outlets, langs = _names(story.outlet for story in stories), _names(story.lang for story in stories)
    blocks = {
        "stories": block(_columns(stories, outlets, langs)),
        "alerts": block([_alert(a, place) for a in report.alerts]),
    }
    for number, watchlist in enumerate(report.watchlists):
        blocks[f"w{number}"] = block(_watchlist(watchlist, report, place))
    used = sum(map(len, blocks.values()))
    left_out = 0
    for number in range(0, len(stories), STORIES_A_BLOCK):
        some = stories[number : number + STORIES_A_BLOCK]
        full = block([_story(story, whole=True) for story in some]) if used < most_bytes else ""
        if not full or used + len(full) > most_bytes:
            full = block([_story(story, whole=False) for story in some])
            left_out += len(some)
        used += len(full)
        blocks[f"s{number // STORIES_A_BLOCK}"] = full
    index = {
        "zone": report.zone,
        "from": _at(report.start),
        "to": _at(report.end),
        "outlets": [short(name, 80) for name in outlets],
        "langs": list(langs),
        "perBlock": STORIES_A_BLOCK,
        "outages": [[_at(a), _at(b)] for a, b in report.outages],
        "watchlists": [{"id": each.id, "name": short(each.name, 120)} for each in report.watchlists],
    }
    return Packed(index, blocks, left_out)


def block(value: Any) -> str:
    """Compact JSON, compressed (the same bytes for the same data), in base64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 6, mtime=0)).decode("ascii")


def _names(values: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(set(values)))}


def _at(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _columns(stories: Sequence[StoryFacts], outlets: dict[str, int], langs: dict[str, int]) -> dict[str, Any]:
    """What every list and every hover needs of a story."""
    return {
        "id": [story.id for story in stories],
        "t": [_at(story.time) for story in stories],
        "o": [outlets[story.outlet] for story in stories],
        "l": [langs[story.lang] for story in stories],
        "h": [short(story.title, LIST_TITLE) for story in stories],
    }


def _watchlist(watchlist: WatchlistFacts, report: Report, place: dict[int, int]) -> dict[str, Any]:
    now = watchlist.standing
    return {
        "state": now.state,
        "direction": now.direction,
        "since": _at(now.since),
        "pace": round(now.pace, 2),
        "delays": {delay.size: round(delay.hours) for delay in now.delays},
        "advice": now.advice,
        "line": round(watchlist.line_days, 2),
        "perQuarter": watchlist.per_quarter,
        "events": _events(watchlist, report.stories, place),
        "evidence": {
            "t": [_at(point.at) for point in watchlist.evidence],
            "u": [round(point.up, 2) for point in watchlist.evidence],
            "d": [round(point.down, 2) for point in watchlist.evidence],
        },
        "shifts": [_shift(span) for span in watchlist.shifts],
    }


def _shift(span: ShiftSpan) -> dict[str, Any]:
    values = {
        "d": _SIGN[span.direction],
        "onset": _at(span.onset),
        "told": _at(span.told),
        "end": _at(span.end),
        "how": span.ended,
        "revised": span.revised,
        "chance": round(span.chance_days) if span.chance_days is not None else None,
        "pointing": span.pointing,
        "stories": span.stories,
        "sources": span.sources,
        "usual": round(span.usual_share, 3) if span.usual_share is not None else None,
        "error": round(span.onset_error_h) if span.onset_error_h is not None else None,
    }
    return {key: value for key, value in values.items() if value not in (None, "")}


def _events(watchlist: WatchlistFacts, stories: dict[int, StoryFacts], place: dict[int, int]) -> dict[str, Any]:
    """The events as columns. `m`: evidence in the lead's title as [start, end]; `v`: evidence elsewhere, its words."""
    events = watchlist.events
    marks = [_shown(event, stories[event.lead], watchlist.id) for event in events]
    return {
        "t": [_at(event.time) for event in events],
        "d": [_SIGN[event.direction] for event in events],
        "s": [event.strength for event in events],
        "lead": [place[event.lead] for event in events],
        "all": [[place[story] for story in event.stories] if len(event.stories) > 1 else 0 for event in events],
        "sig": [_at(event.signalled) or 0 for event in events],
        "g": [int(event.grade == "direct") for event in events],
        "r": [int(event.read) for event in events],
        "m": [mark for mark, _ in marks],
        "v": [words for _, words in marks],
        "c": [_corrected(event, stories, watchlist.id) for event in events],
    }


def _shown(event: EventFacts, lead: StoryFacts, watchlist: str) -> tuple[Any, Any]:
    reading = next(reading for _, reading in lead.readings if reading.watchlist == watchlist)
    for span in reading.spans:
        if span.part == "title" and span.end <= LIST_TITLE - 1:
            return [units(lead.title, span.start), units(lead.title, span.end)], 0
    return 0, short(reading.evidence.text, LIST_EVIDENCE) if reading.evidence else 0


def _corrected(event: EventFacts, stories: dict[int, StoryFacts], watchlist: str) -> int:
    """1 where a person corrected a story of the event (2: confirmed it)."""
    labels = [label for story in event.stories for label in stories[story].labels if label.watchlist in ("", watchlist)]
    return 0 if not labels else 1 if any(label.direction != label.read_as for label in labels) else 2


def _alert(alert: AlertFacts, place: dict[int, int]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "w": [name for name in (alert.watchlist, *alert.also) if name],
        "d": _SIGN.get(alert.direction, 0),
        "s": alert.strength,
        "t": _at(alert.at),
        "h": short(alert.title, LIST_TITLE),
        "story": alert.story if alert.story in place else None,
        "to": [
            [
                short(each.channel, 60),
                short(each.route, 60),
                each.state,
                short(each.why, 200),
                each.attempts,
                _at(each.next_at),
                _at(each.sent_at),
                short(each.error, 400),
            ]
            for each in alert.deliveries
        ],
    }


def _story(story: StoryFacts, *, whole: bool) -> dict[str, Any]:
    """Everything the page of one story shows; without `whole` its summary and body are left out."""
    texts = [plain(story.title[:MOST_TITLE]), plain(story.summary[:MOST_SUMMARY]), plain(_body(story))]
    values: dict[str, Any] = {
        "id": story.id,
        "feed": story.feed,
        "u": web_link(story.link),
        "p": _at(story.published),
        "f": _at(story.first_seen),
        "rev": story.revision if story.revision > 1 else None,
        "quiet": short(story.quiet, 300),
        "event": story.event,
        "copy": story.copy_of,
        "why": short(story.merge_reason, 300),
        "x": texts if whole else texts[:1],
        "cut": _cut(story) if whole else 2 if story.summary or story.body else None,
        "R": [_reading(grade, reading, story, whole) for grade, reading in story.readings],
        "L": [[label.watchlist, _SIGN[label.direction], _SIGN[label.read_as], _at(label.at)] for label in story.labels],
        "E": [[_at(at), short(title, LIST_TITLE)] for at, title in story.earlier],
    }
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _cut(story: StoryFacts) -> int | None:
    return 1 if len(story.body) > len(_body(story)) or len(story.summary) > MOST_SUMMARY else None


def _body(story: StoryFacts) -> str:
    """The body as far as its last evidence and a little further."""
    last = max(
        (s.end for _, reading in story.readings for s in (*reading.spans, *reading.background) if s.part == "body"),
        default=0,
    )
    return story.body[: min(max(LEAST_BODY, last + 200), MOST_BODY)]


def _reading(grade: str, reading: Reading, story: StoryFacts, whole: bool) -> dict[str, Any]:
    mentions = [mention for mention in story.mentions if mention.watchlist == reading.watchlist]
    values: dict[str, Any] = {
        "w": reading.watchlist or "",
        "g": grade,
        "d": _SIGN[reading.direction],
        "s": reading.strength,
        "c": round(reading.confidence, 2),
        "role": reading.role,
        "unread": None if reading.read else 1,
        "q": short(reading.evidence.text, 600) if reading.evidence else None,
        "v": _places(reading.spans, story, whole),
        "b": _places(reading.background, story, whole),
        "trace": [short(step, 300) for step in reading.trace],
        "gloss": short(reading.gloss or "", 600),
        "n": _places((mention.span for mention in mentions), story, whole),
        "by": [
            list(each)
            for each in dict.fromkeys((short(m.span.text, 80), m.grade, m.rule, short(m.term, 80)) for m in mentions)
        ][:6],
    }
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _places(spans: Iterable[Span], story: StoryFacts, whole: bool) -> list[list[int]]:
    """Spans as [part, start, end], those within what is kept of the text."""
    most = {"title": MOST_TITLE, "summary": MOST_SUMMARY if whole else 0, "body": len(_body(story)) if whole else 0}
    texts = {"title": story.title, "summary": story.summary, "body": story.body}
    return [
        [_PART[span.part], units(texts[span.part], span.start), units(texts[span.part], span.end)]
        for span in dict.fromkeys(spans)
        if span.end <= most[span.part]
    ]
