"""One run of the kill trial: a folder of its own, the real `monitor run` in it, and what its channels accepted."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from .kills_world import CHANNELS, LANGUAGES, WATCHLISTS, World

ROOT = Path(__file__).parents[2]
# How long a process may take to pass a named place before a random moment takes its place, in seconds.
PLACE_PATIENCE_S = 240.0
# How long the last process may take to come to rest before the run counts as stuck, which is a fault and no loss, in
# seconds: far longer than any retry it may owe.
STUCK_S = 3600.0
# So often each feed must have answered the last process before a story that did not come is lost.
POLLS_TO_REST = 2
# How often it is asked whether everything has arrived, in seconds.
ASK_EVERY_S = 0.25


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
        write_config(world, folder, name)
        shutil.copyfile(template, self.database)
        self.outcome = Outcome()
        self.links: list[str] = []
        self.polled_before = 0
        self.cell: set[tuple[str, str]] = set()

    def start(self, point: str | None = None) -> subprocess.Popen[bytes]:
        """The real process, made to die at a place if one is named."""
        self.polled_before = self.rows("select coalesce(max(id), 0) from polls")[0][0]
        return start_monitor(self.folder, "run", point=point)

    def kill(self, point: str | None, moment_s: float, count: int = 1) -> None:
        """Start, let it die when it reaches the place for that time (or at the moment where none is named, or where it
        never gets there), and see what was in flight."""
        if point == "backup":
            self.kill_backup()
        process = self.start(f"{point}:{count}" if point and point != "backup" else None)
        place = point if point != "backup" else None
        until = time.monotonic() + (PLACE_PATIENCE_S if place else moment_s)
        asked_at = time.monotonic()
        while process.poll() is None and time.monotonic() < until:
            if place and time.monotonic() - asked_at >= ASK_EVERY_S:
                asked_at = time.monotonic()
                if self.settled(place):
                    break
                if place == "reload" and self.ready(process):
                    process.send_signal(signal.SIGHUP)
            time.sleep(0.01)
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
        code = start_monitor(self.folder, "backup", str(target), point="backup").wait()
        if code != -signal.SIGKILL:
            self.outcome.faults.append(f"{self.name}: the backup ended with {code}: {self.log()}")
        self.outcome.kills.append("backup")

    def finish(self) -> None:
        """Let it run undisturbed until everything has arrived, or nothing is left to do that could still bring it; stop
        it gently, and judge."""
        process = self.start()
        until = time.monotonic() + STUCK_S
        while process.poll() is None and not self.arrived() and not self.at_rest():
            if time.monotonic() > until:
                self.outcome.faults.append(f"{self.name}: not at rest after {STUCK_S:.0f} s: {self.log()}")
                break
            time.sleep(ASK_EVERY_S)
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code not in (0, -signal.SIGTERM):  # a process asked to stop before it is ready ends by the signal itself
            self.outcome.faults.append(f"{self.name}: a gentle stop ended with {code}: {self.log()}")
        self.judge()

    def arrived(self) -> bool:
        """Whether every story's link was seen on every channel and the database has nothing left to do."""
        return not self.missing() and self.nothing_left()

    def nothing_left(self) -> bool:
        """Whether no delivery waits and no story is unread."""
        left = self.rows(
            "select (select count(*) from deliveries where state in ('pending', 'held'))"
            " + (select count(*) from stories where stage = 'new')"
        )
        return bool(left[0][0] == 0)

    def at_rest(self) -> bool:
        """Whether the present process has seen all there is and has nothing left to do: what is missing now is lost.

        However slow the machine, nothing that is merely late is at rest.
        """
        answered = self.rows(
            "select count(*) from (select feed_id from polls where id > ? and status in (200, 304)"
            " group by feed_id having count(*) >= ?)",
            (self.polled_before, POLLS_TO_REST),
        )
        return bool(answered[0][0] == len(LANGUAGES)) and self.nothing_left()

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

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]
        """What a query of the run's database finds."""
        with closing(sqlite3.connect(self.database, timeout=60)) as connection:
            return connection.execute(sql, values).fetchall()

    def log(self) -> str:
        """The end of the process's log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-600:]


def write_config(world: World, folder: Path, run: str) -> None:
    (folder / "monitor.yaml").write_text(world.config(run), encoding="utf-8")
    (folder / "lists").mkdir()
    for name, names in WATCHLISTS.items():
        text = f"id: {name}\nname: {name}\n{names}\nsignal: {{strength: 1}}\n"
        (folder / "lists" / f"{name}.yaml").write_text(text, encoding="utf-8")


def start_monitor(folder: Path, *command: str, point: str | None = None) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
    environment["PYTHONPATH"] = f"{ROOT / 'tests' / 'soak' / 'lean'}{os.pathsep}{ROOT}"
    environment["OMP_NUM_THREADS"] = environment["OPENBLAS_NUM_THREADS"] = "1"  # many runs share the machine
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
