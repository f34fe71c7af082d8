"""One little past, read once for all tests of the archive; who wants to change the result copies it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive import past


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The past as JSON lines."""
    return past.write_jsonl(tmp_path_factory.mktemp("past") / "a.jsonl", past.rows())


@pytest.fixture(scope="session")
def finished(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its result, from an uninterrupted run."""
    folder = tmp_path_factory.mktemp("finished") / "out"
    past.read_here([archive], folder, chunk_mb=past.CUT)
    return folder
