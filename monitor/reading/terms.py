"""Terms made ready for matching: the words of a phrase, what each may look like, and the keys that find them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz.distance import OSA

from ..watchlists import Term, Watchlist
from .fold import WORD, fold, fold_mapped, script_of
from .records import Grade
from .transliteration import families, is_spelling, skeleton, skeletons

Kind = Literal["name", "person", "title", "related", "mask"]

# A word this long may hold one typo, one of the second length two; a phrase needs the third in all.
TYPO_LETTERS, TWO_TYPOS_LETTERS, TYPO_PHRASE_LETTERS = 7, 11, 9
# Latin words run together (#KataibHezbollah) are recognised from this many letters on, each and in all; Arabic in all.
JOINED_WORD_LETTERS, JOINED_LETTERS, JOINED_ARABIC_LETTERS = 4, 10, 5
# … and with this many consonants: fewer are the consonants of too many other words.
JOINED_CONSONANTS = 5
ACRONYM_LETTERS = 5
# In Arabic words up to this length a doubled alif tells words apart: قاآني is a name, قاني is crimson.
SHORT_ARABIC_LETTERS = 4

_POSSESSIVE = re.compile(r"['’ʼ`´]s?$", re.IGNORECASE)
_DOUBLE_ALIF = re.compile("اا+")


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word of a term: as written, folded, its script. Equal words are one object: see `word_of`."""

    text: str
    folded: str
    script: str
    acronym: bool = False
    capital: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One phrase of a term of a watchlist (`watchlist` is an index)."""

    watchlist: int
    kind: Kind
    text: str
    words: tuple[Word, ...]
    term: Term
    letters: int

    @property
    def grade(self) -> Grade:
        """`related` for descriptions, `direct` for all else."""
        return "related" if self.kind == "related" else "direct"


@dataclass(slots=True)
class Vocabulary:
    """What word keys depend on: the acronyms and the long words watched for."""

    acronyms: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)  # every watched word, never taken for a misspelling of another
    long_words: dict[str, str] = field(default_factory=dict)  # folded word -> its key
    deletions: dict[str, list[str]] = field(default_factory=dict)  # word with one letter left out -> words


@cache
def word_of(text: str, folded: str, script: str, acronym: bool = False) -> Word:
    """The one Word of these letters."""
    return Word(text, folded, script, acronym, script == "latin" and text[0].isupper())


def possessive_stripped(word: str) -> str:
    """`Qaani's` -> `Qaani`."""
    if word[-2:-1] and (word[-1] in "sS") and not word[-2].isalnum() and (found := _POSSESSIVE.search(word)):
        return word[: found.start()]
    return word


def arabic_key(folded: str) -> str:
    """A folded Arabic-script word with doubled alif made one (قاآني, قااني)."""
    return _DOUBLE_ALIF.sub("ا", folded) if "اا" in folded else folded


@lru_cache(maxsize=1)
def _dropped() -> frozenset[str]:
    known = families()
    return known.articles | known.assimilated | known.ezafe


def is_dropped(folded: str) -> bool:
    """Whether a folded word is an article or ezafe, which the keys leave out."""
    return folded in _dropped()


def words_of(phrase: str) -> tuple[Word, ...]:
    """The words of a phrase that count; articles and ezafe of Latin phrases are left out."""
    found = []
    for match in WORD.finditer(phrase):
        text = possessive_stripped(match.group())
        folded, script = fold(text), script_of(text)
        if script == "arabic":
            folded = arabic_key(folded)
        acronym = script == "latin" and text.isupper() and 2 <= len(folded) <= ACRONYM_LETTERS
        if folded and (acronym or not is_dropped(folded)):
            found.append(word_of(text, folded, script, acronym))
    return tuple(found)


class Keys(dict[str, str]):
    """Word of a text -> its key with a space behind it, or nothing for articles. Worked out once, then a look-up.

    A misspelled long word gets the key of the watched word it is meant for.
    """

    # Words kept; a daemon that has seen more starts over.
    LIMIT = 300_000

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def __missing__(self, word: str) -> str:
        key = self._key(word)
        if len(self) >= self.LIMIT:
            self.clear()
        self[word] = key
        return key

    def _key(self, word: str) -> str:
        stripped = possessive_stripped(word)
        if stripped.isupper() and len(stripped) <= ACRONYM_LETTERS + 1:
            for acronym in (stripped, stripped.removesuffix("S")):
                if acronym in self.vocabulary.acronyms:
                    return f"!{acronym} "
        elif stripped[:-1] in self.vocabulary.acronyms and stripped.endswith("s"):
            return f"!{stripped[:-1]} "
        folded = fold(stripped)
        script = script_of(stripped)
        if folded in _dropped():
            return ""
        key = arabic_key(folded) if script != "latin" else skeleton(folded) or f"~{folded}"
        if len(folded) >= TYPO_LETTERS - 1 and folded not in self.vocabulary.words:
            key = self._meant(stripped, folded) or key
        return key + " " if key else ""

    def _meant(self, word: str, folded: str) -> str | None:
        if word[:1].islower() or not self.vocabulary.deletions:
            return None
        known = self.vocabulary.deletions
        near: set[str] = set(known.get(folded, ()))
        for cut in _cuts(folded):
            near.update(known.get(cut, ()))
        best = min(((OSA.distance(folded, other), other) for other in near if is_typo(other, folded)), default=None)
        return self.vocabulary.long_words[best[1]] if best else None


def _cuts(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]


def add_long_word(vocabulary: Vocabulary, folded: str, key: str) -> None:
    """Let misspellings of a watched word find it."""
    if len(folded) < TYPO_LETTERS or folded in vocabulary.long_words:
        return
    vocabulary.long_words[folded] = key
    for cut in {folded, *_cuts(folded)}:
        vocabulary.deletions.setdefault(cut, []).append(folded)


def is_typo(meant: str, written: str) -> bool:
    """Whether `written` is `meant` with a moderate slip: one (in very long words two), never in the first letter."""
    if len(meant) < TYPO_LETTERS or meant[0] != written[:1] or abs(len(meant) - len(written)) > 2:
        return False
    if meant in (written + "s", written + "es"):
        return False  # a singular is no slip: a Hezbollah brigade is not the Hezbollah Brigades
    allowed = 2 if len(meant) >= TWO_TYPOS_LETTERS else 1
    return 0 < OSA.distance(meant, written, score_cutoff=allowed) <= allowed


@dataclass(frozen=True, slots=True)
class Fit:
    """How one word of a text is a word of a term: by which rule, and which of its characters are the word itself."""

    rule: str
    start: int
    end: int


@lru_cache(maxsize=100_000)
def fit(word: Word, token: str, typos: bool) -> Fit | None:
    """Whether `token` is `word` of a term, by the exact rules."""
    if word.script == "latin":
        return _fit_latin(word, token, typos)
    folded, offsets = fold_mapped(token)
    known = families()
    if word.script == "arabic":
        defined = len(word.folded) > 4 and word.folded.startswith("ال")
        stem = word.folded.removeprefix("ال") if defined else word.folded
        short = len(stem) <= SHORT_ARABIC_LETTERS
        letters = fold(word.text).removeprefix("ال" if defined else "") if short else stem
        forms = (re.escape(form) for form in (letters, *known.forms.get(stem, ())))
        body = "|".join(form if short else form.replace("ا", "ا+") for form in forms)
        before = "(?:[وف]?[بلك]?ال|[وف]?لل)" if defined else f"(?:{known.prefixes['arabic']})"
        found = re.fullmatch(f"({before})({body}){known.suffixes['arabic']}", folded)
        article = 2 if defined and found and found[1].endswith("ال") else 0
    elif word.script == "unspaced":
        found, article = re.search(f"()({re.escape(word.folded)})", folded), 0
    else:
        found, article = re.fullmatch(f"({known.prefixes[word.script]})({re.escape(word.folded)})", folded), 0
    if not found:
        return Fit("typo", 0, len(token)) if typos and is_typo(word.folded, arabic_key(folded)) else None
    start, end = offsets[found.start(2) - article], offsets[found.end(2)]
    clitic = word.script != "unspaced" and (found.start(2) - article > 0 or found.end(2) < len(folded))
    rule = "clitic" if clitic else "exact" if token == word.text else "spelling"
    return Fit(rule, start, end)


def _fit_latin(word: Word, token: str, typos: bool) -> Fit | None:
    end = len(possessive_stripped(token))
    written = token[:end]
    if word.acronym:
        if written == word.text:
            return Fit("exact", 0, end)
        return Fit("plural", 0, end) if written in (word.text + "s", word.text + "S") else None
    folded = fold(written)
    if folded == word.folded:
        return Fit("exact" if written.casefold() == word.text.casefold() else "spelling", 0, end)
    if folded in _plurals(word.folded):
        return Fit("plural", 0, end)
    if is_spelling(word.folded, folded):
        return Fit("transliteration", 0, end)
    if len(folded) > 4 and folded.endswith("s") and is_spelling(word.folded, folded[:-1]):
        return Fit("transliteration", 0, end)
    return Fit("typo", 0, end) if typos and is_typo(word.folded, folded) else None


def _plurals(folded: str) -> tuple[str, ...]:
    plain = (folded + "s", folded + "es")
    return (*plain, folded[:-1] + "ies") if folded.endswith("y") else plain


def phrases_of(index: int, watchlist: Watchlist) -> list[Phrase]:
    """Every phrase of a watchlist, its `not` phrases as masks."""
    groups: list[tuple[Kind, tuple[Term, ...]]] = [
        ("name", watchlist.names), ("person", watchlist.people), ("title", watchlist.titles),
        ("related", watchlist.related), ("mask", tuple(Term(text=text) for text in watchlist.not_)),
    ]  # fmt: skip
    found = []
    for kind, terms in groups:
        for term in terms:
            for text in term.phrases:
                words = words_of(text)
                if words:
                    letters = sum(len(word.folded) for word in words)
                    found.append(Phrase(index, kind, text, words, term, letters))
    return found


def shapes_of(phrase: Phrase) -> list[tuple[Word, ...]]:
    """The ways a phrase may be cut into words: as written, and with neighbours run together."""
    words = phrase.words
    shapes = [words]
    if phrase.kind == "mask" or len({word.script for word in words}) > 1 or any(word.acronym for word in words):
        return shapes
    latin = words[0].script == "latin"
    written = phrase.text.casefold()
    for at, word in enumerate(words):
        if latin and (f"al-{word.text}".casefold() in written or f"al {word.text}".casefold() in written):
            shapes.append((*words[:at], word_of("al" + word.text, "al" + word.folded, "latin"), *words[at + 1 :]))
        if at and _may_be_joined(words[at - 1], word):
            before = words[at - 1]
            pair = word_of(before.text + word.text, before.folded + word.folded, word.script)
            shapes.append((*words[: at - 1], pair, *words[at + 1 :]))
    return shapes


def _may_be_joined(left: Word, right: Word) -> bool:
    sizes = (len(left.folded), len(right.folded))
    if left.script != "latin":
        return sum(sizes) >= JOINED_ARABIC_LETTERS
    if min(sizes) < JOINED_WORD_LETTERS or sum(sizes) < JOINED_LETTERS:
        return False
    return len(skeleton(left.folded + right.folded)) >= JOINED_CONSONANTS


def keys_of(shape: tuple[Word, ...], limit: int = 48) -> list[str]:
    """The strings to look for in the stream of word keys; those of Latin words have a space before and behind."""
    found = [""]
    for at, word in enumerate(shape):
        if word.acronym:
            options: tuple[str, ...] = (f"!{word.text}",)
        elif word.script == "latin":
            options = skeletons(word.folded) or (f"~{word.folded}",)
        else:
            stem = word.folded.removeprefix("ال") if at == 0 and len(word.folded) > 4 else word.folded
            options = (stem, *families().forms.get(stem, ()))
        found = [one + option + " " for one in found for option in options][:limit]
    if shape[0].script == "latin":
        return [" " + one for one in found]
    return [one.rstrip(" ") for one in found]


def since_passed(since: date | None, published: date | None) -> bool:
    """Whether a term with `since` counts in a story of that day; an undated story is taken as of today."""
    return since is None or published is None or published >= since
