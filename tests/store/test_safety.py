"""Promises of backups and of the start: a copy is whole or is not there, and a broken database is never worked with."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from monitor.store import safety
from monitor.store.connect import DatabaseError, open_reader, open_store
from monitor.store.safety import backup, require_sound


def a_database(path: Path, notes: int = 2000) -> Path:
    with open_store(path) as store, store.write():
        for number in range(notes):
            store.note(f"key-{number}", "x" * 100)
    return path


def test_a_backup_is_taken_while_the_daemon_writes_and_opens_as_the_database_it_was(tmp_path: Path) -> None:
    path = a_database(tmp_path / "m.db")
    with open_store(path) as store:
        with store.write():
            store.note("last", "1")
        backup(path, tmp_path / "copy.db")
        with store.write():
            store.note("last", "2")
    with open_store(tmp_path / "copy.db") as copy:
        assert copy.noted("last") == "1"
        assert copy.row("select count(*) from notes")[0] == 2001  # type: ignore[index]


def test_a_backup_is_readable_by_its_owner_alone_and_replaces_the_one_before(tmp_path: Path) -> None:
    path = a_database(tmp_path / "m.db")
    backup(path, tmp_path / "copy.db")
    backup(path, tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.glob("*partial*")) == []


def test_a_backup_never_replaces_the_database_or_a_file_of_others(tmp_path: Path) -> None:
    path = a_database(tmp_path / "m.db")
    (tmp_path / "letter").write_text("dear aunt\n" * 500, encoding="utf-8")
    with pytest.raises(DatabaseError, match="the database itself"):
        backup(path, path)
    with pytest.raises(DatabaseError, match="not a sound"):
        backup(path, tmp_path / "letter")
    assert (tmp_path / "letter").read_text(encoding="utf-8").startswith("dear aunt")


def test_a_backup_that_fails_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_database(tmp_path / "m.db")
    backup(path, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()

    def unsound(*_: object, **__: object) -> None:
        raise DatabaseError("copy", "not a sound SQLite database", "")

    monkeypatch.setattr(safety, "require_sound", unsound)
    with pytest.raises(DatabaseError):
        backup(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == before
    assert list(tmp_path.glob("*partial*")) == []


def test_a_database_with_a_damaged_page_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = a_database(tmp_path / "m.db")
    with path.open("r+b") as file:
        file.seek(4096 * 12)
        file.write(b"\xff" * 4096 * 8)
    with pytest.raises(DatabaseError, match=r"backup"), open_reader(path) as store:
        require_sound(store)
