"""How many stories a second are read, and what each part costs: `python -m tests.reading.speed FILE... [--body]`

CPU time of this process, one thread: matching, the rules with their parse, and the encoder, over the English stories of
the files, title and summary (with `--body` their bodies too); the best of three passes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from monitor.lab.labelled import read_labelled
from monitor.reading.matching import Matcher
from monitor.reading.read import Reader
from monitor.reading.records import Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import read_watchlists

PASSES = 3


def main(arguments: Sequence[str]) -> None:
    """Print milliseconds a story by part, and stories a second."""
    paths = [Path(argument) for argument in arguments if not argument.startswith("--")]
    texts = [story.text for path in paths for story in read_labelled(path) if story.text.lang == "en"]
    if "--body" not in arguments:
        texts = [Text(text.title, text.summary) for text in texts]
    matcher = Matcher(read_watchlists(watchlists_dir()))
    items = [(text, matcher.match(text)) for text in texts]
    rules, both = Reader(encoder=False), Reader()
    both.read_many(items[:5])
    matching = cost(lambda: [matcher.match(text) for text in texts]) / len(texts)
    by_rules = cost(lambda: rules.read_many(items)) / len(texts)
    whole = cost(lambda: both.read_many(items)) / len(texts)
    print(
        f"{len(texts)} stories, ms of CPU a story: matching {1e3 * matching:.2f}, rules {1e3 * by_rules:.2f}, ", end=""
    )
    print(f"encoder {1e3 * (whole - by_rules):.2f}")
    print(f"stories a second: {1 / (matching + whole):.1f}; by rules alone {1 / (matching + by_rules):.1f}")


def cost(work: Callable[[], object]) -> float:
    """Seconds of CPU of the best of three passes."""
    found = []
    for _ in range(PASSES):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


if __name__ == "__main__":
    main(sys.argv[1:])
