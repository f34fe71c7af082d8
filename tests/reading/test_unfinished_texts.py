"""Texts that stop in the middle, as feeds cut them: read all the same."""

from __future__ import annotations

import pytest

from monitor.reading.read import Reader
from monitor.reading.records import Text

ENDINGS = [
    "and",
    "but",
    "while",
    "after",
    "if",
    "to",
    "not",
    "for",
    "as",
    "who",
    ",",
    "“",
    "(",
    "-",
    "in",
    "against",
    "that",
]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_text_cut_off_at_any_word_is_read(ending: str) -> None:
    reader = Reader(encoder=False)
    for start in ("Kata'ib Hezbollah suspends attacks on US bases", "Rockets hit Erbil", "Iran"):
        story = reader.read(Text(f"{start} {ending}", f"The group said it would stop firing {ending}"), []).story
        assert story.read
