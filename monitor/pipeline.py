"""The way of a stored story to its alert: match, read, group, judge, tell.

Matching and reading are pure and slow, so they run outside any transaction (`Pipeline.read`); what follows from
them is written in one (`Pipeline.settle`): mentions, readings, event, signals, alerts and their deliveries, and
the mark that the story is done. A crash before it repeats the step; a crash after it has lost nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .alerts.policy import Report, Signal, judge, stable_id
from .alerts.quote import in_context
from .alerts.tell import Teller
from .alerts.updates import added
from .clock import from_text, to_text, utcnow
from .config import Settings
from .events.records import named
from .failpoints import reach
from .feeds import extractor
from .grouper import Grouper
from .reading.records import Mention, Reading, StoryReading, Text
from .reading.touch import Touch
from .retractions import Retractor
from .store import outbox
from .store import stories as shelf
from .store.articles import WAIT, go_without, want
from .store.connect import Row, Store
from .store.stories import AGAIN
from .streams import Streams
from .watchlists import Watchlist

if TYPE_CHECKING:
    from .reading.matching import Matcher
    from .reading.read import Reader

log = logging.getLogger("monitor.pipeline")

# Stories matched and read in one go: the parser's best batch.
BATCH = 64
# A feed that gives this much of a story gives it whole, in characters.
LONG_ENOUGH = 1500


@dataclass(frozen=True)
class Read:
    """A story with what was found in it; `reading` is None where no watchlist is mentioned.

    `wants_article`: it is put back until its article is there (articles.py).
    """

    row: Row
    mentions: list[Mention]
    reading: StoryReading | None
    wants_article: bool = False


class Pipeline:
    """Takes stored stories from `new` to `done`."""

    def __init__(
        self, settings: Settings, store: Store, clock: Callable[[], datetime] = utcnow, *, reader: Reader | None = None
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._watchlists = {watchlist.id: watchlist for watchlist in settings.watchlists}
        self._teller = Teller(settings, store, clock)
        self._matcher: Matcher | None = None
        self._full_text = {feed.id for feed in settings.feeds if feed.full_text} if extractor.available() else set()
        self._touch = Touch(settings.watchlists if self._full_text else ())
        self._streams = Streams(settings, store, clock)
        self._retractor = Retractor(store, self._teller, clock)
        self._reader = reader
        self._grouper: Grouper | None = None

    def changed(self, settings: Settings) -> Pipeline:
        """A pipeline by other settings; the loaded model goes over to it where it is the same."""
        new = Pipeline(settings, self._store, self._clock)
        if settings.model == self._settings.model:
            new._reader = self._reader
        return new

    @property
    def streams(self) -> Streams:
        """The watchlists' streams."""
        return self._streams

    def next_batch(self) -> list[Row]:
        """Stories to work on, oldest first; empty when all are done."""
        return shelf.new_stories(self._store, BATCH, self._clock())

    def read(self, batch: Sequence[Row]) -> list[Read]:
        """Match and read; touches no database, so it may run in another thread."""
        reach("match")
        if self._matcher is None:
            from .reading.matching import Matcher

            self._matcher = Matcher(self._settings.watchlists)
        texts = [shelf.text_of(row) for row in batch]
        mentions = [self._matcher.match(text) for text in texts]
        together = list(zip(batch, texts, mentions, strict=True))
        waiting = [row["id"] for row, text, found in together if self._wants_article(row, text, found)]
        matched = [(text, found) for row, text, found in together if found and row["id"] not in waiting]
        readings = iter(self._read_each(matched) if matched else [])
        return [
            Read(row, found, next(readings) if found and row["id"] not in waiting else None, row["id"] in waiting)
            for row, _, found in together
        ]

    def _wants_article(self, row: Row, text: Text, mentions: Sequence[Mention]) -> bool:
        """Whether a story is put back until its article is there: its feed asks for full text and gives only a lede,
        it may still alert, and a watchlist touches it or might.
        """
        if row["feed_id"] not in self._full_text or row["article"] or row["stage"] == AGAIN or row["quiet"]:
            return False
        if not row["link"] or len(text.body) >= LONG_ENOUGH:
            return False
        return bool(mentions or self._touch.might(text))

    def _read_each(self, matched: list[tuple[Any, list[Mention]]]) -> list[StoryReading]:
        if self._reader is None:
            from .reading.read import Reader

            self._reader = Reader(self._settings.model)
        try:
            return self._reader.read_many(matched)
        except Exception:
            log.exception("batch-unread; its stories are tried one by one")
        return [self._read_one(text, mentions) for text, mentions in matched]

    def _read_one(self, text: Any, mentions: list[Mention]) -> StoryReading:
        assert self._reader is not None
        try:
            return self._reader.read(text, mentions)
        except Exception as error:
            log.exception("story-unread title=%r", text.title[:80])
            return _unread(mentions, f"not read: {type(error).__name__}")

    def settle(self, batch: Sequence[Read]) -> list[str]:
        """Write what follows from a batch, in one transaction; returns the ids of new alerts."""
        alerts: list[str] = []
        reach("read")
        now, done = self._clock(), [read for read in batch if not read.wants_article]
        try:
            with self._store.write():
                want(self._store, [read.row["id"] for read in batch if read.wants_article], now, now + WAIT)
                for read in done:
                    alerts += self._settle_story(read)
                alerts += self._into_streams(done)
                alerts += self._take_back(done)
        except BaseException:
            self._grouper = None  # it knows stories that were not kept: rebuild it from the database
            self._streams.forget()
            raise
        return alerts

    def _into_streams(self, batch: Sequence[Read]) -> list[str]:
        """The batch's readings into the streams of the watchlists they are about."""
        if any(read.row["stage"] == AGAIN or read.row["revision"] > 1 for read in batch):
            self._streams.forget()  # what the streams hold of these stories has changed
        touched = {mention.watchlist for read in batch for mention in read.mentions}
        watchlists = [watchlist for name, watchlist in self._watchlists.items() if name in touched]
        return self._streams.take(watchlists, [read.row["id"] for read in batch])

    def _take_back(self, batch: Sequence[Read]) -> list[str]:
        """What the batch's headlines say of earlier alerts: that they are not so."""
        fresh = [read for read in batch if read.row["stage"] != AGAIN]
        named = {mention.watchlist for read in fresh for mention in read.mentions if mention.grade == "direct"}
        watchlists = [watchlist for name, watchlist in self._watchlists.items() if name in named]
        return self._retractor.take(watchlists, [read.row["id"] for read in fresh])

    def _settle_story(self, read: Read) -> list[str]:
        story_id = read.row["id"]
        before = shelf.directions_of(self._store, story_id) if read.row["revision"] > 1 else {}
        shelf.save_mentions(self._store, story_id, read.mentions)
        alerts: list[str] = []
        if read.reading is not None:
            grades = named(read.mentions).watchlists
            readings = [("", read.reading.story)]
            readings += [
                (grades[name], reading) for name, reading in read.reading.by_watchlist.items() if name in grades
            ]
            shelf.save_readings(self._store, story_id, readings)
            event_id = self._group(read, before)
            if read.row["stage"] != AGAIN:
                alerts = self._judge(event_id, [self._watchlists[name] for name in grades if name in self._watchlists])
        else:
            shelf.save_readings(self._store, story_id, ())
        if read.row["article"] == "wanted":
            go_without(self._store, story_id, f"it did not come within {WAIT.total_seconds():.0f} s", self._clock())
        self._store.run("update stories set stage = 'done' where id = ?", (story_id,))
        return alerts

    def _group(self, read: Read, before: dict[str, str]) -> int:
        if self._grouper is None:
            self._grouper = Grouper(self._store, self._clock())
        return self._grouper.place(read, before, self._clock())

    def _judge(self, event_id: int, watchlists: Sequence[Watchlist]) -> list[str]:
        """Raise the event's new signals; those of one direction make one alert, for whichever watchlists they are.

        What joins signals already raised is an update of their alert, where it adds enough.
        """
        fresh: dict[str, list[tuple[Watchlist, Signal]]] = {}
        known: dict[str, list[tuple[Watchlist, Signal]]] = {}
        for watchlist in watchlists:
            for signal in judge(watchlist, self._reports(event_id, watchlist)):
                found = fresh if self._raise(event_id, watchlist, signal) else known
                found.setdefault(signal.direction, []).append((watchlist, signal))
        told = [self._tell(event_id, signals) for signals in fresh.values()]
        told += [self._update(event_id, signals) for direction, signals in known.items() if direction not in fresh]
        return [alert for alert in told if alert is not None]

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
        payload = self._payload(event_id, signals)
        told = outbox.channels_told(self._store, event_id, payload["direction"])
        if told is not None and not {each.channel for each in self._teller.plan(payload)} - told:
            return None
        self._teller.tell(payload, leave_out=tuple(told or ()))
        return str(payload["id"])

    def _update(self, event_id: int, signals: Sequence[tuple[Watchlist, Signal]]) -> str | None:
        """A further story on an event already told: it completes an alert that is still to be sent, else it is told as
        an update in the same thread where it is stronger, or where the sources have doubled and a while has passed."""
        payload = self._payload(event_id, signals)
        last = outbox.latest_on_event(self._store, event_id, payload["direction"], "signal")
        if last is None:
            return None
        before = json.loads(last["payload"])
        if not last["settled"]:
            kept = {key: before[key] for key in ("id", "thread", "at", "update", "watchlists") if key in before}
            merged = {**payload, **kept, "strength": max(payload["strength"], before["strength"])}
            stronger = merged["strength"] > before["strength"]
            outbox.rewrite_alert(self._store, merged, self._teller.plan(merged) if stronger else ())
            return None
        news = added(before, payload)
        if news is None:
            return None
        payload["update"] = {"of": last["id"], "at": last["at"], "what": news.what}
        payload["id"] = stable_id(("update", last["id"], payload["strength"], len(payload["sources"])))
        age = self._clock() - from_text(last["at"])
        if not self._teller.tell(payload, takes=lambda route: news.stronger or age >= route.repeat, empty=False):
            return None
        return str(payload["id"])

    def _payload(self, event_id: int, signals: Sequence[tuple[Watchlist, Signal]]) -> dict[str, Any]:
        """Everything the alert's message shows, frozen as of now; the weightiest signal leads."""
        now = self._clock()
        signals = sorted(signals, key=lambda pair: pair[1].lead.weight, reverse=True)
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


def _best_mention(mentions: Sequence[Mention], watchlist: str) -> Mention:
    """The mention that best shows why a watchlist matched: direct before related, title before body."""
    own = [mention for mention in mentions if mention.watchlist == watchlist]
    order = {"title": 0, "summary": 1, "body": 2}
    return min(own, key=lambda mention: (mention.grade != "direct", order[mention.span.part], mention.span.start))


def _unread(mentions: Sequence[Mention], why: str) -> StoryReading:
    def blank(watchlist: str | None) -> Reading:
        return Reading(watchlist, "none", 1, 0.0, "mentioned", None, (why,), read=False)

    return StoryReading(blank(None), {name: blank(name) for name in named(mentions).watchlists})
