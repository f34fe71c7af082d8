"""Where chunks are read: workers of a Dask cluster. The chunks travel with their rows, so workers need none of our files.

A worker that dies is left to the scheduler, which gives its chunks to another; a scheduler that dies is waited for, and
what was under way is sent again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..yamlfile import FileError, FileErrors
from .engines import AHEAD, TRIES
from .records import Chunk, Done
from .worker import Setup, read_chunk

log = logging.getLogger("monitor.archive")

# How long a scheduler that went away is waited for, in seconds; and a first worker.
PATIENCE_S = 600.0
# One attempt to reach the scheduler, and the longest wait for the next chunk before the connection is looked at.
CONNECT_S, LOOK_S = 10.0, 5.0


class Cluster:
    """The workers of the Dask scheduler at `address` (`tcp://host:8786`)."""

    def __init__(self, setup: Setup, address: str, patience_s: float = PATIENCE_S) -> None:
        self._setup = setup
        self._address = address
        self._patience_s = patience_s
        self._client: Any = None
        self.workers = 1
        self._workerless_since: float | None = None

    def map(self, chunks: Iterator[Chunk]) -> Iterator[Done]:
        """See Engine. Raises FileErrors where no scheduler or worker can be had, or a chunk kills its workers."""
        under_way: dict[str, Chunk] = {}
        exhausted = False
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it loses is told here, in one line
        try:
            while not exhausted or under_way:
                self._connect()
                futures = {name: self._send(chunk) for name, chunk in under_way.items()}
                try:
                    while True:
                        self._count()
                        while len(under_way) < self.workers * AHEAD and not exhausted:
                            chunk = next(chunks, None)
                            if chunk is None:
                                exhausted = True
                                break
                            under_way[chunk.name] = chunk
                            futures[chunk.name] = self._send(chunk)
                        if not under_way:
                            return
                        for name in self._finished(futures):
                            done: Done = futures[name].result(timeout=CONNECT_S)
                            del futures[name], under_way[name]
                            yield done
                except _Lost as lost:
                    log.warning("cluster-lost scheduler=%s reason=%s; waiting for it", self._address, lost)
                except Exception as error:
                    if not self._is_loss(error, under_way):
                        raise
                    log.warning(
                        "cluster-lost scheduler=%s reason=%s; waiting for it", self._address, type(error).__name__
                    )
                finally:
                    self._close()
        finally:
            self._close()

    def _send(self, chunk: Chunk) -> Any:
        return self._client.submit(
            read_chunk, chunk, self._setup, key=f"monitor-{self._setup.key}-{chunk.name}", retries=TRIES, pure=False
        )

    def _finished(self, futures: dict[str, Any]) -> list[str]:
        """The chunks that are done; raises _Lost where the connection is gone."""
        import distributed as dask

        with suppress(TimeoutError):
            _any(dask).wait(list(futures.values()), timeout=LOOK_S, return_when="FIRST_COMPLETED")
        if self._client.status != "running":
            raise _Lost(self._client.status)
        found = []
        for name, future in futures.items():
            if future.status in ("finished", "error"):
                found.append(name)
            elif future.status in ("cancelled", "lost"):
                raise _Lost(f"chunk {future.status}")
        return found

    def _is_loss(self, error: Exception, under_way: dict[str, Chunk]) -> bool:
        """Whether an error is the connection's; a worker killed by a chunk at every try is told by its place."""
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        if isinstance(error, KilledWorker):
            chunk = next((c for name, c in under_way.items() if name in str(error)), None)
            problem = "the workers died whenever they read the rows from here on (out of memory, or killed)"
            mend = "Give workers more memory, or use smaller chunks (--chunk-mb)"
            raise FileErrors(
                [FileError(chunk.file if chunk else "?", problem, mend, chunk.first if chunk else None)]
            ) from None
        if isinstance(error, ImportError):
            mend = "Install it on scheduler and workers: `pip install 'monitor[cluster]'`"
            raise FileErrors(
                [FileError(self._address, f"the monitor is not installed on the cluster ({error})", mend)]
            ) from None
        if type(error).__name__ in ("CancelledError", "FutureCancelledError", "FuturesCancelledError"):
            return True
        return isinstance(error, (CommClosedError, OSError, TimeoutError))

    def _connect(self) -> None:
        import distributed as dask

        until = time.monotonic() + self._patience_s
        while True:
            try:
                self._client = _any(dask).Client(self._address, timeout=CONNECT_S, name="monitor-backfill")
                return
            except (OSError, TimeoutError) as error:
                if time.monotonic() >= until:
                    problem = f"no Dask scheduler answers ({error})"
                    mend = "Start one: `dask scheduler`, and workers: `dask worker TCP-ADDRESS --nthreads 1`"
                    raise FileErrors([FileError(self._address, problem, mend)]) from None
                time.sleep(1)

    def _count(self) -> None:
        """How many workers there are now; more may come, some may go."""
        threads = self._client.nthreads()
        self.workers = max(sum(threads.values()), 1)
        if threads:
            self._workerless_since = None
            return
        now = time.monotonic()
        self._workerless_since = self._workerless_since or now
        if now - self._workerless_since >= self._patience_s:
            mend = f"Start some: `dask worker {self._address} --nthreads 1`"
            raise FileErrors([FileError(self._address, "the Dask scheduler has no workers", mend)])

    def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            with suppress(OSError, TimeoutError):  # there may be nobody left to take leave of
                client.close(timeout=CONNECT_S)


def _any(module: Any) -> Any:
    """A module whose functions have no types."""
    return module


class _Lost(Exception):
    """The connection to the scheduler is gone."""
