"""Where chunks are read: processes of this machine. Few chunks are under way at once, so memory stays bounded."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

from ..yamlfile import FileError, FileErrors
from .records import Chunk, Done
from .worker import Setup, read_chunk

# Chunks under way for each worker: one is read, one waits, so that no worker idles.
AHEAD = 2
# How often a chunk is tried before it is held to be what kills its workers.
TRIES = 3
# One thread a process: the processes share the cores among themselves.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1")


class Engine(Protocol):
    """Something that reads chunks, in any order."""

    def map(self, chunks: Iterator[Chunk]) -> Iterator[Done]:
        """What each chunk gives, as it is done; takes further chunks only as earlier ones are done."""

    @property
    def workers(self) -> int:
        """How many chunks are read at once."""


class Pool:
    """A pool of processes on this machine. A process that dies is replaced and its chunks are read again."""

    def __init__(self, setup: Setup, workers: int) -> None:
        self._setup = setup
        self.workers = workers

    def map(self, chunks: Iterator[Chunk]) -> Iterator[Done]:
        """See Engine. Raises FileErrors for a chunk whose worker died at every try."""
        tries: dict[str, int] = {}
        again: list[Chunk] = []
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)  # the processes take it over; ours have their libraries loaded already
        try:
            exhausted = False
            while not exhausted or again:
                pool = ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"), _end_with_parent)
                under_way: dict[Future[Done], Chunk] = {}
                try:
                    while True:
                        while len(under_way) < self.workers * AHEAD and (again or not exhausted):
                            chunk = again.pop() if again else next(chunks, None)
                            if chunk is None:
                                exhausted = True
                                break
                            under_way[pool.submit(read_chunk, chunk, self._setup)] = chunk
                        if not under_way:
                            pool.shutdown()
                            break
                        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                            done = future.result()
                            del under_way[future]
                            yield done
                except BrokenProcessPool:
                    again = [*under_way.values(), *again]
                    for chunk in under_way.values():
                        tries[chunk.name] = tries.get(chunk.name, 0) + 1
                        if tries[chunk.name] >= TRIES * self.workers * AHEAD:
                            raise _deadly(chunk) from None
                finally:
                    pool.shutdown(wait=False, cancel_futures=True)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def _end_with_parent() -> None:
    """Let a process of the pool end where the one that started it was killed: nobody else would end it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _deadly(chunk: Chunk) -> FileErrors:
    problem = "a process died whenever it read the rows from here on (out of memory, or killed)"
    return FileErrors([FileError(chunk.file, problem, "Try fewer workers or smaller chunks (--chunk-mb)", chunk.first)])
