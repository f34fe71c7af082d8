"""Training questions: one a story, one an actor; variation keeps the label and what decides it."""

from __future__ import annotations

import random

from monitor.lab.train_data import ROLES, Surroundings, find_name, questions, varied
from monitor.reading.encoder_text import ACTOR, OTHER
from monitor.reading.records import Span, Text

ROW = {
    "id": "x1",
    "group": "g",
    "source": "s",
    "title": "Northern Brigade halts raids as army vows revenge",
    "summary": "The Brigade said it would hold fire. Weather was fine.",
    "direction": "de-escalation",
    "strength": 2,
    "evidence": "halts raids",
    "background": ["Weather was fine."],
    "actors": [
        {"name": "Northern Brigade", "role": "agent", "direction": "de-escalation", "evidence": "halts raids"},
        {"name": "army", "role": "speaker", "direction": "escalation", "evidence": "vows revenge"},
        {"name": "Absent Front", "role": "target", "direction": "none", "evidence": None},
    ],
}
AROUND = Surroundings(unrelated=["The museum opened."], background=["It bombed the port in May."])


def test_a_row_asks_for_the_story_and_for_each_actor_it_names():
    story, brigade, army = questions(ROW)
    assert (story.ask, brigade.ask, army.ask) == (False, True, True)
    assert (story.direction, brigade.direction, army.direction) == (1, 1, 0)
    assert army.role == ROLES.index("speaker")


def test_the_actor_in_question_is_masked_apart_from_the_others():
    _, brigade, _ = questions(ROW)
    masks = {span.text: mask for span, mask in brigade.masks}
    assert masks["Northern Brigade"] == ACTOR
    assert masks["army"] == OTHER


def test_strength_is_asked_only_where_the_actor_goes_the_storys_way():
    story, brigade, army = questions(ROW)
    assert (story.strength, brigade.strength, army.strength) == (1, 1, None)


def test_evidence_and_background_are_placed_in_the_text():
    story = questions(ROW)[0]
    (part, start, end), *_ = story.evidence or ()
    assert story.text.part(part)[start:end] == "halts raids"
    (part, start, end), *_ = story.background or ()
    assert story.text.part(part)[start:end] == "Weather was fine."


def test_watchlists_found_by_a_matcher_are_asked_with_their_own_label():
    row = {"id": "y", "group": "g", "source": "s", "title": "Kata asks Zed to stop", "direction": "de-escalation"}
    row |= {"per_watchlist": {"zed": "none"}, "evidence": "asks"}
    found = questions(row, {"zed": [Span("title", 10, 13, "Zed")]})
    assert (found[1].ask, found[1].direction, found[1].evidence) == (True, 2, None)


def test_a_name_is_found_by_a_word_of_its_own_but_not_by_common_ones():
    text = Text("Nujaba fires", "The Iraqi movement denied it.")
    assert [span.text for span in find_name("Harakat al-Nujaba movement", Text("Harakat al-Nujaba movement fires"))]
    assert not find_name("the Iraqi army", text)


def test_variation_keeps_label_and_deciding_words():
    rng = random.Random(5)
    for question in questions(ROW) * 60:
        held = varied(question, AROUND, rng)
        assert held.direction == question.direction
        for part, start, end in held.evidence or ():
            assert held.text.part(part)[start:end] in ("halts raids", "vows revenge")
        for span, _ in held.masks:
            assert held.text.part(span.part)[span.start : span.end] == span.text


def test_a_varied_question_for_an_actor_still_names_it():
    rng = random.Random(6)
    for question in questions(ROW)[1:] * 60:
        assert ACTOR in varied(question, AROUND, rng).prompt().text
