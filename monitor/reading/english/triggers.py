"""Finds the lexicon's patterns in a sentence and keeps, where they overlap, those that say most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .grammar import words
from .lexicon import GAP, Group, Lexicon, Pattern
from .tokens import Token

# A pattern whose first place takes this many words begins with a class, often a subject; its verb must be near.
CLASS_SIZE, CLASS_GAP = 12, 2
# Marks and words a gap never crosses.
_WALLS = words("walls")
# A gap inside a verb and its object may cross these as well ("hand over weapons and rockets to the state").
_LOOSE = words("loose")


@dataclass(frozen=True, slots=True)
class Item:
    """A pattern found: the token indexes it took (in order), and what its group does."""

    group: Group
    name: str
    taken: tuple[int, ...]

    @property
    def start(self) -> int:
        """Index of its first token."""
        return self.taken[0]

    @property
    def end(self) -> int:
        """Index of its last token."""
        return self.taken[-1]


def find_items(tokens: Sequence[Token], lexicon: Lexicon, masked: Sequence[tuple[int, int]] = ()) -> list[Item]:
    """The items of a sentence from left to right; no token belongs to two of them.

    `masked` are stretches of characters (names of actors) no pattern looks into.
    """
    hidden = lexicon.names_in(tokens) | {
        index for index, token in enumerate(tokens) if any(a < token.end and token.start < b for a, b in masked)
    }
    names = any(token.text.islower() for token in tokens if len(token.text) > 2)
    found: list[tuple[int, int, int, int, Item]] = []
    for index, token in enumerate(tokens):
        if index in hidden:
            continue
        for pattern in lexicon.starting(token.lower):
            taken = _match(tokens, index, pattern, lexicon.turning, names)
            if taken is not None and hidden.isdisjoint(taken):
                gaps = taken[-1] - taken[0] + 1 - len(taken)
                item = Item(pattern.group, _name(tokens, taken), taken)
                found.append((-len(taken), gaps, index, pattern.group.rank, item))
    found.sort(key=lambda entry: entry[:4])
    used: set[int] = set()
    kept: list[Item] = []
    for *_, item in found:
        if used.isdisjoint(item.taken):
            used.update(item.taken)
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)


def _match(
    tokens: Sequence[Token], at: int, pattern: Pattern, turning: set[str], names: bool
) -> tuple[int, ...] | None:
    taken = [at]
    gap = GAP if len(pattern.elements[0].lemmas) < CLASS_SIZE else CLASS_GAP
    for element in pattern.elements[1:]:
        place = taken[-1] + 1
        limit = place + (gap if element.gap else 0)
        while place <= limit and place < len(tokens):
            token = tokens[place]
            if element.accepts(token, names):
                break
            if token.lower in _WALLS or not turning.isdisjoint(token.lemmas):
                return None
            place += 1
        else:
            return None
        if place >= len(tokens) or place > limit:
            return None
        taken.append(place)
    after = taken[-1] + 1
    if pattern.final and after < len(tokens) and tokens[after].is_word and tokens[after].lower not in _WALLS:
        return None
    return tuple(taken)


def _name(tokens: Sequence[Token], taken: Sequence[int]) -> str:
    return " ".join(tokens[index].lower for index in taken)
