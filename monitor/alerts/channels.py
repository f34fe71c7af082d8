"""Channels: one Apprise URL each, checked when the configuration is read, used one message at a time."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from .records import Attempt, Message

# The longest wait for an HTTP service to connect and to answer, in seconds.
CONNECT_TIMEOUT_S = 15
READ_TIMEOUT_S = 30

# Apprise tells the HTTP status only in its log line: `…, error=503.`
_STATUS = re.compile(r"error=(\d{3})\b")
_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ - \w+ - ")
# 4xx answers that a later try may cure: time-out, too early, too many requests.
_PASSING_4XX = {408, 425, 429}


@cache
def _library() -> Any:
    """Apprise with our mail plugin in place of its own. Loaded at first need: it brings two hundred modules."""
    import apprise

    from .mail import Mail

    logging.getLogger("apprise").propagate = False
    _plugins().add(Mail, schemas=["mailto", "mailtos"], force=True)
    return apprise


def _plugins() -> Any:
    from apprise.manager_plugins import NotificationManager

    return NotificationManager()  # type: ignore[no-untyped-call]


def _asset() -> Any:
    # async_mode off and no service timeout: the send runs in the calling thread, not in Apprise's shared pool,
    # where a few hung services would hold up all others.
    return _library().AppriseAsset(async_mode=False, service_timeout=0, app_id="monitor", image_url_mask=None)


def _service(url: str) -> Any:
    return _library().Apprise.instantiate(url, asset=_asset(), suppress_exceptions=True)


def check_url(url: str) -> str | None:
    """What is wrong with an Apprise URL, or None. Nothing is sent."""
    schema, separator, _ = url.partition("://")
    if not separator or not schema:
        return "not an Apprise URL (`service://…`)"
    _library()
    known = _plugins().schemas()
    if schema.lower() not in known:
        from difflib import get_close_matches

        close = get_close_matches(schema.lower(), known, n=1)
        return f"unknown service `{schema}://`" + (f", did you mean `{close[0]}://`?" if close else "")
    if _service(url) is None:
        return f"`{schema}://` needs more than this URL says"
    return None


def send(url: str, message: Message, accepted: Sequence[str] = ()) -> Attempt:
    """Deliver one message; returns what came of it, never raises for a fault of the channel.

    `accepted` are recipients that an earlier attempt reached. Blocks until the channel answers: call it in the
    channel's own thread.
    """
    service = _service(url)
    if service is None:
        return Attempt("permanent", "the channel's URL is not usable")
    if hasattr(service, "deliver"):
        return service.deliver(message, accepted)  # type: ignore[no-any-return]
    service.socket_connect_timeout = CONNECT_TIMEOUT_S
    service.socket_read_timeout = READ_TIMEOUT_S
    return _notify(service, message)


def _notify(service: Any, message: Message) -> Attempt:
    apprise = _library()
    group = apprise.Apprise(asset=service.asset)
    group.add(service)
    body = f"{message.markdown}\n\n`{message.alert_id}`"
    result = group.notify(body=body, title=message.subject, body_format=apprise.NotifyFormat.MARKDOWN)
    if result:
        return Attempt("sent", "accepted by the service")
    lines = [str(line) for entry in result for attempt in entry.attempts for line in attempt.logs]
    reason = _LOG_PREFIX.sub("", lines[-1]) if lines else "the service did not accept it"
    code = _STATUS.search(reason)
    lasting = code is not None and 400 <= int(code[1]) < 500 and int(code[1]) not in _PASSING_4XX
    return Attempt("permanent" if lasting else "transient", reason)
