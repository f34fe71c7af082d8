"""What HTTP services answered while a message was sent: Apprise keeps neither the status nor Retry-After.

Its plugins all send through requests, so one listener on requests' sessions hears them; it hears only the thread that
asked for it, and changes nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

# The longest wait that a service may ask for, in seconds.
LONGEST_WAIT_S = 6 * 3600.0
# What of an answer's body is looked at, in bytes.
_BODY = 4096

_here = threading.local()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: its status, and the wait in seconds that it asked for, if it did."""

    status: int
    retry_after_s: float | None = None


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
        response = send(self, request, **options)
        heard = getattr(_here, "heard", None)
        if heard is not None:
            heard.append(_answer(response))
        return response

    requests.Session.send = heard_send  # type: ignore[method-assign]


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
