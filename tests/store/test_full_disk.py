"""Promises on a disk that is full or read-only: a clear word, nothing dropped, and on it goes when there is space again."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.clock import utcnow
from monitor.config import read_settings
from monitor.daemon import Daemon
from monitor.store.connect import DatabaseError, Store, open_store
from monitor.store.register import register
from monitor.store.safety import backup, require_sound
from tests.site import rss, serve

pytestmark = pytest.mark.heavy  # mounting needs root

LISTS = Path(__file__).parents[2] / "watchlists"
CALM, NEWS = ("طقس معتدل", "شمس ورياح."), ("كتائب حزب الله تهدد باستئناف الهجمات", "وقال المتحدث إن الهدنة انتهت.")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return ballast


def write_much(store: Store) -> None:
    with store.write():
        for number in range(3000):
            store.note(f"key-{number}", "x" * 1000)


def test_a_full_disk_is_named_and_what_was_kept_stays(disk: Path) -> None:
    with open_store(disk / "m.db") as store:
        with store.write():
            store.note("before", "1")
        ballast = fill(disk)
        with pytest.raises(DatabaseError, match="the disk is full"):
            write_much(store)
        assert store.noted("before") == "1"
        assert store.noted("key-1") is None
        ballast.unlink()
        with store.write():
            store.note("after", "1")
        require_sound(store, thorough=True)


def test_a_backup_onto_a_full_disk_says_so_and_leaves_nothing_behind(disk: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "m.db") as store:
        write_much(store)
    fill(disk)
    with pytest.raises(DatabaseError, match="the disk is full"):
        backup(tmp_path / "m.db", disk / "copy.db")
    assert [each.name for each in disk.iterdir()] == ["ballast"]


def test_a_read_only_disk_is_named(disk: Path) -> None:
    open_store(disk / "m.db").close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(DatabaseError, match=r"(?i)read-only"):
        open_store(disk / "m.db")


def test_the_daemon_outlives_a_full_disk_and_loses_no_story(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def days(config: Path) -> None:
        settings = read_settings(config)
        with open_store(settings.state) as store:
            register(store, settings, utcnow())
            async with Daemon(settings, store) as daemon:
                await daemon._poller.poll_due()
                ballast = fill(disk)
                while True:  # until the log of the database, too, has no room left
                    try:
                        write_much(store)
                    except DatabaseError:
                        break
                site.pages["paper"] = rss(*((f"{NEWS[0]} {number}", "س" * 2000) for number in range(40)))
                for _ in range(3):
                    await asyncio.sleep(1.1)
                    await daemon._guarded("poll", daemon._poller.poll_due, watched=True)
                    await daemon.tick()
                ballast.unlink()
                await asyncio.sleep(1.1)
                await daemon._guarded("poll", daemon._poller.poll_due, watched=True)
                row = store.row("select count(*) as n from stories where title like ?", (f"{NEWS[0]}%",))
                assert row is not None
                assert row["n"] == 40

    with serve() as site:
        site.pages["paper"] = rss(CALM)
        config = disk.parent / "monitor.yaml"
        config.write_text(
            f"contact: test@example.org\nwatchlists: {LISTS}\nstate: {disk}/m.db\n"
            f"feeds:\n  - {{id: paper, url: '{site.url('paper')}', private: true, language: ar}}\n"
            "polling: {spacing: 0s, min: 1s, max: 1s}\n",
            encoding="utf-8",
        )
        asyncio.run(days(config))
    assert any("database-fault" in line and "disk is full" in line for line in caplog.messages)
