"""What a further story adds to an event already told, and whether that is worth an update. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Sources alone are worth an update when there are this many times as many as when the event was last told.
MANY_MORE = 2


@dataclass(frozen=True, slots=True)
class News:
    """What an update says is new. `stronger`: the event itself weighs more, which waits for no interval."""

    what: str
    stronger: bool


def added(before: dict[str, Any], after: dict[str, Any]) -> News | None:
    """What the payload `after` adds to the payload told `before`; None where it is not worth a message."""
    known = {source["owner"] for source in before["sources"]}
    more = [source["owner"] for source in after["sources"] if source["owner"] not in known]
    if after["strength"] > before["strength"]:
        return News(f"Now read at strength {after['strength']} (was {before['strength']})", True)
    if not more or len(known) + len(more) < MANY_MORE * len(known):
        return None
    names = ", ".join(more[:3]) + (f" and {len(more) - 3} more" if len(more) > 3 else "")
    return News(f"Now also reported by {names}", False)
