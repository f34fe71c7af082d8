"""The learned gate: how likely it is that a text says anything new about the use of force, whatever its direction.

The rules decide which way the words point; the gate, a logistic regression over the rules' findings and hashed words,
decides whether they point anywhere. Weights are made by `monitor/lab/train_local.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .features import rule_numbers, text_buckets
from .judgement import Judgement

WEIGHTS = Path(__file__).with_name("gate.npz")
# How much a text's words weigh beside the rules' numbers.
TEXT_SCALE = 3.0


@dataclass(frozen=True)
class Gate:
    """Weights of one language: of the rules' numbers (RULE_NAMES) and of each bucket of words and letter runs."""

    rules: NDArray[np.float64]
    buckets: NDArray[np.float32]

    def probability(self, judgement: Judgement) -> float:
        """Probability in (0, 1) that the text points one way or the other."""
        score = float(np.dot(self.rules, rule_numbers(judgement)))
        score += TEXT_SCALE * sum(float(self.buckets[at]) * value for at, value in text_buckets(judgement).items())
        return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, score))))


@cache
def load_gate(lang: str) -> Gate:
    """The shipped gate of `ar` or `fa`."""
    with np.load(WEIGHTS) as stored:
        return Gate(
            np.asarray(stored[f"{lang}_rules"], dtype=np.float64),
            np.asarray(stored[f"{lang}_buckets"], dtype=np.float32),
        )
