"""`python -m tests.bench.stages [--feeds N] [--edition 0|1]`: where the CPU of one cycle goes, stage by stage.

The same work as row 1 (`--edition 1`, 2 % new) or row 2 (`--edition 0`, nothing new), in seconds of this process; what
the parser processes used comes last. A stage's first use of something (an import, a lexicon) is charged to it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .measure import ROOT


def outer(feeds: int, edition: int) -> int:
    """Prepare a world and run the cycle in a fresh process."""
    from . import cycle

    with cycle.world(feeds, cycle.Ours) as (server, [side]):
        side.restore()
        server.edition(edition)
        command = [sys.executable, "-m", "tests.bench.stages", "--config", str(side.folder / "monitor.yaml")]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def inner(config: Path) -> int:
    """One cycle, timed."""
    found: list[tuple[str, float]] = []
    last = 0.0

    def stage(name: str) -> None:
        nonlocal last
        now = time.process_time()
        found.append((name, now - last))
        last = now

    stage("the interpreter")
    from monitor.clock import utcnow
    from monitor.config import read_settings
    from monitor.pipeline import Pipeline
    from monitor.poll import Poller
    from monitor.store.connect import open_store
    from monitor.store.register import register

    from .one_cycle import Unread

    logging.basicConfig(level=logging.WARNING)
    stage("imports")
    settings = read_settings(config)
    stage("configuration and watchlists")
    with open_store(settings.state) as store:
        register(store, settings, utcnow())
        stage("database opened, feeds registered")

        async def poll() -> None:
            async with Poller(settings, store) as poller:
                await poller.poll_due(everything=True)

        asyncio.run(poll())
        stage("polls: fetch, hash, cut, tell new from known, keep")
        pipeline = Pipeline(settings, store)
        pipeline._reader = Unread()  # type: ignore[assignment]
        matched, settled = 0.0, 0.0
        while batch := pipeline.next_batch():
            began = time.process_time()
            read = pipeline.read(batch)
            middle = time.process_time()
            pipeline.settle(read)
            matched, settled = matched + middle - began, settled + time.process_time() - middle
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found += [("matching, the automaton built", matched), ("grouping and judging, recent events read back", settled)]
    found.append(("parser processes", used.ru_utime + used.ru_stime))
    for name, seconds in found:
        print(f"| {name} | {seconds:.2f} s |")
    print(f"| all | {sum(seconds for _, seconds in found):.2f} s |")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Prepare, or measure where `--config` names a prepared world."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stages", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--edition", type=int, choices=(0, 1), default=1)
    parser.add_argument("--config", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    return inner(given.config) if given.config else outer(given.feeds, given.edition)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
