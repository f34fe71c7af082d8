"""Whether the database is sound, and copies of it taken while the daemon works."""

from __future__ import annotations

import os
from pathlib import Path

from ..failpoints import reach
from .connect import DatabaseError, Store, explained, open_reader

_RESTORE = "Stop the monitor, put a backup in its place (see deploy/README.md), or set `state:` to another file"


def require_sound(store: Store, *, thorough: bool = False) -> None:
    """Raises DatabaseError where the database's pages do not fit together. `thorough` compares the indexes as well."""
    check = "integrity_check" if thorough else "quick_check"
    found = store.row(f"pragma {check}(1)")
    if found is None or found[0] != "ok":
        what = found[0] if found else "no answer"
        raise DatabaseError(
            str(store.path), f"not a sound SQLite database ({' '.join(str(what).split())[:200]})", _RESTORE
        )


def backup(database: Path, target: Path) -> int:
    """Copy the database as of one moment to `target`, check the copy, and only then put it in place; returns its size.

    The daemon may work meanwhile. `target` may be an earlier backup, never another file, and never the database itself.
    Raises DatabaseError.
    """
    if target.exists() and database.exists() and target.samefile(database):
        raise DatabaseError(str(target), "this is the database itself", "Name another file for the backup")
    if target.exists():
        open_reader(target).close()  # refuses what is not ours
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with open_reader(database) as store, explained(partial):
            _make_private(partial)
            store.run("vacuum into ?", (str(partial),))
        reach("backup")
        with open_reader(partial) as copy:
            require_sound(copy, thorough=True)
            size = partial.stat().st_size
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise DatabaseError(
            str(target), error.strerror or str(error), "Name a file in a folder you may write"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return size


def _make_private(path: Path) -> None:
    """An empty file that only its owner may read: VACUUM INTO fills it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
