"""A result becomes history, is replayed and backtested, without being read again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.archive.into import into, run_into
from monitor.archive.results import Results, open_results
from monitor.config import DEFAULT_MODEL, bare_settings
from monitor.lab.backtest import backtest, parse_sets
from monitor.lab.replay import keep, read_archive, replay
from monitor.lab.replay_results import replay_results
from monitor.lab.turning_points import TurningPoint
from monitor.pipeline import Pipeline
from monitor.store.connect import Store, open_store
from monitor.yamlfile import FileErrors
from tests.archive import past

NOW = datetime(2023, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def results(finished: Path) -> Results:
    return open_results([finished])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "monitor.db") as opened:
        yield opened


def count(store: Store, sql: str) -> int:
    row = store.row(sql)
    assert row is not None
    return int(row[0])


def test_a_result_becomes_history_and_nothing_is_told(results: Results, store: Store) -> None:
    taken, known, _ = into(results, past.watchlists(), store, lambda: NOW)
    assert (taken, known) == (results.count, 0)
    assert count(store, "select count(*) from stories where event_id is not null and quiet is not null") == taken
    assert count(store, "select count(*) from deliveries") == 0
    assert count(store, "select count(*) from signals") == 0
    assert count(store, "select count(distinct event_id) from stories") == len(
        list({k.event for k in results.stories()})
    )


def test_doing_it_again_changes_nothing(results: Results, store: Store) -> None:
    first, _, _ = into(results, past.watchlists(), store, lambda: NOW)
    before = [tuple(row) for row in store.rows("select * from stories order by id")]
    assert into(results, past.watchlists(), store, lambda: NOW) == (0, first, 0)
    assert [tuple(row) for row in store.rows("select * from stories order by id")] == before


def test_an_import_that_was_cut_short_is_completed(
    results: Results, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.archive import into as module

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_prepare_events", dies)
        with pytest.raises(KeyboardInterrupt):
            into(results, past.watchlists(), store, lambda: NOW)
    assert count(store, "select count(*) from stories where event_id is not null") == 0
    into(results, past.watchlists(), store, lambda: NOW)
    assert count(store, "select count(*) from stories where event_id is null") == 0


def test_the_monitor_goes_on_after_it_without_an_alert_on_the_past(results: Results, store: Store) -> None:
    """The last stories are an hour old: the streams would tell a turn among them."""
    end = max(kept.story.date for kept in results.stories()) + timedelta(hours=1)
    into(results, past.watchlists(), store, lambda: end)
    told_before = {row["id"] for row in store.rows("select id from alerts")}
    pipeline = Pipeline(bare_settings(past.watchlists(), store.path, DEFAULT_MODEL), store, lambda: end)
    while waiting := pipeline.next_batch():
        pipeline.settle(pipeline.read(waiting))
    assert {row["id"] for row in store.rows("select id from alerts")} == told_before
    assert count(store, "select count(*) from stories where stage != 'done'") == 0


def test_it_goes_in_beside_a_running_daemon(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(tmp_path / "monitor.db"):  # the daemon holds its lock
        run_into(results, past.watchlists(), tmp_path / "monitor.db", as_json=True)
    assert json.loads(capsys.readouterr().out)["taken"] == results.count


def test_a_story_that_a_feed_brought_is_not_taken_again(results: Results, store: Store) -> None:
    first = next(iter(results.stories()))
    with store.write():
        keep(store, first.story)
    taken, known, _ = into(results, past.watchlists(), store, lambda: NOW)
    assert (taken, known) == (results.count - 1, 1)


def test_a_result_of_other_watchlists_is_no_history_of_these(results: Results, store: Store) -> None:
    lists = past.watchlists()
    terms = (*lists[0].names, lists[0].names[0].model_copy(update={"text": "Another Name"}))
    other = [lists[0].model_copy(update={"names": terms}), *lists[1:]]
    with pytest.raises(FileErrors, match="Give the watchlists it was made with"):
        results.refuse_other(other)
    results.refuse_other(lists[:1])


def test_replaying_a_result_tells_what_replaying_its_archive_tells(
    archive: Path, results: Results, tmp_path: Path
) -> None:
    told = []
    for number in (0, 1):
        with open_store(tmp_path / f"{number}.db") as store:
            lines = (
                replay_results(results, past.watchlists(), store)
                if number
                else replay(read_archive([archive]), past.watchlists(), store)
            )
            told.append([(line["kind"], line["watchlist"], line["direction"], line["title"]) for line in lines])
    assert told[0] == told[1]
    assert len(told[0]) > 3


def test_a_backtest_says_what_each_setting_tells_and_misses(results: Results) -> None:
    found = next(kept for kept in results.stories() if "suspends" in kept.story.title)
    turn = TurningPoint(found.story.date, frozenset({"Kata'ib Hezbollah"}), "de-escalation", True, "a suspension")
    far = TurningPoint(found.story.date + timedelta(days=9), turn.actors, "escalation", False, "unclear")
    outcomes = backtest(
        results.stories(), past.watchlists(), [turn, far], parse_sets(["signal.strength=1,3", "shift.false_alarms=1,2"])
    )
    own = [outcome for outcome in outcomes if outcome.watchlist == "kataib-hezbollah"]
    assert [dict(outcome.setting) for outcome in own] == [
        {"signal.strength": strength, "shift.false_alarms": f"{rate} per quarter"}
        for strength in (1, 3)
        for rate in (1, 2)
    ]
    assert len(own[0].told) >= len(own[2].told)
    assert [point.description for point, _ in own[0].points] == ["a suspension"]


@pytest.mark.parametrize("text", ["signal.strength", "signal.colour=1", "names=x", "signal.strength=high"])
def test_what_is_no_setting_says_which_there_are(text: str) -> None:
    with pytest.raises(FileErrors, match="--set"):
        parse_sets([text])


def test_a_value_out_of_bounds_is_refused_before_anything_is_judged(results: Results) -> None:
    with pytest.raises(FileErrors, match="signal"):
        backtest(results.stories(), past.watchlists(), [], parse_sets(["signal.strength=9"]))
