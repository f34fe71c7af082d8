"""The clock: what runs when. `run_daemon` until told to stop, `run_once` for cron."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC
from pathlib import Path
from typing import Any

from . import __version__, systemd
from .alerts.outbox import Courier
from .alerts.tell import LAST_TICK_NOTE, note_start
from .clock import to_text, utcnow
from .config import Settings, read_settings
from .failpoints import reach
from .logs import start_logging
from .pipeline import Pipeline
from .poll import Poller
from .store.connect import DatabaseError, Store, open_store
from .store.register import register
from .threads import in_thread

log = logging.getLogger("monitor.daemon")

# How often the database is asked which feeds and deliveries are due, in seconds.
TICK_S = 5
# How long a stop waits for what is under way (a mail being sent) before it is left to be repeated, in seconds.
STOP_PATIENCE_S = 6.0


class Daemon:
    """One tick asks what is due; polling, reading and each channel's delivery then go on beside each other."""

    def __init__(self, settings: Settings, store: Store, poller: Poller) -> None:
        self._settings = settings
        self._store = store
        self._poller = poller
        self._pipeline = Pipeline(settings, store)
        self._courier = Courier(settings, store)
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._stopping = False

    async def tick(self) -> None:
        """Start whatever is due and not yet under way; tell the service manager that we live."""
        if self._stopping:
            return
        self._begin("poll", self._poll)
        self._begin("read", self.read_waiting)
        self._deliver()
        systemd.notify("WATCHDOG=1", f"STATUS={self._summary()}")
        with self._store.write():
            self._store.note(LAST_TICK_NOTE, to_text(utcnow()))

    async def _poll(self) -> None:
        """Poll what is due; what it brought is read without waiting for the next tick."""
        if await self._poller.poll_due():
            self._begin("read", self.read_waiting)

    def _deliver(self) -> None:
        for channel in self._settings.channels:
            self._begin(f"deliver:{channel}", lambda channel=channel: self._courier.deliver_channel(channel))

    def _begin(self, name: str, work: Any) -> None:
        if name not in self._running:
            task = asyncio.get_running_loop().create_task(self._guarded(name, work()), name=name)
            self._running[name] = task
            task.add_done_callback(lambda _: self._running.pop(name, None))

    async def _guarded(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """One part's fault is told and tried again at the next tick; the others go on."""
        try:
            await work
        except DatabaseError as error:
            log.error("%s stopped: %s", name, error)
            systemd.notify(f"STATUS={error}")
        except Exception:
            log.exception("%s failed; it is tried again at the next tick", name)

    async def read_waiting(self) -> None:
        """Match, read and judge all new stories, batch by batch."""
        while batch := self._pipeline.next_batch():
            read = await in_thread(lambda batch=batch: self._pipeline.read(batch), "reading")  # type: ignore[misc]
            if self._pipeline.settle(read):
                reach("settled")
                self._deliver()
            self._pipeline.streams.note_standings()

    async def stop(self) -> None:
        """Let what is under way finish for a moment; what does not is repeated at the next start."""
        self._stopping = True
        tasks = list(self._running.values())
        if tasks:
            for task in tasks:
                if not task.get_name().startswith("deliver"):
                    task.cancel()
            await asyncio.wait(tasks, timeout=STOP_PATIENCE_S)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _summary(self) -> str:
        row = self._store.row(
            "select (select count(*) from feeds where state = 'ok') as ok, (select count(*) from feeds) as feeds,"
            " (select count(*) from alerts) as alerts,"
            " (select count(*) from deliveries where state = 'pending') as pending"
        )
        assert row is not None
        return f"{row['ok']} of {row['feeds']} feeds ok, {row['alerts']} alerts, {row['pending']} deliveries pending"


def run_daemon(config: Path) -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean stop."""
    start_logging()
    settings = read_settings(config)
    _require_model(settings)
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> int:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with open_store(settings.state) as store:
        _start(store, settings)
        async with Poller(settings, store) as poller:
            daemon = Daemon(settings, store, poller)
            # misfire_grace_time None: a late tick still runs (the default of one second drops it silently)
            scheduler = AsyncIOScheduler(
                timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
            )
            scheduler.add_job(daemon.tick, "interval", seconds=TICK_S, next_run_time=utcnow())
            scheduler.start()
            systemd.notify("READY=1", "STATUS=started")
            log.info("started version=%s feeds=%d state=%s", __version__, len(settings.feeds), settings.state)
            await stop.wait()
            systemd.notify("STOPPING=1")
            log.info("stopping")
            scheduler.shutdown(wait=False)
            await daemon.stop()
    log.info("stopped")
    return 0


def run_once(settings: Settings, *, everything: bool) -> int:
    """One pass over what is due; 1 where a feed or a delivery failed, else 0."""
    start_logging(logging.WARNING)
    _require_model(settings)
    return asyncio.run(_once(settings, everything=everything))


async def _once(settings: Settings, *, everything: bool) -> int:
    with open_store(settings.state) as store:
        _start(store, settings)
        async with Poller(settings, store) as poller:
            results = await poller.poll_due(everything=everything)
        pipeline = Pipeline(settings, store)
        alerts = 0
        while batch := pipeline.next_batch():
            alerts += len(pipeline.settle(pipeline.read(batch)))
        pipeline.streams.note_standings()
        sent = await Courier(settings, store).deliver_due()
        failed = [result for result in results if not result.ok]
        waiting = store.row("select count(*) as n from deliveries where state = 'pending' and attempts > 0")
        new = sum(result.new for result in results)
        print(
            f"{len(results)} feeds polled, {len(failed)} failed, {new} new stories, {alerts} alerts, {sent} delivered"
        )
        for result in failed:
            print(f"feed {result.feed_id}: {result.reason}", file=sys.stderr)
        unsent = int(waiting["n"]) if waiting else 0
        if unsent:
            print(f"{unsent} deliveries failed and will be tried again: `monitor alerts --failed`", file=sys.stderr)
        return 1 if failed or unsent else 0


def _start(store: Store, settings: Settings) -> None:
    """What every start does: note the configuration, and see how long we were away."""
    register(store, settings, utcnow())
    away = note_start(store, utcnow(), settings.delivery.catch_up_after)
    if away:
        log.warning("away for %s: what came meanwhile is told in one summary", away)


def _require_model(settings: Settings) -> None:
    from .reading.pipelines import require_model

    require_model(settings.model)
