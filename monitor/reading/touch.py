"""Might a story be about a watchlist, although what the feed gives of it names none? Reason enough to get its article.

A lede says "three fighters were killed south of Baghdad"; the article names whose fighters. A story might touch a
watchlist if it has two different words of one of its `related` phrases; where the phrase asks for context (`near`), one
word of the phrase and one of the context.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..watchlists import Watchlist
from .fold import WORD, fold, script_of
from .records import Text
from .terms import possessive_stripped

# Words of a phrase that say nothing by themselves.
_EMPTY = frozenset(("and", "the", "for", "with", "from", "main", "over", "their", "his", "its", "point", "man"))
# How many letters of a word count: Iraq and Iraqi are no two hints, and militia is also militias.
_LATIN_LETTERS, _ARABIC_LETTERS = 5, 4
_LEAST_LETTERS = 3
# Arabic words carry their article and prepositions in front: وبالعراق is والعراق is العراق.
_ARABIC_BEFORE = re.compile("^[وفبكل]{0,2}ال|^لل|^[وف](?=....)")


class Touch:
    """Tells for many watchlists at once which of them a story might touch."""

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        self._terms: list[tuple[str, frozenset[str], frozenset[str]]] = []
        self._hints: dict[str, set[int]] = {}
        for watchlist in watchlists:
            for term in watchlist.related:
                near = _stems(term.near)
                own = _stems(term.phrases) - near
                for stem in own | near:
                    self._hints.setdefault(stem, set()).add(len(self._terms))
                self._terms.append((watchlist.id, frozenset(own), frozenset(near)))

    def might(self, text: Text) -> tuple[str, ...]:
        """The ids of the watchlists that title and summary might touch."""
        have = _stems((text.title, text.summary))
        numbers = {number for stem in have for number in self._hints.get(stem, ())}
        found = set()
        for watchlist, own, near in (self._terms[number] for number in numbers):
            if (own & have and near & have) if near else len(own & have) >= 2:
                found.add(watchlist)
        return tuple(sorted(found))


def _stems(texts: Iterable[str]) -> set[str]:
    found = set()
    for word in (word for text in texts for word in WORD.findall(text)):
        folded = fold(possessive_stripped(word))
        if script_of(word) == "arabic":
            stem = _ARABIC_BEFORE.sub("", folded)[:_ARABIC_LETTERS]
        else:
            stem = "" if folded in _EMPTY else folded[:_LATIN_LETTERS]
        if len(stem) >= _LEAST_LETTERS:
            found.add(_NATIONS.get(stem, stem))
    return found


# Countries and their people share more than the letters above show.
_NATIONS = {"iraqi": "iraq", "irani": "iran"}
