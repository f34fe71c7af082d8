"""The clock: what runs when. `run_daemon` until told to stop, `run_once` for cron."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from . import __version__, systemd
from .alerts.followed import Follower
from .alerts.outbox import Courier
from .alerts.rounds import Rounds
from .alerts.tell import LAST_TICK_NOTE, note_start
from .clock import from_text, to_text, utcnow
from .clockwatch import ClockWatch, follow_jump, follow_jump_while_away
from .config import Settings, read_settings
from .failpoints import reach
from .feeds import extractor
from .feeds.records import FeedConfig
from .logs import start_logging
from .metrics import Exporter
from .pipeline import Pipeline
from .poll import Poller
from .progress import STALLED_AFTER_S, Progress
from .reload import CONFIG_FAULT_NOTE, NotInUse, read_anew
from .store.connect import DatabaseError, Row, Store, open_store
from .store.prune import prune_steps
from .store.register import register
from .store.safety import require_sound
from .threads import in_thread

log = logging.getLogger("monitor.daemon")

# How often the database is asked which feeds and deliveries are due, in seconds.
TICK_S = 5
# How often the clocks are compared and the scheduler is looked after, in seconds.
LOOK_S = 5.0
# So long without a tick, the scheduler is given its job anew, in seconds.
TICK_MISSED_S = 6 * TICK_S
# How long a stop waits for what is under way (a mail being sent) before it is left to be repeated, in seconds.
STOP_PATIENCE_S = 6.0
# A fault of the database that lasts is told again after this long, in seconds.
FAULT_AGAIN_S = 60.0
# How often what is old is forgotten, and the note of when that was done last.
PRUNE_EVERY = timedelta(days=1)
PRUNED_NOTE = "pruned_at"


class Daemon:
    """One tick asks what is due; polling, reading and each channel's delivery then go on beside each other."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._progress = Progress()
        self._poller = Poller(settings, store)
        self._pipeline = Pipeline(settings, store)
        self._courier = Courier(settings, store)
        self._rounds = Rounds(settings, store)
        self._follower = Follower(settings.follow, settings.contact, settings.state)
        self._exporter = Exporter(store)
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._stopping = False
        self._fault = ""
        self._told_faults: dict[str, float] = {}
        self.ticked_at = time.monotonic()

    async def __aenter__(self) -> Daemon:
        await self._poller.__aenter__()
        await self._exporter.listen(self._settings.metrics.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._exporter.close()
        await self.stop()
        await self._poller.__aexit__(kind, error, tb)

    async def tick(self) -> None:
        """Start whatever is due and not yet under way; tell the service manager that we live, if all parts get on."""
        if self._stopping:
            return
        self.ticked_at = time.monotonic()
        try:
            if not any(name.startswith(("poll:", "articles:")) for name in self._running):
                await self._poller.close_retired()
            for row, config in self._poller.due():
                self._begin(f"poll:{config.id}", lambda row=row, config=config: self._poll(row, config), watched=False)  # type: ignore[misc]
            self._begin("read", self.read_waiting)
            self._fetch_articles()
            self._begin("rounds", self._go_round)
            self._deliver()
            if self._follower.due(self._store):
                self._begin("follow", self._write_followed)
            if self._prune_due():
                self._begin("prune", self._prune)
            with self._store.write():
                self._store.note(LAST_TICK_NOTE, to_text(utcnow()))
            summary = self._summary()
            self._exporter.write(self._settings.metrics.textfile)
            stalls = [stall for stall in self._progress.stalls() if not self._delivered_lately(stall.part)]
        except DatabaseError as error:  # what fails is tried again at the next tick: nothing is dropped meanwhile
            self._tell_fault("tick", error)
            summary, stalls = str(error), self._progress.stalls()
        for stall in stalls:
            log.error("stalled part=%s for_s=%.0f; the watchdog is no longer fed", stall.part, stall.for_s)
        if stalls:
            systemd.notify(f"STATUS=stalled: {', '.join(stall.part for stall in stalls)}")
        else:
            systemd.notify("WATCHDOG=1", f"STATUS={summary}")

    async def _poll(self, row: Row, config: FeedConfig) -> None:
        """Poll one feed, however long it takes: the others do not wait. What it brought is read at once."""
        if (await self._poller.poll_safely(row, config)).new:
            self._begin("read", self.read_waiting)

    def _fetch_articles(self) -> None:
        """Fetch the articles that stories wait for, if any; each story is read as soon as its own is there. Like a poll
        it has a deadline of its own and may wait for a host's turn, so it is not watched for stalls."""

        def came() -> None:
            self._begin("read", self.read_waiting)

        for host in self._poller.article_hosts():
            self._begin(f"articles:{host}", lambda host=host: self._poller.fetch_articles(host, came), watched=False)  # type: ignore[misc]

    async def _go_round(self) -> None:
        """Let out what was held, look at our own health; what comes of it is delivered at once."""
        if await self._rounds.go(well=not self._progress.stalls()):
            self._deliver()

    def _deliver(self) -> None:
        for channel in self._settings.channels:
            self._begin(f"deliver:{channel}", lambda channel=channel: self._courier.deliver_channel(channel))  # type: ignore[misc]

    async def _write_followed(self) -> None:
        """The files for tools that follow the alerts, written beside the other work."""
        follower = self._follower
        await in_thread(lambda: follower.write(utcnow()), "follow")

    def _prune_due(self) -> bool:
        noted = self._store.noted(PRUNED_NOTE)
        return not noted or abs(utcnow() - from_text(noted)) >= PRUNE_EVERY

    async def _prune(self) -> None:
        """Forget what is old enough, a step at a time between the other work."""
        counts: Counter[str] = Counter()
        for name, count in prune_steps(self._store, self._settings.retention, utcnow()):
            counts[name] += count
            self._progress.made("prune")
            await asyncio.sleep(0)
        with self._store.write():
            self._store.note(PRUNED_NOTE, to_text(utcnow()))
        if counts:
            log.info("pruned %s", " ".join(f"{name}={count}" for name, count in sorted(counts.items())))

    def _delivered_lately(self, part: str) -> bool:
        """Whether a channel's long round of deliveries gets on: each attempt it ended is in the database."""
        name, _, channel = part.partition(":")
        if name != "deliver":
            return False
        since = to_text(utcnow() - timedelta(seconds=STALLED_AFTER_S))
        found = self._store.row(
            "select 1 from attempts a join deliveries d on d.id = a.delivery_id where d.channel = ? and a.at > ? limit 1",
            (channel, since),
        )
        return found is not None

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, Any]], *, watched: bool = True) -> None:
        """Start a part unless it is under way. A poll is not watched for stalls: it has a total deadline of its own, and
        may wait long for its host's turn."""
        if name not in self._running:
            task = asyncio.get_running_loop().create_task(self._guarded(name, work, watched), name=name)
            self._running[name] = task
            task.add_done_callback(lambda _: self._running.pop(name, None))

    async def _guarded(self, name: str, work: Callable[[], Coroutine[Any, Any, Any]], watched: bool) -> None:
        """One part's fault is told and tried again at the next tick; the others go on."""
        if watched:
            self._progress.made(name)
        try:
            await work()
        except DatabaseError as error:
            self._tell_fault(name.partition(":")[0], error)
        except Exception:
            log.exception("part-failed part=%s; it is tried again at the next tick", name)
        finally:
            self._progress.ended(name)

    def _tell_fault(self, part: str, error: DatabaseError) -> None:
        """A database that stays full or locked is one line in the log each minute, not one at every tick."""
        systemd.notify(f"STATUS={error}")
        now, text = time.monotonic(), f"{part} {error}"
        if now - self._told_faults.get(text, -FAULT_AGAIN_S) >= FAULT_AGAIN_S:
            self._told_faults[text] = now
            log.error("database-fault part=%s %s", part, error)

    async def read_waiting(self) -> None:
        """Match, read and judge all new stories, batch by batch."""
        while batch := self._pipeline.next_batch():
            pipeline = self._pipeline
            read = await in_thread(lambda pipeline=pipeline, batch=batch: pipeline.read(batch), "reading")  # type: ignore[misc]
            self._progress.made("read")
            if pipeline is not self._pipeline:
                continue  # the watchlists changed meanwhile: read it anew
            if pipeline.settle(read):
                reach("settled")
                self._deliver()
            pipeline.streams.note_standings()
        self._fetch_articles()

    async def reload(self) -> bool:
        """Read the configuration anew and work by it from now on; False where it is not sound and the old one stays.

        What is under way goes on undisturbed: a poll ends by the old settings, a batch being read is read again.
        """
        systemd.notify(
            "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", "STATUS=reading the configuration"
        )
        try:
            settings = await in_thread(lambda: read_anew(self._settings), "reload")
            reach("reload")
            register(self._store, settings, utcnow())
        except (NotInUse, DatabaseError) as error:
            self._fault = f"configuration not in use: {error}"
            for line in str(error).splitlines():
                log.error("reload-refused %s", line)
        else:
            self._fault = ""
            self._settings = settings
            self._poller.change(settings)
            self._pipeline = self._pipeline.changed(settings)
            self._courier = Courier(settings, self._store)
            self._rounds = Rounds(settings, self._store)
            self._follower = Follower(settings.follow, settings.contact, settings.state)
            log.info("reloaded feeds=%d watchlists=%d channels=%d",
                     len(settings.feeds), len(settings.watchlists), len(settings.channels))  # fmt: skip
        self._note_fault()
        systemd.notify("READY=1", f"STATUS={self._fault.splitlines()[0] if self._fault else 'reloaded'}")
        return not self._fault

    def _note_fault(self) -> None:
        try:
            with self._store.write():
                self._store.note(CONFIG_FAULT_NOTE, self._fault)
        except DatabaseError as error:
            self._tell_fault("reload", error)

    def clock_jumped(self, jump_s: float, apart_s: float) -> None:
        """The wall clock was set at most `apart_s` ago: what waits by it moves along, and the streams are derived anew."""
        log.warning("clock-jumped by_s=%+.0f", jump_s)
        try:
            follow_jump(self._store, timedelta(seconds=jump_s), utcnow(), timedelta(seconds=apart_s + 1.0))
            with self._store.write():  # a clock set forward by mistake makes nothing old: see in a day
                self._store.note(PRUNED_NOTE, to_text(utcnow()))
        except DatabaseError as error:
            self._tell_fault("clock", error)
        self._pipeline = self._pipeline.changed(self._settings)

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
        fault = f"{self._fault.splitlines()[0]}; " if self._fault else ""
        return (
            fault
            + f"{row['ok']} of {row['feeds']} feeds ok, {row['alerts']} alerts, {row['pending']} deliveries pending"
        )


def run_daemon(config: Path) -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean stop."""
    start_logging()
    early: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _: early.append(number))  # asked for a reload before we can
    settings = read_settings(config)
    _require_model(settings)
    return asyncio.run(_run(settings, early))


async def _run(settings: Settings, early: list[int]) -> int:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    if early:
        reload.set()
    with open_store(settings.state) as store:
        require_sound(store)
        _start(store, settings)
        async with Daemon(settings, store) as daemon:
            # misfire_grace_time None: a late tick still runs (the default of one second drops it silently)
            scheduler = AsyncIOScheduler(
                timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
            )
            _schedule(scheduler, daemon)
            scheduler.start()
            beside = [
                asyncio.create_task(_reload_when_told(daemon, reload), name="reload"),
                asyncio.create_task(_look_after(scheduler, daemon), name="look after"),
            ]
            systemd.notify("READY=1", "STATUS=started")
            log.info("started version=%s feeds=%d state=%s", __version__, len(settings.feeds), settings.state)
            await stop.wait()
            systemd.notify("STOPPING=1")
            log.info("stopping")
            for task in beside:
                task.cancel()
            scheduler.shutdown(wait=False)
    log.info("stopped")
    return 0


def _schedule(scheduler: Any, daemon: Daemon) -> None:
    scheduler.add_job(daemon.tick, "interval", seconds=TICK_S, next_run_time=utcnow(), id="tick", replace_existing=True)


async def _reload_when_told(daemon: Daemon, told: asyncio.Event) -> None:
    while True:
        await told.wait()
        told.clear()
        await daemon.reload()


async def _look_after(scheduler: Any, daemon: Daemon) -> None:
    """The scheduler counts by the wall clock: after a jump, or where it missed its time, it gets its job anew."""
    watch = ClockWatch()
    while True:
        await asyncio.sleep(LOOK_S)
        jump_s = watch.jump_s()
        if jump_s:
            daemon.clock_jumped(jump_s, watch.apart_s)
        missed_s = time.monotonic() - daemon.ticked_at
        if jump_s or missed_s > TICK_MISSED_S:
            if not jump_s:
                log.warning("tick-missed for_s=%.0f; scheduled anew", missed_s)
            _schedule(scheduler, daemon)


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
            alerts = _read_all(pipeline)
            if await poller.fetch_articles():
                alerts += _read_all(pipeline)
        pipeline.streams.note_standings()
        await Rounds(settings, store).go()
        sent = await Courier(settings, store).deliver_due()
        follower = Follower(settings.follow, settings.contact, settings.state)
        if follower.due(store):
            follower.write(utcnow())
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


def _read_all(pipeline: Pipeline) -> int:
    """Read and judge what waits; returns how many alerts came of it."""
    alerts = 0
    while batch := pipeline.next_batch():
        alerts += len(pipeline.settle(pipeline.read(batch)))
    return alerts


def _start(store: Store, settings: Settings) -> None:
    """What every start does: see whether the clock was set back, note the configuration, see how long we were away."""
    if any(feed.full_text for feed in settings.feeds) and not extractor.available():
        log.warning("extractor-missing; full text is off. %s", extractor.MEND)
    jump = follow_jump_while_away(store, utcnow())
    if jump:
        log.warning("clock-jumped by_s=%+.0f while away", jump.total_seconds())
    with store.write():
        store.note(CONFIG_FAULT_NOTE, "")
    register(store, settings, utcnow())
    away = note_start(store, utcnow(), settings.delivery.catch_up_after)
    if away:
        log.warning("away for=%s; what came meanwhile is told in one summary", away)


def _require_model(settings: Settings) -> None:
    from .reading.pipelines import require_model

    require_model(settings.model)
