"""Promises of holding: nothing is dropped; what is held comes once, together, when its time has come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.tell import note_start
from monitor.store.connect import open_store
from monitor.store.silences import add_silence, end_silences, silenced_until
from tests.alerts.desk import START, Desk

URL = "json://127.0.0.1:9/"
Make = Callable[..., Desk]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with open_store(tmp_path / "m.db") as store:
        yield lambda route="", more="": Desk(
            tmp_path, store, {"chat": URL, "mail": URL}, f"routes:\n  desk: {{channels: [chat]{route}}}", more
        )


def test_what_quiet_hours_held_comes_as_one_summary_at_their_end(make: Make) -> None:
    desk = make(", quiet: {from: '22:00', to: '07:00'}")
    desk.now = START + timedelta(hours=12)
    desk.tell("night00001")
    desk.tell("night00002")
    desk.tell("urgent0003", strength=3)
    assert desk.states() == {"night00001": "held", "night00002": "held", "urgent0003": "pending"}
    assert desk.release() == 0
    desk.now = START + timedelta(hours=19, minutes=1)
    assert desk.release() == 1
    [summary] = desk.alerts("digest")
    assert summary["title"].startswith("Held back by quiet hours: 2 alerts, 2 ▼")
    assert desk.states()["night00001"] == "folded"
    assert desk.states()[summary["id"]] == "pending"


def test_a_single_held_alert_goes_out_as_itself(make: Make) -> None:
    desk = make(", quiet: {from: '22:00', to: '07:00'}")
    desk.now = START + timedelta(hours=12)
    desk.tell("night00001")
    desk.now += timedelta(hours=8)
    assert desk.release() == 1
    assert desk.states() == {"night00001": "pending"}


def test_a_cap_sums_up_what_it_held_with_its_count(make: Make) -> None:
    desk = make(", cap: 2")
    for number in range(6):
        desk.tell(f"flood0000{number}")
        desk.now += timedelta(minutes=5)
    assert list(desk.states().values()) == ["pending"] * 2 + ["held"] * 4
    desk.now += timedelta(hours=1)
    assert desk.release() == 1
    [summary] = desk.alerts("digest")
    assert "the cap of 2 an hour: 4 alerts" in summary["title"]


def test_a_cap_counts_each_watchlist_by_itself(make: Make) -> None:
    desk = make(", cap: 1")
    desk.tell("one0000001")
    other = {"watchlist": "kh", "watchlists": [{"id": "kh", "name": "Kata'ib", "role": "agent"}]}
    assert not desk.tell("other00001", **other)[0].held


def test_a_digest_is_written_once_a_period_and_names_each_items_rule(make: Make) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("first00001")
    desk.now += timedelta(hours=3)
    desk.tell("second0002", direction="escalation")
    desk.now = START + timedelta(hours=19)
    assert (desk.release(), desk.release()) == (1, 0)
    [digest] = desk.alerts("digest")
    [group] = digest["groups"]
    assert [entry["id"] for entry in group["entries"]] == ["first00001", "second0002"]
    assert all("signal rule: strength ≥ 2" in entry["because"] for entry in group["entries"])
    assert digest["heading"] == "DAILY DIGEST"


def test_a_digest_missed_while_down_is_caught_up_at_the_next_start(make: Make) -> None:
    desk = make(", digest: weekly tuesday 07:00")
    desk.tell("first00001")
    desk.now += timedelta(days=3)
    assert desk.release() == 1
    assert [digest["heading"] for digest in desk.alerts("digest")] == ["WEEKLY DIGEST"]


def test_a_channel_of_two_routes_gets_an_alert_by_the_sooner_one(make: Make) -> None:
    desk = make("", "")
    routes = desk.settings.routes["desk"]
    daily = routes.model_copy(
        update={"digest": type(routes).model_validate({"channels": ["chat"], "digest": "daily 07:00"}).digest}
    )
    desk.settings.routes["slow"] = daily
    [planned] = desk.tell("first00001")
    assert (planned.route, planned.held) == ("desk", False)


def test_a_silence_holds_until_its_end_and_ends_early_on_request(make: Make) -> None:
    desk = make()
    add_silence(desk.store, "qaani", desk.now, desk.now + timedelta(hours=4), "visit")
    desk.tell("quiet00001", strength=3)
    desk.tell("quiet00002")
    assert set(desk.states().values()) == {"held"}
    desk.now += timedelta(hours=1)
    assert desk.release() == 0
    assert end_silences(desk.store, "qaani", desk.now) == 1
    assert silenced_until(desk.store, "qaani", desk.now) is None
    assert desk.release() == 1
    assert "a silence: 2 alerts" in desk.alerts("digest")[0]["title"]


def test_after_a_long_downtime_the_first_look_is_told_in_one_summary(make: Make) -> None:
    desk = make()
    assert note_start(desk.store, desk.now, timedelta(hours=6)) is None
    desk.now += timedelta(days=2)
    assert note_start(desk.store, desk.now, timedelta(hours=6)) == timedelta(days=2)
    for number in range(5):
        desk.tell(f"late00000{number}")
    desk.tell("urgent0001", strength=3)
    assert list(desk.states().values()) == ["held"] * 5 + ["pending"]
    desk.now += timedelta(minutes=21)
    assert desk.release() == 1
    assert "a downtime of the monitor: 5 alerts" in desk.alerts("digest")[0]["title"]


def test_a_restart_after_a_short_break_holds_nothing(make: Make) -> None:
    desk = make()
    note_start(desk.store, desk.now, timedelta(hours=6))
    desk.now += timedelta(hours=1)
    note_start(desk.store, desk.now, timedelta(hours=6))
    assert not desk.tell("soon000001")[0].held


def test_everything_on_one_event_shares_the_thread_that_began_it(make: Make) -> None:
    desk = make()
    desk.tell("first00001", event_id=7, thread="begun")
    desk.tell("later00002", event_id=7, thread="other")
    assert {alert["thread"] for alert in desk.alerts("signal")} == {"begun"}


def test_an_alert_told_twice_is_kept_once(make: Make) -> None:
    desk = make()
    assert len(desk.tell("first00001")) == 1
    assert desk.tell("first00001") == []


def test_a_held_alert_is_not_old_when_it_is_released(make: Make) -> None:
    desk = make(", digest: weekly sunday 07:00")
    desk.tell("first00001")
    desk.now += timedelta(days=7)
    desk.release()
    desk.deliver()
    assert "dead" not in desk.states().values()


def test_a_held_delivery_of_a_channel_that_is_gone_waits(make: Make) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("first00001")
    del desk.settings.channels["chat"]
    desk.now += timedelta(days=1)
    assert desk.release() == 0
    assert desk.states() == {"first00001": "held"}


def test_a_digest_leaves_out_what_its_route_takes_no_more(make: Make) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("weak000001", strength=1)
    desk.tell("strong0002", strength=2)
    desk.tell("strong0003", strength=3)
    desk.settings.routes["desk"] = desk.settings.routes["desk"].model_copy(update={"strength": 2})
    desk.now += timedelta(days=1)
    assert desk.release() == 1
    [digest] = desk.alerts("digest")
    assert [entry["id"] for entry in digest["groups"][0]["entries"]] == ["strong0002", "strong0003"]
    assert desk.states()["weak000001"] == "folded"
    assert "no route takes it any more" in desk.store.rows("select why from deliveries order by id")[0]["why"]


def test_a_digest_made_during_a_silence_waits_for_its_end(make: Make) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("first00001")
    desk.tell("second0002")
    desk.now = START + timedelta(hours=18)
    add_silence(desk.store, "qaani", desk.now, desk.now + timedelta(hours=4), "visit")
    desk.now += timedelta(hours=2)
    assert desk.release() == 0
    assert desk.states() == {"first00001": "held", "second0002": "held"}
    desk.now += timedelta(hours=3)
    assert desk.release() == 1
    assert "2 alerts" in desk.alerts("digest")[0]["title"]


def test_a_silence_of_one_watchlist_leaves_the_rest_of_a_digest_alone(make: Make) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("first00001")
    desk.tell("other00002", watchlist="kh", watchlists=[{"id": "kh", "name": "Kata'ib", "role": "agent"}])
    desk.now = START + timedelta(hours=18)
    add_silence(desk.store, "qaani", desk.now, desk.now + timedelta(hours=4), "visit")
    desk.now += timedelta(hours=2)
    assert desk.release() == 1
    assert [group["name"] for group in desk.alerts("digest")[0]["groups"]] == ["Kata'ib"]
    assert desk.states()["first00001"] == "held"


def test_what_a_silence_held_is_not_told_in_the_middle_of_quiet_hours(make: Make) -> None:
    desk = make(", quiet: {from: '22:00', to: '07:00'}")
    desk.now = START + timedelta(hours=9)  # nine in the evening in Baghdad
    add_silence(desk.store, "qaani", desk.now, desk.now + timedelta(hours=4), "visit")
    desk.tell("first00001")
    desk.now += timedelta(hours=4)
    assert desk.release() == 0
    desk.now = START + timedelta(hours=19)
    assert desk.release() == 1


def test_what_was_held_for_a_route_that_is_gone_goes_by_another_to_the_same_channel(make: Make) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("first00001")
    desk.settings.routes["other"] = desk.settings.routes.pop("desk")
    desk.now += timedelta(days=1)
    assert desk.release() == 1
    assert desk.alerts("digest")[0]["route"] == "other"


RELEASE = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from monitor.alerts.held import Releaser
from monitor.config import read_settings
from monitor.store.connect import open_store
folder = Path(sys.argv[1])
with open_store(folder / "m.db", lock=False) as store:
    Releaser(read_settings(folder / "monitor.yaml", {}), store, lambda: datetime(2031, 3, 9, tzinfo=UTC)).release_due()
"""


def test_a_death_while_a_summary_is_written_leaves_everything_held_and_the_next_start_writes_it_once(
    make: Make, tmp_path: Path
) -> None:
    desk = make(", digest: daily 07:00")
    desk.tell("first00001")
    desk.tell("second0002")
    command = [sys.executable, "-c", RELEASE, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    killed = subprocess.run(command, env={**environment, "MONITOR_FAILPOINT": "summary"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert set(desk.states().values()) == {"held"}
    subprocess.run(command, env=environment, check=True)
    assert [len(digest["groups"][0]["entries"]) for digest in desk.alerts("digest")] == [2]
    assert sorted(desk.states().values()) == ["folded", "folded", "pending"]
