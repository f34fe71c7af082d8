"""The way of a stored story to its alert: match, read, group, judge, tell.

Matching and reading are pure and slow, so they run outside any transaction (`Pipeline.read`); what follows from
them is written in one (`Pipeline.settle`): mentions, readings, event, signals, alerts and their deliveries, and
the mark that the story is done. A crash before it repeats the step; a crash after it has lost nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .alerts.policy import Report, Signal, channels_for, judge, stable_id
from .clock import to_text, utcnow
from .config import Settings
from .reading.records import Mention, Reading, StoryReading
from .store import outbox
from .store import stories as shelf
from .store.connect import Row, Store
from .watchlists import Watchlist

if TYPE_CHECKING:
    from .reading.matching import Matcher
    from .reading.read import Reader

log = logging.getLogger("monitor.pipeline")

# Stories matched and read in one go: the parser's best batch.
BATCH = 64
# Characters of the sentence shown on each side of the evidence.
CONTEXT = 200


@dataclass(frozen=True)
class Read:
    """A story with what was found in it; `reading` is None where no watchlist is mentioned."""

    row: Row
    mentions: list[Mention]
    reading: StoryReading | None


class Pipeline:
    """Takes stored stories from `new` to `done`."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime] = utcnow) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._watchlists = {watchlist.id: watchlist for watchlist in settings.watchlists}
        self._matcher: Matcher | None = None
        self._reader: Reader | None = None
        self._grouper: Grouper | None = None

    def next_batch(self) -> list[Row]:
        """Stories to work on, oldest first; empty when all are done."""
        return shelf.new_stories(self._store, BATCH)

    def read(self, batch: Sequence[Row]) -> list[Read]:
        """Match and read; touches no database, so it may run in another thread."""
        if self._matcher is None:
            from .reading.matching import Matcher

            self._matcher = Matcher(self._settings.watchlists)
        texts = [shelf.text_of(row) for row in batch]
        mentions = [self._matcher.match(text) for text in texts]
        matched = [(text, found) for text, found in zip(texts, mentions, strict=True) if found]
        readings = iter(self._read_each(matched) if matched else [])
        return [Read(row, found, next(readings) if found else None) for row, found in zip(batch, mentions, strict=True)]

    def _read_each(self, matched: list[tuple[Any, list[Mention]]]) -> list[StoryReading]:
        if self._reader is None:
            from .reading.read import Reader

            self._reader = Reader(self._settings.model)
        try:
            return self._reader.read_many(matched)
        except Exception:
            log.exception("reading a batch failed; trying its stories one by one")
        return [self._read_one(text, mentions) for text, mentions in matched]

    def _read_one(self, text: Any, mentions: list[Mention]) -> StoryReading:
        assert self._reader is not None
        try:
            return self._reader.read(text, mentions)
        except Exception as error:
            log.exception("story not read title=%r", text.title[:80])
            return _unread(mentions, f"not read: {type(error).__name__}")

    def settle(self, batch: Sequence[Read]) -> list[str]:
        """Write what follows from a batch, in one transaction; returns the ids of new alerts."""
        alerts: list[str] = []
        try:
            with self._store.write():
                for read in batch:
                    alerts += self._settle_story(read)
        except BaseException:
            self._grouper = None  # it knows stories that were not kept: rebuild it from the database
            raise
        return alerts

    def _settle_story(self, read: Read) -> list[str]:
        story_id = read.row["id"]
        shelf.save_mentions(self._store, story_id, read.mentions)
        alerts = []
        if read.reading is not None:
            grades = _grades(read.mentions)
            readings = [("", read.reading.story)]
            readings += [(grades[name], reading) for name, reading in read.reading.by_watchlist.items() if name in grades]
            shelf.save_readings(self._store, story_id, readings)
            event_id = self._group(read, grades)
            for name in grades:
                if name in self._watchlists:
                    alerts += self._judge(event_id, self._watchlists[name])
        self._store.run("update stories set stage = 'done' where id = ?", (story_id,))
        return alerts

    def _group(self, read: Read, grades: dict[str, str]) -> int:
        if self._grouper is None:
            self._grouper = Grouper(self._store, self._clock())
        return self._grouper.place(read, grades, self._clock())

    def _judge(self, event_id: int, watchlist: Watchlist) -> list[str]:
        rows = shelf.event_reports(self._store, event_id, watchlist.id)
        owners = {row["id"]: row["owner"] for row in rows}
        reports = [
            Report(
                row["id"],
                owners.get(row["copy_of"], row["owner"]),
                row["grade"],
                row["direction"],
                row["strength"],
                row["confidence"],
            )
            for row in rows
        ]
        return [
            alert
            for signal in judge(watchlist, reports)
            if (alert := self._tell(event_id, watchlist, signal, rows)) is not None
        ]

    def _tell(self, event_id: int, watchlist: Watchlist, signal: Signal, rows: Sequence[Row]) -> str | None:
        """Raise a signal once an event and direction: its alert and deliveries."""
        known = (event_id, watchlist.id, signal.direction)
        if self._store.row("select 1 from signals where event_id = ? and watchlist = ? and direction = ?", known):
            return None
        now = self._clock()
        self._store.run(
            "insert into signals (event_id, watchlist, direction, at, story_id) values (?, ?, ?, ?, ?)",
            (*known, to_text(now), signal.lead.story_id),
        )
        payload = self._payload(event_id, watchlist, signal, rows, now)
        channels = channels_for(watchlist, "signal", signal.direction, signal.lead.strength, self._settings.routes)
        outbox.add_alert(self._store, payload, channels)
        log.info(
            "alert id=%s kind=signal watchlist=%s direction=%s strength=%d event=%d channels=%s title=%r",
            payload["id"],
            watchlist.id,
            signal.direction,
            signal.lead.strength,
            event_id,
            ",".join(channel for channel, _ in channels) or "none",
            payload["title"][:80],
        )
        return str(payload["id"])

    def _payload(
        self, event_id: int, watchlist: Watchlist, signal: Signal, rows: Sequence[Row], now: datetime
    ) -> dict[str, Any]:
        """Everything the alert's message shows, frozen as of now."""
        story_id = signal.lead.story_id
        story = self._store.row("select * from stories where id = ?", (story_id,))
        event = self._store.row("select * from events where id = ?", (event_id,))
        assert story is not None
        assert event is not None
        reading = next(r for r in shelf.readings_of(self._store, story_id) if r.watchlist == watchlist.id)
        mention = _best_mention(shelf.mentions_of(self._store, story_id), watchlist.id)
        reporting = [row for row in rows if row["direction"] == signal.direction and row["id"] != story_id]
        sources = {story["owner"]: _source(story)}
        for row in reporting:
            sources.setdefault(row["owner"], _source(row))
        return {
            "id": stable_id(("signal", event_id, event["opened_at"], watchlist.id, signal.direction, story["link"])),
            "thread": stable_id(("event", event_id, event["opened_at"])),
            "kind": "signal",
            "at": to_text(now),
            "watchlist": watchlist.id,
            "watchlist_name": watchlist.name,
            "event_id": event_id,
            "story_id": story_id,
            "direction": signal.direction,
            "strength": signal.lead.strength,
            "confidence": reading.confidence,
            "role": reading.role,
            "title": story["title"],
            "link": story["link"],
            "owner": story["owner"],
            "lang": story["lang"],
            "published": story["published"],
            "evidence": _in_context(reading, shelf.text_of(story).part(reading.evidence.part)) if reading.evidence else None,
            "gloss": reading.gloss,
            "trace": list(reading.trace),
            "background": [span.text for span in reading.background][:3],
            "match": {
                "text": mention.span.text,
                "part": mention.span.part,
                "grade": mention.grade,
                "term": mention.term,
                "rule": mention.rule,
            },
            "sources": list(sources.values()),
            "rule": {
                "strength": signal.rule.strength,
                "sources": signal.rule.sources,
                "confidence": signal.rule.confidence,
            },
        }


def _source(row: Row) -> dict[str, str]:
    return {"owner": row["owner"], "title": row["title"], "link": row["link"]}


def _grades(mentions: Sequence[Mention]) -> dict[str, str]:
    """Each watchlist mentioned, with its best grade."""
    grades: dict[str, str] = {}
    for mention in mentions:
        if mention.grade == "direct" or mention.watchlist not in grades:
            grades[mention.watchlist] = mention.grade
    return grades


def _best_mention(mentions: Sequence[Mention], watchlist: str) -> Mention:
    """The mention that best shows why a watchlist matched: direct before related, title before body."""
    own = [mention for mention in mentions if mention.watchlist == watchlist]
    order = {"title": 0, "summary": 1, "body": 2}
    return min(own, key=lambda mention: (mention.grade != "direct", order[mention.span.part], mention.span.start))


def _in_context(reading: Reading, part: str) -> dict[str, str]:
    """The evidence with the words around it, cut at its sentence or paragraph."""
    assert reading.evidence is not None
    span = reading.evidence
    before = part[max(0, span.start - CONTEXT) : span.start]
    after = part[span.end : span.end + CONTEXT]
    for stop in ("\n", ". ", "؟ ", "! ", "? "):
        before = before.rsplit(stop, 1)[-1]
        cut = after.find(stop)
        after = after if cut < 0 else after[: cut + 1].rstrip("\n")
    return {"before": before.lstrip(), "text": span.text, "after": after.rstrip()}


def _unread(mentions: Sequence[Mention], why: str) -> StoryReading:
    def blank(watchlist: str | None) -> Reading:
        return Reading(watchlist, "none", 1, 0.0, "mentioned", None, (why,), read=False)

    return StoryReading(blank(None), {name: blank(name) for name in _grades(mentions)})
