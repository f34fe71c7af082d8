"""When a story counts as published, if its publisher says nothing, something impossible, or something long past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# Clocks of publishers may run ahead by this much; what lies further ahead is an announcement or an error.
FUTURE_SLACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class When:
    """The moment a story counts from (UTC), and what was assumed: `undated`, `future`, `back-dated`, `old`."""

    at: datetime
    flags: tuple[str, ...] = ()


def settle(
    published: datetime | None, first_seen: datetime, *, max_age: timedelta, previous_poll: datetime | None = None
) -> When:
    """`published` made usable. A story without date, or dated more than a day ahead, counts from `first_seen`. Flag
    `back-dated`: it appeared only now though it claims to be from before the previous poll. Flag `old`: older than
    `max_age` when first seen, so it is kept and listed but not told.
    """
    if published is None:
        return When(first_seen, ("undated",))
    if published > first_seen + FUTURE_SLACK:
        return When(first_seen, ("future",))
    at = min(published, first_seen)
    flags: list[str] = []
    if previous_poll is not None and published < previous_poll - timedelta(hours=1):
        flags.append("back-dated")
    if first_seen - published > max_age:
        flags.append("old")
    return When(at, tuple(flags))
