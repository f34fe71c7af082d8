"""What all tests share: the shared data folder, where it exists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MONITOR_SHARED") or Path(__file__).parents[2] / "shared")


@pytest.fixture
def shared() -> Path:
    """The shared data folder; a test that needs it is skipped by name where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder is not here (set MONITOR_SHARED)")
    return SHARED
