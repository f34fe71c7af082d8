"""`python -m tests.bench.growth [--most N] [--json] [--plot FILE]`: how cost grows, as tables and one plot.

Four lines, each CPU of the work alone: a cycle by the number of feeds (nothing new), keeping a batch by the stories
already kept, matching a story by the number of watchlists, and taking a burst by its size.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.store.connect import Store, open_store

from . import corpus, cycle, match_names, store_batch
from .measure import cpu_of
from .record import machine

# One line of the plot: what is counted, the unit of cost, and (count, cost) for each size.
Line = tuple[str, str, list[tuple[int, float]]]
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROUNDS = 3


def by_feeds(most: int) -> Line:
    """CPU ms a feed of a process that polls all feeds once, nothing new; its start is a part of it."""
    points = []
    for feeds in _sizes(10, most):
        with cycle.world(feeds, cycle.Ours) as (server, [side]):
            costs = []
            for _ in range(ROUNDS):
                side.restore()
                server.edition(0)
                costs.append(side.cycle().cpu_s)
        points.append((feeds, median(costs) / feeds * 1000))
    return "feeds", "ms CPU a feed and cycle", points


def by_history(most: int) -> Line:
    """CPU ms to keep a batch of 50 new stories, by how many are kept already."""
    points = []
    with tempfile.TemporaryDirectory() as name, open_store(Path(name) / "monitor.db") as store:
        kept, batch = 0, 0
        for size in _sizes(1, most):
            _fill(store, kept, size)
            kept = size
            costs = []
            for _ in range(ROUNDS * 2):
                batch += 1
                items = store_batch.identified(store_batch.batches(10_000_000 + batch, 1)[0])
                costs.append(cpu_of(lambda items=items: store_batch.keep(store, items)))  # type: ignore[misc]
            points.append((size, median(costs) * 1000))
    return "stories kept", "ms CPU a batch of 50", points


def _fill(store: Store, first: int, end: int) -> None:
    """Stories `first` to `end` with four keys each, as polls leave them."""
    step = 20_000
    for start in range(first, end, step):
        numbers = range(start, min(start + step, end))
        with store.write():
            store.run_many(
                "insert into stories (id, feed_id, owner, link, lang, title, summary, body, first_seen, stage)"
                " values (?, ?, 'paper.example', ?, 'en', ?, ?, '', '2026-10-01T00:00:00Z', 'done')",
                [
                    (-n - 1, f"paper-{n % 1000}", f"https://paper.example/{n}", f"Title {n}", "words " * 60)
                    for n in numbers
                ],
            )
            store.run_many(
                "insert into seen values (?, ?)",
                [(f"{kind}{n * 2654435761 % 2**64:024x}", -n - 1) for n in numbers for kind in "gutc"],
            )


def by_watchlists(most: int) -> Line:
    """CPU µs to match a story, by how many watchlists of ten names there are."""
    points = []
    for size in (3, *_sizes(10, most)):
        matcher = Matcher(match_names.lists(size * 10) if size > 3 else match_names.lists(30)[:3])
        texts = [match_names.stories(10_000 * round, 500, ["Nobody There"]) for round in range(ROUNDS + 1)]
        costs = [_matching(matcher, part) / len(part) * 1e6 for part in texts]
        points.append((size, median(costs[1:])))
    return "watchlists of ten names", "µs CPU a story", points


def _matching(matcher: Matcher, texts: Sequence[Text]) -> float:
    return cpu_of(lambda: [matcher.match(text) for text in texts])


def by_burst(most: int) -> Line:
    """CPU ms a story to match, group and settle a burst; one in twenty names a watchlist, none is read."""
    from monitor.config import DEFAULT_MODEL, bare_settings
    from monitor.pipeline import Pipeline

    from .one_cycle import Unread

    points = []
    for size in _sizes(50, most):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "monitor.db"
            with open_store(path) as store:
                for start in range(0, size, 50):
                    store_batch.keep(store, store_batch.identified(store_batch.batches(start // 50, 1)[0]))
                pipeline = Pipeline(bare_settings(corpus.watchlists(), path, DEFAULT_MODEL), store, lambda: NOW)
                pipeline._reader = Unread()  # type: ignore[assignment]

                def work(pipeline: Pipeline = pipeline) -> None:
                    while batch := pipeline.next_batch():
                        pipeline.settle(pipeline.read(batch))

                points.append((size, cpu_of(work) / size * 1000))
    return "stories in one burst", "ms CPU a story", points


def _sizes(first: int, most: int) -> list[int]:
    found = []
    while first < most:
        found.append(first)
        first *= 10
    return [*found, most]


LINES: dict[str, tuple[Callable[[int], Line], int]] = {
    "feeds": (by_feeds, 10_000),
    "history": (by_history, 1_000_000),
    "watchlists": (by_watchlists, 1000),
    "burst": (by_burst, 5000),
}


def plot(lines: Sequence[Line], file: Path) -> None:
    """One small panel a line, both axes logarithmic where the line is long."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.6), dpi=90, layout="constrained")
    for axes, (what, unit, points) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines, strict=True):
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", color="#1f4e79")
        axes.set(xscale="log", xlabel=what, ylabel=unit, ylim=(0, max(y for _, y in points) * 1.15))
        axes.grid(alpha=0.3)
    figure.savefig(file)


def main(arguments: Sequence[str]) -> int:
    """Measure the lines that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--line", action="append", choices=list(LINES), help="only this line (may be given again)")
    parser.add_argument("--most", type=int, help="the largest size of each line")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the lines into this PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    found = []
    for name in given.line or LINES:
        line, most = LINES[name]
        found.append(line(min(most, given.most or most)))
        if not given.json:
            what, unit, points = found[-1]
            print(f"\n| {what} | " + " | ".join(f"{x:,}" for x, _ in points) + " |", "|---" * (len(points) + 1) + "|",
                  f"| {unit} | " + " | ".join(f"{y:.3g}" for _, y in points) + " |", sep="\n", flush=True)  # fmt: skip
    if given.json:
        print(json.dumps({"lines": found, "machine": machine()}, ensure_ascii=False))
    if given.plot:
        plot(found, given.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
