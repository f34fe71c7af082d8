"""Promises of forgetting: text goes first, names stay, and nothing that is still needed is touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitor.clock import to_text
from monitor.housekeeping import Retention
from monitor.store.connect import Store, open_store
from monitor.store.polls import known_stories
from monitor.store.prune import prune

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEEP = Retention()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as store:
        yield store


def story(store: Store, age_days: int, stage: str = "done") -> int:
    at = to_text(NOW - timedelta(days=age_days))
    with store.write():
        event = store.run(
            "insert into events (key, opened_at, last_at, title) values (?, ?, ?, 't')", (f"{age_days}{stage}", at, at)
        )
        key = store.run(
            "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen, stage, event_id)"
            " values ('a', 'o', 'https://a.example/', 'en', 'title', 'summary', 'body', ?, ?, ?)",
            (at, stage, event),
        )
        store.run("insert into seen values (?, ?)", (f"g{age_days}{stage}", key))
        store.run(
            "insert into mentions values (?, 'w', 'direct', 'title', 0, 5, 'title', 'title', 'as written')", (key,)
        )
        store.run(
            "insert into readings values"
            " (?, 'w', 'direct', 'escalation', 2, 0.9, 'speaker', null, '[]', '[]', '[]', null, 1)",
            (key,),
        )
        store.run(
            "insert into revisions (story_id, revision, at, title, summary) values (?, 1, ?, 'x', 'y')", (key, at)
        )
    return key


def alert(store: Store, age_days: int, state: str) -> None:
    at, name = to_text(NOW - timedelta(days=age_days)), f"{age_days}{state}"
    with store.write():
        store.run(
            "insert into alerts (id, kind, watchlist, thread, direction, strength, at, title, payload)"
            " values (?, 'signal', 'w', 't', 'escalation', 2, ?, 'x', '{}')",
            (name, at),
        )
        key = store.run(
            "insert into deliveries (alert_id, channel, route, state, next_at) values (?, 'c', 'r', ?, ?)",
            (name, state, at),
        )
        store.run(
            "insert into attempts (delivery_id, at, outcome, detail, duration_ms) values (?, ?, 'sent', '', 1)",
            (key, at),
        )


def count(store: Store, sql: str) -> int:
    row = store.row(f"select count(*) from {sql}")
    assert row is not None
    return int(row[0])


def test_text_is_forgotten_after_a_month_and_the_title_and_reading_stay(store: Store) -> None:
    old, young = story(store, 31), story(store, 29)
    assert prune(store, KEEP, NOW) == {"texts": 1, "revisions": 1}
    rows = {row["id"]: (row["title"], row["body"]) for row in store.rows("select * from stories")}
    assert rows == {old: ("title", ""), young: ("title", "body")}
    assert count(store, "readings") == 2


def test_a_forgotten_story_is_still_known_by_its_names(store: Store) -> None:
    key = story(store, 401)
    assert prune(store, KEEP, NOW)["stories"] == 1
    [row] = store.rows("select * from stories")
    assert (row["title"], row["link"], row["quiet"]) == ("", "", "pruned")
    assert [known.story for known in known_stories(store, ["g401done"])] == [key]
    assert (count(store, "readings"), count(store, "mentions"), count(store, "events")) == (0, 0, 0)


def test_what_the_shift_detector_needs_is_never_forgotten(store: Store) -> None:
    story(store, 260)
    prune(store, Retention(text=timedelta(days=1), stories=timedelta(days=260)), NOW)
    assert (count(store, "readings"), count(store, "events")) == (1, 1)
    with pytest.raises(ValidationError, match="260 days"):
        Retention(stories=timedelta(days=90))


def test_stories_still_to_read_and_those_a_person_labelled_keep_their_text(store: Store) -> None:
    labelled, _ = story(store, 500), story(store, 50, "new")
    with store.write():
        store.run(
            "insert into labels (story_id, watchlist, direction, read_as, at) values (?, '', 'none', 'none', ?)",
            (labelled, to_text(NOW)),
        )
    prune(store, KEEP, NOW)
    assert count(store, "stories where body = 'body'") == 2
    assert count(store, "readings") == 2


def test_an_alert_that_is_not_delivered_yet_is_kept_at_any_age(store: Store) -> None:
    for state in ("sent", "dead", "pending", "held"):
        alert(store, 500, state)
    alert(store, 10, "sent")
    assert prune(store, KEEP, NOW)["alerts"] == 2
    states = [row["state"] for row in store.rows("select state from deliveries order by id")]
    assert states == ["pending", "held", "sent"]


def test_forgetting_again_does_nothing(store: Store) -> None:
    for age in (31, 401, 700):
        story(store, age)
    prune(store, KEEP, NOW)
    assert prune(store, KEEP, NOW) == {}
