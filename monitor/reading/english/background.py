"""How much of a value is news: what stands in side clauses, in the past perfect, or far back in time is background."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from .grammar import words
from .operators import Value
from .parse import Tree
from .tokens import Token

# What a value keeps for each relation met on the way from it up to the root.
RELATIONS = {
    "relcl": 0.3, "acl": 0.4, "advcl": 0.5, "appos": 0.5, "compound": 0.4, "amod": 0.35, "poss": 0.4, "nmod": 0.4,
    "pobj": 0.5, "pcomp": 0.6, "nsubj": 0.6, "nsubjpass": 0.6, "dobj": 0.7, "attr": 0.8, "npadvmod": 0.5, "dative": 0.6,
}  # fmt: skip
# The same in titles, where the parser is less to be trusted.
HEADLINE = {"compound": 0.5, "amod": 0.4, "relcl": 0.4, "acl": 0.6, "poss": 0.5, "nmod": 0.5, "advcl": 0.7}
# What a noun that nothing acts on keeps ("the ceasefire", "the raid"): it may refer to what is known.
BARE, HEADLINE_BARE = 0.5, 0.8
# Least share of a value in a title.
HEADLINE_FLOOR = 0.4
_SAYING = words("saying")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_BEFORE_YEAR = words("before_year")
_OLD = words("old")
_OLD_UNITS = words("old_units")


def news(
    value: Value, tokens: Sequence[Token], tree: Tree | None, published: datetime | None, headline: bool = False
) -> float:
    """What remains of `value` as news, in (0, 1]."""
    share = _dated(value, tokens, published)
    if tree is None:
        return share
    top = min((index for index in value.indexes), key=lambda index: (_depth(tree, index), index))
    if len(value.trace) == 1 and tree[top].pos in ("NOUN", "NAME"):
        share *= HEADLINE_BARE if headline else BARE
    position = _position(top, tree, HEADLINE if headline else RELATIONS)
    return share * (max(position, HEADLINE_FLOOR) if headline else position) * _tense(top, tokens, tree)


# Openings by which a sentence goes on telling what the one before told.
_GOES_ON = words("goes_on")
# Tokens at the head of a sentence in which a date in the past sets the whole sentence back.
_HEAD = 14
# What is left of a value in a sentence about the past.
OLD = 0.1


def is_old(tokens: Sequence[Token], published: datetime | None, after_old: bool) -> bool:
    """Whether a whole sentence tells the past: dated to an earlier year at its head, or going on from such a one."""
    start = " ".join(token.lower for token in tokens[:3] if token.is_word)
    if after_old and any(start == opening or start.startswith(opening + " ") for opening in _GOES_ON):
        return True
    for index, token in enumerate(tokens[:_HEAD]):
        if index and _YEAR.match(token.text) and tokens[index - 1].lower in _BEFORE_YEAR | {str(d) for d in range(32)}:
            return published is None or int(token.text) < published.year
    return False


def _depth(tree: Tree, index: int) -> int:
    depth = 0
    while tree[index].head != index and depth < 60:
        index = tree[index].head
        depth += 1
    return depth


def _position(top: int, tree: Tree, relations: dict[str, float]) -> float:
    share = 1.0
    steps = 0
    index = top
    while tree[index].head != index and steps < 60:
        share *= relations.get(tree[index].dep, 1.0)
        index = tree[index].head
        steps += 1
    return max(share, 0.1)


def _tense(top: int, tokens: Sequence[Token], tree: Tree) -> float:
    """Past perfect is background, but not where someone says it now (`said it had ended its truce`)."""
    if tree[top].pos != "VERB":
        return 1.0
    had = any(word.head == top and word.dep == "aux" and tokens[i].lower == "had" for i, word in enumerate(tree))
    if not had:
        return 1.0
    index = top
    for _ in range(6):
        head = tree[index].head
        if tree[index].dep == "ccomp" and tokens[head].lower in _SAYING:
            return 1.0
        if head == index:
            break
        index = head
    return 0.3


def _dated(value: Value, tokens: Sequence[Token], published: datetime | None) -> float:
    """Years gone by, `last month`, `two years ago` close to the value set it back."""
    low, high = max(0, value.start - 8), min(len(tokens), value.end + 9)
    for index in range(low, high):
        token = tokens[index]
        if _YEAR.match(token.text) and index and tokens[index - 1].lower in _BEFORE_YEAR:
            year = int(token.text)
            if published is None or year < published.year:
                return 0.1
        if token.lower in {"ago", "earlier"} or (
            token.lower in _OLD_UNITS and index and tokens[index - 1].lower in {"last", "previous", "past"}
        ):
            return 0.5
    return 1.0
