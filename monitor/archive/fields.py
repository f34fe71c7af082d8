"""The fields of an archived row -> a story: dates of every kind, clean text, a language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from ..feeds.dates import read_date
from ..stories import language
from ..stories.text import MAX_BODY, clean
from ..stories.text import title as clean_title
from .records import ArchivedStory, end_of_day

# The fields of a row; only date and title must be there.
FIELDS = ("date", "outlet", "title", "summary", "body", "url", "lang", "src")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?Z?)?")


# Characters that cleaning leaves as they are, or makes a space of; no markup, nothing invisible, nothing to compose.
_TAME = re.compile("[\t\n\r -%'-;=-~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2122]*")
# Trailers that cleaning takes off the end even of a word.
_TRAILERS = ("continue reading", "read more", "read full story")
# Longer fields are cut by cleaning.
_SHORT = 400


class BadFieldsError(ValueError):
    """A row that is no story; the message says why."""


def story_of(fields: Mapping[str, Any]) -> ArchivedStory:
    """The story in a row. Raises BadFieldsError where date or title are absent or cannot be read."""
    title = clean_title(_text(fields.get("title")))
    if not title:
        raise BadFieldsError("it has no title")
    summary, body = clean(_text(fields.get("summary"))), clean(_text(fields.get("body")))
    url = _text(fields.get("url")).strip()
    declared = _text(fields.get("lang"))
    return ArchivedStory(
        date=moment(fields.get("date")),
        outlet=_text(fields.get("outlet")).strip() or urlsplit(url).hostname or "unknown",
        title=title,
        summary=summary,
        url=url,
        lang=declared or "en",
        src=_text(fields.get("src")),
        body=body,
    )


def plain_text(fields: Mapping[str, Any]) -> str | None:
    """All text of a row as it stands, where cleaning it brings no word to light that is not in it already; else None.

    Nearly every row of most archives is such, and is passed over without being cleaned.
    """
    parts = [fields.get(name) for name in ("title", "summary", "body")]
    if not isinstance(parts[0], str) or len(parts[0]) > _SHORT:
        return None
    found = []
    for part in parts:
        if part is None:
            continue
        if not isinstance(part, str) or len(part) > MAX_BODY or not _TAME.fullmatch(part):
            return None
        found.append(part)
    text = "\n".join(found)
    lowered = text.lower()
    return None if any(trailer in lowered for trailer in _TRAILERS) else text


def check(fields: Mapping[str, Any]) -> None:
    """Raise BadFieldsError where `story_of` would."""
    if not _text(fields.get("title")).strip():
        raise BadFieldsError("it has no title")
    moment(fields.get("date"))


def with_language(story: ArchivedStory) -> ArchivedStory:
    """The story with the language its letters show, where they contradict the archive's word for it."""
    lang = language.settle(story.lang, f"{story.title}\n{story.summary}") or "en"
    return story if lang == story.lang else replace(story, lang=lang)


def moment(value: Any) -> datetime:
    """A date in any of the forms archives use -> UTC, whole seconds; BadFieldsError where it is none.

    ISO 8601, dates of feeds, and the bare digits of GDELT (20231007, 20231007143000).
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return end_of_day(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - given its zone there
    text = _text(value).strip()
    if not text:
        raise BadFieldsError("it has no date")
    try:
        if digits := _DIGITS.fullmatch(text):
            parts = [int(part) for part in digits.groups() if part]
            day = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - given its zone below
            return end_of_day(day) if len(parts) == 3 else day.replace(tzinfo=UTC)
        day = datetime.fromisoformat(text)
        return end_of_day(day) if len(text) == 10 else _utc(day)
    except (ValueError, OverflowError):
        pass
    found, _ = read_date(text)
    if found is None:
        raise BadFieldsError(f"its date {text[:40]!r} cannot be read")
    return _utc(found)


def _utc(value: datetime) -> datetime:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.replace(microsecond=0)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)  # a missing value of a table is NaN
