"""The lexicon files -> patterns that can be found in tokens; the analyst's side of the reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from .grammar import read_data
from .inflect import bases
from .tokens import Token, tokenize

# How many tokens a gap (`~`) may span.
GAP = 4

Op = Literal["const", "flip", "keep", "zero", "neg"]
Side = Literal["right", "both"]


@dataclass(frozen=True, slots=True)
class Group:
    """What the words of one lexicon group do.

    `op`: const (a value by itself), flip (turns its argument round), keep (lets it pass), zero (makes it no news),
    neg (a negator). `value`: signed, + toward escalation; `factor` scales the argument; `default` stands where no
    argument has a value; `side` both: the argument may also stand to the left; `weak`: only with other signs of conflict.
    """

    kind: str
    op: Op
    value: float = 0.0
    factor: float = 1.0
    default: float = 0.0
    side: Side = "right"
    weak: bool = False
    directive: bool = False
    peace_only: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: base forms or exact forms it accepts; `gap` lets tokens pass before it."""

    lemmas: frozenset[str]
    exact: frozenset[str]
    gap: bool = False
    name: bool = False

    def accepts(self, token: Token, names: bool = True) -> bool:
        """Whether this place takes `token`; a name is a capital letter, where `names` says that capitals tell."""
        if token.lower in self.exact or not self.lemmas.isdisjoint(token.lemmas):
            return True
        return self.name and names and token.text[:1].isupper() and len(token.text) > 1


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word or phrase of the lexicon."""

    text: str
    elements: tuple[Element, ...]
    group: Group
    final: bool = False


@dataclass(slots=True)
class Lexicon:
    """All patterns, by the words their first place accepts."""

    by_lemma: dict[str, list[Pattern]] = field(default_factory=dict)
    by_exact: dict[str, list[Pattern]] = field(default_factory=dict)
    names: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    turning: set[str] = field(default_factory=set)

    def names_in(self, tokens: Sequence[Token]) -> set[int]:
        """Indexes of the tokens that are part of a name or set phrase."""
        inside: set[int] = set()
        for index, token in enumerate(tokens):
            for name in self.names.get(token.lower, ()):
                if tuple(t.lower for t in tokens[index : index + len(name)]) == name:
                    inside.update(range(index, index + len(name)))
        return inside

    def add(self, pattern: Pattern) -> None:
        """Index one pattern."""
        first = pattern.elements[0]
        if pattern.group.op == "flip" and len(pattern.elements) == 1:
            self.turning |= first.lemmas
        for lemma in first.lemmas:
            self.by_lemma.setdefault(lemma, []).append(pattern)
        for form in first.exact:
            self.by_exact.setdefault(form, []).append(pattern)

    def starting(self, lower: str) -> Iterator[Pattern]:
        """Patterns whose first place may take this lower-case token, each once."""
        seen: set[int] = set()
        for pattern in self.by_exact.get(lower, ()):
            seen.add(id(pattern))
            yield pattern
        for lemma in bases(lower):
            for pattern in self.by_lemma.get(lemma, ()):
                if id(pattern) not in seen:
                    seen.add(id(pattern))
                    yield pattern


def compile_pattern(text: str, group: Group, classes: dict[str, Sequence[str]]) -> Pattern:
    """`text` in the notation of the lexicon files (alternatives `|`, classes `@`, exact forms `=`, gaps `~`, a
    name `@Name`, `$` where the clause must end)."""
    elements: list[Element] = []
    gap = False
    final = text.endswith("$")
    text = text.removesuffix("$")
    for part in text.split():
        if part == "~":
            gap = True
            continue
        lemmas: set[str] = set()
        exact: set[str] = set()
        name = "@Name" in part.split("|")
        for word in part.split("|"):
            if word == "@Name":
                continue
            members = classes[word[1:]] if word.startswith("@") else [word]
            for member in members:
                if " " in member:
                    continue
                (exact if member.startswith("=") else lemmas).add(member.lstrip("=").lower())
        elements.append(Element(frozenset(lemmas), frozenset(exact), gap, name))
        gap = False
    if not elements:
        raise ValueError(f"empty pattern {text!r}")
    return Pattern(text, tuple(elements), group, final)


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """The shipped lexicon, compiled once."""
    classes: dict[str, Sequence[str]] = {name: [str(w) for w in words] for name, words in read_data("classes").items()}
    lexicon = Lexicon()
    for text in read_data("names")["names"]:
        name = tuple(token.lower for token in tokenize(str(text)))
        lexicon.names.setdefault(name[0], []).append(name)
    rank = 0
    for file, op in (("negation", "neg"), ("hostile", "const"), ("peaceful", "const"), ("operators", "")):
        for entry in read_data(file):
            options = {key: value for key, value in entry.items() if key not in ("words", "op")}
            group = Group(op=entry.get("op", op), rank=rank, **options)
            rank += 1
            for text in entry["words"]:
                lexicon.add(compile_pattern(str(text), group, classes))
    return lexicon
