"""How templates write things: times in the reader's zone, wrapped lines, right-to-left text, words for numbers. Pure."""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..clock import from_text
from ..reading.records import MARKS, PARTS
from .gloss import in_english
from .stream import bars, standing_words
from .subject import is_rtl, isolated, one_line

log = logging.getLogger("monitor.message")

# Columns of a plain text: what a terminal's mail client shows without breaking lines.
WIDTH = 76
# Told apart by colour-blind people too, and always beside the mark's shape; readable on white and on black.
COLOURS = {"escalation": "#c5221f", "de-escalation": "#1967d2"}
GRADE_WORDS = {"direct": "named", "related": "described, not named"}
ROLE_WORDS = {
    "agent": "acts",
    "target": "is acted upon",
    "speaker": "speaks",
    "addressee": "is spoken to",
    "mediator": "mediates",
    "mentioned": "is mentioned",
    "subject": "is the subject",
}
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")


def local_time(moment: datetime, zone: str) -> str:
    """`Mon 3 Mar 2031, 09:40 (Asia/Baghdad)`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({zone})"


def with_zone(zone: str) -> dict[str, Callable[..., str]]:
    """The filters that need the reader's time zone; they take moments as stored."""

    def when(text: str | None) -> str:
        return local_time(from_text(text), zone) if text else "undated"

    def short(text: str | None) -> str:
        if not text:
            return "undated"
        local = from_text(text).astimezone(ZoneInfo(zone))
        return f"{local:%a} {local.day} {local:%b, %H:%M}"

    return {"when": when, "short": short}


def wrapped(text: Any, indent: int = 0) -> str:
    """A paragraph in lines of at most `WIDTH` columns, long words (links) unbroken."""
    space = " " * indent
    return (
        textwrap.fill(
            " ".join(str(text).split()),
            WIDTH,
            initial_indent=space,
            subsequent_indent=space,
            break_long_words=False,
            break_on_hyphens=False,
        )
        or space
    )


def share(value: Any) -> str:
    """0.415 -> `42 %`."""
    return "unknown" if not isinstance(value, int | float) else f"{value:.0%}".replace("%", " %")


def times(days: float) -> str:
    """A number of days as people say it."""
    if days >= 360:
        years = days / 365.25
        return "a year" if years < 1.5 else f"{years:.0f} years"
    return "a quarter" if days == 90 else "a month" if days == 30 else "a week" if days == 7 else f"{days:.0f} days"


def plural(count: int, word: str, words: str = "") -> str:
    """`1 story`, `4 stories`."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def for_markdown(value: Any) -> Any:
    """Feed text cannot make links, images, mentions or mark-up in a chat; links stay links."""
    if isinstance(value, str):
        if re.fullmatch(r"https?://[^\s<>\"'`]+", value):
            return value
        # A zero-width space keeps @everyone and @here from calling anyone.
        return _MARKUP.sub(r"\\\1", value).replace("@", "@\u200b")
    if isinstance(value, dict):
        return {key: item if key in _KEPT else for_markdown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [for_markdown(item) for item in value]
    return value


def without_markup(text: str) -> str:
    """A line that no service takes for mark-up, a link or a mention: telling characters give way to similar ones."""
    return text.translate(_LOOKALIKES).replace("@", "@\u200b")


_LOOKALIKES = str.maketrans("[]<>*_`~|#\\", "()‹›∗＿'∼¦＃/")
# Our own words and moments, needed as they are.
_KEPT = {
    "id",
    "kind",
    "at",
    "zone",
    "direction",
    "published",
    "first",
    "told",
    "onset",
    "grade",
    "role",
    "level",
    "since",
}


def safe_link(value: Any) -> str:
    """A link that may be clicked, or nothing: only the web's schemes."""
    text = str(value or "")
    return text if re.fullmatch(r"https?://[^\s<>\"'`]+", text) else ""


def code_marked(text: Any) -> Any:
    """Our own words, `commands` in them set as such in HTML."""
    from markupsafe import Markup, escape

    marked = re.sub(
        r"`([^`]+)`", lambda found: f"<code>{_UNBROKEN.sub(_KEPT_WHOLE, found[1])}</code>", str(escape(text))
    )
    return Markup(marked)  # noqa: S704 - escaped just before


def english(title: str) -> str:
    """The gloss of a title in Arabic or Persian; a fault in it costs the gloss, not the message."""
    try:
        return in_english(title)
    except Exception:
        log.exception("gloss-missing title=%r", title[:80])
        return ""


# Options and names with hyphens, which a line must not break.
_UNBROKEN, _KEPT_WHOLE = re.compile(r"(\S*-\S+)"), r'<span style="white-space:nowrap">\1</span>'


def beside(evidence: dict[str, str], title: str) -> dict[str, str]:
    """The evidence to quote under a title: where it stands in the title itself, its own words are enough."""
    sentence = " ".join(f"{evidence['before']}{evidence['text']}{evidence['after']}".split())
    if sentence != " ".join(title.split()):
        return evidence
    return {"before": "… " if evidence["before"].strip() else "", "text": evidence["text"],
            "after": " …" if evidence["after"].strip() else ""}  # fmt: skip


FILTERS: dict[str, Callable[..., Any]] = {
    "bidi": lambda text: isolated(str(text)),
    "dir": lambda text: "rtl" if is_rtl(str(text)) else "ltr",
    "line": lambda text, length=400: one_line(str(text), length),
    "link": safe_link,
    "wrap": wrapped,
    "share": share,
    "times": times,
    "plural": plural,
    "mark": lambda direction: MARKS.get(direction, MARKS["none"]),
    "colour": lambda direction: COLOURS.get(direction, "#5f6368"),
    "grade": lambda grade: GRADE_WORDS.get(grade, grade),
    "role": lambda role: ROLE_WORDS.get(role, role),
    "code": code_marked,
    "english": lambda title: english(str(title)),
    "beside": beside,
    "standing": standing_words,
    "bars": bars,
    "step": lambda step: f"in the {step}" if step in PARTS else step,
    "source": lambda story: one_line(f"{story.get('owner', '')}: {story.get('title', '')}", 300),
}
