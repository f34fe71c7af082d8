"""The shifts of a watchlist's page, from the notices that its stream gave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from monitor.pages.data_stream import spans, thinned
from monitor.pages.records import EvidencePoint
from monitor.pages.words import once_in


def notice(kind: str, side: int, onset: str, turned: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "side": side,
        "onset": f"2031-{onset}T00:00:00Z",
        "turn_time": f"2031-{turned}T00:00:00Z",
        "told": f"2031-{turned}T00:00:00Z",
        "key": more.pop("key", f"{kind}:{onset}"),
        "push": 1,
        "reason": "",
        "numbers": None,
        **more,
    }


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"2031-{text}").replace(tzinfo=UTC)


def test_a_shift_holds_until_it_fades() -> None:
    (open_shift,) = spans([notice("shift", 1, "03-01", "03-03")])
    assert (open_shift.onset, open_shift.end) == (day("03-01"), None)
    (closed,) = spans([notice("shift", 1, "03-01", "03-03"), notice("faded", 1, "03-09", "03-12")])
    assert (closed.end, closed.ended) == (day("03-12"), "faded")


def test_an_opposite_shift_ends_the_one_before_at_its_onset() -> None:
    war, truce = spans([notice("shift", 1, "06-13", "06-14"), notice("shift", -1, "06-24", "06-25")])
    assert (war.end, war.ended) == (day("06-24"), "turned")
    assert (truce.direction, truce.end) == ("de-escalation", None)


def test_a_shift_that_goes_on_is_one_span() -> None:
    told = [
        notice("shift", 1, "03-01", "03-03"),
        notice("faded", 1, "03-08", "03-09"),
        notice("resumed", 1, "03-12", "03-13"),
    ]
    (shift,) = spans(told)
    assert shift.end is None


def test_a_revised_shift_says_why_and_ends() -> None:
    (shift,) = spans(
        [
            notice("shift", 1, "03-01", "03-03"),
            notice("revised", 1, "03-01", "03-05", key="revised:shift:03-01", reason="late items"),
        ]
    )
    assert (shift.revised, shift.end) == ("late items", day("03-05"))


def test_numbers_kept_with_a_shift_are_shown() -> None:
    (shift,) = spans(
        [notice("shift", 1, "03-01", "03-03", numbers='{"pointing": 8, "stories": 11, "chance_days": 95.5}')]
    )
    assert (shift.pointing, shift.stories, shift.chance_days) == (8, 11, 95.5)


def test_thinning_keeps_the_strongest_evidence() -> None:
    start, end = day("03-01"), day("06-01")
    points = [EvidencePoint(start + (end - start) * i / 20_000, 1.0, float(i == 7_777) * 80) for i in range(20_000)]
    kept = thinned(points, start, end)
    assert len(kept) < 1_000
    assert max(point.up for point in kept) == 80
    assert kept[-1] == points[-1]


def test_how_often_evidence_comes_is_said_in_words() -> None:
    assert [once_in(days) for days in (1, 10, 30, 90, 1000)] == [
        "any day",
        "about once in 10 days",
        "about once in 4 weeks",
        "about once in 3 months",
        "less than once in two years",
    ]
