"""Fit the layer that weighs rules and encoder, on questions that the encoder was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor.lab.measures import DIRECTIONS, DirectionScore, direction_score
from monitor.lab.train_data import Question
from monitor.reading.combine import INPUTS, Heard, Layer, decide, goes_its_own_way, inputs, only_asked
from monitor.reading.encoder import Encoder, Opinion
from monitor.reading.encoder_text import ACTOR
from monitor.reading.english.reader import read_english
from monitor.reading.records import Direction, Mention, Reading

# The name that the actor of a question goes by, and everyone else.
_ASKED, _OTHERS = "asked", "others"

# Strength of the ridge on the layer: few hundred questions, a dozen inputs.
_RIDGE = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A question with what rules and encoder made of its story and, where it asks for an actor, of that actor."""

    question: Question
    story: Heard
    rules: Reading
    opinion: Opinion


def see(question: Question, encoder: Encoder) -> Seen:
    """Both readings of one question."""
    mentions = [
        Mention(_ASKED if mask == ACTOR else _OTHERS, "direct", span, span.text, "exact")
        for span, mask in question.masks
    ]
    found = read_english(question.text, mentions)
    story = Heard(found.reading.story, found.figures[None], encoder.opinion(question.text, mentions))
    if not question.ask:
        return Seen(question, story, story.rules, story.opinion)
    asked = encoder.opinion(question.text, mentions, _ASKED)
    return Seen(question, story, found.reading.by_watchlist[_ASKED], asked)


def fit(seen: Sequence[Seen], flip_cost: float) -> dict[str, Any]:
    """The layer as `combine.json` holds it, from the questions about stories as wholes."""
    from sklearn.linear_model import LogisticRegression

    stories = [held for held in seen if not held.question.ask]
    model = LogisticRegression(C=1 / _RIDGE, max_iter=2000)
    model.fit(
        np.array([inputs(held.story) for held in stories]), np.array([held.question.direction for held in stories])
    )
    return {
        "inputs": list(INPUTS),
        "weights": [[round(float(value), 4) for value in row] for row in model.coef_],
        "biases": [round(float(value), 4) for value in model.intercept_],
        "flip_cost": flip_cost,
    }


def answers(layer: dict[str, Any], seen: Sequence[Seen]) -> list[Direction]:
    """What rules and encoder together answer to each question."""
    held = Layer(tuple(tuple(row) for row in layer["weights"]), tuple(layer["biases"]), layer["flip_cost"])
    return [_answer(held, one) for one in seen]


def _answer(layer: Layer, seen: Seen) -> Direction:
    story = decide(layer.probabilities(inputs(seen.story)), layer.flip_cost)
    if not seen.question.ask:
        return story
    if only_asked(seen.rules):
        return "none"
    apart = goes_its_own_way(seen.rules, seen.story.rules, story, lambda: seen.opinion)
    return story if apart is None else seen.rules.direction


def cross_fitted(seen: Sequence[Seen], flip_cost: float, folds: int = 5) -> list[Direction]:
    """The answer to each question by a layer fitted without its contrast group."""
    groups = sorted({held.question.group for held in seen})
    fold = {group: index % folds for index, group in enumerate(groups)}
    found: dict[int, Direction] = {}
    for number in range(folds):
        inside = [index for index, held in enumerate(seen) if fold[held.question.group] == number]
        layer = fit([held for held in seen if fold[held.question.group] != number], flip_cost)
        found |= dict(zip(inside, answers(layer, [seen[index] for index in inside]), strict=True))
    return [found[index] for index in range(len(seen))]


def figures(seen: Sequence[Seen], both: Sequence[Direction]) -> dict[str, DirectionScore | None]:
    """Direction scores of rules alone, encoder alone, and both."""
    gold = [DIRECTIONS[held.question.direction] for held in seen]
    by_rules = [held.rules.direction for held in seen]
    by_encoder = [held.opinion.direction for held in seen]
    return {
        name: direction_score(list(zip(gold, read, strict=True)))
        for name, read in (("rules", by_rules), ("encoder", by_encoder), ("both", both))
    }
