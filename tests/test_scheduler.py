"""Promises of the daemon's scheduler: a clock that is set, or a tick that is missed, does not stop the work."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import daemon as clockwork


class Ticker:
    """What the scheduler calls."""

    def __init__(self) -> None:
        self.ticked = asyncio.Event()
        self.ticked_at = time.monotonic()
        self.jumps: list[float] = []

    async def tick(self) -> None:
        self.ticked.set()
        self.ticked_at = time.monotonic()

    def clock_jumped(self, jump_s: float, apart_s: float) -> None:
        self.jumps.append(jump_s)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "LOOK_S", 0.05)


def await_tick(ticker: Ticker, put_off: timedelta) -> None:
    """The job's next time is moved away, as a clock set back does; returns when it ticks all the same."""

    async def run() -> None:
        scheduler = AsyncIOScheduler(timezone=UTC)
        clockwork._schedule(scheduler, ticker)  # type: ignore[arg-type]
        scheduler.start()
        scheduler.get_job("tick").modify(next_run_time=datetime.now(UTC) + put_off)
        looking = asyncio.create_task(clockwork._look_after(scheduler, ticker))  # type: ignore[arg-type]
        async with asyncio.timeout(30):
            await ticker.ticked.wait()
        looking.cancel()
        scheduler.shutdown(wait=False)

    asyncio.run(run())


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, 2_592_000.0, -2_592_000.0])
def test_after_a_jump_of_the_clock_the_next_tick_comes_at_once(monkeypatch: pytest.MonkeyPatch, jump_s: float) -> None:
    jumps = iter([jump_s])
    monkeypatch.setattr(clockwork.ClockWatch, "jump_s", lambda _: next(jumps, 0.0))
    ticker = Ticker()
    await_tick(ticker, timedelta(days=40))
    assert ticker.jumps == [jump_s]


def test_a_scheduler_that_has_stalled_is_given_its_job_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "TICK_MISSED_S", 0.2)
    ticker = Ticker()
    await_tick(ticker, timedelta(days=40))
    assert ticker.jumps == []
