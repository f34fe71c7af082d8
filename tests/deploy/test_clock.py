"""Promises about clocks, kept by the real daemon: libfaketime sets its wall clock while it runs, the steady clock goes on.

Hours, a month, and both changes of summer time: polls go on at once, alerts and digests come once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.alerts.servers import Hook
from tests.site import Site, rss, serve
from tests.soak.kills_world import WATCHLISTS

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
CALM = ("طقس معتدل", "شمس ورياح خفيفة في البصرة.")
# Each an event of its own.
FIRST = ("كتائب حزب الله تعلن تعليق هجماتها على القوات الأميركية في العراق", "")
SECOND = ("قاآني يتوعد إسرائيل برد قاس على اغتيال القادة", "")
THIRD = ("كتائب حزب الله تفرج عن رهائن محتجزين في بغداد", "")
FOURTH = ("كتائب حزب الله تستهدف قاعدة عين الأسد بطائرات مسيرة", "")
PATIENCE_S = 240.0


def library() -> Path | None:
    return next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)


class Daemon:
    """`monitor run` whose wall clock is set by `set_clock`."""

    def __init__(self, folder: Path, paper: Site, alerts: Hook, digests: Hook) -> None:
        self._folder, self._paper, self._digests, self._alerts = folder, paper, digests, alerts
        self._offset_s = 0.0
        (folder / "lists").mkdir()
        for name, names in WATCHLISTS.items():
            text = f"id: {name}\nname: {name}\n{names}\nsignal: {{strength: 1}}\n"
            (folder / "lists" / f"{name}.yaml").write_text(text, encoding="utf-8")
        (folder / "monitor.yaml").write_text(
            "contact: desk@example.org\ntimezone: Europe/Berlin\nwatchlists: lists\n"
            f"feeds:\n  - {{id: paper, url: '{paper.url('paper.xml')}', language: ar, private: true}}\n"
            f"channels:\n  now: json://127.0.0.1:{alerts.port}/\n  later: json://127.0.0.1:{digests.port}/\n"
            # An hour that a night in March does not have and one in October has twice.
            "routes:\n  desk: {channels: [now]}\n  readers: {channels: [later], digest: 'daily 02:30'}\n"
            "health: {channels: [], heartbeat: null}\npolling: {min: 1s, max: 1s, spacing: 0s}\n",
            encoding="utf-8",
        )
        self.show(CALM)

    def show(self, *items: tuple[str, str]) -> None:
        """What the paper lists from now on, dated by the present wall clock."""
        self._paper.pages["paper.xml"] = rss(*items, when=self.now())

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset_s)

    def set_clock(self, moment: datetime) -> None:
        self._offset_s = (moment - datetime.now(UTC)).total_seconds()
        new = self._folder / "clock.new"
        new.write_text(f"{self._offset_s:+.0f}\n", encoding="ascii")
        new.replace(self._folder / "clock")

    def start(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
        environment |= {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / "clock"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        command = [sys.executable, "-m", "monitor", "-c", str(self._folder / "monitor.yaml"), "run"]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log)

    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def polls(self) -> int:
        return len(self._paper.requests)

    def goes_on(self) -> None:
        """The paper is asked again, and again: the first may have been under way."""
        before = self.polls()
        self._await(lambda: self.polls() > before + 2)

    def told(self, *titles: str) -> None:
        """Alerts about these, each once, and no others."""
        self._await(lambda: all(self._count(self._alerts, title) for title in titles))
        assert [self._count(self._alerts, title) for title in titles] == [1] * len(titles)

    def digested(self, number: int, *titles: str) -> None:
        """So many digests by now, and the last tells of these."""
        self._await(lambda: len(self._digests.received) >= number)
        self.goes_on()
        assert len(self._digests.received) == number, json.dumps(self._digests.received, ensure_ascii=False, indent=1)
        last = " ".join(" ".join(body["message"] for body in self._digests.received[-1:]).split())
        assert [title for title in titles if title not in last] == [], last

    def _count(self, hook: Hook, title: str) -> int:
        return sum(title in json.dumps(body, ensure_ascii=False) for body in hook.received)

    def _await(self, fact: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not fact():
            assert self.process.poll() is None, self.log()[-3000:]
            assert time.monotonic() < until, self.log()[-3000:]
            time.sleep(0.25)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    if library() is None:
        pytest.skip("needs libfaketime (Debian: libfaketime)")
    alerts, digests = Hook(), Hook()
    with serve() as paper:
        daemon = Daemon(tmp_path, paper, alerts, digests)
        try:
            yield daemon
        finally:
            daemon.process.send_signal(signal.SIGCONT)
            daemon.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                daemon.process.wait(20)
            daemon.process.kill()
            alerts.close()
            digests.close()


def test_hours_months_and_summer_time_lose_and_double_nothing(daemon: Daemon) -> None:
    noon = datetime(2026, 3, 28, 12, tzinfo=UTC)
    hour, month = timedelta(hours=1), timedelta(days=30)
    daemon.set_clock(noon)
    daemon.start()
    daemon.goes_on()
    daemon.show(FIRST, CALM)
    daemon.told(FIRST[0])

    for jump in (hour, -hour):
        daemon.set_clock(daemon.now() + jump)
        daemon.goes_on()
    daemon.show(SECOND, FIRST, CALM)
    daemon.told(FIRST[0], SECOND[0])
    daemon.digested(0)

    # The night to 29 March leaves out 02:30 in Berlin: the digest comes an hour later by the clock, once.
    daemon.set_clock(datetime(2026, 3, 29, 1, 31, tzinfo=UTC))
    daemon.digested(1, FIRST[0], SECOND[0])
    daemon.set_clock(daemon.now() - hour)
    daemon.goes_on()
    daemon.set_clock(daemon.now() + hour)
    daemon.digested(1)

    # A clock that was a month ahead for a while: what was found meanwhile is in the next digest of the true time.
    daemon.set_clock(daemon.now() + month)
    daemon.goes_on()
    daemon.show(THIRD, CALM)
    daemon.told(FIRST[0], SECOND[0], THIRD[0])
    daemon.set_clock(daemon.now() - month)
    daemon.goes_on()
    daemon.set_clock(datetime(2026, 3, 30, 0, 31, tzinfo=UTC))
    daemon.digested(2, THIRD[0])

    # In the night to 25 October 02:30 comes twice; the digest does not.
    daemon.set_clock(datetime(2026, 10, 24, 12, tzinfo=UTC))
    daemon.goes_on()
    daemon.show(FOURTH, CALM)
    daemon.told(FIRST[0], SECOND[0], THIRD[0], FOURTH[0])
    daemon.set_clock(datetime(2026, 10, 25, 0, 31, tzinfo=UTC))
    daemon.digested(3, FOURTH[0])
    daemon.set_clock(datetime(2026, 10, 25, 1, 31, tzinfo=UTC))
    daemon.digested(3)
    assert daemon.log().count("clock-jumped") >= 10


def test_a_daemon_that_was_frozen_for_a_while_goes_on(daemon: Daemon) -> None:
    daemon.set_clock(datetime.now(UTC))
    daemon.start()
    daemon.goes_on()
    daemon.process.send_signal(signal.SIGSTOP)
    time.sleep(15)
    daemon.process.send_signal(signal.SIGCONT)
    daemon.show(FIRST, CALM)
    daemon.told(FIRST[0])
    assert "clock-jumped" not in daemon.log()
