"""The process under trial in the simulated month: the daemon's own steps on a simulated clock, from where the last one
died. Says at its start and at the end of each day what it weighs, one JSON object a line.

`python -m tests.soak.month_worker CONFIG END PORT`
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

from monitor.alerts.outbox import Courier
from monitor.alerts.rounds import Rounds
from monitor.alerts.tell import LAST_TICK_NOTE, note_start
from monitor.clock import from_text, to_text
from monitor.config import Settings, read_settings
from monitor.logs import start_logging
from monitor.pipeline import Pipeline
from monitor.poll import Poller
from monitor.store.connect import Store, open_store
from monitor.store.prune import prune
from monitor.store.register import register
from monitor.store.safety import require_sound

from .month_world import START

STEP = timedelta(minutes=10)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def live(settings: Settings, store: Store, end: datetime, port: int) -> None:
    """Step by step until `end`; each step is kept, so that a next process goes on from there."""
    noted = store.noted(LAST_TICK_NOTE)
    clock = Clock(from_text(noted) if noted else START)
    register(store, settings, clock.now)
    note_start(store, clock.now, settings.delivery.catch_up_after)
    async with Poller(settings, store, clock) as poller:
        pipeline, courier = Pipeline(settings, store, clock), Courier(settings, store, clock)
        rounds = Rounds(settings, store, clock)
        born = True
        while clock.now < end:
            _tell_time(port, clock.now)
            await poller.poll_due()
            while batch := pipeline.next_batch():
                pipeline.settle(pipeline.read(batch))
            await rounds.go()
            await courier.deliver_due()
            if born:  # all is loaded: what it weighs more at its end has grown
                print(json.dumps(_weight(store, clock.now) | {"born": True}), flush=True)
                born = False
            if clock.now.hour == 0 and clock.now.minute == 0:
                prune(store, settings.retention, clock.now)
                print(json.dumps(_weight(store, clock.now)), flush=True)
            clock.now += STEP
            with store.write():
                store.note(LAST_TICK_NOTE, to_text(clock.now))
        print(json.dumps(_weight(store, clock.now)), flush=True)


def _tell_time(port: int, now: datetime) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/now", now.isoformat().encode(), method="POST")
    urllib.request.urlopen(request, timeout=20).close()


def _weight(store: Store, now: datetime) -> dict[str, object]:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return {
        "at": to_text(now),
        "memory_mb": round(int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1),
        "database_mb": round(sum(file.stat().st_size for file in store.path.parent.glob("monitor.db*")) / 1e6, 2),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def main() -> None:
    """See the module."""
    config, end, port = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
    start_logging(40)
    settings = read_settings(config)
    with open_store(settings.state) as store:
        require_sound(store)
        asyncio.run(live(settings, store, end, port))


if __name__ == "__main__":
    main()
