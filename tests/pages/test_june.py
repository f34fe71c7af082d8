"""The real June of 2025, replayed: the page marks the war's start and the ceasefire as shifts, or says why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.pages.records import Report, WatchlistFacts
from monitor.pages.words import why_no_shift
from tests.pages.june import june

# The war opened in the night to 13 June; its run-up (embassies emptied, strikes expected) filled the two days before.
TURNS = {"escalation": datetime(2025, 6, 11, tzinfo=UTC), "de-escalation": datetime(2025, 6, 24, tzinfo=UTC)}
# A shift found so soon after the day is that turn's: of the war's, at most two days after its first strikes.
WITHIN = timedelta(days=4)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    from tests.conftest import SHARED

    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder is not here (set MONITOR_SHARED)")
    return june(SHARED, tmp_path_factory.mktemp("june"))


def soon_after(moment: datetime | None, direction: str) -> bool:
    return moment is not None and timedelta(0) <= moment - TURNS[direction] <= WITHIN


def found(watchlist: WatchlistFacts, direction: str) -> bool:
    return any(span.direction == direction and soon_after(span.told, direction) for span in watchlist.shifts)


@pytest.mark.shared
@pytest.mark.heavy
def test_the_page_marks_the_wars_start_as_a_shift(report: Report) -> None:
    wide = next(each for each in report.watchlists if each.id == "iran-israel")
    assert found(wide, "escalation"), (wide.shifts, why_no_shift(wide, report))


@pytest.mark.shared
@pytest.mark.heavy
def test_the_page_marks_the_ceasefire_or_says_why_not(report: Report) -> None:
    wide = next(each for each in report.watchlists if each.id == "iran-israel")
    ended = any(span.ended == "faded" and soon_after(span.end, "de-escalation") for span in wide.shifts)
    reasons = [why for why in why_no_shift(wide, report) if "toward de-escalation:" in why]
    print(f"found: {found(wide, 'de-escalation')}; the war's shift ended then: {ended}; {reasons}")
    assert found(wide, "de-escalation") or reasons


@pytest.mark.shared
@pytest.mark.heavy
def test_a_watchlist_without_a_shift_says_why(report: Report) -> None:
    for watchlist in report.watchlists:
        reasons = " ".join(why_no_shift(watchlist, report))
        for direction in TURNS:
            marked = any(span.direction == direction for span in watchlist.shifts)
            assert marked or f"toward {direction}:" in reasons or "no story that was read" in reasons
