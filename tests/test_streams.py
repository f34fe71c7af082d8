"""Promises of the streams: a turn of a watchlist's news becomes one alert with numbers that the database gives again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import bare_settings
from monitor.lab.replay import ArchiveRow, replay
from monitor.pipeline import Pipeline
from monitor.shifts.stream import FAMILY_DAYS
from monitor.store.connect import Store, open_store
from monitor.store.register import register
from monitor.store.shifts import notices, stream_rows
from monitor.streams import Streams, item_of
from monitor.watchlists import Watchlist, read_watchlists

LISTS = Path(__file__).parents[1] / "watchlists"
START = datetime(2030, 1, 1, tzinfo=UTC)
# Arabic: its reader needs no spaCy. Each place makes an event of its own.
PLACES = ["بغداد", "أربيل", "كركوك", "الموصل", "البصرة", "النجف", "كربلاء", "الأنبار", "ديالى", "بابل", "ميسان", "واسط"]
STRIKE = "كتائب حزب الله تقصف قاعدة أميركية في {place} بالصواريخ"
CALM = "كتائب حزب الله تعلن تعليق الهجمات على القوات الأميركية في {place}"


def rows(days: int, calm_from: int, per_day: int = 3) -> list[ArchiveRow]:
    """Strikes day after day; from one day on, calm."""
    found = []
    for day in range(days):
        for number in range(per_day):
            moment = START + timedelta(days=day, hours=7 * number + 1)
            place = PLACES[(day * per_day + number) % len(PLACES)]
            # usual times are mixed: two strikes to one calm
            form = CALM if day >= calm_from or number == 0 else STRIKE
            title = f"{form.format(place=place)} {day * per_day + number}"
            found.append(
                ArchiveRow(moment, f"paper{number}", title, "", f"https://p.example/{day}/{number}", "ar", "test")
            )
    return found


@pytest.fixture
def watchlists() -> list[Watchlist]:
    return [each for each in read_watchlists(LISTS) if each.id == "kataib-hezbollah"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as opened:
        yield opened


def told(lines: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == "shift"]


def test_a_lasting_turn_is_told_once_and_in_the_right_direction(store: Store, watchlists: list[Watchlist]) -> None:
    shifts = told(replay(rows(75, calm_from=60), watchlists, store))
    assert [line["direction"] for line in shifts] == ["de-escalation"]
    assert shifts[0]["time"] > "2030-03-02"
    assert abs(datetime.fromisoformat(shifts[0]["onset"]) - (START + timedelta(days=60))) < timedelta(days=3)


def test_a_usual_stream_tells_no_shift(store: Store, watchlists: list[Watchlist]) -> None:
    assert told(replay(rows(75, calm_from=999), watchlists, store)) == []


def test_every_number_of_the_alert_is_given_again_by_the_database(store: Store, watchlists: list[Watchlist]) -> None:
    [line] = told(replay(rows(75, calm_from=60), watchlists, store))
    numbers = line["evidence"]
    at, onset = numbers["at"], numbers["onset"]
    items = [item_of(row) for row in stream_rows(store, "kataib-hezbollah")]
    family = timedelta(days=FAMILY_DAYS)
    first = [
        item
        for item in items
        if datetime.fromisoformat(onset) <= item.time <= datetime.fromisoformat(at)
        and not any(o.event == item.event and item.time - family <= o.time < item.time for o in items)
    ]
    assert numbers["stories"] == len(first)
    assert numbers["pointing"] == sum(item.score < 0 for item in first)
    assert numbers["sources"] == len({item.source for item in first if item.score < 0})
    assert numbers["evidence_days"] > numbers["line_days"]


def test_a_restart_in_the_middle_tells_the_same(tmp_path: Path, watchlists: list[Watchlist]) -> None:
    everything = rows(75, calm_from=60)
    with open_store(tmp_path / "whole.db") as store:
        list(replay(everything, watchlists, store))
        whole = notices(store, "kataib-hezbollah")
    for cut in (90, 185, 200):
        with open_store(tmp_path / f"cut{cut}.db") as store:
            list(replay(everything[:cut], watchlists, store))
            list(replay(everything[cut:], watchlists, store))
            assert notices(store, "kataib-hezbollah") == whole


def test_an_edited_watchlist_has_its_past_read_again_and_tells_nothing_of_it(
    store: Store, watchlists: list[Watchlist]
) -> None:
    [watchlist] = watchlists
    other = Watchlist.model_validate({"id": watchlist.id, "name": "Nobody", "names": ["Nobody At All"]})
    settings = bare_settings([other], store.path, "none")
    register(store, settings, START)
    list(replay(rows(20, calm_from=999), [other], store))
    assert store.rows("select 1 from mentions") == []
    edited = bare_settings([watchlist], store.path, "none")
    register(store, edited, START + timedelta(days=20))
    pipeline = Pipeline(edited, store, lambda: START + timedelta(days=20))
    alerts: list[str] = []
    while batch := pipeline.next_batch():
        alerts += pipeline.settle(pipeline.read(batch))
    assert alerts == []
    assert len(stream_rows(store, watchlist.id)) == 60


def test_status_says_where_the_stream_stands(store: Store, watchlists: list[Watchlist]) -> None:
    list(replay(rows(75, calm_from=60), watchlists, store))
    streams = Streams(bare_settings(watchlists, store.path, "none"), store, lambda: START + timedelta(days=75))
    streams.note_standings()
    [standing] = json.loads(store.noted("watchlists") or "[]")
    assert standing["state"] == "shift toward de-escalation"
    assert standing["evidence_days"] > 100
    assert standing["pace"] > 2
