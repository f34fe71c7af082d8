"""Parsing in processes that may die: each has a limit of CPU, memory and time, and is replaced when it breaks one.

A process is started at the first need, kept while there is work, and let go after a while without any. It reads jobs
from its standard input and answers on its standard output; it opens no file and no socket. When the daemon dies, its
input ends, and so does it.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self

from . import wire
from .records import ParsedFeed

_LENGTH = struct.Struct(">II")
# A body from this size on is one of those that wait for each other, in bytes.
LARGE_BYTES = 256 * 1024
# The most a worker may hand back for one job, in bytes.
_MAX_ANSWER = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one parse may cost: CPU seconds, bytes of address space, seconds by the clock. `jobs` is after how many a
    process is renewed (memory that Python never gives back), `idle_s` after how long without work it ends.
    """

    cpu_s: int = 6
    memory_bytes: int = 768 * 1024 * 1024
    wall_s: float = 30.0
    jobs: int = 500
    idle_s: float = 60.0


class _DiedError(Exception):
    """The worker did not answer; the message says why, for a person."""


class _Worker:
    """One parser process, from this side."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.jobs = 0
        self.idle_since = time.monotonic()

    @classmethod
    async def start(cls, limits: WorkerLimits) -> _Worker:
        environment = {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONHASHSEED": "0",
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "monitor.feeds.worker", str(limits.cpu_s), str(limits.memory_bytes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment, limit=1024 * 1024, start_new_session=True,
        )  # fmt: skip
        return cls(process)

    async def ask(self, header: bytes, body: bytes, wall_s: float) -> bytes:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise _DiedError("the parser has no pipes")
        try:
            async with asyncio.timeout(wall_s):
                stdin.write(_LENGTH.pack(len(header), len(body)))
                stdin.write(header)
                stdin.write(body)
                await stdin.drain()
                size, _ = _LENGTH.unpack(await stdout.readexactly(_LENGTH.size))
                if size > _MAX_ANSWER:
                    raise _DiedError("its answer was too large")
                answer = await stdout.readexactly(size)
        except TimeoutError:
            raise _DiedError(f"it took longer than {wall_s:.0f} s") from None
        except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError):
            code = await self.process.wait()
            raise _DiedError(_why_dead(code)) from None
        self.jobs += 1
        self.idle_since = time.monotonic()
        return answer

    async def kill(self) -> None:
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.wait()


def _why_dead(code: int) -> str:
    return {
        -24: "it used too much CPU time",
        -9: "it was killed",
        -11: "it crashed",
        77: "it used too much memory",
    }.get(code, f"it ended with code {code}")


class ParserPool:
    """Parses bodies in at most `size` processes. Use as an async context manager."""

    def __init__(self, size: int = 2, limits: WorkerLimits | None = None) -> None:
        self._limits = limits or WorkerLimits()
        self._slots = asyncio.Semaphore(size)
        # Large bodies never take the last process: one is always there for what is quickly done.
        self._large = asyncio.Semaphore(max(1, size - 1))
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        # How many processes were started and how many had to be killed, for the metrics.
        self.started = 0
        self.died = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all processes."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._sweeping is not None:
            await self._sweeping
        for worker in [*self._idle, *self._busy]:
            await worker.kill()
        self._idle.clear()
        self._busy.clear()

    @property
    def pids(self) -> list[int]:
        """The process ids of the living workers."""
        return [worker.process.pid for worker in [*self._idle, *self._busy]]

    async def article(self, page: bytes, content_type: str | None, url: str, *, language: str | None = None) -> str:
        """The text of the article in a web page (article.py), in a worker; empty if there is none or it cost too much."""
        header = json.dumps(["article", content_type, url, language, None]).encode()
        try:
            return (await self._ask(header, page)).decode("utf-8", "replace")
        except _DiedError:
            return ""

    async def parse(
        self,
        body: bytes,
        content_type: str | None = None,
        url: str = "",
        *,
        language: str | None = None,
        zone: str | None = None,
    ) -> ParsedFeed:
        """`parse.parse` in a worker. A body that breaks a limit comes back as kind `unreadable` with the reason; the
        next body gets a new process.
        """
        header = json.dumps(["feed", content_type, url, language, zone]).encode()
        try:
            return wire.load(await self._ask(header, body))
        except (_DiedError, ValueError, KeyError, TypeError) as error:
            reason = str(error) if isinstance(error, _DiedError) else "its answer made no sense"
            return ParsedFeed("unreadable", problems=(f"the parser was stopped: {reason}",), well_formed=False)

    async def _ask(self, header: bytes, body: bytes) -> bytes:
        """A worker's answer to one job. _DiedError if it gave none; it was then replaced."""
        async with self._large if len(body) > LARGE_BYTES else nullcontext(), self._slots:
            worker = await self._take()
            self._busy.add(worker)
            try:
                answer = await worker.ask(header, body, self._limits.wall_s)
            except _DiedError:
                self.died += 1
                await worker.kill()
                raise
            except BaseException:
                await asyncio.shield(worker.kill())
                raise
            finally:
                self._busy.discard(worker)
            if worker.jobs >= self._limits.jobs:
                await worker.kill()
            else:
                self._idle.append(worker)
                self._plan_sweep()
            return answer

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.process.returncode is None:
                return worker
        self.started += 1
        return await _Worker.start(self._limits)

    def _plan_sweep(self) -> None:
        if self._sweeper is None:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(self._limits.idle_s, self._sweep)

    def _sweep(self) -> None:
        """Ends the workers that had nothing to do."""
        self._sweeper = None
        before = time.monotonic() - self._limits.idle_s
        tired = [worker for worker in self._idle if worker.idle_since <= before]
        self._idle = [worker for worker in self._idle if worker.idle_since > before]
        if tired:

            async def end() -> None:
                for worker in tired:
                    await worker.kill()

            self._sweeping = asyncio.get_running_loop().create_task(end())
        if self._idle:
            self._plan_sweep()


def _answer(job: list[Any], body: bytes) -> bytes:
    # Only here, because the daemon has no use for what parses.
    from .article import extract
    from .parse import parse

    kind, content_type, url, language, zone = job
    if kind == "article":
        try:
            return extract(body, content_type, url, language=language).encode("utf-8", "replace")
        except MemoryError:
            raise
        except Exception:
            return b""  # a page on which the extractor fails has no text for us
    try:
        parsed = parse(body, content_type, url, language=language, zone=zone)
    except MemoryError:
        raise
    except Exception as error:
        # Whatever a body did to the parser is the body's fault: it gets a reason, the daemon stays up.
        reason = f"the parser failed ({type(error).__name__}: {str(error)[:120]})"
        parsed = ParsedFeed("unreadable", problems=(reason,), well_formed=False)
    return wire.dump(parsed)


def _limit_cpu(cpu_s: int) -> None:
    """Gives the next job its CPU seconds, counted from what the process has used."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + cpu_s + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def main(cpu_s: int, memory_bytes: int, jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answers jobs until there are no more. Its resources are limited before the first byte of a stranger is read."""
    import resource
    import signal

    import feedparser  # noqa: F401 (loaded before files are closed off)

    from . import article, parse  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is the daemon's to handle
    os.nice(5)
    for limit, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    try:
        while len(head := jobs.read(_LENGTH.size)) == _LENGTH.size:
            header_size, body_size = _LENGTH.unpack(head)
            job = json.loads(jobs.read(header_size))
            _limit_cpu(cpu_s)
            answer = _answer(job, jobs.read(body_size))
            answers.write(_LENGTH.pack(len(answer), 0) + answer)
            answers.flush()
    except MemoryError:
        os._exit(77)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
