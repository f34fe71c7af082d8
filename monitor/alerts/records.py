"""The records at the seams of telling: what is sent, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# `transient` may pass by itself; `permanent` needs a person to mend something, so it is tried rarely. `unknown`: the other
# side may have the message, but did not say so; it is sent again, under the same id.
Outcome = Literal["sent", "transient", "permanent", "unknown"]


@dataclass(frozen=True, slots=True)
class Message:
    """One alert, rendered. `alert_id` is the same at every attempt; `thread` is shared by all alerts on one event.

    `footer` ends a chat message whatever has to be cut: the alert's id, and how to go on. `chart` is a PNG, shown
    inline in mail (as `cid:chart`) and attached in chat.
    """

    alert_id: str
    thread: str
    at: datetime
    subject: str
    text: str
    html: str
    markdown: str
    footer: str = ""
    chart: bytes | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to deliver came to.

    `detail` is what the other side said, without secrets. `accepted` are the recipients that now have it, where the
    channel tells (mail); a retry leaves them out. `retry_after_s` is the wait the service asked for.
    """

    outcome: Outcome
    detail: str
    accepted: tuple[str, ...] = ()
    retry_after_s: float | None = None
