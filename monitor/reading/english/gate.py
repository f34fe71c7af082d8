"""Is this story about a conflict at all? Words of war are also the words of sport, trade, weather and party politics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .grammar import read_data
from .segments import Segment
from .tokens import Token

# What a name of a place or party of a conflict counts, beside 1 for a word of conflict or the name of an armed group.
PLACE = 0.3
# What a word counts that other worlds use as well ("truce", "general").
DOUBTFUL = 0.6
# What a theme word counts in the title and elsewhere.
TITLE_THEME = 1.5
# Body sentences that are looked at.
BODY_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """How much of a story speaks of conflict, and of what else it speaks.

    `support`: distinct words of conflict and names of armed groups, places counting a little; `theme`: the strongest
    other theme, `theme_words` its distinct words (those of the title count more); `old`: the title says that the piece
    is about the past, about art, a court or a routine.
    """

    support: float = 0.0
    theme: str = ""
    theme_words: float = 0.0
    old: bool = False

    def factor(self, weak: bool) -> float:
        """What a value is worth here, in [0, 1]; `weak` values need support."""
        words, support = self.theme_words, self.support
        share = 1.0
        if words >= 4 and words > support:
            share = 0.05
        elif (words >= TITLE_THEME and words > support) or (words >= 1 and support < 1):
            share = 0.1
        elif words >= 2 and words * 1.5 > support:
            share = 0.15 if weak else 0.5
        elif weak and support < 1:
            share = 0.3
        elif support < PLACE:
            share = 0.6
        return share * (0.15 if self.old else 1.0)


@dataclass(frozen=True, slots=True)
class _Tables:
    strong: frozenset[tuple[str, ...]]
    armed: frozenset[tuple[str, ...]]
    doubtful: frozenset[tuple[str, ...]]
    places: frozenset[tuple[str, ...]]
    themes: dict[str, frozenset[tuple[str, ...]]]
    old: re.Pattern[str]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    data = read_data("gate")
    conflict = {name: _keys(words) for name, words in data["conflict"].items()}
    themes = {name: _keys(words) for name, words in data["themes"].items()}
    old = re.compile("|".join(f"(?:{pattern})" for pattern in data["not_news"]), re.IGNORECASE)
    return _Tables(conflict["strong"], conflict["armed"], conflict["doubtful"], conflict["places"], themes, old)


def _keys(words: Sequence[object]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(str(word).lower().split()) for word in words)


def gate(segments: Sequence[Segment], title: str) -> Gate:
    """The gate of a story from its title, summary and first body sentences."""
    tables = _tables()
    strong: set[tuple[str, ...]] = set()
    doubtful: set[tuple[str, ...]] = set()
    places: set[tuple[str, ...]] = set()
    seen: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in tables.themes}
    has_summary = any(segment.part == "summary" for segment in segments)
    for segment in segments:
        if segment.part == "body" and segment.rank >= BODY_SENTENCES:
            continue
        weight = TITLE_THEME if segment.part == "title" else 1.0
        for hit in _phrases(segment.tokens):
            if hit in tables.strong or hit in tables.armed:
                strong.add(hit)
            elif hit in tables.doubtful:
                doubtful.add(hit)
            elif hit in tables.places:
                places.add(hit)
            if segment.part == "body" and has_summary:
                continue
            for name, table in tables.themes.items():
                if hit in table:
                    seen[name][hit] = max(weight, seen[name].get(hit, 0.0))
    counts = {name: sum(hits.values()) for name, hits in seen.items()}
    theme = max(sorted(counts), key=lambda name: counts[name])
    support = len(strong) + DOUBTFUL * len(doubtful) + PLACE * len(places)
    return Gate(support, theme if counts[theme] else "", counts[theme], bool(tables.old.search(title)))


def conflict_words(tokens: Sequence[Token]) -> bool:
    """Whether a sentence has a word of conflict, a doubtful one too, or the name of an armed group."""
    tables = _tables()
    return any(hit in table for hit in _phrases(tokens) for table in (tables.strong, tables.armed, tables.doubtful))


def _phrases(tokens: Sequence[Token]) -> Iterator[tuple[str, ...]]:
    for index, token in enumerate(tokens):
        for lemma in sorted(token.lemmas):
            yield (lemma,)
        yield ("=" + token.lower,)
        for length in (2, 3):
            if index + length <= len(tokens):
                yield tuple(t.lower for t in tokens[index : index + length])
