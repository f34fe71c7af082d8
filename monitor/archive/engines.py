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
        """See Engine. Raises FileErrors for a chunk whose process died at every try."""
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)  # the processes take it over; ours has its libraries loaded already
        queue = _Queue(chunks, self.workers * AHEAD)
        try:
            while queue.more:
                pool = ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"), _end_with_parent)
                under_way: dict[Future[Done], Chunk] = {}
                try:
                    while True:
                        while (chunk := queue.next()) is not None:
                            under_way[pool.submit(read_chunk, chunk, self._setup)] = chunk
                        if not under_way:
                            break
                        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                            done = future.result()
                            queue.done(under_way.pop(future))
                            yield done
                except BrokenProcessPool:
                    queue.broken()
                finally:
                    pool.shutdown(wait=not under_way, cancel_futures=True)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


class _Queue:
    """The chunks still to read. Those that were under way when a process died are suspects: each is tried alone."""

    def __init__(self, chunks: Iterator[Chunk], width: int) -> None:
        self._chunks = chunks
        self._width = width
        self._under_way: dict[str, Chunk] = {}
        self._suspects: dict[str, Chunk] = {}
        self._deaths: dict[str, int] = {}
        self.more = True

    def next(self) -> Chunk | None:
        """The next chunk, which is under way from now on, or None for now."""
        if self._suspects:
            chunk = None if self._under_way else next(iter(self._suspects.values()))
        elif self.more and len(self._under_way) < self._width:
            chunk = next(self._chunks, None)
            self.more = chunk is not None
        else:
            chunk = None
        if chunk is not None:
            self._under_way[chunk.name] = chunk
        return chunk

    def done(self, chunk: Chunk) -> None:
        """A chunk has been read."""
        del self._under_way[chunk.name]
        self._suspects.pop(chunk.name, None)

    def broken(self) -> None:
        """A process died. Raises FileErrors for a chunk that was under way alone too often."""
        self.more = True
        alone = len(self._under_way) == 1
        for chunk in self._under_way.values():
            self._suspects[chunk.name] = chunk
            if alone:
                self._deaths[chunk.name] = self._deaths.get(chunk.name, 0) + 1
                if self._deaths[chunk.name] >= TRIES:
                    raise _deadly(chunk)
        self._under_way.clear()


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
