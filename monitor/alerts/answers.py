"""What HTTP services answered while a message was sent, or why they did not: Apprise keeps neither.

Its plugins all send through requests, so one listener on requests' sessions hears them; it hears only the thread that
asked for it, and changes nothing but how much of an answer is read.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

# The longest wait that a service may ask for, in seconds.
LONGEST_WAIT_S = 6 * 3600.0
# The most that is read of an answer's body, and what of it is looked at for a wait, in bytes.
MOST_READ = 2_000_000
_BODY = 4096

_here = threading.local()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: its status (0 where none came), and the wait in seconds that it asked for, if it did.

    `fault` says why none came; `taken`: the service may have the message all the same.
    """

    status: int
    retry_after_s: float | None = None
    fault: str = ""
    taken: bool = False


@contextmanager
def listening() -> Iterator[list[Answer]]:
    """The answers that this thread gets, in order, while inside."""
    _listen()
    heard: list[Answer] = []
    _here.heard = heard
    try:
        yield heard
    finally:
        _here.heard = None


@cache
def _listen() -> None:
    import requests

    send = requests.Session.send

    def heard_send(self: Any, request: Any, **options: Any) -> Any:
        heard = getattr(_here, "heard", None)
        if heard is None:
            return send(self, request, **options)
        try:
            response = send(self, request, **{**options, "stream": True})
            _read(response)
        except requests.RequestException as error:
            heard.append(_fault(error, str(request.url)))
            raise
        heard.append(_answer(response))
        return response

    requests.Session.send = heard_send  # type: ignore[method-assign]


def _read(response: Any) -> None:
    """Read an answer's body, but no endless one."""
    body = bytearray()
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) >= MOST_READ:
            response.close()
            break
    response._content, response._content_consumed = bytes(body), True


def _fault(error: Exception, url: str) -> Answer:
    """Why no answer came, in words that name no more of the URL than its host."""
    host = urlsplit(url).hostname or "the service"
    causes = _causes(error)
    names = {type(cause).__name__ for cause in causes}
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    secured = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    refused = next((cause for cause in causes if isinstance(cause, ConnectionRefusedError)), None)
    if certificate is not None:
        return Answer(0, fault=f"TLS: certificate of {host} not trusted ({certificate.verify_message})")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Answer(0, fault=f"no address found for {host}")
    if refused is not None:
        return Answer(0, fault=f"{host} refuses the connection")
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return Answer(0, fault=f"{host} cannot be reached in time")
    if "NewConnectionError" in names:
        return Answer(0, fault=f"{host} cannot be reached")
    if secured is not None and "SSLError" in names and "ProtocolError" not in names:
        return Answer(0, fault=f"TLS: {secured.reason or secured} ({host})")
    if names & {"ReadTimeout", "ReadTimeoutError"}:
        return Answer(0, fault=f"{host} took the message and did not answer in time", taken=True)
    return Answer(0, fault=f"{host} took the message and broke off without a whole answer", taken=True)


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what it came from, the innermost last: requests wraps urllib3's, which wraps the system's."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or each in found:
            continue
        found.append(each)
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found


def _answer(response: Any) -> Answer:
    status = int(response.status_code)
    if status < 400:
        return Answer(status)
    wait = wait_asked(response.headers.get("Retry-After"), response.headers.get("Date"))
    if wait is None and status == 429:
        wait = _wait_in_body(response)
    return Answer(status, wait)


def wait_asked(header: str | None, date: str | None = None) -> float | None:
    """A Retry-After header, seconds or a date (taken from the answer's own Date), as seconds within reason."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            until = parsedate_to_datetime(header)
            start = parsedate_to_datetime(date) if date else datetime.now(UTC)
            seconds = (until - start).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if seconds == seconds else None


def _wait_in_body(response: Any) -> float | None:
    """Where services put it that set no header: Telegram, Discord, Matrix."""
    try:
        body = json.loads(response.content[:_BODY])
        found = body.get("retry_after", (body.get("parameters") or {}).get("retry_after"))
        if found is None and "retry_after_ms" in body:
            found = float(body["retry_after_ms"]) / 1000
        return min(max(float(found), 0.0), LONGEST_WAIT_S) if found is not None else None
    except (ValueError, TypeError, AttributeError):
        return None
