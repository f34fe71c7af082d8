"""Is this story about a conflict at all? Words of war are also the words of sport, trade, weather and party politics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import read_data
from .segments import Segment
from .tokens import Token


@dataclass(frozen=True, slots=True)
class Gate:
    """How much of a story speaks of conflict, and of what else it speaks.

    `conflict`: distinct words of conflict, `actors`: distinct names of parties and places of conflict, `theme`: the
    strongest other theme and `theme_words`: its distinct words (those of the title count twice).
    """

    conflict: int
    actors: int
    theme: str
    theme_words: float

    def factor(self, weak: bool) -> float:
        """What a value is worth here, in [0, 1]; `weak` values need support."""
        support = self.conflict + 0.5 * self.actors
        if self.theme_words >= 2 and self.theme_words > support:
            return 0.1
        if self.theme_words > 1 and support < 1:
            return 0.2
        if weak and support < 1.5:
            return 0.2
        if self.theme_words >= 2 and self.theme_words * 1.5 > support:
            return 0.5
        if support < 1:
            return 0.6
        return 1.0


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, set[tuple[str, ...]]], dict[str, dict[str, set[tuple[str, ...]]]]]:
    data = read_data("gate")
    conflict = {name: {_key(word) for word in words} for name, words in data["conflict"].items()}
    themes = {name: {"words": {_key(word) for word in words}} for name, words in data["themes"].items()}
    return conflict, themes


def _key(word: object) -> tuple[str, ...]:
    return tuple(str(word).lower().split())


def gate(segments: Sequence[Segment]) -> Gate:
    """The gate of a story from its title, summary and first body sentences."""
    conflict_tables, themes = _tables()
    conflict: set[tuple[str, ...]] = set()
    actors: set[tuple[str, ...]] = set()
    seen: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in themes}
    for segment in segments:
        if segment.part == "body" and segment.rank > 3:
            continue
        weight = 1.5 if segment.part == "title" else 1.0
        conflict |= set(_hits(segment.tokens, conflict_tables["strong"]))
        actors |= set(_hits(segment.tokens, conflict_tables["actors"]))
        for name, table in themes.items():
            for hit in _hits(segment.tokens, table["words"]):
                seen[name][hit] = max(weight, seen[name].get(hit, 0))
    counts = {name: sum(hits.values()) for name, hits in seen.items()}
    theme = max(sorted(counts), key=lambda name: counts[name])
    return Gate(len(conflict), len(actors), theme if counts[theme] else "", counts[theme])


def _hits(tokens: Sequence[Token], table: set[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    for index, token in enumerate(tokens):
        for lemma in sorted(token.lemmas):
            if (lemma,) in table:
                yield (lemma,)
                break
        else:
            if ("=" + token.lower,) in table:
                yield (token.lower,)
        for length in (2, 3):
            phrase = tuple(t.lower for t in tokens[index : index + length])
            if len(phrase) == length and phrase in table:
                yield phrase
