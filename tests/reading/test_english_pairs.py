"""Minimal pairs: two headlines that differ by one operator, each with the direction it must be given."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from monitor.reading.english.reader import read_english
from monitor.reading.records import Text

_PAIRS = [
    line.split("\t")
    for line in (Path(__file__).parent / "pairs_en.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
_CASES = [
    pytest.param(text, direction, id=f"{operator}: {text}")
    for operator, *rest in _PAIRS
    for text, direction in (tuple(rest[:2]), tuple(rest[2:]))
]


@pytest.mark.parametrize(("text", "direction"), _CASES)
def test_a_minimal_pair_is_told_apart(text: str, direction: str) -> None:
    reading = read_english(Text(text), []).reading.story
    assert reading.direction == direction, reading.trace


def test_twelve_operators_have_eight_pairs_each() -> None:
    counts = Counter(operator for operator, *_ in _PAIRS)
    assert len(counts) >= 12
    assert min(counts.values()) >= 8
