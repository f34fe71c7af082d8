"""Promises of the gloss: word by word, honest about what is not known, and never a fault in a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.gloss import LANGUAGES, UNKNOWN, gloss_of, in_english


@pytest.mark.parametrize(
    ("lang", "title", "gloss"),
    [
        ("ar", "الجيش الإسرائيلي يعلن وقف إطلاق النار في غزة", "Israeli army announce ceasefire in Gaza"),
        ("ar", "مصدر عسكري إسرائيلي", "Israeli military source"),
        ("ar", "إيران والولايات المتحدة", "Iran and United States"),
        ("fa", "سخنگوی نظامی صنعا", "military spokesman Sanaa"),
        ("fa", "گروه‌های مسلح عراق", "armed groups Iraq"),
    ],
)
def test_words_stand_in_order_with_adjectives_before_their_noun(lang: str, title: str, gloss: str) -> None:
    found = gloss_of(lang, "", title, "")
    assert found is not None
    assert found.line == gloss


def test_a_gloss_keeps_the_parts_of_its_quotation() -> None:
    found = gloss_of("ar", "كتائب حزب الله", "تعلّق عملياتها", "حتى إشعار آخر")
    assert found is not None
    assert (found.before, found.text, found.after) == (
        "Kata'ib Hezbollah",
        "suspend operations",
        "until further notice",
    )


def test_what_did_not_happen_is_not_glossed_as_if_it_had() -> None:
    found = gloss_of("fa", "", "حزب‌الله گفت تلافی نمی‌کند", "")
    assert found is not None
    assert "not take revenge" in found.line


def test_unknown_words_are_marked_once_and_the_rest_is_told() -> None:
    found = gloss_of("ar", "", "الجيش زقزقزق قزقزقز في بغداد", "")
    assert found is not None
    assert found.line == f"army {UNKNOWN} in Baghdad"


def test_a_text_of_which_too_little_is_known_has_no_gloss() -> None:
    assert gloss_of("ar", "", "زقزقزق قزقزقز صضصضص في", "") is None


def test_numbers_are_given_in_english_digits() -> None:
    assert "11 staff" in in_english("خبر از ۱۱ کارمند سازمان ملل در صنعا")


def test_another_language_has_no_gloss() -> None:
    assert gloss_of("en", "", "Qaani urges calm", "") is None
    assert in_english("Qaani urges calm") == ""


@given(st.sampled_from(LANGUAGES), st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_no_text_makes_it_fail(lang: str, before: str, text: str, after: str) -> None:
    gloss_of(lang, before, text, after)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_line_of_the_glossary_can_be_read(lang: str) -> None:
    found = gloss_of(lang, "", {"ar": "في بغداد", "fa": "در بغداد"}[lang], "")
    assert found is not None
    assert found.line == "in Baghdad"
