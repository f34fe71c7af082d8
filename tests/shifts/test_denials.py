"""A headline takes back what it is about, and nothing else."""

from __future__ import annotations

import pytest

from monitor.shifts.denials import Headline, contradicts, denial_in

KH, QAANI = "Kataib Hezbollah", "Qaani"
GROUP = frozenset({"kataib", "hezbollah"})


def headline(text: str, name: str, lang: str = "en") -> Headline:
    start = text.find(name)
    names = ((start, start + len(name)),) if start >= 0 else ()
    return Headline(text, lang, names, name in (QAANI, "قاآني", "قاآنی"), frozenset() if name == QAANI else GROUP)


def takes_back(
    told: str, later: str, name: str, *, lang: str = "en", spoken: bool = True, owner: str = "other"
) -> bool:
    by = headline(later, name, lang)
    denial = denial_in(by)
    if denial is None:
        return False
    return contradicts(denial, by, owner, headline(told, name, lang), {"first"}, spoken)


@pytest.mark.parametrize(
    ("told", "later", "name", "lang"),
    [
        ("Quds Force chief Qaani killed in Beirut strike", "Qaani is alive, Iranian officials say", QAANI, "en"),
        ("Israel says it assassinated Qaani", "Qaani appears on state TV at Tehran funeral", QAANI, "en"),
        ("Qaani dead, reports say", "Guards deny death of Qaani", QAANI, "en"),
        ("Qaani killed, sources say", "Qaani was not killed in strike, Tehran says", QAANI, "en"),
        ("Kataib Hezbollah commander Saadi killed in Baghdad", "Kataib Hezbollah commander Saadi still alive", KH, "en"),
        ("Kataib Hezbollah announces suspension of attacks on US forces",
         "Kataib Hezbollah denies suspending attacks on US forces", KH, "en"),
        ("Kataib Hezbollah to halt attacks, sources say", "Kataib Hezbollah denies reports of a truce", KH, "en"),
        ("Kataib Hezbollah claims drone attack on Ain al-Asad", "Kataib Hezbollah withdraws claim of attack", KH, "en"),
        ("Kataib Hezbollah claims drone attack on Ain al-Asad", "Kataib Hezbollah denies attack on Ain al-Asad", KH, "en"),
        ("مقتل قاآني في غارة على بيروت", "قاآني على قيد الحياة", "قاآني", "ar"),
        ("كتائب حزب الله تعلن تعليق الهجمات على القوات الأميركية",
         "كتائب حزب الله تنفي تعليق الهجمات", "كتائب حزب الله", "ar"),
        ("قاآنی در حمله بیروت کشته شد", "قاآنی زنده است", "قاآنی", "fa"),
    ],
)  # fmt: skip
def test_what_was_told_is_taken_back(told: str, later: str, name: str, lang: str) -> None:
    assert takes_back(told, later, name, lang=lang)


@pytest.mark.parametrize(
    ("told", "later", "name", "lang"),
    [
        ("Drone attack by Kataib Hezbollah kills three US troops", "Kataib Hezbollah denies involvement in attack", KH, "en"),
        ("Kataib Hezbollah claims attack on Ain al-Asad", "Kataib Hezbollah denies role in Erbil attack", KH, "en"),
        ("Kataib Hezbollah claims attack on Ain al-Asad", "Kataib Hezbollah denies attack on Erbil airport", KH, "en"),
        ("Kataib Hezbollah announces suspension of attacks", "Kataib Hezbollah denies talks planned with US", KH, "en"),
        ("Kataib Hezbollah announces suspension of attacks", "US denies Kataib Hezbollah suspended attacks", KH, "en"),
        ("Kataib Hezbollah announces suspension of attacks", "Kataib Hezbollah withdraws fighters from Anbar", KH, "en"),
        ("Kataib Hezbollah announces suspension of attacks", "Kataib Hezbollah resumes attacks on US forces", KH, "en"),
        ("Kataib Hezbollah commander Saadi killed in Baghdad", "Kataib Hezbollah leader Hamidawi is alive", KH, "en"),
        ("Kataib Hezbollah commander Saadi killed in Baghdad", "Kataib Hezbollah commander appears in Najaf", KH, "en"),
        ("Qaani vows revenge after Nasrallah: Hezbollah chief killed", "Qaani appears on state TV", QAANI, "en"),
        ("Qaani warns Israel of strikes", "Qaani is alive and well, officials say", QAANI, "en"),
        ("Qaani urges factions not to attack", "Qaani denied entry to Iraq", QAANI, "en"),
        ("كتائب حزب الله تقصف قاعدة عين الأسد", "كتائب حزب الله تنفي علاقتها بالهجوم", "كتائب حزب الله", "ar"),
        ("كتائب حزب الله تعلن تعليق الهجمات", "كتائب حزب الله تنفي إجراء محادثات مع واشنطن", "كتائب حزب الله", "ar"),
    ],
)  # fmt: skip
def test_what_has_nothing_to_do_with_it_takes_nothing_back(told: str, later: str, name: str, lang: str) -> None:
    assert not takes_back(told, later, name, lang=lang)


def test_an_accused_who_denies_takes_back_nothing_that_others_said() -> None:
    told, later = "Kataib Hezbollah attacks Ain al-Asad, US says", "Kataib Hezbollah denies attack on Ain al-Asad"
    assert not takes_back(told, later, KH, spoken=False)


def test_an_outlet_takes_back_its_own_report() -> None:
    told, later = "Kataib Hezbollah attacks Ain al-Asad, US says", "Retracted: Kataib Hezbollah attack on Ain al-Asad"
    assert takes_back(told, later, KH, spoken=False, owner="first")
    assert not takes_back(told, later, KH, spoken=False, owner="other")
