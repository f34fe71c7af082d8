"""The records of the archive room: a chunk of rows goes to a worker; the stories that matched come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal

from ..clock import to_text
from ..reading.records import Mention, Reading, StoryReading, Text
from ..stories.identity import content_key

# How the payload of a chunk is made: lines of JSON, rows of fields, an Arrow stream, captured feeds.
Kind = Literal["jsonl", "table", "arrow", "feeds"]


@dataclass(frozen=True, slots=True)
class ArchivedStory:
    """One archived story, clean text. `date` is UTC; a day without time counts from its end, when it was surely out.

    `src` is the archive's own word for where the row came from.
    """

    date: datetime
    outlet: str
    title: str
    summary: str
    url: str
    lang: str
    src: str = ""
    body: str = ""

    @property
    def id(self) -> str:
        """A name that is the same wherever and whenever the row is read."""
        parts = (to_text(self.date), self.outlet, self.url, self.title, self.summary, self.body)
        return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()

    @property
    def content(self) -> str:
        """The key of what it says: two rows that say the same are one story."""
        from ..feeds.records import Entry

        return content_key(Entry(None, None, self.title, self.summary, self.body))

    @property
    def text(self) -> Text:
        """The story as the reading room sees it."""
        return Text(self.title, self.summary, self.body, self.lang, self.date)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: its file, line (or number of the row, 1-based), and why."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one archive, small enough to be held in memory several times.

    `name` is the same at every run over the same archive; `payload` is what `kind` says; `first` the number of its
    first line or row (1-based); `upto` how many bytes of the archive lie behind it, for the progress shown.
    """

    name: str
    file: str
    kind: Kind
    first: int
    payload: Any
    upto: int
    columns: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """A story that some watchlist is mentioned in."""

    story: ArchivedStory
    mentions: list[Mention]
    reading: StoryReading

    @property
    def readings(self) -> list[Reading]:
        """All readings, the story as a whole first."""
        return [self.reading.story, *self.reading.by_watchlist.values()]


@dataclass(slots=True)
class Tally:
    """What became of the rows of one or more chunks, and the seconds of processor each step took."""

    rows: int = 0
    bad: int = 0
    spared: int = 0  # rows that the automaton alone showed to mention nobody
    matched: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    first_bad: list[BadRow] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another tally in; of each file the first bad row is kept."""
        self.rows += other.rows
        self.bad += other.bad
        self.spared += other.spared
        self.matched += other.matched
        for step, spent in other.seconds.items():
            self.seconds[step] = self.seconds.get(step, 0.0) + spent
        kept = {bad.file: bad for bad in self.first_bad}
        for bad in other.first_bad:
            if bad.file not in kept or bad.line < kept[bad.file].line:
                kept[bad.file] = bad
        self.first_bad = [kept[name] for name in sorted(kept)]


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker makes of a chunk. `stamp` says with what it read, `memory_mb` how much memory it had taken."""

    name: str
    found: list[Found]
    tally: Tally
    stamp: dict[str, str]
    memory_mb: float


def end_of_day(day: datetime) -> datetime:
    """When a story dated by day alone was surely out."""
    return day.replace(tzinfo=UTC) + timedelta(hours=23, minutes=59)
