"""Time as the rest of the house uses it: aware UTC datetimes, stored as fixed-width text that sorts as time."""

from __future__ import annotations

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present moment, UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def to_text(moment: datetime) -> str:
    """A moment as stored: `2026-11-24T18:00:00Z`. Years before 1000 are clamped so that text order is time order."""
    moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='seconds')[:19]}Z" if moment.year >= 1000 else "1000-01-01T00:00:00Z"


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote."""
    return datetime.fromisoformat(text)
