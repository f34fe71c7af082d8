"""What a watchlist will find: the spellings of each of its terms, by script, and what they match in given texts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..watchlists import Term, Watchlist
from .matching import Matcher
from .records import Grade, Mention, Text
from .terms import Phrase, phrases_of
from .transliteration import spellings

# Letters of the Arabic script that are written in several ways: each line is one letter.
_LETTER_FORMS = ("يیى", "كک", "أاإ", "آا", "ئي", "ؤو")
# Samples kept for one term.
MAX_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Variants:
    """The spellings one term finds. `script` is `latin`, `arabic`, `hebrew` or `unspaced`; the first is as written."""

    term: str
    grade: Grade
    kind: str
    script: str
    spellings: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One place where a term was found: the story, the mention, the words around it."""

    story: str
    mention: Mention
    around: str


@dataclass(frozen=True, slots=True)
class TermTrial:
    """What one term matched: mentions, stories, its commonest spellings, samples."""

    term: str
    grade: Grade
    mentions: int
    stories: int
    spellings: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]
    samples: tuple[Sample, ...]


def variants(watchlist: Watchlist, limit: int = 24) -> list[Variants]:
    """For each term and script the spellings it will find, as written first, some `limit` of them; all tried."""
    matcher = Matcher([_without_context(watchlist)])
    terms: dict[tuple[str, str, str], list[Phrase]] = {}
    for phrase in phrases_of(0, watchlist):
        if phrase.kind != "mask":
            terms.setdefault((phrase.kind, phrase.term.text, phrase.words[0].script), []).append(phrase)
    found = []
    for (kind, text, script), phrases in terms.items():
        share = max(2, limit // len(phrases))
        kept: dict[str, None] = {}
        for phrase in phrases[:limit]:
            proposed = _latin(phrase, share * 2) if script == "latin" else _arabic(phrase)
            whole = (one for one in (phrase.text, *proposed) if one not in kept and _found_whole(matcher, one))
            kept.update(dict.fromkeys(itertools.islice(whole, share)))
        found.append(Variants(text, phrases[0].grade, kind, script, tuple(kept), phrases[0].term.near))
    return found


def try_on(watchlist: Watchlist, stories: Iterable[tuple[str, Text]]) -> list[TermTrial]:
    """What each term would have matched in the stories (id, text), the widest first; terms that match nothing too."""
    matcher = Matcher([watchlist])
    terms = [(term.text, "related" if term in watchlist.related else "direct") for term in _terms(watchlist)]
    mentions: dict[str, list[tuple[str, Mention, Text]]] = {text: [] for text, _ in terms}
    for story, text in stories:
        for mention in matcher.match(text):
            mentions[mention.term].append((story, mention, text))
    trials = []
    for name, grade in dict.fromkeys(terms):
        places = mentions[name]
        samples = [Sample(story, mention, _around(mention, body)) for story, mention, body in places[:MAX_SAMPLES]]
        trials.append(
            TermTrial(
                name,
                "related" if grade == "related" else "direct",
                len(places),
                len({story for story, _, _ in places}),
                tuple(Counter(mention.span.text for _, mention, _ in places).most_common(12)),
                tuple(Counter(mention.rule for _, mention, _ in places).most_common()),
                tuple(samples),
            )
        )
    return sorted(trials, key=lambda trial: -trial.mentions)


def _terms(watchlist: Watchlist) -> tuple[Term, ...]:
    return watchlist.names + watchlist.people + watchlist.titles + watchlist.related


def _without_context(watchlist: Watchlist) -> Watchlist:
    def bare(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(Term(text=term.text) for term in terms)

    parts = {name: bare(getattr(watchlist, name)) for name in ("names", "people", "titles", "related")}
    return watchlist.model_copy(update={**parts, "not_": ()})


def _found_whole(matcher: Matcher, spelling: str) -> bool:
    return any(mention.span.text == spelling for mention in matcher.match(Text(spelling)))


def _latin(phrase: Phrase, limit: int) -> list[str]:
    """Spellings of a Latin phrase: one word changed at a time, in turn, so that each word shows its own."""
    choices = [[word.text] if word.acronym else [word.text, *spellings(word.text, limit)[1:]] for word in phrase.words]
    proposed = [" ".join(word.text for word in phrase.words)]
    for depth in range(1, max(map(len, choices))):
        for at, options in enumerate(choices):
            if depth < len(options):
                proposed.append(" ".join(options[depth] if n == at else w.text for n, w in enumerate(phrase.words)))
        together = [options[min(depth, len(options) - 1)] for options in choices]
        proposed.append(" ".join(together))
    words = phrase.text.split()
    return [*proposed[: limit - 2], "-".join(words), "".join(words)]


def _arabic(phrase: Phrase) -> list[str]:
    """Forms of an Arabic or Persian phrase: letters exchanged, ZWNJ or nothing between words, clitics before."""
    text = phrase.text
    proposed = []
    for forms in _LETTER_FORMS:
        for letter in forms:
            for other in forms:
                if letter in text and other != letter:
                    proposed.append(text.replace(letter, other, 1 if "ا" in forms else -1))
    words = text.split()
    proposed += ["\u200c".join(words), "".join(words), text.replace("ا", "اٰ", 1)]
    return proposed


def _around(mention: Mention, text: Text, width: int = 60) -> str:
    part = text.part(mention.span.part)
    start, end = max(0, mention.span.start - width), min(len(part), mention.span.end + width)
    return ("…" if start else "") + part[start:end] + ("…" if end < len(part) else "")
