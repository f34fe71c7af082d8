"""Made-up training stories say what their operators make of their words."""

from __future__ import annotations

import random
import re

from monitor.lab.synthetic import stories

MADE = stories(600, random.Random(7))


def test_the_same_seed_makes_the_same_stories():
    assert stories(20, random.Random(3)) == stories(20, random.Random(3))


def test_no_slot_is_left_open():
    for row in MADE:
        words = set(f"{row['title']} {row['summary']}".split())
        assert not words & {"B", "P", "X", "Y", "HN", "PN"}


def test_the_deciding_words_stand_in_the_story():
    for row in MADE:
        if row["evidence"]:
            assert row["evidence"] in f"{row['title']} {row['summary']}"


def test_every_direction_is_well_represented():
    for direction in ("escalation", "de-escalation", "none"):
        assert sum(row["direction"] == direction for row in MADE) > 90


def test_refusing_to_stop_an_attack_is_escalation_and_refusing_to_stop_a_truce_is_not():
    pattern = re.compile(r"(?:refuses to|will not|won't|vows not to) (?:halt|suspend|stop|end|abandon|cancel) (.*)")
    read: dict[bool, set[str]] = {True: set(), False: set()}
    for row in stories(4000, random.Random(1)):
        found = pattern.search(row["title"])
        if found and len(row["actors"]) == 1 and row["direction"] != "none":
            read[bool(re.match(r"(?:air |drone )?(?:attacks|strikes|raids|operations|the siege)", found[1]))].add(
                row["direction"]
            )
    assert read[True] == {"escalation"}
    assert "de-escalation" in read[False]


def test_who_is_only_asked_takes_no_direction():
    asked = [actor for row in MADE for actor in row["actors"] if actor["role"] == "addressee"]
    assert asked
    assert {actor["direction"] for actor in asked} == {"none"}
