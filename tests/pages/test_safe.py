"""Feed text is made harmless before a page sees it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.pages.safe import plain, script_json, short, units, web_link


@given(st.text())
def test_harmless_text_is_as_long_as_it_was(text: str) -> None:
    assert len(plain(text)) == len(text)


@given(st.text())
def test_no_override_and_no_control_character_is_left(text: str) -> None:
    assert not set(plain(text)) & {
        chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x2070), 0, 0x1B, 0x7F)
    }


def test_marks_that_persian_needs_stay() -> None:
    assert plain("می\u200cشود") == "می\u200cشود"


@given(st.text())
def test_data_in_a_script_element_cannot_end_it(text: str) -> None:
    held = script_json([text])
    assert not set(held) & set("<>&\u2028\u2029")
    assert json.loads(held) == [text]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//example.org/x",
        "http:///x",
        "https://",
        "ftp://example.org",
        'https://example.org/"onmouseover="x',
        "https://exa mple.org",
        "https://example.org/\u202egpj.exe",
        "http://[::1",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_no_link(url: str) -> None:
    assert web_link(url) == ""


def test_a_web_address_is_a_link() -> None:
    assert web_link(" https://example.org/a?b=c&d=ü#e ") == "https://example.org/a?b=c&d=ü#e"


def test_places_count_as_javascript_counts() -> None:
    assert units("🚢 ab", 2) == 3
    assert units("plain", 2) == 2


def test_a_long_line_is_cut_with_an_ellipsis() -> None:
    assert short("a" * 50, 10) == "a" * 9 + "…"
