"""Dates as feeds write them -> UTC, with a flag for whatever had to be assumed.

Own rules come first because feedparser reads a Unix time as the year 1763, takes the Gulf's AST (+03:00) for Atlantic
time, and knows no Arabic or Persian month.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Abbreviations of time zones, in minutes east of Greenwich. AST is decided by the feed, see `read_date`.
_ZONES = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "IST": 120, "CET": 60, "CEST": 120, "MET": 60,
    "MEST": 120, "EET": 120, "EEST": 180, "TRT": 180, "MSK": 180, "MSD": 240, "IRST": 210, "IRDT": 270, "IDT": 180,
    "GST": 240, "PKT": 300, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480,
    "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "ADT": -180, "NST": -210, "NDT": -150, "JST": 540, "KST": 540,
    "HKT": 480, "SGT": 480, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "AFT": 270, "A": 60, "N": -60, "M": 720,
    "Y": -720,
}  # fmt: skip
_RFC822 = re.compile(
    r"(?:[a-z]{2,9}\.?,?\s*)?(\d{1,2})[\s\-]+([a-z]{3,9})\.?,?[\s\-]+(\d{4}|\d{2})"
    r"(?:,?\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?\s*([ap]m)?)?\s*(.{0,40})",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T\s]\s*(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?\s*([ap]m\b)?)?\s*(.{0,40})",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+\-−])\s*(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_NUMERIC = re.compile(
    r"(?:[a-z]{2,9}\.?,?\s+)?(\d{1,4})([/.-])(\d{1,2})\2(\d{4}|\d{1,2})"
    r"(?:[\sT,\-–|]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m\b)?)?\s*(.{0,40})",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(r"(\d{4})(?:-(\d{2}))?")
# Years, months and days as Chinese, Japanese and Korean mark them; and the half of the day, which stands before the hour.
_EAST_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_EAST_ASIAN_CLOCK = re.compile(r"(\d{1,2})\s?[時时시]\s?(\d{1,2})\s?[分분](?:\s?(\d{1,2})\s?[秒초])?")
_HALF_FIRST = re.compile(r"(오전|오후|上午|下午|午前|午後)\s*(\d{1,2}:\d{2}(?::\d{2})?)")
_HANGUL = re.compile("[\uac00-\ud7af]")
# Zones by the name of a place, and the American ones that leave open whether it is summer.
_PLACE = re.compile(r"\b(?:ET|CT|MT|PT|AT)$|\b[A-Z][A-Za-z]{2,20}(?:/[A-Z][A-Za-z_-]{2,30}){1,2}\b")
_AMERICAN = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AT": "America/Halifax",
}  # fmt: skip
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([apAP]\.?[mM]\.?|ص|م|ق\.ظ|ب\.ظ)?")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}|\d{16}")
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def read_date(
    text: str | None, *, zone: tzinfo | None = None, gulf: bool = False
) -> tuple[datetime | None, tuple[str, ...]]:
    """The moment that `text` names, in UTC, and flags for what was done to read it; None if it cannot be read.

    `zone` is assumed where the text names none (else UTC, flagged `no-zone`). `gulf` reads AST as Arabia Standard Time.
    """
    if not text or not text.strip():
        return None, ("missing",)
    plain = _plain(text)
    if _EPOCH.fullmatch(plain):
        number = float(plain)
        seconds = number / 1e6 if number >= 1e15 else number / 1e3 if number >= 1e12 else number
        return _checked(datetime.fromtimestamp(seconds, UTC), ("epoch",))
    for reader in (_read_iso, _read_rfc822, _read_numeric, _read_words, _read_month):
        try:
            found = reader(plain, gulf)
        except (ValueError, OverflowError):
            continue
        if found is not None:
            moment, offset, flags = found
            if offset is None:
                named = _place(plain) or zone or (_KOREA if _HANGUL.search(text) else None)
                if named is None:
                    flags = (*flags, "no-zone")
                moment = moment.replace(tzinfo=named or UTC)
            else:
                moment = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
            return _checked(moment.astimezone(UTC), flags)
    return None, ("unreadable",)


def _checked(moment: datetime, flags: tuple[str, ...]) -> tuple[datetime | None, tuple[str, ...]]:
    return (moment, flags) if _EARLIEST <= moment < _LATEST else (None, ("unreadable",))


def _plain(text: str) -> str:
    """ASCII digits, single spaces, no marks that only steer the direction of writing."""
    if text.isascii():
        return " ".join(text[:200].split())
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() and c > "9" else c for c in text[:200])
    kept = "".join(c for c in digits if unicodedata.category(c) != "Cf" or c == "\u200c")
    kept = _EAST_ASIAN.sub(r"\1-\2-\3 ", _EAST_ASIAN_CLOCK.sub(_clock, kept))
    kept = _HALF_FIRST.sub(lambda found: f"{found[2]} {'AM' if found[1] in '오전上午午前' else 'PM'}", kept)
    return " ".join(kept.replace("،", ",").replace("\u200c", " ").split())


def _clock(found: re.Match[str]) -> str:
    return f"{found[1]}:{int(found[2]):02}:{int(found[3] or 0):02}"


def _place(text: str) -> tzinfo | None:
    """The time zone that a place in the text names, or None."""
    found = _PLACE.search(text)
    if found is None:
        return None
    try:
        return ZoneInfo(_AMERICAN.get(found[0], found[0]))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


_KOREA = timezone(timedelta(hours=9))
_Found = tuple[datetime, int | None, tuple[str, ...]]


def _moment(year: int, month: int, day: int, hour: str | None, minute: str | None, second: str | None) -> datetime:
    """A naive datetime; 24:00 and leap seconds, which feeds do write, roll over. ValueError for a time that is none."""
    if int(hour or 0) > 24 or int(minute or 0) > 59 or int(second or 0) > 60:
        raise ValueError("no such time")
    base = datetime(year, month, day)  # noqa: DTZ001 (the zone is put in by the caller)
    return base + timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))


def _offset(rest: str, gulf: bool) -> int | None:
    """Minutes east of Greenwich that the text after the time names, or None."""
    rest = rest.strip(" ()[]")
    found = _OFFSET.match(rest)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return (minutes if found[1] == "+" else -minutes) if minutes <= 14 * 60 else None
    name = re.match(r"[A-Za-z]{1,5}", rest)
    if name is None:
        return None
    if name[0].upper() == "AST":
        return 180 if gulf else -240
    return _ZONES.get(name[0].upper())


def _read_iso(text: str, gulf: bool) -> _Found | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, half, rest = found.groups()
    hour = _of_day(hour, half)
    if int(year) < 1500:
        calendar_day = from_jalali(int(year), int(month), int(day))
        return (
            _moment(calendar_day.year, calendar_day.month, calendar_day.day, hour, minute, second),
            _offset(rest, gulf),
            ("repaired",),
        )
    return _moment(int(year), int(month), int(day), hour, minute, second), _offset(rest, gulf), ()


def _read_rfc822(text: str, gulf: bool) -> _Found | None:
    found = _RFC822.fullmatch(text)
    if found is None:
        return None
    day, name, year, hour, minute, second, half, rest = found.groups()
    month = _month_table().get(("g", name.lower()))
    if month is None:
        return None
    full_year = _full_year(year)
    return _moment(full_year, month, int(day), _of_day(hour, half), minute, second), _offset(rest, gulf), ()


def _read_numeric(text: str, gulf: bool) -> _Found | None:
    """2026/11/22 or 22.11.2026 or 1405/9/1; a first number above 31 is the year. Of day and month the day is taken to
    come first, but for the American way: slashes, and AM or PM behind.
    """
    found = _NUMERIC.fullmatch(text)
    if found is None:
        return None
    first, mark, month, last, hour, minute, second, half, rest = found.groups()
    iso = mark == "-" and len(first) == len(last) == 2 and int(month) <= 12
    if int(first) > 31 or iso:
        year, day, number = _full_year(first), int(last), int(month)
    else:
        year, day, number = _full_year(last), int(first), int(month)
        american = bool(half) and mark == "/" and not gulf
        if (american and day <= 12) or number > 12 >= day:
            number, day = day, number
    hour = _of_day(hour, half)
    if 1300 <= year < 1500:
        solar = from_jalali(year, number, day)
        return _moment(solar.year, solar.month, solar.day, hour, minute, second), _offset(rest, gulf), ("repaired",)
    if year < 1900:
        return None
    return _moment(year, number, day, hour, minute, second), _offset(rest, gulf), ("repaired",)


def _read_month(text: str, gulf: bool) -> _Found | None:
    """2026-11, or 2026: as much of a date as W3C's profile allows to give."""
    found = _MONTH_ONLY.fullmatch(text)
    return (_moment(int(found[1]), int(found[2] or 1), 1, None, None, None), None, ("repaired",)) if found else None


def _full_year(year: str) -> int:
    return int(year) + (2000 if int(year) < 70 else 1900) if len(year) == 2 else int(year)


def _of_day(hour: str | None, half: str | None) -> str | None:
    """The hour of the day, where AM or PM may stand behind it."""
    return str(int(hour) % 12 + (12 if half.lower() == "pm" else 0)) if hour and half else hour


def _read_words(text: str, gulf: bool) -> _Found | None:
    """A day, a month by name in any language of the table, a year, perhaps a time, in whatever order."""
    lowered = text.lower()
    named = _month_pattern().search(lowered)
    if named is None:
        return None
    clock = _CLOCK.search(text)
    rest = (
        lowered
        if clock is None
        else lowered[: clock.start()] + " " * (clock.end() - clock.start()) + lowered[clock.end() :]
    )
    numbers = [int(n) for n in re.findall(r"(?<!\d)\d{1,4}(?!\d)", re.sub(r"[+\-]\d{2}:?\d{2}\b", " ", rest))]
    years = [n for n in numbers if n >= 1300]
    days = [n for n in numbers if 1 <= n <= 31]
    if not years or not days:
        return None
    year, day = years[0], days[0]
    table = _month_table()
    name = named[1]
    solar = table.get(("j", name))
    hour = minute = second = None
    offset = None
    if clock:
        hour, minute, second, half = clock.groups()
        if half:
            late = half.lower().startswith("p") or half in ("م", "ب.ظ")
            hour = str(int(hour) % 12 + (12 if late else 0))
        offset = _offset(text[clock.end() :], gulf)
    if year < 1500:
        if solar is None:
            return None
        when = from_jalali(year, solar, day)
        return _moment(when.year, when.month, when.day, hour, minute, second), offset, ("repaired",)
    month = table.get(("g", name))
    if month is None:
        return None
    return _moment(year, month, day, hour, minute, second), offset, ("repaired",)


@cache
def _month_table() -> dict[tuple[str, str], int]:
    """(calendar, lower-case name) -> number of the month, from months.tsv."""
    table: dict[tuple[str, str], int] = {}
    for line in (files("monitor.feeds") / "months.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, calendar, names = line.split("\t")
            for name in names.split("|"):
                table.setdefault((calendar, name), int(number))
    return table


@cache
def _month_pattern() -> re.Pattern[str]:
    names = sorted({name for _, name in _month_table()}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:ال|و)?(" + "|".join(map(re.escape, names)) + r")(?!\w)")


def from_jalali(year: int, month: int, day: int) -> date:
    """The Gregorian date of a solar Hijri (Jalali) one, for years 1300-1500; ValueError if there is no such day.

    Within these years leap years follow the 33-year cycle (K. M. Borkowski, The Persian calendar for 3000 years, 1996).
    """
    if not (1300 <= year <= 1500 and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        raise ValueError("no such day in the solar Hijri calendar")
    if month == 12 and day == 30 and not _jalali_leap(year):
        raise ValueError("no such day in the solar Hijri calendar")
    # 1 Farvardin 1300 was 21 March 1921.
    days = sum(366 if _jalali_leap(y) else 365 for y in range(1300, year))
    days += (month - 1) * 31 - max(0, month - 7) + day - 1
    return date(1921, 3, 21) + timedelta(days=days)


def _jalali_leap(year: int) -> bool:
    return year % 33 in (1, 5, 9, 13, 17, 22, 26, 30)
