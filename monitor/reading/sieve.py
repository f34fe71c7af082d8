"""A sieve before the matcher: texts that lack some word of every watched phrase.

Which watched words a piece of text between two spaces may be is worked out once, by the matcher's own exact rules, and
then remembered. Each phrase is looked for by its longest word, so nearly every text of an archive is passed over by
comparing two sets; of the rest, those that have all words of some phrase go on to the matcher. Nothing that it would
find is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick

from .fold import WORD
from .terms import TYPO_PHRASE_LETTERS, Keys, Phrase, Word, fit, keys_of
from .transliteration import families

# A watched word, and whether it may have a typo.
_Slot = tuple[Word, bool]


class Sieve:
    """`passes` is False only for texts in which the matcher finds nothing; parts of a story may be joined by lines."""

    # Pieces of text remembered; one that has seen more starts over.
    LIMIT = 400_000

    def __init__(self, shapes: Iterable[tuple[Phrase, tuple[Word, ...]]], keys: Keys) -> None:
        self._keys = keys
        self._known: set[str] = set()
        self._telling: set[str] = set()  # pieces that may be the longest word of a phrase
        self._slots: dict[str, frozenset[_Slot]] = {}  # pieces that may be any word of one
        self._wanted: dict[_Slot, set[frozenset[_Slot]]] = defaultdict(set)  # longest word -> all words of its phrases
        for phrase, shape in shapes:
            if phrase.kind == "mask":  # takes a name away, never makes one
                continue
            typos = phrase.letters >= TYPO_PHRASE_LETTERS
            latin = shape[0].script == "latin"  # else Latin words in it are not parted from what follows
            words = [word for word in shape if latin or word.script != "latin"]
            longest = max(words, key=lambda word: len(word.folded))
            self._wanted[longest, typos].add(frozenset((word, typos) for word in words))
        self._index({slot for wanted in self._wanted.values() for slots in wanted for slot in slots})

    def _index(self, slots: set[_Slot]) -> None:
        """Latin words by their keys; words of other scripts by their stems, which stand anywhere within a key."""
        by_key: dict[str, list[_Slot]] = defaultdict(list)
        within: dict[str, list[_Slot]] = defaultdict(list)
        for word, typos in slots:
            if word.script == "latin":
                for key in keys_of((word,)):
                    by_key[key.strip()].append((word, typos))
            else:
                for stem in {word.folded, word.folded.removeprefix("ال")}:
                    for form in {stem, *families().forms.get(stem, ())}:
                        within[form].append((word, typos))
        self._by_key = dict(by_key)
        self._within = list(within.values())
        self._stems = AhoCorasick(list(within)) if within else None

    def passes(self, text: str) -> bool:
        """Whether the matcher must look at a text."""
        pieces = set(text.split())
        unknown = pieces - self._known
        if unknown:
            self._learn(unknown)
        if self._telling.isdisjoint(pieces):
            return False
        present = frozenset().union(*(self._slots[piece] for piece in pieces & self._slots.keys()))
        return any(slots <= present for slot in present & self._wanted.keys() for slots in self._wanted[slot])

    def _learn(self, pieces: set[str]) -> None:
        if len(self._known) + len(pieces) > self.LIMIT:
            for known in (self._known, self._telling, self._slots):
                known.clear()
        self._known |= pieces
        for piece in pieces:
            slots = frozenset(slot for word in WORD.findall(piece) for slot in self._slots_of(word))
            if slots:
                self._slots[piece] = slots
                if not self._wanted.keys().isdisjoint(slots):
                    self._telling.add(piece)

    def _slots_of(self, word: str) -> list[_Slot]:
        key = self._keys[word].rstrip(" ")
        candidates = list(self._by_key.get(key, ()))
        if self._stems is not None and not word.isascii():
            for index, _, _ in self._stems.find_matches_as_indexes(key, overlapping=True):
                candidates += self._within[index]
        return [slot for slot in candidates if fit(slot[0], word, slot[1]) is not None]
