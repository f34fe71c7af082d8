"""The state of a watchlist's stream as an alert shows it: where the detector stands, and the last fortnight in a small
chart of characters, which a terminal, a phone and a chat all can show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ..store.connect import Store
from ..store.stories import daily_counts

# How many days the small chart has, one column each.
DAYS = 14
# The kinds of alerts that show it; a shift has its own numbers.
SHOWN_WITH = ("signal", "declared", "contested", "retraction")
_BARS = "▁▂▃▄▅▆▇█"


def stream_of(store: Store, watchlist: str, now: datetime) -> dict[str, Any]:
    """The state of a stream now: `state`, `since`, `evidence_days`, `line_days` as last noted (absent before that), and
    `up` and `down`, the stories of each of the last days that point that way, the oldest day first."""
    noted = json.loads(store.noted("watchlists") or "[]")
    standing: dict[str, Any] = next((each for each in noted if each["id"] == watchlist), {})
    counts = daily_counts(store, watchlist, now - timedelta(days=DAYS), now)
    return {
        **{key: standing.get(key) for key in ("state", "since", "evidence_days", "line_days")},
        "stories": sum(day["stories"] for day in counts),
        "up": [day["up"] for day in counts],
        "down": [day["down"] for day in counts],
    }


def standing_words(stream: dict[str, Any]) -> str:
    """Where the detector stands, in one sentence."""
    state, evidence, line = stream.get("state"), stream.get("evidence_days"), stream.get("line_days")
    share = f": evidence {evidence:.0f} of the {line:.0f} days that an alert takes" if evidence and line else ""
    return {
        None: "The stream has not been looked at yet.",
        "usual": f"No shift{share}.",
        "too sparse": "Too few stories to notice a shift.",
        "faded": "An earlier shift has faded.",
        "new usual": "What was a shift has become usual.",
    }.get(state, f"The stream stands in a {state}{share if evidence and line and evidence < line else ''}.")


def bars(counts: Sequence[int]) -> str:
    """A row of bars, the tallest for the largest of the counts."""
    most = max([*counts, 1])
    return "".join(_BARS[0] if not count else _BARS[max(1, round(count / most * (len(_BARS) - 1)))] for count in counts)
