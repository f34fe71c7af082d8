"""A stored reading as what the shift room reads: an item of its watchlist's stream, a report of an actor's own act."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from .clock import from_text
from .shifts.declared import Report
from .shifts.records import Item, from_days, score_of, to_days
from .store.connect import Row

# How far back the stored readings are replayed: the detector's memory and the time a shift may last. The first day
# moves on by steps, so that a restart within a step begins where the run before it began; what turned in the first
# weeks, before "usual" is known again, is settled.
REPLAYED, STEP_DAYS, SETTLED = timedelta(days=260), 45, timedelta(days=75)


def first_day(now: datetime) -> datetime:
    """From when on the readings are replayed at `now`: 215 to 260 days back, the same day for 45 days."""
    step = int((to_days(now - REPLAYED)) // STEP_DAYS) + 1
    return from_days(step * STEP_DAYS)


def item_of(row: Row) -> Item:
    """A stored reading as an item of its watchlist's stream; outlets of one language are taken to lean alike."""
    return Item(
        id=str(row["id"]),
        event=str(row["event_id"]),
        published=from_text(row["published"]) if row["published"] else None,
        arrived=from_text(row["first_seen"]),
        source=row["owner"],
        group=row["lang"],
        score=score_of(row["direction"], row["strength"], row["confidence"]),
        grade=row["grade"],
        title=row["title"],
        url=row["link"],
    )


def report_of(row: Row) -> Report:
    """A stored reading as a report of an act: the actor's own where it speaks or acts itself."""
    trace = json.loads(row["trace"])
    return Report(
        story=str(row["id"]),
        event=str(row["event_id"]),
        arrived=from_text(row["first_seen"]),
        source=row["owner"],
        score=score_of(row["direction"], row["strength"], row["confidence"]),
        own=row["role"] == "speaker",
        denies=any("den" in step.split(" -> ")[0] for step in trace),
        text_family=str(row["copy_of"] or row["id"]),
    )
