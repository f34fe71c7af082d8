"""What a story tells of, in words that three languages share: acts, things, places, actors, names, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from ..reading.context import WORDS_KEPT, folded_word, normal
from ..reading.fold import WORD, script_of
from ..reading.transliteration import skeleton
from ..yamlfile import read_data

_CLITIC = re.compile("^[وف]?[بلك]?(?:ال)?(?=...)|^[وف]?لل(?=...)")

# Arabic and Persian letters as the consonants a Latin spelling of the word would have; vowels fall out.
_ARABIC_CONSONANTS = str.maketrans(
    {
        "ب": "b", "پ": "b", "ت": "t", "ث": "t", "ج": "j", "چ": "s", "ح": "h", "خ": "k", "د": "d", "ذ": "d", "ر": "r",
        "ز": "s", "ژ": "s", "س": "s", "ش": "s", "ص": "s", "ض": "d", "ط": "t", "ظ": "s", "غ": "k", "ف": "f", "ق": "k",
        "ك": "k", "گ": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ا": "", "و": "", "ي": "", "ع": "",
    }
)  # fmt: skip
# A name this many consonants long says who is meant; shorter ones are too often another word.
NAME_CONSONANTS = 4


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing told of. `kind` is act, thing, place or actor; see `data/concepts.yaml` for the rest."""

    id: str
    kind: str
    weight: float
    opposite: str | None = None
    within: str | None = None
    metonym: bool = False
    group: bool = False


@dataclass(frozen=True)
class Lexicon:
    """The concepts and the automaton that finds their words."""

    concepts: dict[str, Concept]
    automaton: AhoCorasick
    found: tuple[tuple[str, ...], ...]
    common_names: frozenset[str]

    def within(self, place: str) -> frozenset[str]:
        """The place and all larger places it lies in."""
        chain = []
        at: str | None = place
        while at:
            chain.append(at)
            at = self.concepts[at].within if at in self.concepts else None
        return frozenset(chain)


def _words(text: str) -> list[str]:
    return WORD.findall(text.replace("\u200c", ""))


def stream(text: str) -> str:
    """Folded words with one space between and around; Arabic-script words also without their clitics."""
    words = _words(text)
    plain = " ".join(map(folded_word, words))
    bare = plain if text.isascii() else " ".join(map(_without_clitics, words))
    return f" {plain} " if plain == bare else f" {plain} | {bare} "


@lru_cache(maxsize=WORDS_KEPT)
def _without_clitics(word: str) -> str:
    folded = folded_word(word)
    return _CLITIC.sub("", folded) if script_of(word) == "arabic" else folded


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of `data/concepts.yaml`, read once."""
    raw = read_data(Path(__file__).parent / "data" / "concepts.yaml")
    concepts: dict[str, Concept] = {}
    patterns: dict[str, list[str]] = {}
    names = set(name_keys(" ".join(raw["not_names"])))
    for section, kind, weight in (
        ("acts", "act", 1.0),
        ("things", "thing", 1.0),
        ("places", "place", 1.0),
        ("actors", "actor", 1.0),
    ):
        for name, entry in raw[section].items():
            key = f"{kind}:{name}"
            concepts[key] = Concept(
                key,
                kind,
                float(entry.get("weight", weight if kind != "place" else _place_weight(entry))),
                f"{kind}:{entry['opposite']}" if "opposite" in entry else None,
                f"{kind}:{entry['in']}" if "in" in entry else None,
                bool(entry.get("metonym")),
                bool(entry.get("group")),
            )
            for phrase in (*entry.get("en", ()), *entry.get("ar", ()), *entry.get("fa", ())):
                for text in _patterns(str(phrase)):
                    patterns.setdefault(text, []).append(key)
                if kind in ("place", "actor"):
                    names.update(name_keys(str(phrase).rstrip("!").title()))
    return Lexicon(concepts, AhoCorasick(list(patterns)), tuple(map(tuple, patterns.values())), frozenset(names))


def _place_weight(entry: dict[str, object]) -> float:
    """A town or base says more than a country, a capital that stands for its government least."""
    return 0.5 if "metonym" in entry else 2.0 if "in" in entry else 1.0


def _patterns(phrase: str) -> set[str]:
    whole = phrase.endswith("!")
    forms = {part.rstrip() for part in stream(phrase.rstrip("!")).split("|")}
    return {" " + form.strip() + (" " if whole else "") for form in forms if form.strip()}


# Words before a place that make it the scene and not a government: "in Baghdad", "eastern Erbil".
_SCENE = frozenset(
    normal(
        "in near at outside inside over across around on east west north south eastern western northern southern"
        " في شرق شرقي غرب غربي جنوب جنوبي شمال شمالي قرب وسط عند در نزدیک شرق غرب جنوب شمال"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a text tells of, and the places where it says things happen (a capital only where the wording says so)."""

    concepts: frozenset[str]
    places: frozenset[str]


def told_in(text: str) -> Told:
    """The concepts of a text and its scenes."""
    known = lexicon()
    words = stream(text)
    concepts = set()
    places = set()
    for index, begin, _ in known.automaton.find_matches_as_indexes(words, overlapping=True):
        for key in known.found[index]:
            concepts.add(key)
            concept = known.concepts[key]
            if concept.kind != "place" or key in places:
                continue
            if not (concept.metonym or concept.within is None) or words[:begin].rsplit(" ", 1)[-1] in _SCENE:
                places.add(key)
    return Told(frozenset(concepts), frozenset(places))


def name_keys(text: str) -> set[str]:
    """The consonants of what may be names: capitalised Latin words, and every long Arabic-script word."""
    return set().union(*map(_name_keys_of, set(_words(text))))


@lru_cache(maxsize=WORDS_KEPT)
def _name_keys_of(word: str) -> tuple[str, ...]:
    folded = folded_word(word)
    script = script_of(word)
    if script == "arabic":
        bare = (one.translate(_ARABIC_CONSONANTS) for one in (folded, _CLITIC.sub("", folded)))
        keys = [re.sub(r"(.)\1+", r"\1", one) for one in bare]
    elif script == "latin" and word[0].isupper() and len(folded) > 3:
        keys = [skeleton(folded).removeprefix("a")]
    else:
        return ()
    return tuple(key for key in keys if len(key) >= NAME_CONSONANTS)


def weight_of(keys: Iterable[str]) -> float:
    """The summed weight of concepts."""
    known = lexicon().concepts
    return sum(known[key].weight for key in keys)
