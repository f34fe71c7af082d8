"""`monitor label`: a person's correction, kept; and the corrected stories in the form that `monitor lab stories` reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from .alerts.followed import replace
from .clock import utcnow
from .store.connect import Row, Store
from .store.labels import add_label, drop_label, labelled_stories
from .store.stories import find_story, readings_of


def label_story(store: Store, wanted: str, direction: str | None, watchlist: str) -> int:
    """Keep a correction, or take it back where `direction` is None; 1 where there is no such story, or it does not mention
    the watchlist."""
    row = find_story(store, wanted)
    if row is None:
        print(f"no stored story or alert `{wanted}`: `monitor stories` lists them", file=sys.stderr)
        return 1
    about = f"story {row['id']}{f' for {watchlist}' if watchlist else ''}"
    if direction is None:
        return _take_back(store, row, watchlist, about)
    if row["stage"] != "done":
        print(f"{about} waits to be read: correct it when `monitor stories` shows how it was read", file=sys.stderr)
        return 1
    # A story that mentions no watchlist was not read at all: nothing was told of it, as if it pointed nowhere.
    readings = {"": "none"} | {reading.watchlist or "": reading.direction for reading in readings_of(store, row["id"])}
    if watchlist not in readings:
        known = ", ".join(name for name in readings if name) or "none"
        print(f"story {row['id']} does not mention `{watchlist}`; it mentions: {known}", file=sys.stderr)
        return 1
    read_as = readings[watchlist]
    add_label(store, row["id"], watchlist, direction, read_as, utcnow())
    print(f"{about}: {direction} ({'as it was read' if read_as == direction else f'it was read as {read_as}'})")
    return 0


def _take_back(store: Store, row: Row, watchlist: str, about: str) -> int:
    if not drop_label(store, row["id"], watchlist):
        print(f"{about} has no correction to take back", file=sys.stderr)
        return 1
    print(f"{about}: the correction is taken back")
    return 0


def export_labelled(store: Store, file: str) -> int:
    """Write the corrected stories, one JSON object a line, into a file (`-` prints them); 0."""
    found = labelled_stories(store)
    lines: Iterable[bytes] = (json.dumps(story, ensure_ascii=False).encode() + b"\n" for story in found)
    if file == "-":
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
    else:
        replace(Path(file), lines)
        print(
            f"{len(found)} corrected {'story' if len(found) == 1 else 'stories'} written: `monitor lab stories {file}`"
        )
    return 0
