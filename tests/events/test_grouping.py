"""Stories of one happening become one event; what contradicts it stays out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.events.concepts import name_keys, told_in
from monitor.events.index import EventIndex
from monitor.events.numbers import numbers_in
from monitor.events.records import GroupDecision, GroupStory
from monitor.reading.records import Direction

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
KATAIB = "kataib-hezbollah"


def story(
    name: str, title: str, summary: str = "", hours: float = 0, direction: Direction = "none", **more: Any
) -> GroupStory:
    watchlists = more.pop("watchlists", {})
    directions = more.pop("directions", dict.fromkeys(watchlists, direction))
    time = START + timedelta(hours=hours)
    more = {"owner": name, "lang": "en", **more}
    return GroupStory(
        id=name,
        time=time,
        title=title,
        summary=summary,
        direction=direction,
        watchlists=watchlists,
        directions=directions,
        **more,
    )


def add_all(*stories: GroupStory) -> list[GroupDecision]:
    index = EventIndex()
    return [index.add(one) for one in stories]


def together(*stories: GroupStory) -> bool:
    return len({one.event for one in add_all(*stories)}) == 1


HALT = story(
    "a",
    "Kataib Hezbollah suspends attacks on US forces in Iraq",
    "The group said it would spare the government embarrassment.",
    direction="de-escalation",
    watchlists={KATAIB: "direct"},
)


def test_a_story_alone_opens_an_event_and_says_so() -> None:
    decision = add_all(HALT)[0]
    assert (decision.event, decision.new, decision.matched) == ("a", True, None)
    assert decision.reason == "no recent story tells the same"


def test_the_same_title_in_another_paper_is_a_copy() -> None:
    copy = story("b", HALT.title, HALT.summary, 2, "de-escalation", watchlists={KATAIB: "direct"})
    decision = add_all(HALT, copy)[1]
    assert (decision.new, decision.matched, decision.copy) == (False, "a", True)


def test_a_lede_joins_its_full_text() -> None:
    lede = story(
        "b",
        "Iraqi group halts fire",
        "Fighters were told on Tuesday night to hold their positions and wait for word from Baghdad before doing more.",
        1,
    )
    full = story(
        "c",
        "Iraqi group halts fire for now",
        "A turn in a long campaign.",
        2,
        body=f"BAGHDAD - {lede.summary} Nobody knows how long it will last. Soldiers slept.",
    )
    assert together(lede, full)


def test_a_rewrite_that_shares_no_words_joins_by_watchlist_direction_and_what_is_told() -> None:
    rewrite = story(
        "b",
        "Faction stands down, ending months of fire at American bases",
        "Its guns fall silent, a statement says.",
        3,
        "de-escalation",
        watchlists={KATAIB: "direct"},
    )
    decision = add_all(HALT, rewrite)[1]
    assert not decision.new
    assert decision.reason.startswith("both tell on kataib-hezbollah of")


@pytest.mark.parametrize(
    ("lang", "title", "summary"),
    [
        ("ar", "كتائب حزب الله تعلّق عملياتها ضد القوات الأميركية", "قال الفصيل العراقي إنه أوقف هجماته."),
        ("fa", "کتائب حزب‌الله حمله به نیروهای آمریکایی را متوقف کرد", "این گروه عراقی عملیات خود را تعلیق کرد."),
    ],
)
def test_a_report_in_another_language_joins(lang: str, title: str, summary: str) -> None:
    other = story("b", title, summary, 2, "de-escalation", watchlists={KATAIB: "direct"}, lang=lang)
    assert together(HALT, other)


def test_a_resumed_attack_is_never_merged_with_its_suspension() -> None:
    resumed = story(
        "b",
        "Kataib Hezbollah resumes attacks on US forces in Iraq",
        HALT.summary,
        3,
        "escalation",
        watchlists={KATAIB: "direct"},
    )
    decision = add_all(HALT, resumed)[1]
    assert decision.new
    assert decision.near_miss is not None
    assert "de-escalation" in decision.near_miss


def test_even_unread_a_resumed_attack_is_kept_from_its_suspension() -> None:
    halt = story("a", HALT.title, watchlists={KATAIB: "direct"})
    resumed = story(
        "b", "Kataib Hezbollah resumes attacks on US forces in Iraq", hours=3, watchlists={KATAIB: "direct"}
    )
    assert not together(halt, resumed)


def test_opposite_readings_never_meet_through_a_third_story_that_reads_neither() -> None:
    neither = story(
        "b",
        "Kataib Hezbollah and its attacks on US forces in Iraq: the statement",
        HALT.summary,
        1,
        watchlists={KATAIB: "direct"},
    )
    opposite = story(
        "c",
        "Kataib Hezbollah statement on attacks on US forces in Iraq",
        HALT.summary,
        2,
        "escalation",
        watchlists={KATAIB: "direct"},
    )
    decisions = add_all(HALT, neither, opposite)
    assert decisions[1].event == "a"
    assert decisions[2].event != "a"


def test_readings_that_oppose_each_other_for_one_watchlist_stay_apart() -> None:
    other = story(
        "b",
        HALT.title,
        HALT.summary,
        1,
        "de-escalation",
        watchlists={KATAIB: "direct"},
        directions={KATAIB: "escalation"},
    )
    assert not together(HALT, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Drone strike kills three at camp near Erbil airport", "Drone strike kills three at camp near Basra airport"),
        ("Rockets hit base in eastern Syria overnight", "Rockets hit base in eastern Jordan overnight"),
        ("Nujaba suspends attacks on Israel after Gaza deal", "Houthis suspend attacks on Israel after Gaza deal"),
        ("Fifth round of nuclear talks ends without result", "Sixth round of nuclear talks ends without result"),
        ("Army bombs 85 targets in the valley overnight", "Army bombs 40 targets in the valley overnight"),
        ("Strike on market in border town kills forty people", "Strike on market in border town kills four people"),
        ("Faction accepts plan to hand weapons to the state", "Faction rejects plan to hand weapons to the state"),
        ("Group fired rockets at embassy, statement says", "Group denies it fired rockets at embassy, statement fake"),
    ],
)  # fmt: skip
def test_the_same_wording_with_another_place_actor_number_or_act_is_another_happening(one: str, other: str) -> None:
    assert not together(story("a", one), story("b", other, hours=2))


def test_a_toll_that_grows_within_a_day_is_the_same_happening() -> None:
    first = story("a", "Blast at depot south of the city kills four workers", direction="escalation")
    later = story("b", "Blast at depot south of the city kills nine workers", hours=6, direction="escalation")
    assert together(first, later)


def test_stories_led_by_different_watchlists_stay_apart() -> None:
    one = story(
        "a",
        "Group sets terms for giving up weapons to the state",
        watchlists={"one": "direct"},
        lead=frozenset({"one"}),
    )
    other = story(
        "b",
        "Alliance sets terms for giving up weapons to the state",
        hours=1,
        watchlists={"two": "direct"},
        lead=frozenset({"two"}),
    )
    assert not together(one, other)


def test_owners_are_the_sources_and_copies_add_none() -> None:
    index = EventIndex()
    index.add(HALT)
    for number in range(5):
        index.add(
            story(
                f"copy{number}",
                HALT.title,
                HALT.summary,
                1 + number / 10,
                "de-escalation",
                watchlists={KATAIB: "direct"},
            )
        )
    own = story(
        "own",
        "Faction stands down, ending months of fire at American bases",
        "Its guns fall silent, a statement says.",
        3,
        "de-escalation",
        watchlists={KATAIB: "direct"},
    )
    index.add(own)
    sources = index.sources("a")
    assert (sources.owners, sources.stories, sources.copies) == (frozenset({"a", "own"}), 7, 5)


def test_a_happening_ends_and_the_window_forgets() -> None:
    index = EventIndex()
    index.add(HALT)
    again = story("b", HALT.title, HALT.summary, 24 * 8, "de-escalation", watchlists={KATAIB: "direct"})
    assert index.add(again).new
    index.add(story("c", "Rain in the north", hours=24 * 8 + 7))
    assert len(index) == 2
    assert index.event_of("a") is None


def test_a_post_dated_story_does_not_empty_the_window() -> None:
    index = EventIndex()
    index.add(HALT)
    index.add(story("future", "A look at the year to come in five charts", hours=24 * 400))
    copy = story("b", HALT.title, HALT.summary, 2, "de-escalation", watchlists={KATAIB: "direct"})
    assert index.add(copy).event == "a"


def test_an_old_story_that_turns_up_late_is_no_part_of_todays_event() -> None:
    old = story("b", HALT.title, HALT.summary, -24 * 30, "de-escalation", watchlists={KATAIB: "direct"})
    assert not together(HALT, old)


def test_stories_read_back_from_the_database_keep_their_events() -> None:
    index = EventIndex()
    index.join(HALT, "42")
    copy = story("b", HALT.title, HALT.summary, 2, "de-escalation", watchlists={KATAIB: "direct"})
    assert index.decide(copy).event == "42"
    assert index.event_of("b") is None


def test_concepts_places_and_names_are_the_same_in_three_scripts() -> None:
    texts = ["drone strike in Erbil", "ضربة بطائرة مسيّرة في أربيل", "حمله پهپادی در اربیل"]
    shared = frozenset.intersection(*(told_in(text).concepts for text in texts))
    assert {"act:drone", "place:erbil"} <= shared
    assert all(told_in(text).places == {"place:erbil"} for text in texts)
    assert name_keys("Shelly Kittleson") & name_keys("شيلي كيتلسون")


def test_a_capital_is_a_scene_only_where_things_happen_in_it() -> None:
    assert told_in("Baghdad rejects the plan").places == frozenset()
    assert told_in("Car bomb in Baghdad").places == {"place:baghdad"}


def test_numbers_are_read_with_what_they_count() -> None:
    found = {
        (one.kind, one.of, one.value)
        for one in numbers_in("Three soldiers killed as 279th session opens; 85 targets hit in 2024")
    }
    assert found == {("toll", "dead", 3), ("ordinal", "session", 279), ("count", "target", 85)}
