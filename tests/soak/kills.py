"""Kills the real `monitor run` at named places and at random moments, starts it again, and counts what got lost.

Each run starts from a database that knows its feeds, lets new stories appear, kills the process one to three times and
then lets it finish. A story is lost if some channel never showed its link; a message that came twice counts as outside
the one permitted cell unless the process died after the channel had accepted it and before that was noted, and both
carry the same id.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

from monitor.failpoints import POINTS

from .kills_run import Outcome, Run, start_monitor, write_config
from .kills_world import STORIES, World

# The places that the way of a story passes in every run.
STORY_POINTS = ("poll", "polled", "match", "read", "alert", "settled", "sending", "accepted", "noted")
# Those beside it.
OTHER_POINTS = ("reload", "backup")
# Those that one process passes several times.
REPEATED = ("poll", "polled", "alert", "sending", "accepted", "noted")
# The random moments lie within this share of the time that an undisturbed run takes on this machine.
MOMENTS = 1.2
# How often progress is told, in seconds.
TELL_EVERY_S = 30.0


def make_template(world: World, folder: Path) -> Path:
    """A database that has taken in its feeds once, so that whatever comes now is news."""
    folder.mkdir()
    write_config(world, folder, "template")
    code = start_monitor(folder, "poll").wait()
    if code:
        raise RuntimeError(f"the first poll ended with {code}: {(folder / 'log').read_text()}")
    with closing(sqlite3.connect(folder / "monitor.db")) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    return folder / "monitor.db"


def undisturbed_s(world: World, folder: Path, template: Path) -> float:
    """How long a run takes from its start to the last message on this machine, in seconds."""
    run = Run(world, folder / "undisturbed", template, "undisturbed")
    run.links = [world.publish(run.name, index) for index in range(len(STORIES))]
    started = time.monotonic()
    run.finish()
    if run.outcome.lost or run.outcome.faults:
        raise RuntimeError(f"an undisturbed run fails: {run.outcome} {run.log()}")
    return time.monotonic() - started


def one_run(world: World, folder: Path, template: Path, number: int, seed: int, longest_s: float) -> Outcome:
    """Stories appear, one to three kills come, the rest appears, and it is let finish."""
    rng = random.Random(f"{seed}:{number}")
    run = Run(world, folder / f"run{number}", template, f"run{number}")
    order = rng.sample(range(len(STORIES)), len(STORIES))
    first = rng.randint(1, 3)
    run.links += [world.publish(run.name, index) for index in order[:first]]
    # Every second run starts with a named place, in turn; the other kills come at random moments or places.
    places = (*STORY_POINTS, *OTHER_POINTS)
    points: list[str | None] = [places[number // 2 % len(places)] if number % 2 == 0 else None]
    points += [rng.choice((*STORY_POINTS, None, None)) for _ in range(rng.choice((0, 0, 0, 1)))]
    for place, point in enumerate(points):
        run.kill(point, rng.uniform(0.0, longest_s), rng.choice((1, 2)) if place and point in REPEATED else 1)
        if place == 0:
            run.links += [world.publish(run.name, index) for index in order[first:]]
    run.finish()
    if not (run.outcome.lost or run.outcome.outside or run.outcome.faults):
        shutil.rmtree(run.folder)
    world.forget(run.name)
    return run.outcome


def kill_runs(runs: int, seed: int, jobs: int) -> dict[str, object]:
    """So many runs; what the contract prints. Progress goes to the standard error."""
    total = Outcome()
    folder = Path(tempfile.mkdtemp(prefix="monitor-kills-"))
    with World() as world, ThreadPoolExecutor(jobs) as pool:
        template = make_template(world, folder / "template")
        longest_s = MOMENTS * undisturbed_s(world, folder, template)
        started = told_at = time.monotonic()
        waiting = [pool.submit(one_run, world, folder, template, number, seed, longest_s) for number in range(runs)]
        for done, finished in enumerate(as_completed(waiting), start=1):
            outcome = finished.result()
            total.kills += outcome.kills
            total.lost += outcome.lost
            total.duplicates += outcome.duplicates
            total.outside += outcome.outside
            total.faults += outcome.faults
            now = time.monotonic()
            if now - told_at >= TELL_EVERY_S or done == runs or outcome.lost or outcome.outside or outcome.faults:
                told_at = now
                _tell(total, done, runs, now - started)
    if not (total.lost or total.outside or total.faults):
        shutil.rmtree(folder)
    points = Counter(total.kills)
    return {
        "runs": runs,
        "lost": len(total.lost),
        "duplicates": total.duplicates,
        "duplicates_outside_cell": total.outside,
        "points": dict(sorted(points.items())),
        "faults": sorted(total.faults),
        "lost_stories": sorted(total.lost),
        "seed": seed,
        "minutes": round((time.monotonic() - started) / 60, 1),
    }


def _tell(total: Outcome, done: int, runs: int, took_s: float) -> None:
    """One line of progress: rate, time to go, and what was found so far."""
    left_min = took_s / done * (runs - done) / 60
    print(
        f"{done}/{runs} runs, {60 * done / took_s:.1f} a minute, {left_min:.0f} min to go:"
        f" {len(total.kills)} kills, {len(total.lost)} lost, {total.duplicates} repeated,"
        f" {total.outside} of them outside the cell, {len(total.faults)} faults",
        file=sys.stderr,
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """`python -m tests.soak kills`: 0 where nothing was lost and nothing came twice that should not."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="runs beside each other")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    result = kill_runs(chosen.runs, chosen.seed, chosen.jobs)
    if chosen.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for key, value in result.items():
            print(f"{key:26}{value}")
    return 1 if result["lost"] or result["duplicates_outside_cell"] or result["faults"] else 0


assert {*STORY_POINTS, *OTHER_POINTS} <= set(POINTS)
