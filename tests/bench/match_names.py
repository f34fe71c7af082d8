"""Row 5: finding 3,000 names in unseen stories, against spaCy's PhraseMatcher; and growth from 30 to 30,000 names."""

from __future__ import annotations

import random
from statistics import median

from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.watchlists import Term, Watchlist

from . import corpus
from .measure import cpu_of, in_turn, ratio_of
from .record import Bench

_SYLLABLES = (
    *("ba", "dar", "fa", "gol", "han", "jir", "kal", "mos", "nur", "pel", "qas"),
    *("rah", "sam", "tev", "ul", "vod", "wex", "yan", "zor", "chi", "tho", "min"),
)


def names(count: int) -> list[str]:
    """Names of two words, always the same; every thirtieth is in the Arabic script."""
    chance = random.Random(count)
    found: dict[str, None] = {}
    while len(found) < count:
        words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 3))) for _ in range(2)]
        name = " ".join(word.capitalize() for word in words)
        if len(found) % 30 == 29:
            name = name.lower().translate(_ARABIC)
        found[name] = None
    return list(found)


_ARABIC = str.maketrans(dict(zip("abcdefghijklmnopqrstuvwxyz", "ابصدعفغهيجكلمنوبقرسطوفوخيز", strict=True)))


def lists(count: int) -> list[Watchlist]:
    """Those names over 30 watchlists, or as many as there are names."""
    found = names(count)
    size = max(1, count // 30)
    return [
        Watchlist(id=f"list-{start // size}", name=f"List {start // size}",
                  names=tuple(Term(text=text) for text in found[start : start + size]))
        for start in range(0, count, size)
    ]  # fmt: skip


def stories(first: int, count: int, planted: list[str]) -> list[Text]:
    """English stories that nobody has seen, one in fifty naming one of `planted`."""
    chance = random.Random(first)
    found = []
    for number in range(first, first + count):
        title, summary = corpus.story(number % 1000 // 20 * 20, number)
        if number % 50 == 0:
            title = f"{chance.choice(planted)}: {title}"
        # A word no story had before: in life, a few in a hundred are names and numbers never seen.
        summary += f" {''.join(chance.choices('abcdefghijklmnoprstuvwy', k=7))} {chance.randrange(10**6)}"
        found.append(Text(title, summary, "", "en"))
    return found


def run(rounds: int, count: int) -> list[Bench]:
    """Both comparisons over `count` stories a round."""
    import spacy
    from spacy.matcher import PhraseMatcher

    known = names(3000)
    latin = [name for name in known if name.isascii()]
    matchers = {size: Matcher(lists(size)) for size in (30, 3000, 30_000)}
    nlp = spacy.blank("en")
    phrases = PhraseMatcher(nlp.vocab, attr="LOWER")
    phrases.add("NAME", list(nlp.pipe(known)))
    turn = {"ours": 1, "peer": 1, "few": 1, "many": 1}
    hits = {"ours": 0, "peer": 0}

    def next_stories(side: str) -> list[Text]:
        turn[side] += 1
        return stories(turn[side] * count, count, latin)

    def ours() -> float:
        texts = next_stories("ours")
        return cpu_of(lambda: hits.__setitem__("ours", sum(bool(matchers[3000].match(text)) for text in texts)))

    def peer() -> float:
        texts = [f"{text.title}\n{text.summary}" for text in next_stories("peer")]
        return cpu_of(lambda: hits.__setitem__("peer", sum(bool(phrases(nlp(text))) for text in texts)))

    def sized(side: str, size: int) -> float:
        texts = next_stories(side)
        return cpu_of(lambda: [matchers[size].match(text) for text in texts])

    found = in_turn(rounds + 1, ours=ours, peer=peer)
    grown = in_turn(rounds + 1, few=lambda: sized("few", 30), many=lambda: sized("many", 30_000))
    for series in (*found.values(), *grown.values()):
        del series[0]  # the first round meets every common word
    return [
        Bench(
            "5", "match 3,000 names over unseen stories", "µs",
            median(found["ours"]) / count * 1e6, median(found["peer"]) / count * 1e6,
            "spaCy PhraseMatcher (LOWER)", ratio_of(found["ours"], found["peer"]), 3.0, 6.0,
            f"stories found: ours {hits['ours']}, peer {hits['peer']} of {count // 50} planted",
            hits["ours"] >= count // 50,
        ),
        Bench(
            "5", "growth of matching from 30 to 30,000 names (ours: 30,000; peer: 30)", "µs",
            median(grown["many"]) / count * 1e6, median(grown["few"]) / count * 1e6,
            "itself", ratio_of(grown["many"], grown["few"]), 1 / 3, 1 / 2,
        ),
    ]  # fmt: skip
