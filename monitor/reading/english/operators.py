"""Puts the items of a clause together: operators act on what they govern, from the innermost outward.

A clause is read from its end to its beginning. A value found there is handed to each operator to its left; an operator
that finds nothing to its right and may govern its subject waits for the value to its left ("the truce collapsed").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .grammar import words
from .tokens import Token
from .triggers import Item

# How far (in tokens) an operator reaches over words that are no items.
REACH = 8
# Talks by themselves hardly count; that they start, end or fail does: what an operator adds to them.
CONTACTS = 2.2
_TURNING = frozenset(
    {"stop", "reduce", "block", "refuse", "break", "fail", "resume", "begin", "reach", "accept", "intensify"}
)
# What "no rockets", "not one bullet" says.
QUIET = -1.6
# Failing to block something does little for it.
FAILED_BLOCK = 0.4
# How far a negator reaches.
NEG_REACH = 5


@dataclass(frozen=True, slots=True)
class Value:
    """What a stretch of a clause says: `score` signed (+ escalation), token span, operators outermost first.

    `kinds` are the kinds of the operators and of the innermost item, outermost first; `weak` needs other signs of
    conflict in the story; `base` is the innermost value before any operator;
    `directive` says someone is asked or told to do it.
    """

    score: float
    start: int
    end: int
    trace: tuple[str, ...]
    kinds: tuple[str, ...]
    indexes: tuple[int, ...] = ()
    weak: bool = False
    directive: bool = False
    base: float = 0.0

    @property
    def text(self) -> str:
        """The trace as one expression, such as `urge -> not(attack)`."""
        return " -> ".join(self.trace)


# After these a verb has no object: "turned down on the fifth day", "suspended until Friday".
_NO_OBJECT = words("no_object")
_PREPOSITIONS = words("prepositions")


def _no_object(item: Item, tokens: Sequence[Token]) -> bool:
    """Whether a verb that may take an object stands without one, so that it speaks of its subject."""
    if (
        tokens[item.end].lower in _PREPOSITIONS
        and len(item.taken) > 1
        and tokens[item.end].lower not in {"down", "off", "out", "up", "over"}
    ):
        return False
    return item.end + 1 >= len(tokens) or tokens[item.end + 1].lower in _NO_OBJECT


# Kinds whose verbs take an object: with one, they do not speak of their subject ("the release ends a quarrel").
_TRANSITIVE = frozenset({"stop", "block", "reduce"})


def _has_object(item: Item, tokens: Sequence[Token]) -> bool:
    if item.group.kind not in _TRANSITIVE or _no_object(item, tokens):
        return False
    if item.end + 1 >= len(tokens):
        return False
    following = tokens[item.end + 1]
    return following.is_word and (
        following.lower in _DETERMINERS or not following.lower.endswith(("ly", "day", "early", "soon", "again"))
    )


_DETERMINERS = words("determiners")


def evaluate(items: Sequence[Item], tokens: Sequence[Token]) -> list[Value]:
    """The values of one clause, leftmost first."""
    values: list[Value] = []
    current: Value | None = None
    waiting: list[Item] = []
    for item in reversed(items):
        op = item.group.op
        if (
            op == "const"
            and current is not None
            and current.start == item.end + 1
            and current.base * item.group.value > 0
        ):
            current = replace(current, start=item.start, indexes=(*item.taken, *current.indexes))
        elif op == "const":
            fresh = _constant(item)
            for operator in waiting:
                fresh = apply(operator, fresh)
            waiting = []
            if current is not None:
                if current.score * fresh.score > 0 and current.start - fresh.end <= REACH:
                    fresh = _merge(fresh, current)
                else:
                    values.append(current)
            current = fresh
        elif op == "neg":
            if current is not None and current.start - item.end <= NEG_REACH:
                current = apply(item, current)
            elif waiting and waiting[-1].start - item.end <= NEG_REACH:
                waiting.append(item)
        elif (
            current is not None
            and current.start - item.end <= REACH
            and not (
                op == "flip"
                and _no_object(item, tokens)
                and any(other.group.op == "const" and other.end < item.start for other in items)
            )
        ):
            current = apply(item, current)
        elif (item.group.side == "both" and not _has_object(item, tokens)) or (
            op == "flip" and _no_object(item, tokens)
        ):
            if current is not None:
                values.append(current)
                current = None
            waiting.append(item)
        elif item.group.default:
            if current is not None:
                values.append(current)
            current = Value(
                item.group.default, item.start, item.end, (item.name,), (item.group.kind,), item.taken, True
            )
            for operator in waiting:
                current = apply(operator, current)
            waiting = []
    if current is None:
        alone = next((item for item in waiting if item.group.default), None)
        if alone is not None:
            current = Value(
                alone.group.default, alone.start, alone.end, (alone.name,), (alone.group.kind,), alone.taken, True
            )
    if current is not None:
        values.append(current)
    return list(reversed(values))


def apply(operator: Item, value: Value) -> Value:
    """`value` as the operator leaves it."""
    group, score = operator.group, value.score
    if group.op == "neg":
        denied = score > 0 and (group.kind == "not past" or value.kinds[0] == "killing")
        score = 0.0 if denied else -score * 0.8
        if value.kinds == ("weapon",):
            score = QUIET
    elif group.op == "flip":
        if group.peace_only and score > 0:
            return replace(value, start=min(value.start, operator.start), end=max(value.end, operator.end))
        score = -score * group.factor
    elif group.op == "zero":
        score = 0.0
    else:
        score *= group.factor
    if group.kind == "fail" and value.kinds[0] in ("block", "refuse"):
        score *= FAILED_BLOCK
    if value.kinds == ("contacts",) and group.kind in _TURNING:
        score *= CONTACTS
    return replace(
        value,
        score=score,
        start=min(value.start, operator.start),
        end=max(value.end, operator.end),
        trace=(operator.name if group.op != "neg" else "not", *value.trace),
        kinds=(group.kind, *value.kinds),
        indexes=(*operator.taken, *value.indexes),
        directive=value.directive or group.directive,
    )


def _constant(item: Item) -> Value:
    group = item.group
    return Value(
        group.value, item.start, item.end, (item.name,), (group.kind,), item.taken, group.weak, base=group.value
    )


def _merge(left: Value, right: Value) -> Value:
    strongest = left if abs(left.score) >= abs(right.score) else right
    return replace(
        strongest,
        start=left.start,
        end=right.end,
        indexes=(*left.indexes, *right.indexes),
        weak=left.weak and right.weak,
    )
