"""The real June of 2025, replayed: the page marks the war's start and the ceasefire as shifts, or says why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.pages.records import Report, WatchlistFacts
from monitor.pages.words import why_no_shift
from tests.pages.june import june

TURNS = {"escalation": datetime(2025, 6, 13, tzinfo=UTC), "de-escalation": datetime(2025, 6, 24, tzinfo=UTC)}
# An onset so near to the day is that turn's.
NEAR = timedelta(days=3)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    from tests.conftest import SHARED

    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder is not here (set MONITOR_SHARED)")
    return june(SHARED, tmp_path_factory.mktemp("june"))


def marked(watchlist: WatchlistFacts, direction: str) -> bool:
    return any(
        span.direction == direction and abs(span.onset - TURNS[direction]) <= NEAR and not span.revised
        for span in watchlist.shifts
    )


@pytest.mark.shared
@pytest.mark.heavy
def test_the_page_marks_the_wars_start_on_the_wide_watchlist(report: Report) -> None:
    wide = next(each for each in report.watchlists if each.id == "iran-israel")
    assert marked(wide, "escalation"), (wide.shifts, why_no_shift(wide, report))


@pytest.mark.shared
@pytest.mark.heavy
@pytest.mark.parametrize("direction", sorted(TURNS))
def test_each_turn_is_a_marked_shift_or_the_page_says_why_not(report: Report, direction: str) -> None:
    for watchlist in report.watchlists:
        reasons = [why for why in why_no_shift(watchlist, report) if f"toward {direction}:" in why]
        print(watchlist.id, direction, [(span.onset, span.told) for span in watchlist.shifts], reasons)
        assert marked(watchlist, direction) or reasons or any(span.direction == direction for span in watchlist.shifts)
