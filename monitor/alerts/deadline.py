"""Ends what a channel's plugin does at its deadline, whatever the other side does.

A socket's time-out is for one answer: a server that drips a byte at a time never trips it, and a plugin may ask several
times. So the connections that an attempt opens are watched, shut at its deadline from outside, and no further one is
let begin. The plugin sees a lost connection and returns by itself; no thread is left behind.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

_here = threading.local()


class Deadline:
    """The connections of one attempt. `passed`: they were shut because its time was over."""

    def __init__(self) -> None:
        self.passed = False
        self._handles: list[int] = []
        self._lock = threading.Lock()
        self._done = False

    def watch(self, connection: socket.socket) -> None:
        """Keep a second handle of a connection about to be opened: TLS may take the first one over."""
        with self._lock:
            if self.passed:
                raise TimeoutError("the attempt's time is over")
            self._handles.append(os.dup(connection.fileno()))

    def cut(self) -> None:
        """Shut every connection."""
        with self._lock:
            if self._done:
                return
            self.passed = True
            for handle in self._handles:
                with suppress(OSError), socket.socket(fileno=os.dup(handle)) as connection:
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the handles."""
        with self._lock:
            self._done = True
            for handle in self._handles:
                with suppress(OSError):
                    os.close(handle)
            self._handles.clear()


@contextmanager
def ended_after(seconds: float) -> Iterator[Deadline]:
    """What this thread connects to while inside is shut after so many seconds."""
    _listen()
    deadline = Deadline()
    timer = threading.Timer(max(seconds, 0.0), deadline.cut)
    timer.daemon = True
    _here.deadline = deadline
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        _here.deadline = None
        deadline.close()


@cache
def _listen() -> None:
    """The interpreter tells of every connection before it is opened; a hook cannot be taken away, so there is one."""

    def hear(event: str, details: tuple[object, ...]) -> None:
        if event != "socket.connect":
            return
        deadline = getattr(_here, "deadline", None)
        if deadline is not None and isinstance(details[0], socket.socket):
            deadline.watch(details[0])

    sys.addaudithook(hear)
