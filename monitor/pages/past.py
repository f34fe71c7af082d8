"""A report of a past that `monitor backfill` has read: its result goes through the daemon's steps into a passing database."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ..archive.results import open_results
from ..config import DEFAULT_MODEL, Settings, bare_settings
from ..lab.replay_results import replay_results
from ..store.connect import open_reader, open_store
from ..watchlists import Watchlist
from .data import last_moment


@contextlib.contextmanager
def past_settings(
    folders: Sequence[Path], watchlists: Sequence[Watchlist]
) -> Iterator[tuple[Settings, datetime | None]]:
    """Settings whose database holds the past with the alerts and shifts it would have brought, and that past's end.

    Raises FileErrors where the results are not finished, not of one kind, or of other watchlists.
    """
    results = open_results(folders)
    with tempfile.TemporaryDirectory(prefix="monitor-past-") as folder:
        database = Path(folder) / "past.db"
        print(f"Going through {results.count:,} stories of the past ...", file=sys.stderr, flush=True)
        with open_store(database) as store:
            for _ in replay_results(results, watchlists, store):
                pass
        with open_reader(database) as store:
            end = last_moment(store)
        yield bare_settings(watchlists, database, DEFAULT_MODEL), end
