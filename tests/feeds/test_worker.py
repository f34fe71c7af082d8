"""Parser processes: limited, replaced, let go."""

from __future__ import annotations

import asyncio
import os
import signal

from monitor.feeds.parse import parse
from monitor.feeds.worker import ParserPool, WorkerLimits
from tests.soak import hostile_bodies as bodies

# Seconds of CPU in feedparser's loose parser, and no fault that is recognised beforehand.
SLOW = bodies.HEADER + b"".join(b"<item><title>%d &bad <b></item>" % n for n in range(40_000)) + b"</rss>"


def test_a_worker_parses_as_the_parser_does() -> None:
    async def run() -> None:
        async with ParserPool(1) as pool:
            for body in (bodies.SOUND, bodies.ATOM, bodies.JSON_FEED, bodies.HTML, bodies.CUT_OFF, bodies.CP1256):
                assert await pool.parse(body, None, "https://news.example/") == parse(
                    body, None, "https://news.example/"
                )
            assert pool.started == 1

    asyncio.run(run())


def test_a_body_that_costs_too_much_is_stopped_and_the_next_one_served() -> None:
    async def run() -> None:
        async with ParserPool(1, WorkerLimits(cpu_s=0, wall_s=300)) as pool:
            stopped = await pool.parse(SLOW)
            assert stopped.kind == "unreadable"
            assert "CPU" in stopped.problems[0]
            assert (await pool.parse(bodies.SOUND)).kind == "rss"
            assert pool.died == 1

    asyncio.run(run())


def test_a_body_that_hangs_is_stopped_by_the_clock() -> None:
    async def run() -> None:
        async with ParserPool(1, WorkerLimits(wall_s=0.7)) as pool:
            await pool.parse(bodies.SOUND)
            stopped = await pool.parse(SLOW)
            assert "longer than" in stopped.problems[0]

    asyncio.run(run())


def test_memory_is_bounded() -> None:
    async def run() -> None:
        async with ParserPool(1, WorkerLimits(memory_bytes=120 * 1024 * 1024)) as pool:
            big = bodies.rss(0, *(bodies.item(n) for n in range(60_000)))
            assert (await pool.parse(big)).kind == "unreadable"
            assert (await pool.parse(bodies.SOUND)).kind == "rss"

    asyncio.run(run())


def test_a_worker_that_was_killed_is_replaced() -> None:
    async def run() -> None:
        async with ParserPool(1) as pool:
            await pool.parse(bodies.SOUND)
            os.kill(pool.pids[0], signal.SIGKILL)
            for _ in range(2):  # the death may be noticed only by the job that meets it
                parsed = await pool.parse(bodies.SOUND)
            assert parsed.kind == "rss"

    asyncio.run(run())


def test_idle_workers_are_let_go_and_tired_ones_renewed() -> None:
    async def run() -> None:
        async with ParserPool(1, WorkerLimits(idle_s=0.05, jobs=2)) as pool:
            for _ in range(3):
                await pool.parse(bodies.SOUND)
            assert pool.started == 2
            async with asyncio.timeout(10):
                while pool.pids:  # noqa: ASYNC110 (the pool tells nobody when it lets a worker go)
                    await asyncio.sleep(0.02)

    asyncio.run(run())


def test_a_cancelled_parse_leaves_no_process_behind() -> None:
    async def run() -> None:
        async with ParserPool(1) as pool:
            await pool.parse(bodies.SOUND)
            pid = pool.pids[0]
            task = asyncio.ensure_future(pool.parse(SLOW))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert pool.pids == []
            assert not os.path.exists(f"/proc/{pid}")

    asyncio.run(run())
