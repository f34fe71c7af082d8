"""A story as grouping compares it: its words, names, concepts, places and numbers, from headline and opening."""

from __future__ import annotations

from dataclasses import dataclass

from ..reading.context import normal
from ..reading.fold import fold
from .concepts import Lexicon, concepts_in, lexicon, name_keys, places_of_action
from .numbers import Number, numbers_in
from .records import GroupStory

# Characters of the body that count as its opening: what a lede holds.
OPENING = 600
# Words shorter than this say little in scripts with letters.
_SHORT_WORD = 3


@dataclass(frozen=True, slots=True)
class Features:
    """What a story is compared by. `head` is title and summary, `opening` also the beginning of the body."""

    story: GroupStory
    title: str
    head: str
    words: frozenset[str]
    shingles: frozenset[tuple[str, ...]]
    all_shingles: frozenset[tuple[str, ...]]
    names: frozenset[str]
    concepts: frozenset[str]
    title_concepts: frozenset[str]
    head_concepts: frozenset[str]
    places: frozenset[str]
    numbers: frozenset[Number]


def features(story: GroupStory) -> Features:
    """The features of one story."""
    known: Lexicon = lexicon()
    head = f"{story.title} | {story.summary}"
    opening = f"{head} | {story.body[:OPENING]}"
    head_words = normal(head).split()
    all_words = head_words + normal(story.body).split()
    return Features(
        story=story,
        title=" ".join(normal(story.title).split()),
        head=" ".join(head_words),
        words=frozenset(word for word in normal(opening).split() if len(word) > _SHORT_WORD),
        shingles=_shingles(head_words),
        all_shingles=_shingles(all_words),
        names=frozenset(name_keys(opening) - known.common_names - name_keys(" ".join(story.mentions))),
        concepts=concepts_in(opening),
        title_concepts=concepts_in(story.title),
        head_concepts=concepts_in(head),
        places=places_of_action(head),
        numbers=numbers_in(fold(head)),
    )


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(words, words[1:], words[2:], strict=False))
