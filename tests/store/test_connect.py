"""Promises of the database: ours or a clear refusal, one writer, all of a transaction or nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from monitor.store import connect
from monitor.store.connect import DatabaseError, open_reader, open_store


def test_a_new_database_is_made_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with open_store(path) as store, store.write():
        store.note("a", "1")
    with open_store(path) as store:
        assert store.noted("a") == "1"


def test_the_sqlite_in_use_is_free_of_the_wal_reset_bug() -> None:
    version = tuple(int(part) for part in connect.sqlite3.sqlite_version.split("."))
    assert version >= (3, 51, 3)


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path / "m.db") as store:
        with pytest.raises(DatabaseError), store.write():
            store.note("a", "1")
            store.run("insert into nowhere values (1)")
        assert store.noted("a") is None


def test_a_foreign_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("create table precious (x)")
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="not the monitor's"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    path.write_text("this is a letter to my aunt, and it is long enough to have a header\n" * 20, encoding="utf-8")
    with pytest.raises(DatabaseError, match="not a sound SQLite database"):
        open_store(path)


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_MS", 10)
    path = tmp_path / "m.db"
    open_store(path).close()
    other = connect.sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(DatabaseError, match="locked by another program"):
        open_store(path)
    other.close()


def test_a_second_monitor_on_one_database_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path / "m.db"), pytest.raises(DatabaseError, match="another monitor is running on it"):
        open_store(tmp_path / "m.db")


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    open_store(tmp_path / "m.db").close()
    open_store(tmp_path / "m.db").close()


def test_a_read_only_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    open_store(path).close()
    with open_reader(path) as store, pytest.raises(DatabaseError, match="read-only"), store.write():
        store.note("a", "1")


def test_a_folder_that_does_not_exist_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="Make its folder exist"):
        open_store(tmp_path / "none" / "m.db")


def test_looking_at_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no such database yet"):
        open_reader(tmp_path / "m.db")
    assert list(tmp_path.iterdir()) == []
