"""Stories and events of a report, from the database: a few queries for all, none for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from ..clock import to_text
from ..reading.records import Direction, Grade, Mention, Reading, Span
from ..store.connect import Row, Store
from ..store.stories import reading_from
from .records import EventFacts, Label, StoryFacts

# As `clock.from_text`, ten times as fast: a report has tens of thousands of moments.
moment = datetime.fromisoformat

_CHOSEN = (
    "select distinct r.story_id from readings r join stories s on s.id = r.story_id"
    " where r.watchlist in (select value from json_each(:watchlists)) and s.first_seen >= :start and s.first_seen <= :end"
)


def stories_of(store: Store, watchlists: Sequence[str], start: datetime, end: datetime) -> dict[int, StoryFacts]:
    """Every story first seen in this time that is about one of these watchlists, with all that was found in it."""
    values = {"watchlists": json.dumps(list(watchlists)), "start": to_text(start), "end": to_text(end)}
    mentions: dict[int, list[Mention]] = {}
    for row in store.rows(f"select * from mentions where story_id in ({_CHOSEN}) order by rowid", values):
        span = Span(row["part"], row["start"], row["end"], row["text"])
        mentions.setdefault(row["story_id"], []).append(
            Mention(row["watchlist"], row["grade"], span, row["term"], row["rule"])
        )
    readings: dict[int, list[tuple[str, Reading]]] = {}
    for row in store.rows(f"select * from readings where story_id in ({_CHOSEN}) order by watchlist", values):
        readings.setdefault(row["story_id"], []).append((row["grade"], reading_from(row)))
    labels: dict[int, list[Label]] = {}
    for row in store.rows(f"select * from labels where story_id in ({_CHOSEN}) order by at", values):
        labels.setdefault(row["story_id"], []).append(
            Label(row["watchlist"], row["direction"], row["read_as"], moment(row["at"]))
        )
    earlier: dict[int, list[tuple[datetime, str]]] = {}
    for row in store.rows(f"select * from revisions where story_id in ({_CHOSEN}) order by id", values):
        earlier.setdefault(row["story_id"], []).append((moment(row["at"]), row["title"]))
    articles = _articles(store, values)
    return {
        row["id"]: _story(
            row,
            tuple(mentions.get(row["id"], ())),
            tuple(readings.get(row["id"], ())),
            tuple(labels.get(row["id"], ())),
            tuple(earlier.get(row["id"], ())),
            articles.get(row["id"], ""),
        )
        for row in store.rows(f"select * from stories where id in ({_CHOSEN}) order by id", values)
    }


def _articles(store: Store, values: dict[str, str]) -> dict[int, str]:
    """What came of the articles behind stories; a database that no newer monitor has opened yet knows of none."""
    if not store.row("select 1 from sqlite_master where name = 'articles'"):
        return {}
    found = {}
    for row in store.rows(f"select * from articles where story_id in ({_CHOSEN})", values):
        found[row["story_id"]] = {
            "had": f"its text is the article's, {row['chars']:,} characters from the page",
            "wanted": "its article is still being asked for",
        }.get(row["state"], f"its article was not had: {row['reason']}")
    return found


def _story(
    row: Row,
    mentions: tuple[Mention, ...],
    readings: tuple[tuple[str, Reading], ...],
    labels: tuple[Label, ...],
    earlier: tuple[tuple[datetime, str], ...],
    article: str,
) -> StoryFacts:
    published = moment(row["published"]) if row["published"] else None
    first_seen = moment(row["first_seen"])
    return StoryFacts(
        id=row["id"],
        feed=row["feed_id"],
        outlet=row["owner"],
        lang=row["lang"],
        title=row["title"],
        summary=row["summary"],
        body=row["body"],
        link=row["link"],
        published=published,
        first_seen=first_seen,
        time=min(published, first_seen) if published and published.year >= 1995 else first_seen,
        revision=row["revision"],
        quiet=row["quiet"] or "",
        event=row["event_id"],
        copy_of=row["copy_of"],
        merge_reason=row["merge_reason"] or "",
        mentions=mentions,
        readings=readings,
        labels=labels,
        earlier=earlier,
        article=article,
    )


def events_of(store: Store, watchlist: str, stories: Iterable[StoryFacts]) -> tuple[EventFacts, ...]:
    """The events that a watchlist's stories report, in order of time; a story without an event is its own."""
    told = {
        (row["event_id"], row["direction"]): moment(row["at"])
        for row in store.rows("select event_id, direction, at from signals where watchlist = ?", (watchlist,))
    }
    found: dict[str, list[tuple[StoryFacts, str, Reading]]] = {}
    for story in stories:
        for grade, reading in story.readings:
            if reading.watchlist == watchlist:
                key = f"e{story.event}" if story.event else f"s{story.id}"
                found.setdefault(key, []).append((story, grade, reading))
    events = [_event(members, told) for members in found.values()]
    return tuple(sorted(events, key=lambda event: (event.time, event.lead)))


def _event(members: list[tuple[StoryFacts, str, Reading]], told: dict[tuple[int, str], datetime]) -> EventFacts:
    members = sorted(members, key=lambda member: (member[0].time, member[0].id))
    story, _, best = max(members, key=lambda m: (m[2].direction != "none", m[2].strength, m[2].confidence, -m[0].id))
    direction: Direction = best.direction
    grade: Grade = "direct" if any(grade == "direct" for _, grade, _ in members) else "related"
    return EventFacts(
        id=story.event,
        time=members[0][0].time,
        direction=direction,
        strength=best.strength,
        grade=grade,
        read=best.read,
        lead=story.id,
        stories=tuple(member[0].id for member in members),
        signalled=told.get((story.event, direction)) if story.event else None,
    )
