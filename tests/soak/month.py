"""A simulated month: many feeds with faults switched on and off, a webhook that fails in some hours, and a kill a day.

The process under trial goes the daemon's own steps on a simulated clock (`month_worker`). One story a day must be told;
it is lost if no accepted message shows its link, and told twice if one alert was accepted more than once, which is
permitted only where the process died after the webhook had accepted and before that was noted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .kills_world import WATCHLISTS
from .month_world import START, World

# What a process says it weighs: memory_mb, database_mb, descriptors, and the simulated time `at`.
Weight = dict[str, Any]
ROOT = Path(__file__).parents[2]
POINTS = ("poll", "polled", "match", "read", "alert", "settled", "sending", "accepted", "noted")
# How long one simulated day may take, in seconds, before the trial counts as stuck.
PATIENCE_S = 3600.0
# What counts as bounded: by how much a process may grow in its life, in MB; how many descriptors it may gain; and by what
# factor a day of the last third may add more to the database than a day of the second (the first is filling up).
GROWTH_MB, GAINED_DESCRIPTORS, QUICKENING = 64.0, 8, 1.25


def month(feeds: int, days: int, seed: int, say: Callable[[str], None] = lambda _: None) -> dict[str, object]:
    """Live through it; what the contract prints. `say` is told after each day how far it is."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-month-"))
    began, kills, cell, faults = time.monotonic(), [], set(), []
    lives: list[list[Weight]] = []
    rng = random.Random(seed)
    with World(feeds, days, seed) as world:
        _write_config(folder, world)
        for day in range(1, days + 1):
            point = rng.choice(POINTS)
            count = rng.randint(1, 20) if point in ("poll", "polled") else 1
            end = START + timedelta(days=day)
            if day > 1:  # the first day takes in what is there
                code, seen = _live(folder, world, end, f"{point}:{count}")
                lives.append(seen)
                if code not in (0, -9):
                    faults.append(f"day {day} ended with {code} before {point}: {_end_of_log(folder)}")
                if code == -9:
                    kills.append(point)
                    cell |= set(world.accepted) - _sent(folder / "monitor.db")
            world.calm = day == days
            code, seen = _live(folder, world, end + timedelta(hours=8 * (day == days)))
            lives.append(seen)
            if code:
                faults.append(f"day {day} ended with {code}: {_end_of_log(folder)}")
                break
            say(_progress(day, days, world.requests, time.monotonic() - began, seen[-1]))
        lost = [day for _, _, day in world.told if not any(world.link(day) in text for text in world.texts)]
        twice = {alert: count - 1 for alert, count in world.accepted.items() if count > 1}
        requests = world.requests
    faults += unbounded(lives)
    if not (lost or faults):
        shutil.rmtree(folder)
    return {
        "feeds": feeds,
        "days": days,
        "polls": requests,
        "told": len(world.told),
        "lost": len(lost),
        "duplicates": sum(twice.values()),
        "duplicates_outside_cell": sum(count for alert, count in twice.items() if alert not in cell),
        "kills": len(kills),
        "points": dict(sorted(Counter(kills).items())),
        **_figures([weight for life in lives for weight in life]),
        "seconds": round(time.monotonic() - began),
        "faults": faults,
        "seed": seed,
    }


def _write_config(folder: Path, world: World) -> None:
    (folder / "lists").mkdir()
    for name, names in WATCHLISTS.items():
        text = f"id: {name}\nname: {name}\n{names}\nsignal: {{strength: 1}}\n"
        (folder / "lists" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "monitor.yaml").write_text(world.config(), encoding="utf-8")


def _progress(day: int, days: int, polls: int, spent_s: float, weight: Weight) -> str:
    left = spent_s / day * (days - day)
    return (
        f"day {day}/{days}  {polls} polls, {polls / spent_s:.0f}/s  memory {weight['memory_mb']} MB  "
        f"database {weight['database_mb']} MB  descriptors {weight['descriptors']}  about {left / 60:.0f} min left"
    )


def _figures(weights: list[Weight]) -> dict[str, object]:
    memory, descriptors, sizes = ([w[key] for w in weights] for key in ("memory_mb", "descriptors", "database_mb"))
    if not weights:
        return {}
    return {
        "memory_mb": {"first": memory[0], "last": memory[-1], "most": max(memory)},
        "database_mb": {"first": sizes[0], "last": sizes[-1]},
        "descriptors": {"first": descriptors[0], "last": descriptors[-1], "most": max(descriptors)},
    }


def unbounded(lives: list[list[Weight]]) -> list[str]:
    """What grew without bound: a process in its life, its descriptors, or the database faster and faster."""
    found = []
    for life in (life for life in lives if len(life) > 1):
        grown, gained = (life[-1][key] - life[0][key] for key in ("memory_mb", "descriptors"))
        if grown > GROWTH_MB:
            found.append(f"a process grew by {grown:.0f} MB until {life[-1]['at']}")
        if gained > GAINED_DESCRIPTORS:
            found.append(f"a process gained {gained:.0f} descriptors until {life[-1]['at']}")
    sizes = [life[-1]["database_mb"] for life in lives if life]
    third = len(sizes) // 3
    if third > 1:
        second, last = sizes[2 * third - 1] - sizes[third - 1], sizes[-1] - sizes[-1 - third]
        if last > QUICKENING * second + 1.0:
            found.append(f"the database grew by {second:.1f} MB in the second third and by {last:.1f} MB in the last")
    return found


def _live(folder: Path, world: World, end: datetime, point: str = "") -> tuple[int, list[Weight]]:
    """One process until a moment, made to die at a place if one is named; its exit code and what it said it weighs."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
    environment["PYTHONPATH"] = str(ROOT)
    if point:
        environment["MONITOR_FAILPOINT"] = point
    command = [sys.executable, "-m", "tests.soak.month_worker", str(folder / "monitor.yaml"), end.isoformat()]
    with (folder / "log").open("ab") as log:
        done = subprocess.run(
            [*command, str(world.port)], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def _end_of_log(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8", errors="replace")[-800:]


def _sent(database: Path) -> set[str]:
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        return {row[0] for row in connection.execute("select alert_id from deliveries where state = 'sent'")}


def main(arguments: list[str]) -> int:
    """`python -m tests.soak month`: 0 where nothing was lost and nothing came twice that should not."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak month", description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    result = month(chosen.feeds, chosen.days, chosen.seed, say=lambda line: print(line, file=sys.stderr, flush=True))
    if chosen.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for key, value in result.items():
            print(f"{key:26}{value}")
    return 1 if result["lost"] or result["duplicates_outside_cell"] or result["faults"] else 0
