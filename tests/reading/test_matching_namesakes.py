"""What looks like a watched name and is not: namesakes, other holders of an office, links to other stories."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import Watchlist, read_watchlists

SHIPPED = Matcher(read_watchlists(watchlists_dir()))
KATAIB, QAANI, FRAMEWORK = "kataib-hezbollah", "qaani", "coordination-framework"


def matcher(*names: object, **more: object) -> Matcher:
    return Matcher([Watchlist.model_validate({"id": "one", "name": "One", "names": list(names), **more})])


def direct(title: str, summary: str = "", body: str = "", day: datetime | None = None, lang: str = "en") -> set[str]:
    return {one.watchlist for one in SHIPPED.match(Text(title, summary, body, lang, day)) if one.grade == "direct"}


@pytest.mark.parametrize(
    "text",
    [
        "Ashraf Ghani left Kabul with four cars",
        "Ghani, the former president, said a Taliban commander had lied",
        "Arsalan Ghani, a Pakistani general, visits Tehran",
        "Goalkeeper Saeid Qaani signs for Tractor",
        "Striker Ismail Ghani scored from thirty metres",
        "Qaani scores twice as Persepolis win the league",
        "The poet Qaani wrote for the Qajar court",
        "Lebanese Hezbollah fires rockets at Israel",
        "Hezbollah leader in Beirut vows to fight",
        "Kataeb party and Hezbollah trade barbs in Beirut",
        "Kataeb, Hezbollah deputies clash in parliament",
        "The Kataeb and Hezbollah ministers met",
        "Kataib al-Qassam fires rockets from Gaza",
        "Kataib Sayyid al-Shuhada leaves its camp in Iraq",
        "UN coordination framework for Sudan agreed",
        "Ministers adopt a flood coordination framework",
        "Humanitarian Coordination Framework launched for Yemen",
        "Israel and Lebanon close to a framework agreement",
        "Strategic Framework Agreement: talks resume in Iraq",
        "SCF lets suppliers get paid early: supply chain finance grows",
        "KH-101 missiles hit Kyiv",
        "KH missiles fired at Ukraine, Iran denies sale",
        "CF Montreal sign a striker from Iraq",
        "KH Motors opens second showroom in Baghdad",
        "Framework of dialogue with Washington to be renewed, Iraqi minister says",
        "Coordination framework for drought relief launched in southern Iraq",
        "Kataeb-Hezbollah dispute deepens in Lebanon",
        "Hezbollah brigade commander killed in southern Lebanon",
        "Lebanese Hezbollah brigades pull back",
        "Al-Quds Brigades commander killed in Gaza",
        "Qassem Soleimani, the Quds Force commander, was killed in 2020",
        "Quds Force commander Mohammad Reza Zahedi killed in Damascus",
        "A senior Quds Force commander died in Syria",
        "The former Quds Force commander's daughter spoke",
        "Film retells the killing of the Quds Force commander",
    ],
)
def test_a_namesake_is_left_alone(text: str) -> None:
    assert direct(text) == set()


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ar", "أشرف غني يغادر كابول"),
        ("ar", "حزب الكتائب اللبنانية ينتقد حزب الله"),
        ("ar", "كتائب القسام تقصف تل أبيب"),
        ("ar", "في هذا الإطار قال رئيس الوزراء العراقي"),
        ("ar", "إطار تنسيقي بين العراق والأمم المتحدة"),
        ("ar", "الإطار التنسيقي للأمم المتحدة في اليمن"),
        ("ar", "لون أحمر قاني في اللوحة"),
        ("ar", "قائد فيلق القدس السابق قاسم سليماني"),
        ("fa", "قاآنی شیرازی شاعر دربار بود"),
        ("fa", "قاآنی دروازه‌بان تیم شد"),
        ("fa", "معاون فرمانده نیروی قدس"),
        ("fa", "حزب‌الله لبنان بیانیه داد"),
        ("fa", "در چارچوب هماهنگی‌های دو کشور عراق و ایران"),
        ("ar", "الكتائب الجوية الأميركية في العراق"),
    ],
)
def test_a_namesake_in_arabic_or_persian_is_left_alone(lang: str, text: str) -> None:
    assert direct(text, lang=lang) == set()


def test_a_surname_given_to_somebody_else_stays_his_through_the_story() -> None:
    assert (
        direct("Hossein Qani, general secretary of the chess union, in Tehran", "Qani met a commander of the police.")
        == set()
    )


def test_the_full_name_says_whom_a_short_one_means() -> None:
    assert direct("KH men freed the two", "Kataib Hezbollah had held them.") == {KATAIB}
    found = SHIPPED.match(Text("CF names a panel", "The Coordination Framework gave it a month."))
    assert next((one.span.text, one.rule) for one in found) == ("CF", "exact, short form")


def test_an_office_counts_from_the_day_it_was_taken() -> None:
    headline = "Quds Force commander vows support for allies"
    assert direct(headline, day=datetime(2019, 9, 30, tzinfo=UTC)) == set()
    assert direct(headline, day=datetime(2020, 1, 16, tzinfo=UTC)) == {QAANI}
    assert direct(headline) == {QAANI}


def test_the_successor_of_another_holder_is_found() -> None:
    assert direct("The Quds Force commander who replaced Soleimani spoke at the funeral") == {QAANI}


def test_near_words_must_stand_within_a_sentence_or_two() -> None:
    watch = matcher({"text": "KH", "near": ["Iraq"]})
    assert watch.match(Text("KH moved. Iraq said so."))
    assert watch.match(Text("KH moved", "Police in Iraq said so."))
    assert not watch.match(Text("KH moved", "", "One. Two. Three. Four. Then came Iraq."))


def test_not_masks_its_words_only_never_the_story() -> None:
    watch = matcher("Kataeb", **{"not": ["Kataeb Party"]})
    found = watch.match(Text("Kataeb Party speaks of Kataeb in Iraq"))
    assert [one.span.start for one in found] == [23]


def test_without_keeps_a_name_out_of_a_namesakes_field() -> None:
    watch = matcher({"text": "SCF", "without": ["supply chain"]})
    assert watch.match(Text("SCF lists lead"))
    assert not watch.match(Text("SCF grows", "Supply-chain finance is popular."))


def test_a_line_that_links_to_another_story_does_not_count() -> None:
    assert (
        direct(
            "Police stop cars in Baghdad", body="It rained.\nRead also: Kataib Hezbollah refuses to disarm\nMore rain."
        )
        == set()
    )
    assert direct("Police stop cars", body="Traffic was slow. Read more: Kataib Hezbollah refuses to disarm") == set()
    assert direct("اختناقات مرورية", body="ازدحام.\nاقرأ أيضاً: كتائب حزب الله ترفض", lang="ar") == set()
    assert direct("Police stop cars", body="Read the text. Kataib Hezbollah refuses to disarm") == {KATAIB}


def test_descriptions_are_related_not_direct() -> None:
    found = SHIPPED.match(Text("Iran-backed militias in Iraq hold fire"))
    assert {(one.watchlist, one.grade) for one in found} == {(KATAIB, "related")}
