"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.dates import from_jalali, read_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 22 Nov 2026 10:15:00 GMT", "2026-11-22T10:15"),
        ("Sun, 22 Nov 2026 10:15:00 +0330", "2026-11-22T06:45"),
        ("22 Nov 2026 10:15 EST", "2026-11-22T15:15"),
        ("Sun, 22 Nov 26 10:15:00 Z", "2026-11-22T10:15"),
        ("2026-11-22T10:15:00.123+03:00", "2026-11-22T07:15"),
        ("2026-11-22 10:15:00 UTC", "2026-11-22T10:15"),
        ("20261122T101500Z", "2026-11-22T10:15"),
        ("1795342500", "2026-11-22T10:15"),
        ("1795342500000", "2026-11-22T10:15"),
        ("Sun Nov 22 10:15:00 UTC 2026", "2026-11-22T10:15"),
        ("November 22, 2026 10:15 am GMT", "2026-11-22T10:15"),
        ("22 نوفمبر 2026 10:15 GMT", "2026-11-22T10:15"),
        ("الأحد ٢٢ تشرين الثاني ٢٠٢٦ ١٠:١٥ GMT", "2026-11-22T10:15"),
        ("یکشنبه ۱ آذر ۱۴۰۵ - ۱۳:۴۵ +0330", "2026-11-22T10:15"),
        ("1405/09/01 13:45 +03:30", "2026-11-22T10:15"),
        ("22.11.2026 10:15 GMT", "2026-11-22T10:15"),
        ("Sat, 21 Nov 2026 24:00:00 GMT", "2026-11-22T00:00"),
        ("22 novembre 2026 10:15 GMT", "2026-11-22T10:15"),
    ],
)
def test_a_date_is_read(text: str, expected: str) -> None:
    assert read_date(text)[0] == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["soon", "", "99", "2026-13-45", "Thu, 01 Jan 1970 00:00:00 GMT", "31 Feb 2026 10:00 GMT", "٣٢ نوفمبر"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    moment, flags = read_date(text)
    assert moment is None
    assert flags in (("unreadable",), ("missing",))


def test_a_date_without_zone_is_taken_in_the_feeds_zone() -> None:
    tehran = read_date("2026-11-22 13:45:00", zone=ZoneInfo("Asia/Tehran"))
    assert tehran == (datetime(2026, 11, 22, 10, 15, tzinfo=UTC), ())
    assert read_date("2026-11-22 13:45:00")[1] == ("no-zone",)


@pytest.mark.parametrize(
    ("solar", "expected"),
    [
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1357, 11, 22), date(1979, 2, 11)),
    ],
)
def test_solar_hijri_dates_fall_where_they_should(solar: tuple[int, int, int], expected: date) -> None:
    assert from_jalali(*solar) == expected


def test_a_day_that_a_short_year_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="no such day"):
        from_jalali(1404, 12, 30)


@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    read_date(text)
