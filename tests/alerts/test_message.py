"""Promises of the message: triaged from a lock screen, read in any client, never the publisher's to shape."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.alerts.chart import MOST_BYTES, chart_of
from monitor.alerts.fit import fit, shorten
from monitor.alerts.message import render
from monitor.alerts.subject import SUBJECT_LENGTH, subject
from tests.alerts.samples import ALL, act, arabic, shift, signal

ZONE = "Asia/Baghdad"


def test_the_subject_says_direction_watchlist_act_and_sources() -> None:
    assert subject(signal()) == (
        "▼ de-escalation · Esmail Qaani: tells Iraqi factions to hold fire during Baghdad talks · 4 sources"
    )


@pytest.mark.parametrize("name", ALL)
def test_every_subject_is_one_line_of_bearable_length(name: str) -> None:
    long = subject({**ALL[name], "title": "تهدئة طويلة جداً " * 30})
    assert len(long) <= SUBJECT_LENGTH + 30
    assert not re.search(r"[\r\n]", long)


def test_a_right_to_left_title_stands_isolated_behind_its_gloss() -> None:
    assert "suspend operations against American forces · \u2068كتائب" in render(arabic(), ZONE).subject


def test_a_right_to_left_title_without_a_quotation_has_its_gloss_in_the_subject_too() -> None:
    found = render(act("declared", title="كتائب حزب الله تعلن انتهاء الهدنة"), ZONE).subject
    assert "▲ escalation declared · Kata'ib Hezbollah: announce end truce · \u2068كتائب" in found


@pytest.mark.parametrize("name", ALL)
def test_text_and_html_say_the_same(name: str) -> None:
    message = render(ALL[name], ZONE)
    visible = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", message.html, flags=re.DOTALL).split())
    for link in re.findall(r"https?://\S+", message.text):
        assert link.replace("&", "&amp;") in visible
    assert message.alert_id in visible
    assert message.alert_id in message.text
    assert message.alert_id in message.footer


def test_script_and_markup_in_a_title_stay_text() -> None:
    bad = "Truce <script>alert(1)</script> <img src=x onerror=y> [click](http://evil.example) @everyone *bold*"
    message = render(signal(title=bad, owner=bad), ZONE)
    assert "<script>alert" not in message.html
    assert "<img src=x" not in message.html
    assert not re.search(r"(?<!\\)\]\(http", message.markdown)
    assert "@everyone" not in message.markdown


@pytest.mark.parametrize("link", ["javascript:alert(1)", 'https://a.example/"><script>', "data:text/html,x"])
def test_only_links_of_the_web_are_links(link: str) -> None:
    message = render(signal(link=link), ZONE)
    assert "javascript:" not in message.html
    assert "<script>" not in message.html


def test_template_code_in_a_title_is_not_run() -> None:
    message = render(signal(title="{{ 7 * 7 }} {% raw %}"), ZONE)
    assert "{{ 7 * 7 }}" in message.text


def test_arabic_evidence_is_set_from_right_to_left_with_its_gloss() -> None:
    page = render(arabic(), ZONE).html
    assert '<blockquote dir="rtl"' in page
    assert (
        "Kata&#39;ib Hezbollah <strong>suspend operations against American forces</strong> until further notice" in page
    )


def test_lines_of_the_text_fit_a_terminal() -> None:
    for sample in ALL.values():
        text = render(sample, ZONE).text
        assert max(len(line) for line in text.splitlines() if "http" not in line) <= 80


def test_a_hundred_kilobytes_of_evidence_do_not_break_the_message() -> None:
    evidence = {"before": "x " * 50_000, "text": "hold fire", "after": " y" * 50}
    message = render(signal(evidence=evidence), ZONE)
    assert "hold fire" in message.text


def test_a_folder_of_one_s_own_replaces_single_templates(tmp_path: Path) -> None:
    (tmp_path / "signal.txt").write_text("OURS {{ title }} {{ at|when }}\n{% include 'foot.txt' %}", encoding="utf-8")
    message = render(signal(), ZONE, tmp_path)
    assert message.text.startswith("OURS Qaani tells")
    assert "Alert abcdefgh23" in message.text
    assert "<h1" in message.html


@pytest.mark.parametrize("fault", ["{% if %}", "{{ title.upper( }}", "{{ 1 / 0 }}", "{{ ().__class__.__bases__ }}"])
def test_a_faulty_template_of_one_s_own_loses_no_alert(tmp_path: Path, fault: str) -> None:
    (tmp_path / "signal.txt").write_text(fault, encoding="utf-8")
    text = render(signal(), ZONE, tmp_path).text
    assert "Alert abcdefgh23" in text or "__class__" in fault


def test_a_payload_of_another_version_is_still_told() -> None:
    bare = {key: signal()[key] for key in ("id", "thread", "kind", "at", "title", "direction", "watchlists", "link")}
    message = render(bare, ZONE)
    assert "Qaani tells" in message.text
    assert "https://corniche.example/1" in message.html


def test_a_long_text_is_cut_at_a_sentence_and_keeps_its_footer() -> None:
    body = "One sentence here. " * 40
    cut = fit(body, "Alert abc", 300)
    assert len(cut) <= 300
    assert cut.endswith("Alert abc")
    assert "here.\n[…]" in cut


def test_whole_sections_go_before_sentences_are_cut() -> None:
    body = "Head of the alert. It is long enough to stand alone.\n\n" + "More. " * 20
    assert shorten(body, 80) == "Head of the alert. It is long enough to stand alone."


@pytest.mark.parametrize("limit", [0, 10, 40, 140, 380, 2000])
def test_no_limit_is_ever_passed(limit: int) -> None:
    for sample in ALL.values():
        message = render(sample, ZONE)
        cut = fit(message.markdown, message.footer, limit)
        assert not limit or len(cut) <= limit


def test_the_chart_of_a_shift_is_a_small_picture() -> None:
    pytest.importorskip("matplotlib")
    picture = chart_of(shift())
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert len(picture) <= MOST_BYTES
    assert picture == chart_of(shift())


def test_an_alert_without_a_series_has_no_chart() -> None:
    assert chart_of(signal()) is None
