"""What a worker does with a chunk: rows, prefilter, matching, reading. Pure: a chunk goes in, what was found comes out.

The model is loaded once in a worker's life, at the first story that mentions anybody.
"""

from __future__ import annotations

import logging
import resource
import threading
import time
from dataclasses import dataclass
from typing import Any

from ..reading.matching import Matcher
from ..reading.read import MissingModel, Reader, unread
from ..reading.records import Mention, StoryReading, Text
from ..watchlists import Watchlist
from .fields import BadFieldsError, check, plain_text, story_of, with_language
from .records import ArchivedStory, BadRow, Chunk, Done, Found, Tally
from .rowreader import rows_in
from .stamp import Stamp, stamp_of

log = logging.getLogger("monitor.archive")

# Stories read in one go: the parser's best batch.
BATCH = 64


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker reads by. `key` is the same for the same watchlists and model."""

    watchlists: tuple[Watchlist, ...]
    model: str
    key: str


class ChunkReader:
    """Matcher and reader of one setup; what they load stays loaded."""

    def __init__(self, setup: Setup) -> None:
        self.stamp: Stamp = stamp_of(setup.watchlists, setup.model)
        self._matcher = Matcher(setup.watchlists)
        self._reader = Reader(setup.model)
        self._loaded = False

    def read(self, chunk: Chunk) -> Done:
        """What a chunk holds. A row that cannot be read is counted and never stops the rest."""
        tally = Tally(seconds=dict.fromkeys(("rows", "prefilter", "match", "load", "read"), 0.0))
        found: list[Found] = []
        waiting: list[tuple[ArchivedStory, list[Mention]]] = []
        clock = _Laps(tally.seconds)
        for file, line, fields in rows_in(chunk):
            tally.rows += 1
            try:
                story = self._sieved(fields, clock)
            except (ValueError, TypeError, OverflowError) as error:  # BadFieldsError is one
                why = str(error) if isinstance(error, BadFieldsError) else f"{type(error).__name__}: {error}"
                tally.add(Tally(bad=1, first_bad=[BadRow(file, line, why)]))
                continue
            if story is None:
                tally.spared += 1
                continue
            mentions = self._matcher.match(story.text)
            clock.lap("match")
            if mentions:
                waiting.append((story, mentions))
            if len(waiting) >= BATCH:
                found += self._read(waiting, clock)
                waiting.clear()
        clock.lap("rows")
        if waiting:
            found += self._read(waiting, clock)
        tally.matched = len(found)
        return Done(chunk.name, found, tally, self.stamp, memory_mb())

    def _sieved(self, fields: dict[str, Any] | str, clock: _Laps) -> ArchivedStory | None:
        """The story in a row, or None where nobody watched can be in it. Raises BadFieldsError."""
        if isinstance(fields, str):
            raise BadFieldsError(fields)
        plain = plain_text(fields)
        clock.lap("rows")
        if plain is not None:
            passes = self._matcher.may_match(plain)
            clock.lap("prefilter")
            if not passes:
                check(fields)
                return None
        story = story_of(fields)
        clock.lap("rows")
        if plain is None:
            passes = self._matcher.may_match(f"{story.title}\n{story.summary}\n{story.body}")
            clock.lap("prefilter")
            if not passes:
                return None
        return with_language(story)

    def _read(self, waiting: list[tuple[ArchivedStory, list[Mention]]], clock: _Laps) -> list[Found]:
        if not self._loaded:
            self._reader.read(Text("Talks resume"), [])  # loads all there is, so that it is counted apart
            self._loaded = True
            clock.lap("load")
        try:
            readings = self._reader.read_many([(story.text, mentions) for story, mentions in waiting])
        except MissingModel:
            raise
        except Exception:
            log.exception("batch-unread; its stories are tried one by one")
            readings = [self._read_one(story, mentions) for story, mentions in waiting]
        clock.lap("read")
        return [Found(story, mentions, reading) for (story, mentions), reading in zip(waiting, readings, strict=True)]

    def _read_one(self, story: ArchivedStory, mentions: list[Mention]) -> StoryReading:
        try:
            return self._reader.read(story.text, mentions)
        except Exception:
            log.exception("story-unread title=%r", story.title[:80])
            return unread(mentions)


class _Laps:
    """Where the processor's time goes, step by step."""

    def __init__(self, into: dict[str, float]) -> None:
        self._into = into
        self._last = time.process_time()

    def lap(self, step: str) -> None:
        now = time.process_time()
        self._into[step] += now - self._last
        self._last = now


def memory_mb() -> float:
    """The most memory this process has taken so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


_readers: dict[str, ChunkReader] = {}
_one_at_a_time = threading.Lock()


def read_chunk(chunk: Chunk, setup: Setup) -> Done:
    """A chunk read by this process's reader, which is made at its first chunk. Threads of one process take turns."""
    with _one_at_a_time:
        reader = _readers.get(setup.key)
        if reader is None:
            _readers.clear()
            reader = _readers[setup.key] = ChunkReader(setup)
        return reader.read(chunk)
