"""A served report for tests: the real server in a thread, on a free port of this machine."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from monitor.pages.access import Access
from monitor.pages.data import read_report
from monitor.pages.page import build
from monitor.pages.serve import Source, application, settings_of
from monitor.store.connect import open_reader
from tests.pages.world import END, watchlists


@contextmanager
def served(database: Path, token: str = "") -> Iterator[int]:
    """The port of a report of the made-up world, while it is served."""

    def read():  # type: ignore[no-untyped-def]
        with open_reader(database) as store:
            return read_report(store, watchlists(), until=END)

    source = Source(database, read, lambda report, version: build(report, live=True, version=version))
    server = uvicorn.Server(
        uvicorn.Config(application(source, Access(token), local=True), **settings_of("127.0.0.1", 0))
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server ended before it started"
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


class Answer:
    """Status, headers and text of an answer."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.text = answer.status, answer.read().decode()
        self.headers = {name.lower(): value for name, value in answer.getheaders()}


def ask(port: int, method: str = "GET", path: str = "/", body: str | None = None, **headers: str) -> Answer:
    """One request; names of headers are written with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()
