"""Row 6: the dependency parses of a matched batch, against `[nlp(t) for t in texts]` with all pipes."""

from __future__ import annotations

from statistics import median

from monitor.reading.english.parse import pipeline
from monitor.reading.english.reader import read_english_many
from monitor.reading.matching import Matcher
from monitor.reading.records import Text

from . import corpus
from .measure import cpu_of, in_turn, ratio_of
from .record import Bench


def matched(count: int) -> list[Text]:
    """English stories that name a watchlist, with a body of some sentences."""
    matcher = Matcher(corpus.watchlists())
    found: list[Text] = []
    number = 0
    while len(found) < count:
        number += 1
        title, summary = corpus.story(0, number)
        _, more = corpus.story(20, number)
        _, rest = corpus.story(40, number)
        text = Text(title, summary, f"{more} {rest}", "en")
        if matcher.match(text):
            found.append(text)
    return found


def run(rounds: int, count: int) -> list[Bench]:
    """Batches of `count` matched stories: what the reader has parsed and all else its rules do, encoder not counted."""
    import spacy

    texts = matched(count)
    matcher = Matcher(corpus.watchlists())
    items = [(text, matcher.match(text)) for text in texts]
    whole = spacy.load(pipeline().meta["lang"] + "_" + pipeline().meta["name"])
    plain = [f"{text.title}\n{text.summary}\n{text.body}" for text in texts]
    read_english_many(items[:2])
    whole(plain[0])
    readings: list[int] = []

    def ours() -> float:
        def read() -> None:
            for start in range(0, count, 64):
                readings.append(len(read_english_many(items[start : start + 64])))

        return cpu_of(read)

    found = in_turn(rounds, ours=ours, peer=lambda: cpu_of(lambda: [whole(text) for text in plain]))
    return [
        Bench(
            "6",
            "read a matched batch by the rules: parse and all else",
            "ms/story",
            median(found["ours"]) / count * 1000,
            median(found["peer"]) / count * 1000,
            "[nlp(t) for t in texts], all pipes",
            ratio_of(found["ours"], found["peer"]),
            4.0,
            7.0,
            f"{sum(readings) // rounds} of {count} read",
            sum(readings) == count * rounds,
        )
    ]
