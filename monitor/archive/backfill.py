"""`monitor backfill` from top to bottom: archives are cut, read by many, kept chunk by chunk, and merged into a result."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

from ..watchlists import Watchlist
from ..yamlfile import FileError, FileErrors
from .columns import parse_columns
from .engines import Engine, Pool
from .extra import require
from .merge import merge
from .records import Chunk, Tally
from .show import Show
from .sources import CHUNK_MB, chunks, find_sources
from .staging import Staging
from .stamp import refuse_mixed, stamp_of, to_line
from .worker import Setup


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read, by what, into where. `scheduler` is a Dask scheduler's address, else this machine reads with
    `workers` processes (default: one for each core). `columns` maps the columns of tables, see columns.py."""

    archives: tuple[Path, ...]
    watchlists: tuple[Watchlist, ...]
    model: str
    out: Path
    scheduler: str | None = None
    workers: int | None = None
    columns: str | None = None
    chunk_mb: float = CHUNK_MB


@dataclass(frozen=True, slots=True)
class Report:
    """What a backfill did. `tally` is of the whole result, `read_now` of this run; `memory_mb` of its largest worker.

    `seconds` are of the clock, `merge_seconds` of processor, for merging. `damaged` are archives that could not be
    read to their end.
    """

    tally: Tally
    read_now: Tally
    seconds: float
    merge_seconds: float
    memory_mb: float
    damaged: tuple[FileError, ...] = ()


def backfill(request: Request, show: Show, engine: Callable[[Setup], Engine] | None = None) -> Report:
    """Read the archives into the folder `request.out`, going on where an earlier run ended.

    Raises FileErrors for archives that cannot be read at all, and where versions would mix; MissingModel.
    """
    require("pyarrow", "duckdb", *(("distributed",) if request.scheduler else ()))
    stamp = stamp_of(request.watchlists, request.model)
    columns = parse_columns(request.columns) if request.columns else None
    sources = find_sources(request.archives)
    staging = Staging(request.out)
    chunk_mb = staging.begin(stamp, request.chunk_mb, request.columns)
    setup = setup_of(request.watchlists, request.model)
    reader = engine(setup) if engine else _engine(request, setup)
    done = staging.done()
    tally, read_now = staging.tally(), Tally()
    started, memory = time.monotonic(), 0.0
    show.begin(sum(source.size for source in sources), tally.rows)
    damaged: list[FileError] = []

    def waiting() -> Iterator[Chunk]:
        for source in sources:
            try:
                for chunk in chunks(source, columns, chunk_mb):
                    show.place(source, chunk.upto)
                    if chunk.name not in done:
                        yield chunk
            except FileErrors as error:
                damaged.extend(error.errors)
            show.finished(source)

    for result in reader.map(waiting()):
        mend = "Install the same version on every worker, or stop the others"
        refuse_mixed(result.stamp, stamp, "a worker", mend)
        staging.keep(result)
        tally.add(result.tally)
        read_now.add(result.tally)
        memory = max(memory, result.memory_mb)
        show.read(result.tally)
    show.end()
    if not tally.rows and damaged:
        raise FileErrors(damaged)
    for name in ("duckdb", "pyarrow.parquet"):
        import_module(name)  # loading them is no part of what merging costs
    before = time.process_time()
    merge(request.out, staging, stamp, show.say, [str(fault) for fault in damaged])
    merge_seconds = time.process_time() - before
    return Report(tally, read_now, time.monotonic() - started, merge_seconds, memory, tuple(damaged))


def setup_of(watchlists: Sequence[Watchlist], model: str) -> Setup:
    """What workers read by."""
    plain = to_line(stamp_of(watchlists, model)) + "".join(each.model_dump_json() for each in watchlists)
    return Setup(tuple(watchlists), model, blake2b(plain.encode(), digest_size=6).hexdigest())


def _engine(request: Request, setup: Setup) -> Engine:
    if request.scheduler:
        from .cluster import Cluster

        return Cluster(setup, request.scheduler)
    return Pool(setup, request.workers or len(os.sched_getaffinity(0)))
