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
from .alerts.quote import in_context
from .clock import to_text, utcnow
from .config import Settings
from .grouper import Grouper
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
        alerts: list[str] = []
        if read.reading is not None:
            grades = _grades(read.mentions)
            readings = [("", read.reading.story)]
            readings += [
                (grades[name], reading) for name, reading in read.reading.by_watchlist.items() if name in grades
            ]
            shelf.save_readings(self._store, story_id, readings)
            event_id = self._group(read, grades)
            alerts = self._judge(event_id, [self._watchlists[name] for name in grades if name in self._watchlists])
        self._store.run("update stories set stage = 'done' where id = ?", (story_id,))
        return alerts

    def _group(self, read: Read, grades: dict[str, str]) -> int:
        if self._grouper is None:
            self._grouper = Grouper(self._store, self._clock())
        return self._grouper.place(read, grades, self._clock())

    def _judge(self, event_id: int, watchlists: Sequence[Watchlist]) -> list[str]:
        """Raise the event's new signals; those of one direction make one alert, for whichever watchlists they are."""
        fresh: dict[str, list[tuple[Watchlist, Signal]]] = {}
        for watchlist in watchlists:
            for signal in judge(watchlist, self._reports(event_id, watchlist)):
                if self._raise(event_id, watchlist, signal):
                    fresh.setdefault(signal.direction, []).append((watchlist, signal))
        return [alert for signals in fresh.values() if (alert := self._tell(event_id, signals)) is not None]

    def _reports(self, event_id: int, watchlist: Watchlist) -> list[Report]:
        rows = shelf.event_reports(self._store, event_id, watchlist.id)
        owners = {row["id"]: row["owner"] for row in rows}
        return [
            Report(
                row["id"],
                owners.get(row["copy_of"], row["owner"]),
                row["grade"],
                row["direction"],
                row["strength"],
                row["confidence"],
                row["role"],
            )
            for row in rows
        ]

    def _raise(self, event_id: int, watchlist: Watchlist, signal: Signal) -> bool:
        """Keep a signal; False where the event already has it."""
        known = (event_id, watchlist.id, signal.direction)
        if self._store.row("select 1 from signals where event_id = ? and watchlist = ? and direction = ?", known):
            return False
        self._store.run(
            "insert into signals (event_id, watchlist, direction, at, story_id) values (?, ?, ?, ?, ?)",
            (*known, to_text(self._clock()), signal.lead.story_id),
        )
        return True

    def _tell(self, event_id: int, signals: Sequence[tuple[Watchlist, Signal]]) -> str | None:
        """One alert for one event: channels that were already told of it are not told again."""
        signals = sorted(signals, key=lambda pair: pair[1].lead.weight, reverse=True)
        direction = signals[0][1].direction
        channels: dict[str, str] = {}
        for watchlist, signal in signals:
            for channel, route in channels_for(
                watchlist, "signal", direction, signal.lead.strength, self._settings.routes
            ):
                channels.setdefault(channel, route)
        told = outbox.channels_told(self._store, event_id, direction)
        if told is not None and not set(channels) - told:
            return None
        payload = self._payload(event_id, signals)
        to_tell = [(channel, route) for channel, route in channels.items() if channel not in (told or set())]
        outbox.add_alert(self._store, payload, to_tell)
        log.info(
            "alert id=%s kind=signal watchlists=%s direction=%s strength=%d event=%d channels=%s title=%r",
            payload["id"],
            ",".join(each["id"] for each in payload["watchlists"]),
            direction,
            payload["strength"],
            event_id,
            ",".join(channel for channel, _ in to_tell) or "none",
            payload["title"][:80],
        )
        return str(payload["id"])

    def _payload(self, event_id: int, signals: Sequence[tuple[Watchlist, Signal]]) -> dict[str, Any]:
        """Everything the alert's message shows, frozen as of now; the first signal leads."""
        now = self._clock()
        watchlist, signal = signals[0]
        story_id = signal.lead.story_id
        story = self._store.row("select * from stories where id = ?", (story_id,))
        event = self._store.row("select * from events where id = ?", (event_id,))
        assert story is not None
        assert event is not None
        reading = next(r for r in shelf.readings_of(self._store, story_id) if r.watchlist == watchlist.id)
        mention = _best_mention(shelf.mentions_of(self._store, story_id), watchlist.id)
        sources = {story["owner"]: _source(story)}
        for each, _ in signals:
            for row in shelf.event_reports(self._store, event_id, each.id):
                if row["direction"] == signal.direction:
                    sources.setdefault(row["owner"], _source(row))
        key = ("signal", event_id, event["opened_at"], signal.direction, watchlist.id, story["link"], to_text(now))
        return {
            "id": stable_id(key),
            "thread": stable_id(("event", event_id, event["opened_at"])),
            "kind": "signal",
            "at": to_text(now),
            "watchlist": watchlist.id,
            "watchlists": [{"id": w.id, "name": w.name, "role": s.lead.role} for w, s in signals],
            "event_id": event_id,
            "story_id": story_id,
            "direction": signal.direction,
            "strength": signal.lead.strength,
            "confidence": reading.confidence,
            "title": story["title"],
            "link": story["link"],
            "owner": story["owner"],
            "lang": story["lang"],
            "published": story["published"],
            "evidence": in_context(reading.evidence, shelf.text_of(story)) if reading.evidence else None,
            "gloss": reading.gloss,
            "trace": list(reading.trace),
            "background": [span.text for span in reading.background if len(span.text.split()) >= 4][:3],
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


def _unread(mentions: Sequence[Mention], why: str) -> StoryReading:
    def blank(watchlist: str | None) -> Reading:
        return Reading(watchlist, "none", 1, 0.0, "mentioned", None, (why,), read=False)

    return StoryReading(blank(None), {name: blank(name) for name in _grades(mentions)})
