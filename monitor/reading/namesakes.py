"""Telling a person or group from its namesakes: another given name before the surname, another name behind it."""

from __future__ import annotations

import re
from functools import lru_cache

from .fold import fold
from .passage import Passage
from .terms import Phrase, Word, fit, is_dropped, possessive_stripped
from .transliteration import data

_NAME_GAP = re.compile(r"[ \u00a0]|[ \u00a0]?-")
_APPOSITION = re.compile(r",\s+(?:the\s+|a\s+)?$", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(
    r"\b(?:an?|another|one|former|ex|late|slain|deputy|vice|acting|senior|junior|then|fallen|assassinated|each|every|any)"
    r"[\s-]+(?:\w+[\s-]+)?$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in data("namesakes.yaml").items()}


def _step_over_article(here: Passage, at: int, step: int) -> int:
    while 0 <= at < len(here.words) and is_dropped(fold(here.words[at])):
        at += step
    return at


def name_before(here: Passage, first: int) -> str | None:
    """The capitalised word directly before a token, if it could be a given name."""
    at = _step_over_article(here, first - 1, -1)
    if at < 0 or here.capitals_mean_nothing or not _NAME_GAP.fullmatch(here.gap(at, at + 1)):
        return None
    word = here.words[at]
    folded = fold(possessive_stripped(word))
    if not word[0].isupper() or folded in _lists()["honorifics"] or folded in _lists()["openers"]:
        return None
    return None if possessive_stripped(word) != word else word


def name_after(here: Passage, last: int) -> str | None:
    """The capitalised word directly behind a token, if it could go on the name."""
    if possessive_stripped(here.words[last]) != here.words[last]:
        return None
    at = _step_over_article(here, last + 1, 1)
    if at >= len(here.words) or here.capitals_mean_nothing or not _NAME_GAP.fullmatch(here.gap(at - 1, at)):
        return None
    word = here.words[at]
    folded = fold(possessive_stripped(word))
    if not word[0].isupper() or folded in _lists()["followers"] or word.isupper():
        return None
    return word


def is_namesake(here: Passage, first: int, last: int, phrase: Phrase, given_names: frozenset[Word]) -> bool:
    """Whether a single capitalised Latin name or abbreviation is somebody else's by what is attached: KH Motors."""
    if phrase.words[0].acronym:
        after = name_after(here, last)
        return after is not None and fold(after) not in _lists()["honorifics"] and here.words[last].isupper()
    if phrase.kind == "person":
        before = name_before(here, first)
        if before and not any(fit(given, before, False) for given in given_names):
            return True
    return name_after(here, last) is not None


def is_pair(here: Passage, first: int) -> bool:
    """Whether two words joined by a hyphen are two parties and not one name: "the Kataeb-Hezbollah dispute"."""
    if here.gap(first, first + 1) not in ("-", "‐", "‑", "–", "—"):
        return False
    return any(fold(word).removesuffix("s") in _lists()["between"] for word in here.words[first + 2 : first + 4])


def is_other_holder(here: Passage, first: int, last: int, own_names: frozenset[Word]) -> bool:
    """Whether an office is another holder's: one of several, a former one, or with another name attached."""
    start = here.start(first)
    if _ONE_OF_SEVERAL.search(here.text[max(0, start - 30) : start]):
        return True
    after = here.words[last + 1] if last + 1 < len(here.words) else ""
    attached = name_after(here, last)
    if (
        attached
        and after[:1].isupper()
        and not _is_own(attached, own_names)
        and fold(attached) not in _lists()["honorifics"]
    ):
        return True
    if first > 1 and _APPOSITION.search(here.text[here.end(first - 1) : start]):
        words = [here.words[at] for at in (first - 2, first - 1)]
        gap = here.gap(first - 2, first - 1)
        named = all(word[0].isupper() and not word.isupper() for word in words) and _NAME_GAP.fullmatch(gap)
        common = any(fold(word) in (_lists()["openers"] | _lists()["followers"]) for word in words)
        return bool(named) and not common and not any(_is_own(word, own_names) for word in words)
    return False


def _is_own(word: str, own_names: frozenset[Word]) -> bool:
    return any(fit(own, word, False) for own in own_names)
