"""The arithmetic of direction: what an operator makes of the direction of the words it governs."""

from __future__ import annotations

from dataclasses import dataclass

# Classes of lexicon entries that carry a direction of their own (+1 escalation, -1 de-escalation).
ATOMS = {"hostile": 1, "peaceful": -1, "threat": 1}
# The same, but only in a story that is about armed conflict; alone they say little.
WEAK_ATOMS = {"hostile?": 1, "peaceful?": -1}

# Classes that turn the direction of what they govern, with the share of certainty they leave.
TURNS = {"stop": 1.0, "refuse": 0.95, "deny": 0.85, "not": 0.95, "break": 1.0}
# Classes that keep it.
KEEPS = {"keep": 1.0, "accord": 1.0, "urge": 0.75, "plan": 0.9, "warn": 0.7}


@dataclass(frozen=True, slots=True)
class Value:
    """A direction found in a clause: sign +1 or -1, strength 1-3, certainty 0-1, tokens, trace outermost first."""

    sign: int
    strength: int
    certainty: float
    first: int
    last: int
    trace: tuple[str, ...]
    glosses: tuple[str, ...]
    kinds: tuple[str, ...]

    def widened(self, first: int, last: int) -> Value:
        """The same value, its evidence reaching from `first` to `last` at least."""
        return Value(
            self.sign, self.strength, self.certainty, min(first, self.first), max(last, self.last),
            self.trace, self.glosses, self.kinds,
        )  # fmt: skip


def atom(kind: str, intensity: int, gloss: str, first: int, last: int) -> Value:
    """The value of an entry that carries a direction itself."""
    sign = ATOMS.get(kind) or WEAK_ATOMS[kind]
    certainty = 0.55 if kind in WEAK_ATOMS else 1.0
    return Value(sign, intensity, certainty, first, last, (gloss,), (gloss,), (kind,))


def apply(kind: str, intensity: int, gloss: str, first: int, last: int, inner: Value) -> Value:
    """What the operator `kind` makes of `inner`: `stop(attack)` is de-escalation, `stop(truce)` escalation."""
    sign, strength, certainty = inner.sign, inner.strength, inner.certainty
    if kind == "break" and inner.sign > 0:
        certainty *= 0.9  # a breakdown with force in it is force; only peace is broken
    elif kind in TURNS:
        # Not attacking is less than a stop; refusing or breaking a peace is a decision (2).
        turned = {"stop": strength, "break": max(2, strength)}.get(kind, min(2, strength) if sign > 0 else 2)
        sign, strength, certainty = -sign, turned, certainty * TURNS[kind]
        if kind == "not" and intensity < 2 and sign < 0:
            certainty *= 0.6  # what did not happen is hardly news
    elif kind == "threat":
        sign, strength = 1, 2
    else:
        certainty *= KEEPS[kind]
        if kind in ("urge", "warn"):
            strength = min(strength, 1 if intensity < 2 else 2)
        elif kind == "plan" or (kind in ("keep", "accord") and intensity < 3 and sign < 0):
            strength = min(strength, 2)  # intended, agreed or announced is less than done
    trace = (f"{gloss} [{kind}]", *inner.trace)
    return Value(
        sign, strength, certainty, min(first, inner.first), max(last, inner.last),
        trace, (gloss, *inner.glosses), (kind, *inner.kinds),
    )  # fmt: skip
