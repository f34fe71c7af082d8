"""How alike two stories are, and whether that makes them one happening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from rapidfuzz import fuzz

from .concepts import lexicon, weight_of
from .features import Features

# Wording (0-1) from which two texts of one language are the same report; measured on held-out news items, 1 % joined.
SAME_WORDING = 0.84
# Share of the shorter head's word triples that stand in the other text: a lede within its full text.
SAME_CONTAINED = 0.6
# Cosine of idf-weighted words and names from which two reports tell the same.
SAME_WORDS = 0.55
# Cosine of concepts from which two reports tell the same: naming the same watchlist, or naming none in common.
SAME_TOLD, SAME_TOLD_STRANGERS = 0.36, 0.62
# … after a day, when a new act is likelier than a retelling.
SAME_TOLD_LATER, SAME_TOLD_STRANGERS_LATER = 0.68, 0.8
# Hours within which a happening is retold.
DAY_H = 26.0
# A shared name (not of a watchlist or a common place) weighs as much as a telling concept.
NAME_WEIGHT = 3.0
# Weight two stories must share in acts, things and places, and one of it this telling, to be compared by concepts.
LEAST_SHARED, TELLING = 3.0, 2.0
# Words a head needs for its wording to count.
LEAST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two stories are (0-1), whether that is enough, the reason in words, and whether one copies the other."""

    score: float
    same: bool
    reason: str
    copy: bool = False


def likeness(a: Features, b: Features, idf: Callable[[str], float]) -> Likeness:
    """Compare two stories; `idf` gives the weight of a word of the recent stories."""
    if a.story.lang == b.story.lang:
        alike = _by_wording(a, b, idf)
        if alike.same:
            return alike
    else:
        alike = Likeness(0.0, False, "nothing in common")
    told = _by_concepts(a, b)
    return told if told.same or told.score > alike.score else alike


def _by_wording(a: Features, b: Features, idf: Callable[[str], float]) -> Likeness:
    if a.title == b.title and len(a.title.split()) >= LEAST_WORDS - 1:
        contained = _containment(a, b)
        return Likeness(1.0, True, "the same title", contained >= SAME_CONTAINED or not a.shingles or not b.shingles)
    if min(len(a.head.split()), len(b.head.split())) < LEAST_WORDS:
        return Likeness(0.0, False, "too few words")
    contained = _containment(a, b)
    if contained >= SAME_CONTAINED:
        return Likeness(contained, True, f"{contained:.0%} of one text stands in the other", True)
    wording = fuzz.token_set_ratio(a.head, b.head, score_cutoff=100 * SAME_WORDING) / 100
    if wording >= SAME_WORDING and min(len(a.words), len(b.words)) >= LEAST_WORDS:
        return Likeness(wording, True, f"the wording is {wording:.0%} alike", wording >= 0.95)
    cosine = _cosine(a, b, idf)
    return Likeness(cosine, cosine >= SAME_WORDS, f"they share telling words ({cosine:.0%})")


def _containment(a: Features, b: Features) -> float:
    """The share of the shorter head found in the other whole text: an overlap, so that a lede fits its full text."""
    one, other = (a, b) if len(a.shingles) <= len(b.shingles) else (b, a)
    if len(one.shingles) < LEAST_WORDS:
        return 0.0
    return max(len(one.shingles & other.all_shingles), 0) / len(one.shingles)


def _cosine(a: Features, b: Features, idf: Callable[[str], float]) -> float:
    shared = sum(idf(word) ** 2 for word in a.words & b.words)
    if not shared:
        return 0.0
    sizes = [sqrt(sum(idf(word) ** 2 for word in one.words)) for one in (a, b)]
    return shared / (sizes[0] * sizes[1])


def _by_concepts(a: Features, b: Features) -> Likeness:
    known = lexicon().concepts
    shared = a.concepts & b.concepts
    names = a.names & b.names
    telling = [key for key in shared if known[key].kind != "actor"]
    common = weight_of(telling) + NAME_WEIGHT * len(names)
    if common < LEAST_SHARED or not (names or any(known[key].weight >= TELLING for key in telling)):
        return Likeness(0.0, False, "nothing telling in common")
    sizes = [sqrt(weight_of(one.concepts) + NAME_WEIGHT * len(names)) for one in (a, b)]
    score = (weight_of(shared) + NAME_WEIGHT * len(names)) / (sizes[0] * sizes[1])
    strangers = not a.story.watchlists.keys() & b.story.watchlists.keys()
    later = abs((a.story.time - b.story.time).total_seconds()) / 3600 > DAY_H
    if strangers:
        bar = SAME_TOLD_STRANGERS_LATER if later else SAME_TOLD_STRANGERS
    else:
        bar = SAME_TOLD_LATER if later else SAME_TOLD
    words = ", ".join(sorted(key.partition(":")[2] for key in telling)[:6])
    who = "" if strangers else f" on {', '.join(sorted(a.story.watchlists.keys() & b.story.watchlists.keys()))}"
    return Likeness(score, score >= bar, f"both tell{who} of {words}")
