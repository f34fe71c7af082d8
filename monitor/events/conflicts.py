"""What keeps two stories apart however alike they sound: direction, actors, places, numbers, denial, opposite acts."""

from __future__ import annotations

from .concepts import lexicon
from .features import Features
from .numbers import contradiction

_DENY = "act:deny"


def conflict(earlier: Features, later: Features) -> str | None:
    """Why two stories cannot report one happening, as a phrase; None if nothing speaks against it."""
    for check in (_directions, _actors, _opposites, _denial, _places):
        if found := check(earlier, later):
            return found
    same_day = abs((later.story.time - earlier.story.time).total_seconds()) <= 24 * 3600
    number = contradiction(earlier.numbers, later.numbers, same_day)
    return f"their numbers differ ({number})" if number else None


def opposed(one: str, other: str) -> bool:
    """Whether two directions are escalation and de-escalation."""
    return {one, other} == {"escalation", "de-escalation"}


def _directions(a: Features, b: Features) -> str | None:
    if opposed(a.story.direction, b.story.direction):
        return f"one reads {a.story.direction}, the other {b.story.direction}"
    for name in sorted(a.story.directions.keys() & b.story.directions.keys()):
        if opposed(a.story.directions[name], b.story.directions[name]):
            return f"they point opposite ways for {name}"
    return None


def _actors(a: Features, b: Features) -> str | None:
    if a.story.lead and b.story.lead and not a.story.lead & b.story.lead:
        return f"one is about {_list(a.story.lead)}, the other about {_list(b.story.lead)}"
    if a.story.direct and b.story.direct and not a.story.direct & b.story.direct:
        return f"one names {_list(a.story.direct)}, the other {_list(b.story.direct)}"
    known = lexicon().concepts
    groups = [frozenset(key for key in one.title_concepts if known[key].group) for one in (a, b)]
    if all(groups) and not groups[0] & groups[1]:
        return f"one is about {_list(groups[0])}, the other about {_list(groups[1])}"
    return None


def _opposites(a: Features, b: Features) -> str | None:
    known = lexicon().concepts
    for one, other in ((a, b), (b, a)):
        for key in sorted(one.title_concepts):
            opposite = known[key].opposite
            if (
                opposite in other.title_concepts
                and key not in other.title_concepts
                and opposite not in one.title_concepts
            ):
                return f"one tells of {_plain(key)}, the other of {_plain(opposite or '')}"
    return None


def _denial(a: Features, b: Features) -> str | None:
    for one, other in ((a, b), (b, a)):
        if _DENY in one.title_concepts and _DENY not in other.head_concepts:
            return "one denies what the other reports"
    return None


def _places(a: Features, b: Features) -> str | None:
    if not a.places or not b.places:
        return None
    known = lexicon()
    for one in a.places:
        for other in b.places:
            if one in known.within(other) or other in known.within(one):
                return None
    return f"one happens in {_list(a.places)}, the other in {_list(b.places)}"


def _plain(key: str) -> str:
    return key.partition(":")[2]


def _list(keys: frozenset[str]) -> str:
    return ", ".join(sorted(key.partition(":")[2] or key for key in keys))
