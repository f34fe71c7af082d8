"""Promises of opening a database that is up to date: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from monitor.store.connect import open_store

CHILD = """
import sys
from pathlib import Path
from monitor.store.connect import open_store
open_store(Path(sys.argv[1])).close()
print([name for name in ("sqlite_utils", "numpy") if name in sys.modules])
"""


def test_a_database_that_is_up_to_date_is_opened_without_sqlite_utils(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    open_store(path).close()
    done = subprocess.run([sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
