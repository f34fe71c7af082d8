"""Words with their places in the text, and the sentences they stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .inflect import bases

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*(?![\w-])|\w+(?:[-.’']\w+)*|[^\w\s]")
_CONTRACTION = re.compile(r"^(\w+?)(n['’]t|['’](?:s|re|ve|ll|d|m))$", re.IGNORECASE)
# A sentence ends at . ! ? (with closing quotes) before space and a capital, digit or quote, or at a line break.
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])|\n+|\s+(?=\d{1,2}[:.]\d{2}\s)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Sgt|Sen|Rep|Gov|St|No|vs|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|U\.S|U\.N|U\.K|a\.m|p\.m|[A-Z])\.)[\"'”’)]*\s*$"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark: `start`/`end` in characters of the part it comes from."""

    text: str
    lower: str
    lemmas: frozenset[str]
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it holds a letter or digit."""
        return self.text[0].isalnum() or self.text[-1].isalnum()


def tokenize(text: str, offset: int = 0) -> list[Token]:
    """The tokens of `text`; `offset` is added to their places."""
    tokens = []
    for match in _TOKEN.finditer(text):
        word, begin = match.group(), offset + match.start()
        parts = _CONTRACTION.match(word)
        for piece in parts.groups() if parts else (word,):
            lower = piece.lower().replace("’", "'")
            tokens.append(Token(piece, lower, bases(lower), begin, begin + len(piece)))
            begin += len(piece)
    return tokens


def sentences(text: str) -> list[tuple[int, int]]:
    """Places of the sentences of `text`, in order, without surrounding blanks."""
    places: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.start() < start:
            continue
        if "\n" not in match.group() and _ABBREVIATION.search(text[max(start, match.start() - 12) : match.end()]):
            continue
        places.append((start, match.start()))
        start = match.end()
    places.append((start, len(text)))
    trimmed = []
    for begin, end in places:
        piece = text[begin:end]
        left = len(piece) - len(piece.lstrip())
        right = len(piece.rstrip())
        if right > left:
            trimmed.append((begin + left, begin + right))
    return trimmed
