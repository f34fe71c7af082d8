"""Markup -> clean text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stories.text import clean, title


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("<p>One.</p><p>Two &amp; three.</p>", "One.\nTwo & three."),
        ("&lt;p&gt;Doubly&amp;nbsp;escaped&lt;/p&gt;", "Doubly escaped"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<script>alert('x')</script>kept<style>p{}</style>", "kept"),
        ("<!-- <p>hidden</p> -->shown", "shown"),
        ('<a href="x>y" title="a > b">link</a>', "link"),
        ("<img src=x alt='no'>caption", "caption"),
        ("bad\u200bword \u202eright\u202c soft\u00adhyphen \ufeff", "badword right softhyphen"),
        ("می\u200cکنند", "می\u200cکنند"),
        ("a\x00b\x07c\x9fd", "abcd"),
        ("unclosed <b tag", "unclosed <b tag"),
        ("&#x41;&#66;&hellip;", "AB…"),
        ("<![CDATA[inner <b>words</b>]]>", "inner words"),
        ("  many \t spaces\u00a0here \n\n\n and lines ", "many spaces here\nand lines"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("", ""),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert clean(markup) == text


@pytest.mark.parametrize(
    "line",
    [
        "Read also: Kata'ib Hezbollah attacks",
        "READ MORE: x",
        "اقرأ أيضا: كتائب حزب الله",
        "بیشتر بخوانید: سپاه قدس",
        "Related: Qaani in Baghdad",
        "The post Talks resume appeared first on News Site.",
        "Continue reading…",
        "انتهای پیام/",
    ],
)
def test_a_line_that_only_points_elsewhere_is_dropped(line: str) -> None:
    assert clean(f"<p>The talks were held.</p><p>{line}</p>") == "The talks were held."


@pytest.mark.parametrize(
    "line",
    [
        "Read the statement: it says nothing.",
        "Related families fled the town.",
        "Watchdog: no inspectors were let in.",
        "Opinion polls moved.",
    ],
)
def test_a_sentence_that_begins_alike_is_kept(line: str) -> None:
    assert line in clean(f"<p>The talks were held.</p><p>{line}</p>")


def test_the_trailing_invitation_is_cut_from_its_paragraph() -> None:
    assert clean("The talks were held in Baghdad. Read more »") == "The talks were held in Baghdad."
    assert clean("The talks were held […]") == "The talks were held"


def test_a_title_is_one_bounded_line() -> None:
    assert title("A <b>bold</b>\n claim") == "A bold claim"
    assert len(title("word " * 100_000)) <= 500


@pytest.mark.parametrize(
    "piece",
    ["<a ", '<a "', "<!--", "<![CDATA[", "<script>", "<", "&", "&#x", " \n", "\u200c ", "Read also: x\n", "The post "],
)
def test_no_markup_costs_more_than_its_length(piece: str) -> None:
    began = time.process_time()
    clean(piece * (400_000 // len(piece)))
    assert time.process_time() - began < 2.0


@settings(max_examples=300)
@given(st.text(max_size=300))
def test_clean_text_stays_as_it_is(markup: str) -> None:
    once = clean(markup, link_lines=False)
    if "<" not in once and "&" not in once:
        assert clean(once, link_lines=False) == once


_markup = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b",
            ">",
            "&amp;",
            "&lt;",
            "word ",
            "<!--",
            "-->",
            "\n",
            "<script>",
            "</script>",
            '"',
            "كتائب ",
        ]
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(_markup.map("".join), st.integers(1, 200))
def test_the_bound_holds(markup: str, limit: int) -> None:
    assert len(clean(markup, limit)) <= limit
