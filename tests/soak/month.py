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
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from .kills_world import WATCHLISTS
from .month_world import START, World

ROOT = Path(__file__).parents[2]
POINTS = ("poll", "polled", "match", "read", "alert", "settled", "sending", "accepted", "noted")
# How long one simulated day may take, in seconds, before the trial counts as stuck.
PATIENCE_S = 1800.0


def month(feeds: int, days: int, seed: int, say: bool = False) -> dict[str, object]:
    """Live through it; what the contract prints."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-month-"))
    began, kills, cell, weights, faults = time.monotonic(), [], set(), [], []
    rng = random.Random(seed)
    with World(feeds, days, seed) as world:
        (folder / "lists").mkdir()
        for name, names in WATCHLISTS.items():
            text = f"id: {name}\nname: {name}\n{names}\nsignal: {{strength: 1}}\n"
            (folder / "lists" / f"{name}.yaml").write_text(text, encoding="utf-8")
        (folder / "monitor.yaml").write_text(world.config(), encoding="utf-8")
        for day in range(1, days + 1):
            point = rng.choice(POINTS)
            count = rng.randint(1, 20) if point in ("poll", "polled") else 1
            end = START + timedelta(days=day)
            if day > 1:  # the first day takes in what is there
                code, seen = _live(folder, world, end, f"{point}:{count}")
                weights += seen
                if code not in (0, -9):
                    faults.append(f"day {day} ended with {code} before {point}: {_end_of_log(folder)}")
                if code == -9:
                    kills.append(point)
                    cell |= set(world.accepted) - _sent(folder / "monitor.db")
            world.calm = day == days
            code, seen = _live(folder, world, end + timedelta(hours=8 * (day == days)))
            weights += seen
            if code:
                faults.append(f"day {day} ended with {code}: {_end_of_log(folder)}")
                break
            if say:
                print(f"\rday {day}/{days} {weights[-1]}", end="", file=sys.stderr)
        lost = [day for _, _, day in world.told if not any(world.link(day) in text for text in world.texts)]
        twice = {alert: count - 1 for alert, count in world.accepted.items() if count > 1}
        requests = world.requests
    if say:
        print(file=sys.stderr)
    if not (lost or faults):
        shutil.rmtree(folder)
    memory, descriptors = [each["memory_mb"] for each in weights], [each["descriptors"] for each in weights]
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
        "memory_mb": {"first": memory[0], "last": memory[-1], "most": max(memory)} if memory else None,
        "database_mb": {"first": weights[0]["database_mb"], "last": weights[-1]["database_mb"]} if weights else None,
        "descriptors": {"first": descriptors[0], "last": descriptors[-1], "most": max(descriptors)}
        if weights
        else None,
        "seconds": round(time.monotonic() - began),
        "faults": faults,
        "seed": seed,
    }


def _live(folder: Path, world: World, end: datetime, point: str = "") -> tuple[int, list[dict[str, float]]]:
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
    result = month(chosen.feeds, chosen.days, chosen.seed, say=sys.stderr.isatty())
    if chosen.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for key, value in result.items():
            print(f"{key:26}{value}")
    return 1 if result["lost"] or result["duplicates_outside_cell"] or result["faults"] else 0
