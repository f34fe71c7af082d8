"""Grouping holds its promises for any stories: idempotent, deterministic, never opposed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.events.conflicts import opposed
from monitor.events.index import EventIndex
from monitor.events.records import GroupStory

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        "group",
        "halts",
        "resumes",
        "attacks",
        "on",
        "US",
        "forces",
        "in",
        "Iraq",
        "Erbil",
        "Basra",
        "kills",
        "three",
        "not",
    ]
)
DIRECTIONS = st.sampled_from(["escalation", "de-escalation", "none"])


@st.composite
def stories(draw: st.DrawFn) -> list[GroupStory]:
    found = []
    for number in range(draw(st.integers(1, 14))):
        watchlists = draw(st.sets(st.sampled_from(["one", "two"])))
        found.append(
            GroupStory(
                id=f"s{number}",
                time=START + timedelta(hours=draw(st.integers(0, 60))),
                owner=draw(st.sampled_from("ABC")),
                lang="en",
                title=" ".join(draw(st.lists(WORDS, min_size=3, max_size=9))),
                summary=draw(st.text(max_size=30)),
                direction=draw(DIRECTIONS),
                directions={name: draw(DIRECTIONS) for name in watchlists},
                watchlists=dict.fromkeys(watchlists, "direct"),
            )
        )
    return found


def grouped(found: list[GroupStory]) -> dict[str, str]:
    index = EventIndex()
    return {one.id: index.add(one).event for one in sorted(found, key=lambda one: (one.time, one.id))}


@settings(max_examples=60, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_delivery_and_copies_of_a_delivery_change_nothing(found: list[GroupStory], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert grouped(shuffled) == grouped(found)
    assert grouped(found + shuffled) == grouped(found)


@settings(max_examples=60, deadline=None)
@given(stories())
def test_no_event_holds_opposite_readings(found: list[GroupStory]) -> None:
    events = grouped(found)
    for one in found:
        for other in found:
            if events[one.id] == events[other.id]:
                assert not opposed(one.direction, other.direction)
                assert not any(
                    opposed(one.directions[w], other.directions[w])
                    for w in one.directions.keys() & other.directions.keys()
                )


@settings(max_examples=40, deadline=None)
@given(stories())
def test_adding_a_story_again_leaves_it_where_it_is(found: list[GroupStory]) -> None:
    index = EventIndex()
    ordered = sorted(found, key=lambda one: (one.time, one.id))
    first = {one.id: index.add(one).event for one in ordered}
    held = {one.id for one in ordered if index.event_of(one.id)}
    size = len(index)
    for one in ordered:
        if one.id in held:
            assert index.add(one).event == first[one.id]
    assert len(index) == size
