"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.dates import from_jalali, read_date
from monitor.feeds.parse import parse


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


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("22-11-2026 10:00:00", "2026-11-22T10:00"),
        ("26-11-22", "2026-11-22T00:00"),
        ("11-22-2026", "2026-11-22T00:00"),
        ("11/22/26 10:00 AM", "2026-11-22T10:00"),
        ("03/04/2026 1:05 PM", "2026-03-04T13:05"),
        ("03/04/2026 13:05", "2026-04-03T13:05"),
        ("2026-11-22 10:00:00 PM", "2026-11-22T22:00"),
        ("Sun, 22 Nov 2026 10.00.00 GMT", "2026-11-22T10:00"),
        ("Sun, 22 Nov 2026 10:00:00 Europe/Berlin", "2026-11-22T09:00"),
        ("Tue, 22 Sep 2026 10:00:00 America/New_York", "2026-09-22T14:00"),
        ("Sun, 22 Nov 2026 10:00:00 ET", "2026-11-22T15:00"),
        ("Wed, 22 Jul 2026 10:00:00 PT", "2026-07-22T17:00"),
        ("2026年11月22日 10:00", "2026-11-22T10:00"),
        ("2026年11月22日10时05分", "2026-11-22T10:05"),
        ("2026년 11월 22일  19:00:00", "2026-11-22T10:00"),
        ("2026-11-22 오후 10:00:00", "2026-11-22T13:00"),
        ("2026-11", "2026-11-01T00:00"),
    ],
)
def test_dates_as_the_world_writes_them(text: str, moment: str) -> None:
    assert read_date(text)[0] == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-22T25:14:55Z", "2026-11-22T10:61:00Z", "22013", "2026-W47-7", "today"])
def test_half_a_date_is_none(text: str) -> None:
    assert read_date(text)[0] is None


def test_feedparsers_guess_of_a_month_that_the_text_does_not_name_is_not_believed() -> None:
    body = "<rss version='2.0'><channel><item><title>x</title><pubDate>{}</pubDate></item></channel></rss>"
    for text in ("2004-július-13T9:15", "2026-W47-7", "20261"):
        entry = parse(body.format(text).encode()).entries[0]
        assert (entry.published, entry.date_flags) == (None, ("unreadable",))
