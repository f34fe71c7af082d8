"""The English rules and the encoder together: one direction, a calibrated confidence, and a trace that says who spoke.

For the story both are weighed by a small linear layer (`weights/combine.json`, fitted by `python -m monitor.lab.train` on
stories the encoder had not seen). Taking escalation for de-escalation costs more than missing either, so where the two
pull apart the answer is `none` unless one of them is clearly the surer.

A watched actor shares its story's direction, with two exceptions: one that is only asked to do something reads `none`,
and one whose own act or words point another way, as rules and encoder both say, goes that way; of words that the encoder
was not shown the rules speak alone. (A layer of its own for actors was tried: in real stories few actors differ from their
story, and it lost more of those who do not than it won.)
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from .encoder import LABELS, WEIGHTS, Opinion
from .english.reader import Figures, RuleReading
from .records import PARTS, Direction, Reading, Span, StoryReading

# Names of the linear layer's inputs, in order.
INPUTS = (
    "encoder escalation",
    "encoder de-escalation",
    "encoder none",
    "rules score",
    "rules strongest escalation",
    "rules strongest de-escalation",
    "rules none",
    "rules weak",
    "rules score, up to three",
    "rules sure",
)

# Probabilities are not told beyond this: no figure here rests on enough stories to say more.
_SUREST = 0.98
_LEAST_LOG = -4.0
# Beyond this score the rules have seen more than one plain sign.
_SURE_SCORE = 1.5


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights [3][inputs] and biases [3], in the order of LABELS; `flip_cost` in units of a miss."""

    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    flip_cost: float

    def probabilities(self, inputs: Sequence[float]) -> tuple[float, ...]:
        """Probability of each label."""
        values = [
            bias + sum(weight * value for weight, value in zip(row, inputs, strict=True))
            for row, bias in zip(self.weights, self.biases, strict=True)
        ]
        top = max(values)
        powers = [math.exp(value - top) for value in values]
        return tuple(power / sum(powers) for power in powers)


@dataclass(frozen=True, slots=True)
class Heard:
    """What rules and encoder made of a story."""

    rules: Reading
    figures: Figures
    opinion: Opinion


def inputs(held: Heard) -> list[float]:
    """What the linear layer weighs, in the order of INPUTS."""
    rules, figures = held.rules, held.figures
    return [
        *_logs(held.opinion),
        math.tanh(figures.score),
        math.tanh(max(figures.escalation, 0.0)),
        math.tanh(max(-figures.de_escalation, 0.0)),
        float(rules.direction == "none"),
        float(figures.weak),
        max(-3.0, min(3.0, figures.score)) / 3,
        math.copysign(1.0, figures.score) if abs(figures.score) > _SURE_SCORE else 0.0,
    ]


def _logs(opinion: Opinion) -> list[float]:
    return [max(math.log(max(share, 1e-9)), _LEAST_LOG) for share in opinion.probabilities]


def decide(probabilities: Sequence[float], flip_cost: float) -> Direction:
    """The answer of least expected cost, where a miss or false alarm costs 1 and a sign flip `flip_cost`."""
    up, down, neither = probabilities
    costs = {
        "escalation": neither + flip_cost * down,
        "de-escalation": neither + flip_cost * up,
        "none": up + down,
    }
    return min(LABELS, key=lambda label: costs[label])


def goes_its_own_way(own: Reading, rules_story: Reading, story: Direction, ask: Callable[[], Opinion]) -> float | None:
    """How sure it is that an actor goes another way than its story; None where it shares the story's.

    The rules say so, and the encoder says the same of the actor, unless it was not shown the words the rules rest on.
    `own` and `rules_story` are the rules' readings of actor and story, `story` the story's direction as it was decided.
    """
    if own.direction in (rules_story.direction, story) or own.role == "addressee":
        return None
    opinion = ask()
    if opinion.direction == own.direction:
        return max(opinion.probabilities)
    unseen = own.evidence is not None and not opinion.saw(own.evidence)
    return own.confidence if unseen else None


def only_asked(own: Reading) -> bool:
    """Whether the rules hear nothing of an actor but that others ask it to do something."""
    return own.role == "addressee" and own.direction == "none"


def encoder_alone(rules: RuleReading, ask: Callable[[str | None], Opinion]) -> StoryReading:
    """What the encoder says by itself; of the rules only each actor's role and the background are kept."""
    held = rules.reading
    return StoryReading(
        _alone(held.story, ask(None)), {name: _alone(own, ask(name)) for name, own in held.by_watchlist.items()}
    )


class Combiner:
    """Loads its weights at the first reading."""

    def __init__(self, path: Path = WEIGHTS / "combine.json") -> None:
        self.path = path

    def story(self, rules: RuleReading, ask: Callable[[str | None], Opinion]) -> StoryReading:
        """All readings of one text by rules and encoder together; `ask` is the encoder, for a watchlist or the story."""
        held = rules.reading
        story = self.combine(Heard(held.story, rules.figures[None], ask(None)))
        return StoryReading(
            story, {name: self._actor(own, held.story, story, ask) for name, own in held.by_watchlist.items()}
        )

    def _actor(
        self, own: Reading, rules_story: Reading, story: Reading, ask: Callable[[str | None], Opinion]
    ) -> Reading:
        if only_asked(own):
            return replace(own, confidence=story.confidence, trace=(*own.trace, "only asked by others"))
        sure = goes_its_own_way(own, rules_story, story.direction, lambda: ask(own.watchlist))
        if sure is not None:
            return replace(
                own, confidence=round(min(sure, _SUREST), 3), trace=(*own.trace, "its own, against the story")
            )
        shared = replace(story, watchlist=own.watchlist, role=own.role)
        if own.evidence is not None and own.direction == story.direction:
            return replace(shared, evidence=own.evidence, also=own.also)
        return shared

    def combine(self, heard: Heard) -> Reading:
        """The story's reading by both."""
        rules, opinion = heard.rules, heard.opinion
        layer = self._layer
        probabilities = layer.probabilities(inputs(heard))
        direction = decide(probabilities, layer.flip_cost)
        confidence = round(min(probabilities[LABELS.index(direction)], _SUREST), 3)
        held = opinion.probabilities[LABELS.index(opinion.direction)]
        said = f"encoder: {opinion.direction} {held:.2f}"
        if direction == rules.direction:
            agreed = direction == opinion.direction
            note = said if agreed else f"{said}; overruled by the rules"
            trace = (*rules.trace, note)
        elif direction == opinion.direction:
            trace = (f"{said}; it overrules the rules ({rules.direction})", *rules.trace)
        else:
            trace = (f"rules and encoder pull apart: {rules.direction} against {said}", *rules.trace)
        spans = _evidence(rules, opinion, direction)
        return replace(
            rules,
            direction=direction,
            strength=_strength(rules, opinion, direction),
            confidence=confidence,
            evidence=spans[0] if spans else None,
            also=spans[1:],
            trace=trace,
        )

    @cached_property
    def _layer(self) -> Layer:
        held = json.loads(self.path.read_text(encoding="utf-8"))
        return Layer(tuple(tuple(row) for row in held["weights"]), tuple(held["biases"]), held["flip_cost"])


def _alone(rules: Reading, opinion: Opinion) -> Reading:
    direction = opinion.direction
    sure = opinion.probabilities[LABELS.index(direction)]
    return replace(
        rules,
        direction=direction,
        strength=_strength(rules, opinion, direction),
        confidence=round(min(sure, _SUREST), 3),
        evidence=None if direction == "none" else opinion.evidence,
        also=(),
        trace=(f"encoder: {direction} {sure:.2f}",),
    )


def _strength(rules: Reading, opinion: Opinion, direction: Direction) -> int:
    if direction == "none":
        return 1
    return opinion.strengths.index(max(opinion.strengths)) + 1


def _evidence(rules: Reading, opinion: Opinion, direction: Direction) -> tuple[Span, ...]:
    """The words that support the direction, of those who say so: the part that tells most of it first, one a sentence."""
    if direction == "none":
        return ()
    said = [rules.spans if rules.direction == direction else ()]
    said.append((opinion.evidence, *opinion.also) if opinion.direction == direction and opinion.evidence else ())
    spans = sorted((spans[0] for spans in said if spans), key=lambda span: -PARTS.index(span.part))
    kept: list[Span] = []
    for span in (*spans, *said[0], *said[1]):
        if not any(span.part == other.part and span.start < other.end and other.start < span.end for other in kept):
            kept.append(span)
    return tuple(kept) or ((opinion.evidence,) if opinion.evidence else ())
