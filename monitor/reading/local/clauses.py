"""What a clause says: the entries found in it, composed by the operators that govern them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .lexicon import Hit
from .values import ATOMS, KEEPS, TURNS, WEAK_ATOMS, Value, apply, atom

# An operator reaches no further than this many words for what it governs.
REACH = 9
# A negation reaches less far.
NOT_REACH = 4

# How much a clause of each kind counts as news. `said` introduces speech and has no news of its own.
CLAUSE_WEIGHT = {"main": 1.0, "after": 0.27, "despite": 0.15, "if": 0.12, "old": 0.12, "which": 0.3}

_OPERATORS = {**TURNS, **KEEPS, "threat": 1.0}


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens `first`..`last` (inclusive) of a part; `kind` is a key of CLAUSE_WEIGHT; `negated` by its final verb.

    `skip` are the tokens of a phrase inside it that is a clause of its own.
    """

    first: int
    last: int
    kind: str = "main"
    negated: bool = False
    skip: tuple[int, int] | None = None

    def holds(self, hit: Hit) -> bool:
        """Whether an entry lies wholly in the clause and not in the phrase it skips."""
        if hit.first < self.first or hit.last > self.last:
            return False
        return self.skip is None or hit.last < self.skip[0] or hit.first > self.skip[1]


def value_of(clause: Clause, hits: Sequence[Hit], head_final: bool = False) -> Value | None:
    """The direction of a clause, or None where it has none.

    Entries are read from the end to the beginning: an operator turns or keeps what stands behind it, the foremost
    noun or verb with a direction decides. Operators that stand behind what they govern (the Persian final verb, or
    classes written `<stop` in the lexicon) act afterwards, in the order of the words; the negation of the final verb
    last. In a `head_final` language an operator in front never reaches back, except a breakdown.
    """
    value: Value | None = None
    waiting: list[Hit] = []
    behind = [hit for hit in hits if _is_behind(hit)]
    front = [hit for hit in hits if not _is_behind(hit)]
    for hit in reversed(front):
        kind = hit.entry.kind
        if kind in ATOMS or kind in WEAK_ATOMS:
            if kind == "threat" and value is not None:
                value = _operate(hit, value)
                continue
            sign = {**ATOMS, **WEAK_ATOMS}[kind]
            if value is not None and kind in WEAK_ATOMS and not waiting:
                governed = any(
                    hit.first - other.last <= 2 and other.entry.kind in TURNS
                    for other in front
                    if other.last < hit.first
                )
                if value.sign == sign or not governed:
                    value = value.widened(hit.first, hit.last) if value.sign == sign else value
                    continue
            value = atom(kind, hit.entry.intensity, hit.entry.gloss, hit.first, hit.last)
            # A negation alone behind a subject negates a verb we do not know: it says nothing of the subject.
            if any(operator.entry.kind != "not" for operator in waiting):
                for operator in waiting:
                    if not head_final or operator.entry.kind == "break":
                        value = _operate(operator, value)
            waiting = []
        elif kind == "mute":
            value, waiting = None, []
        elif kind in _OPERATORS:
            if value is not None and value.first - hit.last <= (NOT_REACH if kind == "not" else REACH):
                value = _operate(hit, value)
            elif value is None and kind == "accord":
                # An agreement on something we do not know is a weak sign of peace.
                value = atom("peaceful?", hit.entry.intensity, hit.entry.gloss, hit.first, hit.last)
                waiting = []
            elif value is None:
                waiting.append(hit)
    for hit in behind:
        kind = hit.entry.kind.lstrip("<")
        if kind in ATOMS or kind in WEAK_ATOMS:
            if kind == "threat" and value is not None:
                value = _operate(hit, value)
            elif kind not in WEAK_ATOMS or value is None or value.kinds[-1] in WEAK_ATOMS:
                value = atom(kind, hit.entry.intensity, hit.entry.gloss, hit.first, hit.last)
        elif kind == "mute":
            value = None
        elif value is not None:
            value = _operate(hit, value)
    if value is not None and clause.negated:
        value = apply("not", 2, "not", value.last, max(value.last, clause.last), value)
    return value


def _operate(hit: Hit, value: Value) -> Value:
    entry = hit.entry
    return apply(entry.kind.lstrip("<"), entry.intensity, entry.gloss, hit.first, hit.last, value)


def _is_behind(hit: Hit) -> bool:
    return hit.entry.verbal or hit.entry.kind.startswith("<")
