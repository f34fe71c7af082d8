"""The families of spellings: which letters may stand for which, as a pattern of a word and as its skeleton."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..yamlfile import read_data
from .fold import fold

# Consonants a word must have for the loose vowel families; below it the strict ones hold.
LOOSE_FROM_CONSONANTS = 3

# Skeletons kept for one word of a term (its digraph readings multiply).
MAX_SKELETONS = 24

_DIGRAPHS = (
    ("dsch", "j"), ("tch", "s"), ("sch", "s"), ("sh", "s"), ("ch", "s"), ("kh", "k"), ("gh", "k"), ("dj", "j"),
    ("dh", "d"), ("th", "t"), ("ph", "f"), ("ck", "k"),
)  # fmt: skip
_CONSONANTS: dict[int, str | None] = str.maketrans(
    {"q": "k", "g": "k", "c": "k", "z": "s", "x": "ks", "p": "b", **dict.fromkeys("aeiouwvy", "")}  # type: ignore[arg-type]
)
# Letters a word may begin with that are vowels in some spelling (Wadi, Ouadi; Yusuf, Iusuf).
_VOWEL_OPENINGS = frozenset("aeiouwyv")


def data(name: str) -> Any:
    """A data file of the reading room."""
    return read_data(Path(__file__).parent / "data" / name)


def _single(letters: str) -> str:
    """Doubled letters written once."""
    return "".join(letter for letter, _ in itertools.groupby(letters))


@dataclass(frozen=True)
class Families:
    """The transliteration families of `data/transliteration.yaml`."""

    consonants: dict[str, tuple[str, ...]]
    vowels: dict[str, tuple[str, ...]]
    strict: dict[str, tuple[str, ...]]
    articles: frozenset[str]
    assimilated: frozenset[str]
    ezafe: frozenset[str]
    prefixes: dict[str, str]
    suffixes: dict[str, str]
    forms: dict[str, tuple[str, ...]]
    final: frozenset[str]


@lru_cache(maxsize=1)
def families() -> Families:
    """The families, read once."""
    raw = data("transliteration.yaml")
    consonants, vowels, strict = (
        {key: tuple(value) for key, value in raw[name].items()} for name in ("consonants", "vowels", "strict")
    )
    articles, assimilated, ezafe = (frozenset(raw[name]) for name in ("articles", "assimilated", "ezafe"))
    prefixes, suffixes = dict(raw["prefixes"]), dict(raw["suffixes"])
    forms = {word: tuple(others) for word, others in raw["forms"].items()}
    return Families(
        consonants, vowels, strict, articles, assimilated, ezafe, prefixes, suffixes, forms, frozenset(raw["final"])
    )


@lru_cache(maxsize=200_000)
def skeleton(letters: str) -> str:
    """The consonants of a folded Latin word, families made one, an `a` before them where it begins with a vowel.

    All spellings of a word share it. Empty for a word of vowels alone.
    """
    opening = "a" if letters[:1] in _VOWEL_OPENINGS else ""
    if len(letters) > 4 and letters[-1] == "s" and letters[-2] != "s":
        letters = letters[:-1]
    for digraph, single in _DIGRAPHS:
        if digraph in letters:
            letters = letters.replace(digraph, single)
    if len(letters) > 2 and letters[-1] == "h":
        letters = letters[:-1]
    bare = letters.translate(_CONSONANTS)
    return opening + _single(bare) if bare else ""


@lru_cache(maxsize=50_000)
def graphemes(letters: str) -> tuple[str, ...]:
    """A folded Latin word cut into the longest letters and letter groups the families know."""
    known = families()
    cut: list[str] = []
    at = 0
    while at < len(letters):
        for size in range(min(6, len(letters) - at), 0, -1):
            piece = letters[at : at + size]
            ends = at + size == len(letters)
            if size == 1 or piece in known.consonants or (piece in known.vowels and (ends or piece not in known.final)):
                cut.append(piece)
                at += size
                break
    return tuple(cut)


@lru_cache(maxsize=50_000)
def _alternatives(letters: str) -> list[tuple[str, ...]]:
    known = families()
    cut = graphemes(letters)
    strict = sum(piece in known.consonants for piece in cut) < LOOSE_FROM_CONSONANTS
    found = []
    for at, piece in enumerate(cut):
        options = (
            (known.strict.get(piece) if strict else None) or known.consonants.get(piece) or known.vowels.get(piece)
        )
        options = options or (piece,)
        if at == 0 and "" in options:
            options = tuple(option for option in options if option)
        found.append(options if piece in options else (piece, *options))
    return found


@lru_cache(maxsize=50_000)
def pattern(letters: str) -> re.Pattern[str]:
    """A pattern that matches every spelling of a folded Latin word that the families allow."""
    pieces = []
    previous = ""
    for piece, options in zip(graphemes(letters), _alternatives(letters), strict=True):
        single = "" if piece and piece == previous else "|".join(sorted(map(re.escape, options), key=len, reverse=True))
        if single:
            doubled = "?" if len(piece) == 1 and piece in families().consonants else ""
            pieces.append(f"(?:{single})" + (f"(?:{re.escape(piece)}){doubled}" if doubled else ""))
        previous = piece if piece in families().consonants else ""
    return re.compile("".join(pieces))


@lru_cache(maxsize=100_000)
def is_spelling(letters: str, written: str) -> bool:
    """Whether `written` is a spelling of `letters` that the families allow; both folded."""
    known = families().consonants
    reached = {0}
    previous = ""
    for piece, options in zip(graphemes(letters), _alternatives(letters), strict=True):
        consonant = piece in known
        if consonant and piece == previous:
            reached |= {at + len(piece) for at in reached if written.startswith(piece, at)}
            continue
        step = {at + len(option) for at in reached for option in options if written.startswith(option, at)}
        if consonant and len(piece) == 1:
            step |= {at + 1 for at in step if written.startswith(piece, at)}
        if not step:
            return False
        reached, previous = step, piece if consonant else ""
    return len(written) in reached


@lru_cache(maxsize=1000)
def _bare_choices(piece: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """What a letter group may leave in a skeleton; vowel groups only their own consonants."""
    if piece in families().consonants:
        return tuple(dict.fromkeys(_bare(option) for option in (piece, *options)))
    return (_bare(piece).rstrip("h"),)


@lru_cache(maxsize=100_000)
def skeletons(letters: str) -> tuple[str, ...]:
    """The skeletons that spellings of a folded Latin word may have, its own first."""
    own = skeleton(letters)
    opening = "a" if letters[:1] in _VOWEL_OPENINGS else ""
    choices = [
        _bare_choices(piece, options) for piece, options in zip(graphemes(letters), _alternatives(letters), strict=True)
    ]
    found = dict.fromkeys([own] if own else [])
    if letters[-2:-1] != "s" and own.endswith("s") and letters.endswith("s"):
        found[own[:-1]] = None  # a longer spelling of the word loses its last letter as a plural: Quds, Ghods
    for combination in itertools.islice(itertools.product(*choices), MAX_SKELETONS):
        one = _single("".join(combination))
        if letters.endswith("h") and len(one) > 1:
            one = one.removesuffix("h")
        if one:
            found[opening + one] = None
    return tuple(found)


def _bare(option: str) -> str:
    for digraph, single in _DIGRAPHS:
        option = option.replace(digraph, single)
    return option.translate(_CONSONANTS)


def spellings(word: str, limit: int = 40) -> list[str]:
    """Spellings of one Latin word, the nearest to `word` first (one letter group changed, then two)."""
    letters = fold(word)
    cut, options = graphemes(letters), _alternatives(letters)
    found = dict.fromkeys([letters])
    for changed in (1, 2):
        for places in itertools.combinations(range(len(cut)), changed):
            for combination in itertools.product(*(_other(cut[p], options[p]) for p in places)):
                pieces = list(cut)
                for place, piece in zip(places, combination, strict=True):
                    pieces[place] = piece
                found["".join(pieces)] = None
                if len(found) >= limit * 4:
                    break
    wanted = [one for one in found if is_spelling(letters, one)]
    return [one.capitalize() if word[:1].isupper() else one for one in wanted[:limit]]


def _other(piece: str, options: tuple[str, ...]) -> list[str]:
    """The other ways to write a letter group; a consonant merely doubled says little to a reader."""
    return [option for option in options if option != piece and option != 2 * piece]
