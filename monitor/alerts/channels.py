"""Channels: one Apprise URL each, checked when the configuration is read, used one message at a time."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote

from .answers import listening
from .deadline import ended_after
from .fit import fit
from .message import one_line
from .records import Attempt, Message
from .writing import without_markup

# The longest wait for an HTTP service to connect and to answer, in seconds.
CONNECT_TIMEOUT_S = 15
READ_TIMEOUT_S = 30

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
    # No redirects: a message goes where the configuration says.
    return _library().AppriseAsset(
        async_mode=False, service_timeout=0, http_redirects=False, app_id="monitor", image_url_mask=None
    )


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


def secrets_of(url: str) -> tuple[str, ...]:
    """The parts of a channel's URL that are not to be shown: those that Apprise's own masked form leaves out."""
    service = _service(url)
    shown = service.url(privacy=True) if service is not None else ""
    parts = {part for part in re.split(r"[/:@?&=#,;\s]+", url) if len(part) >= _SECRET_LENGTH}
    parts |= {unquote(part) for part in parts}
    return tuple(sorted((part for part in parts if part not in shown), key=len, reverse=True))


def spacing_s(url: str) -> float:
    """The least time between two messages that the service allows, in seconds. Mail has none."""
    service = _service(url)
    return 0.0 if service is None or hasattr(service, "deliver") else float(service.request_rate_per_sec)


def send(url: str, message: Message, accepted: Sequence[str] = (), deadline_s: float = 120.0) -> Attempt:
    """Deliver one message; returns what came of it, never raises for a fault of the channel.

    `accepted` are recipients that an earlier attempt reached. Blocks until the channel answers: call it in the
    channel's own thread.
    """
    service = _service(url)
    if service is None:
        return Attempt("permanent", "the channel's URL is not usable")
    if hasattr(service, "deliver"):
        return service.deliver(message, accepted, deadline_s)  # type: ignore[no-any-return]
    service.socket_connect_timeout = CONNECT_TIMEOUT_S
    service.socket_read_timeout = READ_TIMEOUT_S
    with ended_after(deadline_s) as deadline:
        attempt = _notify(service, message)
    if deadline.passed:  # even what looks like success: an answer that was cut short may read as a whole one
        return Attempt("unknown", f"no whole answer within {deadline_s:.0f} s: hung up", attempt.accepted)
    return attempt


def _notify(service: Any, message: Message) -> Attempt:
    apprise = _library()
    group = apprise.Apprise(asset=service.asset)
    group.add(service)
    body, form = _body(service, message)
    attach = None
    if message.chart and service.attachment_support:
        attach = apprise.attachment.memory.AttachMemory(message.chart, name="chart.png", mimetype="image/png")
    with listening() as heard:
        result = group.notify(body=body, title=_title(service, message), body_format=form, attach=attach)
    if result:
        return Attempt("sent", "accepted by the service")
    lines = [str(line) for entry in result for attempt in entry.attempts for line in attempt.logs]
    reason = _LOG_PREFIX.sub("", lines[-1]) if lines else "the service did not accept it"
    refused = next((answer for answer in reversed(heard) if answer.status >= 400 or answer.fault), None)
    if refused is None:
        return Attempt("transient", reason)
    if refused.fault:
        return Attempt("unknown" if refused.taken else "transient", refused.fault)
    if str(refused.status) not in reason:
        reason = f"{reason} (HTTP {refused.status})"
    lasting = 400 <= refused.status < 500 and refused.status not in _PASSING_4XX
    return Attempt("permanent" if lasting else "transient", reason, retry_after_s=refused.retry_after_s)


def _title(service: Any, message: Message) -> str:
    """The subject within the service's limit. Services with mark-up often show it inside the body: it holds none."""
    subject = without_markup(message.subject) if _marked(service) else message.subject
    limit = service.title_maxlen
    return one_line(subject, limit) if 0 < limit < len(subject) else subject


def _marked(service: Any) -> bool:
    """Whether the service shows mark-up, and people read it."""
    apprise = _library()
    forms = {apprise.NotifyFormat(form) for form in service._formats()}
    return forms != {apprise.NotifyFormat.TEXT} and type(service).__name__ not in _PLAIN


def _body(service: Any, message: Message) -> tuple[str, Any]:
    """What the service shows best, within its limit: its own mark-up where it has one, else plain text."""
    apprise = _library()
    marked = _marked(service)
    body = message.markdown if marked else message.text
    limit = int(service.body_maxlen or 0)
    if limit:
        # The title goes into the body where the service has none, and mark-up grows in conversion.
        limit = int(limit * _ROOM) - (len(message.subject) + 4 if service.title_maxlen <= 0 else 0)
    form = apprise.NotifyFormat.MARKDOWN if marked else apprise.NotifyFormat.TEXT
    return fit(body, message.footer or message.alert_id, limit), form


# Shorter parts of a URL are words, not secrets.
_SECRET_LENGTH = 6
# Services read by programs, which would rather have no mark-up.
_PLAIN = {"NotifyJSON", "NotifyXML", "NotifyForm", "NotifyMQTT"}
# How much of a service's limit is used before conversion.
_ROOM = 0.9
