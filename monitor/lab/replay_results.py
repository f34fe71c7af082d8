"""`monitor replay RESULTS`: what a backfill found, through grouping, judging and the streams, without reading it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..archive.results import Kept, Results
from ..config import DEFAULT_MODEL, bare_settings
from ..pipeline import BATCH, Pipeline, Read
from ..store.connect import Store
from ..watchlists import Watchlist
from .replay import as_line, keep


def replay_results(
    results: Results,
    watchlists: Sequence[Watchlist],
    store: Store,
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[dict[str, Any]]:
    """What the monitor would have told, as `replay` has it; `store` holds the whole past afterwards, alerts and shifts.
    `progress` is told how many more stories are done.

    Raises FileErrors where the result was made for other watchlists.
    """
    results.refuse_other(watchlists)
    known = {watchlist.id for watchlist in watchlists}
    now = [datetime.min.replace(tzinfo=UTC)]
    pipeline = Pipeline(bare_settings(watchlists, store.path, DEFAULT_MODEL), store, lambda: now[0])
    for batch in _batches(results.stories()):
        now[0] = batch[-1].story.date
        read: dict[int, Kept] = {}
        with store.write():
            for kept in batch:
                story_id = keep(store, kept.story)
                if story_id is not None:
                    read[story_id] = kept
        while waiting := pipeline.next_batch():
            settled = [_read(row, read[row["id"]], known) for row in waiting]
            for alert in pipeline.settle(settled):
                found = store.row("select payload from alerts where id = ?", (alert,))
                if found is not None:
                    yield as_line(json.loads(found["payload"]))
        progress(len(batch))


def _read(row: Any, kept: Kept, known: set[str]) -> Read:
    """What was found in a story, as far as it is about these watchlists."""
    mentions = [mention for mention in kept.mentions if mention.watchlist in known]
    return Read(row, mentions, kept.reading if mentions else None)


def _batches(stories: Iterator[Kept]) -> Iterator[list[Kept]]:
    """Stories of one moment's reach together: at most an hour and at most a reading batch."""
    batch: list[Kept] = []
    for kept in stories:
        if batch and (len(batch) >= BATCH or kept.story.date - batch[0].story.date > timedelta(hours=1)):
            yield batch
            batch = []
        batch.append(kept)
    if batch:
        yield batch
