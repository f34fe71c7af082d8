"""Rules and encoder weighed together: least cost, honest traces, evidence that says what the reading says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.reading.combine import INPUTS, Combiner, Heard, decide, encoder_alone, inputs
from monitor.reading.encoder import Opinion
from monitor.reading.encoder_text import Prompt
from monitor.reading.english.gate import Gate
from monitor.reading.english.reader import Figures, RuleReading
from monitor.reading.records import Reading, Span, StoryReading

E, D, N = "escalation", "de-escalation", "none"
RULES_SPAN = Span("title", 0, 6, "strike")
ENCODER_SPAN = Span("summary", 0, 5, "pause")


def _rules(direction: str, watchlist: str | None = None) -> Reading:
    evidence = None if direction == N else RULES_SPAN
    return Reading(watchlist, direction, 2, 0.7, "agent", evidence, ("strike: escalation; in the title",))


def _figures(score: float) -> Figures:
    return Figures(score, max(score, 0.0), min(score, 0.0), ("attack",), False, Gate(), 1)


def _opinion(up: float, down: float, neither: float) -> Opinion:
    return Opinion((up, down, neither), (0.1, 0.7, 0.2), ENCODER_SPAN)


@pytest.fixture
def combiner(tmp_path: Path) -> Combiner:
    """A layer that adds the encoder's log-probabilities and twice the rules' score."""
    weights = [[0.0] * len(INPUTS) for _ in range(3)]
    for row in range(3):
        weights[row][row] = 1.0
    at = INPUTS.index("rules score")
    weights[0][at], weights[1][at] = 2.0, -2.0
    layer = {"weights": weights, "biases": [0.0, 0.0, 0.0], "flip_cost": 1.5}
    path = tmp_path / "combine.json"
    path.write_text(json.dumps(layer))
    return Combiner(path)


def test_where_escalation_and_de_escalation_are_both_likely_the_answer_is_none():
    assert decide((0.45, 0.35, 0.2), flip_cost=1.0) == E
    assert decide((0.45, 0.35, 0.2), flip_cost=2.0) == N


def test_a_clear_answer_stands_whatever_a_flip_costs():
    assert decide((0.9, 0.05, 0.05), flip_cost=2.0) == E


def test_the_inputs_are_as_many_as_their_names():
    assert len(inputs(Heard(_rules(E), _figures(1.0), _opinion(0.8, 0.1, 0.1)))) == len(INPUTS)


def test_agreement_keeps_the_rules_trace_and_adds_the_encoders_word(combiner: Combiner):
    read = combiner.combine(Heard(_rules(E), _figures(1.5), _opinion(0.9, 0.05, 0.05)))
    assert read.direction == E
    assert read.trace == ("strike: escalation; in the title", "encoder: escalation 0.90")
    assert read.evidence == ENCODER_SPAN


def test_an_encoder_that_overrules_says_so_with_its_probability(combiner: Combiner):
    read = combiner.combine(Heard(_rules(E), _figures(0.2), _opinion(0.02, 0.96, 0.02)))
    assert read.direction == D
    assert read.trace[0] == "encoder: de-escalation 0.96; it overrules the rules (escalation)"
    assert read.evidence == ENCODER_SPAN


def test_rules_that_overrule_the_encoder_keep_their_own_evidence(combiner: Combiner):
    read = combiner.combine(Heard(_rules(E), _figures(3.0), _opinion(0.3, 0.1, 0.6)))
    assert read.direction == E
    assert read.evidence == RULES_SPAN
    assert read.trace[-1] == "encoder: none 0.60; overruled by the rules"


def test_rules_and_encoder_pulling_apart_read_none_without_evidence(combiner: Combiner):
    read = combiner.combine(Heard(_rules(E), _figures(0.2), _opinion(0.25, 0.5, 0.25)))
    assert read.direction == N
    assert read.evidence is None
    assert read.strength == 1
    assert read.trace[0].startswith("rules and encoder pull apart")


def _read(combiner: Combiner, own: Reading, story: Reading, heard: Opinion, asked: Opinion) -> Reading:
    rules = RuleReading(StoryReading(story, {"kh": own}), {None: _figures(1.5 if story.direction == E else 0.0)})
    return combiner.story(rules, lambda name: asked if name else heard).by_watchlist["kh"]


def test_an_actor_shares_its_storys_direction(combiner: Combiner):
    read = _read(combiner, _rules(E, "kh"), _rules(E), _opinion(0.9, 0.05, 0.05), _opinion(0.1, 0.1, 0.8))
    assert (read.watchlist, read.direction) == ("kh", E)


def test_an_actor_that_rules_and_encoder_both_hear_go_another_way_goes_that_way(combiner: Combiner):
    read = _read(combiner, _rules(D, "kh"), _rules(E), _opinion(0.9, 0.05, 0.05), _opinion(0.1, 0.8, 0.1))
    assert (read.direction, read.confidence) == (D, 0.8)
    assert "its own, against the story" in read.trace[-1]


def test_an_actor_that_only_the_rules_hear_go_another_way_stays_with_its_story(combiner: Combiner):
    read = _read(combiner, _rules(D, "kh"), _rules(E), _opinion(0.9, 0.05, 0.05), _opinion(0.5, 0.4, 0.1))
    assert read.direction == E


def test_of_words_that_the_encoder_was_not_shown_the_rules_speak_alone(combiner: Combiner):
    unseen = Opinion((0.1, 0.1, 0.8), (0.1, 0.7, 0.2), ENCODER_SPAN, shown=Prompt("pause", ()))
    read = _read(combiner, _rules(D, "kh"), _rules(E), _opinion(0.9, 0.05, 0.05), unseen)
    assert (read.direction, read.confidence) == (D, 0.7)


def test_an_actor_that_is_only_asked_to_act_reads_none(combiner: Combiner):
    asked = replace(_rules(N, "kh"), role="addressee")
    read = _read(combiner, asked, _rules(E), _opinion(0.9, 0.05, 0.05), _opinion(0.9, 0.05, 0.05))
    assert (read.direction, read.role) == (N, "addressee")


def test_the_encoder_alone_speaks_for_every_actor():
    reading = StoryReading(_rules(E), {"kh": _rules(E, "kh")})
    rules = RuleReading(reading, {None: _figures(1.0), "kh": _figures(1.0)})
    read = encoder_alone(rules, lambda name: _opinion(0.8, 0.1, 0.1) if name else _opinion(0.1, 0.8, 0.1))
    assert (read.story.direction, read.by_watchlist["kh"].direction) == (D, E)
    assert read.story.strength == 2
