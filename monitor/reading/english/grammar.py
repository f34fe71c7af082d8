"""Word lists that guide the English reader, from `lexicons/en/grammar.yaml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ...yamlfile import read_data as read_file

FOLDER = Path(__file__).parent.parent / "lexicons" / "en"


def read_data(name: str) -> Any:
    """One lexicon file as plain data."""
    return read_file(FOLDER / f"{name}.yaml")


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(str(word) for word in words) for name, words in read_data("grammar").items()}


def words(name: str) -> frozenset[str]:
    """The list called `name`."""
    return _lists()[name]
