"""Labelled stories pass the event index in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.lab.group_stories import group_stories
from monitor.lab.labelled import Labelled
from monitor.lab.stories import Scored
from monitor.reading.records import Reading, StoryReading, Text

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _row(title: str, direction: str, hours: float | None, outlet: str) -> Scored:
    published = None if hours is None else NOON + timedelta(hours=hours)
    story = Labelled(title, Text(title, "", "", "en", published), direction, outlet=outlet)
    return Scored(story, (), StoryReading(Reading(None, direction, 2, 0.9, "agent", None), {}))


def test_a_story_told_again_joins_the_first_whatever_their_order_in_the_file():
    rows = [
        _row("Kataib Hezbollah suspends attacks on US forces in Iraq", "de-escalation", 2, "b"),
        _row("Kataib Hezbollah suspends attacks on US forces in Iraq, says Baghdad", "de-escalation", 0, "a"),
        _row("Oil rises two dollars as traders weigh winter demand", "none", 1, "c"),
    ]
    events = group_stories(rows)
    assert events[0] == events[1] == "1"
    assert events[2] == "2"


def test_the_opposite_is_never_in_the_same_event():
    rows = [
        _row("Kataib Hezbollah suspends attacks on US forces in Iraq", "de-escalation", 0, "a"),
        _row("Kataib Hezbollah resumes attacks on US forces in Iraq", "escalation", 1, "b"),
    ]
    assert len(set(group_stories(rows))) == 2


def test_a_story_without_a_date_is_not_placed():
    assert group_stories([_row("Quiet", "none", None, "a")]) == [None]
