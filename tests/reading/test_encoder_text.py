"""What the encoder is shown: bounded, names masked, every character traceable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.reading.encoder_text import ACTOR, ASK, OTHER, masked_prompt, prompt, sentences
from monitor.reading.records import Mention, Span, Text

TITLE = "Kataib Hezbollah rejects truce that Hamas accepted"
TEXT = Text(
    TITLE, "The Kataib spokesman was clear.", "Old news here. More of it. And more. Kataib fired. Then it left."
)


def _mention(watchlist: str, part: str, word: str) -> Mention:
    at = TEXT.part(part).index(word)
    return Mention(watchlist, "direct", Span(part, at, at + len(word), word), word, "exact")


MENTIONS = [
    _mention("kh", "title", "Kataib Hezbollah"),
    _mention("kh", "summary", "Kataib"),
    _mention("h", "title", "Hamas"),
]


def test_a_text_read_for_an_actor_hides_its_name_and_marks_the_others():
    shown = prompt(TEXT, MENTIONS, "kh")
    assert shown.text.startswith(f"{ASK} {ACTOR} rejects truce that {OTHER} accepted")
    assert "Kataib Hezbollah" not in shown.text


def test_a_text_read_as_a_whole_hides_every_watched_name_alike():
    shown = prompt(TEXT, MENTIONS)
    assert shown.text.startswith(f"{OTHER} rejects truce that {OTHER} accepted")
    assert ACTOR not in shown.text


def test_another_spelling_of_the_actor_changes_nothing():
    other = Text(TITLE.replace("Kataib Hezbollah", "Ktaib Hizbullah"))
    span = Span("title", 0, 15, "Ktaib Hizbullah")
    one = masked_prompt(Text(TITLE), [(Span("title", 0, 16, "Kataib Hezbollah"), ACTOR)], ask=True)
    assert masked_prompt(other, [(span, ACTOR)], ask=True).text == one.text


def test_words_shown_lead_back_to_their_place_in_the_story():
    shown = prompt(TEXT, MENTIONS, "kh")
    at = shown.text.index("truce")
    assert shown.origin(at, at + 5) == ("title", TITLE.index("truce"), TITLE.index("truce") + 5)
    assert shown.places("title", TITLE.index("truce"), TITLE.index("truce") + 5) == [(at, at + 5)]


def test_a_mask_leads_back_to_the_whole_name():
    shown = prompt(TEXT, MENTIONS, "kh")
    at = shown.text.index(ACTOR)
    assert shown.origin(at, at + len(ACTOR)) == ("title", 0, len("Kataib Hezbollah"))


def test_of_a_long_body_the_lead_and_what_names_the_actor_are_shown():
    filler = "This sentence has nothing to say about anyone at all, really. "
    body = filler * 40 + "Kataib fired at dawn. " + filler * 40
    at = body.index("Kataib")
    mention = Mention("kh", "direct", Span("body", at, at + 6, "Kataib"), "Kataib", "exact")
    shown = prompt(Text("News", "", body), [mention], "kh")
    assert f"{ACTOR} fired at dawn." in shown.text
    assert len(shown.text) < 1000


def test_sentences_end_at_stops_and_line_ends():
    text = "One. Two!\nThree “four.” Five"
    assert [text[start:end].strip() for start, end in sentences(text)] == ["One.", "Two!", "Three “four.”", "Five"]


@given(st.text(max_size=400), st.text(max_size=900), st.text(max_size=3000))
def test_any_text_gives_a_bounded_prompt_whose_stretches_match(title: str, summary: str, body: str):
    text = Text(title, summary, body)
    shown = masked_prompt(text, [], ask=False)
    assert len(shown.text) < 900
    for held in shown.stretches:
        assert shown.text[held.start : held.end] == text.part(held.part)[held.at : held.at + held.length]


@given(st.integers(0, 40), st.integers(1, 20), st.integers(0, 40), st.integers(1, 20))
def test_overlapping_names_never_break_the_prompt(first: int, long: int, second: int, wide: int):
    spans = [
        (Span("title", first, min(first + long, len(TITLE)), ""), ACTOR),
        (Span("title", second, second + wide, ""), OTHER),
    ]
    shown = masked_prompt(Text(TITLE), spans, ask=True)
    assert shown.text.count(ACTOR) <= 1


def test_sentences_that_cannot_bear_on_a_direction_are_left_out():
    text = Text(
        TITLE, "Rockets hit the base. The number 14 bus will take another route on Sunday.", "Tickets are sold out."
    )
    shown = masked_prompt(text, [], ask=False)
    assert "Rockets hit the base." in shown.text
    assert "bus" not in shown.text
    assert "Tickets" not in shown.text
