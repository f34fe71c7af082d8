"""The lexicons as an analyst writes them (TSV), and finding their entries in a run of tokens.

A line is `pattern <tab> class <tab> intensity <tab> gloss`. A pattern is words: `a|b` either, `a_b` both in turn, `@set`
one of a set of `sets.tsv`, `...` up to three words between, `=a` the bare word without looking for its stem, `~a` any
form of the Persian verb whose past stem is a. A zero-width non-joiner is found joined, apart, or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from pathlib import Path

from .tokens import fold

# Words that may stand between the parts of a pattern at `...`.
MAX_GAP = 3

_HOME = Path(__file__).parents[1] / "lexicons"
_FILES = ("hostile.tsv", "peaceful.tsv", "operators.tsv", "background.tsv")

_ZWNJ = "\u200c"

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
    """An entry found at `tokens`, from `first` to `last` (inclusive); other entries may stand in its gaps."""

    entry: Entry
    tokens: tuple[int, ...]

    @property
    def first(self) -> int:
        """Its first token."""
        return self.tokens[0]

    @property
    def last(self) -> int:
        """Its last token."""
        return self.tokens[-1]


@dataclass(frozen=True)
class Lexicon:
    """All entries of a language, by the first word of their pattern; words that set the topic; words no gap may hold."""

    by_first: dict[str, tuple[Entry, ...]]
    topics: dict[str, frozenset[str]]
    barriers: frozenset[str]

    def find(self, shapes: Sequence[Shapes]) -> list[Hit]:
        """The longest entries, left to right, no word in two of them."""
        hits: list[Hit] = []
        used: set[int] = set()
        for at in range(len(shapes)):
            if at in used:
                continue
            best: Hit | None = None
            for shape in sorted(shapes[at]):
                for entry in self.by_first.get(shape, ()):
                    tokens = _match(entry.words, shapes, at, self.barriers)
                    if tokens is None or not used.isdisjoint(tokens):
                        continue
                    if best is None or _worth(entry, tokens) > _worth(best.entry, best.tokens):
                        best = Hit(entry, tokens)
            if best is not None:
                hits.append(best)
                used.update(best.tokens)
        return hits


def _worth(entry: Entry, tokens: tuple[int, ...]) -> tuple[int, int, int, str]:
    # More words of its own, then fewer words skipped.
    return len(tokens), tokens[0] - tokens[-1], entry.intensity, entry.pattern


def _match(
    words: Sequence[frozenset[str] | None], shapes: Sequence[Shapes], at: int, barriers: frozenset[str]
) -> tuple[int, ...] | None:
    """The tokens that bear the pattern if `words` fit from token `at` on, else None."""
    if not words:
        return ()
    head = words[0]
    if head is not None:
        if at >= len(shapes) or head.isdisjoint(shapes[at]):
            return None
        rest = _match(words[1:], shapes, at + 1, barriers)
        return None if rest is None else (at, *rest)
    for skipped in range(MAX_GAP + 1):
        if skipped and (at + skipped > len(shapes) or not shapes[at + skipped - 1]):
            return None
        if skipped and not barriers.isdisjoint(shapes[at + skipped - 1]):
            return None
        rest = _match(words[1:], shapes, at + skipped, barriers)
        if rest is not None:
            return rest
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
    # In Arabic, where clauses are told by their first word alone, a pattern does not reach across such a word.
    openers = {
        word
        for entries in by_first.values()
        for entry in entries
        if lang == "ar" and entry.kind in ("after", "despite", "if", "which") and len(entry.words) == 1
        for word in entry.words[0] or ()
    }
    return Lexicon(
        {word: tuple(entries) for word, entries in by_first.items()},
        {topic: frozenset(words) for topic, words in topics.items()},
        frozenset(openers),
    )


def _compile(row: tuple[str, ...], sets: dict[str, tuple[str, ...]], fold_word: Callable[[str], str]) -> list[Entry]:
    """The entries of a row: one, or one for each choice of several words (`a_b`, or a zero-width non-joiner)."""
    pattern, kind, intensity, gloss = row[:4]
    slots = [_slot(word, sets, fold_word) for word in pattern.split()]
    return [
        Entry(kind, int(intensity), gloss, tuple(chain.from_iterable(choice)), pattern, "~" in pattern)
        for choice in product(*slots)
    ]


_Words = tuple[frozenset[str] | None, ...]


def _slot(word: str, sets: dict[str, tuple[str, ...]], fold_word: Callable[[str], str]) -> list[_Words]:
    """The ways to fill one place of a pattern: any of the single words, or each run of words."""
    if word in ("...", "…"):
        return [(None,)]
    single: set[str] = set()
    runs: list[_Words] = []
    for part in word.split("|"):
        for choice in sets[part[1:]] if part.startswith("@") else (part,):
            pieces = [fold_word(piece) for piece in choice.replace(_ZWNJ, "_").split("_") if piece]
            if len(pieces) > 1:
                runs.append(tuple(frozenset((piece,)) for piece in pieces))
            if len(pieces) == 1 or _ZWNJ in choice:
                single.add("".join(pieces))
    return [(frozenset(single),), *runs] if single else runs
