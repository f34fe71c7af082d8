"""The encoder as it runs: bounded, deterministic, blind to spellings, its words traceable."""

from __future__ import annotations

import pytest

from monitor.reading.encoder import LABELS, Encoder
from monitor.reading.records import PARTS, Mention, Span, Text


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def _named(text: Text, name: str, watchlist: str = "kh") -> list[Mention]:
    found = []
    for part in PARTS:
        at = text.part(part).find(name)
        if at >= 0:
            found.append(Mention(watchlist, "direct", Span(part, at, at + len(name), name), name, "exact"))
    return found


@pytest.mark.parametrize(
    ("title", "direction"),
    [
        ("Northern Brigade shells market in Aden, killing nine", "escalation"),
        ("Northern Brigade suspends all attacks on the port", "de-escalation"),
        ("City council votes on new bus lanes in Aden", "none"),
    ],
)
def test_plain_news_is_read_as_anyone_would(encoder: Encoder, title: str, direction: str):
    assert encoder.opinion(Text(title), []).direction == direction


def test_probabilities_sum_to_one_in_the_order_of_the_labels(encoder: Encoder):
    held = encoder.opinion(Text("Truce holds in the north"), [])
    assert sum(held.probabilities) == pytest.approx(1)
    assert held.direction == LABELS[held.probabilities.index(max(held.probabilities))]


def test_another_spelling_of_the_actor_gives_the_very_same_answer(encoder: Encoder):
    answers = set()
    for name in ("Kataib Hezbollah", "Ketaeb Hizbullah", "KH"):
        text = Text(f"{name} ends its pause in attacks", f"A spokesman for {name} read the statement.")
        answers.add(encoder.opinion(text, _named(text, name), "kh").probabilities)
    assert len(answers) == 1


def test_the_same_text_gives_the_same_answer_whatever_was_read_before(encoder: Encoder):
    text = Text("Rebels reject the offer", "They said the siege would go on.")
    first = encoder.opinion(text, [])
    encoder.opinion(Text("x" * 5000, "y " * 5000, "z. " * 5000), [])
    assert encoder.opinion(text, []) == first
    assert Encoder().opinion(text, []) == first


def test_evidence_is_an_exact_stretch_of_the_story(encoder: Encoder):
    text = Text(
        "Baghdad wakes to news", "The group said on Sunday it would halt rocket fire on the base. Shops were open."
    )
    evidence = encoder.opinion(text, []).evidence
    assert evidence is not None
    assert text.part(evidence.part)[evidence.start : evidence.end] == evidence.text
    assert "halt" in evidence.text


@pytest.mark.parametrize(
    "text", [Text(""), Text("   "), Text("!!! ???"), Text("\x00\ud83d" * 3), Text("صواريخ", "", "😀" * 500)]
)
def test_no_text_is_too_odd(encoder: Encoder, text: Text):
    held = encoder.opinion(text, [])
    assert held.evidence is None or text.part(held.evidence.part)[held.evidence.start : held.evidence.end]


def test_without_weights_the_encoder_is_not_there(tmp_path):
    assert not Encoder(tmp_path).present
