"""Finding watchlists in a text: one pass of an automaton over word keys, then the exact rules on the few candidates."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from ..watchlists import Watchlist
from .context import any_of, beside, link_spans, story_words, surroundings
from .fold import WORD, fold
from .namesakes import is_namesake, is_other_holder, is_pair
from .passage import Passage
from .records import PARTS, Mention, Part, Span, Text
from .sieve import Sieve
from .terms import (
    TYPO_PHRASE_LETTERS,
    Keys,
    Phrase,
    Vocabulary,
    Word,
    add_long_word,
    fit,
    keys_of,
    phrases_of,
    shapes_of,
    since_passed,
)
from .transliteration import families

# Mentions kept for one watchlist in one text.
MAX_MENTIONS = 40

# What may stand between two words of one name: spaces, hyphens, quotes, ZWNJ; no stop and no comma.
_GAP = re.compile(r"(?:[ \t\u00a0\u200b-\u200f\u202a-\u202e\u2066-\u2069\"'’‘“”«»„_*]|\n(?!\s*\n)|[-‐‑]){0,6}")
_HYPHEN = re.compile(r"\s?[-‐‑]\s?")
# An abbreviation with a number behind it is a type of something: KH-101, KH 22.
_DESIGNATION = re.compile(r"[-‐‑ ]?\d+\b")
# A Persian plural behind a name makes it a common noun: هماهنگی‌ها, coordinations.
_PERSIAN_PLURAL = re.compile("\u200c\u0647\u0627")
_RULE_ORDER = ("typo", "transliteration", "joined", "clitic", "plural", "spelling", "exact")


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    phrase: Phrase
    passage: Passage
    first: int
    last: int
    start: int
    end: int
    rule: str


@dataclass(slots=True)
class _Story:
    text: Text
    passages: dict[Part, Passage] = field(default_factory=dict)
    links: dict[Part, list[tuple[int, int]]] = field(default_factory=dict)
    words: str | None = None

    def all_words(self) -> str:
        if self.words is None:
            self.words = story_words(self.text)
        return self.words

    def all_passages(self) -> dict[Part, Passage]:
        for name in PARTS:  # a name's surroundings reach into the neighbouring part
            if name not in self.passages and self.text.part(name):
                self.passages[name] = Passage(name, self.text.part(name))
        return self.passages


class Matcher:
    """Finds the terms of many watchlists in texts; the cost of a text hardly grows with their number.

    Each word of a text is replaced by its key (the consonant skeleton of Latin words, the folded letters of others);
    an Aho-Corasick automaton over the keys of all phrases names the candidates; the exact rules then look at the
    characters.
    """

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        self.watchlists = tuple(watchlists)
        self._vocabulary = Vocabulary()
        self._shapes: list[list[tuple[Phrase, tuple[Word, ...]]]] = []
        patterns: dict[str, int] = {}
        self._given: list[frozenset[Word]] = []
        self._own: list[frozenset[Word]] = []
        for index, watchlist in enumerate(self.watchlists):
            phrases = phrases_of(index, watchlist)
            people = [phrase for phrase in phrases if phrase.kind in ("person", "name") and len(phrase.words) > 1]
            self._given.append(frozenset(word for phrase in people for word in phrase.words[:-1]))
            named = [phrase for phrase in phrases if phrase.kind in ("person", "name")]
            self._own.append(frozenset(word for phrase in named for word in phrase.words))
            for phrase in phrases:
                self._add(phrase, patterns)
        self._keys = Keys(self._vocabulary)
        self._automaton = AhoCorasick(list(patterns)) if patterns else None
        self._sieve = Sieve((each for shapes in self._shapes for each in shapes), self._keys)
        self._spaced = [shapes[0][1][0].script == "latin" for shapes in self._shapes]
        self._capital = [all(shape[0].capital for _, shape in shapes) for shapes in self._shapes]

    def _add(self, phrase: Phrase, patterns: dict[str, int]) -> None:
        for word in phrase.words:
            self._vocabulary.words.add(word.folded)
            if word.acronym:
                self._vocabulary.acronyms.add(word.text)
            elif phrase.letters >= TYPO_PHRASE_LETTERS:
                key = keys_of((word,))[0].strip() if word.script == "latin" else word.folded
                add_long_word(self._vocabulary, word.folded, key)
        for shape in shapes_of(phrase):
            for key in keys_of(shape):
                if key not in patterns:
                    patterns[key] = len(self._shapes)
                    self._shapes.append([])
                self._shapes[patterns[key]].append((phrase, shape))

    def match(self, text: Text) -> list[Mention]:
        """Every mention in the text, in order of place; at most MAX_MENTIONS for each watchlist."""
        story = _Story(text)
        found = [candidate for part in PARTS if text.part(part) for candidate in self._candidates(story, part)]
        if not found:
            return []
        return self._judge(story, found)

    def may_match(self, text: str) -> bool:
        """Whether a text may hold a term: False is sure, True asks for `match`. Parts of a story may be joined by lines.

        For archives, in which nearly every story is about nobody watched.
        """
        return self._sieve.passes(text)

    def _candidates(self, story: _Story, part: Part) -> list[_Candidate]:
        text = story.text.part(part)
        if self._automaton is None:
            return []
        keys = self._keys
        words = WORD.findall(text)
        pieces = [keys[word] for word in words]
        hits = self._automaton.find_matches_as_indexes(" " + "".join(pieces), overlapping=True)
        if not hits:
            return []
        starts = list(itertools.accumulate(map(len, pieces), initial=1))
        here = Passage(part, text, words)
        found = []
        for index, begin, end in hits:
            spaced = self._spaced[index]  # a pattern of Latin words begins with the space before its first key
            first = bisect.bisect_right(starts, begin + 1 if spaced else begin) - 1
            if self._capital[index] and words[first][0].islower() and not here.lower_case:
                continue
            last = bisect.bisect_right(starts, end - 1) - 1
            for phrase, shape in self._shapes[index]:
                candidate = _verify(phrase, shape, here, first, last)
                if candidate:
                    found.append(candidate)
        if found:
            story.passages[part] = here
        return found

    def _judge(self, story: _Story, found: list[_Candidate]) -> list[Mention]:
        masks = [one for one in found if one.phrase.kind == "mask"]
        standing: list[_Candidate] = []
        foreign: set[tuple[int, str]] = set()
        for one in found:
            if one.phrase.kind == "mask" or self._is_masked(story, one, masks):
                continue
            if self._is_somebody_else(one):
                foreign.add((one.phrase.watchlist, one.phrase.text))
                continue
            if self._may_stand(story, one):
                standing.append(one)
        in_context = [one for one in standing if self._fits_context(story, one)]
        full = {one.phrase.watchlist for one in in_context if _is_full_name(one.phrase)}
        accepted = []
        for one in standing:
            owner = one.phrase.watchlist
            if one in in_context:
                # a surname first given with another given name stays that person's through the story
                if owner in full or (owner, one.phrase.text) not in foreign:
                    accepted.append((one, "near" if one.phrase.term.near else ""))
            elif owner in full and one.phrase.kind in ("name", "person"):
                accepted.append((one, "short form"))  # the full name in the same story says whom the short one means
        return self._mentions(accepted)

    def _is_masked(self, story: _Story, one: _Candidate, masks: list[_Candidate]) -> bool:
        for mask in masks:
            same = mask.phrase.watchlist == one.phrase.watchlist and mask.passage is one.passage
            within = mask.first == one.first and one.last <= mask.last
            if same and (
                within or mask.first < one.first <= mask.last
            ):  # "Lebanese Hezbollah" takes its brigades with it
                return True
        part = one.passage.part
        if part == "title":
            return False
        if part not in story.links:
            story.links[part] = link_spans(one.passage.text)
        return any(start <= one.start < end for start, end in story.links[part])

    def _is_somebody_else(self, one: _Candidate) -> bool:
        phrase, here = one.phrase, one.passage
        if phrase.kind == "title":
            return is_other_holder(here, one.first, one.last, self._own[phrase.watchlist])
        word = phrase.words[0]
        if len(phrase.words) == 2 and one.last == one.first + 1 and is_pair(here, one.first):
            return True
        if len(phrase.words) == 1 and word.capital:
            return is_namesake(here, one.first, one.last, phrase, self._given[phrase.watchlist])
        return False

    def _may_stand(self, story: _Story, one: _Candidate) -> bool:
        term, here = one.phrase.term, one.passage
        published = story.text.published
        if not since_passed(term.since, published.date() if published else None):
            return False
        return not (term.unless and beside(here, one.first, one.last, term.unless))

    def _fits_context(self, story: _Story, one: _Candidate) -> bool:
        term = one.phrase.term
        if term.without and any_of(term.without).search(story.all_words()):
            return False
        if not term.near:
            return True
        region = surroundings(story.all_passages(), one.passage.part, one.start, one.end)
        return bool(any_of(term.near).search(region))

    def _mentions(self, accepted: list[tuple[_Candidate, str]]) -> list[Mention]:
        order = {part: index for index, part in enumerate(PARTS)}

        def preference(pair: tuple[_Candidate, str]) -> tuple[int, int, int, int, int]:
            one, context = pair
            rule = -_RULE_ORDER.index(one.rule)
            return (one.phrase.grade == "related", -(one.end - one.start), rule, len(context), one.start)

        taken: dict[tuple[int, Part], list[tuple[int, int]]] = {}
        kept: list[tuple[_Candidate, str]] = []
        for one, context in sorted(accepted, key=preference):
            spans = taken.setdefault((one.phrase.watchlist, one.passage.part), [])
            if all(one.end <= start or end <= one.start for start, end in spans):
                spans.append((one.start, one.end))
                kept.append((one, context))
        kept.sort(key=lambda pair: (order[pair[0].passage.part], pair[0].start, pair[0].phrase.watchlist))
        counts: dict[int, int] = {}
        mentions = []
        for one, context in kept:
            index = one.phrase.watchlist
            counts[index] = counts.get(index, 0) + 1
            if counts[index] > MAX_MENTIONS:
                continue
            span = Span(one.passage.part, one.start, one.end, one.passage.text[one.start : one.end])
            rule = "title" if one.phrase.kind == "title" and not context else one.rule
            rule = f"{rule}, {context}" if context else rule
            mentions.append(Mention(self.watchlists[index].id, one.phrase.grade, span, one.phrase.term.text, rule))
        return mentions


def _verify(phrase: Phrase, shape: tuple[Word, ...], here: Passage, first: int, last: int) -> _Candidate | None:
    """The exact rules: every word fits, only spaces and hyphens between them, capitals where the name has them."""
    words = here.words
    typos = phrase.letters >= TYPO_PHRASE_LETTERS
    if not _keeps_capitals(shape[0], here, first):
        return None
    opening = fit(shape[0], words[first], typos)
    if opening is None:
        return None
    fits = [opening]
    at = first + 1
    for word in shape[1:]:
        while at < last and not (found := fit(word, words[at], typos)) and _may_stand_between(here, at):
            at += 1
        if at > last or not (found := fit(word, words[at], typos)):
            return None
        fits.append(found)
        at += 1
    if at != last + 1:
        return None
    gaps = [here.gap(left, left + 1) for left in range(first, last)]
    stops = "." in phrase.text  # an abbreviation within the name: Gen. Qaani
    if not all(_GAP.fullmatch(gap.replace(".", "", 1) if stops else gap) for gap in gaps):
        return None
    start, end = here.start(first) + fits[0].start, here.start(last) + fits[-1].end
    if shape[-1].acronym and _DESIGNATION.match(here.text, end):
        return None
    if shape[0].script == "arabic" and _PERSIAN_PLURAL.match(here.text, end):
        return None
    rules = {one.rule for one in fits}
    rule = next(name for name in _RULE_ORDER if name in rules)
    if len(shape) != len(phrase.words) and rule in ("exact", "spelling"):
        rule = "joined"
    elif rule == "exact" and "-" not in phrase.text and any(_HYPHEN.fullmatch(gap) for gap in gaps):
        rule = "spelling"
    return _Candidate(phrase, here, first, last, start, end, rule)


def _is_full_name(phrase: Phrase) -> bool:
    return phrase.grade == "direct" and phrase.kind != "title" and len(phrase.words) > 1


def _may_stand_between(here: Passage, at: int) -> bool:
    """Whether a word inside a name is an article or ezafe that spellings leave out or put in."""
    known = families()
    word = fold(here.words[at])
    if word in known.articles:
        return True
    hyphens = ("-", "‐", "‑", "\u200c")
    return (word in known.assimilated and here.gap(at, at + 1) in hyphens) or (
        word in known.ezafe and here.gap(at - 1, at) in hyphens
    )


def _keeps_capitals(word: Word, here: Passage, first: int) -> bool:
    """A name written with a capital is not found in lower case, unless the text has no capitals at all."""
    return not word.capital or here.words[first][0].isupper() or here.lower_case
