"""The pool and a Dask cluster give one result, whoever is killed on the way."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archive import past
from tests.archive.dask_cluster import _below, dask_cluster, wait_for

pytestmark = pytest.mark.heavy
CUT = "0.002"


@pytest.fixture(scope="module")
def whole(finished: Path) -> dict[str, list[dict[str, Any]]]:
    """What a run in one process gives."""
    return past.tables(finished)


def start(archive: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "monitor", "backfill", str(archive), "--out", str(out), "--chunk-mb", CUT, *more]
    command += ["--watchlists", str(past.watchlists_dir())]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def ends(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=500)
    assert process.returncode == 0, errors.decode()


def chunks_done(out: Path) -> int:
    return len(list((out / "staged" / "done").glob("*.json")))


def test_the_pool_gives_the_same_result(archive: Path, whole: object, tmp_path: Path) -> None:
    ends(start(archive, tmp_path / "out", "--workers", "2"))
    assert past.tables(tmp_path / "out") == whole


def test_a_cluster_gives_the_same_result(archive: Path, whole: object, tmp_path: Path) -> None:
    with dask_cluster(tmp_path, 2) as cluster:
        ends(start(archive, tmp_path / "out", "--scheduler", cluster.address))
    assert past.tables(tmp_path / "out") == whole


@pytest.mark.parametrize("killed", ["worker", "scheduler"])
def test_a_cluster_that_loses_its_worker_or_scheduler_gives_the_same_result(
    archive: Path, whole: object, tmp_path: Path, killed: str
) -> None:
    out = tmp_path / "out"
    with dask_cluster(tmp_path, 1) as cluster:
        running = start(archive, out, "--scheduler", cluster.address)
        assert wait_for(lambda: chunks_done(out) >= 2)
        if killed == "worker":
            assert cluster.kill_worker()
        else:
            cluster.kill_scheduler()
            cluster.start_scheduler()
        assert running.poll() is None, "it was done before anything was killed"
        ends(running)
    assert past.tables(out) == whole


def test_a_pool_that_loses_a_process_gives_the_same_result(archive: Path, whole: object, tmp_path: Path) -> None:
    out = tmp_path / "out"
    running = start(archive, out, "--workers", "1")
    assert wait_for(lambda: chunks_done(out) >= 2)
    victims = [pid for pid in _below(running.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(victims[0], signal.SIGKILL)
    ends(running)
    assert past.tables(out) == whole


def test_a_killed_client_leaves_no_process_behind_and_is_gone_on_with(
    archive: Path, whole: object, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = start(archive, out, "--workers", "1")
    assert wait_for(lambda: chunks_done(out) >= 2)
    left = _below(running.pid)
    running.kill()
    running.communicate()
    assert wait_for(lambda: not any(_alive(pid) for pid in left), 20)
    before = chunks_done(out)
    ends(start(archive, out, "--workers", "1"))
    assert past.tables(out) == whole
    assert before >= 2


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    return False


class _Deadly:
    """Ends the process that unpacks it."""

    def __reduce__(self) -> tuple[Any, tuple[int]]:
        return os._exit, (9,)


def test_a_chunk_that_kills_whoever_reads_it_is_named_and_the_others_are_read() -> None:
    from monitor.archive.backfill import setup_of
    from monitor.archive.engines import Pool
    from monitor.archive.records import Chunk
    from monitor.config import DEFAULT_MODEL
    from monitor.yamlfile import FileErrors

    line = b'{"date": "2023-10-07", "title": "House prices rise"}\n'
    chunks = [Chunk(f"c{n}", "a.jsonl", "jsonl", n + 1, _Deadly() if n == 1 else line, n) for n in range(3)]
    read = []
    with pytest.raises(FileErrors, match=r"a\.jsonl:2: a process died whenever it read the rows from here on"):
        for done in Pool(setup_of(past.watchlists(), DEFAULT_MODEL), 2).map(iter(chunks)):
            read.append(done.name)
    assert set(read) <= {"c0", "c2"}


def test_a_chunk_is_not_lost_where_a_process_dies_before_it_is_handed_over() -> None:
    from monitor.archive.backfill import setup_of
    from monitor.archive.engines import Pool
    from monitor.archive.records import Chunk
    from monitor.config import DEFAULT_MODEL

    def chunks() -> Iterator[Chunk]:
        yield Chunk("a", "a.jsonl", "jsonl", 1, b"", 0)
        for process in multiprocessing.active_children():
            process.kill()
        for thread in threading.enumerate():
            if type(thread).__name__ == "_ExecutorManagerThread":
                thread.join()  # now the pool knows
        yield Chunk("b", "a.jsonl", "jsonl", 1, b"", 0)
        yield Chunk("c", "a.jsonl", "jsonl", 1, b"", 0)

    done = Pool(setup_of(past.watchlists(), DEFAULT_MODEL), 1).map(chunks())
    assert sorted(each.name for each in done) == ["a", "b", "c"]


def test_no_scheduler_is_told_with_what_to_start() -> None:
    from monitor.archive.cluster import Cluster
    from monitor.archive.worker import Setup
    from monitor.yamlfile import FileErrors

    engine = Cluster(Setup((), "x", "x"), "tcp://127.0.0.1:9", patience_s=0)
    with pytest.raises(FileErrors, match=r"no Dask scheduler answers.*dask worker"):
        list(engine.map(iter(())))
    assert threading.active_count() < 20
