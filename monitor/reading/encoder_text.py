"""What the small encoder is shown of a story: a bounded text with the watched actors masked, and the way back to spans.

The encoder never sees the names it is asked about: the actor in question stands as `ACTOR`, other watched actors as
`OTHER`. It therefore cannot learn who usually escalates, and another spelling of a name cannot change its answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from .english.telling import is_telling
from .records import PARTS, Mention, Part, Span, Text

# Unused entries of the BERT word-piece vocabulary, given a meaning by training.
ACTOR = "[unused1]"  # the actor the question is about
OTHER = "[unused2]"  # any other watched actor; every watched actor when the question is about the story as a whole
ASK = "[unused3]"  # opens a text read for an actor
BREAK = "[SEP]"  # between title, summary and body
MASKS = (ACTOR, OTHER, ASK)

# Most characters shown of each part and of all together: with the word pieces' limit they bound the cost of a story.
_LONGEST: dict[Part, int] = {"title": 300, "summary": 500, "body": 500}
_LONGEST_ALL = 680

# Sentences of the body that are always shown; after them, those that name the actor, each with the next one.
_LEAD_SENTENCES = 3

_SENTENCE = re.compile(r"[^\s].*?(?:[.!?…]['\"”’)\]]*(?=\s)|\n|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters `start:end` of the prompt that stand for characters of a part, `at` the first of them."""

    start: int
    end: int
    part: Part
    at: int
    length: int

    @property
    def masked(self) -> bool:
        """Whether a mask stands here for a name."""
        return self.end - self.start != self.length


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text the encoder reads, and which characters of the story each stretch of it stands for."""

    text: str
    stretches: tuple[Stretch, ...]

    def places(self, part: Part, start: int, end: int) -> list[tuple[int, int]]:
        """Where characters `start:end` of a part stand in the prompt, in prompt characters."""
        found = []
        for held in self.stretches:
            if held.part != part or held.at >= end or held.at + held.length <= start:
                continue
            if held.masked:
                found.append((held.start, held.end))
            else:
                first = held.start + max(start - held.at, 0)
                found.append((first, held.start + min(end - held.at, held.length)))
        return found

    def origin(self, start: int, end: int) -> tuple[Part, int, int] | None:
        """The characters of the story that `start:end` of the prompt stands for, within the part it begins in."""
        inside = [held for held in self.stretches if held.start < end and start < held.end]
        if not inside:
            return None
        part = inside[0].part
        inside = [held for held in inside if held.part == part]
        first, last = inside[0], inside[-1]
        begin = first.at if first.masked else first.at + max(start - first.start, 0)
        stop = last.at + last.length if last.masked else last.at + min(end - last.start, last.length)
        return part, begin, stop


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence of a part, by its punctuation and line ends."""
    return [(found.start(), found.end()) for found in _SENTENCE.finditer(text) if found.group().strip()]


def prompt(text: Text, mentions: Sequence[Mention], actor: str | None = None) -> Prompt:
    """The prompt for a story read for watchlist `actor`, or for the story as a whole."""
    spans = [(m.span, ACTOR if m.watchlist == actor else OTHER) for m in mentions]
    return masked_prompt(text, spans, ask=actor is not None)


def masked_prompt(text: Text, masks: Sequence[tuple[Span, str]], ask: bool) -> Prompt:
    """The prompt with each span replaced by its mask; where spans overlap, `ACTOR` wins, then the longer."""
    written: list[str] = [ASK, " "] if ask else []
    length = sum(map(len, written))
    stretches: list[Stretch] = []
    left = _LONGEST_ALL
    for part in PARTS:
        content = text.part(part)
        if not content.strip() or left <= 0:
            continue
        inside = _disjoint([(span.start, span.end, mask) for span, mask in masks if span.part == part])
        limit = min(left, _LONGEST[part])
        if stretches:
            written.append(f" {BREAK} ")
            length += len(BREAK) + 2
        for start, end in _shown(part, content, inside, limit):
            for first, last, mask in _cut(start, end, inside):
                piece = content[first:last] if mask is None else mask
                written.append(piece)
                stretches.append(Stretch(length, length + len(piece), part, first, last - first))
                length += len(piece)
            written.append(" ")
            length += 1
            left -= end - start
    return Prompt("".join(written), tuple(stretches))


def _shown(part: Part, content: str, inside: list[tuple[int, int, str]], limit: int) -> list[tuple[int, int]]:
    """The stretches of a part to show, in order, at most `limit` characters in all.

    The title is shown as it is; of the rest only sentences that name a watched actor or can bear on a direction.
    """
    if part == "title":
        return [(0, min(len(content), limit))]
    held = sentences(content[: 40 * _LONGEST["body"]])
    masks = [{mask for first, _, mask in inside if start <= first < end} for start, end in held]
    asked = [number for number, found in enumerate(masks) if ACTOR in found]

    def telling(first: int) -> Iterator[int]:
        # One sentence at a time: of a long body only what comes before the limit is looked at.
        return (
            number for number in range(first, len(held)) if masks[number] or is_telling(content[slice(*held[number])])
        )

    after = (number for one in asked for number in islice(telling(one + 1), 1))
    chosen: set[int] = set()
    for number in chain(islice(telling(0), _LEAD_SENTENCES), asked, after, telling(0)):
        if number in chosen:
            continue
        start, end = held[number]
        if end - start > limit:
            if not chosen:
                return [(start, start + limit)]
            break
        chosen.add(number)
        limit -= end - start
    return [held[number] for number in sorted(chosen)]


def _cut(start: int, end: int, inside: list[tuple[int, int, str]]) -> list[tuple[int, int, str | None]]:
    """`start:end` cut into plain stretches (mask None) and masked ones."""
    pieces: list[tuple[int, int, str | None]] = []
    for first, last, mask in inside:
        if last <= start or first >= end:
            continue
        if first > start:
            pieces.append((start, first, None))
        pieces.append((max(first, start), min(last, end), mask))
        start = min(last, end)
    if start < end:
        pieces.append((start, end, None))
    return pieces


def _disjoint(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    kept: list[tuple[int, int, str]] = []
    for start, end, mask in sorted(spans, key=lambda held: (held[2] != ACTOR, held[0] - held[1], held[0])):
        if start < end and all(end <= first or last <= start for first, last, _ in kept):
            kept.append((start, end, mask))
    return sorted(kept)
