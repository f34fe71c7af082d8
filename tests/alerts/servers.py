"""Servers that misbehave in one way each, for the table of faults."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """A web service: answers in turn as told (status, headers, body), then 200. `received` are the bodies it got."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self.received: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with suppress(ValueError):
                    hook.received.append(json.loads(raw))
                hook.paths.append(self.path)
                hook.times.append(time.monotonic())
                status, headers, body = hook.answers.pop(0) if hook.answers else (200, {}, "ok")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_PUT = do_GET = do_POST  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def raw_server(talk: Any) -> Iterator[int]:
    """A TCP server that hands each connection to `talk(socket)`; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_talk, args=(talk, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _talk(talk: Any, connection: socket.socket) -> None:
    with connection, suppress(OSError):
        talk(connection)


def silent(connection: socket.socket) -> None:
    """Accepts the connection and never says a word."""
    while connection.recv(65536):
        pass


def dripping(connection: socket.socket) -> None:
    """Says one byte of an endless greeting at a time."""
    while True:
        connection.sendall(b"2")
        time.sleep(0.05)


def dumb_after_data(connection: socket.socket) -> None:
    """A mail server that takes the mail and then neither accepts nor refuses it."""
    connection.sendall(b"220 mx\r\n")
    data = False
    buffer = b""
    while chunk := connection.recv(65536):
        buffer += chunk
        if data:
            continue
        for line in buffer.split(b"\r\n")[:-1]:
            word = line[:4].upper()
            if word == b"DATA":
                connection.sendall(b"354 go on\r\n")
                data = True
            elif word in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"QUIT"):
                connection.sendall(b"250 ok\r\n")
        buffer = b""


def garbage(connection: socket.socket) -> None:
    """Answers in no protocol at all."""
    connection.settimeout(0.2)
    with suppress(TimeoutError):
        connection.recv(65536)
    connection.sendall(bytes(range(256)) * 4)


def dripping_answer(connection: socket.socket) -> None:
    """A web service that takes the message and then answers one byte at a time, without end."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b".")
        time.sleep(0.05)


def dripping_head(connection: socket.socket) -> None:
    """A web service whose status line never ends."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 ")
    while True:
        connection.sendall(b"O")
        time.sleep(0.05)


def endless_answer(connection: socket.socket) -> None:
    """A web service that answers as fast as it can, without end."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 100000000000\r\n\r\n")
    while True:
        connection.sendall(b"." * 1_000_000)


def taken_and_dropped(connection: socket.socket) -> None:
    """A web service that takes the message and breaks off without an answer."""
    connection.recv(65536)
