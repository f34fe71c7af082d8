"""The English rules on single operators, on actors, on what is old, and on what no reader should trip over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.reading.english.reader import read_english
from monitor.reading.read import MissingModel, Reader
from monitor.reading.records import Direction, Mention, Span, StoryReading, Text

_STORIES = Path(__file__).parents[1] / "data" / "stories"


# Sentences about nothing that a publisher's template may add to any story.
def mention(text: Text, watchlist: str, words: str) -> Mention:
    """The first place of `words` in a text, as a mention."""
    for part in ("title", "summary", "body"):
        start = text.part(part).find(words)
        if start >= 0:
            return Mention(watchlist, "direct", Span(part, start, start + len(words), words), words, "exact")
    raise AssertionError(f"{words!r} is not in the text")


def read(text: Text, **actors: str) -> StoryReading:
    return read_english(text, [mention(text, name, words) for name, words in actors.items()]).reading


def test_single_operators_are_read_in_nineteen_of_twenty_headlines() -> None:
    lines = (_STORIES / "operators-en.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    wrong = [row["title"] for row in rows if read(Text(row["title"])).story.direction != row["direction"]]
    assert len(wrong) <= 0.05 * len(rows), wrong


def test_who_asks_for_restraint_steps_down_and_who_is_asked_does_not() -> None:
    text = Text("Qaani urges Kataib Hezbollah not to attack US bases")
    readings = read(text, qaani="Qaani", kataib="Kataib Hezbollah").by_watchlist
    assert (readings["qaani"].direction, readings["qaani"].role) == ("de-escalation", "speaker")
    assert (readings["kataib"].direction, readings["kataib"].role) == ("none", "addressee")


def test_who_refuses_escalates_while_the_others_step_down() -> None:
    text = Text(
        "Four Iraqi factions agree to hand over weapons to the state",
        "The groups will disarm by June. Kataib Hezbollah said it would not hand over its weapons.",
    )
    readings = read(text, kataib="Kataib Hezbollah")
    assert readings.story.direction == "de-escalation"
    assert readings.by_watchlist["kataib"].direction == "escalation"


def test_a_struck_actor_is_the_target_of_an_escalation() -> None:
    text = Text("US jets bomb Kataib Hezbollah base near Baghdad")
    reading = read(text, kataib="Kataib Hezbollah").by_watchlist["kataib"]
    assert (reading.direction, reading.role, reading.strength) == ("escalation", "target", 3)


def test_a_dated_paragraph_and_what_goes_on_from_it_are_background() -> None:
    text = Text(
        "Oil ministers meet in Baghdad",
        body="Following a drone strike in January 2024, US jets bombed militia bases in Iraq. "
        "Soon after, Kataib Hezbollah said it would pause attacks on US forces.",
        published=datetime(2025, 4, 9, tzinfo=UTC),
    )
    story = read(text).story
    assert story.direction == "none"
    assert {span.part for span in story.background} == {"body"}


def test_evidence_is_the_exact_words_of_its_part() -> None:
    text = Text("Houthis halt attacks on ships", "<p>The group said it had suspended drone strikes on vessels.</p>")
    evidence = read(text).story.evidence
    assert evidence is not None
    assert text.part(evidence.part)[evidence.start : evidence.end] == evidence.text


def test_the_trace_names_the_operators_from_the_outermost_in() -> None:
    trace = read(Text("Qaani urges militias not to attack US forces")).story.trace
    assert "urges -> not -> attack" in trace[0]


@pytest.mark.parametrize(
    "title",
    [
        "Iraq's strikers bombard Jordan goal but fall to late ambush",
        "Film traces last journey of Soleimani",
        "Coordination Framework nominates prime minister",
        "Kenya doctors end 56-day strike",
        "Washington, Beijing agree 90-day tariff truce",
        "Flood kills 14 in Duhok, army helps evacuate",
    ],
)
def test_words_of_war_in_another_world_are_no_news_of_one(title: str) -> None:
    assert read(Text(title)).story.direction == "none"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        (Text("KATA'IB HEZBOLLAH: ATTACKS ON US FORCES SUSPENDED"), "de-escalation"),
        (Text("LIVE: Iran fires missiles at Al Udeid base 🚀🔥"), "escalation"),
        (Text("", "Hezbollah &amp; allies <b>launched rockets</b> at northern Israel [&hellip;]"), "escalation"),
        (Text("Hezbollah حزب الله fires rockets at حيفا"), "escalation"),
        (Text("", "", ""), "none"),
        (Text("\u200f \n\t", "...", "—"), "none"),
    ],
)
def test_odd_texts_are_read_all_the_same(text: Text, direction: Direction) -> None:
    assert read(text).story.direction == direction


def test_a_megabyte_of_text_is_read_within_bounds() -> None:
    text = Text("Houthis end attacks on ships", body="The ministry gave figures for wheat and barley. " * 21_000)
    assert read(text).story.direction == "de-escalation"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=st.text(max_size=120), summary=st.text(max_size=300), body=st.text(max_size=300))
def test_reading_never_raises_and_says_the_same_twice(title: str, summary: str, body: str) -> None:
    text = Text(title, summary, body)
    assert read(text) == read(text)


def test_reading_many_gives_what_reading_one_by_one_gives() -> None:
    reader = Reader(encoder=False)
    texts = [Text("Houthis halt attacks on ships"), Text("Hezbollah fires rockets at Haifa"), Text("Oil prices rise")]
    assert reader.read_many([(text, []) for text in texts]) == [reader.read(text, []) for text in texts]


def test_a_language_without_a_reader_is_left_unread() -> None:
    text = Text("Le Hezbollah tire des roquettes", lang="fr")
    found = Reader(encoder=False).read(text, [mention(text, "hezbollah", "Hezbollah")])
    assert not found.story.read
    assert (found.by_watchlist["hezbollah"].direction, found.by_watchlist["hezbollah"].read) == ("none", False)


def test_a_missing_pipeline_says_what_to_install() -> None:
    with pytest.raises(MissingModel, match="pip install en-core-web-none"):
        Reader("en_core_web_none", encoder=False).read(Text("Houthis halt attacks"), [])
