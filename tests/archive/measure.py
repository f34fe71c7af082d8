"""What reading years of archive costs here, on the pool and on a Dask cluster, with kills, beside a plain loop.

    python -m tests.archive.measure [--rows 5000000] [--parts engines,kills,naive] [--watchlists DIR] [--json]

Rows beyond those of the archive are generated variations of it. Every run must give the same result.
`--parts speedup` runs only the cluster with one and with two workers: run it on a machine with two free cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from monitor.archive.sources import chunks, find_sources
from monitor.shipped import watchlists_dir
from tests.archive import past
from tests.archive.dask_cluster import DaskCluster, _below, dask_cluster, wait_for
from tests.archive.variation import vary
from tests.conftest import SHARED

ROOT = Path(__file__).parents[2]
Kill = Callable[[subprocess.Popen[bytes], Path], Any]
PARTS = ("engines", "kills", "naive", "speedup")


class Runs:
    """Backfills of one archive, one after the other, each in processes of its own; the first one's result is the measure."""

    def __init__(self, archive: Path, rows: int, watchlists: Path, folder: Path, chunk_mb: float) -> None:
        self.archive, self.rows, self.watchlists, self.folder, self.chunk_mb = (
            archive,
            rows,
            watchlists,
            folder,
            chunk_mb,
        )
        self.digest: str | None = None
        self.done: list[dict[str, Any]] = []

    def start(self, out: Path, *more: str) -> subprocess.Popen[bytes]:
        """A backfill under way."""
        command = [sys.executable, "-m", "monitor", "backfill", str(self.archive), "--out", str(out), "--json"]
        command += ["--watchlists", str(self.watchlists), "--chunk-mb", str(self.chunk_mb), *more]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)

    def run(
        self, name: str, *more: str, kill: Callable[[subprocess.Popen[bytes], Path], Any] | None = None
    ) -> dict[str, Any]:
        """One backfill to its end; `kill` may interfere with it, and return another process that goes on."""
        out = self.folder / name.replace(" ", "-")
        started, before = time.monotonic(), os.times()
        process = self.start(out, *more)
        if kill:
            process = kill(process, out) or process
        printed, _ = process.communicate()
        after = os.times()
        if process.returncode != 0:
            raise SystemExit(f"{name}: exit code {process.returncode}")
        counts = json.loads(printed)
        digest = hashlib.sha256(json.dumps(past.tables(out), default=str).encode()).hexdigest()[:12]
        self.digest = self.digest or digest
        seconds = time.monotonic() - started
        row = {
            "run": name,
            "seconds": round(seconds, 1),
            "rows_per_s": round(counts["rows"]["read"] / seconds, 1),
            "worker_cpu_s": {step: round(spent, 2) for step, spent in counts["seconds"].items()},
            "tree_cpu_s": round(sum(after[2:4]) - sum(before[2:4]), 1),
            "merge_s": counts["seconds_of_merging"],
            "worker_memory_mb": counts["worker_memory_mb"],
            "client_memory_mb": counts["own_memory_mb"],
            "rows": counts["rows"],
            "stories": counts["stories"],
            "events": counts["events"],
            "result": digest,
            "equal": digest == self.digest,
        }
        self.done.append(row)
        print(
            f"{name:<28} {seconds:8.1f} s {row['rows_per_s']:9,.0f} rows/s  worker {row['worker_memory_mb']} MB,"
            f" client {row['client_memory_mb']} MB  {counts['stories']} stories, {counts['events']} events"
            f"  {'equal' if row['equal'] else 'DIFFERS'}",
            file=sys.stderr,
            flush=True,
        )
        return row


def on_cluster(
    runs: Runs, workers: int, name: str, interfere: Callable[[DaskCluster], Any] | None = None
) -> dict[str, Any]:
    """One backfill on a fresh cluster; `interfere` is called once a chunk is done."""
    with ExitStack() as stack:
        cluster = stack.enter_context(dask_cluster(runs.folder, workers))

        def kill(process: subprocess.Popen[bytes], out: Path) -> None:
            _after_a_chunk(process, out)
            assert interfere is not None
            interfere(cluster)

        return runs.run(name, "--scheduler", cluster.address, kill=kill if interfere else None)


def _after_a_chunk(process: subprocess.Popen[bytes], out: Path) -> None:
    done = out / "staged" / "done"
    if not wait_for(lambda: any(done.glob("*.json")) or process.poll() is not None, 600) or process.poll() is not None:
        raise SystemExit("it was done before anything could be killed: take more rows or smaller chunks")


def kills(runs: Runs) -> None:
    """A worker, the scheduler, a process of the pool and the client, each killed in the middle of a run."""
    on_cluster(runs, 1, "cluster, worker killed", lambda cluster: cluster.kill_worker())

    def scheduler(cluster: DaskCluster) -> None:
        cluster.kill_scheduler()
        cluster.start_scheduler()

    on_cluster(runs, 1, "cluster, scheduler killed", scheduler)

    def process_of_pool(running: subprocess.Popen[bytes], out: Path) -> None:
        _after_a_chunk(running, out)
        for pid in _below(running.pid):
            if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGKILL)
                return

    runs.run("pool, process killed", "--workers", "1", kill=process_of_pool)

    def client(running: subprocess.Popen[bytes], out: Path) -> subprocess.Popen[bytes]:
        _after_a_chunk(running, out)
        running.kill()
        running.communicate()
        return runs.start(out, "--workers", "1")

    runs.run("pool, client killed", "--workers", "1", kill=client)


def client_alone(archive: Path, chunk_mb: float) -> float:
    """Rows a second of processor that the client alone can cut and send: the bound of one client."""
    started, rows = time.process_time(), 0
    for source in find_sources([archive]):
        for chunk in chunks(source, None, chunk_mb):
            rows += chunk.payload.count(b"\n")
    return rows / max(time.process_time() - started, 1e-6)


def naive(archive: Path, rows: int, watchlists: Path) -> dict[str, Any]:
    """The plain loop, in a process of its own."""
    command = [sys.executable, "-m", "tests.archive.naive", str(archive), "--rows", str(rows)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    printed = subprocess.run(
        [*command, "--watchlists", str(watchlists)], check=True, capture_output=True, cwd=ROOT, env=environment
    ).stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def figures(run: dict[str, Any], client_rate: float) -> dict[str, Any]:
    """What the measured shares say: seconds of processor a million rows, and what a billion would take."""
    rows = max(run["rows"]["read"], 1)
    steps = run["worker_cpu_s"]
    per_million = {step: spent / rows * 1e6 for step, spent in steps.items() if step != "load"}
    stories = max(run["rows"]["matched"], 1)
    return {
        "spared": round(run["rows"]["spared"] / rows, 4),
        "matched": round(run["rows"]["matched"] / rows, 5),
        "cpu_s_per_million": {step: round(value, 1) for step, value in per_million.items()},
        "cpu_s_per_million_in_all": round(sum(per_million.values()), 1),
        "load_cpu_s_per_worker": round(steps.get("load", 0.0), 1),
        "read_ms_per_story": round(steps.get("read", 0.0) / stories * 1e3, 1),
        "merge_ms_per_story": round(run["merge_s"] / stories * 1e3, 1),
        "merge_s_per_million": round(run["merge_s"] / rows * 1e6, 1),
        "client_rows_per_s": round(client_rate),
    }


def billion(f: dict[str, Any]) -> str:
    """The paragraph on a billion rows."""
    each, total = f["cpu_s_per_million"], f["cpu_s_per_million_in_all"]
    hours, merge_hours = total * 1000 / 3600, f["merge_s_per_million"] * 1000 / 3600
    client_hours = 1e9 / f["client_rows_per_s"] / 3600
    floor = max(client_hours, merge_hours)
    dearest = max(each, key=lambda step: each[step])
    return (
        f"A billion rows like these take {hours:,.0f} core hours of work ({dearest} is {each[dearest] / total:.0%} of it;"
        f" {f['spared']:.1%} of the rows cost only the prefilter):"
        f" {hours / 2:,.0f} hours on 2 cores, {hours / 64:,.1f} on 64."
        f" One client cuts and sends {f['client_rows_per_s']:,} rows a second, so it alone needs {client_hours:,.1f} hours,"
        f" and sorting and grouping, which is one process, {merge_hours:,.1f}: beyond {hours / floor:,.0f} workers"
        f" {'the client' if client_hours >= merge_hours else 'grouping'} bounds it, not reading. Then start one backfill for"
        f" each span of months, each with a client of its own: results of one kind are opened together. Memory does not"
        f" grow with the rows: chunks under way are bounded, sorting goes to disk."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=57_232)
    parser.add_argument("--parts", default="engines,kills,naive")
    parser.add_argument("--archive", type=Path, default=SHARED / "data" / "archive" / "rss-2023-10-11.jsonl.gz")
    parser.add_argument("--watchlists", type=Path, default=watchlists_dir() / "examples")
    parser.add_argument("--chunk-mb", type=float, default=4.0)
    parser.add_argument("--naive-rows", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    parts = set(wanted.parts.split(","))
    if parts - set(PARTS):
        raise SystemExit(f"--parts: {', '.join(PARTS)}")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = vary(wanted.archive, wanted.rows, folder / "archive.jsonl.gz")
        runs = Runs(archive, wanted.rows, wanted.watchlists, folder, wanted.chunk_mb)
        if "engines" in parts:
            runs.run("pool, 1 process", "--workers", "1")
            runs.run("pool, 2 processes", "--workers", "2")
        if parts & {"engines", "speedup"}:
            one, two = (on_cluster(runs, n, f"cluster, {n} worker{'s'[: n - 1]}") for n in (1, 2))
            found["speedup"] = round(one["seconds"] / two["seconds"], 2)
        if "kills" in parts:
            kills(runs)
        if runs.done:
            found["figures"] = figures(runs.done[0], client_alone(archive, wanted.chunk_mb))
            found["billion"] = billion(found["figures"])
        if "naive" in parts:
            found["naive"] = naive(archive, wanted.naive_rows, wanted.watchlists)
    found["runs"] = runs.done
    found["equal"] = all(row["equal"] for row in runs.done)
    if wanted.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)
    sys.exit(0 if found["equal"] else 1)


def _show(found: dict[str, Any]) -> None:
    if "speedup" in found:
        print(f"two workers against one: {found['speedup']}x")
    if "figures" in found:
        f = found["figures"]
        print(f"spared by the prefilter {f['spared']:.2%}, about a watchlist {f['matched']:.3%}")
        steps = ", ".join(f"{step} {value:,.0f}" for step, value in f["cpu_s_per_million"].items())
        print(f"seconds of processor a million rows: {f['cpu_s_per_million_in_all']:,.0f} ({steps})")
        print(
            f"a worker loads its model in {f['load_cpu_s_per_worker']} s; a story is read in {f['read_ms_per_story']} ms and"
            f" merged in {f['merge_ms_per_story']} ms; merging a million rows takes {f['merge_s_per_million']} s"
        )
    if "naive" in found:
        n = found["naive"]
        per_million = n["cpu_seconds"] / max(n["rows"], 1) * 1e6
        print(f"a plain pandas and nlp.pipe loop: {per_million:,.0f} s of processor a million rows, {n['memory_mb']} MB"
              f" for {n['rows']} rows", end="")  # fmt: skip
        if "figures" in found:
            print(f", {per_million / max(found['figures']['cpu_s_per_million_in_all'], 1e-9):,.1f}x ours", end="")
        print()
    if "billion" in found:
        print("\n" + found["billion"])
    print("\nall results equal" if found["equal"] else "\nRESULTS DIFFER")


if __name__ == "__main__":
    main()
