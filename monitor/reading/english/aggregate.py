"""From what each sentence says to what the story says: title first, lead next, body least; none by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..records import Direction, Part, Span
from .background import OLD, is_old
from .background import news as news_share
from .clauses import split_clauses
from .gate import Gate
from .lexicon import Lexicon
from .operators import Value, evaluate
from .parse import Tree
from .segments import Segment
from .triggers import find_items

# What a sentence weighs, by part and rank.
WEIGHTS: dict[Part, tuple[float, ...]] = {
    "title": (1.0, 0.6),
    "summary": (0.9, 0.5, 0.4, 0.3),
    "body": (0.4, 0.35, 0.3, 0.2, 0.15),
}
# A title at least this clear leaves its summary this share.
SETTLED = 0.8
SETTLED_SHARE = 0.6
# A head (title and summary) whose absolute score is below this leaves the question to the body.
OPEN = 0.5
# What each further claim of the same direction in a part adds, of the one before.
DECAY = 0.5
# Least absolute score of a story that is not `none`.
BAR = 0.45


@dataclass(frozen=True, slots=True)
class Claim:
    """One value in its sentence: `news` is what its clause leaves of it, `weight` what its sentence weighs."""

    segment: Segment
    value: Value
    news: float
    weight: float
    start: int
    end: int
    clause_start: int = 0
    clause_end: int = 0
    directives: tuple[int, ...] = ()

    @property
    def score(self) -> float:
        """Signed contribution before decay."""
        return self.value.score * self.news * self.weight


def claims(
    segments: Sequence[Segment],
    trees: Sequence[Tree | None],
    lexicon: Lexicon,
    gate: Gate,
    published: datetime | None = None,
    masked: Sequence[Span] = (),
) -> list[Claim]:
    """Every value found in the sentences, with its weights; a tree for each sentence, or None where it is not parsed."""
    found: list[Claim] = []
    old = False
    for segment, tree in zip(segments, trees, strict=True):
        old = segment.part != "title" and is_old(segment.tokens, published, old)
        weights = WEIGHTS[segment.part]
        weight = weights[segment.rank] if segment.rank < len(weights) else weights[-1]
        if segment.label == "analysis" or segment.tokens[-1].lower == "?":
            weight *= 0.2
        past = OLD if old else 1.0
        items = find_items(
            segment.tokens, lexicon, [(span.start, span.end) for span in masked if span.part == segment.part]
        )
        for clause in split_clauses(segment.tokens, items):
            asked = tuple(item.end for item in clause.items if item.group.directive)
            for value in evaluate(clause.items, segment.tokens):
                news = (
                    clause.weight
                    * past
                    * gate.factor(value.weak)
                    * news_share(value, segment.tokens, tree, published, segment.part == "title")
                )
                start, end = segment.tokens[value.start].start, segment.tokens[value.end].end
                found.append(Claim(segment, value, news, weight, start, end, clause.start, clause.end, asked))
    return found


def total(found: Sequence[Claim]) -> float:
    """The signed score of a set of claims: within a part the strongest counts whole, others half, a quarter …

    The body is heard in full only where title and summary leave the question open.
    """
    title, summary = _ranked(found, "title"), _ranked(found, "summary")
    head = title + summary * (SETTLED_SHARE if abs(title) >= SETTLED else 1.0)
    body = _ranked(found, "body")
    return head + body * (1.0 if abs(head) < OPEN else 0.3)


def _ranked(found: Sequence[Claim], part: Part) -> float:
    score = 0.0
    for sign in (1.0, -1.0):
        sizes = sorted(
            (claim.score * sign for claim in found if claim.segment.part == part and claim.score * sign > 0),
            reverse=True,
        )
        score += sign * sum(size * DECAY**place for place, size in enumerate(sizes))
    return score


def label(score: float) -> Direction:
    """The direction of a score."""
    if score >= BAR:
        return "escalation"
    return "de-escalation" if score <= -BAR else "none"
