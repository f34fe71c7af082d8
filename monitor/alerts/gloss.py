"""The English gloss of Arabic and Persian evidence: word by word, in the order of the original. Pure.

It is no translation and does not claim to be: words come from the reading lexicons and a small glossary
(`glossary/*.tsv`, for an analyst to amend); words that only hold a sentence together are left out, unknown ones are
shown as `…`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..reading.local import arabic, persian
from ..reading.local.lexicon import Shapes, load
from ..reading.local.tokens import fold, tokenise
from .subject import is_rtl

_HOME = Path(__file__).parent / "glossary"
LANGUAGES = ("ar", "fa")
# What stands for one or more words that nobody here knows.
UNKNOWN = "…"
# A gloss with a smaller share of known words than this tells nothing.
LEAST_KNOWN = 0.4
# Letters that Persian is written with and Arabic is not.
_PERSIAN = re.compile("[پچژگکی]")
# Prefixes of Arabic words that English writes apart.
_AND, _BEFORE = "و", {"ل": "to", "ب": "with", "ك": "like"}
# Words that no adjective belongs to.
_NO_NOUN = frozenset(
    ["", "in", "on", "of", "to", "about", "with", "between", "against", "towards", "from", "and", "or", "not", "by",
     "for", "until", "after", "before", "said", "under", "near", "did not", "that", "this", "a"]
)  # fmt: skip
_MARKS = {"،": ",", ",": ",", "؛": ";", ";": ";", ":": ":", ".": ".", "؟": "?", "?": "?", "!": "!"}


@dataclass(frozen=True, slots=True)
class Gloss:
    """The gloss of quoted evidence, in the three parts of the quotation."""

    before: str
    text: str
    after: str

    @property
    def line(self) -> str:
        """All of it."""
        return " ".join(part for part in (self.before, self.text, self.after) if part)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    english: str
    known: bool = True
    mark: bool = False
    adjective: bool = False


def gloss_of(lang: str, before: str, text: str, after: str) -> Gloss | None:
    """The gloss of a quotation in three parts; None for another language, or where too few words are known."""
    if lang not in LANGUAGES or not text.strip():
        return None
    pieces = _pieces(f"{before} {text} {after}", lang)
    words = [piece for piece in pieces if not piece.mark]
    if not words or sum(piece.known for piece in words) < LEAST_KNOWN * len(words):
        return None
    begin, end = len(before) + 1, len(before) + len(text) + 1
    return Gloss(
        _joined([piece for piece in pieces if piece.start < begin]),
        _joined([piece for piece in pieces if begin <= piece.start < end]),
        _joined([piece for piece in pieces if piece.start >= end]),
    )


def in_english(title: str) -> str:
    """The gloss of an Arabic or Persian title; nothing for any other."""
    if not is_rtl(title):
        return ""
    found = gloss_of("fa" if _PERSIAN.search(title) else "ar", "", title, "")
    return found.line if found else ""


def _joined(pieces: Sequence[_Piece]) -> str:
    text = ""
    for piece in _reordered(pieces):
        if not piece.english or (piece.english == UNKNOWN and text.endswith(UNKNOWN)):
            continue
        text += piece.english if piece.mark or not text else f" {piece.english}"
    return text.strip(" ,;:")


def _reordered(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Adjectives before the noun they follow: `source military Israeli` is `Israeli military source`."""
    found: list[_Piece] = []
    noun: int | None = None
    for piece in pieces:
        if piece.adjective and noun is not None:
            found.insert(noun, piece)
            continue
        noun = None if piece.mark or piece.adjective or piece.english in _NO_NOUN else len(found)
        found.append(piece)
    return found


def _pieces(text: str, lang: str) -> list[_Piece]:
    """Each word of a text in English, in order; what has no place in English is an empty piece."""
    tokens = tokenise(text, lang)
    if lang == "ar":
        shapes, firsts = arabic.read_shapes(tokens), range(len(tokens))
        words, negated = [token.word for token in tokens], [False] * len(tokens)
    else:
        units = persian.units(tokens)
        shapes, firsts = [unit.shapes for unit in units], [unit.first for unit in units]  # type: ignore[assignment]
        words, negated = [unit.word for unit in units], [unit.negated for unit in units]
    hits = {hit.first: hit for hit in load(lang).find(shapes)}
    told: set[int] = set()
    found: list[_Piece] = []
    for at, first in enumerate(firsts):
        token = tokens[first]
        if at in told:
            continue
        if not words[at]:
            found.append(_Piece(token.start, _MARKS.get(token.norm, ""), mark=True))
            continue
        length, english, kind = _look_up(shapes, token.norm, at, lang)
        hit = hits.get(at)
        if (
            hit is not None
            and length < 2
            and not _plain(hit.tokens, [tokens[firsts[i]].norm for i in hit.tokens], lang)
        ):
            told.update(hit.tokens)
            # A pattern of a Persian verb fits all its forms; what is said of it may be that it did not happen.
            not_so = hit.entry.verbal and any(negated[i] for i in hit.tokens)
            found.append(_Piece(token.start, f"{'not ' * not_so}{hit.entry.gloss.split(',')[0]}"))
            continue
        told.update(range(at, at + length))
        if english is None:
            number = _number(token.norm)
            found.append(_Piece(token.start, number or UNKNOWN, known=number is not None))
            continue
        lead = _lead(token.norm, lang) if english else ""
        not_so = negated[at] and bool(english)
        found.append(_Piece(token.start, f"{lead}{'not ' * not_so}{english}", adjective=kind == "adj" and not lead))
    return found


def _plain(tokens: Sequence[int], norms: Sequence[str], lang: str) -> bool:
    """Whether the glossary knows each word of a hit as it is written: then it says more than the hit's one gloss."""
    exact = [any(words == (norm,) and english for words, english, _ in _glossary(lang).get(norm, ())) for norm in norms]
    return all(exact)


def _number(norm: str) -> str | None:
    """A word with digits in it, in the digits of English."""
    if not any(each.isdigit() for each in norm):
        return None
    return "".join(str(unicodedata.digit(each)) if each.isdigit() else each for each in norm)


def _look_up(shapes: Sequence[Shapes], norm: str, at: int, lang: str) -> tuple[int, str | None, str]:
    """The longest entry of the glossary from a word on: how many words it is, its English (None: not known), its kind."""
    entries = _glossary(lang)
    best: tuple[int, str | None, str] = (1, None, "")
    for shape in (norm, *sorted(each for each in shapes[at] if each[:1] not in "=#~")):
        for words, english, kind in entries.get(shape, ()):
            fits = all(at + i < len(shapes) and word in shapes[at + i] for i, word in enumerate(words[1:], start=1))
            if fits and (len(words) > best[0] or best[1] is None):
                best = (len(words), english, kind)
    return best


def _lead(norm: str, lang: str) -> str:
    """`and`, `to` where an Arabic word begins with it and is no entry as it stands."""
    entries = _glossary(lang)
    if lang != "ar" or norm in entries or len(norm) < 4:
        return ""
    lead = "and " if norm[0] == _AND else ""
    rest = norm[1:] if lead else norm
    if (
        rest not in entries
        and rest[0] in _BEFORE
        and (rest[1:] in entries or rest[1:3] in ("ال", "لل") or rest[1] == "ل")
    ):
        lead += f"{_BEFORE[rest[0]]} "
    return lead


@cache
def _glossary(lang: str) -> dict[str, tuple[tuple[tuple[str, ...], str, str], ...]]:
    """Entries by their first word, folded; the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for line in (_HOME / f"{lang}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, *cells = line.split("\t")
        if len(cells) not in (1, 2):
            raise ValueError(f"{_HOME / lang}.tsv: cannot read {line!r}. Write the words, a tab, and the English")
        english, kind = cells[0].strip(), "".join(cells[1:]).strip()
        for way in pattern.split("|"):
            words = tuple(fold(word, lang) for word in way.replace("\u200c", " ").split())
            found.setdefault(words[0], []).append((words, english, kind))
    return {first: tuple(sorted(each, key=lambda entry: -len(entry[0]))) for first, each in found.items()}
