"""Cuts a sentence into clauses and says how much each of them is news: main, beside, conditional, or background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .grammar import words
from .tokens import Token
from .triggers import Item

# Weight of a clause by the word that opens it; the rest are main clauses.
OPENERS: dict[str, float] = {
    "after": 0.25, "following": 0.25, "since": 0.2, "despite": 0.25, "amid": 0.35, "although": 0.3, "though": 0.4,
    "because": 0.4, "before": 0.4, "during": 0.35, "as": 0.6, "while": 0.6, "when": 0.5, "with": 0.6,
    "until": 0.4, "till": 0.4, "unless": 0.3, "if": 0.2, "provided": 0.2, "under": 0.5, "by": 0.8,
    "which": 0.35, "who": 0.35, "whose": 0.3, "where": 0.35, "whom": 0.3, "over": 0.6, "but": 1.0, "ahead": 0.4,
}  # fmt: skip
_UNHURT = words("unhurt")
_HARD = words("clause_marks")
# What a clause keeps that holds "only after" or "only if" something else.
ONLY = 0.25
_CONDITIONS = frozenset({"after", "if", "when", "once", "until", "unless"})
_JOINERS = frozenset({"and", "then", "but", "or"})


@dataclass(frozen=True, slots=True)
class Clause:
    """Items of one clause; `weight` in (0, 1]; `opener` the word that made it a side clause, or an empty string."""

    items: tuple[Item, ...]
    weight: float
    opener: str
    start: int
    end: int


def split_clauses(tokens: Sequence[Token], items: Sequence[Item]) -> list[Clause]:
    """The clauses of a sentence, in order."""
    taken = {index for item in items for index in range(item.start, item.end + 1)}
    starts = {item.start: item for item in items}
    cuts: list[tuple[int, str]] = [(0, "")]
    for index, token in enumerate(tokens):
        if index in taken and index not in starts:
            continue
        if token.lower in _HARD and not _inside_number(tokens, index):
            cuts.append((index + 1, ""))
        elif index in taken:
            continue
        elif token.lower in OPENERS:
            cuts.append((index, token.lower))
        elif token.lower in _JOINERS and _verb_follows(tokens, starts, index):
            cuts.append((index, ""))
    clauses: list[Clause] = []
    for (begin, opener), (end, _) in zip(cuts, [*cuts[1:], (len(tokens), "")], strict=True):
        inside = tuple(item for item in items if begin <= item.start < end)
        clauses.append(Clause(inside, OPENERS.get(opener, 1.0), opener, begin, end))
    for place, clause in enumerate(clauses[1:], 1):
        before = tokens[clause.start - 1].lower if clause.start else ""
        said = {token.lower for token in tokens[clauses[place - 1].start : clause.start]}
        if clause.opener == "after" and "no" in said and not said.isdisjoint(_UNHURT):
            clauses[place] = replace(clause, weight=1.0)
        elif clause.opener in _CONDITIONS and before == "only":
            clauses[place - 1] = replace(clauses[place - 1], weight=ONLY)
            clauses[place] = replace(clause, weight=0.1)
    return clauses


def _verb_follows(tokens: Sequence[Token], starts: dict[int, Item], index: int) -> bool:
    for place in (index + 1, index + 2):
        item = starts.get(place)
        if place == index + 2 and place <= len(tokens) and tokens[index + 1].text[:1].isupper():
            return False
        if item is not None:
            return item.group.op != "const" or len(item.taken) > 1
    return False


def _inside_number(tokens: Sequence[Token], index: int) -> bool:
    return (
        tokens[index].lower in {",", ".", ":"}
        and 0 < index < len(tokens) - 1
        and tokens[index - 1].end == tokens[index].start
        and tokens[index].end == tokens[index + 1].start
    )
