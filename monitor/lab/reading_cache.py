"""Readings kept on disk, so that an archive replayed again need not be read again.

Reading is nearly all of what a replay costs. A reading depends on the text, on what was found in it and on the reader
itself; so it is kept under the hash of the first two, in a file named by the hash of the third: rules, lexicons and
weights that change begin a new file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..reading.read import Reader
from ..reading.records import Mention, Reading, Span, StoryReading, Text

_READING_ROOM = Path(__file__).parents[1] / "reading"


class CachedReader(Reader):
    """A reader that looks into a folder first, and keeps there what it had to read itself."""

    def __init__(self, folder: Path, model: str) -> None:
        super().__init__(model)
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"readings-{fingerprint(model)}.jsonl"
        self._kept = dict(_lines(self._path))

    def read_many(self, items: Sequence[tuple[Text, Sequence[Mention]]]) -> list[StoryReading]:
        """The readings of several texts, in order."""
        keys = [key_of(text, mentions) for text, mentions in items]
        missing = {key: item for key, item in zip(keys, items, strict=True) if key not in self._kept}
        if missing:
            with self._path.open("a", encoding="utf-8") as file:
                for key, reading in zip(missing, super().read_many(list(missing.values())), strict=True):
                    self._kept[key] = asdict(reading)
                    file.write(json.dumps([key, self._kept[key]], ensure_ascii=False) + "\n")
        return [_reading_of(self._kept[key]) for key in keys]


def fingerprint(model: str) -> str:
    """What a reading depends on beside the text: the spaCy pipeline and every file of the reading room."""
    digest = blake2b(model.encode(), digest_size=8)
    for path in sorted(_READING_ROOM.rglob("*")):
        inside = path.relative_to(_READING_ROOM)
        if path.is_file() and path.suffix != ".pyc" and not any(part.startswith(".") for part in inside.parts):
            digest.update(str(inside).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def key_of(text: Text, mentions: Sequence[Mention]) -> str:
    """The name of a reading: the hash of its text and of what was found in it."""
    published = text.published.isoformat() if text.published else None
    parts = [text.title, text.summary, text.body, text.lang, published, [asdict(mention) for mention in mentions]]
    return blake2b(json.dumps(parts, ensure_ascii=False).encode(), digest_size=12).hexdigest()


def _lines(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """What a file keeps; a line cut short by a crash is left out."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text("utf-8").splitlines():
        try:
            key, reading = json.loads(line)
        except ValueError:
            continue
        found.append((key, reading))
    return found


def _reading_of(kept: Mapping[str, Any]) -> StoryReading:
    return StoryReading(_one(kept["story"]), {name: _one(each) for name, each in kept["by_watchlist"].items()})


def _one(kept: Mapping[str, Any]) -> Reading:
    return Reading(
        **{
            **kept,
            "evidence": Span(**kept["evidence"]) if kept["evidence"] else None,
            "trace": tuple(kept["trace"]),
            "background": tuple(Span(**span) for span in kept["background"]),
            "also": tuple(Span(**span) for span in kept["also"]),
        }
    )
