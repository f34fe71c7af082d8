"""The lexicons as an analyst writes them (TSV), and finding their entries in a run of tokens.

A line is `pattern <tab> class <tab> intensity <tab> gloss`. A pattern is words: `a|b` either, `@set` one of a set of
`sets.tsv`, `...` up to three words between, `~x` any form of the Persian verb whose past stem is x. `a‌b` with a
zero-width non-joiner is found joined, apart, or written as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .tokens import fold

# Words that may stand between the parts of a pattern at `...`.
MAX_GAP = 3

_HOME = Path(__file__).parents[1] / "lexicons"
_FILES = ("hostile.tsv", "peaceful.tsv", "operators.tsv", "background.tsv")

# What a token may be read as: its folded form, stems, and `~stem` for a Persian verb.
Shapes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: `kind` is its class, `intensity` 1-3, `verbal` where its pattern holds a Persian verb."""

    kind: str
    intensity: int
    gloss: str
    words: tuple[frozenset[str] | None, ...]  # None stands for `...`
    pattern: str
    verbal: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found at tokens `first`..`last` (inclusive)."""

    entry: Entry
    first: int
    last: int


@dataclass(frozen=True)
class Lexicon:
    """All entries of a language, by the first word of their pattern, and the words that set the topic."""

    by_first: dict[str, tuple[Entry, ...]]
    topics: dict[str, frozenset[str]]

    def find(self, shapes: Sequence[Shapes]) -> list[Hit]:
        """The longest entries, left to right, none overlapping."""
        hits: list[Hit] = []
        free = 0
        for at in range(len(shapes)):
            if at < free:
                continue
            best: Hit | None = None
            for shape in sorted(shapes[at]):
                for entry in self.by_first.get(shape, ()):
                    last = _match(entry.words, shapes, at)
                    if last is None:
                        continue
                    if best is None or _worth(entry, at, last) > _worth(best.entry, best.first, best.last):
                        best = Hit(entry, at, last)
            if best is not None:
                hits.append(best)
                free = best.last + 1
        return hits


def _worth(entry: Entry, first: int, last: int) -> tuple[int, int, int, str]:
    solid = sum(word is not None for word in entry.words)
    return solid, last - first, entry.intensity, entry.pattern


def _match(words: Sequence[frozenset[str] | None], shapes: Sequence[Shapes], at: int) -> int | None:
    """The index of the last token if `words` fit from token `at` on, else None."""
    if not words:
        return at - 1
    head = words[0]
    if head is not None:
        if at >= len(shapes) or head.isdisjoint(shapes[at]):
            return None
        return _match(words[1:], shapes, at + 1)
    for skipped in range(MAX_GAP + 1):
        if skipped and (at + skipped > len(shapes) or not shapes[at + skipped - 1]):
            return None
        last = _match(words[1:], shapes, at + skipped)
        if last is not None:
            return last
    return None


def rows(path: Path) -> list[tuple[str, ...]]:
    """The cells of each line that is neither empty nor a `#` comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [tuple(cell.strip() for cell in line.split("\t")) for line in lines if line.strip() and line[0] != "#"]


@cache
def load(lang: str) -> Lexicon:
    """The lexicon of `ar` or `fa`; ValueError names file and line content where a line cannot be read."""
    home = _HOME / lang
    fold_word: Callable[[str], str] = lambda word: fold(word, lang)  # noqa: E731
    sets = {row[0]: tuple(row[1].split("|")) for row in rows(home / "sets.tsv")}
    by_first: dict[str, list[Entry]] = {}
    for name in _FILES:
        for row in rows(home / name):
            if len(row) < 4 or not row[2].isdigit():
                raise ValueError(f"{home / name}: cannot read {row!r}. Write pattern, class, intensity and gloss")
            for entry in _compile(row, sets, fold_word):
                for word in entry.words[0] or ():
                    by_first.setdefault(word, []).append(entry)
    topics: dict[str, set[str]] = {}
    for row in rows(home / "topics.tsv"):
        topics.setdefault(row[1], set()).update(fold_word(word).replace("\u200c", "") for word in row[0].split("|"))
    return Lexicon(
        {word: tuple(entries) for word, entries in by_first.items()},
        {topic: frozenset(words) for topic, words in topics.items()},
    )


def _compile(row: tuple[str, ...], sets: dict[str, tuple[str, ...]], fold_word: Callable[[str], str]) -> list[Entry]:
    """The entry of a row; twice where a zero-width non-joiner may be written as a space or not at all."""
    pattern, kind, intensity, gloss = row[:4]
    forms = {pattern.replace("\u200c", ""), pattern.replace("\u200c", " ")}
    entries = []
    for form in sorted(forms):
        words: list[frozenset[str] | None] = []
        for word in form.split():
            if word in ("...", "…"):
                words.append(None)
                continue
            choices = [item for part in word.split("|") for item in (sets[part[1:]] if part[0] == "@" else (part,))]
            words.append(frozenset(fold_word(choice).replace("\u200c", "") for choice in choices if choice))
        entries.append(Entry(kind, int(intensity), gloss, tuple(words), pattern, "~" in form))
    return entries
