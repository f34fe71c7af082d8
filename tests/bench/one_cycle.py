"""One cycle over all feeds as one process: ours and the peers, so that each is charged for its start and its children.

python -m tests.bench.one_cycle ours CONFIG      poll every feed, match what is new, group what matched
python -m tests.bench.one_cycle reader DATABASE  the same feeds by the package `reader`, 32 workers
python -m tests.bench.one_cycle reader-stay DATABASE          the same, and wait for a line
python -m tests.bench.one_cycle reader-add DATABASE URL-FILE
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def ours(config: Path) -> int:
    """What `monitor poll --all` does, short of reading: matched stories are grouped as if no reader knew them."""
    from monitor.config import read_settings
    from monitor.logs import start_logging
    from monitor.pipeline import Pipeline
    from monitor.poll import Poller
    from monitor.store.connect import open_store
    from monitor.store.register import register

    start_logging(logging.WARNING)
    settings = read_settings(config)

    async def poll() -> list[Any]:
        async with Poller(settings, store) as poller:
            return await poller.poll_due(everything=True)

    from monitor.clock import utcnow

    with open_store(settings.state) as store:
        register(store, settings, utcnow())
        results = asyncio.run(poll())
        pipeline = Pipeline(settings, store)
        pipeline._reader = Unread()  # type: ignore[assignment]
        while batch := pipeline.next_batch():
            pipeline.settle(pipeline.read(batch))
        failed = [result for result in results if not result.ok]
        print(sum(result.new for result in results), len(failed), failed[:1])
    return len(failed)


class Unread:
    """Stands where the reader stands and reads nothing."""

    def read_many(self, items: Sequence[tuple[Any, Sequence[Any]]]) -> list[Any]:
        """Every text left unread."""
        from monitor.reading.read import unread

        return [unread(mentions) for _, mentions in items]


def reader(database: Path) -> int:
    """Update all feeds with the package `reader`."""
    from reader import make_reader

    with make_reader(str(database)) as known:
        results = list(known.update_feeds_iter(workers=32, scheduled=False))
        failed = [result for result in results if isinstance(result.value, Exception)]
        print(
            sum(r.value.new for r in results if r.value and not isinstance(r.value, Exception)), len(failed), failed[:1]
        )
    return len(failed)


def reader_stay(database: Path) -> int:
    """Update all feeds, say so, and stay until told."""
    from reader import make_reader

    with make_reader(str(database)) as known:
        for _ in known.update_feeds_iter(workers=32, scheduled=False):
            pass
        print("done", flush=True)
        sys.stdin.readline()
    return 0


def reader_add(database: Path, urls: Path) -> int:
    """Add the feeds."""
    from reader import make_reader

    with make_reader(str(database)) as known:
        for url in urls.read_text(encoding="utf-8").split():
            known.add_feed(url)
    return 0


if __name__ == "__main__":
    names = {"ours": ours, "reader": reader, "reader-add": reader_add, "reader-stay": reader_stay}
    sys.exit(names[sys.argv[1]](*map(Path, sys.argv[2:])))
