"""Promises of `monitor run`, kept by the real process: ready, working, stopped cleanly, back after a kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.store.connect import open_reader
from tests.alerts.conftest import MailServer
from tests.alerts.conftest import mail_server as mail_server
from tests.site import Site, rss, serve

# Arabic: its reader needs no spaCy, so that the process starts working at once.
THREAT = ("كتائب حزب الله تهدد باستئناف الهجمات على القوات الأميركية", "وقال المتحدث إن الهدنة انتهت.")
CALM = ("طقس معتدل", "شمس ورياح خفيفة في البصرة.")
# How long the process may take to do what is awaited, on a busy machine.
PATIENCE_S = 60.0


class Daemon:
    """The real process over a configuration in a folder."""

    def __init__(self, folder: Path, site: Site, mail: MailServer) -> None:
        self.folder = folder
        self.database = folder / "monitor.db"
        self.config = folder / "monitor.yaml"
        lists = Path(__file__).parents[1] / "watchlists"
        self.config.write_text(
            f"contact: test@example.org\nwatchlists: {lists}\n"
            f"feeds:\n  - {{id: paper, url: '{site.url('paper')}', private: true, language: ar}}\n"
            f"channels:\n  mail: {mail.url()}\nroutes:\n  desk: {{channels: [mail]}}\n"
            "polling: {spacing: 0s, min: 1s, max: 1s}\n",
            encoding="utf-8",
        )
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.notices.settimeout(PATIENCE_S)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "-c", str(self.config), "run"],
            env=environment, stderr=(self.folder / "log").open("ab"),
        )  # fmt: skip

    def await_notice(self, start: str) -> str:
        while True:
            notice = self.notices.recv(4096).decode()
            if notice.startswith(start):
                return notice

    def await_true(self, fact: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not fact():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            self.await_notice("")  # the daemon reports at each tick: no sleep needed

    def count(self, sql: str) -> int:
        with open_reader(self.database) as store:
            row = store.row(sql)
            return int(row[0]) if row else 0

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self.process = None
        return code


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        running.pages["paper"] = rss(CALM)
        yield running


@pytest.fixture
def daemon(tmp_path: Path, site: Site, mail_server: MailServer) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path, site, mail_server)
    yield daemon
    if daemon.process is not None:
        daemon.process.kill()
        daemon.process.wait()
    daemon.notices.close()


def test_it_says_when_it_is_ready_and_stops_cleanly_when_told(daemon: Daemon) -> None:
    daemon.start()
    daemon.await_notice("READY=1")
    daemon.await_true(lambda: daemon.count("select count(*) from polls") > 0)
    began = time.monotonic()
    assert daemon.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10
    daemon.await_notice("STOPPING=1")


def test_a_story_that_appears_while_it_runs_is_mailed(daemon: Daemon, site: Site, mail_server: MailServer) -> None:
    daemon.start()
    daemon.await_true(lambda: daemon.database.exists() and daemon.count("select count(*) from polls") > 0)
    site.pages["paper"] = rss(THREAT, CALM)
    daemon.await_true(lambda: bool(mail_server.received))
    daemon.end(signal.SIGTERM)
    [(_, mail)] = mail_server.received
    assert mail["Subject"].startswith("▲ escalation · Kata'ib Hezbollah")


def test_after_a_kill_it_comes_back_and_delivers_what_it_had_kept(
    daemon: Daemon, site: Site, mail_server: MailServer
) -> None:
    mail_server.data = ["451 later"]
    daemon.start()
    daemon.await_true(lambda: daemon.database.exists() and daemon.count("select count(*) from polls") > 0)
    site.pages["paper"] = rss(THREAT, CALM)
    daemon.await_true(lambda: daemon.count("select count(*) from attempts") > 0)
    daemon.end(signal.SIGKILL)
    site.pages["paper"] = rss(CALM)  # the feed no longer lists it: only the database knows
    daemon.start()
    daemon.await_true(lambda: bool(mail_server.received))
    daemon.end(signal.SIGTERM)
    assert len(mail_server.received) == 1


def test_a_second_daemon_on_the_same_database_is_refused_in_one_line(daemon: Daemon) -> None:
    daemon.start()
    daemon.await_notice("READY=1")
    second = subprocess.run(
        [sys.executable, "-m", "monitor", "-c", str(daemon.config), "run"], capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "another monitor is running on it" in second.stderr
    daemon.end(signal.SIGTERM)
