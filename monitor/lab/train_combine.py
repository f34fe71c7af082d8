"""Fit the layer that weighs rules and encoder, on questions that the encoder was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor.lab.measures import DIRECTIONS, DirectionScore, direction_score
from monitor.lab.train_data import Question
from monitor.reading.combine import INPUTS, Heard, decide, inputs
from monitor.reading.encoder import Encoder
from monitor.reading.encoder_text import ACTOR
from monitor.reading.english.reader import read_english
from monitor.reading.records import Mention

# The name that the actor of a question goes by, and everyone else.
_ASKED, _OTHERS = "asked", "others"

# Strength of the ridge on the layer: few hundred questions, a dozen inputs.
_RIDGE = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A question with what rules and encoder made of it."""

    question: Question
    heard: Heard
    whole: Heard | None

    @property
    def row(self) -> list[float]:
        """The layer's inputs."""
        return inputs(self.heard, self.whole)


def see(question: Question, encoder: Encoder) -> Seen:
    """Both readings of one question."""
    mentions = [
        Mention(_ASKED if mask == ACTOR else _OTHERS, "direct", span, span.text, "exact")
        for span, mask in question.masks
    ]
    found = read_english(question.text, mentions)
    whole = Heard(found.reading.story, found.figures[None], encoder.opinion(question.text, mentions))
    if not question.ask:
        return Seen(question, whole, None)
    asked = encoder.opinion(question.text, mentions, _ASKED)
    return Seen(question, Heard(found.reading.by_watchlist[_ASKED], found.figures[_ASKED], asked), whole)


def fit(seen: Sequence[Seen], flip_cost: float) -> dict[str, Any]:
    """The layer as `combine.json` holds it."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / _RIDGE, max_iter=2000)
    model.fit(np.array([held.row for held in seen]), np.array([held.question.direction for held in seen]))
    return {
        "inputs": list(INPUTS),
        "weights": [[round(float(value), 4) for value in row] for row in model.coef_],
        "biases": [round(float(value), 4) for value in model.intercept_],
        "flip_cost": flip_cost,
    }


def probabilities(layer: dict[str, Any], seen: Sequence[Seen]) -> np.ndarray[Any, Any]:
    """The layer's probabilities [n, 3]."""
    rows = np.array([held.row for held in seen])
    values = rows @ np.array(layer["weights"]).T + np.array(layer["biases"])
    powers = np.exp(values - values.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def cross_fitted(seen: Sequence[Seen], flip_cost: float, folds: int = 5) -> np.ndarray[Any, Any]:
    """Probabilities [n, 3] for each question from a layer fitted without its contrast group."""
    groups = sorted({held.question.group for held in seen})
    fold = {group: index % folds for index, group in enumerate(groups)}
    found = np.zeros((len(seen), 3))
    for number in range(folds):
        inside = [index for index, held in enumerate(seen) if fold[held.question.group] == number]
        layer = fit([held for held in seen if fold[held.question.group] != number], flip_cost)
        found[inside] = probabilities(layer, [seen[index] for index in inside])
    return found


def figures(seen: Sequence[Seen], found: np.ndarray[Any, Any], flip_cost: float) -> dict[str, DirectionScore | None]:
    """Direction scores of rules alone, encoder alone, and both."""
    gold = [DIRECTIONS[held.question.direction] for held in seen]
    both = [decide(row, flip_cost) for row in found]
    return {
        "rules": direction_score([(label, held.heard.rules.direction) for label, held in zip(gold, seen, strict=True)]),
        "encoder": direction_score(
            [(label, held.heard.opinion.direction) for label, held in zip(gold, seen, strict=True)]
        ),
        "both": direction_score(list(zip(gold, both, strict=True))),
    }
