"""Promises of the streams: a turn of a watchlist's news becomes one alert with numbers that the database gives again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import to_text
from monitor.config import bare_settings
from monitor.lab.replay import ArchiveRow, replay
from monitor.look import show_status
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


def kept_lines(store: Store) -> list[tuple[str, float]]:
    """The alert lines that own history gave: since when, and how many days."""
    return [(row["since"], row["days"]) for row in store.rows("select * from alert_lines order by since")]


def test_own_history_counts_from_sixty_quiet_days_on_and_a_restart_gives_the_same_lines(
    tmp_path: Path, watchlists: list[Watchlist]
) -> None:
    everything = rows(90, calm_from=999)
    with open_store(tmp_path / "whole.db") as store:
        list(replay(everything, watchlists, store))
        whole = kept_lines(store)
        streams = Streams(bare_settings(watchlists, store.path, "none"), store, lambda: START + timedelta(days=90))
        streams.note_standings()
        [standing] = json.loads(store.noted("watchlists") or "[]")
    assert len(whole) >= 3
    assert whole[0][0] >= to_text(START + timedelta(days=60))
    assert standing["line"]["own"]
    assert standing["line"]["days"] == round(whole[-1][1], 1)
    assert "quiet days" in standing["line"]["reason"]
    with open_store(tmp_path / "cut.db") as store:
        list(replay(everything[:200], watchlists, store))
        list(replay(everything[200:], watchlists, store))
        assert kept_lines(store) == whole


def test_a_young_watchlist_says_what_its_own_history_waits_for(store: Store, watchlists: list[Watchlist]) -> None:
    list(replay(rows(30, calm_from=999), watchlists, store))
    streams = Streams(bare_settings(watchlists, store.path, "none"), store, lambda: START + timedelta(days=30))
    streams.note_standings()
    [standing] = json.loads(store.noted("watchlists") or "[]")
    assert kept_lines(store) == []
    assert not standing["line"]["own"]
    assert "from 60 days and 100 stories on" in standing["line"]["reason"]


def test_an_edited_watchlist_gives_its_learnt_line_up(store: Store, watchlists: list[Watchlist]) -> None:
    list(replay(rows(80, calm_from=999), watchlists, store))
    learnt = kept_lines(store)
    [watchlist] = watchlists
    edited = Watchlist.model_validate(
        {**watchlist.model_dump(by_alias=True), "shift": {"false_alarms": "2 per quarter"}}
    )
    list(replay(rows(82, calm_from=999)[240:], [edited], store))
    assert kept_lines(store)[: len(learnt)] == learnt
    last = store.rows("select * from alert_lines order by since")[-1]
    assert "the watchlist was edited" in last["reason"]
    assert last["days"] == 57.5


def surge(days: int, day: int) -> list[ArchiveRow]:
    """A story a day, calm and strikes in turn; and one day in which every place has its story, as mixed as ever."""
    moments = [(START + timedelta(days=k, hours=1), PLACES[k % 12], k) for k in range(days)]
    moments += [(START + timedelta(days=day, hours=2 + k), place, k) for k, place in enumerate(PLACES)]
    found = []
    for number, (moment, place, turn) in enumerate(moments):
        title = f"{(STRIKE, CALM)[turn % 2].format(place=place)} {number}"
        found.append(ArchiveRow(moment, f"paper{number % 5}", title, "", f"https://s.example/{number}", "ar", "test"))
    return sorted(found, key=lambda row: row.date)


def volume_notes(store: Store) -> list[dict[str, Any]]:
    return [json.loads(row["payload"]) for row in store.rows("select payload from alerts where kind = 'volume'")]


def test_a_surge_of_coverage_is_one_quiet_note_and_no_shift(store: Store, watchlists: list[Watchlist]) -> None:
    assert told(replay(surge(46, day=40), watchlists, store)) == []
    [note] = volume_notes(store)
    assert note["strength"] == 1
    assert note["direction"] == "none"
    assert note["surge"]["stories"] >= 5
    assert note["surge"]["ratio"] >= 2


def test_a_usual_stream_gives_no_note_of_more_coverage(store: Store, watchlists: list[Watchlist]) -> None:
    list(replay(rows(50, calm_from=999), watchlists, store))
    assert volume_notes(store) == []


def test_a_surge_is_noted_once_whenever_the_monitor_is_started_anew(
    tmp_path: Path, watchlists: list[Watchlist]
) -> None:
    everything = surge(43, day=40)
    for cut in (45, 50):
        with open_store(tmp_path / f"{cut}.db") as store:
            list(replay(everything[:cut], watchlists, store))
            list(replay(everything[cut:], watchlists, store))
            assert len(volume_notes(store)) == 1


def test_status_prints_the_expected_delay_and_where_the_line_comes_from(
    store: Store, watchlists: list[Watchlist], capsys: pytest.CaptureFixture[str]
) -> None:
    list(replay(rows(30, calm_from=999), watchlists, store))
    Streams(bare_settings(watchlists, store.path, "none"), store, lambda: START + timedelta(days=30)).note_standings()
    show_status(store, as_json=False)
    shown = capsys.readouterr().out
    assert "stories a day a shift takes time to notice: a large one about" in shown
    assert "alert line 115 days of evidence" in shown


def test_a_clock_that_jumps_back_and_forth_tells_nothing_twice(store: Store, watchlists: list[Watchlist]) -> None:
    everything = rows(75, calm_from=60)
    list(replay(everything[:200], watchlists, store))
    before = notices(store, "kataib-hezbollah")
    for days in (-40, 74, 20, 74):
        moment = START + timedelta(days=days)
        streams = Streams(bare_settings(watchlists, store.path, "none"), store, lambda moment=moment: moment)  # type: ignore[misc]
        with store.write():
            streams.take(watchlists, [])
    kept = notices(store, "kataib-hezbollah")
    assert [n.key for n in kept if n.push] == [n.key for n in before if n.push]
    assert len(told(replay(everything[200:], watchlists, store))) + sum(n.push for n in before) == 1
