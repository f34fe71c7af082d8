"""Spans and times of day as people write them in the configuration: `15m`, `22:00`, `weekly monday 07:00`."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def as_span(value: Any) -> Any:
    """`90s`, `15m`, `6h`, `30d` -> timedelta. Raises ValueError with the mend."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", str(value))
    if not found:
        raise ValueError(f"cannot read {str(value)!r} as a span of time -> Write a number and s, m, h or d: `15m`")
    return timedelta(seconds=float(found[1]) * _UNIT_S[found[2]])


def as_time(value: Any) -> Any:
    """`22:00` -> time. Raises ValueError with the mend."""
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*", str(value))
    if not found:
        raise ValueError(f"cannot read {str(value)!r} as a time of day -> Write it as `22:00`, from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def check_zone(name: str) -> str:
    """A time zone's name as it is. Raises ValueError with the mend where there is none of it."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {name!r} -> Write one such as `Europe/Berlin` or `UTC`") from None
    return name


Span = Annotated[timedelta, BeforeValidator(as_span)]
TimeOfDay = Annotated[time, BeforeValidator(as_time)]


def at_time(day: datetime, moment: time, days: int = 0) -> datetime:
    """That time of day on `day` (aware, local) or so many days later, on the local clock: days of 23 or 25 hours count
    as one. A time that a change of the clock skips is taken as if it had not."""
    shifted = day.replace(tzinfo=None) + timedelta(days=days)
    local = datetime.combine(shifted.date(), moment)
    return local.replace(tzinfo=day.tzinfo)
