"""The Arabic and Persian reader as a whole: it never raises, repeats itself, and is not moved by spelling."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.reading.local import read_local
from monitor.reading.records import Mention, Reading, Span, Text

_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآىةپچژگکی وفبلس .،:؛«»؟\u200c\u0640\u064b\u064e123۴۵"


def _story(title: str, lang: str, summary: str = "") -> Reading:
    return read_local(Text(title, summary, lang=lang), []).story


def _mention(watchlist: str, text: Text, words: str) -> Mention:
    for part in ("title", "summary"):
        at = text.part(part).find(words)
        if at >= 0:
            return Mention(watchlist, "direct", Span(part, at, at + len(words), words), words, "exact")
    raise AssertionError(words)


@settings(max_examples=150, deadline=None)
@given(
    title=st.text(alphabet=_LETTERS, max_size=120), summary=st.text(max_size=120), lang=st.sampled_from(["ar", "fa"])
)
def test_reading_never_raises_and_repeats_itself(title: str, summary: str, lang: str) -> None:
    text = Text(title, summary, lang=lang)
    first, second = read_local(text, []), read_local(text, [])
    assert first == second
    reading = first.story
    assert 0 <= reading.confidence <= 1
    assert reading.strength in (1, 2, 3)
    if reading.evidence is not None:
        span = reading.evidence
        assert text.part(span.part)[span.start : span.end] == span.text


@pytest.mark.parametrize(
    ("lang", "plain", "written"),
    [
        ("ar", "الحوثيون يستأنفون هجماتهم على السفن", "الحوثيون يَسْتَأنِفُون هجمـــاتهم على السفن"),
        ("ar", "إسرائيل توقف إطلاق النار", "اسرائيل توقف اطلاق النار"),
        ("ar", "القوات التركية تلغي انسحابها", "القوات التركيه تلغى انسحابها"),
        ("ar", "حماس توافق على الهدنة", "حماس توافق علی الهدنه"),
        ("ar", "الفصائل تدعو إلى عدم استهداف السفارات", "الفصائل تدعو الى عدم إستهداف السفارات"),
        ("ar", "سنهاجم القواعد الأميركية", "وسنهاجم القواعد الأميركية"),
        ("fa", "آتش‌بس لبنان فروپاشید", "آتش بس لبنان فروپاشید"),
        ("fa", "آتش‌بس لبنان فروپاشید", "آتشبس لبنان فروپاشيد"),
        ("fa", "به پایگاه‌های آمریکا حمله نمی‌کنیم", "به پایگاه های آمریکا حمله نمی کنیم"),
        ("fa", "به پایگاه‌های آمریکا حمله نمی‌کنیم", "به پايگاههاي آمريكا حمله نميكنيم"),
        ("fa", "ارتش عقب‌نشینی از مرز را پذیرفت", "ارتش عقب نشینی از مرز را پذیرفت"),
        ("fa", "سپاه: خویشتن‌داری را کنار گذاشته‌ایم", "سپاه: خویشتنداری را کنار گذاشته ایم"),
    ],
)
def test_another_spelling_reads_the_same(lang: str, plain: str, written: str) -> None:
    assert _story(plain, lang).direction == _story(written, lang).direction != "none"


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("ar", ""),
        ("ar", "😀 🚀"),
        ("ar", "<b>&nbsp;</b>"),
        ("fa", "\u200c\u200c\u200c"),
        ("fa", "می نمی"),
        ("ar", "و ف ب ل ك"),
        ("fa", "نخواهد"),
        ("ar", "KH says: لا"),
    ],
)
def test_scraps_are_none(lang: str, title: str) -> None:
    assert _story(title, lang).direction == "none"


def test_a_long_body_is_bounded_and_keeps_the_title_in_charge() -> None:
    body = "وكانت غارات قد استهدفت المدينة العام الماضي. " * 20_000
    reading = read_local(Text("حماس توافق على هدنة في غزة", "", body, "ar"), []).story
    assert reading.direction == "de-escalation"


def test_another_language_is_left_unread() -> None:
    text = Text("Huthi-Angriff auf Tanker", lang="de")
    result = read_local(text, [Mention("w", "direct", Span("title", 0, 5, "Huthi"), "Huthi", "exact")])
    assert not result.story.read
    assert result.by_watchlist["w"].direction == "none"
    assert not result.by_watchlist["w"].read


def test_evidence_trace_and_gloss_say_how_it_was_read() -> None:
    reading = _story("الفصائل تنهي تعليق هجماتها على القوات الأميركية", "ar")
    assert reading.evidence is not None
    assert reading.evidence.text == "تنهي تعليق هجماتها"
    assert re.match(r"end \[stop\] -> suspend \[stop\] -> attack: escalation", reading.trace[0])
    assert reading.gloss == "end suspend attack"


def test_old_news_is_set_aside_as_background() -> None:
    reading = _story("حماس توافق على هدنة", "ar", "وكانت الحركة قد قصفت تل أبيب الشهر الماضي.")
    assert reading.direction == "de-escalation"
    assert any("قصفت" in span.text for span in reading.background)


def test_an_actor_that_is_only_asked_has_no_direction_of_its_own() -> None:
    text = Text("الإطار التنسيقي يدعو كتائب حزب الله إلى وقف الهجمات", lang="ar")
    mentions = [_mention("scf", text, "الإطار التنسيقي"), _mention("kh", text, "كتائب حزب الله")]
    readings = read_local(text, mentions).by_watchlist
    assert readings["scf"].direction == "de-escalation"
    assert (readings["kh"].direction, readings["kh"].role) == ("none", "addressee")


def test_an_actor_that_refuses_what_others_accept_points_the_other_way() -> None:
    text = Text("فصائل عراقية تقبل تسليم السلاح وكتائب حزب الله ترفض تسليم السلاح", lang="ar")
    result = read_local(text, [_mention("kh", text, "كتائب حزب الله")])
    assert result.by_watchlist["kh"].direction == "escalation"


def test_the_actor_before_the_colon_is_the_speaker() -> None:
    text = Text("قاآنی: به پایگاه‌ها حمله می‌کنیم", lang="fa")
    reading = read_local(text, [_mention("qaani", text, "قاآنی")]).by_watchlist["qaani"]
    assert (reading.direction, reading.role) == ("escalation", "speaker")


def test_the_same_words_in_sport_say_nothing() -> None:
    title = "هجوم المنتخب يمطر مرمى الأردن بأربعة أهداف في تصفيات كأس العالم"
    assert _story(title, "ar").direction == "none"


def test_the_title_decides_over_background_in_the_lead() -> None:
    reading = _story("ارتش حملات را متوقف کرد", "fa", "این حملات هفته گذشته آغاز شده بود.")
    assert reading.direction == "de-escalation"


def test_a_mention_never_changes_the_story() -> None:
    text = Text("كتائب حزب الله تعلّق هجماتها", lang="ar")
    bare = read_local(text, []).story
    named = read_local(text, [_mention("kh", text, "كتائب حزب الله")]).story
    assert named == bare
