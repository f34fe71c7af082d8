"""Opening the database: ours or a clear refusal; one writer; reads that need no heavy import."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from pysqlite3 import dbapi2 as sqlite3

from .schema import APPLICATION_ID, migrate

# How long a write waits for another process to finish its own, in milliseconds.
BUSY_TIMEOUT_MS = 10_000

if TYPE_CHECKING:
    # pysqlite3 has no types of its own and the standard library's interface.
    from sqlite3 import Connection as Connection
    from sqlite3 import Row as Row
else:
    Connection, Row = sqlite3.Connection, sqlite3.Row


class DatabaseError(Exception):
    """The database cannot be used: which file, what is wrong, what to do."""

    # Written out, as `dataclasses` takes longer to import than a look at the database.
    def __init__(self, file: str, problem: str, mend: str) -> None:
        super().__init__(file, problem, mend)
        self.file, self.problem, self.mend = file, problem, mend

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}. {self.mend}"


class Store:
    """One connection to the database, for one thread. Writes happen inside `write()`, one transaction each."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._lock: IO[bytes] | None = None
        self.path = path

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and give up the lock on the database."""
        self._connection.close()
        if self._lock:
            self._lock.close()

    @contextmanager
    def write(self) -> Iterator[None]:
        """One immediate transaction: all of it is kept, or none."""
        with explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """All rows of a query."""
        with explained(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        with explained(self.path):
            found: Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def run(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Run one statement; returns the last inserted row id."""
        with explained(self.path):
            return self._connection.execute(sql, parameters).lastrowid or 0

    def run_many(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with explained(self.path):
            self._connection.executemany(sql, parameters)

    def note(self, key: str, value: str) -> None:
        """Keep a small fact about the daemon."""
        self.run("insert into notes values (?, ?) on conflict (key) do update set value = excluded.value", (key, value))

    def noted(self, key: str) -> str | None:
        """A small fact kept by `note`."""
        found = self.row("select value from notes where key = ?", (key,))
        return found["value"] if found else None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's words into a DatabaseError that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _explain(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
            raise
        raise _explain(path, str(error)) from error


def _explain(path: Path, message: str) -> DatabaseError:
    name, low = str(path), message.lower()
    if "locked" in low or "busy" in low:
        return DatabaseError(name, "locked by another program", "Close what is writing to it, then try again")
    if "readonly" in low or "read-only" in low:
        return DatabaseError(name, "read-only", "Make the file and its folder writable for this user")
    if "full" in low:
        return DatabaseError(name, "the disk is full", "Free some space; nothing already stored is lost")
    if "not a database" in low or "malformed" in low:
        return DatabaseError(name, "not a sound SQLite database", "Restore a backup, or set `state:` to another file")
    if "unable to open" in low:
        return DatabaseError(name, "cannot be opened", "Check that the folder exists and this user may write there")
    return DatabaseError(name, message, "See the log for the statement's context")


def open_store(path: Path, *, lock: bool = True) -> Store:
    """The database for writing, made or migrated as needed. Raises DatabaseError.

    `lock` keeps every other writer of ours off it: one daemon on a database.
    """
    held = _take_lock(path) if lock else None
    try:
        with explained(path):
            connection = _connect(path)
            tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
            _refuse_foreign(connection, path, tables)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(connection)
            connection.row_factory = sqlite3.Row
    except BaseException:
        if held:
            held.close()
        raise
    store = Store(connection, path)
    store._lock = held
    return store


def open_reader(path: Path) -> Store:
    """The database for looking only; fast to open, never writes. Raises DatabaseError where it is absent or not ours."""
    if not path.exists():
        raise DatabaseError(str(path), "no such database yet", "Run `monitor poll` or `monitor run` first")
    with explained(path):
        connection = sqlite3.connect(f"file:{_quoted(path)}?mode=ro", uri=True, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
        _refuse_foreign(connection, path, tables)
        connection.row_factory = sqlite3.Row
    return Store(connection, path)


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path.absolute()))


def _connect(path: Path) -> Connection:
    connection: Connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


def _refuse_foreign(connection: Connection, path: Path, tables: int) -> None:
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if tables and mark != APPLICATION_ID:
        connection.close()
        raise DatabaseError(str(path), "this database is not the monitor's", "Set `state:` to a file of its own")


def _take_lock(path: Path) -> IO[bytes]:
    name = path.with_name(path.name + ".lock")
    try:
        held = open(name, "ab")  # noqa: SIM115 - kept open as long as the store
    except OSError as error:
        problem = f"cannot write beside it ({error.strerror})"
        raise DatabaseError(str(path), problem, "Make its folder exist and be writable for this user") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise DatabaseError(
            str(path), "another monitor is running on it", "Stop that one first (`systemctl stop monitor`)"
        ) from None
    held.truncate(0)
    held.write(f"{os.getpid()}\n".encode())
    held.flush()
    return held
