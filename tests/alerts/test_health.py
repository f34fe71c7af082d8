"""Promises of health alerts: each trouble once, through the channels that still work, and its end too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts.rounds import Rounds
from monitor.clock import to_text
from monitor.store.connect import open_store
from monitor.store.outbox import resend
from monitor.store.register import register
from tests.alerts.conftest import MailServer
from tests.alerts.desk import START, Desk
from tests.alerts.servers import Hook


@pytest.fixture
def desk(tmp_path: Path, mail_server: MailServer, closed_port: int) -> Iterator[Desk]:
    bad = f"mailto://127.0.0.1:{closed_port}?from=a@example.org&to=b@example.org&mode=insecure"
    with open_store(tmp_path / "m.db") as store:
        desk = Desk(
            tmp_path,
            store,
            {"good": mail_server.url(), "bad": bad},
            "routes:\n  desk: {channels: [bad]}",
            "delivery: {dead_after: 2h}",
        )
        register(store, desk.settings, desk.now)
        yield desk


def feed(desk: Desk, name: str, **values: Any) -> None:
    with desk.store.write():
        for key, value in values.items():
            moment = to_text(value) if hasattr(value, "isoformat") else value
            desk.store.run(f"update feeds set {key} = ? where id = ?", (moment, name))


def titles(desk: Desk) -> list[str]:
    return [alert["title"] for alert in desk.alerts("health")]


def test_a_failing_channel_is_told_once_through_the_others_and_so_is_its_recovery(
    desk: Desk, mail_server: MailServer
) -> None:
    desk.tell("alert00001")
    for _ in range(4):
        desk.deliver()
        desk.health.look()
        desk.now += timedelta(minutes=10)
    assert titles(desk) == ["channel bad: 1 alert not delivered"]
    desk.deliver()
    assert [recipients for recipients, _ in mail_server.received] == [["desk@example.org"]]
    assert "Connection refused" in mail_server.received[0][1].get_body(("plain",)).get_content()
    with desk.store.write():
        desk.store.run("update deliveries set state = 'sent', error = '' where channel = 'bad'")
    desk.health.look()
    desk.health.look()
    assert titles(desk)[1:] == ["well again: channel bad: 1 alert not delivered"]
    first, second = desk.alerts("health")
    assert second["thread"] == first["id"]


def test_a_dead_letter_is_told_with_the_way_to_send_it_again(desk: Desk) -> None:
    desk.tell("alert00001")
    while desk.delivery("bad")["state"] == "pending":
        desk.deliver()
        desk.now += timedelta(minutes=30)
    desk.health.look()
    [dead] = [alert for alert in desk.alerts("health") if "given up" in alert["title"]]
    assert "monitor alerts --resend alert00001" in dead["mend"]
    resend(desk.store, "alert00001", desk.now)
    desk.health.look()
    assert "well again: channel bad: 1 alert given up" in titles(desk)


def test_when_no_feed_answers_there_is_one_notice_not_one_for_each(desk: Desk) -> None:
    for name in ("a", "b"):
        feed(desk, name, state="failing", reason="no route", last_poll_at=START, last_ok_at=START - timedelta(hours=2))
    desk.now = START + timedelta(hours=30)
    desk.health.look()
    assert titles(desk) == ["none of 2 feeds answers"]
    feed(desk, "a", state="ok", last_ok_at=desk.now)
    feed(desk, "b", state="ok", last_ok_at=desk.now)
    desk.health.look()
    assert titles(desk)[1:] == ["well again: none of 2 feeds answers"]


def test_a_feed_that_fails_for_a_day_is_told_with_its_reason(desk: Desk) -> None:
    feed(desk, "a", state="failing", reason="not a feed: an HTML page", last_poll_at=START, last_ok_at=START)
    feed(desk, "b", state="ok", last_poll_at=START, last_ok_at=START)
    desk.now = START + timedelta(hours=23)
    desk.health.look()
    assert titles(desk) == []
    desk.now = START + timedelta(hours=25)
    desk.health.look()
    assert titles(desk) == ["feed a: no answer that can be read"]
    assert "not a feed: an HTML page" in desk.alerts("health")[0]["lines"]


def test_a_feed_silent_against_its_own_rhythm_is_told(desk: Desk) -> None:
    start = START - timedelta(days=20)
    with desk.store.write():
        for hour in range(100):
            desk.store.run(
                "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen, stage)"
                " values ('a', 'w', '', 'en', 't', '', '', ?, 'done')",
                (to_text(start + timedelta(hours=4 * hour + 1)),),
            )
    last = start + timedelta(hours=397)
    feed(desk, "a", state="ok", last_ok_at=START, last_new_at=last, baseline_at=start, last_poll_at=START)
    desk.now = last + timedelta(days=2)
    desk.health.look()
    assert titles(desk) == []
    desk.now = last + timedelta(days=4)
    desk.health.look()
    assert titles(desk) == ["feed a: nothing new for 4 days"]


def test_many_feeds_that_fail_together_make_one_alert(desk: Desk) -> None:
    with desk.store.write():
        desk.store.run("insert into feeds (id, url, next_poll_at) values ('c', 'https://c.example', '2031')")
    feed(desk, "c", state="ok", last_poll_at=START, last_ok_at=START)
    for name in ("a", "b"):
        feed(desk, name, state="failing", reason="503", last_poll_at=START, last_ok_at=START - timedelta(days=2))
    desk.health.look()
    assert titles(desk) == ["2 feeds need a look"]
    for name in ("a", "b"):
        feed(desk, name, state="ok", last_ok_at=desk.now)
    desk.health.look()
    assert titles(desk)[1:] == ["well again: 2 feeds"]
    assert [line.split(": it lasted")[0][:6] for line in desk.alerts("health")[1]["lines"]] == ["feed a", "feed b"]


def dead_letter(desk: Desk) -> None:
    desk.tell("alert00001")
    with desk.store.write():
        desk.store.run(
            "update deliveries set state = 'dead', error = '550 no', attempts = 9 where alert_id = 'alert00001'"
        )


def dead_letter_resent(desk: Desk) -> None:
    with desk.store.write():
        desk.store.run("update deliveries set state = 'sent', error = '' where alert_id = 'alert00001'")


def failing_channel(desk: Desk) -> None:
    desk.tell("alert00001")
    with desk.store.write():
        desk.store.run(
            "update deliveries set attempts = 2, error = 'refused', started_at = ? where alert_id = 'alert00001'",
            (to_text(START - timedelta(hours=1)),),
        )


def note(key: str, text: str) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        with desk.store.write():
            desk.store.note(key, text)

    return act


def feed_state(**values: Any) -> Callable[[Desk], None]:
    return lambda desk: feed(desk, "a", last_poll_at=START, **values)


def free(count: int) -> Callable[[Desk], None]:
    return lambda desk: setattr(desk, "free", count)


@pytest.mark.parametrize(
    ("begin", "end", "title"),
    [
        (failing_channel, dead_letter_resent, "channel bad: 1 alert not delivered"),
        (dead_letter, dead_letter_resent, "channel bad: 1 alert given up"),
        (
            feed_state(state="failing", reason="not a feed", last_ok_at=START - timedelta(days=3)),
            feed_state(state="ok", last_ok_at=START),
            "feed a: no answer that can be read",
        ),
        (feed_state(state="gone", reason="410"), feed_state(state="ok"), "feed a: gone for good, says its publisher"),
        (free(40_000_000), free(10**12), "only 40 MB free for the database"),
        (note("config_fault", "line 3"), note("config_fault", ""), "the changed configuration is not in use"),
        (
            note("watchlists", '[{"id": "qaani", "state": "too sparse", "advice": "more feeds"}]'),
            note("watchlists", '[{"id": "qaani", "state": "usual"}]'),
            "watchlist qaani: too few stories to notice a shift",
        ),
    ],
)
def test_every_trouble_is_told_once_and_its_end_in_the_same_thread(
    desk: Desk, begin: Callable[[Desk], None], end: Callable[[Desk], None], title: str
) -> None:
    feed(desk, "b", state="ok", last_poll_at=START, last_ok_at=START)
    note("watchlists", "[]")(desk)
    begin(desk)
    desk.health.look()
    desk.now += timedelta(days=15)  # longer than any trouble must last
    feed(desk, "b", last_ok_at=desk.now, last_poll_at=desk.now)
    desk.health.look()
    desk.health.look()
    assert titles(desk) == [title]
    end(desk)
    desk.health.look()
    desk.health.look()
    assert titles(desk)[1:] == [f"well again: {title}"]
    told, ended = desk.alerts("health")
    assert ended["thread"] == told["id"]
    assert told["mend"]


def test_little_disk_is_told_and_its_end(desk: Desk) -> None:
    desk.free = 40_000_000
    desk.health.look()
    desk.free = 10**12
    desk.health.look()
    assert titles(desk) == ["only 40 MB free for the database", "well again: only 40 MB free for the database"]


def test_a_configuration_that_is_refused_is_told_until_it_is_mended(desk: Desk) -> None:
    for fault in ("monitor.yaml:3: unknown key", ""):
        with desk.store.write():
            desk.store.note("config_fault", fault)
        desk.health.look()
    assert titles(desk) == [
        "the changed configuration is not in use",
        "well again: the changed configuration is not in use",
    ]


def test_a_young_watchlist_may_be_sparse_for_a_fortnight(desk: Desk) -> None:
    with desk.store.write():
        desk.store.note("watchlists", '[{"id": "qaani", "state": "too sparse", "advice": "0.2 stories a day"}]')
    desk.health.look()
    desk.now += timedelta(days=13)
    desk.health.look()
    assert titles(desk) == []
    desk.now += timedelta(days=1, hours=1)
    desk.health.look()
    assert titles(desk) == ["watchlist qaani: too few stories to notice a shift"]


def test_the_heartbeat_comes_once_a_week_and_says_whether_there_was_anything(desk: Desk) -> None:
    assert not desk.health.beat()
    desk.now += timedelta(days=7)
    assert desk.health.beat()
    assert not desk.health.beat()
    [beat] = desk.alerts("health")
    assert (beat["level"], "nothing to report" in beat["title"]) == ("heartbeat", True)


def test_a_heartbeat_missed_while_down_is_caught_up_once(desk: Desk) -> None:
    desk.health.beat()
    desk.now += timedelta(days=30)
    assert desk.health.beat()
    assert not desk.health.beat()


def test_the_outside_watcher_is_asked_at_its_pace_and_told_when_something_is_stuck(desk: Desk) -> None:
    hook = Hook()
    health = desk.settings.health.model_copy(update={"ping": f"http://127.0.0.1:{hook.port}/uuid"})
    rounds = Rounds(desk.settings.model_copy(update={"health": health}), desk.store, lambda: desk.now)
    rounds._settings._credentials = desk.settings._credentials
    asyncio.run(_twice(rounds))
    hook.close()
    assert hook.paths == ["/uuid", "/uuid/fail"]


async def _twice(rounds: Rounds) -> None:
    await rounds.go()
    await rounds.go()
    rounds._pinged_at = float("-inf")
    await rounds.go(well=False)


def test_an_outside_watcher_that_cannot_be_reached_stops_nothing(desk: Desk, closed_port: int) -> None:
    health = desk.settings.health.model_copy(update={"ping": f"http://127.0.0.1:{closed_port}/uuid"})
    rounds = Rounds(desk.settings.model_copy(update={"health": health}), desk.store, lambda: desk.now)
    rounds._settings._credentials = desk.settings._credentials
    assert asyncio.run(rounds.go()) == 0
