"""Kills the real `monitor run` at named places and at random moments, starts it again, and counts what got lost.

Each run starts from a database that knows its feeds, lets new stories appear, kills the process one to three times and
then lets it finish. A story is lost if some channel never showed its link; a message that came twice counts as outside
the one permitted cell unless the process died after the channel had accepted it and before that was noted, and both
carry the same id.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from monitor.failpoints import POINTS

from .kills_world import CHANNELS, STORIES, WATCHLISTS, World

ROOT = Path(__file__).parents[2]
# The places that the way of a story passes in every run.
STORY_POINTS = ("poll", "polled", "match", "read", "alert", "settled", "sending", "accepted", "noted")
# Those beside it.
OTHER_POINTS = ("reload", "backup")
# Those that one process passes several times.
REPEATED = ("poll", "polled", "alert", "sending", "accepted", "noted")
# How long a process may take to reach its end, in seconds, before the run counts as stuck.
PATIENCE_S = 240.0
# The random moments lie within this share of the time that an undisturbed run takes on this machine.
MOMENTS = 1.2


@dataclass
class Outcome:
    """What one run came to. `kills` names each kill, `point~` where it was not reached and a random one took its place."""

    kills: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicates: int = 0
    outside: int = 0
    faults: list[str] = field(default_factory=list)


class Run:
    """One run in a folder of its own."""

    def __init__(self, world: World, folder: Path, template: Path, name: str) -> None:
        self.world, self.folder, self.name = world, folder, name
        self.database = folder / "monitor.db"
        folder.mkdir()
        _write_config(world, folder, name)
        shutil.copyfile(template, self.database)
        self.outcome = Outcome()
        self.links: list[str] = []
        self.cell: set[tuple[str, str]] = set()

    def start(self, point: str | None = None) -> subprocess.Popen[bytes]:
        """The real process, made to die at a place if one is named."""
        return _monitor(self.folder, "run", point=point)

    def kill(self, point: str | None, moment_s: float, count: int = 1) -> None:
        """Start, let it die when it reaches the place for that time (or at the moment where none is named, or where it
        never gets there), and see what was in flight."""
        if point == "backup":
            self.kill_backup()
        process = self.start(f"{point}:{count}" if point and point != "backup" else None)
        place = point if point != "backup" else None
        until = time.monotonic() + (PATIENCE_S if place else moment_s)
        while process.poll() is None and time.monotonic() < until and not (place and self.settled(place)):
            if place == "reload" and self.ready(process):
                process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        name = place or "random"
        if process.poll() is None:
            process.kill()
            process.wait()
            name = f"{place}~" if place else "random"
        if process.returncode != -signal.SIGKILL:
            self.outcome.faults.append(f"{self.name}: ended with {process.returncode} at {name}: {self.log()}")
        self.outcome.kills.append(name)
        sent = {
            (row[0], row[1])
            for row in self.rows(
                "select channel, alert_id from deliveries where state = 'sent' and sent_at is not null"
            )
        }
        self.cell |= {(each.channel, each.alert_id) for each in list(self.world.delivered[self.name])} - sent

    def settled(self, place: str) -> bool:
        """Whether a place will not be reached any more: everything has arrived (a reload comes when we ask for it)."""
        return place != "reload" and self.arrived()

    def ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether a process has set up its handlers of signals."""
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return False
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        return bool(caught >> (signal.SIGHUP - 1) & 1)

    def kill_backup(self) -> None:
        """A backup dies half-way; the database it reads is none the worse."""
        target = self.folder / f"backup-{len(self.outcome.kills)}.db"
        code = _monitor(self.folder, "backup", str(target), point="backup").wait()
        if code != -signal.SIGKILL:
            self.outcome.faults.append(f"{self.name}: the backup ended with {code}: {self.log()}")
        self.outcome.kills.append("backup")

    def finish(self) -> None:
        """Let it run undisturbed until everything has arrived, stop it gently, and judge."""
        process = self.start()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and process.poll() is None and not self.arrived():
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code not in (0, -signal.SIGTERM):  # a process asked to stop before it is ready ends by the signal itself
            self.outcome.faults.append(f"{self.name}: a gentle stop ended with {code}: {self.log()}")
        self.judge()

    def arrived(self) -> bool:
        """Whether every story's link was seen on every channel and the database has nothing left to do."""
        if self.missing():
            return False
        left = self.rows(
            "select (select count(*) from deliveries where state = 'pending')"
            " + (select count(*) from stories where stage = 'new')"
        )
        return left[0][0] == 0

    def missing(self) -> list[str]:
        """The links that some channel has not shown, as `channel link`."""
        seen = list(self.world.delivered[self.name])
        return [
            f"{channel} {link}"
            for link in self.links
            for channel in CHANNELS
            if not any(each.channel == channel and link in each.text for each in seen)
        ]

    def judge(self) -> None:
        """Count what is lost, what came twice, and whether that was allowed."""
        outcome = self.outcome
        outcome.lost = self.missing()
        counts = Counter((each.channel, each.alert_id) for each in self.world.delivered[self.name])
        for key, count in counts.items():
            outcome.duplicates += count - 1
            ids = {each.stable_id for each in self.world.delivered[self.name] if (each.channel, each.alert_id) == key}
            if count > 1 and (key not in self.cell or len(ids) > 1):
                outcome.outside += count - 1
        for link in self.links:
            for channel in CHANNELS:
                alerts = {
                    e.alert_id for e in self.world.delivered[self.name] if e.channel == channel and link in e.text
                }
                outcome.outside += max(len(alerts) - 1, 0)  # the same story under two ids
        if self.rows("pragma integrity_check")[0][0] != "ok":
            outcome.faults.append(f"{self.name}: the database is not sound")

    def rows(self, sql: str) -> list[tuple]:  # type: ignore[type-arg]
        """What a query of the run's database finds."""
        with closing(sqlite3.connect(self.database, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def log(self) -> str:
        """The end of the process's log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-600:]


def _write_config(world: World, folder: Path, run: str) -> None:
    (folder / "monitor.yaml").write_text(world.config(run), encoding="utf-8")
    (folder / "lists").mkdir()
    for name, names in WATCHLISTS.items():
        text = f"id: {name}\nname: {name}\n{names}\nsignal: {{strength: 1}}\n"
        (folder / "lists" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _monitor(folder: Path, *command: str, point: str | None = None) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
    environment["PYTHONPATH"] = str(ROOT)
    if point:
        environment["MONITOR_FAILPOINT"] = point
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(folder / "monitor.yaml"), *command],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )


def make_template(world: World, folder: Path) -> Path:
    """A database that has taken in its feeds once, so that whatever comes now is news."""
    folder.mkdir()
    _write_config(world, folder, "template")
    code = _monitor(folder, "poll").wait()
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
    return run.outcome


def kill_runs(runs: int, seed: int, jobs: int, say: bool = False) -> dict[str, object]:
    """So many runs; what the contract prints."""
    total = Outcome()
    folder = Path(tempfile.mkdtemp(prefix="monitor-kills-"))
    with World() as world, ThreadPoolExecutor(jobs) as pool:
        template = make_template(world, folder / "template")
        longest_s = MOMENTS * undisturbed_s(world, folder, template)
        for done, outcome in enumerate(
            pool.map(lambda number: one_run(world, folder, template, number, seed, longest_s), range(runs)), start=1
        ):
            total.kills += outcome.kills
            total.lost += outcome.lost
            total.duplicates += outcome.duplicates
            total.outside += outcome.outside
            total.faults += outcome.faults
            if say:
                print(f"\r{done}/{runs} lost={len(total.lost)} outside={total.outside}", end="", file=sys.stderr)
    if say:
        print(file=sys.stderr)
    if not (total.lost or total.outside or total.faults):
        shutil.rmtree(folder)
    points = Counter(total.kills)
    return {
        "runs": runs,
        "lost": len(total.lost),
        "duplicates": total.duplicates,
        "duplicates_outside_cell": total.outside,
        "points": dict(sorted(points.items())),
        "faults": total.faults,
        "lost_stories": total.lost,
        "seed": seed,
    }


def main(arguments: list[str]) -> int:
    """`python -m tests.soak kills`: 0 where nothing was lost and nothing came twice that should not."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="runs beside each other")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    result = kill_runs(chosen.runs, chosen.seed, chosen.jobs, say=sys.stderr.isatty())
    if chosen.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for key, value in result.items():
            print(f"{key:26}{value}")
    return 1 if result["lost"] or result["duplicates_outside_cell"] or result["faults"] else 0


assert {*STORY_POINTS, *OTHER_POINTS} <= set(POINTS)
