"""Places stored stories into events: the grouping room's decisions, kept in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .clock import from_text
from .events.index import WINDOW_DAYS, EventIndex
from .events.records import GroupStory, Named, named
from .reading.records import Direction
from .store import stories as shelf
from .store.connect import Row, Store

if TYPE_CHECKING:
    from .pipeline import Read


class Grouper:
    """The recent events, read back from the database at the start and kept in step with it."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._index = EventIndex()
        for row in shelf.grouped_since(store, now - timedelta(days=WINDOW_DAYS)):
            readings = {reading.watchlist: reading for reading in shelf.readings_of(store, row["id"])}
            mentions = named(shelf.mentions_of(store, row["id"]))
            story = readings.pop(None, None)
            directions = {name: reading.direction for name, reading in readings.items() if name is not None}
            grouped = group_story(row, story.direction if story else "none", directions, mentions)
            self._index.join(grouped, row["key"], str(row["copy_of"]) if row["copy_of"] else None)

    def place(self, read: Read, before: Mapping[str, str], now: datetime) -> int:
        """The event of a story; part of the caller's transaction.

        `before` is how an earlier revision was read: an edited story keeps its event as long as it points the same
        way for everyone, and opens or joins another where it has turned.
        """
        assert read.reading is not None
        row = read.row
        directions = {name: each.direction for name, each in read.reading.by_watchlist.items()}
        turned = _turned(before, {"": read.reading.story.direction, **directions})
        if row["event_id"] and not turned:
            return int(row["event_id"])
        name = f"{row['id']}.{row['revision']}" if row["event_id"] else str(row["id"])
        story = group_story(row, read.reading.story.direction, directions, named(read.mentions), name)
        decision = self._index.add(story)
        event_id = shelf.event_by_key(self._store, decision.event, now, row["title"])
        copy_of = int(decision.matched.split(".")[0]) if decision.copy and decision.matched else None
        reason = "the first report" if decision.new else decision.reason
        if decision.near_miss:
            reason += f" ({decision.near_miss})"
        shelf.join_event(self._store, row["id"], event_id, copy_of, reason, now)
        return event_id


def group_story(
    row: Row,
    direction: Direction,
    directions: Mapping[str, Direction],
    mentions: Named,
    name: str | None = None,
) -> GroupStory:
    """A stored story as the grouping room sees it."""
    return GroupStory(
        id=name or str(row["id"]),
        time=from_text(row["published"] or row["first_seen"]),
        owner=row["owner"],
        lang=row["lang"],
        title=row["title"],
        summary=row["summary"],
        body=row["body"],
        direction=direction,
        directions=directions,
        watchlists=mentions.watchlists,
        lead=mentions.lead,
        mentions=mentions.mentions,
    )


def _turned(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether an edited story points another way than before, for anyone."""
    return any(after.get(name, "none") not in ("none", direction) for name, direction in before.items())
