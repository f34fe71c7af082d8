"""Figures for Prometheus, taken from the database and the process: on a port of this machine alone, or in a file."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from . import __version__
from .alerts.tell import LAST_TICK_NOTE
from .clock import from_text, to_text, utcnow
from .reload import CONFIG_FAULT_NOTE
from .store.connect import DatabaseError, Store

log = logging.getLogger("monitor.metrics")

# The most that a client may send before it gets its answer, in bytes, and how long it may take, in seconds.
_MOST_ASKED, _PATIENCE_S = 8192, 5.0
# How often the textfile is written, in seconds.
WRITTEN_EVERY_S = 15.0
_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Samples = Iterable[tuple[str, float]]


def figures(store: Store) -> str:
    """All figures in Prometheus' text format. Every one is of this moment (a gauge); moments are Unix seconds."""
    now = utcnow()
    parts = [
        _figure("monitor_up", "1 while the daemon is at work.", [("", 1)]),
        _figure("monitor_build_info", "The version at work.", [(f'version="{__version__}"', 1)]),
        _figure(
            "monitor_last_tick_timestamp_seconds",
            "When the scheduler last ticked.",
            _moment(store.noted(LAST_TICK_NOTE)),
        ),
        _figure(
            "monitor_last_ok_timestamp_seconds",
            "When a feed last answered well.",
            _moment(_value(store, "select max(last_ok_at) from feeds")),
        ),
        _figure(
            "monitor_feeds", "Feeds by their state.", _by(store, "state", "feeds", ("new", "ok", "failing", "gone"))
        ),
        _figure("monitor_backlog_stories", "Stories still to be read.", _one(store, "stories where stage != 'done'")),
        _figure("monitor_stories", "Stories kept.", _one(store, "stories")),
        _figure(
            "monitor_deliveries",
            "Deliveries by their state.",
            _by(store, "state", "deliveries", ("pending", "held", "sent", "dead", "folded")),
        ),
        _figure("monitor_deliveries_dead", "Deliveries given up.", _one(store, "deliveries where state = 'dead'")),
        _figure(
            "monitor_oldest_due_delivery_age_seconds",
            "How long the oldest unsent alert that could go out has waited.",
            [("", _oldest_wait_s(store))],
        ),
        _figure("monitor_alerts", "Alerts kept, by kind.", _by(store, "kind", "alerts", ("signal", "shift"))),
        _figure(
            "monitor_configuration_faulty",
            "1 while the files on disk are not sound and an earlier configuration is in use.",
            [("", float(bool(store.noted(CONFIG_FAULT_NOTE))))],
        ),
        _figure("monitor_database_bytes", "Size of the database with its log.", [("", _size(store.path))]),
        _figure("process_resident_memory_bytes", "Resident memory.", [("", _resident_bytes())]),
        _figure("process_cpu_seconds_total", "CPU time used.", [("", _cpu_s())], "counter"),
        _figure("process_open_fds", "Open descriptors.", [("", len(os.listdir("/proc/self/fd")))]),
        _figure("monitor_written_timestamp_seconds", "When these figures were taken.", _moment(to_text(now))),
    ]
    return "".join(parts)


def _figure(name: str, meaning: str, samples: Samples, kind: str = "gauge") -> str:
    lines = [f"{name}{{{labels}}} {value:.15g}" if labels else f"{name} {value:.15g}" for labels, value in samples]
    return (
        "".join(f"{line}\n" for line in (f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", *lines)) if lines else ""
    )


def _value(store: Store, sql: str) -> str | None:
    row = store.row(sql)
    return row[0] if row else None


def _moment(text: str | None) -> Samples:
    return [("", from_text(text).timestamp())] if text else []


def _one(store: Store, what: str) -> Samples:
    row = store.row(f"select count(*) from {what}")
    return [("", float(row[0]) if row else 0.0)]


def _by(store: Store, column: str, table: str, known: tuple[str, ...]) -> Samples:
    counts = dict.fromkeys(known, 0)
    counts.update({row[0]: row[1] for row in store.rows(f"select {column}, count(*) from {table} group by {column}")})
    return [(f'{column}="{value}"', float(count)) for value, count in counts.items()]


def _oldest_wait_s(store: Store) -> float:
    """Counted from the alert, or from when a held one was released."""
    row = store.row(
        "select min(coalesce(d.started_at, d.next_at)) from deliveries d"
        " where d.state = 'pending' and coalesce(d.started_at, d.next_at) <= ?",
        (to_text(utcnow()),),
    )
    return max(0.0, (utcnow() - from_text(row[0])).total_seconds()) if row and row[0] else 0.0


def _size(database: Path) -> float:
    total = 0
    for name in (database.name, f"{database.name}-wal"):
        with suppress(OSError):
            total += database.with_name(name).stat().st_size
    return float(total)


def _resident_bytes() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return float(int(pages) * resource.getpagesize())


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def write_textfile(path: Path, text: str) -> None:
    """Put the figures where node_exporter's textfile collector reads them: all of them or none. Raises OSError."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(0o644)
    partial.replace(path)


async def serve_figures(port: int, take: Callable[[], str]) -> asyncio.Server:
    """Answer GET /metrics on 127.0.0.1 until the server is closed. Raises OSError where the port is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_answer(head, take))
                await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port, limit=_MOST_ASKED)


def _answer(head: bytes, take: Callable[[], str]) -> bytes:
    status, body = "200 OK", ""
    if head.split()[:2] != [b"GET", b"/metrics"]:
        status, body = "404 Not Found", "the figures are at /metrics\n"
    else:
        try:
            body = take()
        except DatabaseError as error:
            log.error("metrics-fault %s", error)
            status, body = "503 Service Unavailable", "the database cannot be read\n"
    data = body.encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {_TYPE}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode()
        + data
    )


class Exporter:
    """Shows the figures wherever the configuration says; a port or file that fails is told, and stops nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._server: asyncio.Server | None = None
        self._port: int | None = None
        self._written_at = -WRITTEN_EVERY_S

    async def listen(self, port: int | None) -> None:
        """Listen on this port from now on; None for none."""
        if port == self._port:
            return
        await self.close()
        if port is not None:
            try:
                self._server = await serve_figures(port, lambda: figures(self._store))
            except OSError as error:
                log.error("metrics-fault port=%d %s", port, error.strerror or error)
                return
        self._port = port

    def write(self, path: Path | None) -> None:
        """Write the textfile, if there is to be one and its time has come."""
        if path is None or time.monotonic() - self._written_at < WRITTEN_EVERY_S:
            return
        self._written_at = time.monotonic()
        try:
            write_textfile(path, figures(self._store))
        except OSError as error:
            log.error("metrics-fault file=%s %s", path, error.strerror or error)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._port = None
