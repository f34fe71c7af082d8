"""Routes: which alerts go to which channels, when, and how many at most; and what the monitor tells of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from .spans import DAYS, Span, TimeOfDay, at_time, check_zone

AlertKind = Literal["signal", "shift", "declared", "contested", "retraction", "volume"]
# What a route takes that names no kinds. More coverage than usual is only noted: it goes where it is asked for, and
# into digests.
ALL_KINDS: tuple[AlertKind, ...] = ("signal", "shift", "declared", "contested", "retraction")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Once a day, or once a week on `weekday` (0 is Monday), at a local time of day."""

    at: time
    weekday: int | None = None

    def next_after(self, moment: datetime, zone: str) -> datetime:
        """The first time of the schedule after a moment, UTC."""
        local = moment.astimezone(ZoneInfo(zone))
        for days in range(9):
            candidate = at_time(local, self.at, days)
            wanted = self.weekday is None or candidate.weekday() == self.weekday
            if wanted and candidate.astimezone(UTC) > moment:
                return candidate.astimezone(UTC)
        raise AssertionError("every nine days hold a time of the schedule")

    def last_before(self, moment: datetime, zone: str) -> datetime:
        """The latest time of the schedule at or before a moment, UTC."""
        local = moment.astimezone(ZoneInfo(zone))
        for days in range(9):
            candidate = at_time(local, self.at, -days)
            wanted = self.weekday is None or candidate.weekday() == self.weekday
            if wanted and candidate.astimezone(UTC) <= moment:
                return candidate.astimezone(UTC)
        raise AssertionError("every nine days hold a time of the schedule")

    def __str__(self) -> str:
        when = "daily" if self.weekday is None else f"weekly {DAYS[self.weekday]}"
        return f"{when} {self.at:%H:%M}"


def _as_schedule(value: Any) -> Any:
    """`daily 07:00`, `weekly monday 07:00` -> Schedule."""
    if value is None or isinstance(value, Schedule):
        return value
    words = rf"\s*(?:daily|weekly\s+({'|'.join(DAYS)}))\s+([01]?\d|2[0-3]):([0-5]\d)\s*"
    found = re.fullmatch(words, str(value), re.IGNORECASE)
    if not found:
        raise ValueError(f"cannot read {str(value)!r} as a schedule -> Write `daily 07:00` or `weekly monday 07:00`")
    weekday = DAYS.index(found[1].lower()) if found[1] else None
    return Schedule(time(int(found[2]), int(found[3])), weekday)


ScheduleText = Annotated[Schedule, BeforeValidator(_as_schedule)]


class QuietHours(_Strict):
    """Hours in which a route's alerts wait, in the zone of people there. `override`: this strength is told at once."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    timezone: str | None = None
    days: tuple[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ...] = ()
    override: int = Field(default=3, ge=1, le=4)

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return check_zone(name) if name else name

    def until(self, moment: datetime, zone: str) -> datetime | None:
        """When the quiet at a moment ends (UTC); None where it is not quiet then. `days` name the evenings it starts on."""
        local = moment.astimezone(ZoneInfo(self.timezone or zone))
        overnight = self.to <= self.from_
        for days in (-1, 0):
            start = at_time(local, self.from_, days)
            if self.days and DAYS[start.weekday()] not in self.days:
                continue
            end = at_time(start, self.to, 1 if overnight else 0)
            if start.astimezone(UTC) <= moment < end.astimezone(UTC):
                return end.astimezone(UTC)
        return None


class Route(_Strict):
    """Which alerts go to which channels, and when.

    `quiet` hours hold them back, `digest` gathers them into one message per period. `wait`: how long an alert is held
    for more stories on its event. `repeat`: the least time between two updates of one event that only add sources.
    `cap`: at most this many messages per watchlist and hour; the rest is summed up at the end of the hour.
    """

    channels: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[AlertKind, ...] = ALL_KINDS
    directions: tuple[Literal["escalation", "de-escalation"], ...] = ("escalation", "de-escalation")
    strength: int = Field(default=1, ge=1, le=3)
    quiet: QuietHours | None = None
    digest: ScheduleText | None = None
    wait: Span = timedelta(0)
    repeat: Span = timedelta(hours=6)
    cap: int = Field(default=20, ge=1)


class Health(_Strict):
    """What the monitor tells of itself. `channels`: who is told (default: all). `heartbeat`: when it says that it lives.

    `disk`: the least free space, in megabytes. `ping`: a URL asked every `ping_every` while all is at work, so that an
    outside watcher notices when that stops. `silences`: `false` leaves feeds that fell silent unmentioned.
    """

    channels: tuple[str, ...] | None = None
    heartbeat: ScheduleText | None = Schedule(time(8, 0), 0)
    disk: int = Field(default=500, ge=0)
    ping: str | None = None
    ping_every: Span = timedelta(minutes=5)
    silences: bool = True


class DeliveryRules(_Strict):
    """`dead_after`: a delivery that failed this long is given up (kept, shown, sent again on request).

    `catch_up_after`: after a downtime this long, what the first look brings is summed up in one message.
    """

    dead_after: Span = timedelta(hours=48)
    catch_up_after: Span = timedelta(hours=6)
