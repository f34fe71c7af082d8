"""How alike two stories are, and whether that makes them one happening."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from rapidfuzz import fuzz

from .concepts import lexicon, weight_of
from .features import Features

# Wording (0-1) from which two texts of one language are the same report; measured on held-out news items, 1 % joined.
SAME_WORDING = 0.84
# … provided their words also have this cosine: a short text's words may all stand in a long one by chance.
WORDING_WORDS = 0.35
# Share of the shorter head's word triples that stand in the other text: a lede within its full text.
SAME_CONTAINED = 0.6
# Cosine of idf-weighted words and names from which two reports tell the same.
SAME_WORDS = 0.55
# Cosine of concepts from which two reports tell the same: naming the same watchlist, or naming none in common.
SAME_TOLD, SAME_TOLD_STRANGERS = 0.32, 0.62
# … after a day, when a new act is likelier than a retelling.
SAME_TOLD_LATER, SAME_TOLD_STRANGERS_LATER = 0.65, 0.8
# Hours within which a happening is retold.
DAY_H = 26.0
# A shared name (not of a watchlist or a common place) weighs as much as a telling concept.
NAME_WEIGHT = 3.0
# Added to the bar where one story reads none and the other does not.
UNLIKE_READINGS = 0.1
# Weight of what a story tells beside the concepts known here: few shared ones are less than all of them.
UNTOLD = 1.0
# Cosine of words two stories of one language must have to be compared by concepts without a watchlist in common.
STRANGERS_WORDS = 0.25
# Weight of a name only one of two stories of one language has, and how many of them count.
OWN_NAME_WEIGHT, MOST_NAMES = 0.5, 6
# Weight two stories must share in acts, things and places, and one of it this telling, to be compared by concepts.
LEAST_SHARED, TELLING = 3.0, 2.0
# Words a head needs for its wording to count.
LEAST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two stories are (0-1), whether that is enough, the reason in words, whether one copies the other."""

    score: float
    same: bool
    reason: str
    copy: bool = False


def likeness(a: Features, b: Features, cosine: float) -> Likeness:
    """Compare two stories; `cosine` is that of their words, weighted by how rare they are in recent stories."""
    if a.story.lang == b.story.lang:
        alike = _by_wording(a, b, cosine)
        if alike.same:
            return alike
    else:
        alike = Likeness(0.0, False, "nothing in common")
    told = _by_concepts(a, b, cosine if a.story.lang == b.story.lang else None)
    return told if told.same or told.score > alike.score else alike


def _by_wording(a: Features, b: Features, cosine: float) -> Likeness:
    if a.title == b.title and _word_count(a.title) >= LEAST_WORDS - 1:
        contained = _containment(a, b)
        return Likeness(1.0, True, "the same title", contained >= SAME_CONTAINED or not a.shingles or not b.shingles)
    if min(_word_count(a.head), _word_count(b.head)) < LEAST_WORDS:
        return Likeness(0.0, False, "too few words")
    if cosine >= WORDING_WORDS:
        contained = _containment(a, b)
        if contained >= SAME_CONTAINED:
            return Likeness(contained, True, f"{contained:.0%} of one text stands in the other", True)
        if min(len(a.words), len(b.words)) >= LEAST_WORDS:
            wording = fuzz.token_set_ratio(a.head, b.head, score_cutoff=100 * SAME_WORDING) / 100
            if wording >= SAME_WORDING:
                return Likeness(wording, True, f"the wording is {wording:.0%} alike")
    return Likeness(cosine, cosine >= SAME_WORDS, f"they share telling words ({cosine:.0%})")


def _word_count(words: str) -> int:
    """How many words a text of words with single spaces between has."""
    return words.count(" ") + 1 if words else 0


def _containment(a: Features, b: Features) -> float:
    """The share of the shorter head found in the other whole text: an overlap, so that a lede fits its full text."""
    one, other = (a, b) if len(a.shingles) <= len(b.shingles) else (b, a)
    if len(one.shingles) < LEAST_WORDS:
        return 0.0
    return max(len(one.shingles & other.all_shingles), 0) / len(one.shingles)


def _by_concepts(a: Features, b: Features, wording: float | None) -> Likeness:
    """By what both tell of. `wording` is the cosine of their words, None across languages.

    Two stories that share no watchlist must share more: two telling concepts, and in one language some words too.
    """
    known = lexicon().concepts
    shared = a.concepts & b.concepts
    names = a.names & b.names
    if not shared and not names:
        return Likeness(0.0, False, "nothing telling in common")
    told = [key for key in shared if known[key].kind != "actor"]
    telling = [key for key in told if known[key].weight >= TELLING]
    common = a.story.watchlists.keys() & b.story.watchlists.keys()
    if common:
        enough = weight_of(told) + NAME_WEIGHT * len(names) >= LEAST_SHARED and bool(names or telling)
    else:
        enough = len(telling) >= 2 and (wording is None or wording >= STRANGERS_WORDS)
    if not enough:
        return Likeness(0.0, False, "nothing telling in common")
    shared_weight = weight_of(shared) + NAME_WEIGHT * len(names)
    sizes = [sqrt(_told_weight(one, names, wording is not None)) for one in (a, b)]
    score = shared_weight / (sizes[0] * sizes[1])
    words = ", ".join(sorted({key.partition(":")[2] for key in told})[:6])
    who = f" on {', '.join(sorted(common))}" if common else ""
    return Likeness(score, score >= _bar(a, b, bool(common)), f"both tell{who} of {words}")


def _told_weight(one: Features, shared_names: frozenset[str], same_language: bool) -> float:
    """The weight of all a story tells; its names count where both could have written them alike."""
    own = min(len(one.names - shared_names), MOST_NAMES) * OWN_NAME_WEIGHT if same_language else 0.0
    return weight_of(one.concepts) + NAME_WEIGHT * len(shared_names) + own + UNTOLD


def _bar(a: Features, b: Features, related: bool) -> float:
    later = abs((a.story.time - b.story.time).total_seconds()) / 3600 > DAY_H
    if related:
        bar = SAME_TOLD_LATER if later else SAME_TOLD
    else:
        bar = SAME_TOLD_STRANGERS_LATER if later else SAME_TOLD_STRANGERS
    return bar if a.story.direction == b.story.direction else bar + UNLIKE_READINGS
