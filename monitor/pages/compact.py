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
from typing import Any

from .compact_story import LIST_TITLE, SIGN, packed_story, unix
from .records import AlertFacts, EventFacts, Report, ShiftSpan, StoryFacts, WatchlistFacts
from .safe import short, units

# Texts of stories are left out, the oldest first, where all blocks together would grow beyond this (base64, bytes).
MOST_BYTES = 2_500_000
# A story without its texts takes about this many bytes: kept free for all that are still to be packed.
LEAST_STORY = 70
# Stories whose texts and readings share a block.
STORIES_A_BLOCK = 200
# Characters of the evidence shown beside a title in a list.
LIST_EVIDENCE = 240


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
        room = most_bytes - used - LEAST_STORY * max(len(stories) - number - STORIES_A_BLOCK, 0)
        packed = block([packed_story(story, whole=True) for story in some]) if room > 0 and not left_out else ""
        if not packed or len(packed) > room:
            packed = block([packed_story(story, whole=False) for story in some])
            left_out += len(some)
        used += len(packed)
        blocks[f"s{number // STORIES_A_BLOCK}"] = packed
    index = {
        "zone": report.zone,
        "from": unix(report.start),
        "to": unix(report.end),
        "outlets": [short(name, 80) for name in outlets],
        "langs": list(langs),
        "perBlock": STORIES_A_BLOCK,
        "outages": [[unix(a), unix(b)] for a, b in report.outages],
        "watchlists": [{"id": each.id, "name": short(each.name, 120)} for each in report.watchlists],
    }
    return Packed(index, blocks, left_out)


def block(value: Any) -> str:
    """Compact JSON, compressed (the same bytes for the same data), in base64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 6, mtime=0)).decode("ascii")


def _names(values: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(set(values)))}


def _columns(stories: Sequence[StoryFacts], outlets: dict[str, int], langs: dict[str, int]) -> dict[str, Any]:
    """What every list and every hover needs of a story."""
    return {
        "id": [story.id for story in stories],
        "t": [unix(story.time) for story in stories],
        "o": [outlets[story.outlet] for story in stories],
        "l": [langs[story.lang] for story in stories],
        "h": [short(story.title, LIST_TITLE) for story in stories],
    }


def _watchlist(watchlist: WatchlistFacts, report: Report, place: dict[int, int]) -> dict[str, Any]:
    now = watchlist.standing
    return {
        "state": now.state,
        "direction": now.direction,
        "since": unix(now.since),
        "pace": round(now.pace, 2),
        "delays": {delay.size: round(delay.hours) for delay in now.delays},
        "advice": now.advice,
        "line": round(watchlist.line_days, 2),
        "perQuarter": watchlist.per_quarter,
        "events": _events(watchlist, report.stories, place),
        "evidence": {
            "t": [unix(point.at) for point in watchlist.evidence],
            "u": [round(point.up, 2) for point in watchlist.evidence],
            "d": [round(point.down, 2) for point in watchlist.evidence],
        },
        "shifts": [_shift(span) for span in watchlist.shifts],
    }


def _shift(span: ShiftSpan) -> dict[str, Any]:
    values = {
        "d": SIGN[span.direction],
        "onset": unix(span.onset),
        "told": unix(span.told),
        "end": unix(span.end),
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
        "t": [unix(event.time) for event in events],
        "d": [SIGN[event.direction] for event in events],
        "s": [event.strength for event in events],
        "lead": [place[event.lead] for event in events],
        "all": [[place[story] for story in event.stories] if len(event.stories) > 1 else 0 for event in events],
        "sig": [unix(event.signalled) or 0 for event in events],
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
        "d": SIGN.get(alert.direction, 0),
        "s": alert.strength,
        "t": unix(alert.at),
        "h": short(alert.title, LIST_TITLE),
        "story": alert.story if alert.story in place else None,
        "to": [
            [
                short(each.channel, 60),
                short(each.route, 60),
                each.state,
                short(each.why, 200),
                each.attempts,
                unix(each.next_at),
                unix(each.sent_at),
                short(each.error, 400),
            ]
            for each in alert.deliveries
        ],
    }
