"""The arithmetic of evaluation: pure functions from labels and answers to figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from monitor.reading.records import Direction

DIRECTIONS: tuple[Direction, ...] = ("escalation", "de-escalation", "none")
SIGN: dict[Direction, int] = {"escalation": 1, "de-escalation": -1, "none": 0}

Pair = tuple[Direction, Direction]  # (labelled, read)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Precision, recall and F1 of found things against labelled things; 1 where there was nothing."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class DirectionScore:
    """How well directions were read: `n` stories, `sign_flips` escalation read as de-escalation or the reverse."""

    n: int
    accuracy: float
    macro_f1: float
    sign_flips: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """How well stories were grouped; `opposed_merges` pairs in one group whose labels have opposite signs."""

    pairwise_f1: float
    opposed_merges: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings whose confidence lies in [low, high): how many, how sure they were on average, how often right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def retrieval(labelled: set[Hashable], found: set[Hashable]) -> Retrieval:
    """Micro-averaged precision, recall and F1 of one set against another."""
    right = len(labelled & found)
    precision = right / len(found) if found else 1.0
    recall = right / len(labelled) if labelled else 1.0
    return Retrieval(precision, recall, _harmonic(precision, recall))


def confusion(pairs: Iterable[Pair]) -> dict[Pair, int]:
    """How often each (labelled, read) pair of directions occurs; all nine are present."""
    counted = Counter(pairs)
    return {(gold, read): counted[gold, read] for gold in DIRECTIONS for read in DIRECTIONS}


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean F1 of the directions that are labelled or read at least once (as scikit-learn's `f1_score`)."""
    table = confusion(pairs)
    scores = []
    for direction in DIRECTIONS:
        right = table[direction, direction]
        labelled = sum(table[direction, other] for other in DIRECTIONS)
        read = sum(table[other, direction] for other in DIRECTIONS)
        if labelled or read:
            scores.append(2 * right / (labelled + read))
    return sum(scores) / len(scores) if scores else 0.0


def sign_flips(pairs: Iterable[Pair]) -> int:
    """How often escalation was read as de-escalation, or the reverse."""
    return sum(1 for gold, read in pairs if SIGN[gold] * SIGN[read] < 0)


def direction_score(pairs: Sequence[Pair]) -> DirectionScore | None:
    """Accuracy, macro-F1 and sign flips; None where there is nothing to score."""
    if not pairs:
        return None
    right = sum(1 for gold, read in pairs if gold == read)
    return DirectionScore(len(pairs), right / len(pairs), macro_f1(pairs), sign_flips(pairs))


def grouping(labels: Sequence[Hashable], groups: Sequence[Hashable], signs: Sequence[int]) -> Grouping:
    """Pairwise F1 of `groups` against `labels`, and merged pairs of opposite `signs`.

    The three run in step, one entry a story. A pair counts as right if both put its stories together.
    """
    labelled: set[Hashable] = set(_together(labels))
    found: set[Hashable] = set(_together(groups))
    opposed = sum(1 for a, b in _together(groups) if signs[a] * signs[b] < 0)
    return Grouping(retrieval(labelled, found).f1, opposed)


def reliability(readings: Iterable[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """(confidence in [0, 1], was it right) -> the non-empty of `bins` equal bins of confidence, lowest first."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in readings:
        held.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return [
        Bin(
            low=index / bins,
            high=(index + 1) / bins,
            n=len(inside),
            confidence=sum(confidence for confidence, _ in inside) / len(inside),
            accuracy=sum(right for _, right in inside) / len(inside),
        )
        for index, inside in sorted(held.items())
    ]


def calibration_error(table: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance between confidence and accuracy, weighted by bin size."""
    total = sum(row.n for row in table)
    return sum(row.n * abs(row.confidence - row.accuracy) for row in table) / total if total else 0.0


def _together(groups: Sequence[Hashable]) -> list[tuple[int, int]]:
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    return [pair for inside in members.values() for pair in combinations(inside, 2)]


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
