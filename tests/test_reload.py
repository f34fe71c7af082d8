"""Promises of a reload: what is sound is taken over without losing anything, what is not changes nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.clock import to_text, utcnow
from monitor.config import read_settings
from monitor.daemon import Daemon
from monitor.reload import CONFIG_FAULT_NOTE, NotInUse, read_anew
from monitor.store.connect import open_store
from monitor.store.register import register
from tests.site import Site, rss, serve

NEWS = ("كتائب حزب الله تهدد باستئناف الهجمات", "وقال المتحدث إن الهدنة انتهت.")
LIST = """id: kh
name: Kata'ib Hezbollah
names:
  - كتائب حزب الله
  - text: KH
    near: [Iraq, militia]
signal: {strength: 1}
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        running.pages["paper"] = running.pages["second"] = rss(NEWS)
        yield running


@pytest.fixture
def folder(tmp_path: Path, site: Site) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "kh.yaml").write_text(LIST, encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text(_feed("paper", site), encoding="utf-8")
    (tmp_path / "monitor.yaml").write_text(
        "contact: test@example.org\nwatchlists: lists\nfeeds:\n  - feeds.yaml\npolling: {spacing: 0s, min: 1s, max: 1s}\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.fixture
def notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def _feed(name: str, site: Site) -> str:
    return f"feeds:\n  - {{id: {name}, url: '{site.url(name)}', private: true, language: ar}}\n"


def _heard(notices: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(notices.recv(4096).decode())
        except BlockingIOError:
            return found


def _with_daemon(folder: Path, work) -> None:  # type: ignore[no-untyped-def]
    async def run() -> None:
        settings = read_settings(folder / "monitor.yaml")
        with open_store(settings.state) as store:
            register(store, settings, utcnow())
            async with Daemon(settings, store) as daemon:
                await work(daemon, store)

    asyncio.run(run())


@pytest.mark.parametrize("name", ["monitor.yaml", "feeds.yaml", "lists/kh.yaml"])
def test_a_file_cut_short_at_any_byte_is_refused_or_read_and_nothing_else(folder: Path, name: str) -> None:
    present = read_settings(folder / "monitor.yaml")
    whole = (folder / name).read_bytes()
    for end in range(len(whole)):
        (folder / name).write_bytes(whole[:end])
        try:
            said = str(read_anew(present).file)
        except NotInUse as refusal:
            said = str(refusal)
        assert str(folder) in said
    (folder / name).write_bytes(whole)
    assert read_anew(present) == present


def test_a_missing_folder_or_a_binary_file_is_refused(folder: Path) -> None:
    present = read_settings(folder / "monitor.yaml")
    (folder / "lists" / "kh.yaml").write_bytes(os.urandom(500))
    with pytest.raises(NotInUse, match=r"kh\.yaml"):
        read_anew(present)
    shutil.rmtree(folder / "lists")
    with pytest.raises(NotInUse, match="lists"):
        read_anew(present)


def test_another_database_needs_a_restart(folder: Path) -> None:
    present = read_settings(folder / "monitor.yaml")
    config = folder / "monitor.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "state: other.db\n", encoding="utf-8")
    with pytest.raises(NotInUse, match="Restart to use another database"):
        read_anew(present)


def test_a_new_feed_is_polled_after_a_reload_and_the_old_one_keeps_what_it_knows(
    folder: Path, site: Site, notices: socket.socket
) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        await daemon._poller.poll_due()
        before = store.row("select baseline_at, fetch_state from feeds where id = 'paper'")
        feeds = _feed("paper", site) + _feed("second", site).removeprefix("feeds:\n")
        (folder / "feeds.yaml").write_text(feeds, encoding="utf-8")
        assert await daemon.reload()
        await daemon._poller.poll_due()
        assert store.row("select count(*) from feeds where state = 'ok'")[0] == 2
        assert tuple(store.row("select baseline_at, fetch_state from feeds where id = 'paper'")) == tuple(before)

    _with_daemon(folder, work)
    heard = [notice for notice in _heard(notices) if "RELOADING" in notice or "READY" in notice]
    assert heard[0].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert heard[1] == "READY=1\nSTATUS=reloaded"


def test_an_unsound_file_keeps_the_old_configuration_and_names_the_line(
    folder: Path, notices: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        (folder / "lists" / "kh.yaml").write_text(LIST + "sorces: 2\n", encoding="utf-8")
        assert not await daemon.reload()
        assert "kh.yaml:8" in store.noted(CONFIG_FAULT_NOTE)
        await daemon.tick()
        assert store.row("select count(*) from feeds")[0] == 1
        (folder / "lists" / "kh.yaml").write_text(LIST, encoding="utf-8")
        assert await daemon.reload()
        assert store.noted(CONFIG_FAULT_NOTE) == ""

    _with_daemon(folder, work)
    heard = _heard(notices)
    refused = next(notice for notice in heard if "not in use" in notice)
    assert refused.startswith("READY=1\nSTATUS=configuration not in use: ")
    assert any("WATCHDOG=1" in notice and "kh.yaml:8" in notice for notice in heard), "the status says so at each tick"
    assert any("reload-refused" in line and "kh.yaml:8" in line for line in caplog.messages)


def test_a_poll_under_way_ends_by_its_own_settings_and_a_moved_feed_is_asked_anew(folder: Path, site: Site) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        asked, go_on = threading.Event(), threading.Event()

        def slow(handler) -> None:  # type: ignore[no-untyped-def]
            asked.set()
            go_on.wait(20)
            body = rss(NEWS)
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        site.pages["paper"] = slow
        poll = asyncio.create_task(daemon._poller.poll_due())
        await asyncio.to_thread(asked.wait, 20)
        moved = _feed("paper", site).replace("/paper", "/second")
        (folder / "feeds.yaml").write_text(moved, encoding="utf-8")
        assert await daemon.reload()
        go_on.set()
        await poll
        row = store.row("select url, state, next_poll_at from feeds")
        assert row["state"] == "new", "what the old address answered is not kept for the new one"
        assert row["next_poll_at"] <= to_text(utcnow())
        await daemon._poller.poll_due()
        assert store.row("select state from feeds")[0] == "ok"

    _with_daemon(folder, work)


def test_stories_being_read_while_the_watchlists_change_are_read_by_the_new_ones(folder: Path) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        with store.write():
            store.run(
                "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen)"
                " values ('paper', 'p', 'https://p.example/1', 'ar', ?, ?, '', ?)",
                (*NEWS, to_text(utcnow())),
            )
        (folder / "lists" / "two.yaml").write_text(
            LIST.replace("id: kh", "id: two").replace("name: Kata'ib Hezbollah", "name: Two"), encoding="utf-8"
        )
        begun, go_on, read = threading.Event(), threading.Event(), daemon._pipeline.read

        def slowly(batch):  # type: ignore[no-untyped-def]
            begun.set()
            go_on.wait(20)
            return read(batch)

        daemon._pipeline.read = slowly
        reading = asyncio.create_task(daemon.read_waiting())
        await asyncio.to_thread(begun.wait, 20)
        assert await daemon.reload()
        go_on.set()
        await reading
        rows = store.rows("select distinct watchlist from mentions order by watchlist")
        assert [row["watchlist"] for row in rows] == ["kh", "two"]

    _with_daemon(folder, work)


def test_the_daemon_forgets_once_a_day_by_itself(folder: Path) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        with store.write():
            store.run(
                "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen, stage)"
                " values ('paper', 'p', '', 'ar', 'title', '', 'body', '2020-01-01T00:00:00Z', 'done')"
            )
        assert daemon._prune_due()
        await daemon._prune()
        assert store.row("select body from stories")[0] == ""
        assert not daemon._prune_due()

    _with_daemon(folder, work)


def test_connections_of_earlier_settings_are_closed_when_no_poll_is_under_way(folder: Path) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        await daemon._poller.poll_due()
        config = folder / "monitor.yaml"
        config.write_text(
            config.read_text(encoding="utf-8").replace("test@example.org", "new@example.org"), encoding="utf-8"
        )
        assert await daemon.reload()
        assert len(daemon._poller._retired) == 1
        await daemon.tick()
        assert daemon._poller._retired == []

    _with_daemon(folder, work)


def test_a_part_that_stalls_starves_the_watchdog_and_is_named(folder: Path, notices: socket.socket) -> None:
    async def work(daemon, store) -> None:  # type: ignore[no-untyped-def]
        await daemon.tick()
        daemon._progress._last["read"] = -1e9
        await daemon.tick()

    _with_daemon(folder, work)
    heard = _heard(notices)
    assert "WATCHDOG=1" in heard[0]
    assert heard[1].startswith("STATUS=stalled: read")
