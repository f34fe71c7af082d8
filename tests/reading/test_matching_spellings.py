"""One name in a watchlist finds every way of writing it, in each script, and says by which rule."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.reading.fold import fold, fold_mapped
from monitor.reading.matching import Matcher
from monitor.reading.records import PARTS, Mention, Text
from monitor.reading.transliteration import is_spelling, skeleton, skeletons
from monitor.shipped import watchlists_dir
from monitor.watchlists import Watchlist, read_watchlists

SHIPPED = Matcher(read_watchlists(watchlists_dir()))
KATAIB, QAANI, FRAMEWORK = "kataib-hezbollah", "qaani", "coordination-framework"


def matcher(*names: object, **more: object) -> Matcher:
    return Matcher([Watchlist.model_validate({"id": "one", "name": "One", "names": list(names), **more})])


def direct(text: str, lang: str = "en") -> set[str]:
    return {one.watchlist for one in SHIPPED.match(Text(text, lang=lang)) if one.grade == "direct"}


def only(mentions: list[Mention]) -> Mention:
    assert len(mentions) == 1, mentions
    return mentions[0]


@pytest.mark.parametrize(
    "name",
    [
        "Kata'ib Hezbollah", "Kata’ib Hizballah", "Kataib Hezbollah", "Kataeb Hezbollah", "Ketaib Hezbollah",
        "Ktaib Hizbullah", "Kataʾib Ḥizballāh", "Kata`ib Hizbollah", "Kata'ib Hizb Allah", "Kataib-Hezbollah",
        "Kataeb-e Hezbollah", "KATAIB HEZBOLLAH", "#KataibHezbollah", "Kataib Hezbolah", "Kataib Hezobllah",
        "Kitaib Hisbollah", "Kataïb Hezbollah", "Kata'ib\u00a0Hezbollah", "Hezbollah Brigades", "Hizballah brigades",
        "Abu Hussain Hamidawi", "Abou Hussein al-Hamidaoui", "Abu Ali al-Askary", "Abu Ali Al-Asqari",
    ],
)  # fmt: skip
def test_the_group_is_found_in_any_latin_spelling(name: str) -> None:
    assert KATAIB in direct(f"{name} said on Monday that talks would go on.")


@pytest.mark.parametrize(
    "name",
    [
        "Esmail Qaani", "Ismail Qani", "Esmaeil Qa'ani", "Esmāʿil Qāʾāni", "Ismaïl Kaani", "Esmail Ghaani",
        "General Qaani", "Gen. Qa’ani", "Quds Force chief", "Qods Force commander", "Ghods Force commander",
        "al-Quds Force commander", "commander of Iran's elite Quds Force", "head of the IRGC's Quds Force",
    ],
)  # fmt: skip
def test_the_commander_is_found_in_any_latin_spelling_and_by_his_office(name: str) -> None:
    assert QAANI in direct(f"{name} said on Monday that talks would go on.")


@pytest.mark.parametrize(
    ("watchlist", "name"),
    [
        (KATAIB, "كتائب حزب الله"), (KATAIB, "كتائبَ حزبِ اللهِ"), (KATAIB, "لكتائب حزب الله"),
        (KATAIB, "كـتـائـب حزب الله"), (KATAIB, "كتايب حزب‌الله"), (KATAIB, "كتائب «حزب الله»"),
        (KATAIB, "كتائب حزبالله"), (KATAIB, "#كتائب_حزب_الله"), (KATAIB, "لأبي حسين الحميداوي"),
        (QAANI, "إسماعيل قاآني"), (QAANI, "اسماعيل قآاني"), (QAANI, "وقاآني في بغداد"), (QAANI, "لقائد فيلق القدس"),
        (FRAMEWORK, "للإطار التنسيقي"), (FRAMEWORK, "والاطار التنسيقى"), (FRAMEWORK, "الإطار الشيعي"),
    ],
)  # fmt: skip
def test_arabic_letters_marks_and_clitics_do_not_hide_a_name(watchlist: str, name: str) -> None:
    assert watchlist in direct(f"{name} قال اليوم في بيان", "ar")


@pytest.mark.parametrize(
    ("watchlist", "name"),
    [
        (KATAIB, "کتائب حزب‌الله عراق"), (KATAIB, "گردان‌های حزب‌الله عراق"), (KATAIB, "گردانهای حزب الله عراق"),
        (KATAIB, "ابو حسین حمیداوی"), (QAANI, "سردار قاآنی"), (QAANI, "فرمانده‌ی نیروی قدس"),
        (FRAMEWORK, "چارچوب هماهنگی"), (FRAMEWORK, "چهارچوبِ هماهنگی شیعی"),
    ],
)  # fmt: skip
def test_persian_letters_ezafe_and_zwnj_do_not_hide_a_name(watchlist: str, name: str) -> None:
    assert watchlist in direct(f"{name} امروز در بیانیه‌ای", "fa")


@pytest.mark.parametrize(
    ("name", "text", "found", "rule"),
    [
        ("Kata'ib Hezbollah", "Men of Kata'ib Hezbollah left", "Kata'ib Hezbollah", "exact"),
        ("Kata'ib Hezbollah", "Men of Kataib Hezbollah left", "Kataib Hezbollah", "spelling"),
        ("Kata'ib Hezbollah", "Kataeb Hizbullah's men left", "Kataeb Hizbullah", "transliteration"),
        ("Kata'ib Hezbollah", "Kata'ib Hezobllah left", "Kata'ib Hezobllah", "typo"),
        ("Kata'ib Hezbollah", "KataibHezbollah left", "KataibHezbollah", "joined"),
        ("Iraqi militia", "the Iraqi militias left", "Iraqi militias", "plural"),
        ("كتائب حزب الله", "مقر لكتائب حزب الله", "كتائب حزب الله", "clitic"),
    ],
)
def test_the_rule_that_matched_is_recorded_and_the_span_is_exact(name: str, text: str, found: str, rule: str) -> None:
    mention = only(matcher(name).match(Text(text)))
    assert (mention.span.text, mention.rule) == (found, rule)
    assert text[mention.span.start : mention.span.end] == found


def test_typos_are_forgiven_in_long_names_only() -> None:
    assert matcher("Hamidawi Brigade").match(Text("Hamidwai Brigade moved"))
    assert not matcher("Qaani").match(Text("Qaami moved"))
    assert not matcher("Badr").match(Text("Bard moved"))


def test_an_abbreviation_keeps_its_capitals_and_is_no_type_number() -> None:
    kh = matcher("KH")
    assert [one.span.text for one in kh.match(Text("KH, KH's and KHs, but not kh, KH-101 or KH 22"))] == [
        "KH",
        "KH",
        "KHs",
    ]


def test_a_name_is_not_found_across_a_stop_or_comma() -> None:
    assert not matcher("Kataeb Hezbollah").match(Text("The Kataeb. Hezbollah said; Kataeb, Hezbollah and others"))


def test_scripts_without_spaces_are_matched_inside_a_run() -> None:
    assert only(matcher("서울").match(Text("오늘 서울에서"))).span.text == "서울"


def test_every_occurrence_is_returned_once_and_direct_wins_over_related() -> None:
    watch = matcher("Quds Force chief", related=["Quds Force"])
    found = [(one.grade, one.span.text) for one in watch.match(Text("Quds Force chief: the Quds Force is ready"))]
    assert found == [("direct", "Quds Force chief"), ("related", "Quds Force")]


def test_choices_in_a_term_stand_for_every_phrase() -> None:
    watch = matcher("(head|chief) of the (Quds|Qods) Force")
    assert watch.match(Text("The chief of the Qods Force came"))
    assert not watch.match(Text("The friend of the Qods Force came"))


LETTERS = st.text(st.sampled_from("abcdefghiklmnopqrstuwyz"), min_size=3, max_size=12)


@settings(deadline=None)
@given(LETTERS)
def test_a_word_is_a_spelling_of_itself_and_shares_its_skeleton(word: str) -> None:
    assert is_spelling(word, word)
    assert not skeleton(word) or skeleton(word) in skeletons(word)


@settings(deadline=None)
@given(st.text())
def test_folding_maps_every_letter_to_its_place(text: str) -> None:
    folded, offsets = fold_mapped(text)
    assert folded == fold(text)
    assert len(offsets) == len(folded) + 1
    assert all(fold(text[place]) for place in offsets[:-1])
    assert offsets == sorted(offsets)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_matching_never_fails_and_its_spans_are_exact(title: str, summary: str) -> None:
    text = Text(f"{title} Kataib Hezbollah {title}", summary)
    for mention in SHIPPED.match(text):
        assert mention.span.part in PARTS
        assert text.part(mention.span.part)[mention.span.start : mention.span.end] == mention.span.text
