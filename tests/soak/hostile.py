"""`python -m tests.soak hostile [--seconds N] [--json]`: the real daemon between an attacker and feeds that are well.

Every behaviour of hostile_server.py is a feed of its own; beside them, healthy feeds publish a new story at every visit.
Prints for each behaviour what happened, what `status` says and how long the poll took; then the daemon's peak memory, how
late the healthy feeds were asked, and whether an entry was lost. A behaviour fails if its outcome or its whole entries
are not what a good reader makes of them, or if `status` gives no reason for a failure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from . import hostile_bodies as bodies
from .hostile_process import serving
from .hostile_server import BEHAVIOURS

ROOT = Path(__file__).parents[2]
HEALTHY = 6
# How often a healthy feed is to be asked, and how much the daemon may add of its own: the jitter of a tenth and a tick.
EVERY_S, TICK_S, JITTER = 10.0, 5.0, 0.1
# So that the slow behaviours end within the trial; a chain of redirects on a busy machine needs some of it (default: 45 s).
TIMEOUT_S = 10.0


@dataclass
class Healthy:
    """Publishers in good health, one port each; every visit finds one story more."""

    visits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    urls: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Healthy:
        self._servers = [self._serve(f"healthy-{number}") for number in range(HEALTHY)]
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, name: str) -> ThreadingHTTPServer:
        visits = self.visits[name]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(time.monotonic())
                shown = range(max(0, len(visits) - 20), len(visits))
                body = bodies.rss(0, *(bodies.item(n).replace(b"story-", name.encode() + b"-story-") for n in shown))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.urls[name] = f"http://127.0.0.1:{server.server_address[1]}/{name}"
        return server

    def lateness_s(self, until: float) -> float:
        """The longest that any of them waited beyond its time."""
        allowed = EVERY_S * (1 + JITTER) + TICK_S
        waits = [b - a for seen in self.visits.values() for a, b in zip(seen, [*seen[1:], until], strict=True)]
        return max((wait - allowed for wait in waits), default=float("inf"))


def _config(folder: Path, urls: dict[str, str]) -> None:
    lists = folder / "lists"
    lists.mkdir()
    (lists / "w.yaml").write_text("id: w\nname: W\nnames: [Nobody Whom News Names]\n", encoding="utf-8")
    feeds = "".join(f"  - {{id: {name}, url: '{url}', language: en, private: true}}\n" for name, url in urls.items())
    (folder / "monitor.yaml").write_text(
        f"contact: desk@example.org\nwatchlists: lists\nstate: monitor.db\nfeeds:\n{feeds}"
        f"polling: {{min: {EVERY_S:.0f}s, max: {EVERY_S:.0f}s, spacing: 0s, timeout: {TIMEOUT_S:.0f}s}}\n",
        encoding="utf-8",
    )


async def _monitor(folder: Path, *command: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    log = (folder / "log").open("ab")
    with closing(log):
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "--config", str(folder / "monitor.yaml"), *command,
            cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE if command[0] == "status" else log, stderr=log,
        )  # fmt: skip


def _peak_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


async def trial(seconds: float) -> dict[str, Any]:
    """Runs the daemon for `seconds` among all behaviours."""
    with tempfile.TemporaryDirectory() as name, Healthy() as healthy:
        folder = Path(name)
        async with serving() as server:
            _config(folder, {**server.urls, **healthy.urls})
            daemon = await _monitor(folder, "run")
            peak = workers = 0.0
            began = time.monotonic()
            while time.monotonic() - began < seconds and daemon.returncode is None:
                await asyncio.sleep(0.5)
                peak = max(peak, _peak_mb(daemon.pid))
                workers = max([workers, *(_peak_mb(child) for child in _children(daemon.pid))])
            ended, crashed = time.monotonic(), daemon.returncode is not None
            status = json.loads((await (await _monitor(folder, "status", "--json")).communicate())[0] or b"{}")
            if not crashed:
                daemon.terminate()
                await asyncio.wait_for(daemon.wait(), 20)
        with closing(sqlite3.connect(folder / "monitor.db")) as database:
            rows = _judge(database, {feed["id"]: feed for feed in status.get("feeds", ())})
            lost = _lost(database, healthy)
        if crashed:
            print((folder / "log").read_text()[-3000:], file=sys.stderr)
    return {
        "behaviours": len(rows),
        "failed": sorted(row["name"] for row in rows if not row["ok"]) + (["THE DAEMON ENDED"] if crashed else []),
        "entries_lost": lost,
        "healthy_lateness_s": round(max(0.0, healthy.lateness_s(ended)), 2),
        "healthy_visits": {name: len(seen) for name, seen in sorted(healthy.visits.items())},
        "peak_mb": round(peak, 1),
        "parser_peak_mb": round(workers, 1),
        "rows": rows,
    }


def _judge(database: sqlite3.Connection, status: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for name, expected in BEHAVIOURS.items():
        first = database.execute(
            "select outcome, entries, duration_ms, reason from polls where feed_id = ? order by id limit 1", (name,)
        ).fetchone()
        # Several behaviours list the same stories, so those are counted that were read, not those that were new.
        most = "select max(new + revised + seen) from polls where feed_id = ?"
        stories = database.execute(most, (name,)).fetchone()[0] or 0
        said = status.get(name, {})
        row = {"name": name, "outcome": "never polled", "stories": stories, "ms": 0, "status": said.get("reason", "")}
        if first is not None:
            row |= {"outcome": first[0], "ms": first[2]}
        well = row["outcome"] in expected.outcomes
        whole = expected.entries is None or stories >= expected.entries
        explained = said.get("state") == "ok" or bool(said.get("reason"))
        rows.append({**row, "ok": well and whole and explained, "expected": list(expected.outcomes)})
    return rows


def _lost(database: sqlite3.Connection, healthy: Healthy) -> int:
    """Stories that a healthy feed showed at a visit but its last, and that the database does not have."""
    lost = 0
    for name, visits in healthy.visits.items():
        have = {link for (link,) in database.execute("select link from stories where feed_id = ?", (name,))}
        lost += sum(f"https://news.example/{name}-story-{n}" not in have for n in range(len(visits) - 1))
    return lost


def main(arguments: list[str]) -> int:
    """Runs the trial and prints its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak hostile")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long the daemon runs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    result = asyncio.run(trial(options.seconds))
    if options.json:
        print(json.dumps(result))
    else:
        for row in result["rows"]:
            mark = "    " if row["ok"] else "FAIL"
            what = f"{row['outcome']:14} {row['stories']:5} stories {row['ms']:6} ms"
            print(f"{mark} {row['name']:30} {what}  {row['status'][:100]}")
        print({key: value for key, value in result.items() if key != "rows"})
    return 1 if result["failed"] or result["entries_lost"] else 0
