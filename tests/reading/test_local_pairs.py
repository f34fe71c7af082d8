"""Operators of the Arabic and Persian reader, proved one by one on minimal pairs (`pairs_ar.tsv`, `pairs_fa.tsv`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.reading.local import read_local
from monitor.reading.records import Text

_LETTER = {"escalation": "E", "de-escalation": "D", "none": "N"}


def _pairs() -> list[object]:
    cases = []
    for lang in ("ar", "fa"):
        count: dict[str, int] = {}
        for line in (Path(__file__).parent / f"pairs_{lang}.tsv").read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            operator, *pair = line.split("\t")
            count[operator] = count.get(operator, 0) + 1
            cases.append(pytest.param(lang, *pair, id=f"{lang}-{operator}-{count[operator]}"))
    return cases


@pytest.mark.parametrize(("lang", "first", "first_points", "second", "second_points"), _pairs())
def test_one_word_turns_the_direction(
    lang: str, first: str, first_points: str, second: str, second_points: str
) -> None:
    given = [_LETTER[read_local(Text(title, lang=lang), []).story.direction] for title in (first, second)]
    assert given == [first_points, second_points]


@pytest.mark.parametrize("lang", ["ar", "fa"])
def test_every_operator_has_six_pairs(lang: str) -> None:
    lines = (Path(__file__).parent / f"pairs_{lang}.tsv").read_text(encoding="utf-8").splitlines()
    operators = [line.split("\t")[0] for line in lines if not line.startswith("#")]
    assert len(set(operators)) >= 6
    assert all(operators.count(operator) >= 6 for operator in operators)
