"""A story as grouping compares it: its words, names, concepts, places and numbers, from headline and opening."""

from __future__ import annotations

from dataclasses import dataclass

from ..reading.context import normal
from .concepts import Lexicon, lexicon, name_keys, told_in
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
    body_words = normal(story.body).split()
    title, summary, body = (told_in(part) for part in (story.title, story.summary, story.body[:OPENING]))
    names = name_keys(opening) - known.common_names - name_keys(" ".join(story.mentions))
    opening_words = {*head_words, *normal(story.body[:OPENING]).split()}
    return Features(
        story=story,
        title=" ".join(normal(story.title).split()),
        head=" ".join(head_words),
        words=frozenset(word for word in opening_words if len(word) > _SHORT_WORD),
        shingles=_shingles(head_words),
        all_shingles=_shingles(head_words + body_words),
        names=frozenset(names),
        concepts=title.concepts | summary.concepts | body.concepts,
        title_concepts=title.concepts,
        head_concepts=title.concepts | summary.concepts,
        places=title.places | summary.places,
        numbers=numbers_in(head),
    )


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(words, words[1:], words[2:], strict=False))
