"""Figures of the Arabic and Persian reader on labelled stories it was not tuned on, and on our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.reading.local import read_local
from monitor.reading.records import Text

_SIGN = {"escalation": 1, "de-escalation": -1, "none": 0}
_OWN = Path(__file__).parents[1] / "data" / "stories"


def _scores(file: Path, lang: str) -> tuple[float, float]:
    """Macro-F1 and the share of sign flips."""
    pairs = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["lang"] == lang:
            text = Text(row["title"], row.get("summary") or "", row.get("body") or "", lang)
            pairs.append((_SIGN[row["direction"]], _SIGN[read_local(text, []).story.direction]))
    shares = []
    for sign in (1, -1, 0):
        hit = sum(want == sign == got for want, got in pairs)
        shares.append(2 * hit / max(1, sum(want == sign for want, _ in pairs) + sum(got == sign for _, got in pairs)))
    return sum(shares) / 3, sum(want * got == -1 for want, got in pairs) / len(pairs)


@pytest.mark.parametrize(("lang", "least"), [("ar", 0.9), ("fa", 0.9)])
def test_our_own_stories_stay_read(lang: str, least: float) -> None:
    macro_f1, flips = _scores(_OWN / f"own-{lang}.jsonl", lang)
    assert macro_f1 >= least
    assert flips <= 0.03


@pytest.mark.shared
@pytest.mark.parametrize(("lang", "least"), [("ar", 0.75), ("fa", 0.7)])
def test_stories_never_trained_on_reach_the_promise(shared: Path, lang: str, least: float) -> None:
    macro_f1, flips = _scores(shared / "data" / "stories" / "dev.jsonl", lang)
    assert macro_f1 >= least
    assert flips <= 0.03
