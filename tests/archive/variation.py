"""A long archive from a short one: the same stories again and again, each time a little different. Seeded."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice
from pathlib import Path

# Each repetition is dated so much later than the one before: the past grows as a real one does.
LATER = timedelta(days=61)


def vary(archive: Path, rows: int, out: Path, seed: int = 1) -> Path:
    """Write `rows` rows of variations of a JSONL(.gz) archive; the first repetition is the archive itself."""
    with gzip.open(out, "wt", encoding="utf-8", compresslevel=1) as file:
        for row in islice(_repeated(archive, seed), rows):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return out


def _repeated(archive: Path, seed: int) -> Iterator[dict[str, str]]:
    words: list[str] = []
    for turn in count():
        rng = random.Random(seed * 1_000_003 + turn)
        with gzip.open(archive, "rt", encoding="utf-8") if archive.suffix == ".gz" else archive.open() as lines:
            for line in lines:
                row: dict[str, str] = json.loads(line)
                if turn == 0:
                    if len(words) < 20_000:
                        words += row["title"].split()[:3]
                    yield row
                else:
                    yield _varied(row, turn, rng, words)


def _varied(row: dict[str, str], turn: int, rng: random.Random, words: list[str]) -> dict[str, str]:
    """Another date, link and outlet, other numbers, one foreign word in the title and one in the summary."""
    date = datetime.fromisoformat(row["date"]) + LATER * turn

    def number(found: re.Match[str]) -> str:
        return str(rng.randint(2, 10 ** len(found[0])))

    def with_word(text: str) -> str:
        pieces = re.sub(r"\d{1,6}", number, text).split(" ")
        pieces.insert(rng.randint(0, len(pieces)), rng.choice(words))
        return " ".join(pieces)

    return {
        **row,
        "date": date.isoformat(),
        "outlet": f"{row['outlet']}-{turn}",
        "title": with_word(row["title"]),
        "summary": with_word(row.get("summary") or ""),
        "url": f"{row['url']}?again={turn}",
    }
