"""Score matching, reading and grouping against labelled stories: the numbers of `monitor lab stories`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from monitor.reading.records import PARTS, Direction, Mention, Reading, Span, StoryReading, Text

from .labelled import Labelled
from .measures import SIGN, Bin, Pair, direction_score, grouping, reliability, retrieval

LANGUAGES = ("en", "ar", "fa")

# A labelled clause that cannot be found in the cleaned text overlaps where it shares this part of its words.
_SHARED_WORDS = 0.5

# Stories read in one go; large enough for the parser to work in batches, small enough for progress to move.
_BATCH = 32


class Matches(Protocol):
    """Finds watchlists in a text (`monitor.reading.matching.Matcher`)."""

    def match(self, text: Text, /) -> Sequence[Mention]: ...


class Reads(Protocol):
    """Reads texts with their mentions (`monitor.reading.read.Reader`)."""

    def read_many(self, texts: Sequence[tuple[Text, Sequence[Mention]]], /) -> Iterable[StoryReading]: ...


@dataclass(frozen=True, slots=True)
class Scored:
    """A labelled story beside what was found in it: mentions, readings, and the group it was put in (or None)."""

    story: Labelled
    mentions: tuple[Mention, ...]
    reading: StoryReading
    group: str | None = None

    @property
    def direct(self) -> frozenset[str]:
        """The watchlists named in the story, not merely described."""
        return frozenset(mention.watchlist for mention in self.mentions if mention.grade == "direct")

    @property
    def pair(self) -> Pair | None:
        """(labelled, read) direction of the story as a whole; None where it is contested."""
        direction = self.story.direction
        return None if direction is None else (direction, self.reading.story.direction)

    @property
    def watchlist_pairs(self) -> dict[str, tuple[Direction, Direction | None]]:
        """Watchlist -> (labelled, read) direction; None as read where the mention was missed."""
        found = self.reading.by_watchlist
        return {
            name: (direction, found[name].direction if name in found else None)
            for name, direction in self.story.per_watchlist.items()
        }


def score(
    stories: Sequence[Labelled],
    matcher: Matches,
    reader: Reads,
    group: Callable[[Sequence[Scored]], Sequence[str | None]] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Scored]:
    """Match, read and (with `group`) group every story; `progress` is told how many stories each step finished."""
    scored: list[Scored] = []
    for batch in _batches(stories):
        texts = [(story.text, tuple(matcher.match(story.text))) for story in batch]
        readings = reader.read_many([(text, mentions) for text, mentions in texts])
        scored += [
            Scored(story, mentions, reading)
            for story, (_, mentions), reading in zip(batch, texts, readings, strict=True)
        ]
        progress(len(batch))
    if group is None:
        return scored
    return [Scored(row.story, row.mentions, row.reading, name) for row, name in zip(scored, group(scored), strict=True)]


def summary(rows: Sequence[Scored]) -> dict[str, Any]:
    """The contract's object; a metric whose labels the rows lack is None."""
    return {
        "stories": len(rows),
        "matching": _matching(rows),
        "direction": {"all": _direction(rows)} | {lang: _direction(in_language(rows, lang)) for lang in LANGUAGES},
        "per_watchlist": _per_watchlist(rows),
        "grouping": _grouping(rows),
        "evidence": _evidence(rows),
    }


def in_language(rows: Sequence[Scored], lang: str) -> list[Scored]:
    """The rows whose story is in one language."""
    return [row for row in rows if row.story.text.lang == lang]


def by_trap(rows: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The rows by what their file says they test, in its order; empty where it says nothing."""
    found: dict[str, list[Scored]] = {}
    for row in rows:
        if row.story.trap:
            found.setdefault(row.story.trap, []).append(row)
    return found


def direction_pairs(rows: Sequence[Scored]) -> list[Pair]:
    """(labelled, read) of every story that is not contested."""
    return [row.pair for row in rows if row.pair is not None]


def errors(rows: Sequence[Scored]) -> list[tuple[Scored, str | None, Direction, Direction | None, Reading | None]]:
    """Every wrong reading: (row, watchlist or None for the story, labelled, read or None where missed, the reading)."""
    found: list[tuple[Scored, str | None, Direction, Direction | None, Reading | None]] = []
    for row in rows:
        if row.pair is not None and row.pair[0] != row.pair[1]:
            found.append((row, None, *row.pair, row.reading.story))
        for name, (labelled, read) in row.watchlist_pairs.items():
            if read != labelled:
                found.append((row, name, labelled, read, row.reading.by_watchlist.get(name)))
    return found


def reliability_table(rows: Sequence[Scored], bins: int = 10) -> list[Bin]:
    """Confidence against accuracy over the readings of whole stories that a reader made."""
    return reliability(
        (
            (row.reading.story.confidence, row.pair[0] == row.pair[1])
            for row in rows
            if row.pair is not None and row.reading.story.read
        ),
        bins,
    )


def overlaps(text: Text, clause: str, evidence: Span | None) -> bool:
    """Whether evidence shares words with a labelled clause at the place where the clause stands in the text."""
    if evidence is None:
        return False
    places = [
        (part, found.start(), found.end())
        for part in PARTS
        for found in re.finditer(re.escape(clause), text.part(part))
    ]
    if places:
        return any(
            part == evidence.part and start < evidence.end and evidence.start < end for part, start, end in places
        )
    wanted, shown = (set(re.findall(r"\w+", words.casefold())) for words in (clause, evidence.text))
    return len(wanted & shown) >= _SHARED_WORDS * max(len(wanted), 1)


def _matching(rows: Sequence[Scored]) -> dict[str, float] | None:
    judged = [(index, row) for index, row in enumerate(rows) if row.story.watchlists is not None]
    if not judged:
        return None
    labelled = {(index, name) for index, row in judged for name in row.story.watchlists or ()}
    found = {(index, name) for index, row in judged for name in row.direct}
    return asdict(retrieval(set(labelled), set(found)))


def _direction(rows: Sequence[Scored]) -> dict[str, Any] | None:
    figures = direction_score(direction_pairs(rows))
    return None if figures is None else asdict(figures)


def _per_watchlist(rows: Sequence[Scored]) -> dict[str, Any] | None:
    pairs = [pair for row in rows for pair in row.watchlist_pairs.values()]
    if not pairs:
        return None
    return {"n": len(pairs), "accuracy": sum(1 for labelled, read in pairs if labelled == read) / len(pairs)}


def _grouping(rows: Sequence[Scored]) -> dict[str, Any] | None:
    judged = [row for row in rows if row.story.event and row.story.direction]
    if not judged or any(row.group is None for row in judged):
        return None
    labels = [row.story.event for row in judged]
    groups = [row.group for row in judged]
    return asdict(grouping(labels, groups, [SIGN[row.story.direction or "none"] for row in judged]))


def _evidence(rows: Sequence[Scored]) -> dict[str, Any] | None:
    """Over stories read rightly whose deciding clause is labelled."""
    if not any(row.story.evidence for row in rows):
        return None
    right = [row for row in rows if row.story.evidence and row.pair is not None and row.pair[0] == row.pair[1]]
    hits = sum(
        any(overlaps(row.story.text, row.story.evidence or "", span) for span in row.reading.story.spans)
        for row in right
    )
    return {"n": len(right), "overlap": hits / len(right) if right else None}


def _batches(stories: Sequence[Labelled]) -> Iterator[Sequence[Labelled]]:
    for start in range(0, len(stories), _BATCH):
        yield stories[start : start + _BATCH]
