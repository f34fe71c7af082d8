"""The acceptance table of the shift detector: every demand as a row, on seeded worlds, in two processes."""

from __future__ import annotations

import importlib.util
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from . import shift_cells as cells
from . import shift_cells_life as life
from .shift_cells import Row

# A job: which cell, and what it is called with after the seed. Sizes by `effort` 1 (the table) or less (a quick look).
Job = tuple[str, Callable[..., list[Row]], tuple[Any, ...]]
PROCESSES = 2
KNOBS = (0.5, 1.0, 2.0)


def jobs(effort: float = 1.0) -> list[Job]:
    """All cells, the long ones first so that both processes end together."""

    def n(full: int) -> int:
        return max(4, round(full * effort))

    found: list[Job] = []
    for rate, drift in ((10.0, 0.4), (10.0, 0.0), (2.0, 0.4)):
        found.append(("calibration", life.foreign_world, (rate, n(16 if rate > 5 else 32), drift)))
    for rate in (10.0, 2.0, 0.3):
        found.append(("false alarms", cells.false_alarms, (rate, n(40 if rate > 5 else 60), "balanced", KNOBS)))
    for rate in (10.0, 2.0):
        found += [
            ("trouble", cells.trouble, (rate, n(150))),
            ("late items", life.late_items, (rate, n(6 if rate > 5 else 16), n(120))),
            ("head start", cells.head_start, (rate, n(200))),
            ("oracle", life.against_oracle, (rate, n(30), n(250))),
            ("cold start", cells.cold_start, (rate, n(180))),
            ("false alarms", cells.false_alarms, (rate, n(40), "balanced", (1.0,), 0.30)),
            ("false alarms", cells.false_alarms, (rate, n(30), "hawkish", (1.0,))),
            ("false alarms", cells.false_alarms, (rate, n(30), "quiet", (1.0,))),
        ]
        found += [("delay", cells.delay, (rate, size, n(300))) for size in ("large", "medium", "large, volume x5")]
    found.append(("delay", cells.delay, (0.3, "large", n(300))))
    found += [("timelines", cells.timelines, (rate, n(60))) for rate in (10.0, 2.0, 0.3)]
    found += [("restarts", life.restarts, (2.0, n(60))), ("replay", cells.replay_cost, ())]
    return found


def _run(job: tuple[int, int, float, str]) -> tuple[int, list[Row], float]:
    place, seed, effort, _ = job
    _, cell, arguments = jobs(effort)[place]
    start = time.perf_counter()
    return place, cell(seed, *arguments), time.perf_counter() - start


def acceptance(
    seed: int,
    effort: float = 1.0,
    processes: int = PROCESSES,
    rivals: bool | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """The table as one object: `acceptance` rows, `rivals` rows (None without the `lab` extra), seconds, counts."""
    start = time.perf_counter()
    todo = [(place, seed, effort, job[0]) for place, job in enumerate(jobs(effort))]
    found: dict[int, list[Row]] = {}
    for place, rows, seconds in _spread(_run, todo[:-1], processes):
        found[place] = rows
        progress(f"{todo[place][3]}: {rows[0].name} ({seconds:.0f} s)")
    place, rows, _ = _run(todo[-1])  # the replay is timed with the machine to itself
    found[place] = rows
    table = [row for place in sorted(found) for row in found[place]]
    wanted = rivals if rivals is not None else importlib.util.find_spec("river") is not None
    beside = None
    if wanted:
        from .shift_rivals import compare

        beside = compare(seed, effort, progress)
    return {
        "seed": seed,
        "acceptance": [row.json() for row in table],
        "ok": sum(row.ok for row in table),
        "point_ok": sum(row.point_ok for row in table),
        "stretch_met": sum(row.stretch_met for row in table),
        "rows": len(table),
        "rivals": beside,
        "seconds": round(time.perf_counter() - start, 1),
    }


def _spread(work: Callable[[Any], Any], todo: Sequence[Any], processes: int) -> Any:
    if processes <= 1:
        yield from map(work, todo)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        pending = [pool.submit(work, job) for job in todo]
        for future in pending:
            yield future.result()
