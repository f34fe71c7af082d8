"""A real Dask cluster on this machine, of processes that can be killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.ports import free_port

_ENV = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
    "PYTHONPATH": str(Path(__file__).parents[2]),
}


class DaskCluster:
    """A scheduler on a port of its own, and workers of one thread each. Logs go to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.address = f"tcp://127.0.0.1:{self._port}"
        self._scheduler: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []

    def start_scheduler(self) -> None:
        """Start it, or another one in its place."""
        words = ("--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard", "--no-show")
        self._scheduler = self._run("scheduler", [sys.executable, "-m", "dask", "scheduler", *words])

    def kill_scheduler(self) -> None:
        """As if its machine had gone."""
        assert self._scheduler is not None
        self._scheduler.kill()
        self._scheduler.wait()

    def start_worker(self) -> None:
        """One more worker. Its nanny starts its process again where that dies; a worker ends with its scheduler, so it
        is started again and again, as a service would be."""
        command = f"{sys.executable} -m dask worker {self.address} --nthreads 1 --no-dashboard --memory-limit 0"
        self._workers.append(self._run("worker", ["/bin/sh", "-c", f"while :; do {command}; sleep 1; done"]))

    def kill_worker(self, place: int = 0) -> int:
        """Kill a worker's process, not its nanny; returns the process id, 0 where it had none yet."""
        for pid in _below(self._workers[place].pid):
            with contextlib.suppress(OSError):
                if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                    os.kill(pid, signal.SIGKILL)
                    return pid
        return 0

    def _run(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / f"dask-{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=_ENV,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_us,
            )

    def stop(self) -> None:
        """End all of it: each is the leader of a process group of its own."""
        for process in (*self._workers, self._scheduler):
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _end_with_us() -> None:
    """Let the kernel end a started process where the tests were killed; a worker ends with its scheduler."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """A cluster for the time of a `with`."""
    cluster = DaskCluster(folder)
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        cluster.stop()


def _below(pid: int) -> list[int]:
    """The processes started by a process, by any of its threads, and by those."""
    found = []
    with contextlib.suppress(OSError):
        for listing in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, listing.read_text().split()):
                found += [child, *_below(child)]
    return found


def wait_for(what: Any, patience_s: float = 400.0) -> bool:
    """Whether a condition came true in time."""
    until = time.monotonic() + patience_s
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
