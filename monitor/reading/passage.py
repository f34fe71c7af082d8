"""One part of a text as words and sentences, each worked out only when a rule asks for it."""

from __future__ import annotations

import bisect
import re
from functools import cached_property

from .fold import WORD
from .records import Part

# An end of sentence; not after a single capital (U.S.) or a rank (Gen.).
_SENTENCE_END = re.compile(
    r"(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\bGen)(?<!\bBrig)(?<!\bMaj)(?<!\bLt)[.!?؟…]+[\"'”’»)]*\s+|\n+"
)
# Share of long words with a capital from which a headline counts as written In Title Case.
_TITLE_CASE_SHARE = 0.9


class Passage:
    """One part of a text; word `i` is `words[i] == text[start(i):end(i)]`."""

    def __init__(self, part: Part, text: str, words: list[str] | None = None) -> None:
        self.part = part
        self.text = text
        self.words = WORD.findall(text) if words is None else words

    @cached_property
    def _starts(self) -> list[int]:
        starts = []
        at = 0
        for word in self.words:
            at = self.text.index(word, at)
            starts.append(at)
            at += len(word)
        return starts

    def start(self, index: int) -> int:
        """Where a word begins, in characters of the part."""
        return self._starts[index]

    def end(self, index: int) -> int:
        """Where a word ends."""
        return self._starts[index] + len(self.words[index])

    def gap(self, left: int, right: int) -> str:
        """The characters between two words."""
        return self.text[self.end(left) : self.start(right)]

    @cached_property
    def sentence_starts(self) -> list[int]:
        """Where the sentences begin; the first at 0."""
        ends = (match.end() for match in _SENTENCE_END.finditer(self.text))
        return [0, *(end for end in ends if end < len(self.text))]

    def sentence(self, position: int) -> int:
        """The index of the sentence a character stands in."""
        return bisect.bisect_right(self.sentence_starts, position) - 1

    def sentences(self, first: int, last: int) -> tuple[int, int]:
        """The characters of some sentences, the last included."""
        starts = self.sentence_starts
        begin = starts[max(first, 0)]
        return begin, starts[last + 1] if last + 1 < len(starts) else len(self.text)

    @cached_property
    def capitals_mean_nothing(self) -> bool:
        """Whether a headline is in Title Case or the part all in capitals."""
        if self.text.isupper():
            return True
        long_words = [word for word in self.words if len(word) > 3]
        capitals = sum(word[0].isupper() for word in long_words)
        return self.part == "title" and len(long_words) > 3 and capitals >= _TITLE_CASE_SHARE * len(long_words)

    @cached_property
    def lower_case(self) -> bool:
        """Whether the part is written without capitals."""
        return self.text == self.text.lower()
