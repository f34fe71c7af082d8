"""One English text and its mentions -> readings, with the figures behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..records import Direction, Mention, Reading, Span, StoryReading, Text
from .aggregate import BAR, DECAY, Claim, claims, label, total
from .gate import Gate, gate
from .lexicon import Lexicon, load
from .parse import DEFAULT_MODEL, Tree, parse
from .roles import Part, parts
from .segments import Segment, segment

# Words after the deciding ones that evidence may take in.
AFTER = 7
# Least weight of an actor's own claim, however deep in the body.
OWN_WEIGHT = 0.45
# Further evidence: at most so many claims, each at least this share of the best one's size.
ALSO, ALSO_SHARE = 3, 0.4
# How much evidence in the first body sentences is preferred to the same in the title.
BODY_TELLING = 3.2
# Least own score at which an actor's reading leaves the story's.
OWN_BAR = 0.5


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers behind one reading: `score` signed, best claims for and against, the gate, the deciding operators."""

    score: float
    escalation: float
    de_escalation: float
    kinds: tuple[str, ...]
    weak: bool
    gate: Gate
    claims: int


@dataclass(frozen=True, slots=True)
class RuleReading:
    """Rule readings of one text, each with its figures; by watchlist id, the story under None."""

    reading: StoryReading
    figures: dict[str | None, Figures] = field(default_factory=dict)


def read_english(
    text: Text, mentions: Sequence[Mention], model: str = DEFAULT_MODEL, lexicon: Lexicon | None = None
) -> RuleReading:
    """The rules' readings of an English text; bounded and deterministic. Raises MissingModel."""
    return read_english_many([(text, mentions)], model, lexicon)[0]


def read_english_many(
    items: Sequence[tuple[Text, Sequence[Mention]]], model: str = DEFAULT_MODEL, lexicon: Lexicon | None = None
) -> list[RuleReading]:
    """The rules' readings of English texts, their sentences parsed together."""
    lexicon = lexicon or load()
    cut = [segment(text) for text, _ in items]
    trees = iter(parse([held.tokens for segments in cut for held in segments], model))
    return [
        _read(text, mentions, segments, [next(trees) for _ in segments], lexicon)
        for (text, mentions), segments in zip(items, cut, strict=True)
    ]


def _read(
    text: Text, mentions: Sequence[Mention], segments: Sequence[Segment], trees: Sequence[Tree], lexicon: Lexicon
) -> RuleReading:
    story_gate = gate(segments, text.title)
    masked = [mention.span for mention in mentions]
    found = claims(segments, trees, lexicon, story_gate, text.published, masked)
    background = _background(text, found)
    score = total(found)
    story = _reading(text, None, label(score), score, "mentioned", found, background)
    figures: dict[str | None, Figures] = {None: _figures(score, found, story_gate)}
    by_watchlist: dict[str, Reading] = {}
    for watchlist in sorted({mention.watchlist for mention in mentions}):
        meant = [mention for mention in mentions if mention.watchlist == watchlist]
        named = [mention.span for mention in meant if mention.grade == "direct"]
        spans = named or [mention.span for mention in meant]
        own = parts(found, spans)
        direction, own_score, role, basis = _decide(own, story.direction, score)
        by_watchlist[watchlist] = _reading(text, watchlist, direction, own_score, role, basis or found, background)
        figures[watchlist] = _figures(own_score, basis or found, story_gate)
    return RuleReading(StoryReading(story, by_watchlist), figures)


def _decide(own: Sequence[Part], story: Direction, score: float) -> tuple[Direction, float, str, list[Claim]]:
    """Direction, score, role and deciding claims for an actor: its own claims where they speak, else the story's."""
    acting = [part for part in own if part.role in ("agent", "speaker", "target", "mediator") and part.claim.score]
    if acting:
        strongest = max(acting, key=lambda part: abs(_own(part.claim)))
        active = [part.claim for part in acting if part.role != "target"]
        own_score = sum(sign * _decayed([_own(claim) * sign for claim in active]) for sign in (1.0, -1.0))
        if abs(own_score) >= OWN_BAR and own_score * score <= 0:
            return label(own_score), own_score, strongest.role, active
        same = [part.claim for part in acting if part.claim.score * score > 0]
        return story, score, strongest.role, same
    addressed = [part for part in own if part.role == "addressee" and part.claim.score]
    if addressed:
        return "none", 0.0, "addressee", []
    return story, score, "mentioned", []


def _own(claim: Claim) -> float:
    """A claim's score for its own actor: what it does counts wherever in the story it is told."""
    return claim.value.score * claim.news * max(claim.weight, OWN_WEIGHT)


def _decayed(sizes: Sequence[float]) -> float:
    return sum(size * DECAY**place for place, size in enumerate(sorted((s for s in sizes if s > 0), reverse=True)))


def _figures(score: float, found: Sequence[Claim], story_gate: Gate) -> Figures:
    best = max(found, key=lambda claim: abs(claim.score), default=None)
    return Figures(
        score=score,
        escalation=max((claim.score for claim in found), default=0.0),
        de_escalation=min((claim.score for claim in found), default=0.0),
        kinds=best.value.kinds if best else (),
        weak=bool(best and best.value.weak),
        gate=story_gate,
        claims=len(found),
    )


def _reading(
    text: Text,
    watchlist: str | None,
    direction: Direction,
    score: float,
    role: str,
    found: Sequence[Claim],
    background: tuple[Span, ...],
) -> Reading:
    confidence = _confidence(score, direction)
    if direction == "none":
        trace = tuple(f"{claim.value.text}: no news" for claim in found[:1])
        return Reading(watchlist, direction, 1, confidence, role, None, trace, background)
    sign = 1.0 if direction == "escalation" else -1.0
    best = max(found, key=lambda claim: (claim.value.score * claim.news * sign * _telling(claim), -claim.start))
    trace = (f"{best.value.text}: {direction}; in the {best.segment.part}",)
    also = tuple(_span(text, claim) for claim in _elsewhere(best, found, sign))
    span = _span(text, best)
    return Reading(watchlist, direction, _strength(best), confidence, role, span, trace, background, also=also)


def _span(text: Text, claim: Claim) -> Span:
    part, end = claim.segment.part, _clause_end(claim)
    return Span(part, claim.start, end, text.part(part)[claim.start : end])


def _elsewhere(best: Claim, found: Sequence[Claim], sign: float) -> list[Claim]:
    """The claims that say the same in other words, the strongest first, at most `ALSO` of them."""

    def size(claim: Claim) -> float:
        return claim.value.score * claim.news * sign

    kept = [best]
    for claim in sorted(found, key=lambda claim: (-abs(claim.score), claim.start)):
        apart = all(claim.segment is not other.segment or not _overlap(claim, other) for other in kept)
        if apart and size(claim) >= ALSO_SHARE * size(best) and len(kept) <= ALSO:
            kept.append(claim)
    return kept[1:]


def _overlap(one: Claim, other: Claim) -> bool:
    return one.start < _clause_end(other) and other.start < _clause_end(one)


# Outermost operators that make a reading weak: what is only weighed, asked of others, feared or denied.
_FAINT = frozenset({"offer", "warn", "warn against", "deny", "fail", "reduce"})


def _clause_end(claim: Claim) -> int:
    """Where evidence ends: with its clause, or a few words after the last that decided."""
    tokens = claim.segment.tokens
    last = claim.value.end
    for index in range(claim.value.end + 1, min(claim.clause_end, claim.value.end + 1 + AFTER)):
        if tokens[index].is_word:
            last = index
    return tokens[last].end


def _telling(claim: Claim) -> float:
    """Evidence is best shown where it is told in full: in the lead rather than in the title."""
    if claim.segment.part == "body":
        return BODY_TELLING if claim.segment.rank < 2 else 1.2
    return 1.0 if claim.segment.part == "title" else (2.2 if claim.segment.rank == 0 else 1.3)


def _strength(claim: Claim) -> int:
    size, kinds = abs(claim.value.score), claim.value.kinds
    if kinds[0] in _FAINT or kinds[-1] in ("contacts", "weapon"):
        return 1
    if size >= 2.4 and kinds[-1] in ("attack", "killing"):
        return 3
    return 2 if size >= 1.2 else 1


def _confidence(score: float, direction: Direction) -> float:
    distance = abs(abs(score) - BAR)
    return round(min(0.97, 0.5 + 0.47 * (1 - math.exp(-1.2 * distance))), 3)


def _background(text: Text, found: Sequence[Claim]) -> tuple[Span, ...]:
    spans = []
    for claim in found:
        if claim.news <= 0.3 and abs(claim.value.score) >= 1:
            part = claim.segment.part
            spans.append(Span(part, claim.start, claim.end, text.part(part)[claim.start : claim.end]))
    return tuple(spans)
