"""`monitor silence` and `unsilence`: a person holds a watchlist's alerts for a while; they come together afterwards."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from .clock import from_text, utcnow
from .store.connect import open_reader, open_store
from .store.silences import add_silence, end_silences, open_silences


def silence(path: Path, watchlist: str | None, span: timedelta | None, reason: str) -> int:
    """Hold a watchlist's alerts for a span, or list the silences where no watchlist is named; 1 where it is unknown."""
    if watchlist is None or span is None:
        return _list(path)
    open_reader(path).close()  # refuses a missing database: nothing is made here
    with open_store(path, lock=False) as store:
        known = [each["id"] for each in json.loads(store.noted("watchlists") or "[]")]
        if watchlist not in known:
            print(f"no watchlist {watchlist}: there are {', '.join(known) or 'none yet'}", file=sys.stderr)
            return 1
        now = utcnow()
        add_silence(store, watchlist, now, now + span, reason)
        print(
            f"{watchlist} is silent until {now + span:%Y-%m-%d %H:%M} UTC; its alerts are kept and told together then"
        )
    return 0


def unsilence(path: Path, watchlist: str) -> int:
    """End a watchlist's silence; 1 where there is none."""
    open_reader(path).close()
    with open_store(path, lock=False) as store:
        if not end_silences(store, watchlist, utcnow()):
            print(f"{watchlist} is not silent", file=sys.stderr)
            return 1
        print(f"{watchlist} is told again; what was held goes out now")
    return 0


def _list(path: Path) -> int:
    with open_reader(path) as store:
        found = open_silences(store, utcnow())
    if not found:
        print("no watchlist is silent", file=sys.stderr)
    for row in found:
        until = from_text(row["until"])
        print(f"{row['watchlist']}\tuntil {until:%Y-%m-%d %H:%M} UTC\t{row['reason']}")
    return 0
