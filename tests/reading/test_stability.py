"""What does not bear on a story's direction does not change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.lab.labelled import read_labelled
from monitor.reading.read import Reader
from tests.reading.stability import kept, respelt


def test_names_are_written_another_way() -> None:
    assert respelt("Kataib Hezbollah heard Qaani") == "Kata'ib Hizballah heard Ghaani"


@pytest.mark.heavy
def test_unrelated_sentences_and_other_spellings_leave_ninety_nine_of_a_hundred_readings_as_they_were(
    shared: Path,
) -> None:
    stories = read_labelled(shared / "data" / "stories" / "dev.jsonl")
    found = kept([story.text for story in stories], Reader())
    assert sum(stayed for stayed, _ in found.values()) >= 0.99 * sum(tried for _, tried in found.values())
