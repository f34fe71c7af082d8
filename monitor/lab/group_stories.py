"""Labelled stories through the event index, in order of time, as the daemon would have placed them."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.events.index import EventIndex
from monitor.events.records import GroupStory
from monitor.reading.records import Grade

from .stories import Scored


def group_stories(rows: Sequence[Scored]) -> list[str | None]:
    """The event of each story; None where it has no date, so that its place in the order is unknown."""
    index = EventIndex()
    events: list[str | None] = [None] * len(rows)
    dated = [(row.story.text.published, at) for at, row in enumerate(rows) if row.story.text.published is not None]
    for time, at in sorted(dated):
        row = rows[at]
        text = row.story.text
        grades: dict[str, Grade] = {}
        for mention in row.mentions:
            if grades.get(mention.watchlist) != "direct":
                grades[mention.watchlist] = mention.grade
        placed = index.add(
            GroupStory(
                id=f"{at}",
                time=time,
                owner=row.story.outlet,
                lang=text.lang,
                title=text.title,
                summary=text.summary,
                body=text.body,
                direction=row.reading.story.direction,
                directions={name: reading.direction for name, reading in row.reading.by_watchlist.items()},
                watchlists=grades,
                lead=frozenset(m.watchlist for m in row.mentions if m.grade == "direct" and m.span.part == "title"),
                mentions=tuple(mention.span.text for mention in row.mentions),
            )
        )
        events[at] = placed.event
    return events
