"""An alert's payload -> the message: subject, text, HTML, markdown. Feed text is never trusted: everything is escaped."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..clock import from_text
from .records import Message

MARKS = {"escalation": "▲", "de-escalation": "▼"}
# Told apart by colour-blind people too, and always beside the mark's shape.
COLOURS = {"escalation": "#b3261e", "de-escalation": "#1a5fb4"}
GRADE_WORDS = {"direct": "named", "related": "described, not named"}

# Longest subject, in characters: what a phone's lock screen and mail servers take in any script.
SUBJECT_LENGTH = 110

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def one_line(text: str, length: int) -> str:
    """`text` without line breaks, control and direction characters, cut at a word's end to `length` characters."""
    text = " ".join(_CONTROLS.sub(" ", text).split())
    if len(text) <= length:
        return text
    cut = text[: length - 1].rsplit(" ", 1)[0] if " " in text[: length - 1] else text[: length - 1]
    return cut.rstrip(" ,;:.-") + "…"


def subject(payload: dict[str, Any]) -> str:
    """What a person triages on: `▼ de-escalation · Esmail Qaani: tells factions to hold fire · 4 sources`."""
    count = len(payload["sources"])
    tail = f" · {count} sources" if count > 1 else ""
    names = ", ".join(watchlist["name"] for watchlist in payload["watchlists"])
    head = f"{MARKS[payload['direction']]} {payload['direction']} · {one_line(names, 50)}: "
    return head + one_line(payload["title"], max(40, SUBJECT_LENGTH - len(head) - len(tail))) + tail


def render(payload: dict[str, Any], zone: str, templates: Path | None = None) -> Message:
    """The message of an alert, with times in the reader's time zone. `templates`: a folder whose files replace ours."""
    view = dict(payload)
    view["mark"] = MARKS[payload["direction"]]
    view["colour"] = COLOURS[payload["direction"]]
    view["direction_word"] = payload["direction"].upper()
    view["names"] = ", ".join(watchlist["name"] for watchlist in payload["watchlists"])
    view["grade_words"] = GRADE_WORDS[payload["match"]["grade"]]
    view["confidence"] = f"{payload['confidence']:.0%}"
    view["at"] = local_time(from_text(payload["at"]), zone)
    view["published"] = local_time(from_text(payload["published"]), zone) if payload["published"] else "undated"
    view["title"] = one_line(payload["title"], 400)
    kind = payload["kind"]
    return Message(
        alert_id=payload["id"],
        thread=payload["thread"],
        at=from_text(payload["at"]),
        subject=subject(payload),
        text=_template(f"{kind}.txt").render(view),
        html=_template(f"{kind}.html").render(view),
        markdown=_template(f"{kind}.md").render({key: _plain_markdown(value) for key, value in view.items()}),
    )


def local_time(moment: datetime, zone: str) -> str:
    """`Mon 3 Mar 2031, 09:40 (Asia/Baghdad)`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({zone})"


def _plain_markdown(value: Any) -> Any:
    """Feed text cannot make links, images or mark-up in a chat."""
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", value)
    if isinstance(value, dict):
        return {key: _plain_markdown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_markdown(item) for item in value]
    return value


@cache
def _template(name: str) -> Any:
    from jinja2 import FileSystemLoader
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
